//! What weights start from, as in [Keras](https://keras.io/api/layers/initializers/).

use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The numbers that a layer's weights start from. The variants are in scope in a notebook.
///
/// `fan_in` and `fan_out` are how many inputs a unit sees and how many units see an input: for a kernel
/// `[in, out]` these sizes, for filters `[height, width, in, out]` times height and width.
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(Constant(0.5).make([2]), tensor![0.5, 0.5]);
/// assert!(GlorotUniform.make([3, 3]).abs().max().item() <= 1.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Initialiser {
    /// Uniform between plus and minus sqrt(6 / (fan_in + fan_out)); for sigmoid, tanh and linear units (Glorot and
    /// Bengio, 2010).
    #[default]
    GlorotUniform,
    /// Truncated normal of standard deviation sqrt(2 / fan_in); for ReLU units (He et al., 2015).
    HeNormal,
    /// Normal of this standard deviation around 0, drawn again beyond two of them. Keras uses 0.05.
    TruncatedNormal(f32),
    /// Uniform between minus and plus this number. Keras uses 0.05, for embeddings.
    Uniform(f32),
    /// Rows that stand at right angles to each other and have length 1 (columns, where there are more rows): what a
    /// recurrent layer multiplies with at each step neither grows nor shrinks. Saxe et al., 2014.
    Orthogonal,
    /// All 0.
    Zeros,
    /// All this number.
    Constant(f32),
}

/// The standard deviation of a standard normal distribution that is cut off at 2.
const CUT_NORMAL: f32 = 0.879_625_7;

impl Initialiser {
    /// New weights of `shape`.
    pub fn make(&self, shape: impl AsRef<[usize]>) -> Tensor {
        let shape = shape.as_ref();
        let (fan_in, fan_out) = fans(shape);
        match *self {
            Initialiser::GlorotUniform => {
                let limit = (6.0 / (fan_in + fan_out).max(1) as f32).sqrt();
                Tensor::uniform(shape, -limit, limit)
            }
            Initialiser::HeNormal => {
                let deviation = (2.0 / fan_in.max(1) as f32).sqrt() / CUT_NORMAL;
                Tensor::truncated_normal(shape) * deviation
            }
            Initialiser::TruncatedNormal(deviation) => Tensor::truncated_normal(shape) * deviation,
            Initialiser::Uniform(limit) => Tensor::uniform(shape, -limit, limit),
            Initialiser::Orthogonal => orthogonal(shape),
            Initialiser::Zeros => Tensor::zeros(shape),
            Initialiser::Constant(number) => Tensor::full(shape, number),
        }
    }
}

/// All axes but the last count as one, as in Keras. Random directions, each freed of its part along those before (the
/// method of Gram and Schmidt, twice, because once leaves rounding errors).
fn orthogonal(shape: &[usize]) -> Tensor {
    let columns = shape.last().copied().unwrap_or(1);
    let rows = shape.iter().rev().skip(1).product();
    let (count, length) = (usize::min(rows, columns), usize::max(rows, columns));
    let mut numbers = Tensor::randn([count, length]).to_vec();
    for number in 0..count {
        let (before, rest) = numbers.split_at_mut(number * length);
        let vector = &mut rest[..length];
        for _ in 0..2 {
            for other in before.chunks_exact(length) {
                let along = dot(vector, other);
                vector
                    .iter_mut()
                    .zip(other)
                    .for_each(|(x, other)| *x -= along * other);
            }
        }
        let size = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= size);
    }
    let vectors = Tensor::from_vec(numbers, [count, length]);
    match rows > columns {
        true => vectors.t().reshape(shape),
        false => vectors.reshape(shape),
    }
}

/// The scalar product, as eight sums that a processor computes side by side.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    for (left, right) in left.chunks(8).zip(right.chunks(8)) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left * right;
        }
    }
    sums.iter().sum()
}

fn fans(shape: &[usize]) -> (usize, usize) {
    match shape {
        [] => (1, 1),
        [size] => (*size, *size),
        [field @ .., inputs, outputs] => {
            let field: usize = field.iter().product();
            (field * inputs, field * outputs)
        }
    }
}
