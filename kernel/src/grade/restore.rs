//! A submission made fit for grading: what the instructor wrote is put back, as nbgrader's `DeduplicateIds` and `OverwriteCells` do.
//!
//! Of a learner's notebook only texts are believed, and the `grade_id` that says which cell is which. Types, points, marks and the
//! kernel's name are the instructor's.

use std::collections::HashMap;

use super::assignment::Asked;
use super::mark::{Mark, source_of, tagged, type_of};
use crate::engine::Standing;
use crate::notebook::Notebook;

/// A submission that can be run.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Its cells, in the learner's order.
    pub cells: Vec<WorkCell>,
}

/// A cell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkCell {
    /// `code`, `markdown` or `raw`.
    pub cell_type: String,
    /// The whole text, hidden tests too.
    pub source: String,
    /// Which of the asked cells it is.
    pub asked: Option<usize>,
    /// It is not run.
    pub skip: bool,
}

impl Work {
    /// Restores a submission. Missing cells are put back if `add_missing` says so.
    pub fn restore(handed_in: &Notebook, asked: &[Asked], add_missing: bool) -> Work {
        let places: HashMap<&str, usize> = asked
            .iter()
            .zip(0..)
            .map(|(asked, place)| (asked.id.as_str(), place))
            .collect();
        let cells = handed_in.cells();
        let names = cells.iter().map(|cell| {
            let mark = Mark::of(cell)?;
            places.get(mark.id.as_str()).copied()
        });
        let mut names: Vec<Option<usize>> = names.collect();
        // Of cells with one name the last counts; the others are cells without a name.
        let mut met = vec![false; asked.len()];
        for name in names.iter_mut().rev() {
            *name = name.filter(|place| !std::mem::replace(&mut met[*place], true));
        }
        let mut work = Work {
            cells: cells
                .iter()
                .zip(names)
                .map(|(cell, name)| match name {
                    Some(place) if asked[place].locked => WorkCell::given(place, &asked[place]),
                    name => WorkCell {
                        cell_type: name
                            .map_or(type_of(cell), |place| &asked[place].cell_type)
                            .to_owned(),
                        source: source_of(cell),
                        asked: name,
                        skip: tagged(cell, "skip-execution"),
                    },
                })
                .collect(),
        };
        if add_missing {
            work.add_missing(asked);
        }
        work
    }

    /// Whether any cell is one that was asked for.
    pub fn has_known_cells(&self) -> bool {
        self.cells.iter().any(|cell| cell.asked.is_some())
    }

    /// Puts each missing locked cell behind the one that it follows in the instructor's notebook.
    fn add_missing(&mut self, asked: &[Asked]) {
        let mut last = 0;
        for (place, wanted) in asked.iter().enumerate() {
            match self.cells.iter().position(|cell| cell.asked == Some(place)) {
                Some(found) => last = found + 1,
                None if wanted.locked => {
                    self.cells.insert(last, WorkCell::given(place, wanted));
                    last += 1;
                }
                None => {}
            }
        }
    }

    /// The cells that are run, with the numbers that Jupyter would show beside them.
    pub fn steps(&self) -> Vec<(usize, u32)> {
        let runs = |cell: &WorkCell| cell.cell_type == "code" && !cell.skip && !cell.source.trim().is_empty();
        let places = (0..self.cells.len()).filter(|place| runs(&self.cells[*place]));
        places.zip(1..).collect()
    }
}

impl WorkCell {
    fn given(place: usize, asked: &Asked) -> WorkCell {
        WorkCell {
            cell_type: asked.cell_type.clone(),
            source: asked.text.clone(),
            asked: Some(place),
            skip: asked.skip,
        }
    }

    /// Who answers for its text.
    pub fn standing(&self, asked: &[Asked]) -> Standing {
        match self.asked.is_some_and(|place| asked[place].locked) {
            true => Standing::Instructor,
            false => Standing::Learner,
        }
    }

    /// The text without what a learner does not see.
    pub fn seen(&self, asked: &[Asked]) -> String {
        match self.asked {
            Some(place) if asked[place].locked => asked[place].seen(),
            _ => self.source.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::assignment::Assignment;
    use super::*;

    fn cell(id: &str, kind: &str, source: &str) -> Value {
        let (grade, solution, locked) = match kind {
            "test" => (true, false, true),
            "answer" => (false, true, false),
            _ => (false, false, true),
        };
        json!({ "cell_type": "code", "source": source, "outputs": [], "execution_count": null, "metadata": { "nbgrader": {
            "grade_id": id, "grade": grade, "solution": solution, "locked": locked, "points": 1, "schema_version": 3 } } })
    }

    fn asked() -> Vec<Asked> {
        let cells = [
            cell("given", "read-only", "given"),
            cell("f", "answer", "fn f() {}"),
            cell(
                "f-test",
                "test",
                "f();\n// BEGIN HIDDEN TESTS\nsecret\n// END HIDDEN TESTS",
            ),
        ];
        Assignment::of(&cells).asked()
    }

    fn restored(cells: Vec<Value>, add_missing: bool) -> Vec<(String, Option<usize>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.ipynb");
        std::fs::write(
            &path,
            json!({ "nbformat": 4, "nbformat_minor": 5, "cells": cells }).to_string(),
        )
        .unwrap();
        let notebook = Notebook::read_handed_in(&path, 1 << 20).unwrap();
        let work = Work::restore(&notebook, &asked(), add_missing);
        work.cells
            .into_iter()
            .map(|cell| (cell.source, cell.asked))
            .collect()
    }

    #[test]
    fn locked_cells_are_the_instructors_and_answers_the_learners() {
        let mut test = cell("f-test", "test", "");
        test["cell_type"] = "markdown".into();
        test["metadata"]["nbgrader"]["points"] = 100.into();
        test["metadata"]["tags"] = json!(["skip-execution"]);
        let got = restored(
            vec![test, cell("f", "answer", "mine"), cell("other", "test", "own")],
            false,
        );
        let whole = asked()[2].text.clone();
        assert_eq!(
            got,
            [(whole, Some(2)), ("mine".into(), Some(1)), ("own".into(), None)]
        );
        assert!(asked()[2].text.contains("secret") && !asked()[2].seen().contains("secret"));
    }

    #[test]
    fn of_two_cells_with_one_name_the_last_counts() {
        let got = restored(
            vec![cell("f", "answer", "first"), cell("f", "answer", "second")],
            false,
        );
        assert_eq!(got, [("first".into(), None), ("second".into(), Some(1))]);
    }

    #[test]
    fn missing_cells_come_back_where_they_were() {
        let places = |cells| {
            restored(cells, true)
                .into_iter()
                .map(|(_, place)| place)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            places(vec![cell("f", "answer", "mine")]),
            [Some(0), Some(1), Some(2)]
        );
        assert_eq!(places(vec![]), [Some(0), Some(2)]);
        let own = cell("own", "answer", "");
        assert_eq!(
            places(vec![own.clone(), cell("f", "answer", "mine"), own]),
            [Some(0), None, Some(1), Some(2), None]
        );
    }
}
