//! A tensor on the screen: its numbers as a table, or its colours where there are too many to read.

use super::card::{escape, number};
use super::heatmap::heatmap;
use super::table::Table;
use super::{MimeBundle, Show};
use crate::tensor::Tensor;

/// A matrix with at most this many rows and columns is shown as numbers.
const READABLE: usize = 12;
/// Rows or columns at each end of a table that is shortened.
const EDGE: usize = 4;

impl Show for Tensor {
    /// The shape always; scalars, vectors and small matrices as numbers, larger matrices as a heat map. Higher ranks show
    /// their first matrices as text.
    fn show(&self) -> MimeBundle {
        let caption = caption(self);
        let text = format!("{self:?}");
        // Shortened text ends with the shape already.
        let plain = match text.ends_with(&format!("shape {:?}", self.shape())) {
            true if self.is_tracked() => format!("{text}, tracked for gradients"),
            true => text.clone(),
            false => format!("{text}\n{caption}"),
        };
        let bundle = MimeBundle::text(plain);
        match *self.shape() {
            _ if self.is_empty() => bundle,
            [] => bundle.with_html(numbers(self, 1, 1, &caption)),
            [columns] => bundle.with_html(numbers(self, 1, columns, &caption)),
            [rows, columns] if (rows <= READABLE && columns <= READABLE) || columns == 1 => {
                bundle.with_html(numbers(self, rows, columns, &caption))
            }
            [_, _] => bundle.with_svg(heatmap(self).title(caption).svg()),
            _ => {
                let lines: Vec<String> = text.lines().map(escape).collect();
                let text = lines.join("\n");
                let caption = escape(&caption);
                bundle.with_html(format!(
                    "<div><b>{caption}</b></div>\n<pre style=\"font-family:monospace\">{text}</pre>\n"
                ))
            }
        }
    }
}

/// `shape [3, 2]`, and whether it is tracked.
fn caption(tensor: &Tensor) -> String {
    let tracked = if tensor.is_tracked() {
        ", tracked for gradients"
    } else {
        ""
    };
    let empty = if tensor.is_empty() { ", no numbers" } else { "" };
    format!("shape {:?}{tracked}{empty}", tensor.shape())
}

/// The numbers as an HTML table; long sides show both ends.
fn numbers(tensor: &Tensor, rows: usize, columns: usize, caption: &str) -> String {
    let values = tensor.values();
    let (shown_rows, shown_columns) = (shown(rows), shown(columns));
    let places = shown_rows
        .iter()
        .flat_map(|&row| shown_columns.iter().map(move |&column| (row, column)));
    let cells = places.map(|(row, column)| Some(f64::from(values[row? * columns + column?])));
    let cells = alike(&cells.collect::<Vec<_>>());
    let matrix = tensor.rank() == 2;
    let place = |place: &Option<usize>| place.map_or("…".to_string(), |place| place.to_string());
    let mut table = Table::new();
    if tensor.rank() > 0 {
        table.head(
            matrix
                .then(String::new)
                .into_iter()
                .chain(shown_columns.iter().map(place)),
        );
    }
    for (row, cells) in shown_rows.iter().zip(cells.chunks(shown_columns.len())) {
        table.numbers(
            matrix
                .then(|| place(row))
                .into_iter()
                .chain(cells.iter().cloned()),
            matrix,
        );
    }
    table.finish(caption)
}

/// Numbers with as many decimals as the one that needs most, so that the points stand below each other; `…` for none.
fn alike(values: &[Option<f64>]) -> Vec<String> {
    let texts: Vec<String> = values
        .iter()
        .map(|value| value.map_or("…".to_string(), number))
        .collect();
    let decimals = texts
        .iter()
        .map(|text| text.split_once('.').map_or(0, |(_, decimals)| decimals.len()))
        .max();
    let decimals = decimals.unwrap_or(0).min(4);
    if texts.iter().any(|text| text.contains('e')) {
        return texts;
    }
    let padded = values.iter().zip(texts).map(|(value, text)| match value {
        Some(value) if value.is_finite() => format!("{value:.decimals$}"),
        _ => text,
    });
    padded.collect()
}

/// The places of one side that are shown; `None` stands for those left out.
fn shown(size: usize) -> Vec<Option<usize>> {
    if size <= READABLE {
        return (0..size).map(Some).collect();
    }
    let (first, last) = ((0..EDGE).map(Some), (size - EDGE..size).map(Some));
    first.chain([None]).chain(last).collect()
}
