//! [`Tensor`], its node, and looking into it. Constructors are in `create.rs`, operations in `ops/`.

mod create;
mod print;

pub use create::Nested;
pub(crate) use create::element_count;

use crate::backend::Value;
use crate::device::Device;
use crate::error::Error;
use crate::ops::Op;
pub use crate::ops::{Conv, Padding};
use ndarray::{ArrayD, IxDyn};
use std::borrow::Cow;
use std::sync::Arc;

/// Numbers (`f32`) in a box of any rank: a scalar `[]`, a vector `[n]`, a matrix `[rows, columns]`, images
/// `[batch, height, width, channels]`. Cloning is free: clones share the numbers, which never change in place.
///
/// Operations that meet a shape they cannot work on panic with a message that says what was there and what would fit.
///
/// ```
/// use dl_core::prelude::*;
/// let x = tensor![[1., 2.], [3., 4.]];
/// let y = &x * 10.0 + tensor![5., 6.];        // broadcasting as in NumPy
/// assert_eq!(y, tensor![[15., 26.], [35., 46.]]);
/// assert_eq!(y.shape(), [2, 2]);
/// ```
#[derive(Clone)]
pub struct Tensor {
    value: Value,
    /// Where gradients are asked for: how the numbers came about. Two handles are of one tensor if they share it.
    record: Option<Arc<Record>>,
}

/// How a tensor came about. Untracked results have none, so they keep nothing else alive.
pub(crate) struct Record {
    pub(crate) op: Op,
    pub(crate) inputs: Vec<Tensor>,
}

impl Tensor {
    /// A tensor without history.
    pub(crate) fn leaf(value: Value) -> Tensor {
        Tensor { value, record: None }
    }

    /// The result of an operation: remembers it only if a gradient may be asked of one of the inputs.
    pub(crate) fn result(op: Op, value: Value, inputs: &[&Tensor]) -> Tensor {
        let record = inputs.iter().any(|input| input.is_tracked()).then(|| {
            let inputs = inputs.iter().map(|&input| input.clone()).collect();
            Arc::new(Record { op, inputs })
        });
        Tensor { value, record }
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn record(&self) -> Option<&Arc<Record>> {
        self.record.as_ref()
    }

    /// The numbers, to be changed in place: a tensor of its own if other handles share this one.
    pub(crate) fn value_mut(&mut self) -> &mut Value {
        if self
            .record
            .as_mut()
            .is_some_and(|record| Arc::get_mut(record).is_none())
        {
            *self = self.track();
        }
        &mut self.value
    }

    /// The size of each axis, outermost first: `[rows, columns]` for a matrix, `[]` for a single number.
    pub fn shape(&self) -> &[usize] {
        self.value.shape()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Whether there are no elements at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at a position, one index per axis.
    ///
    /// # Panics
    /// If the position is outside the tensor or has another number of indices than the tensor has axes.
    #[track_caller]
    pub fn at(&self, position: impl AsRef<[usize]>) -> f32 {
        self.element(position.as_ref())
    }

    #[track_caller]
    fn element(&self, position: &[usize]) -> f32 {
        let shape = self.shape();
        let fits =
            position.len() == shape.len() && position.iter().zip(shape).all(|(index, size)| index < size);
        if !fits {
            let hint = match position.len() == shape.len() {
                true => "indices count from 0, so the last one of an axis is its size - 1".to_string(),
                false => format!("give {} indices, one per axis", shape.len()),
            };
            Error::OutOfRange {
                op: "at",
                asked: format!("{position:?}"),
                shape: shape.to_vec(),
                hint,
            }
            .raise();
        }
        let offset = position
            .iter()
            .zip(shape)
            .fold(0, |offset, (index, size)| offset * size + index);
        self.values()[offset]
    }

    /// The number in a tensor that holds exactly one, whatever its rank.
    ///
    /// # Panics
    /// If there are none or several.
    #[track_caller]
    pub fn item(&self) -> f32 {
        if self.len() != 1 {
            Error::shape(
                "item",
                format!("shape {:?} holds {} numbers, not one", self.shape(), self.len()),
                "pick one with x.at([..]) or reduce with x.sum() or x.mean()",
            )
            .raise();
        }
        self.values()[0]
    }

    /// All elements, the last axis running fastest (row by row for a matrix).
    pub fn to_vec(&self) -> Vec<f32> {
        self.values().into_owned()
    }

    /// A copy as an `ndarray` array of the same shape.
    pub fn to_ndarray(&self) -> ArrayD<f32> {
        ArrayD::from_shape_vec(IxDyn(self.shape()), self.to_vec())
            .expect("a tensor's elements fill its shape")
    }

    /// The elements without a copy where they are in the processor's memory.
    pub(crate) fn values(&self) -> Cow<'_, [f32]> {
        self.value.to_host()
    }

    /// The device that the numbers are on.
    pub fn device(&self) -> Device {
        self.value.device()
    }

    /// The same numbers on `device`; free if they are there already.
    #[must_use]
    pub fn to(&self, device: Device) -> Tensor {
        if self.device() == device {
            return self.clone();
        }
        Tensor::result(Op::To, self.value.to(device), &[self])
    }

    /// The same, of a tensor that is not needed where it was: not even a handle is copied if it is there already.
    pub(crate) fn into_device(self, device: Device) -> Tensor {
        match self.device() == device {
            true => self,
            false => self.to(device),
        }
    }

    /// Starts a record at this tensor: everything computed from it remembers how, so that
    /// [`backward`](Tensor::backward) can tell its gradient. What led to the tensor itself is forgotten.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let x = tensor![3.].track();
    /// let gradients = x.square().sum().backward();
    /// assert_eq!(gradients.of(&x), tensor![6.]);
    /// ```
    #[must_use]
    pub fn track(&self) -> Tensor {
        let (op, inputs) = (Op::Leaf, Vec::new());
        Tensor {
            value: self.value.clone(),
            record: Some(Arc::new(Record { op, inputs })),
        }
    }

    /// The same numbers without history: a constant, as far as gradients are concerned.
    #[must_use]
    pub fn detach(&self) -> Tensor {
        Tensor::leaf(self.value.clone())
    }

    /// Whether computations with this tensor are recorded.
    pub fn is_tracked(&self) -> bool {
        self.record.is_some()
    }

    /// Whether this is where a record starts: tracked, and not itself a result.
    pub(crate) fn is_tracked_leaf(&self) -> bool {
        self.record
            .as_ref()
            .is_some_and(|record| record.inputs.is_empty())
    }

    /// The elements as class numbers below `classes`.
    ///
    /// # Errors
    /// If one is no whole number, is negative or too large.
    pub(crate) fn class_indices(&self, op: &'static str, classes: usize) -> Result<Vec<usize>, Error> {
        let values = self.values();
        let wrong = values
            .iter()
            .find(|&&v| !(v.fract() == 0.0 && v >= 0.0 && v < classes as f32));
        match wrong {
            None => Ok(values.iter().map(|&v| v as usize).collect()),
            Some(label) if label.fract() != 0.0 || label.is_nan() => Err(Error::shape(
                op,
                format!("label {label} is not a whole number"),
                "class labels are 0, 1, 2, ...; for numbers use MeanSquaredError",
            )),
            Some(label) => Err(Error::shape(
                op,
                format!(
                    "label {label} is outside the {classes} classes 0 to {}",
                    classes.saturating_sub(1)
                ),
                "labels count from 0; the last layer needs one unit per class",
            )),
        }
    }
}

/// Equal shape and equal numbers (so NaN is unlike itself, as everywhere); history and device do not count.
impl PartialEq for Tensor {
    fn eq(&self, other: &Tensor) -> bool {
        self.shape() == other.shape() && self.values() == other.values()
    }
}

/// A long chain of operations must not overflow the stack when it is dropped: unlink it in a loop.
impl Drop for Record {
    fn drop(&mut self) {
        let mut waiting = std::mem::take(&mut self.inputs);
        while let Some(tensor) = waiting.pop() {
            if let Some(mut record) = tensor.record.and_then(Arc::into_inner) {
                waiting.append(&mut record.inputs);
            }
        }
    }
}

/// Checks an axis number.
#[track_caller]
pub(crate) fn check_axis(op: &'static str, axis: usize, shape: &[usize]) {
    if axis >= shape.len() {
        Error::Axis {
            op,
            axis,
            shape: shape.to_vec(),
        }
        .raise();
    }
}
