//! A table of named columns at a glance: its first rows.

use super::table::Table as Frame;
use super::{MimeBundle, Show};
use crate::data::{Column, Table};

/// Rows that are shown.
const FEW: usize = 10;
/// Columns that are shown.
const MOST_COLUMNS: usize = 20;

impl Show for Table {
    /// The size, and the first rows as they stood in the file.
    fn show(&self) -> MimeBundle {
        let columns: Vec<&Column> = self.all().iter().take(MOST_COLUMNS).collect();
        let count =
            |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let mut caption = format!(
            "{}, {}",
            count(self.len(), "row"),
            count(self.all().len(), "column")
        );
        if self.len() > FEW || self.all().len() > MOST_COLUMNS {
            caption.push_str("; the first ones:");
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let rows =
            (0..self.len().min(FEW)).map(|row| columns.iter().map(|column| column.text(row)).collect());
        let rows: Vec<Vec<String>> = std::iter::once(names).chain(rows).collect();
        let widths: Vec<usize> = (0..columns.len())
            .map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
            .collect();
        let mut frame = Frame::new();
        let mut plain = vec![caption.clone()];
        for (line, row) in rows.iter().enumerate() {
            match line {
                0 => frame.head(row),
                _ => frame.numbers(row, false),
            }
            let cells = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:>width$}"));
            plain.push(cells.collect::<Vec<_>>().join("  "));
        }
        MimeBundle::text(plain.join("\n")).with_html(frame.finish(&caption))
    }
}
