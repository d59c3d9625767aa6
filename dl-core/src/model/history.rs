//! What a training and an evaluation tell: a curve or a number for the loss and each metric.

use super::{Sequential, Training};
use crate::device::Device;
use crate::error::Error;
use crate::metrics::{Metric, Tally};
use crate::tensor::Tensor;
use std::time::{Duration, Instant};

/// The curves of a training: one number per whole epoch for `loss`, each metric, and, with validation data, `val_loss`
/// and so on.
///
/// ```
/// use dl_core::prelude::*;
/// # let data = xor(40, 0.1);
/// # let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// # model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
/// let history = model.fit(&data, Fit::epochs(4).validation(&data).silent())?;
/// assert_eq!(history.names(), ["loss", "accuracy", "val_loss", "val_accuracy"]);
/// assert_eq!(history.get("val_accuracy").len(), 4);
/// assert!(!history.interrupted());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    curves: Vec<(String, Vec<f32>)>,
    interrupted: bool,
}

impl History {
    /// The curve of this name: one number per whole epoch.
    ///
    /// # Panics
    /// If there is none; the message names those that there are.
    #[track_caller]
    pub fn get(&self, name: &str) -> &[f32] {
        match self.curves.iter().find(|(known, _)| known == name) {
            Some((_, curve)) => curve,
            None => unknown("history", name, &self.names()).raise(),
        }
    }

    /// The names of the curves: `loss`, the metrics, then the same with `val_` before.
    pub fn names(&self) -> Vec<&str> {
        self.curves.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The number of whole epochs.
    pub fn epochs(&self) -> usize {
        self.curves.first().map_or(0, |(_, curve)| curve.len())
    }

    /// Whether the user stopped the training; the model keeps what it had learned.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    pub(super) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Adds one epoch's numbers.
    pub(super) fn record(&mut self, prefix: &str, scores: &Scores) {
        for (name, number) in scores.iter() {
            let name = format!("{prefix}{name}");
            match self.curves.iter_mut().find(|(known, _)| *known == name) {
                Some((_, curve)) => curve.push(number),
                None => self.curves.push((name, vec![number])),
            }
        }
    }
}

/// One line per epoch.
impl std::fmt::Display for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for epoch in 0..self.epochs() {
            write!(f, "epoch {}", epoch + 1)?;
            for (name, curve) in &self.curves {
                write!(f, "  {name} {:.4}", curve[epoch])?;
            }
            writeln!(f)?;
        }
        if self.interrupted {
            f.write_str("interrupted")
        } else {
            Ok(())
        }
    }
}

/// How good a model is on some data: the loss and each metric.
///
/// ```
/// use dl_core::prelude::*;
/// # let data = xor(40, 0.1);
/// # let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// # model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
/// let scores = model.evaluate(&data)?;
/// assert!(scores.loss() > 0.0 && scores.get("accuracy") <= 1.0);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    numbers: Vec<(&'static str, f32)>,
}

impl Scores {
    /// The mean loss over the samples.
    pub fn loss(&self) -> f32 {
        self.numbers.first().map_or(f32::NAN, |&(_, loss)| loss)
    }

    /// The number of this name: `loss` or a metric.
    ///
    /// # Panics
    /// If there is none; the message names those that there are.
    #[track_caller]
    pub fn get(&self, name: &str) -> f32 {
        match self.numbers.iter().find(|(known, _)| *known == name) {
            Some(&(_, number)) => number,
            None => unknown(
                "scores",
                name,
                &self.numbers.iter().map(|&(name, _)| name).collect::<Vec<_>>(),
            )
            .raise(),
        }
    }

    /// Names and numbers, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f32)> {
        self.numbers.iter().copied()
    }
}

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, (name, number)) in self.iter().enumerate() {
            write!(f, "{}{name} {number:.4}", if position == 0 { "" } else { "  " })?;
        }
        Ok(())
    }
}

fn unknown(op: &'static str, name: &str, known: &[&str]) -> Error {
    let hint = match known {
        [] => "nothing was recorded: no epoch was completed".to_string(),
        names => format!("there are {}; metrics are named in compile", names.join(", ")),
    };
    Error::shape(op, format!("no {name:?}"), hint)
}

impl Sequential {
    /// The names of the curves that a training gives.
    pub(super) fn curves(&self, validation: bool) -> Vec<String> {
        let metrics = self.training.iter().flat_map(|training| &training.metrics);
        let names: Vec<_> = std::iter::once("loss").chain(metrics.map(Metric::name)).collect();
        let prefixes: &[&str] = if validation { &["", "val_"] } else { &[""] };
        let with_prefix = |prefix: &&str| {
            names
                .iter()
                .map(|name| format!("{prefix}{name}"))
                .collect::<Vec<_>>()
        };
        prefixes.iter().flat_map(with_prefix).collect()
    }
}

/// What was counted over the samples seen so far; batches count by their size. What a graphics card computes is not waited
/// for after each batch: the numbers are read together, a few times a second.
pub(super) struct Totals {
    samples: usize,
    loss: f64,
    tallies: Vec<Tally>,
    /// Steps counted, those that wait among them.
    steps: usize,
    /// The first loss that was no finite number, and the number of its step, from 1.
    diverged: Option<(f32, usize)>,
    waiting: Vec<Waiting>,
    /// Numbers in all that waits.
    waiting_numbers: usize,
    settled: Instant,
    so_far: Scores,
}

/// A batch whose numbers are still on a graphics card.
struct Waiting {
    loss: Tensor,
    p: Tensor,
    y: Tensor,
}

/// How long numbers wait: a display is shown a few times a second.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many numbers wait at most (64 MiB).
const MOST_WAITING: usize = 16 << 20;

impl Totals {
    /// Nothing yet, of the loss and the metrics that `compile` named.
    pub(super) fn new(training: &Training) -> Totals {
        let decision = training.loss.decision();
        let tallies = training.metrics.iter().map(|metric| metric.tally(decision));
        Totals {
            samples: 0,
            loss: 0.0,
            tallies: tallies.collect(),
            steps: 0,
            diverged: None,
            waiting: Vec::new(),
            waiting_numbers: 0,
            settled: Instant::now(),
            so_far: Scores::default(),
        }
    }

    /// Counts a batch with its loss, its predictions and its targets: at once, or later if they are on a graphics card.
    pub(super) fn add(&mut self, loss: Tensor, p: Tensor, y: &Tensor) {
        self.steps += 1;
        if !loss.device().is_cuda() {
            self.count(loss.item(), &p, y, self.steps);
            self.so_far = self.scores_of(|tally| !tally.is_slow());
            return;
        }
        self.waiting_numbers += p.len() + y.len();
        self.waiting.push(Waiting {
            loss,
            p,
            y: y.clone(),
        });
        // The first one is not kept waiting, so that there is something to show.
        if self.steps == 1 || self.waiting_numbers > MOST_WAITING || self.settled.elapsed() > PATIENCE {
            self.settle();
        }
    }

    /// Whether anything is counted but the loss.
    pub(super) fn looks_at_predictions(&self) -> bool {
        !self.tallies.is_empty()
    }

    /// Counts what has waited.
    pub(super) fn settle(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return;
        }
        let first = self.steps - waiting.len();
        let one = |loss: &Tensor| loss.reshape([1]);
        let losses: Vec<Tensor> = waiting.iter().map(|batch| one(&batch.loss)).collect();
        let losses = joined(losses.iter().collect());
        let (mut p, mut y) = (Vec::new(), Vec::new());
        if !self.tallies.is_empty() {
            p = apart(waiting.iter().map(|batch| &batch.p).collect());
            y = apart(waiting.iter().map(|batch| &batch.y).collect());
        }
        for (number, (batch, loss)) in waiting.iter().zip(losses.to_vec()).enumerate() {
            let (p, y) = (
                p.get(number).unwrap_or(&batch.p),
                y.get(number).unwrap_or(&batch.y),
            );
            self.count(loss, p, y, first + number + 1);
        }
        self.so_far = self.scores_of(|tally| !tally.is_slow());
        (self.waiting_numbers, self.settled) = (0, Instant::now());
    }

    fn count(&mut self, loss: f32, p: &Tensor, y: &Tensor, step: usize) {
        if !loss.is_finite() {
            self.diverged.get_or_insert((loss, step));
        }
        let samples = p.shape()[0];
        self.samples += samples;
        self.loss += f64::from(loss) * samples as f64;
        for tally in &mut self.tallies {
            tally.add(p, y);
        }
    }

    /// The first loss known so far that is no finite number, and the number of its step, from 1.
    pub(super) fn diverged(&self) -> Option<(f32, usize)> {
        self.diverged
    }

    /// All numbers, for the end of an epoch, when nothing waits.
    pub(super) fn scores(&self) -> Scores {
        self.scores_of(|_| true)
    }

    /// The numbers that are quickly told, for after each batch.
    pub(super) fn scores_so_far(&self) -> Scores {
        self.so_far.clone()
    }

    fn scores_of(&self, wanted: impl Fn(&Tally) -> bool) -> Scores {
        let loss = ("loss", (self.loss / self.samples as f64) as f32);
        let tallies = self.tallies.iter().filter(|tally| wanted(tally));
        let metrics = tallies.map(|tally| (tally.metric().name(), tally.value()));
        Scores {
            numbers: std::iter::once(loss).chain(metrics).collect(),
        }
    }
}

/// All along the first axis.
fn joined(parts: Vec<&Tensor>) -> Tensor {
    match parts.as_slice() {
        [one] => (*one).clone(),
        several => Tensor::concat(several, 0),
    }
}

/// The same tensors in the processor's memory, brought there together.
fn apart(parts: Vec<&Tensor>) -> Vec<Tensor> {
    let sizes: Vec<usize> = parts.iter().map(|part| part.shape()[0]).collect();
    let whole = joined(parts).to(Device::cpu());
    let mut start = 0;
    let cut = |size| {
        start += size;
        whole.rows(start - size..start)
    };
    sizes.into_iter().map(cut).collect()
}
