//! Cells that fail: what the person reads, and that the session goes on.

use crate::session::{Session, check, plain};

#[test]
fn a_value_is_shown_although_its_error_has_no_text() {
    check(&[
        (
            "#[derive(Debug)] struct Bad; fn f() -> Result<i32, Bad> { Ok(5) }",
            "",
        ),
        ("f()?", "=> 5"),
    ]);
}

#[test]
fn compile_errors_stand_in_the_persons_own_lines() {
    let mut session = Session::new();
    insta::assert_snapshot!(session.run("let é = 5;\nlet 名 = \"日本\"; let y: String = é;"), @r#"
    error[E0308]: mismatched types
     --> In [1]:2:31
      |
    2 | let 名 = "日本"; let y: String = é;
      |                         ------   ^ expected `String`, found integer
      |                         |
      |                         expected due to this
      |
    hint: `.to_string()` writes a number as text
      |
    2 | let 名 = "日本"; let y: String = é.to_string();
      |                                   ++++++++++++
    "#);
    insta::assert_snapshot!(session.run("let a ="), @"
    error: expected expression, found the end of the cell
     --> In [2]:1:8
      |
    1 | let a =
      |        ^ expected expression
    hint: a value is missing behind `=`
    ");
    insta::assert_snapshot!(session.run("fn area(r: f64) -> f64 { 3.14 * r"), @"
    error: this file contains an unclosed delimiter
     --> In [3]:1:34
      |
    1 | fn area(r: f64) -> f64 { 3.14 * r
      |                        -         ^
      |                        |
      |                        unclosed delimiter
    hint: every `(`, `[` and `{` needs its partner
    ");
    insta::assert_snapshot!(session.run("let a = 1 }"), @"
    error: unexpected closing delimiter: `}`
     --> In [4]:1:11
      |
    1 | let a = 1 }
      |           ^ unexpected closing delimiter
    hint: every `(`, `[` and `{` needs its partner
    ");
    insta::assert_snapshot!(session.run("let w = vec![1]; drop(w); println!(\"{:?}\", w);"), @r#"
    error[E0382]: borrow of moved value: `w`
     --> In [5]:1:44
      |
    1 | let w = vec![1]; drop(w); println!("{:?}", w);
      |     -                 -                    ^ value borrowed here after move
      |     |                 |
      |     |                 value moved here
      |     a `Vec<i32>`, which moves when it is given away
      |
    hint: a value has one owner: lend it with `&w`, or give a copy with `w.clone()`
      |
    1 | let w = vec![1]; drop(w.clone()); println!("{:?}", w);
      |                        ++++++++
    "#);
    assert_eq!(session.run("1 + 1"), "=> 2");
}

#[test]
fn many_errors_are_counted() {
    let mut session = Session::new();
    let code: String = (0..8).map(|i| format!("let a{i}: i32 = \"\";\n")).collect();
    let (_, result) = session.outcome(&code, &[]);
    let error = result.unwrap_err();
    assert_eq!(
        (error.name.as_str(), error.value.as_str()),
        ("CompileError", "mismatched types")
    );
    let text = plain(&error.traceback.join("\n"));
    assert_eq!(text.matches("error[E0308]").count(), 3);
    assert!(text.ends_with("... and 5 more"), "{text}");
}

#[test]
fn one_mistake_is_one_error() {
    let mut session = Session::new();
    assert_eq!(session.run("let n = 3; let x = 2.0_f32;"), "");
    for code in [
        "y = 5;\ny + 1",
        "let t: str = \"a\";",
        "(n as f64).sqrt() * x",
        "Tensor::zeros(2, 3)",
    ] {
        let shown = session.run(code);
        assert_eq!(shown.matches("error").count(), 1, "{shown}");
    }
    // What stands above comes first, whatever the compiler looks at first.
    let shown = session.run("let a: i32 = \"\";\nlet b = (1, 2).2;\nlet c: String = 3;");
    let lines: Vec<&str> = shown.lines().filter(|line| line.starts_with(" --> ")).collect();
    assert_eq!(
        lines,
        [" --> In [6]:1:14", " --> In [6]:2:16", " --> In [6]:3:17"],
        "{shown}"
    );
}

#[test]
fn an_error_in_an_earlier_item_names_its_cell() {
    let mut session = Session::new();
    assert_eq!(
        session.run("fn area(r: f64) -> f64 { scale() * r }\nfn scale() -> f64 { 2.0 }"),
        ""
    );
    insta::assert_snapshot!(session.run("fn scale() -> i32 { 2 }\narea(1.0)"), @"
    error[E0277]: cannot multiply `i32` by `f64`
     --> In [1]:1:34
      |
    1 | fn area(r: f64) -> f64 { scale() * r }
      |                                  ^ no implementation for `i32 * f64`
    hint: whole numbers and numbers with a point do not mix: convert one, `scale() as f64`
    ");
    assert_eq!(session.run("area(1.0)"), "=> 2.0");
}

#[test]
fn panics_point_at_the_line() {
    let mut session = Session::new();
    assert_eq!(
        session.run("fn fail(i: usize) -> i32 {\n    let v = vec![1];\n    v[i]\n}"),
        ""
    );
    insta::assert_snapshot!(session.run("println!(\"before\");\nfail(4)"), @"
    before
    Panic: index out of bounds: the len is 1 but the index is 4
     --> In [1]:3:6
      |
    3 |     v[i]
      |      ^^^
    hint: counting starts at 0: the last index here is 0
    ");
    let (_, result) = session.outcome("None::<i32>.expect(\"a number\")", &[]);
    let error = result.unwrap_err();
    assert_eq!((error.name.as_str(), error.value.as_str()), ("Panic", "a number"));
    // The place of the last expression as a whole, which the engine puts into parentheses.
    insta::assert_snapshot!(session.run("Tensor::zeros([2]) + Tensor::zeros([3])"), @"
    Panic: +: shapes [2] and [3] do not fit together
     --> In [4]:1:1
      |
    1 | Tensor::zeros([2]) + Tensor::zeros([3])
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: counted from the right, sizes must be equal or one of them 1
    ");
    let overflow = session.run("let big = vec![u8::MAX]; big[0] + 1");
    assert!(
        overflow.starts_with("Panic: attempt to add with overflow"),
        "{overflow}"
    );
}

#[test]
fn a_failed_question_mark_shows_the_error_and_its_causes() {
    let mut session = Session::new();
    insta::assert_snapshot!(session.run("let n: i32 = \"é\".parse()?;"), @r#"
    Error: invalid digit found in string
     --> In [1]:1:14
      |
    1 | let n: i32 = "é".parse()?;
      |              ^^^^^^^^^^^^
    hint: the text is no whole number: a space, a point or a letter is in it. `.trim()` takes spaces away
    "#);
    insta::assert_snapshot!(session.run("#[derive(Debug)] enum Bad { No }\nErr(Bad::No)?;"), @"
    Error: No
     --> In [2]:2:1
      |
    2 | Err(Bad::No)?;
      | ^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(session.run("let z = Some(1)?;"), @r#"
    error[E0277]: the `?` operator at the top of a cell works on a `Result`, and this is an `Option`
     --> In [3]:1:16
      |
    1 | let z = Some(1)?;
      |                ^
    hint: turn a missing value into an error first: `.ok_or("what is missing")?`
    "#);
    assert_eq!(session.run("let n: i32 = \"7\".parse()?; n"), "=> 7");
}

#[test]
fn threads_and_printed_places_name_the_cell() {
    let mut session = Session::new();
    assert_eq!(
        session.run("std::thread::spawn(|| 5).join().is_ok_and(|x| x == 5)"),
        "=> true"
    );
    assert_eq!(
        session.run(
            "std::thread::Builder::new().name(\"w\".into()).spawn(|| panic!(\"boom\"))?.join().is_err()"
        ),
        "note: a thread (w) panicked at In [2]:1:55: boom\n=> true"
    );
    assert_eq!(session.run("  dbg!(1 + 1);"), "[stderr] [In [3]:1:3] 1 + 1 = 2");
}

#[test]
fn a_process_that_ends_costs_nothing() {
    let mut session = Session::new();
    assert_eq!(session.run("let x = 1; fn f() -> i32 { 2 }"), "");
    assert_eq!(
        session.run("let x = 5; std::process::exit(3)"),
        "ProcessEnded: the cell's process ended: exit(3); all variables are as they were before it"
    );
    assert_eq!(session.run("x + f()"), "=> 3");
}

#[test]
fn a_failed_cell_leaves_items_uses_and_settings_alone() {
    let mut session = Session::new();
    let good = "use std::fmt::Write; #[derive(Debug)] struct P(i32); fn f() -> i32 { 1 } const N: i32 = 4; let p = P(1);";
    assert_eq!(session.run(good), "");
    for end in [
        "panic!()",
        "std::process::exit(0)",
        "let wrong: i32 = ();",
        "\"x\".parse::<i32>()?;",
    ] {
        let bad = format!(
            ":timing\nuse std::io::Write; struct P; fn f() -> &'static str {{ \"\" }} const N: u8 = 0; let p = 3; {end}"
        );
        assert!(session.outcome(&bad, &[]).1.is_err(), "{end}");
        assert_eq!(
            session.run("let mut text = String::new(); write!(text, \"{p:?} {} {N}\", f() + p.0)?; text"),
            "=> \"P(1) 2 4\"",
            "{end}"
        );
    }
    // A command that is none is refused before anything has happened.
    let unknown = session.run("let p = 5;\n:vasr");
    assert!(
        unknown.starts_with("CommandError: there is no command `:vasr`"),
        "{unknown}"
    );
    assert_eq!(session.run("p"), "=> P(1)");
    assert_eq!(
        session.run("let p = 6;\n:doc nothing_of_this_name"),
        "note: nothing is known about `nothing_of_this_name`\nhint: the name must be in scope here; for a method write `Type::method`"
    );
    assert_eq!(session.run("p"), "=> 6");
}

#[test]
fn without_a_snapshot_it_is_said_once_what_that_means() {
    let mut session = Session::new();
    assert_eq!(
        session.run("let x = vec![1]; let y = 2; std::thread::spawn(|| loop { std::thread::park() });"),
        ""
    );
    insta::assert_snapshot!(session.run("y"), @"
    note: a thread that an earlier cell started is still running, so there was no snapshot to go back to: had this cell crashed, all variables would be gone (said once)
    => 2
    ");
    insta::assert_snapshot!(session.run("drop(x); panic!(\"after\")"), @r#"
    Panic: after
     --> In [3]:1:10
      |
    1 | drop(x); panic!("after")
      |          ^^^^^^^^^^^^^^^
    note: gone with the cell, because it takes it: `x`
    "#);
    assert_eq!(session.run("y"), "=> 2");
    assert_eq!(
        session.run("std::process::abort()"),
        "ProcessEnded: the cell's process ended: abort (signal 6); all variables are gone"
    );
    let gone = session.run("y");
    assert!(
        gone.ends_with("hint: `y` was lost when the process that held it ended"),
        "{gone}"
    );
}

#[test]
fn odd_cells_do_no_harm() {
    let mut session = Session::new();
    let deep = format!("{}1{}", "(".repeat(20_000), ")".repeat(20_000));
    assert!(session.outcome(&deep, &[]).1.is_err());
    let long: String = (0..20_000)
        .map(|i| format!("// words é {i}\n"))
        .collect::<String>()
        + "let x = 3; x";
    assert_eq!(session.run(&long), "=> 3");
    assert!(session.run("\0").contains("error"));
    assert!(session.run("#!/bin/sh").contains("error"));
    assert_eq!(session.run("\u{feff}let y = x;\r\ny\r\n"), "=> 3");
    assert_eq!(session.run("let r#type = 1; r#type"), "=> 1");
}

#[test]
fn optimised_cells_check_what_the_others_check() {
    let mut session = Session::new();
    for (code, said) in [
        (
            "let mut x = 250u8;\nfor _ in 0..9 { x += 1 }",
            "attempt to add with overflow",
        ),
        (
            "for i in 0..3 { debug_assert!(i < 2, \"{i} is too much\") }",
            "2 is too much",
        ),
        (
            "let v = [1, 2];\n(0..3).map(|i| v[i]).sum::<i32>()",
            "index out of bounds",
        ),
    ] {
        let shown = session.run(code);
        assert!(shown.contains(said), "{code}: {shown}");
    }
    assert_eq!(session.run("loop { break cfg!(debug_assertions) }"), "=> true");
    assert_eq!(session.run("cfg!(debug_assertions)"), "=> true");
}

#[test]
fn a_cell_that_is_too_deep_for_any_parser_is_told_so() {
    let mut session = Session::new();
    session.run("let kept = 7;");
    let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    // One is too deep for the compiler only, one for everything.
    for code in [nested(5_000), nested(1_000_000)] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(session.run(&code), @"
            CompileError: this cell is nested too deeply for the compiler
            hint: give its parts names with `let`, or put the data into a list
            ");
        }
    }
    assert_eq!(session.run("kept"), "=> 7");
}
