//! The one error type of the crate: what was asked, what was there, and a hint on a line of its own.
//!
//! Operations on tensors panic with these messages (the panic points into the caller's line); what touches the world
//! or a whole model returns them in a [`Result`].

use std::fmt::{self, Debug, Display, Formatter};

/// What a fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong, in words a learner can act on.
///
/// ```
/// use dl_core::prelude::*;
/// let error = Device::cuda(7).unwrap_err();
/// assert!(error.to_string().contains("hint: "));
/// ```
#[derive(Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two shapes that neither agree nor broadcast.
    #[error(
        "{op}: shapes {left:?} and {right:?} do not fit together\n\
         hint: counted from the right, sizes must be equal or one of them 1"
    )]
    Broadcast {
        /// The operation, as it is written in a program.
        op: &'static str,
        /// Shape of the left operand.
        left: Vec<usize>,
        /// Shape of the right operand.
        right: Vec<usize>,
    },

    /// A matrix product whose inner sizes differ, or of something that is no matrix.
    #[error("matmul: {left:?} x {right:?}: {why}\nhint: {hint}")]
    MatMul {
        /// Shape of the left operand.
        left: Vec<usize>,
        /// Shape of the right operand.
        right: Vec<usize>,
        /// Which rule is broken.
        why: String,
        /// What would make it fit.
        hint: String,
    },

    /// A number of elements that does not fill a shape.
    #[error(
        "{op}: {count} elements do not fill shape {shape:?}, which has {}\nhint: {hint}",
        describe_count(shape)
    )]
    ElementCount {
        /// The operation, as it is written in a program.
        op: &'static str,
        /// Elements that are there.
        count: usize,
        /// The shape that was asked for.
        shape: Vec<usize>,
        /// What would make it fit.
        hint: String,
    },

    /// More elements than the machine has memory for.
    #[error(
        "{op}: shape {shape:?} needs {:.1} GB, which this machine does not give\n\
         hint: make it smaller, or work on it in parts",
        gigabytes(shape)
    )]
    TooLarge {
        /// The operation, as it is written in a program.
        op: &'static str,
        /// The shape that was asked for.
        shape: Vec<usize>,
    },

    /// An axis that the tensor does not have.
    #[error(
        "{op}: axis {axis} of a tensor of shape {shape:?}\nhint: {}",
        axis_hint(shape)
    )]
    Axis {
        /// The operation, as it is written in a program.
        op: &'static str,
        /// The axis that was asked for.
        axis: usize,
        /// The shape that is there.
        shape: Vec<usize>,
    },

    /// A position or range outside the tensor.
    #[error("{op}: {asked} is outside shape {shape:?}\nhint: {hint}")]
    OutOfRange {
        /// The operation, as it is written in a program.
        op: &'static str,
        /// The position or range that was asked for.
        asked: String,
        /// The shape that is there.
        shape: Vec<usize>,
        /// What would fit.
        hint: String,
    },

    /// A shape that an operation cannot work on.
    #[error("{op}: {why}\nhint: {hint}")]
    Shape {
        /// The operation, as it is written in a program.
        op: &'static str,
        /// What was there and what is needed.
        why: String,
        /// What would fit.
        hint: String,
    },

    /// A device that is not there, or two tensors on different devices.
    #[error("device {device}: {why}\nhint: {hint}")]
    Device {
        /// The device that was asked for.
        device: String,
        /// Why it cannot be used.
        why: String,
        /// What to do instead.
        hint: String,
    },

    /// Any other failure: what happened, and what to do.
    #[error("{what}\nhint: {hint}")]
    Failed {
        /// What was asked and what was there.
        what: String,
        /// What to do.
        hint: String,
    },
}

/// The message as well: it is what a learner reads who asks for the value of a `Result` with `unwrap`.
impl Debug for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Error {
    /// A failure that has no variant of its own. `what` says what was asked and what was there, `hint` what to do.
    pub fn new(what: impl Display, hint: impl Display) -> Error {
        Error::Failed {
            what: what.to_string(),
            hint: hint.to_string(),
        }
    }

    /// The error of an operation on a shape that it cannot work on: which one, why not, and what would fit.
    pub(crate) fn shape(op: &'static str, why: impl Display, hint: impl Display) -> Error {
        Error::Shape {
            op,
            why: why.to_string(),
            hint: hint.to_string(),
        }
    }

    /// Panics with the message; the location is the caller's, all the way up through `#[track_caller]`.
    #[track_caller]
    pub(crate) fn raise(self) -> ! {
        panic!("{self}")
    }
}

/// Takes the value out of a check, or panics at the caller's line with the learner's message.
#[track_caller]
pub(crate) fn expect_fit<T>(checked: Result<T>) -> T {
    match checked {
        Ok(value) => value,
        Err(error) => error.raise(),
    }
}

/// The number of elements of a shape, as far as it can be counted.
fn describe_count(shape: &[usize]) -> String {
    match crate::tensor::element_count(shape) {
        Some(count) => count.to_string(),
        None => "more than can be counted".to_string(),
    }
}

/// At four bytes an element; 1 GB is 10^9 bytes.
fn gigabytes(shape: &[usize]) -> f64 {
    shape.iter().map(|&size| size as f64).product::<f64>() * 4e-9
}

fn axis_hint(shape: &[usize]) -> String {
    match shape.len() {
        0 => "a single number has no axes; use the operation without an axis".to_string(),
        1 => "its only axis is 0".to_string(),
        rank => format!("its axes are 0 to {}", rank - 1),
    }
}
