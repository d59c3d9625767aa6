//! What the prelude gives to graders, in cells: points check by check, tensors that are close, random cases.

use hebb_kernel::engine::{Engine, Standing};

use crate::session::Session;

/// A session in which a learner's cell is graded.
fn graded(solution: &str, answer: &str) -> Session {
    let mut reference = Session::new();
    assert_eq!(reference.run(solution), "");
    let mut session = Session::new();
    session.engine.grade_by(reference.engine.terms());
    assert_eq!(session.run(answer), "");
    session.standing = Standing::Instructor;
    session
}

const HALF: &str = "fn half(x: &Tensor) -> Tensor { x / 2.0 }";
const TEST: &str = r#"let mut score = Score::new();
let x = tensor![2., -4.];
check!(score, 1.0, half(&x).shape() == [2], "the shape stays");
check!(score, 1.5, close(&half(&x), &tensor![1., -2.], 1e-6), "the half of {x} is not {}", half(&x));
check!(score, 0.5, cases(5, 10).all(|mut case| { let n = case.whole(1..9); half(&case.tensor([n])).len() == n }));
score.total()"#;

#[test]
fn points_are_the_value_of_the_cell() {
    assert_eq!(graded(HALF, HALF).run(TEST), "=> 3.0");
    let mut session = graded(HALF, "fn half(x: &Tensor) -> Tensor { x.relu() / 2.0 }");
    insta::assert_snapshot!(session.run(TEST), @"
    not yet: the half of [2., -4.] is not [1., 0.] (1.5 points)
    => 1.5
    ");
    let mut session = graded(HALF, "fn half(x: &Tensor) -> Tensor { Tensor::zeros([3]) }");
    insta::assert_snapshot!(session.run(TEST), @"
    not yet: the shape stays (1 point)
    not yet: the half of [2., -4.] is not [0., 0., 0.] (1.5 points)
    not yet: cases(5, 10).all(|mut case| { let n = case.whole(1..9); half(&case.tensor([n])).len() == n }) (0.5 points)
    => 0.0
    ");
    assert_eq!(
        session.run("Score::new()"),
        "=> 0.0",
        "the score itself shows its number"
    );
}

#[test]
fn a_learners_names_change_nothing() {
    let tricks = [
        "macro_rules! check { ($($x:tt)*) => { $x } }",
        "struct Score; impl Score { fn new() -> f64 { 3.0 } }",
        "fn close(a: &Tensor, b: &Tensor, t: f64) -> bool { true }\nfn cases(a: u64, b: usize) -> std::ops::Range<usize> { 0..0 }",
    ];
    for trick in tricks {
        let mut session = graded(HALF, "fn half(x: &Tensor) -> Tensor { Tensor::zeros([3]) }");
        session.standing = Standing::Learner;
        session.run(trick);
        session.standing = Standing::Instructor;
        assert!(session.run(TEST).ends_with("=> 0.0"), "{trick}");
    }
}

#[test]
fn a_check_takes_what_an_assertion_takes() {
    let mut session = Session::new();
    assert_eq!(
        session.run("let mut score = Score::new();\nlet text = \"12\";\ncheck!(score, 1.0, text.parse::<i32>()? == 12,);\nscore"),
        "=> 1.0"
    );
    assert_eq!(
        session.run("check!(score, 2.0, text.len() == 3, \"{text} has {} letters\", 2);\nscore.total()"),
        "not yet: 12 has 2 letters (2 points)\n=> 1.0"
    );
    insta::assert_snapshot!(session.run("check!(score, -1.0, true)"), @"
    Panic: check!: -1 points cannot be given
     --> In [3]:1:1
      |
    1 | check!(score, -1.0, true)
      | ^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: a check is worth 0 points or more
    ");
}
