//! The assistant as a learner meets it: `¦` is the cursor.

use std::sync::LazyLock;

use super::*;
use crate::engine::Variable;

/// An assistant for a session with some variables and items, over the sample library and the standard library.
fn assistant() -> &'static Assist {
    static ASSISTANT: LazyLock<Assist> = LazyLock::new(new_assistant);
    &ASSISTANT
}

fn new_assistant() -> Assist {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().to_path_buf();
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    std::fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"course-library\"\n",
    )
    .expect("a manifest");
    std::fs::write(folder.join("src/lib.rs"), include_str!("sample.txt")).expect("a source");
    let api = folder.join("api.json");
    index_crates(std::slice::from_ref(&folder))
        .expect("an index")
        .save(&api)
        .expect("a file");
    let view = SharedView::default();
    let variable = |name: &str, of: &str| Variable {
        name: name.to_string(),
        type_name: of.to_string(),
    };
    view.set(SessionView {
        variables: vec![
            variable("model", "course_library::layers::Sequential"),
            variable("größe", "f32"),
            variable("weight", "course_library::Tensor"),
            variable(
                "names",
                "std::collections::HashMap<std::string::String, std::vec::Vec<course_library::Tensor>>",
            ),
            variable("point", "Point"),
        ],
        items: vec![
            "/// A place on paper.\n#[derive(Clone)]\nstruct Point { x: f32, y: f32 }".to_string(),
            "impl Point { /// Length.\nfn length(&self) -> f32 { 0.0 } fn origin() -> Point { todo!() } }"
                .to_string(),
            "fn distance(a: &Point, b: &Point) -> f32 { 0.0 }".to_string(),
        ],
        uses: vec!["use std::collections::HashMap;".to_string()],
    });
    let assist = Assist::new(view, &api);
    assist.index();
    assist
}

fn cut(marked: &str) -> (String, usize) {
    let cursor = marked.find('¦').expect("a cursor");
    (marked.replace('¦', ""), cursor)
}

fn matches(marked: &str) -> Vec<String> {
    let (code, cursor) = cut(marked);
    assistant()
        .complete(&code, cursor)
        .items
        .into_iter()
        .map(|item| item.text)
        .collect()
}

/// Each place offers its name first; where the name is empty, nothing.
fn first_is(rows: &[(&str, &str)]) {
    for (marked, expected) in rows {
        let found = matches(marked);
        assert_eq!(
            found.first().map_or("", String::as_str),
            *expected,
            "{marked}: {found:?}"
        );
    }
}

#[test]
fn members_follow_the_type_of_the_receiver() {
    let rows = [
        ("weight.mat¦", "matmul"),
        ("let a = Tensor::zeros([2, 3]).mat¦", "matmul"),
        ("(&weight + &weight).mat¦", "matmul"),
        ("(1.0 - &weight).mat¦", "matmul"),
        ("weight.sum().mat¦", "matmul"),
        ("weight.clone().mat¦", "matmul"),
        ("model.weights().le¦", "len"),
        ("model.weights()[0].mat¦", "matmul"),
        ("model.weights().iter().enu¦", "enumerate"),
        ("for w in &model.weights() { w.mat¦", "matmul"),
        (
            "for (i, w) in model.weights().iter().enumerate() {\n    println!(\"{}\", w.mat¦",
            "matmul",
        ),
        ("model.weights().iter().map(|w| w.mat¦", "matmul"),
        ("weight.shape().fir¦", "first"),
        ("weight.shape()[0].po¦", "pow"),
        ("let (train, test) = fashion_sample();\ntest.x.mat¦", "matmul"),
        ("let history = model.fit(&d, Fit)?;\nhistory.ep¦", "epochs"),
        (
            "if let Some(classes) = fashion_sample().0.classes { classes.pu¦",
            "push",
        ),
        ("let v: Vec<Tensor> = todo!();\nv.last().unwrap().mat¦", "matmul"),
        ("let v = vec![weight.clone()];\nv[0].mat¦", "matmul"),
        ("fn f(a: &[Tensor]) { a[0].mat¦", "matmul"),
        ("names.get(\"a\").unwrap()[1].mat¦", "matmul"),
        ("for (k, v) in &names { v[0].mat¦", "matmul"),
        ("tensor![1., 2.].mat¦", "matmul"),
        ("weight.sh¦", "shape"),
        ("weight.show().push_s¦", "push_str"),
        ("\"abc\".trim().to_upper¦", "to_uppercase"),
        ("format!(\"{}\", 1).push_s¦", "push_str"),
        ("größe.sq¦", "sqrt"),
        ("2.0_f32.sq¦", "sqrt"),
        ("(0..10).step¦", "step_by"),
        ("\"1\".parse::<f32>()?.sq¦", "sqrt"),
        ("weight.to_vec().iter().sum::<f32>().sq¦", "sqrt"),
        ("(x as f64).sq¦", "sqrt"),
        ("Point { x: 1.0, y: 2.0 }.len¦", "length"),
        ("Point::origin().len¦", "length"),
        ("distance(&point, &point).sq¦", "sqrt"),
        (
            "struct Line { from: Point }\nlet line = Line { from: point };\nline.from.len¦",
            "length",
        ),
        ("impl Point { fn half(&self) -> f32 { self.len¦", "length"),
        ("Some(weight).unwrap().mat¦", "matmul"),
        ("Box::new(point).len¦", "length"),
        ("const HALF: f32 = 0.5;\nHALF.sq¦", "sqrt"),
        ("pub const HALF: f32 = 0.5;\nHALF.sq¦", "sqrt"),
        ("static HALF: f32 = 0.5;\nHALF.sq¦", "sqrt"),
        ("weight\n    .sum()\n    .mat¦", "matmul"),
        ("let t = (weight, 1);\nt.0.mat¦", "matmul"),
        ("let b = a // a comment.\n    + weight.mat¦ ; // more", "matmul"),
    ];
    first_is(&rows);
}

#[test]
fn private_and_hidden_names_are_not_offered() {
    let found = matches("weight.¦");
    for name in ["internal", "hidden", "secret", "zeros"] {
        assert!(!found.contains(&name.to_string()), "{name} in {found:?}");
    }
    for name in ["matmul", "show", "clone"] {
        assert!(found.contains(&name.to_string()), "{name} not in {found:?}");
    }
}

#[test]
fn paths_offer_what_stands_behind_them() {
    let rows = [
        ("Tensor::ze¦", "zeros"),
        ("Point::o¦", "origin"),
        ("Activation::Le¦", "LeakyReLU"),
        ("let p = Padding::¦", "Same"),
        ("f32::consts::P¦", ""),
        ("std::f32::consts::P¦", "PI"),
        ("f64::EPS¦", "EPSILON"),
        ("Vec::<f32>::wi¦", "with_capacity"),
        ("use std::coll¦", "collections"),
        ("use std::collections::HashM¦", "HashMap"),
        ("use std::collections::{HashSet, HashM¦", "HashMap"),
        ("use course¦", "course_library"),
        ("use course_library::lay¦", "layers"),
        ("course_library::layers::Seq¦", "Sequential"),
        ("impl Point { fn make() -> Point { Self::ori¦", "origin"),
    ];
    first_is(&rows);
}

#[test]
fn names_of_session_cell_and_prelude_are_offered() {
    let rows = [
        ("wei¦", "weight"),
        ("let later = 1;\nlat¦", "later"),
        ("dist¦", "distance"),
        ("fn sigmoid(x: f32) -> f32 { x }\nsigm¦", "sigmoid"),
        ("fash¦", "fashion_sample"),
        ("ten¦", "tensor!"),
        ("ReL¦", "ReLU"),
        ("relu¦", "ReLU"),
        ("HashM¦", "HashMap"),
        ("printl¦", "println!"),
        ("whil¦", "while"),
        ("Conv { str¦", "stride"),
        ("let c = Conv { stride: 1, pad¦", "padding"),
        ("let x: Ten¦", "Tensor"),
        ("fn f(x: &Poi¦", "Point"),
        ("grö¦", "größe"),
        (":va¦", ":vars"),
    ];
    first_is(&rows);
}

#[test]
fn nothing_is_offered_where_no_name_can_stand() {
    for marked in [
        "\"wei¦",
        "\"a\" + \"wei¦\"",
        "// wei¦",
        "/* wei¦",
        "/// wei¦\nfn f() {}",
        "1.¦",
        "12¦",
        "0x¦",
        "let wei¦",
        "fn wei¦",
        "'w¦",
        "unknown.¦",
        "r#\"wei¦",
    ] {
        assert_eq!(matches(marked), Vec::<String>::new(), "{marked}");
    }
}

#[test]
fn the_whole_word_is_replaced_in_bytes() {
    let assist = assistant();
    let range = |marked: &str| {
        let (code, cursor) = cut(marked);
        let found = assist.complete(&code, cursor);
        code[found.start..found.end].to_string()
    };
    assert_eq!(range("let größe2 = grö¦ße + 1;"), "größe");
    assert_eq!(range("/* é */ weight.mat¦"), "mat");
    assert_eq!(range("¦"), "");
    assert_eq!(range(":va¦rs"), ":vars");
    let end = assist.complete("wei", 99);
    assert_eq!((end.start, end.end), (0, 3));
    assert_eq!(end.items[0].signature, "Tensor");
}

#[test]
fn signatures_are_filled() {
    let assist = assistant();
    let signature = |code: &str| assist.complete(code, code.len()).items[0].clone();
    insta::assert_snapshot!(signature("weight.matm").signature, @"fn matmul(&self, right: &Tensor) -> Tensor");
    insta::assert_snapshot!(signature("distan").signature, @"fn distance(a: &Point, b: &Point) -> f32");
    insta::assert_snapshot!(signature("1.5_f32.powf").signature, @"fn powf(self, n: f32) -> f32");
    insta::assert_snapshot!(signature("names.inse").signature, @"fn insert(&mut self, k: String, v: Vec<Tensor>) -> Option<Vec<Tensor>>");
    assert_eq!(signature("weight.matm").kind, "method");
    assert_eq!(signature("point.x").signature, "x: f32");
    // It hides the session's, and nothing is known of it.
    assert_eq!(signature("let weight = unknown();\nweigh").signature, "");
}

fn inspected(marked: &str, detailed: bool) -> String {
    let (code, cursor) = cut(marked);
    assistant()
        .inspect(&code, cursor, detailed)
        .map_or_else(|| "nothing".to_string(), |found| found.plain)
}

#[test]
fn names_are_explained() {
    insta::assert_snapshot!(inspected("wei¦ght", false), @"
    let weight: Tensor

    Numbers in a box of any rank.
    ");
    insta::assert_snapshot!(inspected("weight.matmul¦(&weight)", false), @"
    // Tensor
    fn matmul(&self, right: &Tensor) -> Tensor

    The product of two matrices.
    ");
    insta::assert_snapshot!(inspected("weight.mat¦mul(&weight)", true), @"
    // Tensor
    fn matmul(&self, right: &Tensor) -> Tensor

    The product of two matrices.

    `[m, k] x [k, n] -> [m, n]`
    ");
    insta::assert_snapshot!(inspected("weight.matmul(¦", false), @"
    // Tensor
    fn matmul(&self, right: &Tensor) -> Tensor

    The product of two matrices.
    ");
    insta::assert_snapshot!(inspected("println!(\"{}\", ¦", false), @r#"
    macro println!

    Prints a line: `println!("{x} and {:.2}", y)`.
    "#);
    insta::assert_snapshot!(inspected("Tensor::zeros¦", false), @"
    // Tensor
    fn zeros(shape: impl Into<Shape>) -> Tensor

    All zeros.
    ");
    insta::assert_snapshot!(inspected("Poi¦nt", false), @"
    struct Point

    A place on paper.
    ");
    insta::assert_snapshot!(inspected("ReLU¦", false), @"
    Activation::ReLU

    max(0, x)
    ");
    insta::assert_snapshot!(inspected("whi¦le", false), @"
    while

    Repeats as long as a condition holds.
    ");
    insta::assert_snapshot!(inspected("let x: us¦ize", false), @"
    usize

    A whole number for sizes and positions, never negative.
    ");
    insta::assert_snapshot!(inspected("nam¦es", false), @"
    let names: HashMap<String, Vec<Tensor>>

    Values found by key, in no order.
    ");
    // A parameter hides a variable of the session.
    insta::assert_snapshot!(inspected("fn f(größe¦: Tensor)", false), @"let größe");
    insta::assert_snapshot!(inspected(":va¦rs", false), @"
    :vars

    Lists the variables and their types.
    ");
    for marked in ["", "   ", "nosuchname", "\"weight", "// weight", "1 + 1"] {
        assert_eq!(inspected(&format!("{marked}¦"), false), "nothing", "{marked}");
    }
    let markdown = assistant()
        .inspect("distance", 3, false)
        .expect("a function")
        .markdown;
    insta::assert_snapshot!(markdown, @"
    ```rust
    fn distance(a: &Point, b: &Point) -> f32
    ```
    ");
}

/// Texts cut anywhere, joined anywhere: the normal state of a cell that is being written.
#[test]
fn no_text_can_make_it_panic() {
    let assist = assistant();
    let samples = [
        "let größe: Vec<Vec<f32>> = vec![vec![1.0; 3]; 2]; // ü\n/* ∑ */ let c = 'ß';",
        "model.fit(&train, Fit::epochs(5).batch_size(128))?;\nfor (i, w) in model.weights().iter().enumerate() { w.sum() }",
        "impl<T: Clone> Show for Point { fn show(&self) -> String { format!(\"{:?} → {}\", self.x, r#\"日\"#) } }",
        "let f = |(a, b): (f32, &[Tensor]), c| a + b[0].sum().item() as f32 * -c?.0.1;",
        "use std::{collections::{HashMap, self}, fmt}; :vars\n:dep x\n#[derive(Clone)] struct A<'a, T>(&'a T);",
        "x.0.1.2..=3 && !y || z >>= 2 == 'a' b'\\'' \"\\\"\" 1e-5f32 0xFFu8 ((([[[{{{<<<",
    ];
    let mut asked = 0;
    let mut ask = |code: &str, cursor: usize| {
        let found = assist.complete(code, cursor);
        assert!(
            found.start <= found.end && found.end <= code.len(),
            "{code:?} {cursor}"
        );
        assert!(
            code.is_char_boundary(found.start) && code.is_char_boundary(found.end),
            "{code:?} {cursor}"
        );
        assist.inspect(code, cursor, true);
        assist.is_complete(code);
        asked += 1;
    };
    for sample in samples {
        for cursor in 0..=sample.len() + 1 {
            ask(sample, cursor);
            if let Some(head) = sample.get(..cursor) {
                ask(head, cursor);
            }
        }
    }
    // A fixed sequence of numbers stands for chance, so that a failure can be repeated.
    let mut state = 42_u64;
    let mut chance = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    for _ in 0..400 {
        let mut code: Vec<char> = samples[chance(samples.len())].chars().collect();
        let from = chance(code.len());
        code.drain(from..(from + chance(12)).min(code.len()));
        let other: Vec<char> = samples[chance(samples.len())].chars().collect();
        let cut = chance(other.len());
        code.extend(&other[cut..]);
        let code: String = code.into_iter().collect();
        ask(&code, chance(code.len() + 1));
    }
    let pasted = format!("let data = [{}];", "1.0, ".repeat(200_000));
    ask(&pasted, pasted.len());
    for deep in [
        "(".repeat(5_000),
        "&".repeat(19_000),
        "(".repeat(9_000) + &")".repeat(9_000),
        "|a|".repeat(6_000) + "a",
        "a.".repeat(5_000),
        "&".repeat(5_000),
        "Vec<".repeat(5_000),
        "[(".repeat(5_000),
        "|a".repeat(2_000),
    ] {
        ask(&deep, deep.len());
        ask(&format!("let x = {deep}"), deep.len());
    }
    assert!(asked > 1_000, "{asked}");
}

#[test]
fn questions_from_many_threads_are_answered() {
    let assist = assistant();
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(|| assist.complete("weight.mat", 10).items.len()))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("an answer"), 1);
    }
}
