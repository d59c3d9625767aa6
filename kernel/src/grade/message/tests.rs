//! Every sentence that a student may read, and that nothing hidden is among them.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::assignment::Assignment;
use super::super::engine::{Limits, Walls};
use super::*;

const CANARY: &str = "canary7f3a91";

fn limits() -> Limits {
    Limits {
        cell: Duration::from_secs(30),
        run: Duration::from_secs(90),
        memory: 3 << 29,
        files: None,
        walls: Walls::None,
    }
}

/// A test of 2 points, with a hidden part or without.
fn asked(hides: bool) -> Asked {
    let hidden = format!("// BEGIN HIDDEN TESTS\n{CANARY}\n// END HIDDEN TESTS");
    let source = if hides { hidden } else { "check();".to_owned() };
    let mark = json!({ "grade": true, "locked": true, "solution": false, "grade_id": "t", "points": 2 });
    let cell = json!({ "cell_type": "code", "source": source, "metadata": { "nbgrader": mark } });
    Assignment::of(&[cell]).asked().remove(0)
}

fn ran(end: End, error: Option<CellError>, mut outputs: Vec<Value>) -> Ran {
    if error.is_some() {
        outputs.push(json!({ "output_type": "error" }));
    }
    Ran { end, outputs, error }
}

fn well() -> Ran {
    ran(End::Well, None, Vec::new())
}

fn failed(end: End, name: &str, text: &str) -> Ran {
    ran(end, Some(CellError::new(name, text)), Vec::new())
}

fn stream(name: &str, text: &str) -> Value {
    json!({ "output_type": "stream", "name": name, "text": [text] })
}

fn value(text: &str) -> Value {
    json!({ "output_type": "execute_result", "data": { "text/plain": [text] } })
}

fn said(hides: bool, decided: &Ran, seen: &Ran) -> String {
    let broken = Failed {
        number: 2,
        source: "fn double(x: i32) -> i32 { 2 x }".to_owned(),
        what: "does not compile: expected `;`".to_owned(),
    };
    let limits = limits();
    let around = Around {
        number: 7,
        source: "assert_eq!(halve(4), 2);\n\nassert_eq!(2, halve(4));",
        failed: &[broken],
        limits: &limits,
    };
    message(&asked(hides), decided, seen, around)
}

/// What is said of a test that fails where its student sees it.
fn explained(end: End, name: &str, text: &str) -> String {
    let seen = failed(end, name, text);
    said(false, &seen, &seen)
}

#[test]
fn assertions_are_told_in_plain_words() {
    let rows = [
        (
            "assertion `left == right` failed: the shape\n  left: [2, 3]\n right: [3, 2]\n --> In [7]:1:1",
            "the shape: expected [3, 2], got [2, 3]",
        ),
        (
            "assertion `left == right` failed\n  left: tensor\n[[1.]\n [2.]]\n right: 3\nhint: x",
            "expected 3, got tensor\n[[1.]\n [2.]]",
        ),
        (
            "assertion `left != right` failed\n  left: 1\n right: 1",
            "both are 1, and should differ",
        ),
        (
            "assertion `left == right` failed\n  left: 2\n right: 4\n --> In [7]:3:1",
            "`halve(4)`: expected 2, got 4",
        ),
        ("assertion failed: x > 0", "this should be so, and is not: x > 0"),
        (
            "not implemented: your code goes here\n --> In [3]:4:5",
            "not written yet: your code goes here (in In [3], line 4)",
        ),
        ("not implemented", "not written yet"),
        (
            "index out of bounds: the len is 1\n --> In [3]:1:1",
            "index out of bounds: the len is 1 (in In [3], line 1)",
        ),
        (
            "for the line of the lesson it is 2\n --> In [7]:2:1",
            "for the line of the lesson it is 2",
        ),
        (
            "assertion `left == right` failed: half a message",
            "assertion `left == right` failed: half a message",
        ),
    ];
    for (text, message) in rows {
        assert_eq!(explained(End::Panic, "Panic", text), message);
    }
}

#[test]
fn other_ends_are_told_in_plain_words() {
    let rows = [
        (
            End::NotCompiled,
            "cannot find function `double` in this scope",
            "`double` is not there, because its cell In [2] failed: does not compile: expected `;`",
        ),
        (
            End::NotCompiled,
            "cannot find function `halve` in this scope",
            "does not compile: cannot find function `halve` in this scope",
        ),
        (
            End::NotCompiled,
            "mismatched types",
            "does not compile: mismatched types",
        ),
        (
            End::Died,
            "the cell's process ended: exit(0); all variables are as they were before it",
            "the process ended: exit(0)",
        ),
        (
            End::Memory,
            "the cell's process ended: out of memory",
            "used more than 1.5 GiB of memory",
        ),
        (
            End::CellTime,
            "the time limit of 30 s for a cell was reached",
            "the time limit of 30 s for a cell was reached",
        ),
        (End::Error, "no such file", "no such file"),
    ];
    for (end, text, message) in rows {
        assert_eq!(explained(end, "Some", text), message);
    }
    let stderr = ran(End::Well, None, vec![stream("stderr", "x")]);
    assert_eq!(
        said(false, &stderr, &stderr),
        "the code wrote to standard error, which counts as a failure"
    );
    let part = ran(
        End::Well,
        None,
        vec![
            stream("stdout", "hello\nnot yet: a (1 point)\nnot yet: b (0.5 points)\n"),
            value("0.5"),
        ],
    );
    assert_eq!(said(false, &part, &part), "a (1 point); b (0.5 points)");
    let silent = ran(End::Well, None, vec![value("0.5")]);
    assert_eq!(said(false, &silent, &silent), "part of the points");
    let absurd = ran(End::Well, None, vec![value("7")]);
    assert_eq!(said(false, &absurd, &absurd), NO_POINTS);
    assert_eq!(
        said(false, &failed(End::Panic, "Panic", "x"), &well()),
        "the same check passed once and failed once: does the code depend on chance?"
    );
    assert_eq!(
        said(true, &well(), &failed(End::Panic, "Panic", "x")),
        "",
        "all points need no words"
    );
}

#[test]
fn of_a_hidden_test_only_set_sentences_are_told() {
    let secret = |end| failed(end, "Panic", &format!("{CANARY}\n{CANARY}"));
    let mut told = Vec::new();
    for end in [
        End::Panic,
        End::Error,
        End::NotCompiled,
        End::NotAllowed,
        End::CellTime,
        End::RunTime,
        End::Memory,
        End::Died,
    ] {
        told.push(said(true, &secret(end), &well()));
    }
    for output in [stream("stderr", CANARY), value("0.5"), value("7")] {
        let decided = ran(
            End::Well,
            None,
            vec![stream("stdout", &format!("not yet: {CANARY}\n")), output],
        );
        told.push(said(true, &decided, &well()));
        told.push(said(true, &decided, &ran(End::Well, None, vec![value("2.0")])));
    }
    told.dedup();
    insta::assert_snapshot!(told.join("\n"), @"
    all visible checks pass, but a hidden one fails
    all visible checks pass, but a hidden one does not compile with this code: are all names and types as the exercise asks?
    all visible checks pass, but the time limit of 30 s was reached in a hidden one
    all visible checks pass, but the time limit of 90 s for the whole notebook was reached
    all visible checks pass, but a hidden one used more than 1.5 GiB of memory
    all visible checks pass, but the process ended in a hidden one
    all visible checks pass, but in a hidden one the code writes to standard error, which counts as a failure
    all visible checks pass, but not every hidden one
    the test's value is no number of points that it can give: please tell your instructor
    ");
}

#[test]
fn a_long_message_is_cut_and_a_wild_one_tamed() {
    assert_eq!(tidy("\u{1b}[31mred\u{1b}[0m\u{7}\r\nnext\u{0}"), "red\nnext");
    let long = tidy(&"é".repeat(5000));
    assert_eq!(long.chars().count(), LONGEST + 4);
    assert!(long.ends_with("é ..."));
    assert_eq!(tidy(&"x".repeat(LONGEST)).len(), LONGEST);
}
