//! Tables as HTML: the frame that every table here shares. What stands in the cells is the callers' business.

use super::card::escape;

/// An HTML table in the making. Front ends style the tags `table`, `th` and `td` themselves, for the light and the dark
/// theme; only alignment and air are set here.
pub(super) struct Table {
    rows: String,
}

impl Table {
    pub(super) fn new() -> Table {
        Table { rows: String::new() }
    }

    /// A row of headings.
    pub(super) fn head<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.row_of(cells, |_| ("th", "right"));
    }

    /// A row of cells to read from the left, under headings of the same kind.
    pub(super) fn text<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.row_of(cells, |column| (if column == 0 { "th" } else { "td" }, "left"));
    }

    /// A row of numbers; the first cell is a heading where `headed`.
    pub(super) fn numbers<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>, headed: bool) {
        self.row_of(cells, |column| {
            (if column == 0 && headed { "th" } else { "td" }, "right")
        });
    }

    /// The table with a line of text above it.
    pub(super) fn finish(self, caption: &str) -> String {
        let (caption, rows) = (escape(caption), self.rows);
        format!("<div style=\"overflow-x:auto\"><div><b>{caption}</b></div>\n<table>\n{rows}</table></div>\n")
    }

    fn row_of<S: AsRef<str>>(
        &mut self,
        cells: impl IntoIterator<Item = S>,
        kind: impl Fn(usize) -> (&'static str, &'static str),
    ) {
        self.rows.push_str("<tr>");
        for (column, cell) in cells.into_iter().enumerate() {
            let ((tag, side), cell) = (kind(column), escape(cell.as_ref()));
            self.rows.push_str(&format!(
                "<{tag} style=\"text-align:{side};padding:2px 10px\">{cell}</{tag}>"
            ));
        }
        self.rows.push_str("</tr>\n");
    }
}
