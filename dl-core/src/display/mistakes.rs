//! Wrong answers of which a model was sure: the ones to look at.

use super::confusion::threshold;
use super::images::{ImageGrid, MOST_IMAGES, are_images};
use super::table::Table;
use super::{MimeBundle, Show};
use crate::data::Dataset;
use crate::losses::Decision;
use crate::tensor::Tensor;

/// Wrong answers, the surest first; made by [`ConfusionMatrix::worst`](super::ConfusionMatrix::worst).
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// let mistakes = confusion_matrix(&model, &digits().take(100))?.worst(5);
/// assert!(mistakes.show().plain().contains("wrong answers"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mistakes {
    samples: Tensor,
    cases: Vec<Mistake>,
    /// Of how many.
    total: usize,
}

/// One wrong answer.
///
/// ```
/// use dl_core::prelude::*;
/// // A model that always answers with class 1, and is wrong once.
/// let mut model = Sequential::new([1]).add(Dense::new(1).activation(Sigmoid));
/// model.set_weights(&[tensor![[0.]], tensor![5.]])?;
/// let data = Dataset::new(tensor![[0.], [1.]], tensor![0., 1.]).with_classes(["no", "yes"]);
/// let worst = confusion_matrix(&model, &data)?.worst(5);
/// let mistake = &worst.cases()[0];
/// assert_eq!((mistake.sample, mistake.truth.as_str(), mistake.answer.as_str()), (0, "no", "yes"));
/// assert!(mistake.sure > 0.99);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mistake {
    /// The number of the sample in its data set, from 0.
    pub sample: usize,
    /// The class that it has.
    pub truth: String,
    /// The class that the model gave.
    pub answer: String,
    /// How sure the model was, 0 to 1.
    pub sure: f32,
}

impl Mistakes {
    /// The surest wrong answers, as many as can be looked at.
    pub(super) fn of(data: &Dataset, truth: &[usize], answers: &[usize], sure: &[f32]) -> Mistakes {
        let mut wrong: Vec<usize> = (0..truth.len()).filter(|&at| truth[at] != answers[at]).collect();
        let total = wrong.len();
        // In the order of the data where the model was equally sure.
        wrong.sort_by(|&a, &b| sure[b].total_cmp(&sure[a]));
        wrong.truncate(MOST_IMAGES);
        let cases = wrong.iter().map(|&sample| Mistake {
            sample,
            truth: data.class_name(truth[sample]),
            answer: data.class_name(answers[sample]),
            sure: sure[sample],
        });
        Mistakes {
            samples: data.x.gather_rows(&wrong),
            cases: cases.collect(),
            total,
        }
    }

    pub(super) fn first(&self, count: usize) -> Mistakes {
        let count = count.min(self.cases.len());
        Mistakes {
            samples: self.samples.rows(0..count),
            cases: self.cases[..count].to_vec(),
            total: self.total,
        }
    }

    /// The mistakes, the surest first.
    pub fn cases(&self) -> &[Mistake] {
        &self.cases
    }

    fn title(&self) -> String {
        match (self.total, self.cases.len()) {
            (0, _) => "No wrong answers".to_string(),
            (total, shown) => format!("The surest {shown} of {total} wrong answers: truth / answer"),
        }
    }
}

/// How sure a model was of each of its answers, 0 to 1; answers that are no probabilities are made so.
pub(super) fn sureness(predictions: &Tensor, decision: Decision) -> Vec<f32> {
    let samples = predictions.shape().first().copied().unwrap_or(0);
    let width = predictions.len() / samples.max(1);
    let values = predictions.values();
    let sure = |sure: f32| if sure.is_nan() { 0.0 } else { sure };
    if let Some(threshold) = threshold(width, decision) {
        // A threshold of 0 is that of logits.
        let share = |value: f32| {
            if threshold == 0.0 {
                1.0 / (1.0 + (-value).exp())
            } else {
                value
            }
        };
        return values
            .iter()
            .map(|&value| sure(share(value).max(1.0 - share(value)).clamp(0.0, 1.0)))
            .collect();
    }
    let of_row = |row: &[f32]| {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let shares = row.iter().all(|share| (0.0..=1.0).contains(share));
        if shares && (row.iter().sum::<f32>() - 1.0).abs() < 0.01 {
            return most;
        }
        // The largest share of a softmax.
        1.0 / row.iter().map(|value| (value - most).exp()).sum::<f32>()
    };
    values
        .chunks_exact(width.max(1))
        .map(|row| sure(of_row(row)))
        .collect()
}

impl Show for Mistakes {
    fn show(&self) -> MimeBundle {
        let percent = |mistake: &Mistake| format!("{:.0} % sure", 100.0 * mistake.sure);
        let mut plain = vec![self.title()];
        plain.extend(self.cases.iter().map(|mistake| {
            let Mistake {
                sample,
                truth,
                answer,
                ..
            } = mistake;
            format!("  sample {sample}: {truth} / {answer}, {}", percent(mistake))
        }));
        let bundle = MimeBundle::text(plain.join("\n"));
        if self.cases.is_empty() {
            return bundle;
        }
        if are_images(&self.samples) {
            let labels = self
                .cases
                .iter()
                .map(|mistake| format!("{} / {}\n{}", mistake.truth, mistake.answer, percent(mistake)));
            let grid = ImageGrid::new(self.samples.clone(), labels.collect(), self.title()).show();
            return bundle.with_svg(grid.get("image/svg+xml").unwrap_or_default());
        }
        let mut table = Table::new();
        table.text(["sample", "truth", "answer", "sure"]);
        for mistake in &self.cases {
            let Mistake {
                sample,
                truth,
                answer,
                ..
            } = mistake;
            table.text([&sample.to_string(), truth, answer, &percent(mistake)]);
        }
        bundle.with_html(table.finish(&self.title()))
    }
}
