//! The table of a model's layers, in the style of Keras's `summary()`.

use super::Sequential;
use crate::tensor::Tensor;
use std::fmt;

/// A model's layers, output shapes and numbers of parameters; as text, a table.
///
/// ```
/// use dl_core::prelude::*;
/// let summary = Sequential::new([784]).add(Dense::new(10)).summary();
/// assert_eq!(summary.parameters(), 7_850);
/// assert!(summary.to_string().contains("dense (Dense)"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// One row per layer, in order.
    pub rows: Vec<SummaryRow>,
    /// The shape of one sample that the model takes.
    pub input_shape: Vec<usize>,
}

/// One layer in a [`Summary`].
///
/// ```
/// use dl_core::prelude::*;
/// let row = &Sequential::new([4]).add(Dense::new(2)).summary().rows[0];
/// assert_eq!((row.name.as_str(), row.kind.as_str(), row.parameters), ("dense", "Dense", 10));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SummaryRow {
    /// The layer's name in the model: `dense_1`.
    pub name: String,
    /// The kind of layer: `Dense`.
    pub kind: String,
    /// The shape of one output sample, without the batch axis.
    pub output_shape: Vec<usize>,
    /// Numbers in its weights.
    pub parameters: usize,
    /// Those of them that are learned.
    pub trainable: usize,
}

impl Summary {
    pub(super) fn of(model: &Sequential) -> Summary {
        let rows = model.stages.iter().map(|stage| {
            let weights = &model.weights[stage.weights.clone()];
            SummaryRow {
                name: stage.name.clone(),
                kind: stage.layer.kind().to_string(),
                output_shape: stage.output_shape.clone(),
                parameters: weights.iter().map(Tensor::len).sum(),
                trainable: weights
                    .iter()
                    .filter(|weight| weight.is_tracked())
                    .map(Tensor::len)
                    .sum(),
            }
        });
        Summary {
            rows: rows.collect(),
            input_shape: model.input_shape.clone(),
        }
    }

    /// The numbers in all weights together.
    pub fn parameters(&self) -> usize {
        self.rows.iter().map(|row| row.parameters).sum()
    }

    /// Those of them that are learned.
    pub fn trainable(&self) -> usize {
        self.rows.iter().map(|row| row.trainable).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<[String; 3]> = self
            .rows
            .iter()
            .map(|row| {
                let shape: String = row.output_shape.iter().map(|size| format!(", {size}")).collect();
                let name = format!("{} ({})", row.name, row.kind);
                [name, format!("(batch{shape})"), with_commas(row.parameters)]
            })
            .collect();
        let heads = ["Layer (type)", "Output shape", "Parameters"];
        let width = |column: usize| {
            let longest = cells
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0);
            longest.max(heads[column].len()) + 2
        };
        let widths = [width(0), width(1), width(2)];
        let rule = |left: &str, line: &str, between: &str, right: &str| {
            format!(
                "{left}{}{right}",
                widths.map(|width| line.repeat(width)).join(between)
            )
        };
        let [name, shape, count] = widths.map(|width| width - 2);
        writeln!(f, "{}", rule("┏", "━", "┳", "┓"))?;
        writeln!(
            f,
            "┃ {:name$} ┃ {:shape$} ┃ {:>count$} ┃",
            heads[0], heads[1], heads[2]
        )?;
        writeln!(f, "{}", rule("┡", "━", "╇", "┩"))?;
        for (position, row) in cells.iter().enumerate() {
            if position > 0 {
                writeln!(f, "{}", rule("├", "─", "┼", "┤"))?;
            }
            writeln!(f, "│ {:name$} │ {:shape$} │ {:>count$} │", row[0], row[1], row[2])?;
        }
        writeln!(f, "{}", rule("└", "─", "┴", "┘"))?;
        let (all, learned) = (self.parameters(), self.trainable());
        let totals = [
            ("Total", all),
            ("Trainable", learned),
            ("Non-trainable", all - learned),
        ];
        let lines = totals
            .map(|(label, count)| format!("{label} parameters: {} ({})", with_commas(count), size(count)));
        f.write_str(&lines.join("\n"))
    }
}

/// 101770 as 101,770.
pub(crate) fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.char_indices() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The memory that this many parameters take, four bytes each, in the units of Keras (1 KB = 1,024 bytes).
fn size(parameters: usize) -> String {
    let mut size = parameters as f64 * 4.0;
    for unit in ["B", "KB", "MB"] {
        if size < 1024.0 {
            return format!("{size:.2} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.2} GB")
}
