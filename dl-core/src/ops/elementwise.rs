//! Functions of each element by itself: elementary mathematics and activation functions.

use crate::backend::{Nonlinearity, Unary};
use crate::error::Error;
use crate::ops::Op;
use crate::tensor::{Tensor, check_axis};

impl Tensor {
    /// Applies a function of one number to each element.
    pub(crate) fn unary(&self, function: Unary) -> Tensor {
        Tensor::result(Op::Unary(function), self.value().unary(function), &[self])
    }

    /// Applies an activation function to each element.
    pub(crate) fn nonlinearity(&self, function: Nonlinearity) -> Tensor {
        Tensor::result(
            Op::Nonlinearity(function),
            self.value().nonlinearity(function),
            &[self],
        )
    }

    /// e to the power of each element.
    #[must_use]
    pub fn exp(&self) -> Tensor {
        self.unary(Unary::Exp)
    }

    /// The natural logarithm; NaN below 0, minus infinity at 0.
    #[must_use]
    pub fn ln(&self) -> Tensor {
        self.unary(Unary::Ln)
    }

    /// The square root; NaN below 0.
    #[must_use]
    pub fn sqrt(&self) -> Tensor {
        self.unary(Unary::Sqrt)
    }

    /// Each element without its sign. Its derivative at 0 counts as 0.
    #[must_use]
    pub fn abs(&self) -> Tensor {
        self.unary(Unary::Abs)
    }

    /// Each element times itself.
    #[must_use]
    pub fn square(&self) -> Tensor {
        self.unary(Unary::Square)
    }

    /// Each element to the power of `exponent`.
    #[must_use]
    pub fn powf(&self, exponent: f32) -> Tensor {
        self.unary(Unary::Power(exponent))
    }

    /// Each element, moved to the nearest number between `low` and `high` (both included).
    ///
    /// # Panics
    /// If `low` is larger than `high`, or one of them is NaN.
    #[must_use]
    #[track_caller]
    pub fn clamp(&self, low: f32, high: f32) -> Tensor {
        if low > high || low.is_nan() || high.is_nan() {
            Error::shape(
                "clamp",
                format!("no number lies between {low} and {high}"),
                "give the smaller limit first: x.clamp(0., 1.)",
            )
            .raise();
        }
        self.unary(Unary::Clamp(low, high))
    }

    /// 1 / (1 + e^-x): squeezes each element into 0 to 1.
    #[must_use]
    pub fn sigmoid(&self) -> Tensor {
        self.nonlinearity(Nonlinearity::Sigmoid)
    }

    /// The hyperbolic tangent: squeezes each element into -1 to 1.
    #[must_use]
    pub fn tanh(&self) -> Tensor {
        self.nonlinearity(Nonlinearity::Tanh)
    }

    /// max(x, 0): the rectified linear unit. Its derivative at 0 counts as 0.
    #[must_use]
    pub fn relu(&self) -> Tensor {
        self.nonlinearity(Nonlinearity::Relu)
    }

    /// x above 0, `slope` * x below.
    ///
    /// # Panics
    /// If `slope` is negative.
    #[must_use]
    #[track_caller]
    pub fn leaky_relu(&self, slope: f32) -> Tensor {
        check_not_negative("leaky_relu", "slope", slope);
        self.nonlinearity(Nonlinearity::LeakyRelu(slope))
    }

    /// x above 0, `alpha` * (e^x - 1) below: the exponential linear unit.
    ///
    /// # Panics
    /// If `alpha` is negative.
    #[must_use]
    #[track_caller]
    pub fn elu(&self, alpha: f32) -> Tensor {
        check_not_negative("elu", "alpha", alpha);
        self.nonlinearity(Nonlinearity::Elu(alpha))
    }

    /// e^x / (sum of e^x) along the last axis: turns scores into probabilities that sum to 1.
    ///
    /// # Panics
    /// If the tensor is a single number without axes.
    #[must_use]
    #[track_caller]
    pub fn softmax(&self) -> Tensor {
        check_axis("softmax", 0, self.shape());
        Tensor::result(Op::Softmax, self.value().softmax(), &[self])
    }
}

/// The gradients of these functions are told from their output, which needs a slope that keeps its sign.
#[track_caller]
pub(crate) fn check_not_negative(op: &'static str, name: &str, number: f32) {
    if number < 0.0 || number.is_nan() {
        Error::shape(
            op,
            format!("{name} is {number}"),
            "use a small positive number, for example 0.1",
        )
        .raise();
    }
}
