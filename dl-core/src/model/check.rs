//! What `fit`, `evaluate` and `predict` check before they begin, so that a mistake is told in the learner's words and
//! not from the depth of a matrix product.

use super::{Sequential, Training};
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
    pub(super) fn check_can_learn(&self, batch_size: usize) -> Result<()> {
        if batch_size == 0 {
            let hint = "32 is a good start: Fit::epochs(5).batch_size(32)";
            return Err(Error::new("fit: a batch of 0 samples", hint));
        }
        if !self.weights.iter().any(Tensor::is_tracked) {
            return Err(match self.stages.iter().any(|stage| stage.frozen) {
                true => Error::new(
                    "fit: all layers with weights are frozen",
                    "let some learn again: model.unfreeze(..)",
                ),
                false => Error::new(
                    "fit: the model has no weights to learn",
                    "add a layer that has weights: .add(Dense::new(10))",
                ),
            });
        }
        Ok(())
    }

    /// The loss is NaN or infinite: names the moment and the likely cause.
    pub(super) fn diverged(&self, loss: f32, x: &Tensor, y: &Tensor, epoch: usize, step: usize) -> Error {
        let has = |kinds: &[&str]| {
            self.stages
                .iter()
                .any(|stage| kinds.contains(&stage.layer.kind()))
        };
        let training = self.training.as_ref().expect("checked before learning");
        let rate = training.optimizer.learning_rate();
        // The largest without its sign; NaN if one is NaN.
        let reach = |numbers: &Tensor| numbers.abs().max().item();
        let (samples, targets) = (reach(x), reach(y));
        let of_numbers = training.loss.decision() == Decision::FromShape;
        let hint = if !samples.is_finite() {
            "the samples of this batch hold NaN or infinity: clean the data first".to_string()
        } else if !targets.is_finite() {
            "the targets of this batch hold NaN or infinity: clean the data first".to_string()
        } else if samples > 50.0 && !has(&["Embedding"]) {
            format!("the samples reach {samples}: scale them to about 0 to 1 with normalize()")
        } else if targets > 50.0 && of_numbers {
            format!("the targets reach {targets}: scale them too, for example y / {targets}")
        } else if has(&["SimpleRNN", "LSTM", "GRU"]) {
            format!(
                "over many steps gradients explode: cut them, as in Adam::new({rate}).global_clip_norm(1.0), or lower the \
                 learning rate"
            )
        } else {
            format!("the weights have likely grown too large: compile with a learning rate below {rate}")
        };
        Error::new(
            format!(
                "fit: the loss became {loss} in epoch {epoch}, step {step}; the weights are as they were before"
            ),
            hint,
        )
    }
}

pub(super) fn not_compiled(op: &'static str) -> Error {
    Error::shape(
        op,
        "the model has no loss and no optimizer yet",
        "compile it first: model.compile(Adam::new(1e-3), MeanSquaredError::new(), [])",
    )
}
