//! Learning and judging: `fit` as it stands on the blackboard (forward, loss, backward, step), and `evaluate`.
//! What is shown meanwhile is the callbacks' business.

use super::callback::{Callback, EachEpoch, Progress};
use super::check::not_compiled;
use super::feed::Feed;
use super::history::{History, Scores};
use super::stepper::Stepper;
use super::totals::Totals;
use super::{Sequential, batches};
use crate::data::Dataset;
use crate::display;
use crate::error::{Error, Result};
use crate::layers::forward_both;
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
    shuffle: bool,
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
            shuffle: true,
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

    /// Whether each epoch takes the samples in a new random order, as it does unless told otherwise. `shuffle(false)` keeps
    /// theirs: for stateful recurrent layers, where sample i of a batch goes on where sample i of the last one ended.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// // Two long series, cut into pieces of five steps: the first halves, then the second halves.
    /// let data = Dataset::new(Tensor::randn([4, 5, 1]), Tensor::randn([4]));
    /// let mut model = Sequential::new([5, 1]).add(LSTM::new(8).stateful()).add(Dense::new(1));
    /// model.compile(Adam::new(0.01), MeanSquaredError::new(), []);
    /// let forget = |model: &mut Sequential, _: &Progress, _: &History| model.reset_states();
    /// let fit = Fit::epochs(3).batch_size(2).shuffle(false).silent();
    /// model.fit(&data, fit.each_epoch(forget))?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn shuffle(mut self, shuffle: bool) -> Fit<'a> {
        self.shuffle = shuffle;
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

    /// Tells all callbacks; an error if one of them failed.
    fn tell(&mut self, progress: &Progress, tell: impl FnMut(&mut Box<dyn Callback + 'a>)) -> Result<()> {
        self.callbacks.iter_mut().for_each(tell);
        progress.failure()
    }
}

impl Sequential {
    /// Learns from `data`: in each epoch walks over all samples in random order, one batch at a time. A second call goes
    /// on where the first one ended. When the user asks to stop, returns normally with what was learned so far.
    ///
    /// # Errors
    /// If the model is not compiled or does not suit the data; if a loss, that of the validation data included, or a weight is
    /// no longer a finite number: then the model and its optimizer are as they were before; or if a callback fails: then the
    /// model keeps what it has learned.
    pub fn fit(&mut self, data: &Dataset, mut fit: Fit) -> Result<History> {
        self.check_data("fit", data)?;
        if let Some(validation) = fit.validation {
            self.check_data("fit, validation data", validation)?;
        }
        self.check_can_learn("fit", fit.batch_size)?;
        self.check_states("fit", fit.batch_size, data.len())?;
        if !fit.silent {
            fit.callbacks.insert(0, Box::new(display::training_display()));
        }
        let samples = data.len();
        let feed = Feed::new(data, self.device_for(&data.x));
        let (mut order, mut stepper) = (feed.order(samples), Stepper::new(self, fit.batch_size));
        let mut history = History::default();
        let names = self.curves(fit.validation.is_some());
        let mut progress = Progress::new(fit.epochs, samples, fit.batch_size, names);
        // Shares its numbers with the model, until they are changed.
        let before = self.clone();
        fit.tell(&progress, |callback| callback.on_begin(self, &progress, &history))?;

        'learning: for epoch in 1..=fit.epochs {
            progress.begin(epoch);
            fit.tell(&progress, |callback| {
                callback.on_epoch_begin(self, &progress, &history);
            })?;
            order.take(match fit.shuffle {
                true => random::permutation(samples),
                false => (0..samples).collect(),
            });
            let mut totals = Totals::new(self.training.as_ref().expect("checked above"));
            for (step, places) in (1..).zip(order.batches(fit.batch_size)) {
                stepper.step(self, &feed, &order, places.clone(), &mut totals);
                if step == progress.steps {
                    totals.settle();
                }
                if let Some((loss, step)) = totals.diverged() {
                    let error = self.diverged(loss, data, epoch, step);
                    *self = before;
                    return Err(error);
                }
                progress.advance(step, places.len(), totals.scores_so_far());
                fit.tell(&progress, |callback| {
                    callback.on_batch_end(self, &progress, &history);
                })?;
                if display::host().interrupted() {
                    history.interrupt();
                    break 'learning;
                }
            }
            progress.scores = totals.scores();
            history.record("", &progress.scores);
            if let Some(validation) = fit.validation {
                match self.judge(&format!("fit, validation after epoch {epoch}"), validation) {
                    Ok(scores) => history.record("val_", &scores),
                    Err(error) => {
                        *self = before;
                        return Err(error);
                    }
                }
            }
            fit.tell(&progress, |callback| {
                callback.on_epoch_end(self, &progress, &history);
            })?;
            if progress.stopped() {
                break;
            }
        }
        if !self.weights_are_finite() {
            let error = self.broken_by_the_last_step();
            *self = before;
            return Err(error);
        }
        fit.tell(&progress, |callback| callback.on_end(self, &progress, &history))?;
        Ok(history)
    }

    /// The answer for a batch from which the model learns, and the new values of the weights that layers move themselves.
    fn forward_learning(&self, x: &Tensor) -> (Tensor, Vec<(usize, Tensor)>) {
        let (mut y, mut updates) = (x.clone(), Vec::new());
        let mut stages = self.stages.as_slice();
        while let [stage, behind @ ..] = stages {
            stages = behind;
            if let [next, behind @ ..] = behind
                && let Some(both) = forward_both(
                    &*stage.layer,
                    &*next.layer,
                    &y,
                    &self.weights[stage.weights.clone()],
                )
            {
                (y, stages) = (both, behind);
                continue;
            }
            let (output, moved) = stage.forward(&y, &self.weights, true);
            let place = |(number, value)| (stage.weights.start + number, value);
            updates.extend(moved.into_iter().map(place));
            y = output;
        }
        (y, updates)
    }

    /// The loss of a batch from which the model learns, the answer that it judges, and new values as above. The batch is where
    /// the model is.
    pub(super) fn loss_learning(&self, x: &Tensor, y: &Tensor) -> (Tensor, Tensor, Vec<(usize, Tensor)>) {
        let (predictions, updates) = self.forward_learning(x);
        let training = self.training.as_ref().expect("checked before learning");
        let penalty = self.penalty(&self.weights);
        let loss = with_penalty(training.loss.value(&predictions, y), penalty.as_ref());
        (loss, predictions, updates)
    }

    /// What one batch tells: its loss, and how that changes with each weight.
    pub(super) fn forward_and_back(&self, x: &Tensor, y: &Tensor) -> Step {
        let (loss, predictions, updates) = self.loss_learning(x, y);
        let mut gradients = loss.backward_to_leaves();
        // The record holds the weights: once it is gone, they can be moved in place.
        Step {
            loss: loss.detach(),
            predictions: predictions.detach(),
            gradients: self.weights.iter().map(|weight| gradients.take(weight)).collect(),
            updates,
        }
    }

    /// Moves the weights by what a batch has told.
    pub(super) fn move_weights(&mut self, step: Step) {
        let training = self.training.as_mut().expect("checked before learning");
        training.optimizer.step(&mut self.weights, &step.gradients);
        for (number, value) in step.updates {
            self.weights[number]
                .value_mut()
                .become_like(value.value().clone());
        }
    }

    /// The learning rate: that of the next step, if a schedule changes it.
    ///
    /// # Panics
    /// If the model is not compiled.
    #[track_caller]
    pub fn learning_rate(&self) -> f32 {
        match &self.training {
            Some(training) => training.optimizer.learning_rate(),
            None => not_compiled("learning_rate").raise(),
        }
    }

    /// Changes the learning rate; what the optimizer remembers stays. It replaces a schedule.
    ///
    /// # Panics
    /// If the model is not compiled, or the rate negative or no number.
    #[track_caller]
    pub fn set_learning_rate(&mut self, rate: f32) {
        if !(rate >= 0.0 && rate.is_finite()) {
            let hint = "give a number of at least 0, often between 0.1 and 0.0001";
            Error::shape("set_learning_rate", format!("the learning rate is {rate}"), hint).raise();
        }
        match &mut self.training {
            Some(training) => training.optimizer.set_learning_rate(rate),
            None => not_compiled("set_learning_rate").raise(),
        }
    }

    /// Judges the model on `data`: its loss and metrics, without learning.
    ///
    /// # Errors
    /// If the model is not compiled or does not suit the data, or if the loss is no finite number: the message names the
    /// likely cause.
    pub fn evaluate(&self, data: &Dataset) -> Result<Scores> {
        self.check_data("evaluate", data)?;
        self.judge("evaluate", data)
    }

    /// Loss and metrics on data that is known to suit.
    fn judge(&self, op: &str, data: &Dataset) -> Result<Scores> {
        let training = self.training.as_ref().expect("checked before judging");
        let weights = self.weights();
        let penalty = self.penalty(&weights);
        let mut totals = Totals::new(training);
        let feed = Feed::new(data, self.device_for(&data.x));
        for rows in batches(data.len(), self.batch_of(op, data.len())?) {
            let (x, y) = feed.rows(rows);
            let predictions = self.forward(&x, &weights);
            let loss = with_penalty(training.loss.value(&predictions, &y), penalty.as_ref());
            totals.add(&loss, &predictions, &y);
            if totals.diverged().is_some() {
                break;
            }
        }
        totals.settle();
        match totals.diverged() {
            Some((loss, _)) => Err(self.not_judged(op, loss, data)),
            None => Ok(totals.scores()),
        }
    }
}

/// What one batch tells.
pub(super) struct Step {
    pub(super) loss: Tensor,
    pub(super) predictions: Tensor,
    /// For each weight, if the loss depends on it.
    gradients: Vec<Option<Tensor>>,
    /// New values of the weights that layers move themselves, by number.
    pub(super) updates: Vec<(usize, Tensor)>,
}

fn with_penalty(loss: Tensor, penalty: Option<&Tensor>) -> Tensor {
    match penalty {
        Some(penalty) => loss + penalty,
        None => loss,
    }
}
