//! Points as JUnit XML, which CI services show as test results: a suite for each student, a case for each cell.
//!
//! Missing points are a failure; what a person has to grade is skipped. The form is that of the Apache Ant and Maven Surefire
//! reports (`testsuites`, `testsuite`, `testcase` with `failure` or `skipped`).

use super::super::result::{CellScore, Graded};
use super::{escaped, of_points, one_line};

/// The file's text; `walls` says what stood around the students' cells.
pub fn junit(graded: &[Graded], walls: &str) -> String {
    let all = || graded.iter().flat_map(|graded| &graded.cells);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites{}>\n",
        counts(all)
    );
    for graded in graded {
        let name = attribute(&graded.name);
        text.push_str(&format!(
            "  <testsuite name=\"{name}\"{}>\n",
            counts(|| graded.cells.iter())
        ));
        text.push_str(&format!(
            "    <properties><property name=\"walls\" value=\"{}\"/></properties>\n",
            attribute(walls)
        ));
        for cell in &graded.cells {
            text.push_str(&format!(
                "    <testcase classname=\"{name}\" name=\"{}\"",
                attribute(&cell.grade_id)
            ));
            let points = of_points(cell);
            let message = attribute(&cell.message);
            match cell.score {
                None => text.push_str(&format!("><skipped message=\"{message}\"/></testcase>\n")),
                Some(_) if cell.lacks() => text.push_str(&format!(
                    "><failure type=\"points\" message=\"{points} points: {message}\">{}</failure></testcase>\n",
                    escaped(&cell.message)
                )),
                Some(_) => text.push_str("/>\n"),
            }
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn attribute(text: &str) -> String {
    escaped(&one_line(text))
}

fn counts<'a, I: Iterator<Item = &'a CellScore>>(cells: impl Fn() -> I) -> String {
    let failures = cells().filter(|cell| cell.lacks()).count();
    let skipped = cells().filter(|cell| cell.score.is_none()).count();
    format!(
        " tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"",
        cells().count()
    )
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_student_is_a_suite_and_a_cell_a_case() {
        insta::assert_snapshot!(junit(&samples::graded(), "files closed"), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="4" failures="2" errors="0" skipped="1">
          <testsuite name="ada" tests="3" failures="1" errors="0" skipped="1">
            <properties><property name="walls" value="files closed"/></properties>
            <testcase classname="ada" name="f-test"/>
            <testcase classname="ada" name="g-test"><failure type="points" message="1.5 / 2 points: the shape is wrong; negative numbers are forgotten">the shape is wrong; negative numbers are forgotten</failure></testcase>
            <testcase classname="ada" name="why"><skipped message="to be graded by hand"/></testcase>
          </testsuite>
          <testsuite name="&lt;b&gt;eve&lt;/b&gt;" tests="1" failures="1" errors="0" skipped="0">
            <properties><property name="walls" value="files closed"/></properties>
            <testcase classname="&lt;b&gt;eve&lt;/b&gt;" name="f-test"><failure type="points" message="0 / 1 points: expected &quot;]]&gt;&lt;x&gt; ::error::got &#39;y&#39; | &amp; 100%">expected &quot;]]&gt;&lt;x&gt;
        ::error::got &#39;y&#39; | &amp; 100%</failure></testcase>
          </testsuite>
          <testsuite name="nobody" tests="0" failures="0" errors="0" skipped="0">
            <properties><property name="walls" value="files closed"/></properties>
          </testsuite>
        </testsuites>
        "#);
    }
}
