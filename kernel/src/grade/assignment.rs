//! The instructor's notebook as grading sees it: what is asked for, and with which text each locked cell is put back.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mark::{Mark, source_of, tagged, type_of};
use super::regions::{Region, without_solution};
use crate::engine::Standing;
use crate::notebook::{Notebook, NotebookError};

/// The instructor's notebook.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// All its cells.
    pub cells: Vec<SourceCell>,
}

/// A cell of the instructor's notebook.
#[derive(Clone, Debug)]
pub struct SourceCell {
    /// `code`, `markdown` or `raw`.
    pub cell_type: String,
    /// Its text, with solution and hidden tests.
    pub source: String,
    /// nbgrader's mark, if it counts.
    pub mark: Option<Mark>,
    /// The tag `skip-execution`.
    pub skip: bool,
}

/// A cell that grading follows, without the solution: all that a grading process is told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// Its `grade_id`.
    pub id: String,
    /// Its type.
    pub cell_type: String,
    /// The text as handed out, but with hidden tests.
    pub text: String,
    /// nbgrader's checksum of that text.
    pub checksum: String,
    /// It brings points for what its code does.
    pub test: bool,
    /// It brings points that a person gives.
    pub by_hand: bool,
    /// Of those, the ones that describe work to be found elsewhere.
    pub task: bool,
    /// The instructor's text stands whatever a learner writes.
    pub locked: bool,
    /// How many points it is worth.
    pub points: f64,
    /// The tag `skip-execution`.
    pub skip: bool,
}

impl Assignment {
    /// Reads the instructor's notebook.
    ///
    /// # Errors
    /// When the file is no notebook for Rust.
    pub fn read(path: &Path) -> Result<Assignment, NotebookError> {
        Ok(Assignment::of(Notebook::read(path)?.cells()))
    }

    /// The assignment in these cells.
    pub fn of(cells: &[Value]) -> Assignment {
        let read = |cell: &Value| SourceCell {
            cell_type: type_of(cell).to_owned(),
            source: source_of(cell),
            mark: Mark::of(cell).filter(Mark::counts),
            skip: tagged(cell, "skip-execution"),
        };
        Assignment {
            cells: cells.iter().map(read).collect(),
        }
    }

    /// What is asked for, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.cells.iter().filter_map(SourceCell::asked).collect()
    }

    /// Whether some test is not shown to learners.
    pub fn has_hidden_tests(&self) -> bool {
        self.cells.iter().any(|cell| cell.hides())
    }
}

impl SourceCell {
    /// Who answers for the cell's text in a learner's notebook.
    pub fn standing(&self) -> Standing {
        match self.mark.as_ref().is_some_and(Mark::locked) {
            true => Standing::Instructor,
            false => Standing::Learner,
        }
    }

    fn hides(&self) -> bool {
        self.mark.as_ref().is_some_and(Mark::locked) && Region::HiddenTests.is_in(&self.source)
    }

    fn asked(&self) -> Option<Asked> {
        let mark = self.mark.as_ref()?;
        let code = self.cell_type == "code";
        let text = without_solution(&self.source, code, mark.solution);
        Some(Asked {
            checksum: mark.checksum(&self.cell_type, &text),
            id: mark.id.clone(),
            cell_type: self.cell_type.clone(),
            test: mark.grade && !mark.solution && code,
            by_hand: mark.task || mark.grade && (mark.solution || !code),
            task: mark.task,
            locked: mark.locked(),
            points: mark.worth(),
            skip: self.skip,
            text,
        })
    }
}

impl Asked {
    /// Whether a learner does not see all of it.
    pub fn hides(&self) -> bool {
        self.locked && Region::HiddenTests.is_in(&self.text)
    }

    /// The text as a learner sees it, each line where it stands in the whole.
    pub fn seen(&self) -> String {
        match self.locked {
            true => Region::MarkScheme.blanked(&Region::HiddenTests.blanked(&self.text)),
            false => self.text.clone(),
        }
    }

    /// Whether it brings points.
    pub fn graded(&self) -> bool {
        self.test || self.by_hand
    }

    /// Whether a learner's text is what was handed out.
    pub fn is_unchanged(&self, source: &str) -> bool {
        self.text == source
    }
}
