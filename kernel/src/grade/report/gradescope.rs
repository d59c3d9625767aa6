//! The points of one submission as a Gradescope autograder writes them (`results.json`).
//!
//! Fields as Gradescope's page "Autograder Specifications" names them. The score of a test adds to the whole; what a person has to
//! grade has none, so the whole is given, too.

use serde_json::{Value, json};

use super::super::result::{CellScore, Graded};
use super::one_line;

/// The file's text.
pub fn results(graded: &Graded) -> String {
    let tests: Vec<Value> = graded.cells.iter().map(test).collect();
    let results = json!({ "score": graded.score, "visibility": "visible", "stdout_visibility": "hidden", "tests": tests });
    format!("{results:#}\n")
}

fn test(cell: &CellScore) -> Value {
    let mut test =
        json!({ "name": cell.grade_id, "output": one_line(&cell.message), "visibility": "visible" });
    if let Some(score) = cell.score {
        test["score"] = score.into();
        test["max_score"] = cell.max_score.into();
        test["status"] = if cell.lacks() { "failed" } else { "passed" }.into();
    }
    test
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_cell_is_a_test() {
        insta::assert_snapshot!(results(&samples::graded()[0]), @r#"
        {
          "score": 2.5,
          "stdout_visibility": "hidden",
          "tests": [
            {
              "max_score": 1.0,
              "name": "f-test",
              "output": "",
              "score": 1.0,
              "status": "passed",
              "visibility": "visible"
            },
            {
              "max_score": 2.0,
              "name": "g-test",
              "output": "the shape is wrong; negative numbers are forgotten",
              "score": 1.5,
              "status": "failed",
              "visibility": "visible"
            },
            {
              "name": "why",
              "output": "to be graded by hand",
              "visibility": "visible"
            }
          ],
          "visibility": "visible"
        }
        "#);
    }
}
