//! CSV files into tables. How a file is cut into fields is the `csv` crate's business (RFC 4180: quotes, line ends); what
//! the fields mean is decided here.

mod records;

use self::records::{Prepared, absent, fields, is_missing, likely_delimiter};
use super::table::{Column, Table};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Reads a CSV file with [`Csv`]'s defaults: the delimiter is found out, the first line names the columns (unless it holds
/// numbers only), nothing may be missing.
///
/// ```
/// use dl_core::prelude::*;
/// let path = std::env::temp_dir().join(format!("doc-{}.csv", std::process::id()));
/// std::fs::write(&path, "height;weight\n1.8;80\n1.6;65\n").unwrap();
/// let table = read_csv(&path)?;
/// assert_eq!(table.column("weight")?, tensor![80., 65.]);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`Csv::read`].
pub fn read_csv(path: impl AsRef<Path>) -> Result<Table> {
    Csv::new().read(path)
}

/// How a CSV file is to be read.
///
/// A column whose every field is a number holds numbers (`f32`: whole numbers are exact up to 16,777,216). A column
/// without any number holds categories: its texts become 0, 1, 2, ... in alphabetical order. A mixture is an error, which
/// names the line.
///
/// ```
/// use dl_core::prelude::*;
/// let text = "1,5;3,0\n;2,5\n";
/// let table = Csv::new().delimiter(';').decimal(',').fill_missing(0.0).parse(text)?;
/// assert_eq!(table.column("column 1")?, tensor![1.5, 0.]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Csv {
    delimiter: Option<char>,
    decimal: Option<char>,
    header: Option<bool>,
    missing: Missing,
    categories: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Missing {
    #[default]
    Refuse,
    Skip,
    Fill(f32),
}

impl Csv {
    /// The defaults of [`read_csv`].
    pub fn new() -> Csv {
        Csv::default()
    }

    /// What stands between two fields; otherwise the most frequent one of `,`, `;`, tab and `|` in the first line.
    #[must_use]
    pub fn delimiter(mut self, delimiter: char) -> Csv {
        self.delimiter = Some(delimiter);
        self
    }

    /// What stands before the decimals, as `,` in many countries; otherwise a point.
    #[must_use]
    pub fn decimal(mut self, decimal: char) -> Csv {
        self.decimal = Some(decimal);
        self
    }

    /// Whether the first line names the columns; otherwise it does unless it holds numbers only. Columns without a name are
    /// called `column 1`, `column 2`, ...
    #[must_use]
    pub fn header(mut self, header: bool) -> Csv {
        self.header = Some(header);
        self
    }

    /// Leaves out lines in which a value is missing: an empty field, `?`, `NA`, `N/A`, `NaN`, `null` or `None`.
    #[must_use]
    pub fn skip_missing(mut self) -> Csv {
        self.missing = Missing::Skip;
        self
    }

    /// Puts a number where one is missing. In a column of categories a missing text is still an error.
    #[must_use]
    pub fn fill_missing(mut self, number: f32) -> Csv {
        self.missing = Missing::Fill(number);
        self
    }

    /// Columns whose numbers are names only, as post codes: they become categories.
    #[must_use]
    pub fn categories<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Csv {
        self.categories.extend(names.into_iter().map(Into::into));
        self
    }

    /// Reads a file. It must be UTF-8, with or without a byte-order mark; lines end as on Unix or on Windows.
    ///
    /// # Errors
    /// When the file cannot be read, is no UTF-8, has no columns, lines of different length, two columns of one name, a
    /// missing value that nothing was said about, or numbers mixed with other text. The message names line and column.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        let name = path.display().to_string();
        self.parse_bytes(&super::file::read(path)?, &name)
    }

    /// Reads text that is in memory already.
    ///
    /// # Errors
    /// As [`read`](Csv::read).
    pub fn parse(&self, text: &str) -> Result<Table> {
        self.parse_bytes(text.as_bytes(), "the text")
    }

    fn parse_bytes(&self, bytes: &[u8], name: &str) -> Result<Table> {
        let file = self.prepare(bytes, name)?;
        let (mut columns, skipped) = self.numbers(&file)?;
        self.texts(&file, &mut columns, &skipped)?;
        let rows = columns.first().map_or(0, |column| column.table.values.len());
        let columns = columns.into_iter().map(|column| column.table).collect();
        Ok(Table { columns, rows })
    }

    /// Finds out the delimiter and the names of the columns.
    fn prepare<'a>(&self, bytes: &'a [u8], name: &'a str) -> Result<Prepared<'a>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            Error::new(
                format!("{name}, line {line}: a byte that is no UTF-8 text"),
                "save the file as UTF-8; in a spreadsheet: CSV UTF-8",
            )
        })?;
        let delimiter = match self.delimiter {
            Some(delimiter) if delimiter.is_ascii() && !matches!(delimiter, '"' | '\n' | '\r') => {
                delimiter as u8
            }
            Some(delimiter) => {
                return Err(Error::new(
                    format!("the delimiter {delimiter:?} cannot stand between two fields"),
                    "use one plain sign, as in Csv::new().delimiter(';')",
                ));
            }
            None => likely_delimiter(text),
        };
        let mut file = Prepared {
            text,
            name,
            delimiter,
            names: Vec::new(),
            headed: false,
        };
        let Some(first) = file.records().next() else {
            return Err(Error::new(
                format!("{name}: no line with fields"),
                "check that it is the right file",
            ));
        };
        let (start, first) = first?;
        let all_numbers = first.iter().all(|field| self.number(field).is_some());
        file.headed = self.header.unwrap_or(!all_numbers);
        for (at, field) in first.iter().enumerate() {
            let field = if file.headed { field.trim() } else { "" };
            let given = match field {
                "" => format!("column {}", at + 1),
                _ => field.to_string(),
            };
            if file.names.contains(&given) {
                return Err(Error::new(
                    format!(
                        "{name}, line {}: two columns are called {given:?}",
                        file.line(start)
                    ),
                    "rename one of them; if the first line is data, use Csv::new().header(false)",
                ));
            }
            file.names.push(given);
        }
        if let Some(unknown) = self.categories.iter().find(|column| !file.names.contains(column)) {
            return Err(Error::new(
                format!("{name}: there is no column {unknown:?} to take as categories"),
                format!("its columns are {}", file.names.join(", ")),
            ));
        }
        Ok(file)
    }

    /// First pass: every column as numbers, as far as its fields are. Also the rows that are left out.
    fn numbers(&self, file: &Prepared) -> Result<(Vec<Reading>, BTreeSet<usize>)> {
        let mut columns: Vec<Reading> = file.names.iter().map(|name| Reading::new(name)).collect();
        let mut skipped = BTreeSet::new();
        let mut last = None;
        for (row, record) in file.records().skip(usize::from(file.headed)).enumerate() {
            let (start, record) = record?;
            if record.len() != columns.len() {
                let what = format!(
                    "{}, line {}: {} where {} expected",
                    file.name,
                    file.line(start),
                    fields(record.len()),
                    if columns.len() == 1 {
                        "1 is".to_string()
                    } else {
                        format!("{} are", columns.len())
                    },
                );
                let hint = match record.iter().any(|field| field.contains('\n')) {
                    true => {
                        "a quotation mark is opened there and closed on a later line or never".to_string()
                    }
                    false => format!(
                        "fields are separated by {:?} here; one that contains it must stand in quotation marks",
                        char::from(file.delimiter)
                    ),
                };
                return Err(Error::new(what, hint));
            }
            last = record
                .iter()
                .next_back()
                .filter(|field| field.contains('\n'))
                .map(|_| start);
            if record.iter().any(is_missing) {
                match self.missing {
                    Missing::Refuse => {
                        let at = record.iter().position(is_missing).unwrap_or(0);
                        return Err(absent(file, start, at, record.get(at).unwrap_or_default()));
                    }
                    Missing::Skip => {
                        skipped.insert(row);
                        continue;
                    }
                    Missing::Fill(_) => {}
                }
            }
            for (at, (column, field)) in columns.iter_mut().zip(&record).enumerate() {
                match self.number(field) {
                    Some(number) if number.is_finite() => {
                        column.numbers += 1;
                        column.table.values.push(number);
                    }
                    Some(_) if !self.categories.contains(&file.names[at]) => {
                        return Err(Error::new(
                            format!("{}: {field:?} is too large a number", file.place(start, at)),
                            "numbers here are f32, up to 3.4e38",
                        ));
                    }
                    _ => match self.missing {
                        Missing::Fill(number) if is_missing(field) => column.table.values.push(number),
                        _ => {
                            column
                                .first_text
                                .get_or_insert_with(|| (start, field.to_string()));
                            column.table.values.push(f32::NAN);
                        }
                    },
                }
            }
        }
        match last {
            Some(start) if !file.text.trim_end().ends_with('"') => Err(Error::new(
                format!(
                    "{}, line {}: a quotation mark is opened there and never closed",
                    file.name,
                    file.line(start)
                ),
                "close it, or double it if it is part of the text",
            )),
            _ => Ok((columns, skipped)),
        }
    }

    /// Second pass: the texts of those columns that are not numbers.
    fn texts(&self, file: &Prepared, columns: &mut [Reading], skipped: &BTreeSet<usize>) -> Result<()> {
        let mut of_text = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let forced = self.categories.contains(&column.table.name);
            match &column.first_text {
                Some((start, field)) if column.numbers > 0 && !forced => {
                    return Err(self.mixed(file, *start, at, field));
                }
                None if !forced => {}
                _ => of_text.push(at),
            }
        }
        for at in of_text {
            let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
            let mut texts = Vec::with_capacity(columns[at].table.values.len());
            for (row, record) in file.records().skip(usize::from(file.headed)).enumerate() {
                if skipped.contains(&row) {
                    continue;
                }
                let (start, record) = record?;
                let field = record.get(at).unwrap_or_default();
                if is_missing(field) {
                    return Err(absent(file, start, at, field));
                }
                let next = numbers.len();
                texts.push(*numbers.entry(field.trim().to_string()).or_insert(next));
            }
            // Numbered as they came until here; the order of the map is the alphabet's.
            let mut rank = vec![0.0; numbers.len()];
            for (position, &number) in numbers.values().enumerate() {
                rank[number] = position as f32;
            }
            columns[at].table.values = texts.into_iter().map(|number| rank[number]).collect();
            columns[at].table.categories = numbers.into_keys().collect();
        }
        Ok(())
    }

    /// The number in a field; infinite if it is too large.
    fn number(&self, field: &str) -> Option<f32> {
        let field = field.trim();
        // Rust reads words as numbers, too: nan, inf, infinity.
        if !field.starts_with(|first: char| first.is_ascii_digit() || "+-.,".contains(first))
            || field.contains(|sign: char| sign.is_ascii_alphabetic() && !"eE".contains(sign))
        {
            return None;
        }
        match self.decimal {
            Some(decimal) if decimal != '.' => field.replace(decimal, ".").parse().ok(),
            _ => field.parse().ok(),
        }
    }

    fn mixed(&self, file: &Prepared, start: u64, at: usize, field: &str) -> Error {
        let comma = Csv {
            decimal: Some(','),
            ..Csv::default()
        };
        let hint = match comma.number(field) {
            Some(_) if self.decimal.is_none() => {
                "where decimals follow a comma, use Csv::new().decimal(',')".to_string()
            }
            _ => format!(
                "correct the field; if the numbers are names only, use Csv::new().categories([{:?}])",
                file.names[at]
            ),
        };
        Error::new(
            format!(
                "{}: {field:?} is no number, but other lines have numbers there",
                file.place(start, at)
            ),
            hint,
        )
    }
}

/// A column while it is read.
struct Reading {
    table: Column,
    /// Fields that are numbers.
    numbers: usize,
    /// Line and content of the first field that is none.
    first_text: Option<(u64, String)>,
}

impl Reading {
    fn new(name: &str) -> Reading {
        let table = Column {
            name: name.to_string(),
            values: Vec::new(),
            categories: Vec::new(),
        };
        Reading {
            table,
            numbers: 0,
            first_text: None,
        }
    }
}

#[cfg(test)]
mod tests;
