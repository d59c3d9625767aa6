//! The curves of several trainings side by side.

use super::axes::{Axes, Mark, Series, ranges};
use super::card::{Card, NOTE, TITLE, WIDEST};
use super::marks::Marks;
use super::{MimeBundle, Show, palette, text_chart};
use crate::error::Error;
use crate::model::History;

/// More curves cannot be told apart.
const MOST_RUNS: usize = 7;
/// The size of one panel, in pixels.
const PANEL: (f64, f64) = ((WIDEST - 8.0) / 2.0, 290.0);

/// The curves of several trainings; made by [`compare`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let points = xor(100, 0.1);
/// let mut histories = Vec::new();
/// for rate in [0.01, 0.1] {
///     let mut model = Sequential::new([2]).add(Dense::new(4).activation(Tanh)).add(Dense::new(1).activation(Sigmoid));
///     model.compile(Adam::new(rate), BinaryCrossentropy::new(), [Accuracy]);
///     histories.push(model.fit(&points, Fit::epochs(3).silent())?);
/// }
/// let comparison = compare(&[("slow", &histories[0]), ("fast", &histories[1])]);
/// assert!(comparison.show().plain().contains("slow"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Comparison {
    runs: Vec<(String, History)>,
}

/// The curves of several trainings in the same axes: a row for the loss and each metric, on the left as the training saw
/// it, on the right on the validation data.
///
/// ```
/// use dl_core::prelude::*;
/// # let data = xor(40, 0.1);
/// let mut histories = Vec::new();
/// for rate in [0.01, 0.1] {
///     let mut model = Sequential::new([2]).add(Dense::new(4).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
///     model.compile(SGD::new(rate), BinaryCrossentropy::new(), [Accuracy]);
///     histories.push(model.fit(&data, Fit::epochs(3).silent())?);
/// }
/// compare(&[("slow", &histories[0]), ("fast", &histories[1])]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Panics
/// When there are no runs, or more than 7.
#[track_caller]
pub fn compare(runs: &[(&str, &History)]) -> Comparison {
    if runs.is_empty() || runs.len() > MOST_RUNS {
        let why = format!("{} runs", runs.len());
        let hint = format!(
            "give 1 to {MOST_RUNS} names with their histories: compare(&[(\"plain\", &first), (\"dropout\", &second)])"
        );
        Error::shape("compare", why, hint).raise();
    }
    Comparison {
        runs: runs
            .iter()
            .map(|&(name, history)| (name.to_string(), history.clone()))
            .collect(),
    }
}

/// The curves of one metric, and the ranges of both axes.
struct Panel {
    title: String,
    series: Vec<Series>,
    range: [(f64, f64); 2],
}

impl Comparison {
    /// The names of the curves without `val_`, in the order in which the runs name them.
    fn metrics(&self) -> Vec<&str> {
        let mut metrics = Vec::new();
        for name in self.runs.iter().flat_map(|(_, history)| history.names()) {
            let name = name.trim_start_matches("val_");
            if !metrics.contains(&name) {
                metrics.push(name);
            }
        }
        metrics
    }

    /// A curve for each run; one that has none of this name is empty.
    fn series(&self, curve: &str) -> Vec<Series> {
        let of_run = |(number, (name, history)): (usize, &(String, History))| {
            let known = history.names().contains(&curve);
            let values = if known { history.get(curve) } else { &[] };
            Series {
                name: name.clone(),
                points: (1..)
                    .zip(values)
                    .map(|(epoch, &value)| (f64::from(epoch), f64::from(value)))
                    .collect(),
                mark: Mark::Line {
                    dashed: number % 2 == 1,
                },
                color: palette::class(number),
            }
        };
        self.runs.iter().enumerate().map(of_run).collect()
    }

    /// What is drawn: a title and its curves, with a range that the panels of one metric share.
    fn panels(&self) -> Vec<Panel> {
        let epochs = self.runs.iter().map(|(_, history)| history.epochs()).max();
        let mut panels = Vec::new();
        for metric in self.metrics() {
            let pair = [metric.to_string(), format!("val_{metric}")].map(|name| self.series(&name));
            let [_, y] = ranges(&pair.concat());
            let range = [(0.0, 1.03 * epochs.unwrap_or(0).max(1) as f64), y];
            for (series, on) in pair.into_iter().zip(["training", "validation"]) {
                if series.iter().any(|series| !series.points.is_empty()) {
                    panels.push(Panel {
                        title: format!("{metric}, {on}"),
                        series,
                        range,
                    });
                }
            }
        }
        panels
    }

    /// The last numbers of each run, and its best on the validation data, as a table.
    fn text(&self) -> String {
        let mut names = Vec::new();
        for metric in self.metrics() {
            names.extend([metric.to_string(), format!("val_{metric}")]);
        }
        names.retain(|name| {
            self.runs
                .iter()
                .any(|(_, history)| history.names().contains(&name.as_str()))
        });
        let wide = self.runs.iter().map(|(name, _)| name.chars().count()).max();
        let wide = wide.unwrap_or(0).max(4);
        let head: String = names.iter().map(|name| format!("  {name:>12}")).collect();
        let mut lines = vec![
            "Last numbers of each run".to_string(),
            format!("{:wide$}  {:>6}{head}", "run", "epochs"),
        ];
        for (run, history) in &self.runs {
            let known = history.names();
            let cells: String = names
                .iter()
                .map(|name| {
                    let last = known
                        .contains(&name.as_str())
                        .then(|| history.get(name).last())
                        .flatten();
                    last.map_or(format!("  {:>12}", "-"), |value| format!("  {value:>12.4}"))
                })
                .collect();
            lines.push(format!("{run:wide$}  {:>6}{cells}", history.epochs()));
        }
        lines.join("\n")
    }

    fn svg(&self, panels: &[Panel]) -> String {
        let columns = panels.len().clamp(1, 2);
        let top = 34.0;
        let height = top + panels.len().div_ceil(columns) as f64 * PANEL.1;
        let mut card = Card::new(columns as f64 * PANEL.0 + 8.0, height);
        card.text(14.0, 24.0, TITLE, "Runs compared");
        for (index, panel) in panels.iter().enumerate() {
            let axes = Axes {
                size: PANEL,
                title: &panel.title,
                labels: ("epoch", ""),
                range: panel.range,
                marks: Marks::OVER_EPOCHS,
                series: &panel.series,
                ground: None,
            };
            let (x, y) = (
                (index % columns) as f64 * PANEL.0,
                (index / columns) as f64 * PANEL.1,
            );
            card.group(x, top + y, &axes.draw());
        }
        if panels.is_empty() {
            card.text(14.0, 60.0, NOTE, "no curves yet: no epoch was completed");
        }
        let names: Vec<&str> = self.runs.iter().map(|(name, _)| name.as_str()).collect();
        card.finish(&format!("Curves of {}", names.join(", ")))
    }
}

impl Show for Comparison {
    fn show(&self) -> MimeBundle {
        let panels = self.panels();
        let mut plain = vec![self.text()];
        for panel in &panels {
            plain.push(text_chart::draw(
                &panel.title,
                &panel.series,
                panel.range,
                Marks::OVER_EPOCHS,
            ));
        }
        MimeBundle::text(plain.join("\n\n")).with_svg(self.svg(&panels))
    }
}
