//! `hebb run` with an engine that does as it is told; the real one is tried end to end.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::*;
use crate::engine::scripted::{Scripted, Silent};
use crate::output::StreamName;

/// Understands `print TEXT`, `value TEXT`, `ask`, `fail`, `stop`, `show ID TEXT` and `update ID TEXT`, one a line.
fn obedient(cell: &Cell<'_>, host: &mut dyn CellHost) -> Result<(), CellError> {
    let bundle = |text: &str| {
        [("text/plain".to_string(), Value::from(text))]
            .into_iter()
            .collect::<Map<_, _>>()
    };
    let error = |name: &str, value: &str| CellError {
        name: name.to_string(),
        value: value.to_string(),
        traceback: vec![format!("\x1b[31m{name}\x1b[0m: {value}")],
    };
    for line in cell.code.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (id, text) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "print" => host.emit(Output::Stream {
                name: StreamName::Stdout,
                text: format!("{rest}\n"),
            }),
            "value" => host.emit(Output::Result {
                data: bundle(rest),
                metadata: Map::new(),
            }),
            "ask" => {
                let answer = host
                    .input("your name? ", false)
                    .map_err(|value| error("InputError", &value))?;
                host.emit(Output::Stream {
                    name: StreamName::Stdout,
                    text: format!("hello {answer}\n"),
                });
            }
            "show" | "update" => host.emit(Output::Display {
                data: bundle(text),
                metadata: Map::new(),
                display_id: Some(id.to_string()),
                update: word == "update",
            }),
            "stop" => return Err(error("Interrupted", "stopped")),
            _ => return Err(error("Panic", "told to")),
        }
    }
    Ok(())
}

fn notebook(folder: &Path, cells: &[(&str, &[&str])]) -> PathBuf {
    let cell = |(source, tags): &(&str, &[&str])| {
        json!({ "cell_type": "code", "source": source, "metadata": { "tags": tags }, "outputs": [{"old": 1}],
            "execution_count": 9 })
    };
    let cells: Vec<Value> = cells.iter().map(cell).collect();
    let path = folder.join("notebook.ipynb");
    let document = json!({ "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells });
    std::fs::write(&path, document.to_string()).expect("a file");
    path
}

struct Ran {
    ended: Result<Ended, RunError>,
    out: String,
    errors: String,
}

fn run_here(notebook: &Path, output: Option<&Path>, answers: &str) -> Ran {
    let arguments = RunArguments {
        notebook: notebook.into(),
        output: output.map(Into::into),
        engine: EngineArgument::default(),
    };
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let mut screen = Screen::new(&mut out, &mut errors, None);
    let start = || Ok::<Box<dyn Engine>, String>(Box::new(Scripted(obedient)));
    let answers = Answers::new(Cursor::new(answers.to_string())).expect("a thread");
    let ended = run_on(&arguments, start, &mut screen, &answers);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran {
        ended,
        out: text(out),
        errors: text(errors),
    }
}

fn outputs(path: &Path) -> Vec<(Value, Value)> {
    let document: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    let cells = document["cells"].as_array().expect("cells").clone();
    cells
        .into_iter()
        .map(|cell| (cell["execution_count"].clone(), cell["outputs"].clone()))
        .collect()
}

#[test]
fn cells_run_in_order_and_the_first_failure_ends_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let tagged: &[&str] = &["raises-exception"];
    let path = notebook(
        folder.path(),
        &[
            ("print one\nvalue 1", &[]),
            ("fail", tagged),
            ("never", &["skip-execution"]),
            ("print two\nfail", &[]),
            ("print three", &[]),
        ],
    );
    let out = folder.path().join("out.ipynb");
    let ran = run_here(&path, Some(&out), "");
    assert_eq!(ran.ended.expect("it ran"), Ended::Failed);
    insta::assert_snapshot!(ran.out, @"
    [1/5] print one
    one
    1
    [2/5] fail
    Panic: told to
    [3/5] skipped (skip-execution)
    [4/5] print two
    two
    ");
    insta::assert_snapshot!(ran.errors, @"Panic: told to");
    let written = outputs(&out);
    assert_eq!(
        written.iter().map(|(count, _)| count.clone()).collect::<Vec<_>>(),
        [json!(1), json!(2), json!(9), json!(3), json!(null)]
    );
    let kinds: Vec<Vec<String>> = written
        .iter()
        .map(|(_, outputs)| {
            outputs
                .as_array()
                .expect("a list")
                .iter()
                .map(|one| one["output_type"].to_string())
                .collect()
        })
        .collect();
    insta::assert_debug_snapshot!(kinds, @r#"
    [
        [
            "\"stream\"",
            "\"execute_result\"",
        ],
        [
            "\"error\"",
        ],
        [
            "null",
        ],
        [
            "\"stream\"",
            "\"error\"",
        ],
        [],
    ]
    "#);
    assert_eq!(
        outputs(&path)[0].1,
        json!([{"old": 1}]),
        "without -o the notebook stays as it was"
    );
}

#[test]
fn the_output_may_be_the_notebook_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = notebook(folder.path(), &[("value 7", &[])]);
    assert_eq!(
        run_here(&path, Some(&path), "").ended.expect("it ran"),
        Ended::Well
    );
    assert_eq!(outputs(&path)[0].1[0]["data"]["text/plain"], json!(["7"]));
    assert_eq!(
        run_here(&path, Some(&path), "").ended.expect("it ran again"),
        Ended::Well
    );
}

#[test]
fn an_update_reaches_the_cell_that_shows_the_display() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = notebook(
        folder.path(),
        &[("show curve a\nupdate curve b", &[]), ("update curve c", &[])],
    );
    let ran = run_here(&path, Some(&path), "");
    assert_eq!(ran.ended.expect("it ran"), Ended::Well);
    let written = outputs(&path);
    assert_eq!(written[0].1[0]["data"]["text/plain"], json!(["c"]));
    assert_eq!(written[1].1, json!([]));
    insta::assert_snapshot!(ran.out, @"
    [1/2] show curve a
    a
    b
    [2/2] update curve c
    c
    ");
}

#[test]
fn questions_are_answered_from_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = notebook(folder.path(), &[("ask", &[]), ("ask", &[])]);
    let ran = run_here(&path, None, "Ada\r\n");
    assert_eq!(ran.ended.expect("it ran"), Ended::Failed);
    assert!(ran.out.contains("hello Ada\n"), "{}", ran.out);
    insta::assert_snapshot!(ran.errors, @"
    InputError: standard input has ended: nobody answers
    hint: pipe one line for each question into hebb run
    ");
}

#[test]
fn an_interrupted_cell_ends_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = notebook(
        folder.path(),
        &[("stop", &["raises-exception"]), ("print never", &[])],
    );
    let ran = run_here(&path, Some(&path), "");
    assert_eq!(ran.ended.expect("it ran"), Ended::Interrupted);
    assert_eq!(outputs(&path)[0].1[0]["ename"], "Interrupted");
    assert!(!ran.out.contains("[2/2]"), "{}", ran.out);
}

#[test]
fn no_cell_begins_after_ctrl_c() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = notebook(folder.path(), &[("print one", &[]), ("print two", &[])]);
    let arguments = RunArguments {
        notebook: path,
        output: None,
        engine: EngineArgument::default(),
    };
    let answers = Answers::new(io::empty()).expect("a thread");
    let keyboard = answers.interrupter(Arc::new(Silent));
    let mut out = Vec::new();
    let mut screen = Screen::new(&mut out, Vec::new(), None);
    // Pressed while the engine starts.
    let start = || {
        keyboard.interrupt();
        Ok::<Box<dyn Engine>, String>(Box::new(Scripted(obedient)))
    };
    let ended = run_on(&arguments, start, &mut screen, &answers);
    assert_eq!(ended.expect("it ran"), Ended::Interrupted);
    insta::assert_snapshot!(String::from_utf8_lossy(&out), @"[1/2] not run: interrupted");
}

#[test]
fn mistakes_cost_no_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = notebook(folder.path(), &[("print 1", &[])]);
    let mut screens = HashMap::new();
    let answers = Answers::new(io::empty()).expect("a thread");
    for (name, notebook, output) in [
        ("missing", folder.path().join("none.ipynb"), None),
        (
            "unwritable",
            path.clone(),
            Some(folder.path().join("no/such/out.ipynb")),
        ),
    ] {
        let arguments = RunArguments {
            notebook,
            output,
            engine: EngineArgument::default(),
        };
        let mut screen = Screen::new(Vec::new(), Vec::new(), None);
        let start = || -> Result<Box<dyn Engine>, String> { panic!("the engine must not start") };
        let error = run_on(&arguments, start, &mut screen, &answers).expect_err("it cannot run");
        screens.insert(name, error.to_string());
    }
    assert!(screens["missing"].contains("hint: check the path"), "{screens:?}");
    assert!(
        screens["unwritable"].contains("hint: name a file in a folder"),
        "{screens:?}"
    );
    let arguments = RunArguments {
        notebook: path,
        output: None,
        engine: EngineArgument::default(),
    };
    let mut screen = Screen::new(Vec::new(), Vec::new(), None);
    let broken = || -> Result<Box<dyn Engine>, String> { Err("no compiler\nhint: install Rust".to_string()) };
    let error = run_on(&arguments, broken, &mut screen, &answers).expect_err("it cannot run");
    assert_eq!(error.to_string(), "no compiler\nhint: install Rust");
}
