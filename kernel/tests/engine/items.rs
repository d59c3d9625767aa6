//! Items and `use`s: remembered, defined anew.

use crate::session::{Session, check};

#[test]
fn every_kind_of_item_is_seen_later() {
    check(&[
        ("fn square(x: i32) -> i32 { x * x }", ""),
        ("square(7)", "=> 49"),
        (
            "#[derive(Debug, Clone)] struct Point { x: f64, y: f64 }
             impl Point { fn norm(&self) -> f64 { (self.x * self.x + self.y * self.y).sqrt() } }
             impl std::ops::Add for Point { type Output = Point; fn add(self, o: Point) -> Point { Point { x: self.x + o.x, y: self.y + o.y } } }
             const SIDES: usize = 3; type Row = [u8; SIDES];",
            "",
        ),
        ("let p = Point { x: 3.0, y: 4.0 };\np.norm()", "=> 5.0"),
        ("p + Point { x: 1.0, y: 1.0 }", "=> Point { x: 4.0, y: 5.0 }"),
        ("Row::default()", "=> [0, 0, 0]"),
        (
            "trait Shape { fn sides(&self) -> u32; }
             struct Tri; impl Shape for Tri { fn sides(&self) -> u32 { 3 } }
             let all: Vec<Box<dyn Shape>> = vec![Box::new(Tri)];",
            "",
        ),
        ("all.iter().map(|s| s.sides()).sum::<u32>()", "=> 3"),
        ("macro_rules! twice { ($x:expr) => { $x + $x } }", ""),
        ("twice!(4)", "=> 8"),
        ("fn eight() -> i32 { twice!(4) }", ""),
        ("macro_rules! twice { ($x:expr) => { $x * 3 } }\neight()", "=> 12"),
        ("eight() + twice!(1)", "=> 15"),
        (
            "mod shapes { #[derive(Debug)] pub struct Circle(pub f64); pub fn area(c: &Circle) -> f64 { c.0 } }
             use shapes::Circle; let c = Circle(2.0);",
            "",
        ),
        ("shapes::area(&c)", "=> 2.0"),
        ("c", "=> Circle(2.0)"),
        ("enum Maybe<T> { Just(T), Nothing }\nimpl<T: Copy> Maybe<T> { fn get(&self, or: T) -> T { match self { Maybe::Just(x) => *x, Maybe::Nothing => or } } }", ""),
        ("Maybe::Just(4).get(0) + Maybe::Nothing.get(1)", "=> 5"),
        ("use std::collections::{BTreeMap, HashMap as Map};", ""),
        ("let m: Map<i32, i32> = Map::new(); let b = BTreeMap::from([(1, 2)]); b[&1] + m.len() as i32", "=> 2"),
        ("use std::fmt::Write; use std::collections::HashSet as Map;", ""),
        ("let mut s = String::new(); write!(s, \"{}\", Map::from([1]).len())?; s", "=> \"1\""),
    ]);
}

#[test]
fn the_latest_definition_wins() {
    check(&[
        ("fn f() -> i32 { 1 }\nfn g() -> i32 { f() * 10 }", ""),
        ("g()", "=> 10"),
        ("fn f() -> i32 { 2 }", ""),
        ("g()", "=> 20"),
    ]);
}

#[test]
fn variables_of_a_type_defined_anew_are_gone() {
    let mut session = Session::new();
    let point = "#[derive(Debug)] struct P { x: i32 }\n#[derive(Debug)] struct Holder { p: P }";
    assert_eq!(session.run(point), "");
    assert_eq!(
        session.run("let p = P { x: 1 }; let all = vec![Holder { p: P { x: 2 } }]; let other = 3;"),
        ""
    );
    assert_eq!(session.run(point), "", "the same definition changes nothing");
    assert_eq!(session.run("p.x"), "=> 1");
    let failed = session.run("#[derive(Debug)] struct P { x: f64 }\nlet broken: i32 = \"\";");
    assert!(failed.starts_with("error[E0308]"), "{failed}");
    assert_eq!(session.run("p.x"), "=> 1", "a failed cell defines nothing");
    assert_eq!(
        session.run("#[derive(Debug)] struct P { x: f64 }"),
        "note: `all` and `p` are gone: the type has been defined anew"
    );
    assert_eq!(session.variables(), "other: i32");
    let gone = session.run("p");
    assert!(
        gone.ends_with("hint: `p` was of a type that has been defined anew since"),
        "{gone}"
    );
    assert_eq!(session.run("let p = P { x: 0.5 }; p"), "=> P { x: 0.5 }");
}

#[test]
fn a_static_starts_afresh_and_says_so() {
    let mut session = Session::new();
    insta::assert_snapshot!(
        session.run("use std::sync::atomic::{AtomicU32, Ordering};\nstatic COUNT: AtomicU32 = AtomicU32::new(0);"),
        @"
    note: the static `COUNT` starts afresh in every cell that uses it
    hint: `let` makes what cells share
    "
    );
    assert_eq!(session.run("COUNT.fetch_add(1, Ordering::Relaxed)"), "=> 0");
    assert_eq!(session.run("COUNT.fetch_add(1, Ordering::Relaxed)"), "=> 0");
}

#[test]
fn whatever_a_cell_refers_to_is_linked() {
    check(&[
        (
            "340282366920938463463374607431768211455_u128 / 18446744073709551617",
            "=> 18446744073709551615",
        ),
        (
            "let angle: f64 = 0.5; (angle.sin().powi(2) + angle.cos().powf(2.0)).round()",
            "=> 1.0",
        ),
        (
            "use std::cell::Cell; thread_local! { static SEEN: Cell<i32> = const { Cell::new(4) }; }\nSEEN.get() + 1",
            "note: the static `SEEN` starts afresh in every cell that uses it\nhint: `let` makes what cells share\n=> 5",
        ),
        (
            "unsafe extern \"C\" { safe fn labs(x: i64) -> i64; }\nlabs(-3)",
            "=> 3",
        ),
        (
            "#[link(name = \"m\")] unsafe extern \"C\" { safe fn rint(x: f64) -> f64; }\nrint(2.7)",
            "=> 3.0",
        ),
        (
            "#[unsafe(no_mangle)] extern \"C\" fn sine(x: f64) -> f64 { x }\nfor i in 0..2 { assert_eq!(sine(i as f64), i as f64) }",
            "",
        ),
    ]);
}
