//! What a training and an evaluation tell: curves for a history, a small table for scores and for a model's layers.

use super::axes::{Axes, Mark, Series, ranges};
use super::card::{Card, NOTE, TITLE, WIDEST, number, wrapped};
use super::marks::Marks;
use super::table::Table;
use super::{MimeBundle, Show, palette, text_chart};
use crate::model::{History, Scores, Summary, with_commas};

/// The size of one panel, in pixels.
const PANEL: (f64, f64) = ((WIDEST - 8.0) / 2.0, 290.0);

/// One number as it is followed in training and validation: the panel of one metric.
struct Panel {
    name: String,
    curves: Vec<Series>,
}

impl Panel {
    /// The panels of a history: the loss, then each metric, with its validation curve beside it. `now` is where the
    /// training stands in an epoch that is not over: its place on the axis, and its numbers so far.
    fn of(history: &History, now: Option<(f64, &Scores)>) -> Vec<Panel> {
        let known = history.names();
        let points = |name: &str| -> Vec<(f64, f64)> {
            let curve = if known.contains(&name) {
                history.get(name)
            } else {
                &[]
            };
            (1..)
                .zip(curve)
                .map(|(epoch, &value)| (f64::from(epoch), f64::from(value)))
                .collect()
        };
        let mut names: Vec<String> = known.iter().map(ToString::to_string).collect();
        let now: Vec<(&str, f64, f64)> = now
            .iter()
            .flat_map(|(x, scores)| scores.iter().map(|(name, y)| (name, *x, f64::from(y))))
            .collect();
        // Before the first step there is at least the place of the loss.
        if names.is_empty() && now.is_empty() {
            names.push("loss".to_string());
        }
        names.extend(
            now.iter()
                .filter(|now| !known.contains(&now.0))
                .map(|now| now.0.to_string()),
        );
        let panel = |name: &String| {
            let series = |label: &str, kind: usize, points| Series {
                name: label.to_string(),
                points,
                mark: Mark::Line { dashed: kind == 1 },
                color: palette::class(kind),
            };
            let mut training = points(name);
            training.extend(now.iter().filter(|now| now.0 == name).map(|&(_, x, y)| (x, y)));
            let mut curves = vec![series("training", 0, training)];
            let validation = points(&format!("val_{name}"));
            if !validation.is_empty() {
                curves.push(series("validation", 1, validation));
            }
            Panel {
                name: name.clone(),
                curves,
            }
        };
        names
            .iter()
            .filter(|name| !name.starts_with("val_"))
            .map(panel)
            .collect()
    }

    fn range(&self, epochs: usize) -> [(f64, f64); 2] {
        let [_, y] = ranges(&self.curves);
        [(0.0, 1.03 * epochs.max(1) as f64), y]
    }

    fn draw(&self, epochs: usize) -> String {
        let axes = Axes {
            size: PANEL,
            title: &self.name,
            labels: ("epoch", ""),
            range: self.range(epochs),
            marks: Marks::OVER_EPOCHS,
            series: &self.curves,
            ground: None,
        };
        axes.draw()
    }
}

/// What stands above the curves.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    pub(super) line: &'a str,
    /// The share that is done, drawn as a bar.
    pub(super) done: Option<f64>,
}

/// The curves side by side under a head. The axis goes to `epochs`; for `now` see [`Panel::of`].
pub(super) fn curves(history: &History, epochs: usize, head: &Head, now: Option<(f64, &Scores)>) -> String {
    let panels = Panel::of(history, now);
    let columns = panels.len().clamp(1, 2);
    let rows = panels.len().div_ceil(columns);
    let width = columns as f64 * PANEL.0 + 8.0;
    let lines = wrapped(head.line, NOTE.size, width - 28.0);
    let top = 38.0 + 18.0 * lines.len() as f64;
    let mut card = Card::new(width, top + rows as f64 * PANEL.1);
    card.text(14.0, 24.0, TITLE, head.title);
    for (index, line) in lines.iter().enumerate() {
        card.text(14.0, 45.0 + 18.0 * index as f64, NOTE, line);
    }
    if let Some(done) = head.done {
        let (left, full) = (180.0, width - 200.0);
        card.rect([left, 13.0, full, 12.0], [0xe4; 3]);
        card.rect([left, 13.0, full * done.clamp(0.0, 1.0), 12.0], palette::class(2));
    }
    for (index, panel) in panels.iter().enumerate() {
        let (x, y) = (
            (index % columns) as f64 * PANEL.0,
            top + (index / columns) as f64 * PANEL.1,
        );
        card.group(x, y, &panel.draw(epochs));
    }
    card.finish(&format!("{}. {}", head.title, head.line))
}

/// The last number of each curve: `loss 0.3121, accuracy 0.8870`.
pub(super) fn last_numbers(history: &History) -> String {
    let last = |name: &&str| history.get(name).last().map(|value| format!("{name} {value:.4}"));
    history
        .names()
        .iter()
        .filter_map(last)
        .collect::<Vec<_>>()
        .join(", ")
}

/// `5 epochs`, what is to be told of the time (` in 2.0 s`), and whether the user stopped it.
pub(super) fn title_of(history: &History, time: &str) -> String {
    let epochs = history.epochs();
    let plural = if epochs == 1 { "" } else { "s" };
    let stopped = if history.interrupted() {
        ", stopped by you"
    } else {
        ""
    };
    format!("{epochs} epoch{plural}{time}{stopped}")
}

impl Show for History {
    /// The curves of the loss and of each metric, for training and validation.
    fn show(&self) -> MimeBundle {
        let (title, last) = (title_of(self, ""), last_numbers(self));
        if self.epochs() == 0 {
            return MimeBundle::text(format!("{title}: no curves yet"));
        }
        let head = Head {
            title: &title,
            line: &last,
            done: None,
        };
        let mut plain = vec![format!("{title}: {last}")];
        for panel in Panel::of(self, None) {
            plain.push(text_chart::draw(
                &panel.name,
                &panel.curves,
                panel.range(self.epochs()),
                Marks::OVER_EPOCHS,
            ));
        }
        MimeBundle::text(plain.join("\n\n")).with_svg(curves(self, self.epochs(), &head, None))
    }
}

impl Show for Scores {
    /// The loss and each metric in a row.
    fn show(&self) -> MimeBundle {
        let mut table = Table::new();
        table.head(self.iter().map(|(name, _)| name));
        table.numbers(self.iter().map(|(_, value)| number(value.into())), false);
        MimeBundle::text(self.to_string()).with_html(table.finish("Scores"))
    }
}

impl Show for Summary {
    /// The table of layers, as Keras prints it.
    fn show(&self) -> MimeBundle {
        let mut table = Table::new();
        table.text(["layer", "kind", "output shape", "parameters"]);
        for row in &self.rows {
            let shape = format!("{:?}", row.output_shape);
            let frozen = row.parameters - row.trainable;
            let note = if frozen > 0 {
                format!(" ({} frozen)", with_commas(frozen))
            } else {
                String::new()
            };
            table.text([
                row.name.clone(),
                row.kind.clone(),
                shape,
                format!("{}{note}", with_commas(row.parameters)),
            ]);
        }
        let (all, learned) = (self.parameters(), self.trainable());
        let caption = format!(
            "{} parameters, {} of them trainable",
            with_commas(all),
            with_commas(learned)
        );
        let input = format!("Input shape {:?}: {caption}", self.input_shape);
        MimeBundle::text(self.to_string()).with_html(table.finish(&input))
    }
}
