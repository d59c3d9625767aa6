//! What people write who come from Python, or who meet Rust for the first time: the hint under the compiler's words.

use crate::session::Session;

/// The last line of what a cell shows.
fn hint(session: &mut Session, code: &str) -> String {
    let shown = session.run(code);
    shown.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn habits_of_python_have_a_hint() {
    let mut session = Session::new();
    let rows = [
        (
            "import numpy as np",
            "hint: a name is brought in by `use`: `use std::collections::HashMap;`",
        ),
        (
            "from math import pi",
            "hint: a name is brought in by `use`: `use std::collections::HashMap;`",
        ),
        (
            "def f(x):\n    return x",
            "hint: a function is written `fn name(x: f32) -> f32 { ... }`",
        ),
        (
            "class Dog:\n    pass",
            "hint: a type is written `struct Name { field: f32 }`, its methods `impl Name { ... }`",
        ),
        (
            "for i in range(10):\n    print(i)",
            "hint: what belongs together stands in braces, without a colon: `for i in 0..3 { ... }`",
        ),
        (
            "if 1 < 2:\n    println!(\"\")",
            "hint: what belongs together stands in braces, without a colon: `for i in 0..3 { ... }`",
        ),
        ("for i in range(3) { }", "hint: `0..3` counts 0, 1, 2"),
        (
            "print(5)",
            "hint: `println!(\"{x}\")` prints the variable `x`, `println!(\"{}\", 1 + 2)` any value",
        ),
        ("# a comment", "hint: a comment starts with `//`"),
        ("let a = 3 # three", "hint: a comment starts with `//`"),
        (
            "let a = not true;",
            "hint: `!` turns true and false around: `!ready`",
        ),
        (
            "let f = lambda x: x + 1",
            "hint: a closure is written `|x| x + 1`",
        ),
        (
            "2.0 ** 2",
            "hint: Rust has no `**`: powers are methods, `x.powi(2)` or `x.powf(0.5)`",
        ),
        (
            "f\"value {x}\"",
            "hint: variables stand in text by `format!(\"{x}\")`, and in `println!(\"{x}\")`",
        ),
        (
            "[v * 2 for v in [1, 2]]",
            "hint: a list is made from another by `.map`: `list.iter().map(|x| x * 2).collect::<Vec<_>>()`",
        ),
        (
            "let v = vec![1]; v[0, 0]",
            "hint: `[ ]` takes one index: what has several axes has a method, such as `.at([0, 1])`",
        ),
        (
            "let n = int(3.5);",
            "hint: `x as i64` makes a number whole, `text.parse::<i64>()?` reads one",
        ),
        (
            "let n = null;",
            "hint: a value that may be missing is an `Option`: `None` or `Some(value)`",
        ),
        (
            "fn f(rate: f32) {} f(rate = 0.1)",
            "hint: Rust has no named arguments: give the values alone, in their order",
        ),
        (
            "for i in 10 { }",
            "hint: a list stands in brackets, also a list of one: `[2, 3]`, `[2]`; `0..3` counts",
        ),
        (
            "use rand::Rng;",
            "hint: `:dep NAME = \"VERSION\"` on a line of its own brings in a crate from crates.io",
        ),
    ];
    for (code, expected) in rows {
        assert_eq!(hint(&mut session, code), expected, "{code}");
    }
}

#[test]
fn first_steps_have_a_hint() {
    let mut session = Session::new();
    assert_eq!(session.run("struct Grid; let grid = Grid; let v = vec![1];"), "");
    let rows = [
        (
            "grid[0]",
            "hint: this type has no `[ ]`: look for a method, such as `.at([0, 1])`",
        ),
        (
            "grid > 1.0",
            "hint: compare numbers: many types give theirs by a method, such as `.item()` or `.len()`",
        ),
        (
            "let n: f32 = grid;",
            "hint: many types give a number by a method, such as `.item()` or `.len()`",
        ),
        ("v.push(2);", "hint: write `let mut v` where the variable is made"),
        (
            "let a = [1]; a.push(2)",
            "hint: an array keeps its length: `let mut list = vec![1, 2]` can grow, by `list.push(3)`",
        ),
        (
            "2 * 1.5",
            "hint: whole numbers and numbers with a point do not mix: write `2.0` for `2`, or convert with `x as f32`",
        ),
        (
            "return 5",
            "hint: a cell is no function, so `return` has nowhere to go: put the code into a `fn`",
        ),
        (
            "if v.is_empty() { return; }",
            "hint: a cell is no function, so `return` has nowhere to go: put the code into a `fn`",
        ),
        (
            "let m = HashMap::new();",
            "hint: bring it in first: `use std::collections::HashMap;`",
        ),
        (
            "fn f(rate: f32) {}\nlet rate = 0.1; let r: f64 = rate; f(r)",
            "hint: a number with a point is an `f64` unless it is told: `let rate: f32 = 0.1;`, or convert with `rate as f32`",
        ),
        (
            "let i = 1_i32; v[i]",
            "hint: an index is a `usize`: `list[i as usize]`",
        ),
        (
            "vec![1.5].sort();",
            "hint: numbers with a point compare by `total_cmp`: `v.sort_by(f32::total_cmp)`, `v.iter().max_by(|a, b| a.total_cmp(b))`",
        ),
        (
            "let n = 5; n.sqrt()",
            "hint: write `2.0` for `2`: whole numbers lack this method",
        ),
        ("fn f() { let a = 5 }", "hint: a statement ends with `;`"),
        (
            "fn g(v: &Vec<i32>) {}\ng(vec![1])",
            "hint: a value is lent with `&` in front",
        ),
        (
            "fn g(r: std::ops::Range<usize>) {}\ng(1)",
            "hint: a range is written `0..3`: from 0 up to 2",
        ),
        ("softer(v)", "hint: if it is a method, write `v.softer()`"),
        ("break;", "hint: `break` and `continue` work inside a loop"),
    ];
    for (code, expected) in rows {
        assert_eq!(hint(&mut session, code), expected, "{code}");
    }
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
    help: if you meant to write a string literal, use double quotes
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
