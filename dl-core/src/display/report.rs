//! Precision, recall and F1 of each class, as a table.

use super::confusion::matrix_for;
use super::table::Table;
use super::{ConfusionMatrix, MimeBundle, Show};
use crate::data::Dataset;
use crate::error::Result;
use crate::model::Sequential;

/// Precision, recall and F1 of each class and their averages; made by [`classification_report`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// let report = classification_report(&model, &digits().take(100))?;
/// assert!(report.show().plain().contains("recall"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ClassificationReport {
    matrix: ConfusionMatrix,
}

/// For each class: precision (of the answers with this class, the share that is right), recall (of the samples of this
/// class, the share that is found), F1 (their harmonic mean, 2 p r / (p + r)) and the number of samples; then the averages
/// over the classes, each class alike (macro) and each by its number of samples (weighted). A share of nothing is 0, as in
/// [scikit-learn](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.classification_report.html).
///
/// ```
/// use dl_core::prelude::*;
/// let data = blobs(50, 0.1);
/// let model = Sequential::new([2]).add(Dense::new(3).activation(Softmax));
/// let report = classification_report(&model, &data)?;
/// assert!(report.f1(0) <= 1.0);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As for [`confusion_matrix`](super::confusion_matrix).
pub fn classification_report(model: &Sequential, data: &Dataset) -> Result<ClassificationReport> {
    Ok(ClassificationReport {
        matrix: matrix_for("classification_report", model, data)?,
    })
}

impl ClassificationReport {
    /// Of the answers with this class, the share that is right.
    ///
    /// # Panics
    /// When there is no such class.
    pub fn precision(&self, class: usize) -> f64 {
        let answers = (0..self.classes()).map(|truth| self.matrix.count(truth, class));
        share(self.matrix.count(class, class), answers.sum())
    }

    /// Of the samples of this class, the share that is found.
    ///
    /// # Panics
    /// When there is no such class.
    pub fn recall(&self, class: usize) -> f64 {
        share(self.matrix.count(class, class), self.matrix.samples_of(class))
    }

    /// The harmonic mean of precision and recall.
    ///
    /// # Panics
    /// When there is no such class.
    pub fn f1(&self, class: usize) -> f64 {
        let (precision, recall) = (self.precision(class), self.recall(class));
        match precision + recall {
            0.0 => 0.0,
            sum => 2.0 * precision * recall / sum,
        }
    }

    fn classes(&self) -> usize {
        self.matrix.classes().len()
    }

    fn numbers(&self, class: usize) -> [f64; 3] {
        [self.precision(class), self.recall(class), self.f1(class)]
    }

    /// The mean of the classes' numbers with these weights.
    fn average(&self, weight: impl Fn(usize) -> f64) -> [f64; 3] {
        let all: f64 = (0..self.classes()).map(&weight).sum();
        [0, 1, 2].map(|number| {
            let parts = (0..self.classes()).map(|class| weight(class) * self.numbers(class)[number]);
            parts.sum::<f64>() / all
        })
    }

    /// Name, precision, recall, F1 and samples of each line.
    fn rows(&self) -> Vec<[String; 5]> {
        let row = |name: &str, numbers: [f64; 3], samples: usize| {
            let [precision, recall, f1] = numbers.map(|number| format!("{number:.3}"));
            [name.to_string(), precision, recall, f1, samples.to_string()]
        };
        let samples = |class: usize| self.matrix.samples_of(class);
        let total = (0..self.classes()).map(samples).sum();
        let names = self.matrix.classes().iter().enumerate();
        let mut rows: Vec<_> = names
            .map(|(class, name)| row(name, self.numbers(class), samples(class)))
            .collect();
        rows.push(row("macro average", self.average(|_| 1.0), total));
        rows.push(row(
            "weighted average",
            self.average(|class| samples(class) as f64),
            total,
        ));
        rows
    }
}

/// 0 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl Show for ClassificationReport {
    fn show(&self) -> MimeBundle {
        let title = format!("{:.1} % of the answers are right", 100.0 * self.matrix.accuracy());
        let head = ["class", "precision", "recall", "F1", "samples"];
        let rows = self.rows();
        let wide = rows.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
        let line = |cells: [&str; 5]| {
            let [name, precision, recall, f1, samples] = cells;
            format!("{name:>wide$}  {precision:>9}  {recall:>6}  {f1:>5}  {samples:>7}")
        };
        let mut table = Table::new();
        table.head(head);
        let mut plain = vec![title.clone(), line(head)];
        for row in &rows {
            table.numbers(row, true);
            plain.push(line(row.each_ref().map(String::as_str)));
        }
        MimeBundle::text(plain.join("\n")).with_html(table.finish(&title))
    }
}
