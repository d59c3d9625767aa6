//! Variables: made, seen later, changed, shadowed, moved, borrowed; values of every shape.

use crate::session::{Session, check};

#[test]
fn the_last_expression_is_shown() {
    check(&[
        ("1+1", "=> 2"),
        ("let x = 5;", ""),
        ("x", "=> 5"),
        ("println!(\"hi {x}\");", "hi 5"),
        ("x * 2;", ""),
        ("", ""),
        ("  // only words\n/* and more */", ""),
        ("x // words after it", "=> 5"),
    ]);
}

#[test]
fn variables_change_only_when_declared_so() {
    let mut session = Session::new();
    assert_eq!(session.run("let mut v = vec![1, 2, 3];\nlet fixed = 1;"), "");
    assert_eq!(session.run("v.push(4);\nv.iter().sum::<i32>()"), "=> 10");
    assert_eq!(session.run("v[0] = 7; v"), "=> [7, 2, 3, 4]");
    let error = session.run("fixed += 1;");
    assert!(
        error.starts_with("error[E0594]") || error.starts_with("error[E0384]"),
        "{error}"
    );
    assert_eq!(session.run("let v = v.len(); v"), "=> 4");
    assert_eq!(session.variables(), "fixed: i32, v: usize");
}
