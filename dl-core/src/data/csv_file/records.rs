//! A CSV file cut into fields, and the words for a place in it. What fields mean is decided in [`super`].

use crate::error::{Error, Result};

/// What stands for a value that is not there; letters of either case.
const MISSING: [&str; 7] = ["", "?", "na", "n/a", "nan", "null", "none"];
/// Delimiters that a file may have without being asked.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A file whose form is known.
pub(super) struct Prepared<'a> {
    pub(super) text: &'a str,
    pub(super) name: &'a str,
    pub(super) delimiter: u8,
    pub(super) names: Vec<String>,
    pub(super) headed: bool,
}

impl Prepared<'_> {
    /// The lines with the place where they start, in bytes; the first one included.
    pub(super) fn records(&self) -> impl Iterator<Item = Result<(u64, csv::StringRecord)>> {
        let reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(self.text.as_bytes());
        reader.into_records().map(|record| {
            let record =
                record.map_err(|error| Error::new(format!("{}: {error}", self.name), "check the file"))?;
            Ok((record.position().map_or(0, csv::Position::byte), record))
        })
    }

    /// The number of the line that starts at a place; empty lines before it are its own, for the `csv` crate.
    pub(super) fn line(&self, start: u64) -> usize {
        let (before, rest) = self.text.as_bytes().split_at(start as usize);
        let empty = rest.iter().take_while(|byte| b"\r\n".contains(byte));
        1 + before.iter().chain(empty).filter(|&&byte| byte == b'\n').count()
    }

    /// A field, in words.
    pub(super) fn place(&self, start: u64, at: usize) -> String {
        format!(
            "{}, line {}, column {:?}",
            self.name,
            self.line(start),
            self.names[at]
        )
    }
}

/// The most frequent delimiter of the first line that is not empty, outside quotation marks.
pub(super) fn likely_delimiter(text: &str) -> u8 {
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        if let Some(at) = DELIMITERS
            .iter()
            .position(|&delimiter| delimiter == byte && !quoted)
        {
            counts[at] += 1;
        }
    }
    let best = (0..DELIMITERS.len())
        .rev()
        .max_by_key(|&at| counts[at])
        .unwrap_or(0);
    DELIMITERS[best]
}

pub(super) fn is_missing(field: &str) -> bool {
    let field = field.trim();
    MISSING.iter().any(|missing| missing.eq_ignore_ascii_case(field))
}

pub(super) fn absent(file: &Prepared, start: u64, at: usize, field: &str) -> Error {
    let what = match field.trim() {
        "" => "the value is missing".to_string(),
        _ => format!("the value is missing ({field:?})"),
    };
    Error::new(
        format!("{}: {what}", file.place(start, at)),
        "Csv::new().skip_missing() leaves such lines out, .fill_missing(0.0) puts a number there",
    )
}

pub(super) fn fields(count: usize) -> String {
    match count {
        1 => "1 field".to_string(),
        _ => format!("{count} fields"),
    }
}
