//! Learning and judging: `fit` as it stands on the blackboard (forward, loss, backward, step), and `evaluate`.
//! What is shown meanwhile is the callbacks' business.

use super::callback::{Callback, EachEpoch, Progress};
use super::history::{History, Scores, Totals};
use super::{Sequential, batches};
use crate::data::Dataset;
use crate::display;
use crate::error::{Error, Result};
use crate::random;
use crate::tensor::Tensor;

/// How [`Sequential::fit`] learns: how long, in what portions, judged on what.
///
/// ```
/// use dl_core::prelude::*;
/// let test = xor(20, 0.1);
/// let fit = Fit::epochs(5).batch_size(128).validation(&test).silent();
/// # drop(fit);
/// ```
pub struct Fit<'a> {
    epochs: usize,
    batch_size: usize,
    validation: Option<&'a Dataset>,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    silent: bool,
}

impl<'a> Fit<'a> {
    /// This many walks over all samples, in batches of 32, with live curves.
    pub fn epochs(count: usize) -> Fit<'a> {
        Fit {
            epochs: count,
            batch_size: 32,
            validation: None,
            callbacks: Vec::new(),
            silent: false,
        }
    }

    /// Samples per step; the last step of an epoch takes what is left.
    #[must_use]
    pub fn batch_size(mut self, samples: usize) -> Fit<'a> {
        self.batch_size = samples;
        self
    }

    /// Judges the model on this data after each epoch, without learning from it.
    #[must_use]
    pub fn validation(mut self, data: &'a Dataset) -> Fit<'a> {
        self.validation = Some(data);
        self
    }

    /// Calls this after each batch and epoch, after those given before.
    #[must_use]
    pub fn callback(mut self, callback: impl Callback + 'a) -> Fit<'a> {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Shows nothing while learning.
    #[must_use]
    pub fn silent(mut self) -> Fit<'a> {
        self.silent = true;
        self
    }

    /// Calls this closure after each epoch, with the model as it is then.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// # let data = xor(40, 0.1);
    /// # let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
    /// # model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
    /// let mut kernels = Vec::new();
    /// model.fit(&data, Fit::epochs(3).silent().each_epoch(|model, _, _| kernels.push(model.weights().remove(0))))?;
    /// assert_eq!(kernels.len(), 3);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn each_epoch(self, call: impl FnMut(&mut Sequential, &Progress, &History) + 'a) -> Fit<'a> {
        self.callback(EachEpoch(call))
    }

    fn tell(&mut self, tell: impl FnMut(&mut Box<dyn Callback + 'a>)) {
        self.callbacks.iter_mut().for_each(tell);
    }
}

impl Sequential {
    /// Learns from `data`: in each epoch walks over all samples in random order, one batch at a time. A second call goes
    /// on where the first one ended. When the user asks to stop, returns normally with what was learned so far.
    ///
    /// # Errors
    /// If the model is not compiled or does not suit the data, or if the loss is no longer a finite number.
    pub fn fit(&mut self, data: &Dataset, mut fit: Fit) -> Result<History> {
        self.check_data("fit", data)?;
        if let Some(validation) = fit.validation {
            self.check_data("fit, validation data", validation)?;
        }
        self.check_can_learn(fit.batch_size)?;
        if !fit.silent {
            fit.callbacks.insert(0, Box::new(display::training_display()));
        }
        let samples = data.len();
        let mut history = History::default();
        let mut progress = Progress::new(fit.epochs, samples, fit.batch_size);
        fit.tell(|callback| callback.on_begin(self, &progress, &history));

        'learning: for epoch in 1..=fit.epochs {
            let order = random::permutation(samples);
            let mut totals = Totals::new(self.training.as_ref().expect("checked above"));
            for (step, rows) in (1..).zip(order.chunks(fit.batch_size)) {
                let (x, y) = (data.x.gather_rows(rows), data.y.gather_rows(rows));
                let loss = self.learn(&x, &y, &mut totals);
                if !loss.is_finite() {
                    return Err(diverged(loss, &x, epoch, step, self));
                }
                progress.advance(epoch, step, rows.len(), totals.scores_so_far());
                fit.tell(|callback| callback.on_batch_end(self, &progress, &history));
                if display::host().interrupted() {
                    history.interrupt();
                    break 'learning;
                }
            }
            progress.scores = totals.scores();
            history.record("", &progress.scores);
            if let Some(validation) = fit.validation {
                history.record("val_", &self.evaluate(validation)?);
            }
            fit.tell(|callback| callback.on_epoch_end(self, &progress, &history));
            if progress.stopped() {
                break;
            }
        }
        fit.tell(|callback| callback.on_end(self, &progress, &history));
        Ok(history)
    }

    /// One step on one batch; returns its loss.
    fn learn(&mut self, x: &Tensor, y: &Tensor, totals: &mut Totals) -> f32 {
        let (predictions, updates) = self.forward_learning(x);
        let penalty = self.penalty(&self.weights);
        let training = self.training.as_mut().expect("checked before learning");
        let loss = with_penalty(training.loss.value(&predictions, y), penalty.as_ref());
        let mut gradients = loss.backward_to_leaves();
        let gradients: Vec<_> = self.weights.iter().map(|weight| gradients.take(weight)).collect();

        let value = loss.item();
        totals.add(value, &predictions.detach(), y);
        // The record holds the weights: once it is gone, they can be moved in place.
        drop((loss, predictions, penalty));
        if value.is_finite() {
            training.optimizer.step(&mut self.weights, &gradients);
            for (number, value) in updates {
                self.weights[number] = value;
            }
        }
        value
    }

    /// Judges the model on `data`: its loss and metrics, without learning.
    ///
    /// # Errors
    /// If the model is not compiled or does not suit the data.
    pub fn evaluate(&self, data: &Dataset) -> Result<Scores> {
        let training = self.check_data("evaluate", data)?;
        let weights = self.weights();
        let penalty = self.penalty(&weights);
        let mut totals = Totals::new(training);
        for rows in batches(data.len()) {
            let (x, y) = (data.x.rows(rows.clone()), data.y.rows(rows));
            let predictions = self.forward(&x, &weights);
            let loss = with_penalty(training.loss.value(&predictions, &y), penalty.as_ref()).item();
            totals.add(loss, &predictions, &y);
        }
        Ok(totals.scores())
    }
}

fn with_penalty(loss: Tensor, penalty: Option<&Tensor>) -> Tensor {
    match penalty {
        Some(penalty) => loss + penalty,
        None => loss,
    }
}

/// The loss is NaN or infinite: names the moment and the likely cause.
fn diverged(loss: f32, x: &Tensor, epoch: usize, step: usize, model: &Sequential) -> Error {
    let rate = model
        .training
        .as_ref()
        .map_or(0.0, |training| training.optimizer.learning_rate());
    let largest = x.abs().max().item();
    let hint = if !largest.is_finite() {
        "the samples of this batch hold NaN or infinity: clean the data first".to_string()
    } else if largest > 50.0 {
        format!("the samples reach {largest}: scale them to about 0 to 1 with normalize()")
    } else {
        format!(
            "the weights have likely grown too large: make the model anew with a learning rate below {rate}"
        )
    };
    Error::new(
        format!("fit: the loss became {loss} in epoch {epoch}, step {step}"),
        hint,
    )
}
