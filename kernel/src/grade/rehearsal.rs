//! Runs the instructor's own notebook: what the exercise asks for, and what its tests say of the solution and of the stub.

use super::assignment::{Assignment, SourceCell};
use super::engine::{self, Limits};
use super::regions::{Region, without_solution};
use super::run::{Ran, Step, run};
use super::score::Verdict;
use crate::engine::Terms;
use crate::engine::rustc::StartError;

/// In which form the notebook is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// With solution and hidden tests.
    Whole,
    /// With the solution and what a learner sees of the tests.
    Visible,
    /// As a learner gets it, but with hidden tests.
    Stub,
}

/// What a run of the instructor's notebook showed.
#[derive(Debug)]
pub struct Rehearsal {
    /// What the learner's cells define.
    pub terms: Terms,
    /// What the tests that bring points said, in order.
    pub tests: Vec<Tested>,
}

/// What a test said.
#[derive(Debug)]
pub struct Tested {
    /// Its `grade_id`.
    pub id: String,
    /// How many points it is worth.
    pub points: f64,
    /// How many it gave.
    pub score: f64,
    /// Why it gave none, in one line; empty if there is nothing to say.
    pub why: String,
}

impl Tested {
    /// Whether it gave all its points.
    pub fn is_full(&self) -> bool {
        self.score >= self.points
    }
}

/// Runs an assignment; with `terms`, as a submission is graded.
///
/// # Errors
/// When the engine does not start.
pub fn rehearse(
    assignment: &Assignment,
    form: Form,
    terms: Option<&Terms>,
    limits: &Limits,
) -> Result<Rehearsal, StartError> {
    let mut engine = engine::start(limits)?;
    if let Some(terms) = terms {
        engine.grade_by(terms.clone());
    }
    let texts = assignment.cells.iter().map(|cell| (cell, form.of(cell)));
    let to_run: Vec<(&SourceCell, String)> = texts
        .filter(|(cell, text)| cell.cell_type == "code" && !cell.skip && !text.trim().is_empty())
        .collect();
    let steps: Vec<Step> = (1..)
        .zip(&to_run)
        .map(|(number, (cell, text))| Step {
            number,
            code: text.clone(),
            standing: cell.standing(),
        })
        .collect();
    let ran = run(&steps, engine.as_mut(), limits);
    let tests = to_run
        .iter()
        .zip(&ran)
        .filter_map(|((cell, _), ran)| tested(cell, ran));
    Ok(Rehearsal {
        tests: tests.collect(),
        terms: engine.terms(),
    })
}

impl Form {
    fn of(self, cell: &SourceCell) -> String {
        let mark = cell.mark.as_ref();
        let solution = mark.is_some_and(|mark| mark.solution);
        match self {
            Form::Stub if solution => without_solution(&cell.source, cell.cell_type == "code", true),
            Form::Visible if mark.is_some_and(super::mark::Mark::locked) => {
                Region::HiddenTests.blanked(&cell.source)
            }
            Form::Whole | Form::Visible | Form::Stub => cell.source.clone(),
        }
    }
}

fn tested(cell: &SourceCell, ran: &Ran) -> Option<Tested> {
    let mark = cell.mark.as_ref().filter(|mark| mark.grade && !mark.solution)?;
    let points = mark.worth();
    let verdict = Verdict::of(&ran.outputs, points);
    let why = match (&ran.error, verdict) {
        (Some(error), _) => format!("{}: {}", error.name, error.value),
        (None, Verdict::Stderr) => "it writes to standard error".to_owned(),
        (None, Verdict::Absurd(number)) => format!("its value is {number}"),
        (None, _) => String::new(),
    };
    Some(Tested {
        id: mark.id.clone(),
        points,
        score: verdict.score(points),
        why,
    })
}
