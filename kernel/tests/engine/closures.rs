//! Closures and functions as variables.

use crate::session::{Session, check};

#[test]
fn closures_are_called_in_later_cells() {
    check(&[
        (
            "let k = 2.0; let v = vec![1, 2, 3];
             let scale = |x: f64| x * k;
             let dot = |a: &Vec<i32>, b: &[i32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<i32>();
             scale(1.0)",
            "=> 2.0",
        ),
        ("scale(4.0) + k", "=> 10.0"),
        ("dot(&v, &[1, 1, 1])", "=> 6"),
        (
            "let mut count = 0; let mut inc = move || { count += 1; count }; inc(); inc()",
            "=> 2",
        ),
        ("inc()", "=> 3"),
        ("let text = String::from(\"abc\"); let once = move || text;", ""),
        ("once()", "=> \"abc\""),
    ]);
}

#[test]
fn functions_are_kept_as_pointers() {
    let mut session = Session::new();
    assert_eq!(
        session.run("fn half(x: &f64) -> f64 { x / 2.0 }\nlet f = half;"),
        ""
    );
    assert_eq!(session.run("f(&5.0)"), "=> 2.5");
    assert_eq!(session.variables(), "f: for<'a> fn(&'a f64) -> f64");
}

#[test]
fn a_closure_that_borrows_what_others_need_lives_in_its_cell() {
    let mut session = Session::new();
    assert_eq!(session.run("let words = vec![String::from(\"a\")];"), "");
    insta::assert_snapshot!(session.run("let first = || words[0].clone(); first()"), @r#"
    note: `first` lives only in this cell: a closure that borrows what it uses cannot outlive it
    hint: write `move |...|`, with a clone of what you still need
    => "a"
    "#);
    assert_eq!(session.variables(), "words: Vec<String>");
}

#[test]
fn types_without_a_name_live_in_their_cell() {
    let mut session = Session::new();
    insta::assert_snapshot!(session.run("let doubled = (0..3).map(|x| x * 2);"), @"note: `doubled` lives only in this cell: its type holds a closure, which has no name");
    assert_eq!(
        session.run(
            "fn evens() -> impl Iterator<Item = u32> { (0..).filter(|x| x % 2 == 0) }\nlet e = evens();"
        ),
        "note: `e` lives only in this cell: its type holds a closure, which has no name"
    );
    assert_eq!(
        session.run("{ struct Local; let inside = Local; }\nlet outside = { struct Hidden(String); Hidden(String::new()) };"),
        "note: `outside` lives only in this cell: its type is defined inside a block of this cell"
    );
    assert_eq!(session.variables(), "");
}

#[test]
fn a_panic_in_an_old_closure_points_at_its_own_cell() {
    let mut session = Session::new();
    assert_eq!(session.run("let get = |i: usize| [1, 2][i];"), "");
    insta::assert_snapshot!(session.run("\n\nget(9)"), @"
    Panic: index out of bounds: the len is 2 but the index is 9
     --> In [1]:1:22
      |
    1 | let get = |i: usize| [1, 2][i];
      |                      ^^^^^^^^^
    hint: counting starts at 0: the last index here is 1
    ");
}
