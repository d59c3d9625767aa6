//! A table for each student, for the terminal.

use super::super::result::Graded;
use super::{of_points, one_line, points};

/// The points of all students.
pub fn table(graded: &[Graded]) -> String {
    let texts: Vec<String> = graded.iter().map(one).collect();
    texts.join("\n")
}

fn one(graded: &Graded) -> String {
    let mut text = format!(
        "{}: {} of {} points",
        one_line(&graded.name),
        points(graded.score),
        points(graded.max_score)
    );
    if graded.cells.iter().any(|cell| cell.score.is_none()) {
        text.push_str(&format!(
            ", {} of them to be graded by hand",
            points(graded.by_hand())
        ));
    }
    text.push('\n');
    let longest = graded
        .cells
        .iter()
        .map(|cell| cell.grade_id.len())
        .max()
        .unwrap_or(0);
    for cell in &graded.cells {
        let line = format!(
            "  {:longest$}  {:>9}  {}",
            cell.grade_id,
            of_points(cell),
            one_line(&cell.message)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn each_student_has_a_table() {
        insta::assert_snapshot!(table(&samples::graded()), @"");
    }
}
