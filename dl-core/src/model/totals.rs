//! What is counted while a model learns or is judged. What a graphics card computes is not waited for after each batch: its
//! numbers are laid side by side there, and read together a few times a second.

use super::Training;
use super::history::Scores;
use crate::backend::Value;
use crate::device::Device;
use crate::metrics::Tally;
use crate::tensor::Tensor;
use std::time::{Duration, Instant};

/// What was counted over the samples seen so far; batches count by their size.
pub(super) struct Totals {
    samples: usize,
    loss: f64,
    tallies: Vec<Tally>,
    /// Steps counted, those that wait among them.
    steps: usize,
    /// The first loss that was no finite number, and the number of its step, from 1.
    diverged: Option<(f32, usize)>,
    waiting: Waiting,
    settled: Instant,
    /// As they were when what waited was counted last; none if nothing waits.
    so_far: Option<Scores>,
}

/// Batches whose numbers are still on a graphics card.
#[derive(Default)]
struct Waiting {
    losses: Shelf,
    predictions: Shelf,
    targets: Shelf,
    /// How many samples each of them has.
    samples: Vec<usize>,
}

/// How long numbers wait: a display is shown a few times a second.
const PATIENCE: Duration = Duration::from_millis(100);

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
            waiting: Waiting::default(),
            settled: Instant::now(),
            so_far: None,
        }
    }

    /// Counts a batch with its loss, its predictions and its targets: at once, or later if they are on a graphics card; then
    /// their numbers are copied, and need not stay.
    pub(super) fn add(&mut self, loss: &Tensor, p: &Tensor, y: &Tensor) {
        self.steps += 1;
        if !loss.device().is_cuda() {
            self.count(loss.item(), p.shape()[0], Some((p, y)), self.steps);
            return;
        }
        if !self.waiting.has_room(loss, p, y) {
            self.settle_before(self.steps - 1);
        }
        self.waiting.losses.lay(loss);
        if !self.tallies.is_empty() {
            self.waiting.predictions.lay(p);
            self.waiting.targets.lay(y);
        }
        self.waiting.samples.push(p.shape()[0]);
        // The first one is not kept waiting, so that there is something to show.
        if self.steps == 1 || self.settled.elapsed() > PATIENCE {
            self.settle();
        }
    }

    /// Counts what has waited.
    pub(super) fn settle(&mut self) {
        self.settle_before(self.steps);
    }

    /// `last` is the number of the last step that waits.
    fn settle_before(&mut self, last: usize) {
        let samples = std::mem::take(&mut self.waiting.samples);
        if samples.is_empty() {
            return;
        }
        let first = last - samples.len();
        let losses = self.waiting.losses.read();
        let (p, y) = (self.waiting.predictions.read(), self.waiting.targets.read());
        for (number, (samples, loss)) in samples.into_iter().zip(losses).enumerate() {
            let batch = p.get(number).zip(y.get(number));
            self.count(loss.item(), samples, batch, first + number + 1);
        }
        self.so_far = Some(self.quick_scores());
        self.settled = Instant::now();
    }

    fn count(&mut self, loss: f32, samples: usize, batch: Option<(&Tensor, &Tensor)>, step: usize) {
        if !loss.is_finite() {
            self.diverged.get_or_insert((loss, step));
        }
        self.samples += samples;
        self.loss += f64::from(loss) * samples as f64;
        if let Some((p, y)) = batch {
            self.tallies.iter_mut().for_each(|tally| tally.add(p, y));
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

    /// The numbers that are quickly told, for after each batch. With a graphics card they may be some steps old.
    pub(super) fn scores_so_far(&self) -> Scores {
        self.so_far.clone().unwrap_or_else(|| self.quick_scores())
    }

    fn quick_scores(&self) -> Scores {
        self.scores_of(|tally| !tally.is_slow())
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

impl Waiting {
    fn has_room(&self, loss: &Tensor, p: &Tensor, y: &Tensor) -> bool {
        self.losses.has_room(loss) && self.predictions.has_room(p) && self.targets.has_room(y)
    }
}

/// Memory on a graphics card in which tensors are laid side by side, to be read with one wait.
#[derive(Default)]
struct Shelf {
    memory: Option<Value>,
    used: usize,
    shapes: Vec<Vec<usize>>,
}

/// Batches that a shelf has room for, as long as their numbers are not more than [`WIDEST`].
const BATCHES: usize = 1024;

/// Numbers of a shelf, at most (16 MiB), unless one batch has more.
const WIDEST: usize = 4 << 20;

impl Shelf {
    fn has_room(&self, tensor: &Tensor) -> bool {
        match &self.memory {
            Some(memory) => self.used + tensor.len() <= memory.len(),
            None => true,
        }
    }

    /// Copies the tensor behind what is there; an empty shelf grows to the size that it needs.
    fn lay(&mut self, tensor: &Tensor) {
        let device = tensor.device();
        let fits = |memory: &Value| memory.device() == device && self.used + tensor.len() <= memory.len();
        if !self.memory.as_ref().is_some_and(fits) {
            let numbers = (tensor.len() * BATCHES).min(WIDEST).max(tensor.len());
            self.memory = Some(Value::filled(0.0, &[numbers], device));
        }
        if let Some(memory) = &mut self.memory {
            memory.put(self.used, tensor.value());
        }
        self.used += tensor.len();
        self.shapes.push(tensor.shape().to_vec());
    }

    /// Everything that lies there, in the processor's memory; then the shelf is empty.
    fn read(&mut self) -> Vec<Tensor> {
        let shapes = std::mem::take(&mut self.shapes);
        let used = std::mem::take(&mut self.used);
        let Some(memory) = self.memory.as_ref().filter(|_| !shapes.is_empty()) else {
            return Vec::new();
        };
        let all = Tensor::leaf(memory.slice(0, 0..used)).to(Device::cpu());
        let mut start = 0;
        let cut = |shape: Vec<usize>| {
            let count: usize = shape.iter().product();
            start += count;
            all.slice(0, start - count..start).reshape(shape)
        };
        shapes.into_iter().map(cut).collect()
    }
}
