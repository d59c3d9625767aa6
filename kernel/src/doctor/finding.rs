//! What was found out about one thing, and how it is written: a line of a page, an object of the JSON.

use serde::Serialize;

/// How good it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Cells run, but slower, or with less.
    Warning,
    /// Cells do not run, or what somebody has set up is not there.
    Error,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at. These names stay.
    pub check: &'static str,
    /// How good it is.
    pub status: Status,
    /// What is there.
    pub found: String,
    /// What to do, if something is to be done.
    pub hint: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Finding {
        Finding {
            check,
            status: Status::Ok,
            found: found.into(),
            hint: None,
        }
    }

    /// Something that makes things slower, or less.
    pub fn warning(check: &'static str, found: impl Into<String>, hint: &str) -> Finding {
        Finding::new(check, Status::Warning, &found.into(), hint)
    }

    /// Something that must be mended.
    pub fn error(check: &'static str, found: impl Into<String>, hint: &str) -> Finding {
        Finding::new(check, Status::Error, &found.into(), hint)
    }

    /// What an error of the product says: its own hint goes before `hint`.
    fn new(check: &'static str, status: Status, found: &str, hint: &str) -> Finding {
        let (found, own) = found.split_once("\nhint: ").unwrap_or((found, hint));
        Finding {
            check,
            status,
            found: found.to_owned(),
            hint: Some(own.to_owned()).filter(|hint| !hint.is_empty()),
        }
    }
}
