//! Grades one submission, in a process of its own (`hebb grade-one`): whatever happens to it costs this submission alone.
//!
//! It is run twice if there are hidden tests, each time in a fresh engine. The first run goes without them; all that a student
//! may read comes from it. The second decides about points, and nothing else of it is kept.

use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::assignment::Asked;
use super::engine::{self, Limits};
use super::message::{Around, Failed, explain, message, tidy};
use super::restore::{Work, WorkCell};
use super::result::{Answer, BY_HAND, CellScore, Shown};
use super::run::{End, Ran, Step, run};
use super::score::Verdict;
use crate::engine::rustc::StartError;
use crate::engine::{Standing, Terms};
use crate::notebook::Notebook;

/// What a grading process is asked to do, beside the file that it is started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// What the assignment asks for.
    pub asked: Vec<Asked>,
    /// What its solution defines.
    pub terms: Terms,
    /// What each run may use.
    pub limits: Limits,
    /// Put missing tests back.
    pub add_missing: bool,
    /// The notebook is wanted with its outputs.
    pub feedback: bool,
}

/// Most bytes of a submitted file.
const LARGEST: u64 = 64 << 20;

/// Reads an order from standard input, grades the file, answers on standard output.
///
/// # Errors
/// When the order cannot be read or the answer not be written: then no one who waits for it is there.
pub fn serve(submission: &Path) -> io::Result<()> {
    // Nobody would hear the answer. Where this cannot be had, the work is in vain and no worse.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    let order: Order = serde_json::from_slice(&text)?;
    let answer = grade(submission, &order);
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    out.flush()
}

/// Grades a submission.
pub fn grade(submission: &Path, order: &Order) -> Answer {
    let asked = &order.asked;
    let notebook = match Notebook::read_handed_in(submission, LARGEST) {
        Ok(notebook) => notebook,
        Err(error) => {
            let text = error.to_string();
            // A student knows the file under its own name.
            let folder = submission
                .parent()
                .map(|folder| format!("{}/", folder.display()))
                .unwrap_or_default();
            let what = text.lines().next().unwrap_or_default().replace(&folder, "");
            return Answer::nothing(asked, &format!("the file cannot be graded: {}", tidy(&what)));
        }
    };
    let work = Work::restore(&notebook, asked, order.add_missing);
    if !work.has_known_cells() {
        return Answer::nothing(asked, "no cell of this notebook belongs to the assignment");
    }
    graded(&work, order).unwrap_or_else(|error| Answer {
        trouble: Some(error.to_string()),
        ..Answer::nothing(asked, "could not be graded: the kernel did not start")
    })
}

fn graded(work: &Work, order: &Order) -> Result<Answer, StartError> {
    let asked = &order.asked;
    let steps = work.steps();
    let seen = attempt(work, &steps, order, |cell| cell.seen(asked))?;
    let decided = match asked.iter().any(Asked::hides) {
        true => Some(decide(work, &steps, order, &seen)?),
        false => None,
    };
    let decided = decided.as_ref().unwrap_or(&seen);
    let failed = failures(work, &steps, &seen, order);
    let score = |asked: &Asked, place: usize| {
        let at = work.cells.iter().position(|cell| cell.asked == Some(place));
        let Some(cell) = at else {
            return missing(asked);
        };
        if asked.by_hand {
            return by_hand(asked, &work.cells[cell]);
        }
        let Some(step) = steps.iter().position(|(run, _)| *run == cell) else {
            return (Some(asked.points), String::new());
        };
        let text = work.cells[cell].seen(&order.asked);
        let around = Around {
            number: steps[step].1,
            source: &text,
            failed: &failed,
            limits: &order.limits,
        };
        let verdict = Verdict::of(&decided[step].outputs, asked.points);
        let told = message(asked, &decided[step], &seen[step], around);
        (Some(verdict.score(asked.points)), told)
    };
    let graded = asked.iter().enumerate().filter(|(_, asked)| asked.graded());
    let cells = graded.map(|(place, asked)| {
        let (score, message) = score(asked, place);
        CellScore {
            grade_id: asked.id.clone(),
            score,
            max_score: asked.points,
            message,
        }
    });
    Ok(Answer {
        cells: cells.collect(),
        shown: if order.feedback {
            shown(work, &steps, &seen, asked)
        } else {
            Vec::new()
        },
        trouble: None,
    })
}

/// The second run, with the whole tests. A cell that was stopped in the first one for what it used up is not waited for again: it
/// has failed, as it would have with hidden tests in it.
fn decide(work: &Work, steps: &[(usize, u32)], order: &Order, seen: &[Ran]) -> Result<Vec<Ran>, StartError> {
    let used_up = |ran: &Ran| matches!(ran.end, End::CellTime | End::Memory);
    let (mut again, mut decided) = (Vec::new(), seen.to_vec());
    for (place, ran) in seen.iter().enumerate() {
        if !used_up(ran) {
            again.push(place);
        }
    }
    let left: Vec<(usize, u32)> = again.iter().map(|place| steps[*place]).collect();
    let ran = attempt(work, &left, order, |cell| cell.source.clone())?;
    for (place, ran) in again.into_iter().zip(ran) {
        decided[place] = ran;
    }
    Ok(decided)
}

/// One run of cells in a fresh engine.
fn attempt(
    work: &Work,
    steps: &[(usize, u32)],
    order: &Order,
    text: impl Fn(&WorkCell) -> String,
) -> Result<Vec<Ran>, StartError> {
    let mut engine = engine::start(&order.limits)?;
    engine.grade_by(order.terms.clone());
    let step = |(place, number): &(usize, u32)| {
        let cell = &work.cells[*place];
        Step {
            number: *number,
            code: text(cell),
            standing: cell.standing(&order.asked),
        }
    };
    let steps: Vec<Step> = steps.iter().map(step).collect();
    Ok(run(&steps, engine.as_mut(), &order.limits))
}

/// The points of a cell that is not there.
fn missing(asked: &Asked) -> (Option<f64>, String) {
    match asked.task {
        // What a task asks for may stand anywhere.
        true => (None, BY_HAND.to_owned()),
        false => (Some(0.0), "this cell is missing from the notebook".to_owned()),
    }
}

fn by_hand(asked: &Asked, cell: &WorkCell) -> (Option<f64>, String) {
    match !asked.task && asked.is_unchanged(&cell.source) {
        true => (Some(0.0), "nothing was written".to_owned()),
        false => (None, BY_HAND.to_owned()),
    }
}

/// The learner's cells that failed in the run that they see.
fn failures(work: &Work, steps: &[(usize, u32)], seen: &[Ran], order: &Order) -> Vec<Failed> {
    let learners = steps.iter().zip(seen).filter_map(|((place, number), ran)| {
        let cell = &work.cells[*place];
        let error = ran
            .error
            .as_ref()
            .filter(|_| cell.standing(&order.asked) == Standing::Learner)?;
        let around = Around {
            number: *number,
            source: &cell.source,
            failed: &[],
            limits: &order.limits,
        };
        Some(Failed {
            number: *number,
            source: cell.source.clone(),
            what: explain(ran.end, error, around),
        })
    });
    learners.collect()
}

/// The notebook as its author may see it.
fn shown(work: &Work, steps: &[(usize, u32)], seen: &[Ran], asked: &[Asked]) -> Vec<Shown> {
    let cells = work.cells.iter().enumerate().map(|(place, cell)| {
        let step = steps.iter().position(|(run, _)| *run == place);
        let graded = cell
            .asked
            .map(|asked_place| &asked[asked_place])
            .filter(|asked| asked.graded());
        Shown {
            cell_type: cell.cell_type.clone(),
            source: cell.seen(asked),
            number: step.map(|step| steps[step].1),
            outputs: step.map(|step| seen[step].outputs.clone()).unwrap_or_default(),
            grade_id: graded.map(|asked| asked.id.clone()),
        }
    });
    cells.collect()
}
