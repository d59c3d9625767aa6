//! A page for a student: the notebook as it was run without hidden tests, with the points beside the tests.
//!
//! One file, nothing loaded, nothing run: what a student's code has put out is text here, or a picture in an `img`, in which no
//! script runs; HTML that it has made is not shown as HTML. A page is opened by teachers, too.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::message::is_about_hidden;
use super::super::result::{CellScore, Graded, Shown};
use super::{escaped, of_points, points};
use crate::notebook::text_of;
use crate::screen::without_colours;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--soft:#f3f3f3;--line:#d0d0d0;--good:#0a6b2d;--bad:#a8201a;--wait:#6b5200}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#161616;--soft:#242424;--line:#454545;--good:#6fce8c;--bad:#ff8a80;--wait:#e0c060}}\
body{color:var(--ink);background:var(--paper);font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}td:not(:last-child){white-space:nowrap}a{color:inherit}td,th{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}\
pre{font:14px/1.4 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0;padding:.5rem .7rem}\
.cell{margin:1rem 0}.code{background:var(--soft);border-left:3px solid var(--line)}.prose{font:inherit;padding:0}\
.number{color:var(--wait);font-size:.8rem}.points{border:1px solid;border-radius:4px;padding:.3rem .7rem;margin:.3rem 0;white-space:pre-wrap}\
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}img{max-width:100%;background:#fff;padding:.3rem}";

/// What a student can do about a hidden check.
const ABOUT_HIDDEN: &str = "<p>A hidden check asks your code for more than the notebook shows. Read the task once more, and try your \
code with other values: none, one, large ones, negative ones.</p>\n";

/// The page of one student.
pub fn page(graded: &Graded, shown: &[Shown]) -> String {
    let name = escaped(&graded.name);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{name}: {0} of {1} points</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n<p>{0} of {1} points",
        points(graded.score),
        points(graded.max_score)
    );
    if graded.cells.iter().any(|cell| cell.score.is_none()) {
        page.push_str(&format!(
            ", {} of them to be graded by hand",
            points(graded.by_hand())
        ));
    }
    page.push_str(".</p>\n<table>\n<tr><th>cell</th><th>points</th><th></th></tr>\n");
    for cell in &graded.cells {
        page.push_str(&format!(
            "<tr class=\"{0}\"><td><a href=\"#{1}\">{1}</a></td><td>{2}</td><td>{3}</td></tr>\n",
            colour(cell),
            escaped(&cell.grade_id),
            of_points(cell),
            escaped(&cell.message)
        ));
    }
    page.push_str("</table>\n");
    if graded.cells.iter().any(|cell| is_about_hidden(&cell.message)) {
        page.push_str(ABOUT_HIDDEN);
    }
    for cell in shown {
        let score = cell
            .grade_id
            .as_ref()
            .and_then(|id| graded.cells.iter().find(|cell| cell.grade_id == *id));
        page.push_str(&cell_html(cell, score));
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// A name for each page's file, no two alike, whatever the students are called.
pub fn file_names(graded: &[Graded]) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |graded: &Graded| {
        let letters = graded.name.chars().map(|letter| match letter {
            letter if letter.is_alphanumeric() || "._- ".contains(letter) => letter,
            _ => '_',
        });
        let name: String = letters.take(100).collect();
        let name = name.trim_matches(['.', ' ']).to_owned();
        let name = if name.is_empty() { "_".to_owned() } else { name };
        let more = (2..).map(|number| format!("{name}-{number}"));
        let mut free = std::iter::once(name.clone()).chain(more);
        // Some file systems do not tell small letters from large ones.
        let name = free
            .find(|name| taken.insert(name.to_lowercase()))
            .unwrap_or(name);
        format!("{name}.html")
    };
    graded.iter().map(name).collect()
}

fn colour(cell: &CellScore) -> &'static str {
    match cell.score {
        None => "wait",
        Some(_) if cell.lacks() => "bad",
        Some(_) => "good",
    }
}

fn cell_html(cell: &Shown, score: Option<&CellScore>) -> String {
    let mut html = "<div class=\"cell\">\n".to_owned();
    if let Some(score) = score {
        html.push_str(&format!(
            "<div class=\"points {0}\" id=\"{1}\"><b>{1}</b>: {2} points\n{3}</div>\n",
            colour(score),
            escaped(&score.grade_id),
            of_points(score),
            escaped(&score.message)
        ));
    }
    let text = escaped(cell.source.trim_end());
    if cell.cell_type == "code" {
        if let Some(number) = cell.number {
            html.push_str(&format!("<div class=\"number\">In [{number}]</div>\n"));
        }
        html.push_str(&format!("<pre class=\"code\">{text}</pre>\n"));
    } else {
        html.push_str(&format!("<pre class=\"prose\">{text}</pre>\n"));
    }
    for output in &cell.outputs {
        html.push_str(&output_html(output));
    }
    html.push_str("</div>\n");
    html
}

fn output_html(output: &Value) -> String {
    let text = |value: &Value| text_of(value).unwrap_or_default();
    let pre = |class: &str, text: &str| {
        format!(
            "<pre class=\"{class}\">{}</pre>\n",
            escaped(&without_colours(text))
        )
    };
    match output["output_type"].as_str() {
        Some("stream") if output["name"] == "stderr" => pre("bad", &text(&output["text"])),
        Some("stream") => pre("", &text(&output["text"])),
        Some("error") => {
            let lines = output["traceback"].as_array().into_iter().flatten();
            pre(
                "bad",
                &lines.filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            )
        }
        Some("display_data" | "execute_result") => {
            let data = &output["data"];
            let plain = text(&data["text/plain"]);
            let picture = svg(&text(&data["image/svg+xml"])).or_else(|| png(&text(&data["image/png"])));
            match picture {
                Some(source) => format!("<img src=\"{source}\" alt=\"{}\">\n", escaped(&plain)),
                None if plain.is_empty() => pre("", &text(&data["text/html"])),
                None => pre("", &plain),
            }
        }
        _ => String::new(),
    }
}

/// An SVG as a picture: within an `img` it is drawn, and neither runs nor loads anything.
fn svg(text: &str) -> Option<String> {
    let code = (!text.is_empty()).then(|| STANDARD.encode(text))?;
    Some(format!("data:image/svg+xml;base64,{code}"))
}

/// A PNG, if it is base64 and nothing else.
fn png(text: &str) -> Option<String> {
    let code: String = text.split_whitespace().collect();
    let file = STANDARD
        .decode(&code)
        .ok()
        .filter(|file| file.starts_with(b"\x89PNG"))?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(file)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples;
    use super::*;

    fn code(source: &str, outputs: Vec<Value>) -> Shown {
        Shown {
            cell_type: "code".to_owned(),
            source: source.to_owned(),
            number: Some(3),
            outputs,
            grade_id: Some("f-test".to_owned()),
        }
    }

    #[test]
    fn nothing_that_a_student_wrote_becomes_html() {
        const BAD: &str = "</pre><script>alert(1)</script><img src=x onerror='alert(2)'>\" onload=\"alert(3)";
        let data = |mime: &str, content: &str| json!({ "output_type": "display_data", "data": { mime: content, "text/plain": BAD } });
        let mut only_html = data("text/html", BAD);
        only_html["data"]["text/plain"] = "".into();
        let outputs = vec![
            json!({ "output_type": "stream", "name": "stdout", "text": [BAD] }),
            json!({ "output_type": "stream", "name": "stderr", "text": BAD }),
            json!({ "output_type": "error", "traceback": [BAD, "\u{1b}[31mred"] }),
            data("text/html", BAD),
            only_html,
            data("image/svg+xml", BAD),
            data("image/png", BAD),
            json!({ "output_type": BAD }),
            json!({ "output_type": "display_data", "data": 7 }),
        ];
        let mut graded = samples::graded().remove(1);
        graded.name = BAD.to_owned();
        graded.cells[0].message = BAD.to_owned();
        let mut prose = code(BAD, Vec::new());
        prose.cell_type = "markdown".to_owned();
        let page = page(&graded, &[code(BAD, outputs), prose]);
        for sign in [
            "<script",
            "onerror='",
            "\" onload",
            "<img src=x",
            "</pre><",
            "\u{1b}",
        ] {
            assert!(!page.contains(sign), "{sign}\n{page}");
        }
        // Every tag is one of ours.
        let ours = [
            "!DOCTYPE", "a", "html", "head", "meta", "title", "style", "body", "h1", "p", "table", "tr",
            "th", "td", "div", "b", "pre", "img",
        ];
        for tag in page.split('<').skip(1) {
            let word: String = tag
                .trim_start_matches('/')
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '!')
                .collect();
            assert!(ours.contains(&word.as_str()), "{word}");
        }
        assert!(
            page.contains("src=\"data:image/svg+xml;base64,PC9wcmU+"),
            "the picture is there"
        );
    }

    #[test]
    fn points_stand_beside_their_tests() {
        let graded = samples::graded().remove(0);
        let png = STANDARD.encode(b"\x89PNG rest");
        let output = json!({ "output_type": "execute_result", "data": { "image/png": [png, "\n"], "text/plain": "a picture" } });
        let page = page(&graded, &[code("f();\n\n\n", vec![output])]);
        let body = page.split_once("<h1>").unwrap().1;
        insta::assert_snapshot!(body, @r##"
        ada</h1>
        <p>2.5 of 5 points, 2 of them to be graded by hand.</p>
        <table>
        <tr><th>cell</th><th>points</th><th></th></tr>
        <tr class="good"><td><a href="#f-test">f-test</a></td><td>1 / 1</td><td></td></tr>
        <tr class="bad"><td><a href="#g-test">g-test</a></td><td>1.5 / 2</td><td>the shape is wrong; negative numbers are forgotten</td></tr>
        <tr class="wait"><td><a href="#why">why</a></td><td>- / 2</td><td>to be graded by hand</td></tr>
        </table>
        <div class="cell">
        <div class="points good" id="f-test"><b>f-test</b>: 1 / 1 points
        </div>
        <div class="number">In [3]</div>
        <pre class="code">f();</pre>
        <img src="data:image/png;base64,iVBORyByZXN0" alt="a picture">
        </div>
        </body>
        </html>
        "##);
    }

    #[test]
    fn a_student_is_told_what_a_hidden_check_is() {
        let mut graded = samples::graded().remove(1);
        assert!(!page(&graded, &[]).contains("A hidden check"));
        graded.cells[0].message = "all visible checks pass, but a hidden one fails".to_owned();
        assert!(page(&graded, &[]).contains("</table>\n<p>A hidden check asks your code for more"));
    }

    #[test]
    fn files_of_odd_names_stay_in_the_folder_and_apart() {
        let named = |name: &str| Graded::new(name.to_owned(), vec![]);
        let names = file_names(&["ada", "Ada", "../../etc/x", "..", "", "a/b", "a:b", "ünal k."].map(named));
        assert_eq!(
            names,
            [
                "ada.html",
                "Ada-2.html",
                "_.._etc_x.html",
                "_.html",
                "_-2.html",
                "a_b.html",
                "a_b-2.html",
                "ünal k.html"
            ]
        );
    }
}
