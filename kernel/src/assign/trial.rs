//! Runs an exercise to see that its tests tell a solution from a stub.

use crate::engine::rustc::StartError;
use crate::grade::assignment::Assignment;
use crate::grade::engine::Limits;
use crate::grade::rehearsal::{Form, Tested, rehearse};

/// The tests that do not do what they are for.
///
/// # Errors
/// When the engine does not start.
pub fn faults(assignment: &Assignment, limits: &Limits) -> Result<Vec<String>, StartError> {
    let plain = rehearse(assignment, Form::Whole, None, limits)?;
    let mut faults = not_full(&plain.tests, "");
    if !faults.is_empty() {
        return Ok(faults);
    }
    // From here on as submissions are graded: what the solution defines is all that the tests see.
    let terms = Some(&plain.terms);
    let graded = rehearse(assignment, Form::Whole, terms, limits)?;
    faults.extend(not_full(&graded.tests, " where it is graded"));
    if assignment.has_hidden_tests() && faults.is_empty() {
        let seen = rehearse(assignment, Form::Visible, terms, limits)?;
        // A test may keep some of its points for its hidden checks, but no student should be told that a right answer fails.
        let failing: Vec<Tested> = seen
            .tests
            .into_iter()
            .filter(|test| !test.why.is_empty())
            .collect();
        faults.extend(not_full(&failing, " in the part of the tests that students see"));
    }
    let stub = rehearse(assignment, Form::Stub, terms, limits)?;
    let for_nothing = stub.tests.iter().filter(|test| test.score > 0.0);
    faults.extend(for_nothing.map(|test| {
        format!(
            "{}: the students' version gets {} of {} points before anything is written\nhint: let the test call what the students write",
            test.id, test.score, test.points
        )
    }));
    Ok(faults)
}

fn not_full(tests: &[Tested], when: &str) -> Vec<String> {
    let failed = tests.iter().filter(|test| !test.is_full());
    let told = failed.map(|test| {
        let why = match test.why.as_str() {
            "" => String::new(),
            why => format!(": {why}"),
        };
        format!(
            "{}: the solution gets {} of {} points{when}{why}",
            test.id, test.score, test.points
        )
    });
    told.collect()
}
