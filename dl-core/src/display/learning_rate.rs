//! The learning-rate finder: the loss while the rate grows from step to step.

use super::axes::{Axes, Mark, Series, ranges};
use super::card::number;
use super::marks::Marks;
use super::{MimeBundle, Show, palette, text_chart};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::model::Sequential;

/// The first and the last rate, as powers of ten, and how many there are.
const POWERS: (f32, f32) = (-6.0, 1.0);
const STEPS: usize = 141;
/// Samples per step, as `fit` takes without a word.
const BATCH: usize = 32;
/// How much of the past a smoothed loss keeps.
const PAST: f64 = 0.9;
/// A loss that has grown so much is lost.
const LOST: f64 = 4.0;

/// The loss over the learning rate; made by [`find_learning_rate`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let mut model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// model.compile(Adam::new(0.01), SparseCategoricalCrossentropy::from_logits(), [Accuracy]);
/// let rates = find_learning_rate(&model, &digits())?;
/// assert!(rates.suggestion() > 0.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct LearningRates {
    rates: Vec<f32>,
    /// Smoothed, one for each rate that was tried.
    losses: Vec<f64>,
}

/// Lets a copy of the model learn, batch by batch, while the learning rate grows from 0.000001 to 10, and tells the loss at
/// each rate: it falls where the rate is right, and explodes where it is too large (Smith, "Cyclical learning rates for
/// training neural networks", 2017). The model, its optimizer and the random numbers stay as they were.
///
/// ```
/// use dl_core::prelude::*;
/// seed(1);
/// let data = xor(200, 0.1);
/// let mut model = Sequential::new([2]).add(Dense::new(16).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
/// model.compile(SGD::new(0.1), BinaryCrossentropy::new(), []);
/// let rates = find_learning_rate(&model, &data)?;
/// model.set_learning_rate(rates.suggestion());
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the model is not compiled, has nothing to learn, or does not suit the data; or when not even the smallest rate
/// gives a finite loss.
pub fn find_learning_rate(model: &Sequential, data: &Dataset) -> Result<LearningRates> {
    let op = "find_learning_rate";
    let step = (POWERS.1 - POWERS.0) / (STEPS - 1) as f32;
    let rates: Vec<f32> = (0..STEPS)
        .map(|number| 10f32.powf(POWERS.0 + step * number as f32))
        .collect();
    let enough = |losses: &[f32]| {
        let smooth = smoothed(losses);
        let best = smooth.iter().copied().fold(f64::INFINITY, f64::min);
        smooth
            .last()
            .is_some_and(|&last| last > LOST * best.abs().max(1e-12))
    };
    let mut losses = model.losses_at(op, &rates, data, BATCH, enough)?;
    losses.retain(|loss| loss.is_finite());
    if losses.is_empty() {
        let why = "the loss is no finite number, whatever the rate";
        let hint = "scale the samples, for example with normalize(), and look for NaN in them";
        return Err(Error::shape(op, why, hint));
    }
    Ok(LearningRates {
        rates: rates[..losses.len()].to_vec(),
        losses: smoothed(&losses),
    })
}

/// The running mean of the losses in which the past fades, corrected for its start (Kingma and Ba, 2015).
fn smoothed(losses: &[f32]) -> Vec<f64> {
    let (mut mean, mut weight) = (0.0, 1.0);
    let smooth = losses.iter().map(|&loss| {
        mean = PAST * mean + (1.0 - PAST) * f64::from(loss);
        weight *= PAST;
        mean / (1.0 - weight)
    });
    smooth.collect()
}

impl LearningRates {
    /// The rates that were tried, from small to large.
    pub fn rates(&self) -> &[f32] {
        &self.rates
    }

    /// The smoothed loss at each of them.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// The rate at which the loss falls fastest, before its lowest point.
    pub fn suggestion(&self) -> f32 {
        self.rates[self.steepest()]
    }

    fn steepest(&self) -> usize {
        /// The slope is that over this many steps to both sides: a single step is mostly chance.
        const AROUND: usize = 4;
        let lowest = (0..self.losses.len())
            .min_by(|&a, &b| self.losses[a].total_cmp(&self.losses[b]))
            .expect("there is at least one loss");
        let slope = |at: usize| {
            let (before, after) = (at.saturating_sub(AROUND), (at + AROUND).min(lowest));
            (self.losses[after] - self.losses[before]) / (after - before).max(1) as f64
        };
        (0..=lowest.saturating_sub(AROUND))
            .min_by(|&a, &b| slope(a).total_cmp(&slope(b)))
            .expect("there is at least one loss")
    }

    fn title(&self) -> String {
        format!(
            "The loss falls fastest at a rate of about {}",
            number(rounded(self.suggestion()))
        )
    }

    /// The curve over the power of ten, and the suggested place.
    fn series(&self) -> Vec<Series> {
        let point = |at: usize| (f64::from(self.rates[at]).log10(), self.losses[at]);
        let series = |name: &str, points, mark, kind| Series {
            name: name.to_string(),
            points,
            mark,
            color: palette::class(kind),
        };
        let curve = (0..self.losses.len()).map(point).collect();
        let place = vec![point(self.steepest())];
        vec![
            series("loss, smoothed", curve, Mark::Line { dashed: false }, 0),
            series("falls fastest", place, Mark::Points(3), 1),
        ]
    }
}

/// To two significant digits.
fn rounded(rate: f32) -> f64 {
    format!("{rate:.1e}").parse().unwrap_or(f64::from(rate))
}

impl Show for LearningRates {
    fn show(&self) -> MimeBundle {
        let (title, mut series) = (self.title(), self.series());
        // A loss that explodes would press the rest of the curve flat.
        let first = self.losses[0];
        let [x, (low, high)] = ranges(&series);
        let range = [x, (low, high.min(low + 1.6 * (first - low)).max(low + 1e-9))];
        let top = range[1].1;
        series[0].points.retain(|point| point.1 <= top);
        let marks = [Marks::Powers, Marks::Numbers];
        let axes = Axes {
            size: (560.0, 360.0),
            title: &title,
            labels: ("learning rate", "loss"),
            range,
            marks,
            series: &series,
            ground: None,
        };
        MimeBundle::text(text_chart::draw(&title, &series, range, marks)).with_svg(axes.picture(&title))
    }
}
