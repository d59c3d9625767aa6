//! Points in a GitHub workflow: annotations, which are lines on standard output, and the job's summary in Markdown.

use std::path::PathBuf;

use super::super::result::Graded;
use super::{of_points, one_line, points};

/// Most bytes of a summary; GitHub takes no more than 1 MiB from a step.
const LONGEST: usize = 900 << 10;

/// A text in which nothing is a workflow command, whatever a student has made stand there.
pub fn guarded(text: &str) -> String {
    let token = uuid::Uuid::new_v4().simple();
    format!("::stop-commands::{token}\n{text}::{token}::\n")
}

/// A line for each cell that lacks points.
pub fn annotations(graded: &[Graded], files: &[PathBuf]) -> String {
    let mut text = String::new();
    for (graded, file) in graded.iter().zip(files) {
        for cell in graded.cells.iter().filter(|cell| cell.lacks()) {
            let title = format!("{}: {} {}", graded.name, cell.grade_id, of_points(cell));
            text.push_str(&format!(
                "::error file={},title={}::{}\n",
                property(&file.display().to_string()),
                property(&title),
                data(&cell.message)
            ));
        }
    }
    text
}

/// The summary of the job.
pub fn summary(graded: &[Graded]) -> String {
    let mut text = "## Points\n\n| submission | points | |\n|---|---|---|\n".to_owned();
    for graded in graded {
        let lacks = graded
            .cells
            .iter()
            .filter(|cell| cell.score != Some(cell.max_score));
        let told = lacks.map(|cell| {
            format!(
                "{} {}: {}",
                escaped(&cell.grade_id),
                of_points(cell),
                escaped(&cell.message)
            )
        });
        let row = format!(
            "| {} | {} of {} | {} |\n",
            escaped(&graded.name),
            points(graded.score),
            points(graded.max_score),
            told.collect::<Vec<_>>().join("<br>")
        );
        if text.len() + row.len() > LONGEST {
            text.push_str("\nThere are more, which do not fit here.\n");
            break;
        }
        text.push_str(&row);
    }
    text.push('\n');
    text
}

/// A text in a cell of a Markdown table: no letter of it means anything there.
fn escaped(text: &str) -> String {
    let mut written = String::new();
    for letter in one_line(text).chars() {
        match letter {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            // `@name` would call somebody, `#1` and `http:` would lead somewhere.
            '@' | '#' | ':' => written.push_str(&format!("&#{};", u32::from(letter))),
            letter if letter.is_ascii_punctuation() && !",.;()/=".contains(letter) => {
                written.push('\\');
                written.push(letter);
            }
            letter => written.push(letter),
        }
    }
    written
}

/// The text of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn annotations_and_summary_carry_text_only() {
        let files = ["in/ada.ipynb", "in/a,b:c.ipynb", "in/nobody.ipynb"].map(PathBuf::from);
        insta::assert_snapshot!(annotations(&samples::graded(), &files), @"");
        insta::assert_snapshot!(summary(&samples::graded()), @"");
    }

    #[test]
    fn what_students_write_is_no_command() {
        let text = guarded("::error::mine\n");
        let lines: Vec<&str> = text.lines().collect();
        let token = lines[0].strip_prefix("::stop-commands::").unwrap();
        assert_eq!(
            (lines[1], lines[2]),
            ("::error::mine", format!("::{token}::").as_str())
        );
        assert!(token.len() > 30 && guarded("") != guarded(""));
    }

    #[test]
    fn a_summary_is_no_longer_than_github_takes() {
        let mut graded = samples::graded();
        graded[1].cells[0].message = "x".repeat(600);
        let many: Vec<Graded> = std::iter::repeat_n(graded[1].clone(), 5000).collect();
        let text = summary(&many);
        assert!(text.len() < 1 << 20 && text.ends_with("There are more, which do not fit here.\n\n"));
    }
}
