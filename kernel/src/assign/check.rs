//! What is wrong with the marks of an exercise, found without running it.

use std::collections::HashMap;

use serde_json::Value;

use crate::grade::mark::{Mark, source_of, type_of};
use crate::grade::regions::Region;
use crate::notebook::Notebook;

/// The version of nbgrader's marks that is understood.
const SCHEMA: i64 = 3;

/// Every fault, in the order of the cells.
pub fn faults(notebook: &mut Notebook) -> Vec<String> {
    let mut faults = Vec::new();
    let language = notebook
        .metadata_mut()
        .and_then(|metadata| metadata.get("kernelspec")?.get("language")?.as_str());
    if language != Some("rust") {
        let text = "the notebook does not say that its language is rust, and nbgrader would not find the stub\nhint: choose the kernel \"Rust (Hebb)\" in Jupyter and save";
        faults.push(text.to_owned());
    }
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut points = 0;
    for (number, cell) in (1..).zip(notebook.cells()) {
        let mark = Mark::of(cell);
        let name = match &mark {
            Some(mark) if !mark.id.is_empty() => format!("cell {number} ({})", mark.id),
            _ => format!("cell {number}"),
        };
        let mut found = regions(cell, mark.as_ref());
        if let Some(mark) = mark.filter(Mark::counts) {
            points += usize::from(mark.grade || mark.task);
            found.extend(marks(cell, &mark));
            if let Some(earlier) = names.insert(mark.id.clone(), number)
                && !mark.id.is_empty()
            {
                found.push(format!(
                    "cell {earlier} has the same id\nhint: give each cell an id of its own"
                ));
            }
        }
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    if points == 0 {
        faults
            .push("no cell brings points\nhint: mark cells with nbgrader's toolbar in JupyterLab".to_owned());
    }
    faults
}

fn marks(cell: &Value, mark: &Mark) -> Vec<String> {
    let mut faults = Vec::new();
    let own = &cell["metadata"]["nbgrader"];
    match own["schema_version"].as_i64().unwrap_or(0) {
        SCHEMA => {}
        version => faults.push(format!(
            "its marks are of version {version}, where {SCHEMA} is needed\nhint: nbgrader update NOTEBOOK"
        )),
    }
    if mark.id.is_empty() {
        faults.push("it has no id\nhint: give it one in nbgrader's toolbar".to_owned());
    } else if !mark
        .id
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
    {
        faults.push("its id may have letters from a to z, digits, `_` and `-` only".to_owned());
    }
    if mark.grade || mark.task {
        match mark.points {
            None => faults.push("it has no points\nhint: 0 is a number of points, too".to_owned()),
            Some(points) if points < 0.0 => faults.push(format!("it has {points} points, fewer than none")),
            Some(_) => {}
        }
    }
    let markdown = type_of(cell) == "markdown";
    if mark.task && !markdown {
        faults.push("a task is a Markdown cell".to_owned());
    } else if mark.task && !mark.locked() {
        // nbgrader would make no checksum of it, and give up on every submission.
        faults.push("a task is a locked cell\nhint: set it anew in nbgrader's toolbar".to_owned());
    } else if !mark.task && markdown && mark.grade && !mark.solution {
        faults.push("a Markdown cell cannot be a test\nhint: is it a manually graded answer?".to_owned());
    } else if !mark.task && markdown && mark.solution && !mark.grade {
        faults.push(
            "a Markdown cell cannot be graded by a test\nhint: make it a manually graded answer".to_owned(),
        );
    }
    faults
}

fn regions(cell: &Value, mark: Option<&Mark>) -> Vec<String> {
    let source = source_of(cell);
    let mut faults = Vec::new();
    for region in Region::ALL {
        if let Err(error) = region.check(&source) {
            faults.push(error.to_string());
            continue;
        }
        let (fits, place) = match region {
            Region::Solution => (mark.is_some_and(|mark| mark.solution), "a solution cell"),
            Region::HiddenTests => (
                mark.is_some_and(|mark| mark.grade && !mark.solution),
                "a test cell",
            ),
            Region::MarkScheme => (mark.is_some_and(|mark| mark.task), "a task cell"),
        };
        if region.is_in(&source) && !fits {
            faults.push(format!(
                "`{}` stands in a cell that is not {place}",
                region.begin()
            ));
        }
        if region == Region::MarkScheme && region.is_in(&source) {
            let without = region.blanked(&source);
            let pictures = |text: &str| text.matches("](attachment:").count();
            if pictures(&source) > pictures(&without) {
                let text = "a picture attached to the cell stands in its mark scheme, and would stay in the students' version\nhint: put it on the web, or into the text as data";
                faults.push(text.to_owned());
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cell(kind: &str, id: &str, flags: [bool; 3], points: Option<f64>, source: &str) -> Value {
        let [grade, solution, task] = flags;
        let mut cell = json!({ "cell_type": kind, "source": source, "metadata": { "nbgrader": { "grade": grade,
            "solution": solution, "task": task, "locked": task || grade && !solution, "grade_id": id, "schema_version": 3 } } });
        if let Some(points) = points {
            cell["metadata"]["nbgrader"]["points"] = points.into();
        }
        cell
    }

    fn said(language: &str, cells: &[Value]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("source.ipynb");
        let document = json!({ "nbformat": 4, "nbformat_minor": 5, "cells": cells,
            "metadata": { "kernelspec": { "language": language } } });
        std::fs::write(&path, document.to_string()).unwrap();
        faults(&mut Notebook::read_handed_in(&path, 1 << 20).unwrap()).join("\n")
    }

    const TEST: [bool; 3] = [true, false, false];
    const ANSWER: [bool; 3] = [false, true, false];
    const BY_HAND: [bool; 3] = [true, true, false];
    const TASK: [bool; 3] = [false, false, true];

    #[test]
    fn a_sound_exercise_has_no_faults() {
        let cells = [
            cell("code", "f", ANSWER, None, "// BEGIN SOLUTION\n// END SOLUTION"),
            cell(
                "code",
                "f-test",
                TEST,
                Some(0.5),
                "f();\n// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS",
            ),
            cell("markdown", "why_2", BY_HAND, Some(2.0), "because"),
            cell(
                "markdown",
                "do",
                TASK,
                Some(0.0),
                "do\nBEGIN MARK SCHEME\nEND MARK SCHEME",
            ),
            json!({ "cell_type": "markdown", "source": "text", "metadata": {} }),
        ];
        assert_eq!(said("rust", &cells), "");
    }

    #[test]
    fn each_fault_is_told_with_its_cell() {
        let mut old = cell("code", "old", TEST, Some(1.0), "");
        old["metadata"]["nbgrader"]["schema_version"] = 1.into();
        let mut unlocked = cell("markdown", "free-task", TASK, Some(1.0), "");
        unlocked["metadata"]["nbgrader"]["locked"] = false.into();
        let cells = [
            cell("code", "", ANSWER, None, ""),
            cell("code", "a b", ANSWER, None, ""),
            cell("code", "twice", TEST, Some(1.0), ""),
            cell("code", "twice", TEST, Some(1.0), ""),
            cell("code", "free", TEST, None, ""),
            cell(
                "code",
                "minus",
                TEST,
                Some(-1.0),
                "// BEGIN SOLUTION\n// END SOLUTION",
            ),
            cell("markdown", "no-test", TEST, Some(1.0), ""),
            cell(
                "markdown",
                "no-answer",
                ANSWER,
                None,
                "// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS",
            ),
            cell("code", "no-task", TASK, Some(1.0), "// BEGIN HIDDEN TESTS"),
            unlocked,
            cell(
                "markdown",
                "picture",
                TASK,
                Some(1.0),
                "BEGIN MARK SCHEME\n![x](attachment:x.png)\nEND MARK SCHEME",
            ),
            old,
            json!({ "cell_type": "code", "source": "BEGIN MARK SCHEME\nEND MARK SCHEME", "metadata": {} }),
        ];
        insta::assert_snapshot!(said("rust", &cells), @"
        cell 1: it has no id
        hint: give it one in nbgrader's toolbar
        cell 2 (a b): its id may have letters from a to z, digits, `_` and `-` only
        cell 4 (twice): cell 3 has the same id
        hint: give each cell an id of its own
        cell 5 (free): it has no points
        hint: 0 is a number of points, too
        cell 6 (minus): `// BEGIN SOLUTION` stands in a cell that is not a solution cell
        cell 6 (minus): it has -1 points, fewer than none
        cell 7 (no-test): a Markdown cell cannot be a test
        hint: is it a manually graded answer?
        cell 8 (no-answer): `// BEGIN HIDDEN TESTS` stands in a cell that is not a test cell
        cell 8 (no-answer): a Markdown cell cannot be graded by a test
        hint: make it a manually graded answer
        cell 9 (no-task): line 1: `// BEGIN HIDDEN TESTS` has no `// END HIDDEN TESTS` below it
        cell 9 (no-task): a task is a Markdown cell
        cell 10 (free-task): a task is a locked cell
        hint: set it anew in nbgrader's toolbar
        cell 11 (picture): a picture attached to the cell stands in its mark scheme, and would stay in the students' version
        hint: put it on the web, or into the text as data
        cell 12 (old): its marks are of version 1, where 3 is needed
        hint: nbgrader update NOTEBOOK
        cell 13: `BEGIN MARK SCHEME` stands in a cell that is not a task cell
        ");
        insta::assert_snapshot!(said("Rust", &[]), @r#"
        the notebook does not say that its language is rust, and nbgrader would not find the stub
        hint: choose the kernel "Rust (Hebb)" in Jupyter and save
        no cell brings points
        hint: mark cells with nbgrader's toolbar in JupyterLab
        "#);
    }
}
