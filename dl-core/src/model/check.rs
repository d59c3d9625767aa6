//! What `fit`, `evaluate` and `predict` check before they begin, so that a mistake is told in the learner's words and
//! not from the depth of a matrix product.

use super::{BATCH, Sequential, Stage, Training};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::losses::Decision;
use crate::tensor::Tensor;

impl Sequential {
    /// The batch must hold samples of the model's shape.
    pub(super) fn check_samples(&self, op: &'static str, x: &Tensor) -> Result<()> {
        if x.rank() > 0 && x.shape()[1..] == self.input_shape[..] {
            return Ok(());
        }
        let size: usize = self.input_shape.iter().product();
        let hint = match x.shape() {
            _ if x.len() == size => {
                let batch = [&[1], &self.input_shape[..]].concat();
                format!("a single sample is a batch of one: x.reshape({batch:?})")
            }
            [_, sample @ ..] if sample.len() > 1 && sample.iter().product::<usize>() == size => {
                format!("begin with Sequential::new({sample:?}).add(Flatten::new()), or reshape the samples")
            }
            [samples, sample @ ..] if sample.iter().product::<usize>() == size => {
                format!(
                    "reshape the samples: x.reshape({:?})",
                    [&[*samples], &self.input_shape[..]].concat()
                )
            }
            [_, sample @ ..] => format!("make the model for these samples: Sequential::new({sample:?})"),
            [] => "samples stand along the first axis: x is [batch, ..]".to_string(),
        };
        Err(Error::shape(
            op,
            format!(
                "the model takes batches of samples {:?}, but x has shape {:?}",
                self.input_shape,
                x.shape()
            ),
            hint,
        ))
    }

    /// Everything that must hold before a data set is learned or judged.
    pub(super) fn check_data(&self, op: &'static str, data: &Dataset) -> Result<&Training> {
        let Some(training) = &self.training else {
            return Err(not_compiled(op));
        };
        if self.stages.is_empty() {
            return Err(Error::shape(
                op,
                "the model has no layers",
                "add some: Sequential::new([784]).add(Dense::new(10))",
            ));
        }
        let samples = |tensor: &Tensor| tensor.shape().first().copied();
        if samples(&data.x) != samples(&data.y) {
            return Err(Error::shape(
                op,
                format!(
                    "samples {:?} and targets {:?} differ in number",
                    data.x.shape(),
                    data.y.shape()
                ),
                "every sample needs one target",
            ));
        }
        if data.is_empty() {
            return Err(Error::shape(
                op,
                "the data set is empty",
                "look at data.x.shape(): the first size is the number of samples",
            ));
        }
        self.check_samples(op, &data.x)?;
        training.loss.check(self.output_shape(), &data.y)?;
        for metric in &training.metrics {
            metric.check(self.output_shape(), &data.y, training.loss.decision())?;
        }
        Ok(training)
    }

    /// What learning needs besides data.
    pub(super) fn check_can_learn(&self, op: &'static str, batch_size: usize) -> Result<()> {
        if batch_size == 0 {
            let hint = "32 is a good start: Fit::epochs(5).batch_size(32)";
            return Err(Error::shape(op, "a batch of 0 samples", hint));
        }
        if !self.weights.iter().any(Tensor::is_tracked) {
            return Err(match self.stages.iter().any(|stage| stage.frozen) {
                true => Error::shape(
                    op,
                    "all layers with weights are frozen",
                    "let some learn again: model.unfreeze(..)",
                ),
                false => Error::shape(
                    op,
                    "the model has no weights to learn",
                    "add a layer that has weights: .add(Dense::new(10))",
                ),
            });
        }
        Ok(())
    }

    /// All batches of a stateful layer must be equally large, as each one goes on where the last one ended.
    pub(super) fn check_states(&self, op: &str, batch_size: usize, samples: usize) -> Result<()> {
        if !self.is_stateful() {
            return Ok(());
        }
        let why = match self.remembered() {
            Some(remembered) if remembered != batch_size => {
                format!("remembers {remembered} samples, but a batch has {batch_size}")
            }
            _ if !samples.is_multiple_of(batch_size) => {
                format!(
                    "goes on from batch to batch, but {samples} samples leave a rest after batches of {batch_size}"
                )
            }
            _ => return Ok(()),
        };
        Err(Error::new(
            format!("{op}: a layer is stateful and {why}"),
            "take a batch size that divides the number of samples; model.reset_states() lets the layer forget",
        ))
    }

    /// How many samples to work on at once, for work on so many.
    pub(super) fn batch_of(&self, op: &str, samples: usize) -> Result<usize> {
        if !self.is_stateful() {
            return Ok(BATCH);
        }
        let batch = self.remembered().unwrap_or(samples).max(1);
        self.check_states(op, batch, samples)?;
        Ok(batch)
    }

    fn is_stateful(&self) -> bool {
        let stateful = |stage: &Stage| stage.layer.known().is_some_and(|layer| layer.is_stateful());
        self.stages.iter().any(stateful)
    }

    /// Of how many samples the states are that a stateful layer kept.
    fn remembered(&self) -> Option<usize> {
        self.stages.iter().find_map(|stage| stage.memory.samples())
    }

    /// The loss of a batch of `data` is NaN or infinite: names the moment and the likely cause.
    pub(super) fn diverged(&self, loss: f32, data: &Dataset, epoch: usize, step: usize) -> Error {
        let hint = match self.cause_in(data) {
            Some(cause) => cause,
            None if (epoch, step) == (1, 1) && !self.weights_are_finite() => self.broken_weights(),
            None => self.cause_in_learning(),
        };
        Error::new(
            format!(
                "fit: the loss became {loss} in epoch {epoch}, step {step}; the weights are as they were before"
            ),
            hint,
        )
    }

    /// The last loss was a number still, but what was learned from it is none.
    pub(super) fn broken_by_the_last_step(&self) -> Error {
        Error::new(
            "fit: the last step made a weight NaN or infinite; the weights are as they were before",
            self.cause_in_learning(),
        )
    }

    /// The loss of a batch of `data`, which the model only judges, is NaN or infinite.
    pub(super) fn not_judged(&self, op: &str, loss: f32, data: &Dataset) -> Error {
        let hint = match self.cause_in(data) {
            Some(cause) => cause,
            None if !self.weights_are_finite() => self.broken_weights(),
            None => "the model's answers are too large for this loss: look at them with predict".to_string(),
        };
        Error::new(format!("{op}: the loss is {loss}"), hint)
    }

    pub(super) fn weights_are_finite(&self) -> bool {
        self.weights.iter().all(|weight| reach(weight).is_finite())
    }

    fn broken_weights(&self) -> String {
        "the model's weights hold NaN or infinity: build it anew, or load weights that are numbers"
            .to_string()
    }

    /// What is wrong with the numbers of a data set, if that can be seen. In all of it: what made the weights too large may
    /// stand in another batch than the one whose loss shows it.
    fn cause_in(&self, data: &Dataset) -> Option<String> {
        let (samples, targets) = (reach(&data.x), reach(&data.y));
        let training = self.training.as_ref().expect("checked before learning");
        let of_numbers = training.loss.decision() == Decision::FromShape;
        Some(if !samples.is_finite() {
            "the samples hold NaN or infinity: clean the data first".to_string()
        } else if !targets.is_finite() {
            "the targets hold NaN or infinity: clean the data first".to_string()
        } else if samples > 50.0 && !self.has(&["Embedding"]) {
            format!("the samples reach {samples}: scale them to about 0 to 1 with normalize()")
        } else if targets > 50.0 && of_numbers {
            format!("the targets reach {targets}: scale them too, for example y / {targets}")
        } else {
            return None;
        })
    }

    fn cause_in_learning(&self) -> String {
        let rate = self.learning_rate();
        match self.has(&["SimpleRNN", "LSTM", "GRU"]) {
            true => format!(
                "over many steps gradients explode: cut them, as in Adam::new({rate:?}).global_clip_norm(1.0), or lower the \
                 learning rate"
            ),
            false => {
                format!(
                    "the weights have likely grown too large: compile with a learning rate below {rate:?}"
                )
            }
        }
    }

    fn has(&self, kinds: &[&str]) -> bool {
        let among = |stage: &Stage| kinds.contains(&stage.layer.kind());
        self.stages.iter().any(among)
    }
}

/// The largest number without its sign; NaN if one is NaN.
fn reach(numbers: &Tensor) -> f32 {
    match numbers.is_empty() {
        true => 0.0,
        false => numbers.detach().abs().max().item(),
    }
}

pub(super) fn not_compiled(op: &'static str) -> Error {
    Error::shape(
        op,
        "the model has no loss and no optimizer yet",
        "compile it first: model.compile(Adam::new(1e-3), MeanSquaredError::new(), [])",
    )
}
