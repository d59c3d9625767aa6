//! The project's files; that it compiles and runs is tested from outside.

use super::*;

fn arguments(notebook: PathBuf, output: PathBuf) -> ScriptArguments {
    ScriptArguments {
        notebook,
        output: Some(output),
        sources: layout::sources(),
    }
}

fn notebook(folder: &Path, cells: &str) -> PathBuf {
    let path = folder.join("05b Mnist!.ipynb");
    fs::write(
        &path,
        format!("{{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {{}}, \"cells\": [{cells}]}}"),
    )
    .unwrap();
    path
}

#[test]
fn names_are_what_cargo_takes() {
    let rows = [
        ("05b-mnist", "notebook-05b-mnist"),
        ("Übung 1 (neu)", "notebook--bung-1--neu"),
        ("", "notebook"),
        ("fn", "notebook-fn"),
    ];
    for (notebook, name) in rows {
        assert_eq!(package_name(notebook), name);
    }
}

#[test]
fn an_empty_notebook_becomes_an_empty_program_and_a_second_run_replaces_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    script(&arguments(notebook(folder.path(), ""), out.clone())).unwrap();
    let first = fs::read_to_string(out.join("src/main.rs")).unwrap();
    insta::assert_snapshot!(first, @r#"
    //! The code of 05b Mnist!.ipynb as a program without Jupyter. Written by `hebb script`.

    // Cells are written to be read one by one: much here is unused or hidden by what follows.
    #![allow(warnings, text_direction_codepoint_in_comment, text_direction_codepoint_in_literal)]

    use ::hebb_batch::prelude::*;

    fn main() -> ::std::process::ExitCode {
        ::hebb_batch::run("notebook-05b-mnist-figures", notebook)
    }

    fn notebook() -> ::std::result::Result<(), ::hebb_batch::Failure> {

    ::std::result::Result::Ok(())
    }
    "#);
    let cell = r#"{"cell_type": "code", "source": ":dep rand = \"0.9\"\n1 + 1"}"#;
    script(&arguments(notebook(folder.path(), cell), out.clone())).unwrap();
    let second = fs::read_to_string(out.join("src/main.rs")).unwrap();
    assert!(second.contains("::hebb_batch::show!(1 + 1);"), "{second}");
    let manifest = fs::read_to_string(out.join("Cargo.toml")).unwrap();
    let sources = fs::canonicalize(layout::sources()).unwrap();
    insta::assert_snapshot!(manifest.replace(&*sources.to_string_lossy(), "SOURCES"), @r#"
    # Written by `hebb script`; the next run writes it anew.
    [package]
    name = "notebook-05b-mnist"
    version = "0.0.0"
    edition = "2024"
    publish = false

    [dependencies]
    hebb-batch = { path = "SOURCES/kernel/batch" }
    rand = "0.9"

    # As in a notebook: its code is checked for overflow, the libraries are as fast as they can be.
    [profile.release]
    overflow-checks = true

    [profile.release.package."*"]
    overflow-checks = false

    [profile.dev.package."*"]
    opt-level = 3

    [workspace]
    "#);
    assert!(out.join("Cargo.lock").is_file());
}

#[test]
fn each_mistake_has_one_clear_error_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let out = path.join("out");
    let said = |arguments: &ScriptArguments| {
        let error = script(arguments).expect_err("there is no project").to_string();
        error.replace(&path.display().to_string(), "FOLDER")
    };
    let broken = r#"{"cell_type": "markdown", "source": "a"}, {"cell_type": "code", "source": "let x = ;"}"#;
    insta::assert_snapshot!(said(&arguments(notebook(path, broken), out.clone())), @"
    FOLDER/05b Mnist!.ipynb: cell 1, line 1, column 9: expected an expression
    hint: run the cell in Jupyter until it works, save, and try again
    ");
    let good = notebook(path, r#"{"cell_type": "code", "source": "1"}"#);
    let elsewhere = ScriptArguments {
        sources: path.join("none"),
        ..arguments(good.clone(), out.clone())
    };
    insta::assert_snapshot!(said(&elsewhere), @"
    FOLDER/none: no sources of Hebb: kernel/batch is missing
    hint: name the folder from which Hebb was built with --sources DIR
    ");
    assert!(!out.exists());
    fs::create_dir(&out).unwrap();
    fs::write(out.join("Cargo.toml"), "[package]").unwrap();
    insta::assert_snapshot!(said(&arguments(good.clone(), out.clone())), @"
    FOLDER/out: is there and was not written by `hebb script`
    hint: name another folder with -o DIR
    ");
    insta::assert_snapshot!(said(&arguments(good.clone(), good.clone())), @"
    FOLDER/05b Mnist!.ipynb: is there and was not written by `hebb script`
    hint: name another folder with -o DIR
    ");
    insta::assert_snapshot!(said(&arguments(path.join("none.ipynb"), out)), @"
    FOLDER/none.ipynb: No such file or directory (os error 2)
    hint: check the path; notebooks end in .ipynb
    ");
    let nowhere = good.join("inside");
    assert!(said(&arguments(good, nowhere)).contains("hint: name another folder"));
}
