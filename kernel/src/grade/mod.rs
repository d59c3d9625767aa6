//! `hebb grade`: points for submitted notebooks, by nbgrader's rules, without Jupyter.

use std::time::Duration;

pub mod assignment;
mod command;
mod comparison;
pub mod engine;
mod files;
pub mod mark;
mod message;
mod names;
pub mod one;
mod pool;
pub mod regions;
pub mod rehearsal;
pub(crate) mod report;
mod restore;
mod result;
pub mod run;
pub mod score;

pub use command::{GradeArguments, grade};

/// Reads a number of seconds from the command line.
pub(crate) fn seconds_argument(text: &str) -> Result<Duration, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "a number of seconds is needed".to_owned())?;
    if number.is_nan() || number <= 0.0 {
        return Err("more than 0 seconds are needed".to_owned());
    }
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

/// Reads how many at once from the command line.
fn at_least_one(text: &str) -> Result<usize, String> {
    let number: Option<usize> = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a whole number from 1 on is needed".to_owned())
}

/// Reads a size of memory from the command line: `512M`, `1.5G`, or bytes.
fn size_argument(text: &str) -> Result<u64, String> {
    let wrong = || "a size is needed, such as 512M or 2G".to_owned();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: u64 = match text[digits.len()..]
        .to_ascii_lowercase()
        .trim_end_matches('b')
        .trim_end_matches('i')
    {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return Err(wrong()),
    };
    let number: f64 = digits.parse().map_err(|_| wrong())?;
    let bytes = number * unit as f64;
    if bytes.is_nan() || bytes < (16u64 << 20) as f64 {
        return Err("less than 16M, in which no cell runs".to_owned());
    }
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_as_people_write_them() {
        assert_eq!(seconds_argument("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "x", "0", "-1", "NaN", "1e300"] {
            assert!(seconds_argument(wrong).is_err(), "{wrong}");
        }
        assert_eq!(size_argument("1G"), Ok(1 << 30));
        assert_eq!(size_argument("512MiB"), Ok(512 << 20));
        assert_eq!(size_argument("1.5gb"), Ok(3 << 29));
        assert_eq!(size_argument("104857600"), Ok(100 << 20));
        for wrong in ["", "G", "1T", "100", "-1G", "NaN"] {
            assert!(size_argument(wrong).is_err(), "{wrong}");
        }
    }
}
