//! Notebooks and the programs that they become.

use super::*;

fn written(cells: &[&str]) -> Program {
    let parts: Vec<Part<'_>> = cells
        .iter()
        .enumerate()
        .map(|(index, text)| Part::Code(index + 1, text))
        .collect();
    program(&parts).expect("the cells can be read")
}

/// Items, then statements.
fn text(cells: &[&str]) -> String {
    let program = written(cells);
    format!("{}====\n{}", program.items, program.statements)
}

#[test]
fn nothing_makes_an_empty_program() {
    assert_eq!(program(&[]), Ok(Program::default()));
}

#[test]
fn waits_are_calls_and_other_versions_are_named() {
    insta::assert_snapshot!(text(&["let x = f().await?;\nx.go().await"]), @"
    ====

    // ---- cell 1 ----
    let x = ::hebb_batch::wait(f())?;
    ::hebb_batch::show!(::hebb_batch::wait(x.go()));
    ");
    let cells = [
        ":dep tokio = { version = \"1\", features = [\"full\"] }\n:dep image = \"0.23\"",
        "extern crate image;\nextern crate plotters;\nf().await;",
        "g().await",
    ];
    insta::assert_snapshot!(text(&cells), @r#"
    use ::image;

    use ::hebb_batch::plotters;

    fn __hebb_runtime() -> ::tokio::runtime::Handle { ::hebb_batch::wait_in(::tokio::runtime::Runtime::new, |runtime: &mut ::tokio::runtime::Runtime| runtime.handle().clone()) }
    fn __hebb_wait<F: ::std::future::IntoFuture>(future: F) -> F::Output { ::hebb_batch::wait_in(::tokio::runtime::Runtime::new, |runtime: &mut ::tokio::runtime::Runtime| runtime.block_on(::std::future::IntoFuture::into_future(future))) }

    ====

    // ---- cell 1 ----
    // :dep tokio = { version = "1", features = ["full"] } (in Cargo.toml)
    // :dep image = "0.23" (in Cargo.toml)

    // ---- cell 2 ----
    let __hebb_runtime = __hebb_runtime(); let __hebb_inside = __hebb_runtime.enter();
    __hebb_wait(f());

    // ---- cell 3 ----
    ::hebb_batch::show!(__hebb_wait(g()));
    "#);
}

#[test]
fn statements_stay_in_order_and_items_go_above_them() {
    let parts = [
        Part::Prose("# Title\n\ntext"),
        Part::Code(
            1,
            "let x = 2.0;\n// a comment\nfn twice(x: f64) -> f64 { 2.0 * x } // beside\nx",
        ),
        Part::Code(2, ":vars\nuse std::fmt::{self, Debug};\nprintln!(\"{x}\")"),
        Part::LeftOut(3, "let y: i32 = \"no\";", "it is tagged raises-exception"),
        Part::Code(
            4,
            ":dep rand = \"0.9\"\n:dep ndarray\nfor i in 0..3 { println!(\"{i}\") }\nx = 3.0",
        ),
        Part::Code(5, "// nothing"),
    ];
    let program = program(&parts).expect("the cells can be read");
    assert_eq!(
        program.crates,
        BTreeMap::from([("rand".to_owned(), "\"0.9\"".to_owned())])
    );
    let text = format!("{}====\n{}", program.items, program.statements);
    insta::assert_snapshot!(text, @r#"
    fn twice(x: f64) -> f64 { 2.0 * x }

    use std::fmt::{self};

    use std::fmt::Debug;

    ====

    // # Title
    //
    // text

    // ---- cell 1 ----
    let x = 2.0;
    // a comment
    // beside
    ::hebb_batch::show!(x);

    // ---- cell 2 ----
    // :vars (left out: it is for notebooks)
    println!("{x}");

    // ---- cell 3 ----

    // Left out: it is tagged raises-exception.
    // let y: i32 = "no";

    // ---- cell 4 ----
    // :dep rand = "0.9" (in Cargo.toml)
    // :dep ndarray (in Cargo.toml)
    for i in 0..3 { println!("{i}") }
    x = 3.0;

    // ---- cell 5 ----
    // nothing
    "#);
}

#[test]
fn what_is_for_notebooks_alone_is_left_out() {
    let text = text(&[
        "!pip list\nlet done = false;",
        "!done",
        "extern crate plotters;\n:opt 2\n:deprecated",
        "!ls\nprintln!(\"x\");",
    ]);
    insta::assert_snapshot!(text, @r#"
    use ::hebb_batch::plotters;

    ====

    // ---- cell 1 ----
    // !pip list (left out: it is for the shell)
    let done = false;

    // ---- cell 2 ----
    ::hebb_batch::show!(!done);

    // ---- cell 3 ----
    // :opt 2 (left out: it is for notebooks)
    // :deprecated (left out: it is for notebooks)

    // ---- cell 4 ----
    // !ls (left out: it is for the shell)
    println!("x");
    "#);
}

#[test]
fn what_is_defined_anew_counts_from_its_cell_on_and_so_does_what_is_built_on_it() {
    let text = text(&[
        "fn rate() -> f64 { 0.1 }\nfn cost(n: f64) -> f64 { n * rate() }\nfn other() {}",
        "fn rate() -> f64 { 0.2 }",
        "fn rate() -> f64 { 0.2 }",
        "fn bill() -> f64 { cost(3.0) }",
    ]);
    insta::assert_snapshot!(text, @"
    fn rate() -> f64 { 0.1 }

    fn cost(n: f64) -> f64 { n * rate() }

    fn other() {}

    ====

    // ---- cell 1 ----

    // ---- cell 2 ----
    {
    // What is built on the items that this cell defines anew is repeated here.
    fn cost(n: f64) -> f64 { n * rate() }
    fn rate() -> f64 { 0.2 }

    // ---- cell 3 ----

    // ---- cell 4 ----
    {
    fn bill() -> f64 { cost(3.0) }
    }
    }
    ");
}

#[test]
fn a_type_that_changes_takes_its_impls_along() {
    let text = text(&[
        "struct Point { x: f64 }\nimpl Point { fn norm(&self) -> f64 { self.x } }\nstruct Line(Point);\nenum Kind { A }\nuse Kind::*;",
        "struct Point { x: f64, y: f64 }",
        "impl Point { fn norm(&self) -> f64 { self.x + self.y } }",
        "enum Kind { A, B }",
    ]);
    insta::assert_snapshot!(text, @"
    struct Point { x: f64 }

    impl Point { fn norm(&self) -> f64 { self.x } }

    struct Line(Point);

    enum Kind { A }

    use Kind::*;

    ====

    // ---- cell 1 ----

    // ---- cell 2 ----
    {
    // What is built on the items that this cell defines anew is repeated here.
    impl Point { fn norm(&self) -> f64 { self.x } }
    struct Line(Point);
    struct Point { x: f64, y: f64 }

    // ---- cell 3 ----
    {
    // What is built on the items that this cell defines anew is repeated here.
    struct Line(Point);
    struct Point { x: f64, y: f64 }
    impl Point { fn norm(&self) -> f64 { self.x + self.y } }
    // cell 3 defines methods of `Point` anew: variables made before keep the old methods in the program

    // ---- cell 4 ----
    {
    // What is built on the items that this cell defines anew is repeated here.
    use Kind::*;
    enum Kind { A, B }
    }
    }
    }
    ");
}

#[test]
fn a_name_keeps_the_meaning_that_it_had_in_earlier_cells() {
    let text = text(&[
        "let y = sine(3, 0.1); x.sigmoid(); std::io::stdout();",
        "fn sine() {}\nfn sigmoid() {}\nuse std::io::stdout;\nfn main() {}",
        "fn wave() { sine() }\nfn flat() {}",
    ]);
    insta::assert_snapshot!(text, @"
    fn sigmoid() {}

    use std::io::stdout;

    fn flat() {}

    ====

    // ---- cell 1 ----
    let y = sine(3, 0.1); x.sigmoid(); std::io::stdout();

    // ---- cell 2 ----
    {
    fn sine() {}
    fn main() {}

    // ---- cell 3 ----
    {
    fn wave() { sine() }
    }
    }
    ");
}

#[test]
fn a_cell_that_is_no_rust_is_named() {
    let said = |text: &str| {
        let parts = [Part::Code(1, "1"), Part::Code(2, text)];
        program(&parts).expect_err("it cannot be read").to_string()
    };
    insta::assert_snapshot!(said("let x = 1;\nlet y = x +;"), @"
    cell 2, line 2, column 12: expected an expression
    hint: run the cell in Jupyter until it works, save, and try again
    ");
    insta::assert_snapshot!(said("let x = (1;"), @"
    cell 2, line 1, column 9: brackets or quotes do not match
    hint: run the cell in Jupyter until it works, save, and try again
    ");
    insta::assert_snapshot!(said(":dep a b"), @r#"
    cell 2: `:dep a b` is not understood
    hint: write `:dep NAME = "VERSION"` or `:dep NAME = { version = "VERSION", features = ["FEATURE"] }`
    "#);
    insta::assert_snapshot!(said(&"(".repeat(20_000).chars().chain(")".repeat(20_000).chars()).collect::<String>()), @"
    cell 2, line 1, column 1: it is nested too deeply
    hint: run the cell in Jupyter until it works, save, and try again
    ");
}

#[test]
fn a_type_whose_methods_alone_are_new_is_noted() {
    let notes = |cell: &str| {
        written(&[
            "struct Circle(f64);\ntrait Shape { fn area(&self) -> f64; }\nfn pi() -> f64 { 3.0 }",
            "impl Shape for Circle { fn area(&self) -> f64 { pi() * self.0 } }",
            cell,
        ])
        .notes
    };
    let expected = [
        "cell 3 defines methods of `Circle` anew: variables made before keep the old methods in the program",
    ];
    assert_eq!(notes("fn pi() -> f64 { 3.14 }"), expected);
    assert_eq!(
        notes("impl Shape for Circle { fn area(&self) -> f64 { 1.0 } }"),
        expected
    );
    assert!(
        notes("struct Circle { r: f64 }").is_empty(),
        "the notebook drops these variables"
    );
    assert!(notes("impl Circle { fn radius(&self) -> f64 { self.0 } }").is_empty());
    assert!(notes("let c = Circle(1.0);\nc.area()").is_empty());
}
