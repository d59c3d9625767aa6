//! Rows of a table by number.

use crate::error::{Error, Result};
use crate::ops::Op;
use crate::tensor::Tensor;
use std::borrow::Cow;

impl Tensor {
    /// The rows of this table `[rows, width]` with the given numbers `[..]`, which gives `[.., width]`.
    ///
    /// # Errors
    /// If a number is not whole or there is no such row; `noun` says what is counted. Numbers on a graphics card are not looked
    /// at, which would have to wait for them: such a number gives a row of NaN.
    pub(crate) fn lookup(&self, numbers: &Tensor, op: &'static str, noun: &str) -> Result<Tensor> {
        let rows = self.shape()[0];
        let values = match numbers.device().is_cuda() {
            true => Cow::Borrowed(&[][..]),
            false => numbers.values(),
        };
        let fits = |&number: &f32| number.fract() == 0.0 && number >= 0.0 && number < rows as f32;
        if let Some(position) = values.iter().position(|number| !fits(number)) {
            let number = values[position];
            let place = place(position, numbers.shape());
            return Err(match number.fract() == 0.0 {
                true => Error::shape(
                    op,
                    format!(
                        "{noun} {number} at {place:?} is none of the {rows} {noun}s 0 to {}",
                        rows - 1
                    ),
                    "numbers count from 0, so the largest one + 1 are needed",
                ),
                false => Error::shape(
                    op,
                    format!("{noun} {number} at {place:?} is not a whole number"),
                    "give numbers that count, not measurements or one-hot vectors: 0, 1, 2, ...",
                ),
            });
        }
        drop(values);
        let value = self.value().lookup(numbers.value());
        Ok(Tensor::result(Op::Lookup, value, &[self, &numbers.detach()]))
    }
}

/// The indices of the element with this number in memory.
fn place(mut number: usize, shape: &[usize]) -> Vec<usize> {
    let mut place = vec![0; shape.len()];
    for (index, &size) in place.iter_mut().zip(shape).rev() {
        *index = number % size;
        number /= size;
    }
    place
}
