//! `hebb warm` and `hebb cache` as programs: what they say, and many of them at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hebb_kernel::engine::rustc::cache::{Folder, Places, total};
use hebb_kernel::layout::Layout;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::session::{Session, layout};

/// A folder in which everything of a test lies.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    folder
}

/// `hebb` in `folder`, with the user's cache in `folder/own`.
fn hebb(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebb"));
    command
        .args(arguments)
        .current_dir(folder.path())
        .env("HEBB_CACHE", folder.path().join("own"))
        // What a killed program leaves behind goes with the folder.
        .env("TMPDIR", folder.path())
        .env_remove("HEBB_CACHE_PATH");
    command
}

/// What a program wrote to both its outputs, and its exit status.
fn said(folder: &TempDir, output: Output) -> String {
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("UTF-8"));
    let [out, errors] = text.map(|text| text.replace(&folder.path().display().to_string(), "DIR"));
    format!("{out}{errors}exit {}", output.status.code().expect("no signal"))
}

fn run(folder: &TempDir, arguments: &[&str]) -> String {
    let output = hebb(folder, arguments).output();
    said(folder, output.expect("the program starts"))
}

fn write(folder: &TempDir, path: &str, language: &str, cells: &[&str]) {
    let cells: Vec<Value> = cells
        .iter()
        .map(|cell| json!({ "cell_type": "code", "source": cell, "metadata": {}, "outputs": [] }))
        .collect();
    let notebook = json!({ "nbformat": 4, "nbformat_minor": 5, "cells": cells,
        "metadata": { "kernelspec": { "name": "k", "display_name": "k", "language": language } } });
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, notebook.to_string()).expect("a file");
}

/// A session that can only find, in `root`.
fn only_finding(root: PathBuf) -> Session {
    let layout = Layout {
        rustc: "/bin/false".into(),
        ..layout()
    };
    let places = Places {
        listed: vec![Folder::listed(&root)],
        own: None,
    };
    Session::start(layout, places)
}

#[test]
fn each_notebook_is_told_and_a_failing_one_keeps_no_other_from_running() {
    let folder = folder();
    write(&folder, "course/1.ipynb", "rust", &["let a = 1;", "a + 1", "  "]);
    write(
        &folder,
        "course/2.ipynb",
        "rust",
        &["fn f( {", "1", "panic!(\"no\")", "a", "1 + 2"],
    );
    write(&folder, "course/3.ipynb", "python", &["import os"]);
    write(
        &folder,
        "course/more/4.ipynb",
        "rust",
        &["std::fs::read_to_string(\"data.txt\")?"],
    );
    fs::write(folder.path().join("course/more/data.txt"), "text").expect("a file");
    fs::write(folder.path().join("course/5.ipynb"), "{").expect("a file");
    let warm = ["warm", "course", "--cache", "shared"];
    let first = run(&folder, &warm);
    let size = first
        .split_once("found; ")
        .and_then(|(_, rest)| rest.split_once(" in "));
    let (size, _) = size.expect("the size stands there");
    insta::assert_snapshot!(first.replace(size, "SIZE"), @"
    course/1.ipynb: 2 cells compiled, 0 found
    course/2.ipynb: 3 cells compiled, 0 found
    course/3.ipynb: skipped: a notebook for python
    course/more/4.ipynb: 1 cell compiled, 0 found
    5 notebooks: 6 cells compiled, 0 found; SIZE in DIR/shared/cells
    hebb: course/2.ipynb: In [1] failed (and 2 more): CompileError: this file contains an unclosed delimiter
    hebb: DIR/course/5.ipynb: not JSON: EOF while parsing an object at line 1 column 1
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    exit 1
    ");
    let again = run(&folder, &warm);
    insta::assert_snapshot!(again.replace(size, "SIZE"), @"
    course/1.ipynb: 0 cells compiled, 2 found
    course/2.ipynb: 0 cells compiled, 3 found
    course/3.ipynb: skipped: a notebook for python
    course/more/4.ipynb: 0 cells compiled, 1 found
    5 notebooks: 0 cells compiled, 6 found; SIZE in DIR/shared/cells
    hebb: course/2.ipynb: In [1] failed (and 2 more): CompileError: this file contains an unclosed delimiter
    hebb: DIR/course/5.ipynb: not JSON: EOF while parsing an object at line 1 column 1
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    exit 1
    ");
    assert_eq!(
        run(&folder, &["cache"]),
        "Compiled cells of your own:\n  DIR/own/cells: none yet\nexit 0"
    );
    let mut session = only_finding(folder.path().join("shared"));
    assert_eq!(session.run("let a = 1;"), "");
    assert_eq!(session.run("a + 1"), "=> 2");
    let unknown = session.run("a + 2");
    assert!(unknown.contains("the compiler failed"), "{unknown}");
}

#[test]
fn what_cannot_be_warmed_is_told_before_anything_runs() {
    let folder = folder();
    write(&folder, "course/1.ipynb", "rust", &["1"]);
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    fs::create_dir_all(folder.path().join("open/cells")).expect("a folder");
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(folder.path().join("open/cells"), open).expect("permissions");
    insta::assert_snapshot!(run(&folder, &["warm", "empty"]), @"
    hebb: no notebooks in empty
    hint: a notebook is a file that Jupyter saved, with the ending .ipynb
    exit 2
    ");
    insta::assert_snapshot!(run(&folder, &["warm", "none"]), @"
    hebb: none: No such file or directory (os error 2)
    hint: name the folder with the notebooks
    exit 2
    ");
    insta::assert_snapshot!(run(&folder, &["warm", "course", "--cache", "course/1.ipynb"]), @"
    hebb: DIR/course/1.ipynb/cells: Not a directory (os error 20)
    hint: name a directory that you may write to with --cache
    exit 2
    ");
    insta::assert_snapshot!(run(&folder, &["warm", "course", "--cache", "open"]), @"
    hebb: DIR/open/cells cannot be used: others may write to DIR/open/cells (mode 0777)
    hint: chmod go-w DIR/open/cells
    exit 2
    ");
}

#[test]
fn the_cache_is_shown_limited_and_cleared() {
    let folder = folder();
    write(&folder, "1.ipynb", "rust", &["1 + 1", "println!(\"two\")"]);
    insta::assert_snapshot!(run(&folder, &["cache", "clear"]), @"
    Removed nothing: there is none yet
    exit 0
    ");
    let ran = hebb(&folder, &["run", "1.ipynb"]).output().expect("it starts");
    assert!(ran.status.success() && ran.stderr.is_empty());
    fs::create_dir(folder.path().join("open")).expect("a folder");
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(folder.path().join("open"), open).expect("permissions");
    let listed = ["own", "open", "none"].map(|name| folder.path().join(name));
    let shown = hebb(&folder, &["cache"])
        .env("HEBB_CACHE_PATH", std::env::join_paths(listed).expect("paths"))
        .output();
    let shown = said(&folder, shown.expect("it starts"));
    let size = shown
        .split_once("2 entries, ")
        .and_then(|(_, rest)| rest.split_once(" of"));
    let (size, _) = size.expect("the size stands there");
    insta::assert_snapshot!(shown.replace(size, "SIZE"), @"
    Compiled cells of your own:
      DIR/own/cells: 2 entries, SIZE of at most 512 MB
    Looked for before these, as HEBB_CACHE_PATH says:
      DIR/own/cells: 2 entries, SIZE
      DIR/open/cells: not used: others may write to DIR/open (mode 0777)
      hint: chmod go-w DIR/open
      DIR/none/cells: none yet
    exit 0
    ");
    insta::assert_snapshot!(run(&folder, &["cache", "limit", "200 mb"]).replace(size, "SIZE"), @"
    At most 200 MB from now on; there are 2 entries, SIZE
    exit 0
    ");
    insta::assert_snapshot!(run(&folder, &["cache", "limit", "lots"]), @"
    error: invalid value 'lots' for '<SIZE>': `lots` is no size
    hint: write a number with a unit: 200MB, 1.5GB, 0 to keep nothing

    For more information, try '--help'.
    exit 2
    ");
    insta::assert_snapshot!(run(&folder, &["cache", "clear"]).replace(size, "SIZE"), @"
    Removed 2 entries, SIZE
    exit 0
    ");
    insta::assert_snapshot!(run(&folder, &["cache"]), @"
    Compiled cells of your own:
      DIR/own/cells: 0 entries, 0 B of at most 200 MB
    exit 0
    ");
    insta::assert_snapshot!(run(&folder, &["cache", "limit", "0"]), @"
    At most 0 B from now on; there are 0 entries, 0 B
    exit 0
    ");
    let ran = hebb(&folder, &["run", "1.ipynb"]).output().expect("it starts");
    assert!(ran.status.success() && ran.stderr.is_empty());
    insta::assert_snapshot!(run(&folder, &["cache"]), @"
    Compiled cells of your own:
      DIR/own/cells: 0 entries, 0 B of at most 0 B
    exit 0
    ");
}

#[test]
fn a_session_keeps_to_the_limit() {
    let folder = folder();
    let cells: Vec<String> = (0..12).map(|number| format!("println!(\"{number}\")")).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    write(&folder, "1.ipynb", "rust", &cells);
    let own = Folder::own(&folder.path().join("own"));
    own.set_limit(20_000).expect("it can be written");
    let ran = hebb(&folder, &["run", "1.ipynb"]).output().expect("it starts");
    assert!(ran.status.success() && ran.stderr.is_empty());
    let left = own.contents().expect("a directory").entries;
    assert!(!left.is_empty() && left.len() < cells.len(), "{left:?}");
    assert!(total(&left) <= 20_000, "{left:?}");
}

#[test]
fn many_fill_one_directory_at_once() {
    let folder = folder();
    let cells: Vec<String> = (0..6)
        .map(|number| format!("let v{number} = vec![{number}; 3]; v{number}.len()"))
        .collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    write(&folder, "course/1.ipynb", "rust", &cells);
    let all: Vec<_> = (0..5)
        .map(|_| {
            hebb(&folder, &["warm", "course", "--cache", "shared"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("it starts")
        })
        .collect();
    for one in all {
        let output = one.wait_with_output().expect("it ends");
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{}",
            said(&folder, output)
        );
    }
    let entries = fs::read_dir(folder.path().join("shared/cells")).expect("a folder");
    assert_eq!(entries.count(), cells.len(), "nothing is left behind");
    let mut session = only_finding(folder.path().join("shared"));
    for cell in cells {
        assert_eq!(session.run(cell), "=> 3");
    }
}

#[test]
fn a_full_disk_costs_nothing_but_time() {
    let folder = folder();
    let cells: Vec<String> = (0..8).map(|number| format!("println!(\"{number}\")")).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    write(&folder, "1.ipynb", "rust", &cells);
    fs::create_dir(folder.path().join("own")).expect("a folder");
    // A disk of the program's own, with room for two or three cells.
    let mounted = |script: &str| {
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-ec"])
            .arg(format!("mount -t tmpfs -o size=16k none own; {script}"))
            .args(["sh", env!("CARGO_BIN_EXE_hebb")])
            .current_dir(folder.path())
            .env("HEBB_CACHE", folder.path().join("own"));
        command.output().expect("unshare is part of every Linux")
    };
    let allowed = mounted("true").status.success();
    // Where nobody may mount anything, the directory is one that cannot be written at all.
    let output = match allowed {
        true => mounted("\"$1\" run 1.ipynb; ls -A own/cells; \"$1\" run 1.ipynb"),
        false => {
            let own = "/proc/self/cells";
            let ran = hebb(&folder, &["run", "1.ipynb"]).env("HEBB_CACHE", own).output();
            ran.expect("it starts")
        }
    };
    let text = said(&folder, output);
    let runs = if allowed { 2 } else { 1 };
    for number in 0..8 {
        assert_eq!(text.matches(&format!("\n{number}\n")).count(), runs, "{text}");
    }
    assert!(text.ends_with("exit 0") && !text.contains("hebb:"), "{text}");
    let kept = text.lines().filter(|line| line.len() == 64).count();
    assert!(!allowed || (1..8).contains(&kept), "{text}");
    assert!(!text.contains(".new-"), "{text}");
}

#[test]
fn a_program_that_is_killed_leaves_no_half_entry() {
    let folder = folder();
    let cells: Vec<String> = (0..40).map(|number| format!("let a = {number};")).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    write(&folder, "1.ipynb", "rust", &cells);
    let own = Folder::own(&folder.path().join("own"));
    let mut program = hebb(&folder, &["run", "1.ipynb"])
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    while own.contents().map_or(0, |contents| contents.entries.len()) < 3 {
        assert!(program.try_wait().expect("it can be asked").is_none(), "it ended");
        std::thread::yield_now();
    }
    program.kill().expect("it is there");
    program.wait().expect("it ends");
    let found = own.contents().expect("a directory").entries.len();
    let mut session = Session::start(
        Layout {
            rustc: "/bin/false".into(),
            ..layout()
        },
        Places {
            own: Some(own),
            listed: Vec::new(),
        },
    );
    let counts = hebb_kernel::engine::rustc::RustcEngine::counts(&session.engine);
    for cell in &cells[..found] {
        assert_eq!(session.run(cell), "");
    }
    assert_eq!(counts.found() as usize, found);
}

#[test]
fn the_variable_names_the_directories_that_a_program_reads() {
    let folder = folder();
    write(&folder, "1.ipynb", "rust", &["6 * 7"]);
    assert!(run(&folder, &["warm", "1.ipynb", "--cache", "shared"]).ends_with("exit 0"));
    let listed = std::env::join_paths([Path::new("/nowhere"), &folder.path().join("shared")]).expect("paths");
    let ran = hebb(&folder, &["warm", "1.ipynb"])
        .env("HEBB_CACHE_PATH", listed)
        .output();
    let text = said(&folder, ran.expect("it starts"));
    assert!(text.starts_with("1.ipynb: 0 cells compiled, 1 found\n"), "{text}");
}
