//! Code that runs but hardly does what was meant: a quiet note under the output.

use crate::session::{Session, check};

#[test]
fn a_note_stands_behind_the_output_and_before_the_result() {
    let mut session = Session::new();
    insta::assert_snapshot!(session.run("\"5\".parse::<i32>();\nprintln!(\"out\");\n2"), @r#"
    out
    note: if this fails, nobody will know: its `Result` is not looked at
     --> In [1]:1:1
      |
    1 | "5".parse::<i32>();
      | ^^^^^^^^^^^^^^^^^^
    hint: write `?` behind it, or `.unwrap()`: then an error stops the cell
    => 2
    "#);
    let rows = [
        (
            "let x = 5; x == 6;\n2",
            "hint: `=` gives a value to a variable: `x = 6;`",
        ),
        ("x + 1;", "hint: without the `;` behind it, the cell shows it"),
        ("x + 1;\n2", "hint: keep it in a variable: `let result = x + 1;`"),
        (
            "x; 2",
            "hint: a cell shows the value of its last line if no `;` follows it",
        ),
        (
            "let s = String::from(\" a\"); s.trim(); 2",
            "hint: keep it in a variable: `let result = s.trim();`",
        ),
        (
            "[1, 2].iter().map(|x| x + 1); 2",
            "hint: go through it with `for`, or gather the values with `.collect::<Vec<_>>()`",
        ),
        (
            "|x: i32| x + 1; 2",
            "hint: give it a name and call it: `let f = |x| x + 1; f(2)`",
        ),
        ("drop(&x); 2", "hint: leave out the `&`"),
        ("let k = 3; --k;\n2", "hint: `x -= 1` takes one away from `x`"),
        (
            "let u: usize = 3; if u >= 0 { }\n2",
            "hint: a number without a sign, such as `usize` or `u8`, is never below 0",
        ),
        ("if f32::NAN == 1.0 { }\n2", "hint: ask with `x.is_nan()`"),
        (
            "for i in Some(3) { assert_eq!(i, 3); }\n2",
            "hint: say so: `if let Some(x) = value { ... }`, or `if let Ok(x) = value { ... }`",
        ),
        (
            "if let y = 3 { assert_eq!(y, 3); }\n2",
            "hint: a plain `let` does the same",
        ),
    ];
    for (code, hint) in rows {
        let shown = session.run(code);
        let lines: Vec<&str> = shown.lines().filter(|line| line.starts_with("hint: ")).collect();
        assert!(shown.starts_with("note: "), "{code}: {shown}");
        assert!(lines.contains(&hint), "{code}: {shown}");
        assert!(
            code.ends_with(';') || shown.ends_with("\n=> 2"),
            "{code}: {shown}"
        );
    }
}

#[test]
fn what_is_never_reached_is_shown_with_what_keeps_it_from_being_reached() {
    let mut session = Session::new();
    insta::assert_snapshot!(session.run("fn g() -> i32 {\n    return 1;\n    println!(\"hi\");\n    2\n}"), @r#"
    note: this is never reached
     --> In [1]:3:5
      |
    2 |     return 1;
      |     -------- this always leaves
    3 |     println!("hi");
      |     ^^^^^^^^^^^^^^
    hint: what stands before it always leaves: move it up, or leave only under an `if`
    "#);
    insta::assert_snapshot!(session.run("match 3 { _ => 1, 5 => 2 }"), @"
    note: this arm is never chosen
     --> In [2]:1:19
      |
    1 | match 3 { _ => 1, 5 => 2 }
      |           -       ^
      |           |
      |           fits every value
    hint: the arms are tried from top to bottom: put the special case above the general one
    => 1
    ");
    insta::assert_snapshot!(session.run("fn f(n: u64) -> u64 { n * f(n - 1) }"), @"
    note: `f` calls itself without end
     --> In [3]:1:1
      |
    1 | fn f(n: u64) -> u64 { n * f(n - 1) }
      | ^^^^^^^^^^^^^^^^^^^       -------- calls itself
    hint: it needs a case in which it gives its answer without calling itself, such as `if n == 0 { return 1; }`
    ");
    insta::assert_snapshot!(session.run("panic!(\"oh\"); println!(\"never\");"), @r#"
    note: this is never reached
     --> In [4]:1:15
      |
    1 | panic!("oh"); println!("never");
      | ------------  ^^^^^^^^^^^^^^^^^
      | |
      | this always leaves
    hint: what stands before it always leaves: move it up, or leave only under an `if`
    Panic: oh
     --> In [4]:1:1
      |
    1 | panic!("oh"); println!("never");
      | ^^^^^^^^^^^^
    "#);
}

#[test]
fn notes_are_about_this_cell_alone_and_said_once() {
    check(&[
        // The next cell may use what this one does not; style is no matter of ours.
        (
            "let a = 3; let mut b = 4; fn unUsed(c: i32) {} use std::fmt::Write; (1)",
            "=> 1",
        ),
        (
            "#[allow(unused_must_use)] fn quiet() { \"5\".parse::<i32>(); }\nquiet()",
            "",
        ),
        ("let _ = \"5\".parse::<i32>();", ""),
        (
            "panic!()",
            "Panic: explicit panic\n --> In [4]:1:1\n  |\n1 | panic!()\n  | ^^^^^^^^",
        ),
        ("return Ok(());", ""),
    ]);
    let mut session = Session::new();
    assert!(
        session
            .run("fn read() { \"5\".parse::<i32>(); }")
            .starts_with("note: if this fails")
    );
    assert_eq!(session.run("read()"), "");
    // A cell that does not compile says what is wrong, and no more.
    let shown = session.run("1 + 2;\nlet y: i32 = \"\";");
    assert!(!shown.contains("note: nothing"), "{shown}");
    let many = "1 + 2;\n".repeat(9) + "2";
    assert_eq!(session.run(&many).matches("note: nothing").count(), 3);
}

#[test]
fn a_main_that_nobody_calls_is_noticed() {
    check(&[
        (
            "fn main() { println!(\"hi\"); }",
            "note: `main` is defined, but nothing calls it\nhint: a cell needs no `main`: write its lines as they are, or call `main()`",
        ),
        ("fn main() { println!(\"hi\"); }\nmain()", "hi"),
    ]);
}
