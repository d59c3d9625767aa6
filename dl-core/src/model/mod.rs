//! [`Sequential`]: layers in a row with their weights. Training them is in `fit.rs`.

mod callback;
mod check;
mod fit;
mod history;
mod summary;

pub use callback::{Callback, Progress};
pub use fit::Fit;
pub use history::{History, Scores};
pub(crate) use summary::with_commas;
pub use summary::{Summary, SummaryRow};

use crate::error::{Error, Result, expect_fit};
use crate::layers::{Layer, Pass};
use crate::losses::{Decision, Loss};
use crate::metrics::Metric;
use crate::optimizers::Optimizer;
use crate::tensor::Tensor;
use std::ops::Range;

/// Samples that evaluation and prediction work on at once: enough for the processor, little memory.
const BATCH: usize = 512;

/// A model of layers, each working on the output of the one before.
///
/// ```
/// use dl_core::prelude::*;
/// seed(1);
/// let x = tensor![[0., 0.], [0., 1.], [1., 0.], [1., 1.]];
/// let y = tensor![0., 1., 1., 0.];
/// let mut model = Sequential::new([2]).add(Dense::new(8).activation(Tanh)).add(Dense::new(1).activation(Sigmoid));
/// model.compile(Adam::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
/// let data = Dataset::new(x, y);
/// let history = model.fit(&data, Fit::epochs(100).silent())?;
/// assert_eq!(history.get("accuracy").last(), Some(&1.0));
/// assert!(model.evaluate(&data)?.loss() < 0.1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Sequential {
    input_shape: Vec<usize>,
    stages: Vec<Stage>,
    /// All layers' weights in a row, tracked.
    weights: Vec<Tensor>,
    training: Option<Training>,
}

/// A layer at its place in a model.
#[derive(Clone)]
struct Stage {
    layer: Box<dyn Layer>,
    name: String,
    output_shape: Vec<usize>,
    /// Which of the model's weights are its own.
    weights: Range<usize>,
}

/// What `compile` sets: how the model learns.
#[derive(Clone)]
struct Training {
    optimizer: Box<dyn Optimizer>,
    loss: Box<dyn Loss>,
    metrics: Vec<Metric>,
}

impl Sequential {
    /// An empty model for samples of this shape, without the batch axis: `[784]`, `[28, 28, 1]`.
    pub fn new(sample_shape: impl AsRef<[usize]>) -> Sequential {
        Sequential::empty(sample_shape.as_ref())
    }

    // Of what is generic each crate that builds a model, such as a notebook's cell, compiles a copy: the work is done in
    // functions that are not.
    fn empty(sample_shape: &[usize]) -> Sequential {
        Sequential {
            input_shape: sample_shape.to_vec(),
            stages: Vec::new(),
            weights: Vec::new(),
            training: None,
        }
    }

    /// The model with one more layer, whose weights are drawn now.
    ///
    /// # Panics
    /// If the layer cannot work on what the one before gives.
    #[must_use]
    #[track_caller]
    #[expect(clippy::should_implement_trait, reason = "Keras's word for it")]
    pub fn add(mut self, layer: impl Layer + 'static) -> Sequential {
        self.push(Box::new(layer));
        self
    }

    #[track_caller]
    fn push(&mut self, layer: Box<dyn Layer>) {
        let input = self.output_shape();
        let output_shape = expect_fit(layer.output_shape(input));
        let weights = layer.weights(input);
        let range = self.weights.len()..self.weights.len() + weights.len();
        self.weights.extend(weights.iter().map(Tensor::track));
        let name = self.name_for(layer.kind());
        self.stages.push(Stage {
            layer,
            name,
            output_shape,
            weights: range,
        });
    }

    /// Keras's names: `dense`, `dense_1`, `dense_2`.
    fn name_for(&self, kind: &str) -> String {
        let mut name = String::new();
        for (position, letter) in kind.char_indices() {
            let after_small = kind[..position].ends_with(|before: char| before.is_lowercase());
            if letter.is_uppercase() && after_small {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        match self
            .stages
            .iter()
            .filter(|stage| stage.layer.kind() == kind)
            .count()
        {
            0 => name,
            count => format!("{name}_{count}"),
        }
    }

    /// Sets how the model learns: the rule that moves the weights, the loss to make small, and what else to report.
    pub fn compile(
        &mut self,
        optimizer: impl Optimizer + 'static,
        loss: impl Loss + 'static,
        metrics: impl IntoIterator<Item = Metric>,
    ) {
        self.learn_by(Training {
            optimizer: Box::new(optimizer),
            loss: Box::new(loss),
            metrics: metrics.into_iter().collect(),
        });
    }

    fn learn_by(&mut self, training: Training) {
        self.training = Some(training);
    }

    /// The shape of one sample that the model takes.
    pub fn input_shape(&self) -> &[usize] {
        &self.input_shape
    }

    /// The shape of one sample that the model gives.
    pub fn output_shape(&self) -> &[usize] {
        self.stages
            .last()
            .map_or(&self.input_shape, |stage| &stage.output_shape)
    }

    /// How an answer of this model is read as a decision between classes: as its loss says, else by its shape.
    pub(crate) fn decision(&self) -> Decision {
        self.training
            .as_ref()
            .map_or(Decision::FromShape, |training| training.loss.decision())
    }

    /// The table of layers with their output shapes and numbers of parameters.
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }

    /// Every weight, layer by layer, in Keras's order (kernel, then bias).
    pub fn weights(&self) -> Vec<Tensor> {
        self.weights.iter().map(Tensor::detach).collect()
    }

    /// Replaces every weight, in the order of [`weights`](Self::weights).
    ///
    /// # Errors
    /// If their number or one of their shapes is another; then no weight is changed.
    pub fn set_weights(&mut self, weights: &[Tensor]) -> Result<()> {
        if weights.len() != self.weights.len() {
            return Err(Error::shape(
                "set_weights",
                format!(
                    "{} weights for a model that has {}",
                    weights.len(),
                    self.weights.len()
                ),
                "give what weights() of a model of the same layers returned",
            ));
        }
        for (number, (new, old)) in weights.iter().zip(&self.weights).enumerate() {
            if new.shape() != old.shape() {
                return Err(Error::shape(
                    "set_weights",
                    format!(
                        "weight {number} has shape {:?}, not {:?}",
                        new.shape(),
                        old.shape()
                    ),
                    "give what weights() of a model of the same layers returned",
                ));
            }
        }
        self.weights = weights.iter().map(Tensor::track).collect();
        Ok(())
    }

    /// The model's answer for a batch `x: [batch, ..sample]`.
    ///
    /// # Errors
    /// If the samples have another shape than the model takes.
    pub fn predict(&self, x: &Tensor) -> Result<Tensor> {
        self.check_samples("predict", x)?;
        let weights = self.weights();
        let parts: Vec<Tensor> = batches(x.shape()[0])
            .map(|rows| self.forward(&x.rows(rows), &weights, false))
            .collect();
        Ok(match parts.as_slice() {
            [] => Tensor::zeros([&[0], self.output_shape()].concat()),
            [all] => all.clone(),
            several => Tensor::concat(&several.iter().collect::<Vec<_>>(), 0),
        })
    }

    /// What each layer gives for a batch, in order: for looking inside a model.
    ///
    /// # Errors
    /// If the samples have another shape than the model takes.
    pub fn outputs(&self, x: &Tensor) -> Result<Vec<(String, Tensor)>> {
        self.check_samples("outputs", x)?;
        let weights = self.weights();
        let mut x = x.clone();
        let outputs = self.stages.iter().map(|stage| {
            x = stage.forward(&x, &weights, false);
            (stage.name.clone(), x.clone())
        });
        Ok(outputs.collect())
    }

    fn forward(&self, x: &Tensor, weights: &[Tensor], training: bool) -> Tensor {
        self.stages
            .iter()
            .fold(x.clone(), |x, stage| stage.forward(&x, weights, training))
    }
}

/// The rows of one batch after the other, for work on all samples in their order.
fn batches(samples: usize) -> impl Iterator<Item = Range<usize>> {
    (0..samples)
        .step_by(BATCH)
        .map(move |start| start..samples.min(start + BATCH))
}

impl Stage {
    fn forward(&self, x: &Tensor, weights: &[Tensor], training: bool) -> Tensor {
        self.layer
            .forward(x, &Pass::new(&weights[self.weights.clone()], training))
    }
}

impl std::fmt::Debug for Sequential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let layers: Vec<&dyn Layer> = self.stages.iter().map(|stage| &*stage.layer).collect();
        write!(f, "Sequential of input shape {:?}: {layers:?}", self.input_shape)
    }
}
