//! The file that the compiler gets, and the way from each of its bytes back to what the person wrote.
//!
//! A generated file is a row of pieces: text of a cell, marked lines that the engine may drop, and plain scaffold.

use std::ops::Range;
use std::sync::Arc;

use crate::engine::{Cell, Standing};

/// A cell as it is compiled: line ends are `\n`, a byte order mark is gone.
#[derive(Debug, PartialEq, Eq)]
pub struct CellText {
    /// The number beside the cell.
    pub number: u32,
    /// Its text.
    pub text: String,
    /// Who wrote it.
    pub standing: Standing,
}

impl CellText {
    /// Takes the text of a learner's cell. Line and column of everything stay what they were.
    pub fn new(number: u32, code: &str) -> Arc<CellText> {
        CellText::of(&Cell::new(number, code))
    }

    /// Takes a cell's text, likewise.
    pub fn of(cell: &Cell<'_>) -> Arc<CellText> {
        let code = cell.code.trim_start_matches('\u{feff}');
        Arc::new(CellText {
            number: cell.number,
            text: code.replace("\r\n", "\n"),
            standing: cell.standing,
        })
    }

    /// Line and column in code points, both from 1, of a byte offset.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[start..].chars().count() + 1,
        )
    }
}

/// A part of a cell's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The cell.
    pub cell: Arc<CellText>,
    /// Bytes of its text.
    pub range: Range<usize>,
}

impl Origin {
    /// The text.
    pub fn text(&self) -> &str {
        &self.cell.text[self.range.clone()]
    }
}

/// What a generated line is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Gets a living variable out of the store.
    Take(String),
    /// Puts a new variable into the store.
    Put(String),
    /// Returns a living variable to the store.
    PutBack(String),
    /// Runs futures in the runtime that the session has.
    Runtime,
    /// Lets the cell's statements know that runtime.
    Inside,
    /// Holds a learner's function to the type that the exercise asks for.
    Agree(String, String),
}

/// What a place in the file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// From a cell.
    Cell(Origin),
    /// From a line of the engine's.
    Marked(Mark),
    /// From anything else around the cell.
    Scaffold,
}

#[derive(Clone, Debug)]
struct Piece {
    generated: Range<usize>,
    place: Place,
    /// It is the cell's text itself.
    verbatim: bool,
}

/// A generated file with the origin of its parts.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    text: String,
    pieces: Vec<Piece>,
}

impl Assembly {
    /// The whole file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How much memory it takes, about.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.pieces.len() * size_of::<Piece>()
    }

    /// Adds scaffold.
    pub fn scaffold(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds text of a cell, unchanged.
    pub fn cell(&mut self, origin: &Origin) {
        self.piece(origin.text(), Place::Cell(origin.clone()), true);
    }

    /// Adds text that stands for a part of a cell without being it, letter for letter.
    pub fn instead_of(&mut self, origin: &Origin, text: &str) {
        self.piece(text, Place::Cell(origin.clone()), false);
    }

    /// Adds a line of the engine's.
    pub fn marked(&mut self, mark: Mark, text: &str) {
        self.piece(text, Place::Marked(mark), false);
    }

    fn piece(&mut self, text: &str, place: Place, verbatim: bool) {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece {
            generated: start..self.text.len(),
            place,
            verbatim,
        });
    }

    /// Where a range of bytes of the file comes from. A range that begins in a cell is cut to that piece.
    pub fn place(&self, range: Range<usize>) -> Place {
        // An empty range at the very end of a piece belongs to it: that is where "expected `;`" points.
        let piece = self
            .pieces
            .iter()
            .find(|piece| piece.generated.contains(&range.start))
            .or_else(|| {
                self.pieces
                    .iter()
                    .find(|piece| piece.generated.end == range.start)
            });
        let Some(piece) = piece else {
            return Place::Scaffold;
        };
        match &piece.place {
            Place::Cell(origin) if piece.verbatim => {
                let start = origin.range.start + (range.start - piece.generated.start);
                let end = origin.range.start + (range.end.min(piece.generated.end) - piece.generated.start);
                Place::Cell(Origin {
                    cell: origin.cell.clone(),
                    range: start..end.max(start),
                })
            }
            place => place.clone(),
        }
    }

    /// The byte offset of a line and column (in code points), both from 1, as a running program names its places.
    pub fn offset(&self, line: u32, column: u32) -> Option<usize> {
        let mut start = 0;
        for _ in 1..line {
            start += self.text[start..].find('\n')? + 1;
        }
        let rest = &self.text[start..];
        let length = rest
            .chars()
            .take(column.saturating_sub(1) as usize)
            .map(char::len_utf8)
            .sum::<usize>();
        Some(start + length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(cell: &Arc<CellText>, range: Range<usize>) -> Place {
        Place::Cell(Origin {
            cell: cell.clone(),
            range,
        })
    }

    #[test]
    fn line_and_column_count_code_points() {
        let cell = CellText::new(1, "\u{feff}let é = 1;\r\nlet 名 = é;\n");
        let rows = [("é", (1, 5)), ("= é", (2, 7)), ("名", (2, 5)), ("1;", (1, 9))];
        for (what, position) in rows {
            let offset = cell.text.find(what).unwrap();
            assert_eq!(cell.position(offset), position, "{what}");
        }
        assert_eq!(cell.position(cell.text.len()), (3, 1));
    }

    #[test]
    fn what_stands_for_a_part_is_never_cut_even_if_it_is_as_long() {
        let cell = CellText::new(1, "é");
        let whole = Origin {
            cell: cell.clone(),
            range: 0..2,
        };
        let mut file = Assembly::default();
        file.instead_of(&whole, "(\n");
        assert_eq!(file.place(0..1), origin(&cell, 0..2));
    }

    #[test]
    fn every_byte_leads_back() {
        let cell = CellText::new(3, "é; fn f() {} x");
        let mut file = Assembly::default();
        file.scaffold("use a;\n");
        file.cell(&Origin {
            cell: cell.clone(),
            range: 13..15,
        });
        file.marked(Mark::Put("x".into()), "put(x);");
        file.scaffold("\n");
        file.instead_of(
            &Origin {
                cell: cell.clone(),
                range: 0..3,
            },
            "longer text",
        );
        assert_eq!(file.text(), "use a;\n xput(x);\nlonger text");
        let rows = [
            (0..3, Place::Scaffold),
            (8..9, origin(&cell, 14..15)),
            (7..30, origin(&cell, 13..15)),
            (9..12, Place::Marked(Mark::Put("x".into()))),
            (16..16, Place::Marked(Mark::Put("x".into()))),
            (20..22, origin(&cell, 0..3)),
            (99..99, Place::Scaffold),
        ];
        for (range, place) in rows {
            assert_eq!(file.place(range.clone()), place, "{range:?}");
        }
        assert_eq!(file.offset(2, 2), Some(8));
        assert_eq!(file.offset(9, 1), None);
    }
}
