//! nbgrader's marks on cells (metadata schema 3): what they say, and the checksum that it writes beside them.
//!
//! Words and rules are those of `nbgrader/utils.py`. Nothing is changed here.

use std::fmt::Write;

use md5::{Digest, Md5};
use serde_json::Value;

use crate::notebook::text_of;

/// What nbgrader's metadata say about one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The cell's name.
    pub id: String,
    /// It brings points.
    pub grade: bool,
    /// The learner writes here.
    pub solution: bool,
    /// Work that a person looks at, described by this cell.
    pub task: bool,
    /// The field `locked`; whether it counts depends on the others.
    pub locked_field: bool,
    /// How many points it brings.
    pub points: Option<f64>,
}

impl Mark {
    /// The mark of a cell, if it has one.
    pub fn of(cell: &Value) -> Option<Mark> {
        let mark = cell["metadata"]["nbgrader"].as_object()?;
        let is = |name: &str| mark.get(name).and_then(Value::as_bool).unwrap_or(false);
        Some(Mark {
            id: mark
                .get("grade_id")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            grade: is("grade"),
            solution: is("solution"),
            task: is("task"),
            locked_field: is("locked"),
            points: mark.get("points").and_then(Value::as_f64),
        })
    }

    /// Whether the instructor's text stands whatever a learner writes.
    pub fn locked(&self) -> bool {
        !self.solution && (self.grade || self.locked_field)
    }

    /// Whether nbgrader follows the cell at all.
    pub fn counts(&self) -> bool {
        self.grade || self.solution || self.locked() || self.task
    }

    /// The points that the cell is worth.
    pub fn worth(&self) -> f64 {
        match self.grade || self.task {
            true => self.points.unwrap_or(0.0),
            false => 0.0,
        }
    }

    /// What nbgrader's `compute_checksum` gives for a cell of this type and text.
    pub fn checksum(&self, cell_type: &str, source: &str) -> String {
        let python = |truth| if truth { "True" } else { "False" };
        let mut sum = Md5::new();
        for text in [
            source,
            cell_type,
            python(self.grade),
            python(self.solution),
            python(self.locked()),
            &self.id,
        ] {
            sum.update(text);
        }
        if self.grade {
            sum.update(python_float(self.points.unwrap_or(0.0)));
        }
        let mut written = String::new();
        for byte in sum.finalize() {
            let _ = write!(written, "{byte:02x}");
        }
        written
    }
}

/// The type of a cell: `code`, `markdown` or `raw`.
pub fn type_of(cell: &Value) -> &str {
    cell["cell_type"].as_str().unwrap_or_default()
}

/// The text of a cell.
pub fn source_of(cell: &Value) -> String {
    text_of(&cell["source"]).unwrap_or_default()
}

/// Whether a cell carries a tag.
pub fn tagged(cell: &Value, tag: &str) -> bool {
    let tags = cell["metadata"]["tags"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|found| found == tag))
}

/// A number as Python's `str(float(number))` writes it.
fn python_float(number: f64) -> String {
    let written = format!("{number:?}");
    let Some((digits, exponent)) = written.split_once('e') else {
        return written;
    };
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{digits}e-{exponent:0>2}"),
        None => format!("{digits}e+{exponent:0>2}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cell(grade: bool, solution: bool, locked: bool, points: Option<f64>) -> Value {
        let mut cell = json!({ "cell_type": "code", "source": ["a\n", "b"], "metadata": { "nbgrader": {
            "grade": grade, "solution": solution, "locked": locked, "grade_id": "x", "schema_version": 3 } } });
        if let Some(points) = points {
            cell["metadata"]["nbgrader"]["points"] = points.into();
        }
        cell
    }

    #[test]
    fn checksums_are_those_of_nbgrader() {
        // Made with `compute_checksum` of nbgrader 0.9.6.
        let rows = [
            (
                cell(true, false, true, Some(1.0)),
                "9ea0061f0d7792232ced5265c24c8083",
            ),
            (
                cell(true, false, true, Some(0.25)),
                "3bd92e989d711ecbdba195c2bb15f172",
            ),
            (
                cell(true, true, false, Some(2.0)),
                "9a3c65f354491108d36f04179b678232",
            ),
            (cell(false, true, true, None), "0e416d4000e9e9faa24539c3b4ef25b1"),
            (cell(false, false, true, None), "28191e2370e654fd775f6c16caeea49b"),
            (
                cell(true, false, false, Some(1e16)),
                "0f49496890e8963703989ddb6c86f8c7",
            ),
            (
                cell(true, false, false, Some(0.000_012)),
                "dda5354da58048f54dfeb84ea042357c",
            ),
        ];
        for (cell, expected) in rows {
            let mark = Mark::of(&cell).unwrap();
            assert_eq!(
                mark.checksum(type_of(&cell), &source_of(&cell)),
                expected,
                "{cell}"
            );
        }
    }

    #[test]
    fn damaged_marks_are_read_as_far_as_they_go() {
        for broken in [
            json!({}),
            json!({ "metadata": 3 }),
            json!({ "metadata": { "nbgrader": "yes" } }),
        ] {
            assert_eq!(Mark::of(&broken), None);
        }
        let odd = json!({ "metadata": { "nbgrader": { "grade": "yes", "points": "many", "grade_id": 7 } } });
        let mark = Mark::of(&odd).unwrap();
        assert_eq!(
            (mark.id.as_str(), mark.grade, mark.points, mark.counts()),
            ("", false, None, false)
        );
    }
}
