//! Makes the students' version of a notebook: `LockCells`, `ClearSolutions`, `ClearOutput`, `ClearHiddenTests`,
//! `ClearMarkScheme` and `ComputeChecksums` of nbgrader. That the marks are whole was checked before.

use serde_json::{Map, Value};

use crate::grade::mark::{Mark, source_of, type_of};
use crate::grade::regions::{Region, without_solution};
use crate::notebook::Notebook;

/// Turns the instructor's notebook into the students'.
pub fn make(notebook: &mut Notebook) {
    for cell in notebook.cells_mut() {
        change(cell);
    }
    if let Some(metadata) = notebook.metadata_mut() {
        metadata.remove("celltoolbar");
    }
}

fn change(cell: &mut Value) {
    let kind = type_of(cell).to_owned();
    let code = kind == "code";
    let mark = Mark::of(cell);
    let solution = mark.as_ref().is_some_and(|mark| mark.solution);
    let mut text = without_solution(&source_of(cell), code, solution);
    for region in [Region::HiddenTests, Region::MarkScheme] {
        text = region.replaced(&text, &[]).unwrap_or(text);
    }
    if code {
        cell["outputs"] = Value::Array(Vec::new());
        cell["execution_count"] = Value::Null;
    }
    let Some(metadata) = cell["metadata"].as_object_mut() else {
        cell["source"] = lines(&text);
        return;
    };
    if code {
        metadata.remove("collapsed");
        metadata.remove("scrolled");
    }
    if let Some(mark) = &mark {
        lock(metadata, mark);
        if (mark.grade || mark.solution || mark.locked())
            && let Some(own) = metadata.get_mut("nbgrader").and_then(Value::as_object_mut)
        {
            own.insert("checksum".to_owned(), mark.checksum(&kind, &text).into());
            own.insert("cell_type".to_owned(), kind.into());
        }
    }
    cell["source"] = lines(&text);
}

/// Keeps cells from being deleted, and those of the instructor from being edited.
fn lock(metadata: &mut Map<String, Value>, mark: &Mark) {
    if mark.solution || mark.grade || mark.locked() {
        metadata.insert("deletable".to_owned(), false.into());
    }
    if !mark.solution && (mark.grade || mark.locked()) {
        metadata.insert("editable".to_owned(), false.into());
    }
}

/// A text as nbformat writes it.
fn lines(text: &str) -> Value {
    text.split_inclusive('\n').map(Value::from).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_of_the_instructors_is_left_and_nothing_else_is_touched() {
        let mut test = json!({ "cell_type": "code", "id": "a", "outputs": [{ "output_type": "stream" }], "execution_count": 3,
            "source": ["f();\n", "// BEGIN HIDDEN TESTS\n", "secret\n", "// END HIDDEN TESTS"],
            "metadata": { "collapsed": true, "tags": ["x"], "nbgrader": { "grade": true, "solution": false, "locked": true,
                "points": 1, "grade_id": "f-test", "schema_version": 3 } } });
        change(&mut test);
        let mark = Mark::of(&test).unwrap();
        assert_eq!(
            test,
            json!({ "cell_type": "code", "id": "a", "outputs": [], "execution_count": null, "source": ["f();"],
            "metadata": { "deletable": false, "editable": false, "tags": ["x"], "nbgrader": { "grade": true, "solution": false,
                "locked": true, "points": 1, "grade_id": "f-test", "schema_version": 3, "cell_type": "code",
                "checksum": mark.checksum("code", "f();") } } })
        );
        let mut task = json!({ "cell_type": "markdown", "source": "Do it.\n=== BEGIN MARK SCHEME\nright\n=== END MARK SCHEME",
            "metadata": { "nbgrader": { "grade": false, "solution": false, "locked": true, "task": true, "points": 2,
                "grade_id": "t", "schema_version": 3 } } });
        change(&mut task);
        assert_eq!(source_of(&task), "Do it.");
        assert!(task["metadata"]["nbgrader"]["checksum"].is_string());
        let mut prose =
            json!({ "cell_type": "markdown", "source": "Read.", "metadata": {}, "attachments": {} });
        let before = prose.clone();
        change(&mut prose);
        assert_eq!(source_of(&prose), source_of(&before));
        assert_eq!(prose["attachments"], before["attachments"]);
    }
}
