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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Csv;

    #[test]
    fn the_first_rows_stand_as_in_the_file() {
        let lines: Vec<String> = (0..12).map(|row| format!("{row}.5,<b{}>", row % 2)).collect();
        let table = Csv::new()
            .parse(&format!("x,kind\n{}\n", lines.join("\n")))
            .unwrap();
        let shown = table.show();
        insta::assert_snapshot!(shown.plain(), @"
        12 rows, 2 columns; the first ones:
          x  kind
        0.5  <b0>
        1.5  <b1>
        2.5  <b0>
        3.5  <b1>
        4.5  <b0>
        5.5  <b1>
        6.5  <b0>
        7.5  <b1>
        8.5  <b0>
        9.5  <b1>
        ");
        let html = shown.get("text/html").unwrap_or_default();
        assert_eq!(html.matches("<tr>").count(), 11);
        assert!(html.contains(">&lt;b0&gt;</td>") && !html.contains("<b0>"));
        insta::assert_snapshot!(Csv::new().parse("only\n").unwrap().show().plain(), @"
        0 rows, 1 column
        only
        ");
    }
}
