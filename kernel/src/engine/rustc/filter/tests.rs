//! Text as it comes from a cell, in pieces of all sizes, and what is shown of it.

use super::*;
use crate::engine::rustc::source::{Assembly, CellText, Origin};

#[derive(Default)]
struct Seen(Vec<Output>);

impl CellHost for Seen {
    fn emit(&mut self, output: Output) {
        self.0.push(output);
    }

    fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
        Err(String::new())
    }
}

fn files() -> Files {
    let cell = CellText::new(4, "é();\n  f()");
    let mut file = Assembly::default();
    file.scaffold("one\ntwo ");
    let range = 0..cell.text.len();
    file.cell(&Origin { cell, range });
    let mut files = Files::default();
    files.insert("cell_00ff.rs".to_owned(), file);
    files
}

#[test]
fn places_are_named_as_the_person_knows_them() {
    let rows = [
        ("[cell_00ff.rs:3:3] x", "[In [4]:2:3] x"),
        ("cell_00ff.rs:2:6", "In [4]:1:2"),
        ("cell_00ff.rs:1:1 stays", "cell_00ff.rs:1:1 stays"),
        ("cell_11.rs:1:1 cell_", "cell_11.rs:1:1 cell_"),
        ("no place", "no place"),
    ];
    for (text, translated) in rows {
        assert_eq!(translate(text, &files()), translated);
    }
}

/// What text becomes that arrives in pieces of this many bytes: plain text, and displays in `<>`.
fn shown(text: &str, size: usize, longest: usize) -> String {
    let mut seen = Seen::default();
    let files = files();
    let mut filter = Filter::new(&mut seen, &files);
    filter.longest = longest;
    for piece in text.as_bytes().chunks(size) {
        filter.emit(Output::Stream {
            name: StreamName::Stdout,
            text: String::from_utf8(piece.to_vec()).unwrap(),
        });
    }
    filter.finish();
    let mut plain = String::new();
    for output in seen.0 {
        match output {
            Output::Stream { text, .. } => plain.push_str(&text),
            Output::Display { data, update, .. } => {
                let forms = data
                    .iter()
                    .filter(|(mime, _)| data.len() == 1 || *mime != "text/plain");
                let forms: Vec<String> = forms.map(|(mime, content)| format!("{mime} {content}")).collect();
                plain.push_str(&format!(
                    "<{}{}>",
                    if update { "again " } else { "" },
                    forms.join(", ")
                ));
            }
            _ => panic!("no other output"),
        }
    }
    plain
}

#[test]
fn marked_blocks_become_displays_however_the_text_is_cut() {
    let block =
        |mime: &str, content: &str| format!("EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT\n");
    let html = block("text/html", "<b>1</b>");
    let rows = [
        (format!("a EVCXR\n{html}z"), "a EVCXR\n<text/html \"<b>1</b>\">z"),
        (
            format!("{html}{html}"),
            "<text/html \"<b>1</b>\"><text/html \"<b>1</b>\">",
        ),
        // Binary content is base64, in lines or not.
        (block("image/png", "aGVs\r\nbG8="), "<image/png \"aGVsbG8=\">"),
        (
            block("application/json", "{\"a\": [1]}"),
            "<application/json {\"a\":[1]}>",
        ),
        (block("text/plain", "x"), "<text/plain \"x\">"),
        // Several forms of one value.
        (
            format!("{html}{}", block("image/svg+xml", "<svg/>")),
            "<text/html \"<b>1</b>\"><again image/svg+xml \"<svg/>\", text/html \"<b>1</b>\">",
        ),
        (
            format!("{html}between\n{html}"),
            "<text/html \"<b>1</b>\">between\n<text/html \"<b>1</b>\">",
        ),
        // What is no block is text.
        (
            "EVCXR_BEGIN_CONTENT text/html\nhalf".into(),
            "EVCXR_BEGIN_CONTENT text/html\nhalf",
        ),
        (
            "EVCXR_BEGIN_CONTENT text/html".into(),
            "EVCXR_BEGIN_CONTENT text/html",
        ),
        (
            "EVCXR_BEGIN_CONTENT \nx\nEVCXR_END_CONTENT\n".into(),
            "EVCXR_BEGIN_CONTENT \nx\nEVCXR_END_CONTENT\n",
        ),
        (
            "EVCXR_BEGIN_CONTENT of it\n".into(),
            "EVCXR_BEGIN_CONTENT of it\n",
        ),
        (
            format!("EVCXR_BEGIN_CONTENT no kind\n{html}"),
            "EVCXR_BEGIN_CONTENT no kind\n<text/html \"<b>1</b>\">",
        ),
    ];
    for (text, expected) in rows {
        for size in 1..text.len() {
            assert_eq!(shown(&text, size, LONGEST), expected, "pieces of {size}");
        }
    }
}

#[test]
fn a_block_without_bounds_is_given_up_and_what_follows_is_not() {
    let block = |length: usize| {
        format!(
            "EVCXR_BEGIN_CONTENT text/html\n{}\nEVCXR_END_CONTENT\n",
            "x".repeat(length)
        )
    };
    for size in [7, 100, 5000] {
        let text = format!("{}after\n{}", block(3000), block(2));
        let shown = shown(&text, size, 1000);
        assert!(shown.contains("too large"), "{shown}");
        assert!(
            shown.ends_with("after\n<text/html \"xx\">"),
            "pieces of {size}: {shown}"
        );
        assert!(!shown.contains("xxx"), "{shown}");
    }
}

#[test]
fn a_display_that_comes_while_a_block_is_printed_leaves_it_whole() {
    let mut seen = Seen::default();
    let files = files();
    let mut filter = Filter::new(&mut seen, &files);
    let stdout = |text: &str| Output::Stream {
        name: StreamName::Stdout,
        text: text.to_owned(),
    };
    filter.emit(stdout("EVCXR_BEGIN_CONTENT text/html\n<b>"));
    filter.emit(Output::Clear { wait: true });
    filter.emit(stdout("1</b>\nEVCXR_END_CONTENT\n"));
    filter.finish();
    assert_eq!(seen.0[0], Output::Clear { wait: true });
    assert!(matches!(&seen.0[1..], [Output::Display { data, .. }] if data["text/html"] == "<b>1</b>"));
}
