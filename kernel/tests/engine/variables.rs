//! Variables: made, seen later, changed, shadowed, moved, borrowed; values of every shape.

use crate::session::{Session, check};

#[test]
fn variables_are_seen_later_and_change_only_when_declared_so() {
    let mut session = Session::new();
    assert_eq!(session.run("let mut v = vec![1, 2, 3];\nlet fixed = 1;"), "");
    assert_eq!(session.run("v.push(4);\nv.iter().sum::<i32>()"), "=> 10");
    assert_eq!(session.run("v[0] = 7; v"), "=> [7, 2, 3, 4]");
    let error = session.run("fixed += 1;");
    assert!(
        error.starts_with("error[E0594]: cannot assign to `fixed`"),
        "{error}"
    );
    assert_eq!(session.run("let v = v.len(); v"), "=> 4");
    assert_eq!(session.variables(), "fixed: i32, v: usize");
    assert_eq!(session.run("let r#type = 4;"), "");
    assert_eq!(session.run("r#type + 1"), "=> 5");
}

#[test]
fn every_pattern_makes_variables() {
    check(&[
        (
            "let (a, mut b) = (1, \"two\".to_string());
             let [first, .., last] = [1, 2, 3];
             let Some(o) = Some(5) else { panic!() };
             struct P { x: i32, y: i32 }
             let P { x, y: z @ 2.. } = (P { x: 1, y: 2 }) else { panic!() };
             let unset: i32;",
            "",
        ),
        (
            "b.push('!'); format!(\"{a} {b} {first} {last} {o} {x} {z}\")",
            "=> \"1 two! 1 3 5 1 2\"",
        ),
    ]);
}

#[test]
fn what_is_moved_away_is_gone() {
    let mut session = Session::new();
    assert_eq!(session.run("let v = vec![1]; let w = vec![2]; let n = 3;"), "");
    assert_eq!(session.run("drop(v); let m = n;"), "");
    assert_eq!(session.variables(), "m: i32, n: i32, w: Vec<i32>");
    insta::assert_snapshot!(session.run("v"), @"
    error[E0425]: cannot find value `v` in this scope
     --> In [3]:1:1
      |
    1 | v
      | ^ not found in this scope
    hint: `v` was moved away in In [2]: run the cell that makes it again, then In [2] with `&v` or `v.clone()`
    ");
    insta::assert_snapshot!(session.run("drop(w); panic!(\"after\")"), @r#"
    Panic: after
     --> In [4]:1:10
      |
    1 | drop(w); panic!("after")
      |          ^^^^^^^^^^^^^^^
    "#);
    assert_eq!(session.run("w"), "=> [2]");
    assert_eq!(session.run("let s = String::new(); drop(s);"), "");
    assert_eq!(session.variables(), "m: i32, n: i32, w: Vec<i32>");
}

#[test]
fn a_borrow_lives_in_its_cell() {
    let mut session = Session::new();
    let note = "note: `r` lives only in this cell: a borrow cannot outlive it\nhint: keep a value of its own, as `.clone()`, `.to_owned()` or `.collect()` make";
    assert_eq!(
        session.run("let a = vec![1]; let r = &a; r"),
        format!("{note}\n=> [1]")
    );
    assert_eq!(session.run("let r = &a; r.len()"), format!("{note}\n=> 1"));
    assert_eq!(session.run("let text = \"static\"; text"), "=> \"static\"");
    assert_eq!(session.variables(), "a: Vec<i32>, text: &str");
}

#[test]
fn a_failed_cell_leaves_variables_as_they_were() {
    let mut session = Session::new();
    assert_eq!(
        session.run("let mut log = vec![1]; let kept = String::from(\"k\");"),
        ""
    );
    let error = session.run("log.push(2); let kept = 5; let new = 1; panic!(\"no\")");
    assert!(error.starts_with("Panic: no\n --> In [2]:1:41"), "{error}");
    assert_eq!(session.variables(), "kept: String, log: Vec<i32>");
    assert_eq!(session.run("(log, kept)"), "=> ([1], \"k\")");
}

#[test]
fn values_of_every_shape_are_seen_later() {
    check(&[
        (
            "use std::{cell::RefCell, collections::HashMap, rc::Rc};
             let map = HashMap::from([(\"a\".to_string(), vec![Some(1.5)])]);
             let shared = Rc::new(RefCell::new(vec![1])); let other = shared.clone();
             let tuple = (1u8, 'c', [0.5f32; 2], \"text\");
             let array = ndarray::Array2::<f32>::zeros((2, 2));
             let tensor = Tensor::zeros([2]);
             let now = std::time::Instant::now();
             let result: Result<i32, std::num::ParseIntError> = \"7\".parse();",
            "",
        ),
        ("map[\"a\"][0]", "=> Some(1.5)"),
        ("other.borrow_mut().push(2); shared.borrow().len()", "=> 2"),
        ("tuple", "=> (1, 'c', [0.5, 0.5], \"text\")"),
        ("array.sum() + tensor.sum().item()", "=> 0.0"),
        ("now.elapsed().as_secs() < 100 && result == Ok(7)", "=> true"),
    ]);
}

#[test]
fn hundreds_of_variables_live_together() {
    let mut session = Session::new();
    let make: String = (0..300).map(|i| format!("let v{i} = {i};\n")).collect();
    assert_eq!(session.run(&make), "");
    let sum: Vec<String> = (0..300).map(|i| format!("v{i}")).collect();
    assert_eq!(session.run(&sum.join(" + ")), "=> 44850");
    assert_eq!(session.run("v299"), "=> 299");
}

#[test]
fn reset_forgets_everything() {
    check(&[
        ("let x = 1; fn f() -> i32 { 2 }", ""),
        (":reset", ""),
        (
            "x",
            "error[E0425]: cannot find value `x` in this scope\n --> In [3]:1:1\n  |\n1 | x\n  | ^ not found in this scope\nhint: nothing is called `x` so far: is it written right, and has the cell that makes it run?",
        ),
        (":vars", "note: there are no variables yet"),
    ]);
}

#[test]
fn names_are_what_rust_takes_for_names() {
    let mut session = Session::new();
    // A letter with a hat has no character of its own, so the hat is one.
    session.run("let x\u{302} = 0.5;\nstruct Größe(f64);");
    assert_eq!(session.run("x\u{302} * 4.0 // x²"), "=> 2.0");
    assert_eq!(session.run("let größe = Größe(x\u{302}); größe.0"), "=> 0.5");
}
