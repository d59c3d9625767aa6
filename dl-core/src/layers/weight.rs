//! What a layer says of a weight before there are numbers: name, shape, what it starts from, how it changes.

use super::Initialiser;
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The description of one weight of a layer. The model draws the numbers.
///
/// ```
/// use dl_core::layers::Weight;
/// use dl_core::prelude::*;
/// let kernel = Weight::new("kernel", [784, 10], GlorotUniform).penalty(Some(L2(1e-4)));
/// assert_eq!(kernel.shape(), [784, 10]);
/// ```
#[derive(Clone, Debug)]
pub struct Weight {
    name: &'static str,
    shape: Vec<usize>,
    start: Start,
    learned: bool,
    penalty: Option<Penalty>,
}

/// Where the first numbers come from.
#[derive(Clone, Debug)]
enum Start {
    Initialiser(Initialiser),
    Drawn(fn(&[usize]) -> Tensor),
}

impl Weight {
    /// A weight that starts from `initialiser` and is learned.
    pub fn new(name: &'static str, shape: impl AsRef<[usize]>, initialiser: Initialiser) -> Weight {
        Weight::starting(name, shape.as_ref(), Start::Initialiser(initialiser))
    }

    /// A weight whose numbers `draw` makes from its shape.
    pub fn drawn(name: &'static str, shape: impl AsRef<[usize]>, draw: fn(&[usize]) -> Tensor) -> Weight {
        Weight::starting(name, shape.as_ref(), Start::Drawn(draw))
    }

    fn starting(name: &'static str, shape: &[usize], start: Start) -> Weight {
        Weight {
            name,
            shape: shape.to_vec(),
            start,
            learned: true,
            penalty: None,
        }
    }

    /// A weight that no gradient moves, such as a running mean: the layer itself moves it, with
    /// [`Pass::update`](super::Pass::update).
    #[must_use]
    pub fn not_learned(mut self) -> Weight {
        self.learned = false;
        self
    }

    /// What large numbers in it add to the loss.
    #[must_use]
    pub fn penalty(mut self, penalty: Option<Penalty>) -> Weight {
        self.penalty = penalty;
        self
    }

    /// Its name within the layer: `kernel`, `bias`.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Its shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether gradients move it.
    pub fn is_learned(&self) -> bool {
        self.learned
    }

    /// Its first numbers.
    pub(crate) fn draw(&self) -> Tensor {
        match self.start {
            Start::Initialiser(initialiser) => initialiser.make(&self.shape),
            Start::Drawn(draw) => draw(&self.shape),
        }
    }

    /// What its numbers add to the loss.
    pub(crate) fn cost(&self, weight: &Tensor) -> Option<Tensor> {
        self.penalty.map(|penalty| penalty.of(weight))
    }
}

/// A price for large weights, added to the loss; as in [Keras](https://keras.io/api/layers/regularizers/). The variants are in scope
/// in a notebook.
///
/// ```
/// use dl_core::prelude::*;
/// let w = tensor![3., -4.];
/// assert_eq!((L1(0.1).of(&w).item(), L2(0.1).of(&w).item()), (0.7, 2.5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Penalty {
    /// factor · sum of |w|: pulls weights to exactly 0.
    L1(f32),
    /// factor · sum of w²: keeps weights small (weight decay).
    L2(f32),
    /// The first factor for |w|, the second for w².
    L1L2(f32, f32),
}

impl Penalty {
    /// What it adds to the loss: a tensor of shape `[]`.
    #[must_use]
    pub fn of(&self, weight: &Tensor) -> Tensor {
        let absolute = |factor: f32| weight.abs().sum() * factor;
        let square = |factor: f32| weight.square().sum() * factor;
        match *self {
            Penalty::L1(factor) => absolute(factor),
            Penalty::L2(factor) => square(factor),
            Penalty::L1L2(first, second) => absolute(first) + square(second),
        }
    }
}
