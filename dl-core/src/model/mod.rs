//! [`Sequential`]: layers in a row with their weights. Training them is in `fit.rs`.

mod callback;
mod check;
mod feed;
mod fit;
mod history;
mod inside;
mod save;
mod stepper;
mod summary;
mod totals;

pub use callback::{Callback, Progress};
pub use fit::Fit;
pub use history::{History, Scores};
pub(crate) use inside::Inside;
pub(crate) use summary::with_commas;
pub use summary::{Summary, SummaryRow};

use crate::device::Device;
use crate::error::{Error, Result, expect_fit};
use crate::layers::{Layer, Memory, Pass, Weight};
use crate::losses::{Decision, Loss};
use crate::metrics::Metric;
use crate::optimizers::Optimizer;
use crate::tensor::Tensor;
use std::ops::{Bound, Range, RangeBounds};

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
    /// What the layer says of them.
    described: Vec<Weight>,
    frozen: bool,
    /// What a stateful layer remembers.
    memory: Memory,
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
        let described = layer.weights(input);
        let drawn = described
            .iter()
            .map(|weight| as_learned(&weight.draw(), weight.is_learned()));
        let weights = drawn.collect();
        self.place(layer, output_shape, described, weights, false);
    }

    /// Adds a layer with its weights.
    fn place(
        &mut self,
        layer: Box<dyn Layer>,
        output_shape: Vec<usize>,
        described: Vec<Weight>,
        weights: Vec<Tensor>,
        frozen: bool,
    ) {
        let start = self.weights.len();
        self.weights.extend(weights);
        self.stages.push(Stage {
            name: self.name_for(layer.kind()),
            layer,
            output_shape,
            weights: start..self.weights.len(),
            described,
            frozen,
            memory: Memory::default(),
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

    /// The model on this device: its weights are brought there, and everything it computes is computed there. Samples need not be:
    /// [`fit`](Self::fit), [`evaluate`](Self::evaluate) and [`predict`](Self::predict) bring them.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let model = Sequential::new([2]).add(Dense::new(1)).to(Device::best());
    /// assert_eq!(model.predict(&tensor![[0., 0.]])?, tensor![[0.]]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn to(mut self, device: Device) -> Sequential {
        for weight in &mut self.weights {
            *weight = as_learned(&weight.detach().to(device), weight.is_tracked());
        }
        self
    }

    /// Where the model computes: the device of its weights. A model without weights computes where its samples are.
    pub fn device(&self) -> Device {
        self.weights.first().map_or(Device::cpu(), Tensor::device)
    }

    /// Where an answer for these samples is computed.
    fn device_for(&self, x: &Tensor) -> Device {
        self.weights.first().unwrap_or(x).device()
    }

    /// Sets how the model learns: the rule that moves the weights, the loss to make small, and what else to report.
    ///
    /// # Panics
    /// If a metric is asked for twice.
    #[track_caller]
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

    #[track_caller]
    fn learn_by(&mut self, training: Training) {
        let names: Vec<_> = training.metrics.iter().map(Metric::name).collect();
        if let Some(place) = (1..names.len()).find(|&place| names[..place].contains(&names[place])) {
            let why = format!("two metrics are called {}", names[place]);
            Error::shape(
                "compile",
                why,
                "ask for one at a time: a history has one curve of a name",
            )
            .raise();
        }
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
        for (new, old) in weights.iter().zip(&mut self.weights) {
            *old = as_learned(&new.detach().to(old.device()), old.is_tracked());
        }
        Ok(())
    }

    /// Keeps the weights of these layers (numbers from 0, in order) as they are while the model learns: `freeze(..3)` the first
    /// three, `freeze(..)` all. Returns the model, so that more can be said about it.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let mut model = Sequential::new([4]).add(Dense::new(3)).add(Dense::new(2));
    /// model.freeze(..1);
    /// assert_eq!(model.summary().trainable(), 8);
    /// ```
    ///
    /// # Panics
    /// If there are not that many layers.
    #[track_caller]
    pub fn freeze(&mut self, layers: impl RangeBounds<usize>) -> &mut Sequential {
        self.hold((layers.start_bound().cloned(), layers.end_bound().cloned()), true)
    }

    /// Lets these layers learn again; see [`freeze`](Self::freeze).
    ///
    /// # Panics
    /// If there are not that many layers.
    #[track_caller]
    pub fn unfreeze(&mut self, layers: impl RangeBounds<usize>) -> &mut Sequential {
        self.hold(
            (layers.start_bound().cloned(), layers.end_bound().cloned()),
            false,
        )
    }

    #[track_caller]
    fn hold(&mut self, (start, end): (Bound<usize>, Bound<usize>), frozen: bool) -> &mut Sequential {
        let count = self.stages.len();
        let first = match start {
            Bound::Included(first) => first,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let behind = match end {
            Bound::Included(last) => last.saturating_add(1),
            Bound::Excluded(behind) => behind,
            Bound::Unbounded => count,
        };
        if first > behind || behind > count {
            Error::shape(
                if frozen { "freeze" } else { "unfreeze" },
                format!("layers {first}..{behind} of a model that has {count}"),
                "layers count from 0; `..` means all of them, `..3` the first three",
            )
            .raise();
        }
        for stage in &mut self.stages[first..behind] {
            stage.frozen = frozen;
            let own = &mut self.weights[stage.weights.clone()];
            for (weight, described) in own.iter_mut().zip(&stage.described) {
                *weight = as_learned(weight, !frozen && described.is_learned());
            }
        }
        self
    }

    /// Lets every stateful recurrent layer begin anew with its next batch.
    pub fn reset_states(&mut self) {
        for stage in &self.stages {
            stage.memory.write(Vec::new());
        }
    }

    /// The model's answer for a batch `x: [batch, ..sample]`, on the device of `x`. A sample that holds NaN gets NaN for an answer, wherever the
    /// layers mix its numbers.
    ///
    /// # Errors
    /// If the samples have another shape than the model takes, or if a stateful layer remembers a batch whose size does not
    /// divide theirs.
    pub fn predict(&self, x: &Tensor) -> Result<Tensor> {
        self.check_samples("predict", x)?;
        let weights = self.weights();
        let samples = x.shape()[0];
        let parts: Vec<Tensor> = batches(samples, self.batch_of("predict", samples)?)
            .map(|rows| self.forward(&x.rows(rows), &weights).to(x.device()))
            .collect();
        Ok(match parts.as_slice() {
            [] => Tensor::zeros([&[0], self.output_shape()].concat()),
            [all] => all.clone(),
            several => Tensor::concat(&several.iter().collect::<Vec<_>>(), 0),
        })
    }

    /// The answer for a batch, from these weights.
    fn forward(&self, x: &Tensor, weights: &[Tensor]) -> Tensor {
        let through = |x: Tensor, stage: &Stage| stage.forward(&x, weights, false).0;
        self.stages.iter().fold(x.to(self.device_for(x)), through)
    }

    /// What large weights add to the loss, if anything does.
    fn penalty(&self, weights: &[Tensor]) -> Option<Tensor> {
        let described = self.stages.iter().flat_map(|stage| &stage.described);
        let costs = described
            .zip(weights)
            .filter_map(|(described, weight)| described.cost(weight));
        costs.reduce(|sum, cost| sum + cost)
    }
}

/// A weight that starts a record, or one that is a constant.
fn as_learned(weight: &Tensor, learned: bool) -> Tensor {
    match learned {
        true => weight.track(),
        false => weight.detach(),
    }
}

/// The rows of one batch after the other, for work on all samples in their order.
fn batches(samples: usize, batch: usize) -> impl Iterator<Item = Range<usize>> {
    (0..samples)
        .step_by(batch)
        .map(move |start| start..samples.min(start + batch))
}

impl Stage {
    /// The layer's output, and the new values of the weights that it moves itself.
    fn forward(&self, x: &Tensor, weights: &[Tensor], training: bool) -> (Tensor, Vec<(usize, Tensor)>) {
        let own = &weights[self.weights.clone()];
        let pass = Pass::within(own, training, self.frozen, &self.memory);
        let y = self.layer.forward(x, &pass);
        (y, pass.into_updates())
    }
}

impl std::fmt::Debug for Sequential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let layers: Vec<&dyn Layer> = self.stages.iter().map(|stage| &*stage.layer).collect();
        write!(f, "Sequential of input shape {:?}: {layers:?}", self.input_shape)
    }
}
