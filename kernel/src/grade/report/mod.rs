//! The points in the forms that people and services read. What students wrote is text here, and never anything else.

pub mod feedback;
pub mod github;
pub mod gradescope;
pub mod junit;
pub mod table;

use super::result::CellScore;

/// A number of points as people write it.
pub fn points(number: f64) -> String {
    format!("{}", (number * 100.0).round() / 100.0)
}

/// `1 / 2`; `- / 2` where a person has to look.
pub fn of_points(cell: &CellScore) -> String {
    let score = cell.score.map_or_else(|| "-".to_owned(), points);
    format!("{score} / {}", points(cell.max_score))
}

/// A text on one line, without characters that a terminal would obey.
pub fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace(char::is_control, "")
}

/// A text in XML or HTML, between tags or in quotes. Characters that XML does not know are left out.
pub fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            '\t' | '\n' => written.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => written.push(letter),
        }
    }
    written
}

#[cfg(test)]
pub(crate) mod samples {
    //! Results for the tests of reports.

    use super::super::result::{CellScore, Graded};

    /// Three students, one with a name and messages that mean no good.
    pub fn graded() -> Vec<Graded> {
        let cell = |id: &str, score: Option<f64>, max: f64, message: &str| CellScore {
            grade_id: id.to_owned(),
            score,
            max_score: max,
            message: message.to_owned(),
        };
        vec![
            Graded::new(
                "ada".to_owned(),
                vec![
                    cell("f-test", Some(1.0), 1.0, ""),
                    cell(
                        "g-test",
                        Some(1.5),
                        2.0,
                        "the shape is wrong; negative numbers are forgotten",
                    ),
                    cell("why", None, 2.0, "to be graded by hand"),
                ],
            ),
            Graded::new(
                "<b>eve</b>".to_owned(),
                vec![cell(
                    "f-test",
                    Some(0.0),
                    1.0,
                    "expected \"]]>\u{0}<x>\n::error::got 'y' | & 100%",
                )],
            ),
            Graded::new("nobody".to_owned(), vec![]),
        ]
    }
}
