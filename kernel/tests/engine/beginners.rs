//! What people write who come from Python, or who meet Rust for the first time: the hint under the compiler's words.

use crate::session::Session;

/// The first hint in what a cell shows.
fn hint(session: &mut Session, code: &str) -> String {
    let shown = session.run(code);
    let mut hints = shown.lines().filter(|line| line.starts_with("hint: "));
    hints.next().unwrap_or_default().to_owned()
}

#[test]
fn a_name_from_a_cell_that_failed_names_that_cell() {
    let mut session = Session::new();
    assert!(
        session
            .run("let data = vec![1]; fn area() {} data[3]")
            .starts_with("Panic")
    );
    for name in ["data", "area()"] {
        let shown = hint(&mut session, name);
        assert!(
            shown.ends_with("would come from In [1], which failed: run that cell again when it is mended"),
            "{shown}"
        );
    }
    assert_eq!(session.run("let data = 2;"), "");
    assert_eq!(session.run("data"), "=> 2");
}

#[test]
fn only_the_first_error_of_a_broken_cell_is_shown() {
    let mut session = Session::new();
    insta::assert_snapshot!(session.run("let s = 'hello';"), @r#"
    error: character literal may only contain one codepoint
     --> In [1]:1:9
      |
    1 | let s = 'hello';
      |         ^^^^^^^
      |
    hint: text stands in double quotes
      |
    1 - let s = 'hello';
    1 + let s = "hello";
      |
    "#);
}

#[test]
fn a_value_that_panics_when_dropped_makes_way() {
    let mut session = Session::new();
    assert_eq!(
        session.run(
            "struct Bomb; impl Drop for Bomb { fn drop(&mut self) { panic!(\"in drop\"); } }\nlet b = Bomb;"
        ),
        ""
    );
    assert_eq!(
        session.run("let b = 3;"),
        "note: a value panicked when it was dropped: in drop"
    );
    assert_eq!(session.run("b"), "=> 3");
}

#[test]
fn nothing_of_the_engine_shows_in_an_error() {
    let mut session = Session::new();
    for code in [
        "vec![]",
        "Default::default()",
        "std::thread::spawn(|| panic!(\"\")).join().unwrap()",
        "Sequential::nothing(1)",
        "return;",
        "break",
    ] {
        let shown = session.run(code);
        for internal in ["hebb", "Rung", "ladder", "::<T>", "Ok(())", "Failure"] {
            assert!(!shown.contains(internal), "{code}: {shown}");
        }
    }
}

#[test]
fn a_closure_that_changes_a_number_changes_that_number() {
    let mut session = Session::new();
    insta::assert_snapshot!(session.run("let mut count = 0;\nlet mut inc = || { count += 1; count };\ninc();\ninc()"), @"
    note: `inc` lives only in this cell: a closure that borrows what it uses cannot outlive it
    hint: write `move |...|`, with a clone of what you still need
    => 2
    ");
    assert_eq!(session.run("count"), "=> 2");
}

#[test]
fn an_unfit_optimizer_loss_or_layer_is_named_plainly() {
    let mut session = Session::new();
    assert_eq!(
        session.run("let mut model = Sequential::new([2]).add(Dense::new(1));"),
        ""
    );
    let shown = session.run("model.compile(\"adam\", \"mse\", []);");
    for expected in [
        "`&str` is no optimizer",
        "for example `Adam::new(1e-3)`",
        "`&str` is no loss",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }
    let shown = session.run("Sequential::new([2]).add(3);");
    assert!(shown.contains("`{integer}` is no layer"), "{shown}");
}

#[test]
fn a_borrow_that_shadows_a_variable_says_that_the_variable_is_back() {
    let mut session = Session::new();
    assert_eq!(session.run("let data = vec![1, 2];"), "");
    let shown = session.run("let data = &data[1..]; data.len()");
    assert!(
        shown.contains("note: the next cell sees the earlier `data`"),
        "{shown}"
    );
    assert_eq!(session.run("data"), "=> [1, 2]");
}
