//! The points of a submission, as `--json` writes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::assignment::Asked;

/// The points of one submission.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Graded {
    /// Whose it is: the name of its file or folder.
    pub name: String,
    /// The points so far; what is to be graded by hand is not in it.
    pub score: f64,
    /// The points that there are.
    pub max_score: f64,
    /// The cells that bring points, in the instructor's order.
    pub cells: Vec<CellScore>,
}

/// The points of one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellScore {
    /// nbgrader's name of the cell.
    pub grade_id: String,
    /// Its points; none if a person has to look at it.
    pub score: Option<f64>,
    /// The points that there are.
    pub max_score: f64,
    /// Why some are missing; empty if none are.
    pub message: String,
}

/// What stands in a cell that a person has to look at.
pub const BY_HAND: &str = "to be graded by hand";

/// A cell of a submission as its author may see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// `code`, `markdown` or `raw`.
    pub cell_type: String,
    /// Its text, without hidden tests.
    pub source: String,
    /// The number beside it, if it was run.
    pub number: Option<u32>,
    /// What it put out in the run without hidden tests, in nbformat's shape.
    pub outputs: Vec<Value>,
    /// Its `grade_id`, if it brings points.
    pub grade_id: Option<String>,
}

/// What a grading process answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The points.
    pub cells: Vec<CellScore>,
    /// The notebook, if feedback is wanted.
    pub shown: Vec<Shown>,
    /// Why it could not be graded, if the fault is not the student's.
    pub trouble: Option<String>,
}

impl Answer {
    /// No points for anything, for a reason that each cell tells.
    pub fn nothing(asked: &[Asked], message: &str) -> Answer {
        let cells = asked
            .iter()
            .filter(|asked| asked.graded())
            .map(|asked| CellScore {
                grade_id: asked.id.clone(),
                score: Some(0.0),
                max_score: asked.points,
                message: message.to_owned(),
            });
        Answer {
            cells: cells.collect(),
            shown: Vec::new(),
            trouble: None,
        }
    }
}

impl Graded {
    /// Adds up the points of a submission's cells.
    pub fn new(name: String, cells: Vec<CellScore>) -> Graded {
        Graded {
            name,
            score: sum(cells.iter().filter_map(|cell| cell.score)),
            max_score: sum(cells.iter().map(|cell| cell.max_score)),
            cells,
        }
    }

    /// How many points a person has still to give.
    pub fn by_hand(&self) -> f64 {
        let waiting = self.cells.iter().filter(|cell| cell.score.is_none());
        sum(waiting.map(|cell| cell.max_score))
    }
}

/// The sum of no numbers would be -0.
fn sum(points: impl Iterator<Item = f64>) -> f64 {
    points.fold(0.0, |sum, points| sum + points)
}

impl CellScore {
    /// Whether points are missing that no person will give.
    pub fn lacks(&self) -> bool {
        self.score.is_some_and(|score| score < self.max_score)
    }
}
