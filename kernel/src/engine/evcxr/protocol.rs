//! What evcxr says to the process that it takes for its own, and what it wants to hear.
//!
//! Text lines both ways: it asks for a function of a library to be run, and reads lines until the run is complete. Everything
//! that a cell prints for evcxr to read stands on lines with names that start with `EVCXR_`.

/// A cell's panic was caught.
pub const PANICKED: &str = "EVCXR_PANIC_NOTIFICATION\n";
/// A `?` met an error, which is printed on stderr.
pub const FAILED: &str = "EVCXR_ERROR_OCCURRED\n";
/// A variable, named behind it, is of a type that has been defined anew.
pub const CHANGED: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";
/// The run is over.
const COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE\n";

/// A new process stands at evcxr's end: whatever variables there were, evcxr has forgotten them.
pub const FRESH: &str = "FRESH";
/// Nobody is interested any more.
pub const END: &str = "END";

/// What evcxr asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The compiled cell.
    pub library: String,
    /// The function in it.
    pub function: String,
}

impl Request {
    /// Reads a line of evcxr's.
    pub fn parse(line: &str) -> Option<Request> {
        // The path may hold blanks, the function's name cannot.
        let (library, function) = line.strip_prefix("LOAD_AND_RUN ")?.trim_end().rsplit_once(' ')?;
        Some(Request {
            library: library.to_owned(),
            function: function.to_owned(),
        })
    }
}

/// How a run ended, as evcxr has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What the cell made counts.
    Complete,
    /// These variables are of types that have been defined anew; nothing was run.
    Changed(Vec<String>),
    /// It panicked, and what it did to older variables counts.
    Panicked,
    /// A `?` met an error, and what it did to older variables counts.
    Failed,
    /// Nothing happened.
    Undone,
    /// The variables are gone.
    Lost,
}

/// Ends the process at evcxr's end; never passed on.
pub const LOST: &[u8] = b"LOST\n";
/// A line that is no UTF-8: evcxr gives up the cell, and its variables and items are what they were.
const UNREADABLE: &[u8] = b"\xff\n";

impl Answer {
    /// The lines.
    pub fn lines(&self) -> Vec<u8> {
        match self {
            Answer::Complete => COMPLETE.into(),
            Answer::Changed(names) => {
                let lines = names.iter().map(|name| format!("{CHANGED}{name}\n"));
                (lines.collect::<String>() + COMPLETE).into()
            }
            Answer::Panicked => format!("{PANICKED}{COMPLETE}").into(),
            Answer::Failed => format!("{FAILED}{COMPLETE}").into(),
            Answer::Undone => UNREADABLE.into(),
            Answer::Lost => LOST.into(),
        }
    }
}

/// Whether a line is the last one of an answer.
pub fn ends_answer(line: &[u8]) -> bool {
    line == COMPLETE.as_bytes() || line == UNREADABLE || line == LOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_library_and_function() {
        let request = Request::parse("LOAD_AND_RUN /tmp/a b/libcode_3.so run_user_code_2\n").unwrap();
        assert_eq!(request.library, "/tmp/a b/libcode_3.so");
        assert_eq!(request.function, "run_user_code_2");
        assert_eq!(Request::parse("QUIT"), None);
        assert_eq!(Request::parse("LOAD_AND_RUN x"), None);
    }

    #[test]
    fn every_answer_ends_with_one_last_line() {
        let changed = Answer::Changed(vec!["x".to_owned(), "y".to_owned()]);
        for answer in [
            Answer::Complete,
            changed,
            Answer::Panicked,
            Answer::Failed,
            Answer::Undone,
            Answer::Lost,
        ] {
            let lines = answer.lines();
            let last: Vec<bool> = lines
                .split_inclusive(|byte| *byte == b'\n')
                .map(ends_answer)
                .collect();
            assert_eq!(last.iter().filter(|last| **last).count(), 1, "{answer:?}");
            assert_eq!(last.last(), Some(&true), "{answer:?}");
        }
    }
}
