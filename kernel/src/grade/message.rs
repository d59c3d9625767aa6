//! What a student reads beside the points of a test: what was expected and what came, in plain words.
//!
//! Everything comes from the run without hidden tests, or from a fixed set of sentences: nothing that stands in a hidden test, and
//! nothing that a program says while hidden tests run, gets here.

use super::assignment::Asked;
use super::comparison::{Comparison, comparison};
use super::engine::Limits;
use super::run::{End, Ran, seconds};
use super::score::Verdict;
use crate::output::CellError;
use crate::screen::without_colours;

/// The longest message, in characters.
const LONGEST: usize = 600;
/// How a check that failed begins its line; `check!` of the prelude writes it.
const NOT_YET: &str = "not yet: ";

/// A learner's cell that failed in the run that they see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The number beside it.
    pub number: u32,
    /// Its text.
    pub source: String,
    /// What happened, in one line.
    pub what: String,
}

/// What surrounds a test.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The test's number in the notebook.
    pub number: u32,
    /// Its text as the learner sees it.
    pub source: &'a str,
    /// The learner's cells that failed.
    pub failed: &'a [Failed],
    /// What a run may use.
    pub limits: &'a Limits,
}

/// The message for a test; empty if it gave all points.
pub fn message(asked: &Asked, decided: &Ran, seen: &Ran, around: Around<'_>) -> String {
    let verdict = Verdict::of(&decided.outputs, asked.points);
    if verdict.score(asked.points) >= asked.points {
        return String::new();
    }
    let seen_verdict = Verdict::of(&seen.outputs, asked.points);
    let text = match seen_verdict {
        Verdict::Full if asked.hides() => hidden(decided, verdict, around.limits),
        Verdict::Full => {
            "the same check passed once and failed once: does the code depend on chance?".to_owned()
        }
        Verdict::Failed => seen
            .error
            .as_ref()
            .map_or_else(String::new, |error| explain(seen.end, error, around)),
        Verdict::Stderr => "the code wrote to standard error, which counts as a failure".to_owned(),
        Verdict::Absurd(_) => NO_POINTS.to_owned(),
        // What is seen gives part of the points also where only a hidden check lacks the rest.
        Verdict::Part(_) => match (missed(seen), asked.hides()) {
            (said, _) if !said.is_empty() => said,
            (_, true) => hidden(decided, verdict, around.limits),
            (_, false) => "part of the points".to_owned(),
        },
    };
    tidy(&text)
}

const NO_POINTS: &str =
    "the test's value is no number of points that it can give: please tell your instructor";

/// How a sentence about a hidden test begins.
const PASSES: &str = "all visible checks pass, but";

/// Whether a message is about what a student does not see.
pub fn is_about_hidden(message: &str) -> bool {
    message.starts_with(PASSES)
}

/// The fixed sentences for a hidden test, where all that a learner sees passes.
fn hidden(decided: &Ran, verdict: Verdict, limits: &Limits) -> String {
    let passes = PASSES;
    match (decided.end, verdict) {
        (End::Well, Verdict::Stderr) => {
            format!("{passes} in a hidden one the code writes to standard error, which counts as a failure")
        }
        (End::Well, Verdict::Absurd(_)) => NO_POINTS.to_owned(),
        (End::Well, _) => format!("{passes} not every hidden one"),
        (End::NotCompiled | End::NotAllowed, _) => {
            format!(
                "{passes} a hidden one does not compile with this code: are all names and types as the exercise asks?"
            )
        }
        (End::Panic | End::Error, _) => format!("{passes} a hidden one fails"),
        (End::CellTime, _) => format!(
            "{passes} the time limit of {} was reached in a hidden one",
            seconds(limits.cell)
        ),
        (End::RunTime, _) => {
            format!(
                "{passes} the time limit of {} for the whole notebook was reached",
                seconds(limits.run)
            )
        }
        (End::Memory, _) => format!(
            "{passes} a hidden one used more than {} of memory",
            size(limits.memory)
        ),
        (End::Died, _) => format!("{passes} the process ended in a hidden one"),
    }
}

/// What a run says of a cell's error.
pub fn explain(end: End, error: &CellError, around: Around<'_>) -> String {
    match end {
        End::Panic => panic(error, around),
        End::NotCompiled => not_compiled(error, around.failed),
        End::Memory => format!("used more than {} of memory", size(around.limits.memory)),
        End::Died => {
            let what = error
                .value
                .strip_prefix("the cell's process ended: ")
                .unwrap_or(&error.value);
            let what = what.split("; all variables").next().unwrap_or(what);
            format!("the process ended: {what}")
        }
        End::CellTime | End::RunTime | End::Error | End::NotAllowed | End::Well => error.value.clone(),
    }
}

/// A test that does not compile lacks something, most often because the cell that defines it failed.
fn not_compiled(error: &CellError, failed: &[Failed]) -> String {
    let name = error.value.split('`').nth(1).unwrap_or_default();
    let defines = |failed: &&Failed| {
        let words = failed
            .source
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.into_iter().any(|word| word == name)
    };
    match failed.iter().filter(|_| !name.is_empty()).find(defines) {
        Some(cell) if error.value.starts_with("cannot find") => {
            format!(
                "`{name}` is not there, because its cell In [{}] failed: {}",
                cell.number, cell.what
            )
        }
        _ => format!("does not compile: {}", error.value),
    }
}

fn panic(error: &CellError, around: Around<'_>) -> String {
    let trace: Vec<String> = error.traceback.iter().map(|line| without_colours(line)).collect();
    let place = trace.iter().find_map(|line| place(line));
    let line = place
        .filter(|(cell, _)| *cell == around.number)
        .map(|(_, line)| line);
    let compared = line.map(|line| comparison(around.source, line));
    let text = assertion(&error.value, &trace, compared.unwrap_or_default()).unwrap_or_else(|| {
        match error.value.strip_prefix("not implemented") {
            Some(rest) => format!("not written yet{rest}"),
            None => error.value.clone(),
        }
    });
    match place {
        Some((cell, line)) if cell != around.number => format!("{text} (in In [{cell}], line {line})"),
        _ => text,
    }
}

/// The cell and the line in ` --> In [3]:4:5`.
fn place(line: &str) -> Option<(u32, usize)> {
    let (cell, rest) = line.trim_start().strip_prefix("--> In [")?.split_once("]:")?;
    Some((cell.parse().ok()?, rest.split(':').next()?.parse().ok()?))
}

/// What the assertions of the standard library say, in other words.
fn assertion(value: &str, trace: &[String], compared: Comparison) -> Option<String> {
    if let Some(condition) = value.strip_prefix("assertion failed: ") {
        return Some(format!("this should be so, and is not: {condition}"));
    }
    let rest = value.strip_prefix("assertion `left ")?;
    let (comparison, rest) = rest.split_once(" right` failed")?;
    let subject = compared.subject.map(|subject| format!("`{subject}`"));
    let said = rest.strip_prefix(": ").map(str::to_owned).or(subject);
    let said = said.map_or_else(String::new, |said| format!("{said}: "));
    let left = side(trace, "  left: ")?;
    let right = side(trace, " right: ")?;
    Some(match comparison {
        "==" if compared.expects_first => format!("{said}expected {left}, got {right}"),
        "==" => format!("{said}expected {right}, got {left}"),
        _ => format!("{said}both are {left}, and should differ"),
    })
}

/// The value on one side of a comparison, which may take several lines.
fn side(trace: &[String], name: &str) -> Option<String> {
    let begin = trace.iter().position(|line| line.starts_with(name))?;
    let ends = |line: &&String| {
        let line = line.trim_start();
        ["left: ", "right: ", "--> ", "hint: ", "note: "]
            .iter()
            .any(|end| line.starts_with(end))
    };
    let more = trace[begin + 1..].iter().take_while(|line| !ends(line));
    let first = trace[begin][name.len()..].to_owned();
    Some(more.fold(first, |all, line| format!("{all}\n{line}")))
}

/// What `check!` printed of checks that failed.
fn missed(seen: &Ran) -> String {
    let printed: String = seen
        .outputs
        .iter()
        .filter(|output| output["name"] == "stdout")
        .filter_map(|output| crate::notebook::text_of(&output["text"]))
        .collect();
    let said: Vec<&str> = printed
        .lines()
        .filter_map(|line| line.strip_prefix(NOT_YET))
        .collect();
    said.join("; ")
}

/// A size of memory as people write it.
fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 30 => format!(
            "{} GiB",
            (bytes as f64 / (1u64 << 30) as f64 * 10.0).round() / 10.0
        ),
        bytes => format!("{} MiB", bytes >> 20),
    }
}

/// A text without colours and control characters, cut where it gets too long.
pub fn tidy(text: &str) -> String {
    let plain = without_colours(text);
    let mut kept: String = plain
        .trim()
        .chars()
        .filter(|letter| *letter == '\n' || !letter.is_control())
        .take(LONGEST)
        .collect();
    if kept.len() < plain.trim().len() && plain.chars().count() > LONGEST {
        kept.push_str(" ...");
    }
    kept
}

#[cfg(test)]
mod tests;
