//! What a training and an evaluation tell: a curve or a number for the loss and each metric.

use super::Sequential;
use crate::error::Error;
use crate::metrics::Metric;

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
    pub(super) numbers: Vec<(&'static str, f32)>,
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
