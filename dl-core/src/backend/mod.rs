//! The numbers of a tensor, and what tells the primitives that compute with them what to do. The primitives themselves
//! stand by family in [`primitives`], one `match` on the device each; how a device does it, in [`cpu`] and [`cuda`].

mod cpu;
pub(crate) mod cuda;
mod primitives;
mod settings;
mod step;
pub(crate) mod threads;

pub(crate) use settings::{Beyond, Cell, Over, PlaneMap};
pub(crate) use step::{StepRule, StepScale};

pub(crate) use primitives::{Move, RowOrder, Shrink};

/// The numbers of one tensor on their device, always in standard order without gaps (the last axis runs fastest).
/// Clones share them.
#[derive(Clone)]
pub(crate) enum Value {
    Cpu(cpu::Array),
    Cuda(cuda::Array),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} numbers of shape {:?} on {}",
            self.len(),
            self.shape(),
            self.device()
        )
    }
}

/// Functions of one number, applied to each element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unary {
    Negate,
    Exp,
    Ln,
    Sqrt,
    Abs,
    /// -1, 0 or 1.
    Sign,
    Square,
    Power(f32),
    /// The nearest number between the two.
    Clamp(f32, f32),
    /// 1 between the two (included), else 0: the derivative of `Clamp`.
    Within(f32, f32),
}

/// Functions of two numbers, applied to each pair of elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// 1 where both are equal, else 0.
    Equal,
    /// Cross-entropy of sigmoid(left) against the target on the right: max(z, 0) - z y + ln(1 + exp(-|z|)).
    SigmoidCrossEntropy,
}

/// The functions that bend a layer's output, element by element. The derivative of each one can be told from its
/// output alone, so that a layer need not keep its input (slopes and scales are therefore never negative).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Nonlinearity {
    Identity,
    Sigmoid,
    Tanh,
    Relu,
    LeakyRelu(f32),
    Elu(f32),
}

/// How the elements along an axis become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reduction {
    Sum,
    Mean,
    Max,
    Min,
}

/// A window and the places that it takes over images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Rows and columns of pixels under it.
    pub(crate) size: [usize; 2],
    /// Pixels from one place to the next.
    pub(crate) stride: usize,
    /// Rows above and columns left of the image that the first place reaches over.
    pub(crate) before: [usize; 2],
    /// Rows and columns of places.
    pub(crate) places: [usize; 2],
}

/// The gradients of a convolution with bias and activation function.
pub(crate) struct ConvolutionGradients<T> {
    /// Only if asked for.
    pub(crate) images: Option<T>,
    pub(crate) filters: T,
    pub(crate) bias: T,
}

/// The sizes before `axis`, of `axis` and after it, each multiplied out: element (o, i, n) lies at
/// (o * size + i) * inner + n.
fn around(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (
        shape[..axis].iter().product(),
        shape[axis],
        shape[axis + 1..].iter().product(),
    )
}

/// The shape without `axis`.
fn without(shape: &[usize], axis: usize) -> Vec<usize> {
    [&shape[..axis], &shape[axis + 1..]].concat()
}
