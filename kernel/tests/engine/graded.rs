//! Graded work: a test means what it says, whatever a learner has defined.

use hebb_kernel::engine::{Engine, Standing, Terms};

use crate::session::Session;

/// A session in which work is graded by what `solution` defines.
fn graded(solution: &[&str]) -> Session {
    graded_beside("", solution)
}

/// The same beside a cell that the instructor gives.
fn graded_beside(given: &str, solution: &[&str]) -> Session {
    let mut reference = Session::new();
    assert_eq!(reference.instructor(given), "");
    for cell in solution {
        assert_eq!(reference.run(cell), "", "{cell}");
    }
    let mut session = Session::new();
    session.engine.grade_by(reference.engine.terms());
    assert_eq!(session.instructor(given), "");
    session
}

impl Session {
    fn instructor(&mut self, code: &str) -> String {
        self.standing = Standing::Instructor;
        let said = self.run(code);
        self.standing = Standing::Learner;
        said
    }

    /// The first line of what an instructor's cell says; empty if it is content.
    fn test(&mut self, code: &str) -> String {
        self.instructor(code)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}

const DOUBLE: &str = "fn double(x: i32) -> i32 { 2 * x }";
const TEST: &str = "assert_eq!(double(4), 8, \"twice 4 is 8\");";

#[test]
fn the_terms_are_what_a_solution_defines() {
    let mut session = Session::new();
    session.run("fn double(x: i32) -> i32 { 2 * x }\nfn id<T>(x: T) -> T { x }\nstruct P { x: f32 }\ntrait Size { fn size(&self) -> f32; }\nlet w = vec![1.0];");
    session.instructor("fn helper() {}\nlet mine = 1;");
    let items = ["P", "Size", "double", "id"].map(str::to_owned);
    let types = [
        ("P", "type P"),
        ("P.x", "f32"),
        ("Size::size", "fn size<Anyone:Size>(self_:&Anyone)->f32"),
        ("double", "fn(i32) -> i32"),
        ("id", "fn id<T>(x:T)->T"),
    ];
    let types = types.map(|(name, written)| (name.to_owned(), written.to_owned()));
    let variables = [("w".to_owned(), "std::vec::Vec<f64>".to_owned())];
    let terms = Terms {
        items: items.into(),
        values: ["double", "id"].map(str::to_owned).into(),
        traits: [("Size".to_owned(), ["size".to_owned()].into())].into(),
        types: types.into(),
        variables: variables.into(),
    };
    let mut found = session.engine.terms();
    found.types.sort();
    assert_eq!(found, terms);
}

#[test]
fn right_and_wrong_answers_are_told_apart() {
    let mut session = graded(&[DOUBLE]);
    session.run("fn double(x: i32) -> i32 { x * x / 2 }");
    assert_eq!(session.test(TEST), "");
    assert_eq!(
        session.test("assert_eq!(double(3), 6);"),
        "Panic: assertion `left == right` failed"
    );
    session.run("fn twice(x: i32) -> i32 { x + x }\nfn double(x: i32) -> i32 { twice(x) }");
    assert_eq!(
        session.test("assert_eq!(double(3), 6);"),
        "",
        "with a helper of their own"
    );
}

#[test]
fn a_learners_names_do_not_reach_into_a_test() {
    let tricks = [
        "macro_rules! assert_eq { ($($x:tt)*) => { () } }",
        "#[macro_export] macro_rules! assert_eq { ($($x:tt)*) => { () } }",
        "macro_rules! panic { ($($x:tt)*) => { () } }",
        "mod std { pub use ::std::*; }\nmod core {}",
        "use Vec as assert_eq;",
        "let double = |_: i32| 8;",
    ];
    for trick in tricks {
        let mut session = graded(&[DOUBLE]);
        session.run("fn double(x: i32) -> i32 { x }");
        session.run(trick);
        let said = session.test(TEST);
        assert!(said.ends_with("twice 4 is 8"), "{trick}\n{said}");
    }
}

#[test]
fn a_test_sees_the_preludes_types_and_functions() {
    let solution = "fn ones() -> Tensor { Tensor::ones([2]) }";
    let test = "assert_eq!(ones(), tensor![1., 1.]);";
    let cheats = [
        "struct Tensor; impl PartialEq for Tensor { fn eq(&self, _: &Tensor) -> bool { true } }\nfn ones() -> Tensor { Tensor }",
        "struct Any; impl PartialEq<Tensor> for Any { fn eq(&self, _: &Tensor) -> bool { true } }\nfn ones() -> Any { Any }",
        "type Tensor = i32;\nfn ones() -> Tensor { 1 }",
        "fn ones() -> Tensor { Tensor::ones([2]) }\nmacro_rules! tensor { ($($x:tt)*) => { Tensor::zeros([2]) } }\nfn ones() -> Tensor { tensor![] }",
    ];
    for cheat in cheats {
        let mut session = graded(&[solution]);
        session.run(cheat);
        assert_ne!(session.test(test), "", "{cheat}");
    }
    let mut session = graded(&[solution]);
    // A name that the prelude has, too, for something of one's own: no trick, and no harm.
    session.run("fn plot(n: usize) -> Vec<f32> { vec![1.; n] }\nfn ones() -> Tensor { Tensor::from_vec(plot(2), [2]) }");
    assert_eq!(session.instructor(test), "");
}

#[test]
fn what_is_equal_to_everything_is_no_answer() {
    const ANY: &str = "struct Any; impl<T> PartialEq<T> for Any { fn eq(&self, _: &T) -> bool { true } }
        impl std::fmt::Debug for Any { fn fmt(&self, _: &mut std::fmt::Formatter) -> std::fmt::Result { Ok(()) } }";
    let rows = [
        (
            "fn twice<T: Fn(f32) -> f32>(mut f: T, x: f32) -> f32 { f(f(x)) }",
            "assert_eq!(twice(|x| x + 1.0, 1.0), 3.0);",
            "fn twice<T: Fn(f32) -> f32>(f: T, x: f32) -> Any { Any }",
        ),
        (
            "fn total(xs: impl Iterator<Item = f32>) -> f32 { xs.sum() }",
            "assert_eq!(total([1.0, 2.0].into_iter()), 3.0);",
            "fn total(xs: impl Iterator<Item = f32>) -> Any { Any }",
        ),
        (
            "const RATE: f64 = 0.5;",
            "assert_eq!(RATE, 0.5);",
            "const RATE: Any = Any;",
        ),
        (
            "struct P { x: f32 }\nimpl P { fn new(x: f32) -> Self { P { x } }\nfn len(&self) -> f32 { self.x.abs() } }",
            "assert_eq!(P::new(-1.0).len(), 1.0);",
            "struct P;\nimpl P { fn new(x: f32) -> Self { P }\nfn len(&self) -> Any { Any } }",
        ),
        (
            "struct P { x: f32 }\nimpl P { fn new(x: f32) -> Self { P { x } } }",
            "assert_eq!(P::new(2.0).x, 2.0);",
            "struct P { x: Any }\nimpl P { fn new(_: f32) -> Self { P { x: Any } } }",
        ),
        (
            "struct P(f32);\nfn point() -> P { P(2.0) }",
            "assert_eq!(point().0, 2.0);",
            "struct P(Any);\nfn point() -> P { P(Any) }",
        ),
        (
            "#[derive(Default)] struct Stack<T> { items: Vec<T> }\nimpl<T> Stack<T> { fn new() -> Stack<T> { Stack { items: vec![] } }\nfn push(&mut self, item: T) { self.items.push(item) }\nfn pop(&mut self) -> Option<T> { self.items.pop() } }",
            "let mut stack = Stack::new(); stack.push(1); assert_eq!(stack.pop(), Some(1));",
            "struct Stack<T> { items: Vec<T> }\nimpl<T> Stack<T> { fn new() -> Stack<T> { Stack { items: vec![] } }\nfn push(&mut self, item: T) {}\nfn pop(&mut self) -> Any { Any } }",
        ),
        (
            "trait Area { fn area(&self) -> f32; }\nstruct Square { side: f32 }\nimpl Area for Square { fn area(&self) -> f32 { self.side * self.side } }",
            "assert_eq!(Square { side: 2.0 }.area(), 4.0);",
            "trait Area { fn area(&self) -> Any; }\nstruct Square { side: f32 }\nimpl Area for Square { fn area(&self) -> Any { Any } }",
        ),
        (
            "enum Shape { Circle(f32), Other { side: f32 } }\nfn circle() -> Shape { Shape::Circle(1.0) }",
            "let Shape::Circle(radius) = circle() else { panic!() }; assert_eq!(radius, 1.0);",
            "enum Shape { Circle(Any), Other { side: f32 } }\nfn circle() -> Shape { Shape::Circle(Any) }",
        ),
        (
            "enum Shape { Circle(f32), Other { side: f32 } }\nfn other() -> Shape { Shape::Other { side: 1.0 } }",
            "let Shape::Other { side } = other() else { panic!() }; assert_eq!(side, 1.0);",
            "enum Shape { Circle(f32), Other { side: Any } }\nfn other() -> Shape { Shape::Other { side: Any } }",
        ),
    ];
    for (solution, test, cheat) in rows {
        let mut session = graded(&[solution]);
        session.run(solution);
        assert_eq!(session.instructor(test), "", "{solution}");
        let mut session = graded(&[solution]);
        session.run(&format!("{ANY}\n{cheat}"));
        let said = session.test(test);
        assert!(
            said.contains("has another type than the exercise asks for"),
            "{cheat}\n{said}"
        );
    }
}

#[test]
fn a_learners_trait_answers_for_nobody_else() {
    let ways = [
        "trait ones { fn len(self) -> usize; }\nimpl ones for Tensor { fn len(self) -> usize { 2 } }",
        "mod m { pub trait ones { fn len(self) -> usize; }\nimpl ones for super::Tensor { fn len(self) -> usize { 2 } } }\nuse m::ones;",
        "mod m { pub trait ones { fn len(self) -> usize; }\nimpl ones for super::Tensor { fn len(self) -> usize { 2 } } }\nuse m::*;",
        "mod m { pub trait T { fn len(self) -> usize; }\nimpl T for super::Tensor { fn len(self) -> usize { 2 } } }\nuse m::T as ones;",
    ];
    for way in ways {
        let mut session = graded(&["fn ones() -> Tensor { Tensor::ones([2]) }"]);
        for cell in [way, "fn ones() -> Tensor { Tensor::ones([3]) }"] {
            session.run(cell);
        }
        assert_ne!(session.test("assert_eq!(ones().len(), 2);"), "", "{way}");
        let mut session = graded(&["fn ones() -> Tensor { Tensor::ones([2]) }"]);
        session.run(&format!("{way}\nfn ones() -> Tensor {{ Tensor::ones([3]) }}"));
        assert_ne!(session.test("assert_eq!(ones().len(), 2);"), "", "{way}");
    }
    // In place of what the exercise asks for.
    let solution = "trait Area { fn area(&self) -> f32; }\nstruct Square { side: f32 }\nimpl Area for Square { fn area(&self) -> f32 { self.side } }";
    let test = "assert_eq!(Square { side: 2.0 }.area(), 2.0);\nassert_eq!(Tensor::ones([3]).len(), 3);";
    let mut session = graded(&[solution]);
    session.run(solution);
    assert_eq!(session.test(test), "");
    let more = "trait Area { fn area(&self) -> f32; fn len(self) -> usize where Self: Sized { 3 } }\nimpl Area for Tensor { fn area(&self) -> f32 { 0. } }";
    session.run(&format!(
        "{more}\nimpl Area for Square {{ fn area(&self) -> f32 {{ self.side }} }}"
    ));
    insta::assert_snapshot!(session.test(test), @"CompileError: the trait `Area` has `len`, which the exercise does not ask for");
    let mut session = graded(&["struct Square;\nfn side(_: Square) -> usize { 2 }"]);
    session.run("trait Square { fn len(self) -> usize; }\nimpl Square for Tensor { fn len(self) -> usize { 3 } }\nfn side(_: Tensor) -> usize { 2 }");
    insta::assert_snapshot!(session.test("// Square\nassert_eq!(Tensor::ones([2]).len(), 3);"), @"CompileError: `Square` has another type than the exercise asks for");
}

#[test]
fn a_learner_may_keep_an_answer_in_a_module() {
    let mut session = graded(&[DOUBLE]);
    session.run(
        "mod sums { pub fn double(x: i32) -> i32 { x + x } pub fn unused() {} }\nuse sums::{double, unused};",
    );
    assert_eq!(session.test(TEST), "");
    session.run("mod more { pub fn double(x: i32) -> i32 { super::twice(x) } }\nuse more::*;\nfn twice(x: i32) -> i32 { 2 * x }");
    assert_eq!(session.test(TEST), "");
}

#[test]
fn a_type_of_ones_own_needs_only_what_the_tests_use() {
    let mut session = graded(&[
        "struct P { w: f32, steps: u32 }\nimpl P { fn new(w: f32) -> Self { P { w, steps: 0 } }\nfn answer(&self) -> f32 { self.w } }",
    ]);
    session.run("struct P(Vec<f32>);\nimpl P { fn new(w: f32) -> Self { P(vec![w]) }\nfn answer(&self) -> f32 { self.0[0] } }");
    // A variable of the test's that is called like a field of the solution's asks for no such field.
    assert_eq!(
        session.instructor("let w = 2.0;\nassert_eq!(P::new(w).answer(), w);"),
        ""
    );
}

#[test]
fn a_function_of_another_type_is_told_so() {
    let mut session = graded(&[DOUBLE]);
    session.run("fn double(x: f64) -> f64 { 2.0 * x }");
    insta::assert_snapshot!(session.instructor(TEST), @"
    CompileError: `double` has another type than the exercise asks for
    asked for: fn(i32) -> i32
    it is:     fn(f64) -> f64
    hint: write the type of `double` as the exercise gives it
    ");
    let mut session = graded(&[DOUBLE]);
    insta::assert_snapshot!(session.instructor(TEST), @r#"
    error[E0425]: cannot find function `double` in this scope
     --> In [2]:1:12
      |
    1 | assert_eq!(double(4), 8, "twice 4 is 8");
      |            ^^^^^^ not found in this scope
      |
    hint: the type has another name in Rust
      |
    1 - assert_eq!(double(4), 8, "twice 4 is 8");
    1 + assert_eq!(f64(4), 8, "twice 4 is 8");
      |
    "#);
    let mut session = graded(&["fn first<'a>(x: &'a str) -> &'a str { x }"]);
    session.run("fn first(word: &str) -> &str { word }");
    assert_eq!(
        session.instructor("assert_eq!(first(\"a\"), \"a\");"),
        "",
        "the same in other words"
    );
}

#[test]
fn types_and_methods_of_an_exercise_are_seen_with_what_they_need() {
    let mut session = graded(&[
        "struct Neuron { w: f32 }\nimpl Neuron { fn new(w: f32) -> Neuron { Neuron { w } }\nfn answer(&self, x: f32) -> f32 { self.w * x } }",
    ]);
    session.run("struct Weight(f32);\nstruct Neuron { w: Weight, steps: u32 }");
    session.run("impl Neuron { fn new(w: f32) -> Neuron { Neuron { w: Weight(w), steps: 0 } }\nfn answer(&self, x: f32) -> f32 { scaled(self.w.0, x) } }\nfn scaled(a: f32, b: f32) -> f32 { a * b }");
    assert_eq!(
        session.instructor("let neuron = Neuron::new(2.0);\nassert_eq!(neuron.answer(3.0), 6.0);"),
        ""
    );
    assert_eq!(
        session.instructor("assert_eq!(neuron.answer(4.0), 8.0);"),
        "",
        "a test's variable lives on"
    );
    assert_eq!(
        session.run("neuron.answer(1.0)"),
        "=> 2.0",
        "also for the learner"
    );
    assert!(
        session
            .test("scaled(1.0, 2.0)")
            .contains("cannot find function `scaled`")
    );
}

#[test]
fn what_the_instructor_gives_is_used_by_both_and_replaced_by_none() {
    let given = "use std::collections::HashMap;\n#[derive(Clone)] struct Shape { side: f32 }\nimpl Shape { fn new(side: f32) -> Shape { Shape { side } } }\nfn small() -> Shape { Shape::new(1.0) }\nfn check(x: f32) { assert!(x == 1.0) }";
    let mut session = graded_beside(given, &["fn area(s: &Shape) -> f32 { s.side * s.side }"]);
    assert_eq!(
        session.run("fn area(s: &Shape) -> f32 { let t = Shape { side: s.side }; t.side * small().side }"),
        ""
    );
    assert_eq!(
        session.run("area(&Shape::new(3.0)) + HashMap::<i32, i32>::new().len() as f32"),
        "=> 3.0"
    );
    assert_eq!(
        session.instructor("check(area(&small())); let kept = small();"),
        ""
    );
    assert_eq!(session.run("kept.side"), "=> 1.0");
    // What the learner defines anew is the learner's alone.
    session.run("fn check(x: f32) {}\nfn small() -> Shape { Shape::new(5.0) }");
    assert!(session.test("check(2.0)").starts_with("Panic: assertion failed"));
    assert_eq!(session.run("small().side"), "=> 5.0");
    assert_eq!(session.instructor("check(small().side)"), "");
    session.run("struct Shape { width: f64, height: f64, name: String }\nlet mine = Shape { width: 1.0, height: 1.0, name: String::new() };");
    assert_eq!(session.instructor("let shape = small(); check(shape.side);"), "");
    assert_eq!(
        session.run("shape.side + mine.width as f32"),
        "=> 2.0",
        "two types of one name"
    );
}

#[test]
fn of_a_learners_variables_only_those_of_the_exercise_are_seen() {
    let mut session = graded(&["let w = 0.5;\nlet names = vec![1];"]);
    session.run("let w = 0.25;\nlet names = vec![2.0];\nlet helper = 3;");
    assert_eq!(session.instructor("assert_eq!(w, 0.25);"), "");
    insta::assert_snapshot!(session.instructor("names.len()"), @"
    error[E0425]: cannot find value `names` in this scope
     --> In [4]:1:1
      |
    1 | names.len()
      | ^^^^^ not found in this scope
    hint: `names` must be of the type `Vec<i32>`, and is of the type `Vec<f64>`
    ");
    assert!(session.test("helper").contains("cannot find value `helper`"));
}

#[test]
fn what_no_exercise_needs_is_refused() {
    let mut session = graded(&[DOUBLE]);
    insta::assert_snapshot!(session.run("let x = unsafe { 1 };"), @"
    NotAllowed: `unsafe` is not allowed in graded work: `unsafe` lets a program change what it should only look at
    hint: write the cell without `unsafe`
    ");
    insta::assert_snapshot!(session.run(":dep rand = \"0.9\""), @"
    NotAllowed: `:dep` is not allowed in graded work: crates are the instructor's to choose
    hint: use the prelude and the standard library
    ");
    assert!(
        session
            .run("::hebb_prelude::cell::put(\"x\", 1)")
            .contains("`hebb_prelude` is not allowed")
    );
    assert_eq!(session.instructor("unsafe { 1 }"), "=> 1");
}
