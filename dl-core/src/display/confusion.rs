//! The confusion matrix: which classes a model takes for which.

use super::card::{Anchor, Card, NOTE, Style, TEXT, TITLE, WIDEST, shorten, widest_text};
use super::mistakes::{Mistakes, sureness};
use super::palette::{mix, on};
use super::{MimeBundle, Show};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::losses::Decision;
use crate::metrics::largest;
use crate::model::{Sequential, with_commas};
use crate::tensor::Tensor;

/// More classes than this cannot be told apart in one picture.
const MOST_CLASSES: usize = 40;
/// Cells of at least this side hold a count and its share.
const TWO_LINES: f64 = 36.0;

/// How often each class was taken for each: rows are the truth, columns the answers; made by [`confusion_matrix`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// let matrix = confusion_matrix(&model, &digits().take(100))?;
/// let mistakes = matrix.worst(10);
/// assert!(matrix.show().get("image/svg+xml").is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionMatrix {
    classes: Vec<String>,
    /// Truth by answer, row by row.
    counts: Vec<usize>,
    mistakes: Mistakes,
}

/// Lets the model answer for every sample and counts the answers by class.
///
/// ```
/// use dl_core::prelude::*;
/// let data = blobs(50, 0.1);
/// let model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// confusion_matrix(&model, &data)?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the samples do not suit the model, or the targets are no classes, or when there are more than 40.
pub fn confusion_matrix(model: &Sequential, data: &Dataset) -> Result<ConfusionMatrix> {
    matrix_for("confusion_matrix", model, data)
}

/// The same, asked for by `op`.
pub(super) fn matrix_for(op: &'static str, model: &Sequential, data: &Dataset) -> Result<ConfusionMatrix> {
    if data.is_empty() {
        return Err(Error::shape(op, "the data set is empty", "give it some samples"));
    }
    let predictions = model.predict(&data.x)?;
    let answers = decide(&predictions, model.decision());
    let truth = if data.y.len() == data.len() {
        data.y.class_indices(op, MOST_CLASSES)?
    } else {
        decide(&data.y, Decision::Largest)
    };
    if truth.len() != answers.len() {
        let why = format!("{} answers for {} targets", answers.len(), truth.len());
        return Err(Error::shape(op, why, "the model must give one answer per sample"));
    }
    let most = answers
        .iter()
        .chain(&truth)
        .max()
        .map_or(0, |most| most + 1)
        .max(data.classes.len())
        .max(2);
    if most > MOST_CLASSES {
        let why = format!("{most} classes are too many to draw");
        return Err(Error::shape(
            op,
            why,
            format!("at most {MOST_CLASSES} can be told apart"),
        ));
    }
    let mut counts = vec![0; most * most];
    for (&truth, &answer) in truth.iter().zip(&answers) {
        counts[truth * most + answer] += 1;
    }
    let sure = sureness(&predictions, model.decision());
    Ok(ConfusionMatrix {
        classes: (0..most).map(|class| data.class_name(class)).collect(),
        counts,
        mistakes: Mistakes::of(data, &truth, &answers, &sure),
    })
}

/// The class that each row of predictions `[n, ...]` stands for.
pub(super) fn decide(predictions: &Tensor, decision: Decision) -> Vec<usize> {
    let samples = predictions.shape().first().copied().unwrap_or(0);
    let width = predictions.len() / samples.max(1);
    match threshold(width, decision) {
        Some(threshold) => predictions
            .values()
            .iter()
            .map(|&value| usize::from(value > threshold))
            .collect(),
        None => largest(predictions, width),
    }
}

/// Where yes begins, for models that answer with one number; none where the largest of several names the class.
pub(super) fn threshold(width: usize, decision: Decision) -> Option<f32> {
    match decision {
        Decision::Threshold(threshold) if width == 1 => Some(threshold),
        _ if width == 1 => Some(0.5),
        _ => None,
    }
}

impl ConfusionMatrix {
    /// How many samples of class `truth` were taken for class `answer`.
    ///
    /// # Panics
    /// When there is no such class.
    pub fn count(&self, truth: usize, answer: usize) -> usize {
        assert!(
            truth.max(answer) < self.classes.len(),
            "there are {} classes",
            self.classes.len()
        );
        self.counts[truth * self.classes.len() + answer]
    }

    /// How many of 100 samples of class `truth` were taken for class `answer`; 0 for a class without samples.
    ///
    /// # Panics
    /// When there is no such class.
    pub fn percent(&self, truth: usize, answer: usize) -> f64 {
        100.0 * self.count(truth, answer) as f64 / self.samples_of(truth).max(1) as f64
    }

    /// The `count` wrong answers (at most 100) of which the model was surest: as images with `truth / answer` and how sure it
    /// was, or as a table where the samples are no images.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let (_, test) = fashion_mnist_sample();
    /// let model = Sequential::new([28, 28, 1]).add(Flatten::new()).add(Dense::new(10).activation(Softmax));
    /// confusion_matrix(&model, &test.normalize())?.worst(10);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn worst(&self, count: usize) -> Mistakes {
        self.mistakes.first(count)
    }

    /// The names of the classes, in the order of their numbers.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many samples of this class there are.
    pub(super) fn samples_of(&self, truth: usize) -> usize {
        (0..self.classes.len())
            .map(|answer| self.count(truth, answer))
            .sum()
    }

    /// The share of right answers, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        let right: usize = (0..self.classes.len())
            .map(|class| self.count(class, class))
            .sum();
        right as f64 / self.counts.iter().sum::<usize>() as f64
    }

    fn title(&self) -> String {
        let total: usize = self.counts.iter().sum();
        format!(
            "{:.1} % of {} answers are right",
            100.0 * self.accuracy(),
            with_commas(total)
        )
    }

    fn text(&self) -> String {
        let letters = 11;
        let names: Vec<String> = self.classes.iter().map(|name| shorten(name, letters)).collect();
        let width = names
            .iter()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or(0)
            .max(5);
        let line = |head: &str, cells: &[String], right: &str| {
            let cells: String = cells.iter().map(|cell| format!(" {cell:>width$}")).collect();
            format!("{head:>width$} |{cells} | {right:>7}")
        };
        let head = line("truth", &names, "right");
        let rule = "-".repeat(head.chars().count());
        let mut lines = vec![self.title(), head, rule];
        for (truth, name) in names.iter().enumerate() {
            let cells: Vec<String> = (0..names.len())
                .map(|answer| self.count(truth, answer).to_string())
                .collect();
            let right = format!("{:.1} %", self.percent(truth, truth));
            lines.push(line(name, &cells, &right));
        }
        lines.join("\n")
    }

    fn svg(&self) -> String {
        let count = self.classes.len();
        let names: Vec<String> = self.classes.iter().map(|name| shorten(name, 14)).collect();
        let longest = widest_text(&names, TEXT.size);
        let (left, top) = (longest + 52.0, 62.0);
        let cell = ((WIDEST - left - 24.0) / count as f64).clamp(14.0, 64.0);
        // Names below the columns are slanted where they would run into each other.
        let slanted = longest > cell - 6.0;
        let below = if slanted { longest * 0.75 + 16.0 } else { 24.0 };
        let side = cell * count as f64;
        let mut card = Card::new((left + side + 24.0).max(330.0), top + side + below + 26.0);
        card.text(16.0, 24.0, TITLE, &self.title());
        card.text(16.0, 46.0, NOTE, "rows: truth; columns: answer; % of the row");
        for (truth, name) in names.iter().enumerate() {
            let of_truth = self.samples_of(truth);
            let y = top + truth as f64 * cell;
            card.text(left - 8.0, y + cell / 2.0 + 4.5, TEXT.at(Anchor::End), name);
            let x = left + (truth as f64 + 0.5) * cell;
            if slanted {
                card.slanted(x + 4.0, top + side + 14.0, TEXT, name);
            } else {
                card.text(x, top + side + 17.0, TEXT.at(Anchor::Middle), name);
            }
            for answer in 0..count {
                let number = self.count(truth, answer);
                let share = number as f32 / of_truth.max(1) as f32;
                // Right answers shade to blue, mistakes to orange; the square root lets rare mistakes be seen.
                let end = if truth == answer {
                    [0x00, 0x55, 0x90]
                } else {
                    [0xd5, 0x5e, 0x00]
                };
                let ground = mix([0xf4; 3], end, share.sqrt());
                let x = left + answer as f64 * cell;
                card.rect([x + 0.5, y + 0.5, cell - 1.0, cell - 1.0], ground);
                if number > 0 {
                    let digits = number.to_string();
                    let size = (1.5 * (cell - 4.0) / digits.len() as f64).min(14.0);
                    // The share of the row below the count, where there is room for two lines.
                    let two = cell >= TWO_LINES;
                    let style = Style {
                        size,
                        color: on(ground),
                        bold: truth == answer,
                        anchor: Anchor::Middle,
                    };
                    let base = y + cell / 2.0 + if two { -1.0 } else { size * 0.36 };
                    card.text(x + cell / 2.0, base, style, &digits);
                    if two {
                        let share = format!("{:.0} %", 100.0 * share);
                        let style = Style {
                            size: 11.0,
                            bold: false,
                            ..style
                        };
                        card.text(x + cell / 2.0, base + 13.0, style, &share);
                    }
                }
            }
        }
        card.finish(&format!("Confusion matrix of {count} classes: {}", self.title()))
    }
}

impl Show for ConfusionMatrix {
    fn show(&self) -> MimeBundle {
        MimeBundle::text(self.text()).with_svg(self.svg())
    }
}
