//! What a learner is offered after values of every kind, over the real prelude: `¦` is the cursor.

use std::path::Path;
use std::sync::LazyLock;

use super::*;
use crate::engine::Variable;

/// An assistant over the prelude's sources, for a session with variables of every kind.
fn assistant() -> &'static Assist {
    static ASSISTANT: LazyLock<Assist> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = tempfile::tempdir().expect("a folder");
        let api = folder.path().join("api.json");
        index_crates(&[root.join("dl-core/src"), root.join("kernel/prelude/src")])
            .expect("an index")
            .save(&api)
            .expect("a file");
        let view = SharedView::default();
        let rows = [
            ("t", "dl_core::Tensor"),
            ("model", "dl_core::model::Sequential"),
            ("adam", "dl_core::optimizers::Adam"),
            ("data", "dl_core::data::Dataset"),
            ("history", "dl_core::model::History"),
            ("numbers", "std::vec::Vec<i32>"),
            ("rows", "std::vec::Vec<std::vec::Vec<f32>>"),
            ("name", "std::string::String"),
            ("text", "&'static str"),
            ("maybe", "std::option::Option<std::string::String>"),
            ("tried", "std::result::Result<f32, std::string::String>"),
            ("array", "[f32; 3]"),
            ("slice", "&'static [f32]"),
            ("whole", "i32"),
            ("count", "usize"),
            ("x", "f32"),
            ("flag", "bool"),
            ("letter", "char"),
            ("map", "std::collections::HashMap<std::string::String, i32>"),
            ("set", "std::collections::HashSet<i32>"),
            ("shared", "std::rc::Rc<std::cell::RefCell<std::vec::Vec<f32>>>"),
            ("boxed", "std::boxed::Box<Circle>"),
            ("pair", "(f32, std::string::String)"),
            ("range", "std::ops::Range<usize>"),
            ("f", "std::boxed::Box<dyn std::ops::Fn(f32) -> f32>"),
            ("start", "std::time::Instant"),
            ("circle", "Circle"),
            ("shape", "Shape"),
        ];
        let variable = |(name, of): (&str, &str)| Variable {
            name: name.to_string(),
            type_name: of.to_string(),
        };
        view.set(SessionView {
            variables: rows.into_iter().map(variable).collect(),
            items: vec![
                "/// A round thing.\n#[derive(Clone, Debug, PartialEq)]\nstruct Circle { center: Point, radius: f32 }".to_string(),
                "#[derive(Clone, Copy, Debug, PartialEq)]\nstruct Point { x: f32, y: f32 }".to_string(),
                "impl Circle { /// Its area.\nfn area(&self) -> f32 { 0.0 }\n fn unit() -> Circle { todo!() } fn scaled(self, by: f32) -> Self { self } }".to_string(),
                "enum Shape { Round(Circle), Box { width: f32, height: f32 }, Nothing }".to_string(),
                "impl Shape { fn describe(&self) -> String { String::new() } }".to_string(),
                "trait Named { fn label(&self) -> String; fn short(&self) -> String { self.label() } }".to_string(),
                "impl Named for Circle { fn label(&self) -> String { String::new() } }".to_string(),
                "struct Countdown(u32);".to_string(),
                "impl Iterator for Countdown { type Item = u32; fn next(&mut self) -> Option<u32> { None } }".to_string(),
                "fn apply<F: Fn(f32) -> f32>(f: F, x: f32) -> f32 { f(x) }".to_string(),
                "fn classify(image: &Tensor, top: usize) -> Vec<(String, f32)> { vec![] }".to_string(),
            ],
            uses: vec!["use std::collections::HashMap;".to_string(), "use std::rc::Rc;".to_string()],
        });
        let assist = Assist::new(view, &api);
        assist.index();
        assist
    });
    &ASSISTANT
}

fn cut(marked: &str) -> (String, usize) {
    let cursor = marked.find('¦').expect("a cursor");
    (marked.replace('¦', ""), cursor)
}

fn offered(marked: &str) -> Vec<String> {
    let (code, cursor) = cut(marked);
    let found = assistant().complete(&code, cursor).items;
    found.into_iter().map(|item| item.text).collect()
}

/// Each place offers all the names, and none that stands behind `!`.
fn offers(rows: &[(&str, &str)]) {
    let mut complaints = Vec::new();
    for (marked, expected) in rows {
        let found = offered(marked);
        for name in expected.split_whitespace() {
            let wanted = !name.starts_with("no:");
            let name = name.trim_start_matches("no:");
            if found.iter().any(|text| text == name) != wanted {
                let first: Vec<&String> = found.iter().take(12).collect();
                complaints.push(format!(
                    "{marked}: {name} wanted {wanted}: {} offered: {first:?}",
                    found.len()
                ));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn values_of_every_kind_offer_their_members() {
    offers(&[
        ("model.fit(&data, Fit::epochs(3))?.¦", "get epochs"),
        ("Fit::epochs(3).¦", "batch_size"),
        ("data.x.shape()[0].¦", "pow"),
        ("t.matmul(&t).sum().¦", "matmul item"),
        (
            "let pairs = numbers.iter().filter(|t| **t > 1).count(); t.¦",
            "matmul",
        ),
        ("numbers.iter().map(|name| name * 2).max(); name.¦", "push_str"),
        ("numbers.iter().map(|name| { let y = 1; name.¦", "pow no:push_str"),
        ("(&t * 2.0 + 1.0).¦", "matmul"),
        ("t.¦", "matmul shape sum mean reshape clone no:zeros"),
        ("model.¦", "fit predict evaluate summary"),
        ("data.¦", "x y"),
        ("history.¦", "get epochs names show no:fmt"),
        (
            "numbers.¦",
            "push len iter sort first contains extend retain dedup windows no:chars no:sqrt",
        ),
        ("rows.¦", "push concat iter no:join"),
        ("rows[0].¦", "push len iter"),
        ("rows[0][1].¦", "sqrt powi clamp total_cmp to_string no:push"),
        (
            "name.¦",
            "push_str len chars trim split as_str parse to_uppercase clone",
        ),
        (
            "text.¦",
            "len chars trim split parse to_string to_owned no:push_str",
        ),
        ("\"abc\".¦", "len chars to_string repeat"),
        (
            "maybe.¦",
            "is_some unwrap unwrap_or map and_then as_deref take no:flatten no:iter_mut",
        ),
        ("maybe.unwrap().¦", "push_str chars"),
        ("tried.¦", "is_ok unwrap map_err ok expect"),
        ("tried.unwrap_err().¦", "chars"),
        ("array.¦", "map len iter contains as_slice no:push"),
        ("array[0].¦", "sqrt"),
        ("slice.¦", "len iter first windows chunks to_vec no:push no:map"),
        (
            "whole.¦",
            "pow abs checked_add min max clamp to_string rem_euclid no:sqrt no:is_power_of_two",
        ),
        ("count.¦", "pow is_power_of_two saturating_sub abs_diff no:signum"),
        ("x.¦", "sqrt exp ln sin powi round is_nan mul_add to_bits"),
        ("flag.¦", "then then_some"),
        ("letter.¦", "is_alphabetic to_digit to_ascii_uppercase to_string"),
        (
            "map.¦",
            "insert get entry contains_key keys values iter remove len",
        ),
        ("map.get(\"a\").¦", "unwrap copied is_some"),
        ("map.get(\"a\").unwrap().¦", "pow abs"),
        ("map.entry(name).or_insert(0).¦", "pow"),
        ("set.¦", "insert contains union difference iter"),
        ("shared.¦", "borrow borrow_mut clone no:get_mut"),
        ("shared.borrow().¦", "len iter first"),
        ("shared.borrow_mut().¦", "push pop"),
        ("boxed.¦", "area radius label"),
        ("pair.¦", "0 1"),
        ("pair.1.¦", "push_str"),
        ("range.¦", "start end contains map rev step_by"),
        ("(0..10).¦", "map filter rev sum"),
        ("(0..=9).rev().¦", "map collect"),
        ("f(1.0).¦", "sqrt"),
        ("start.elapsed().¦", "as_secs_f64 as_millis"),
        (
            "circle.¦",
            "center radius area scaled label short clone no:unit no:fmt",
        ),
        ("circle.center.¦", "x y clone"),
        ("circle.center.x.¦", "sqrt"),
        ("circle.scaled(2.0).¦", "area"),
        ("shape.¦", "describe no:Round"),
        ("Countdown(3).¦", "next map take_while 0"),
        ("Countdown(3).map(|n| n * 2).max().unwrap().¦", "pow"),
    ]);
}

#[test]
fn chains_keep_their_types() {
    offers(&[
        (
            "numbers.iter().¦",
            "map filter sum rev zip enumerate collect fold min_by_key",
        ),
        ("numbers.iter().map(|v| v * 2).¦", "filter collect"),
        ("numbers.iter().map(|v| v * 2).max().unwrap().¦", "pow"),
        (
            "numbers.iter().map(|v| v.to_string()).next().unwrap().¦",
            "push_str",
        ),
        ("numbers.iter().map(|v| v.¦", "pow abs"),
        ("numbers.iter().filter(|v| v.¦", "pow abs"),
        ("rows.iter().map(|row| row.iter().¦", "sum map"),
        (
            "rows.iter().map(|row| row.iter().sum::<f32>()).fold(0.0, |total, v| v.¦",
            "sqrt",
        ),
        ("rows.iter().flatten().map(|v| v.¦", "sqrt"),
        ("rows.iter().flat_map(|row| row.iter()).map(|v| v.¦", "sqrt"),
        ("rows.iter().zip(&numbers).map(|(row, n)| row.¦", "len first"),
        ("rows.iter().zip(&numbers).map(|(row, n)| n.¦", "pow"),
        ("rows.iter().enumerate().for_each(|(i, row)| i.¦", "pow no:first"),
        ("name.chars().rev().¦", "collect map"),
        ("name.chars().filter(|c| c.¦", "is_alphabetic"),
        (
            "name.split(',').map(|part| part.trim().parse::<f32>()).next().unwrap().unwrap().¦",
            "sqrt",
        ),
        ("name.split_whitespace().map(str::len).max().unwrap().¦", "pow"),
        (
            "name.split_whitespace().map(String::from).next().unwrap().¦",
            "push_str",
        ),
        ("name.split_once(':').unwrap().0.¦", "trim"),
        (
            "let words: Vec<_> = name.split(' ').collect();\nwords[0].¦",
            "trim chars no:push_str",
        ),
        (
            "let words = name.split(' ').collect::<Vec<_>>();\nwords.¦",
            "push join",
        ),
        (
            "let words: Vec<String> = name.split(' ').map(|w| w.to_uppercase()).collect();\nwords[0].¦",
            "push_str",
        ),
        (
            "let counts = name.chars().map(|c| (c, 1)).collect::<HashMap<_, _>>();\ncounts.¦",
            "entry get",
        ),
        ("maybe.as_deref().map(|s| s.¦", "trim chars no:push_str"),
        ("maybe.as_ref().map(|s| s.len()).unwrap_or(0).¦", "pow"),
        ("tried.clone().map(|v| v.¦", "sqrt"),
        ("array.map(|v| v * 2.0).¦", "map iter"),
        ("array.map(|v| v.to_string())[0].¦", "push_str"),
        ("numbers.iter().copied().reduce(|a, b| a.¦", "pow"),
        (
            "numbers.iter().min_by_key(|v| v.abs()).copied().unwrap().¦",
            "pow",
        ),
        ("numbers.iter().partition::<Vec<i32>, _>(|v| **v > 0).0.¦", "push"),
        ("numbers.windows(2).map(|pair| pair.¦", "first iter"),
        (
            "numbers.chunks(2).map(|c| c.to_vec()).collect::<Vec<_>>()[0].¦",
            "push",
        ),
        ("map.iter().map(|(k, v)| k.¦", "push_str chars no:borrow_mut"),
        ("map.iter().map(|(k, v)| v.¦", "pow"),
        ("for (key, value) in &map {\n    key.¦", "chars"),
        ("for (key, value) in map.iter_mut() {\n    value.¦", "pow"),
        ("for row in &mut rows {\n    row.¦", "push"),
        ("for v in rows[0].iter_mut() {\n    v.¦", "sqrt"),
        (
            "numbers.iter().map(|&v| v as f32).map(f32::sqrt).next().unwrap().¦",
            "floor",
        ),
        (
            "numbers.iter().scan(0, |state, v| Some(*v)).next().unwrap().¦",
            "pow",
        ),
        ("numbers.iter().peekable().peek().unwrap().¦", "pow"),
        ("apply(|v| v.¦", "sqrt"),
        ("let double = |v: f32| v * 2.0;\ndouble(1.0).¦", "sqrt"),
        (
            "let total = numbers.iter().sum::<i32>() as f64 / 2.0;\ntotal.¦",
            "sqrt",
        ),
        ("std::iter::repeat(1.5).take(3).map(|v| v.¦", "sqrt"),
        ("classify(&t, 3)[0].1.¦", "sqrt"),
        (
            "classify(&t, 3).into_iter().map(|(class, score)| class).next().unwrap().¦",
            "push_str",
        ),
        ("(1.0_f32).max(2.0).¦", "sqrt"),
        (
            "let m = std::fs::read_to_string(\"a\")?.lines().map(|l| l.split(',').count()).max();\nm.unwrap().¦",
            "pow",
        ),
        ("thread::spawn(|| 1.5).join().unwrap().¦", "floor"),
    ]);
}

#[test]
fn names_of_the_cell_are_known_before_the_cursor() {
    offers(&[
        ("let later = numbers.len();\nlater.¦", "pow"),
        ("let (a, b) = (numbers.clone(), 1.5);\na.¦", "push"),
        ("let (a, b) = (numbers.clone(), 1.5);\nb.¦", "sqrt"),
        ("let Point { x: left, y } = circle.center;\nleft.¦", "sqrt"),
        ("let Point { x: left, y } = circle.center;\ny.¦", "sqrt"),
        ("match shape {\n    Shape::Round(c) => c.¦", "area radius"),
        (
            "match shape {\n    Shape::Round(c) => 1.0,\n    Shape::Box { width, .. } => width.¦",
            "sqrt",
        ),
        ("match maybe {\n    Some(s) => s.¦", "push_str"),
        (
            "match maybe {\n    Some(s) if s.is_empty() => {}\n    Some(other) => other.¦",
            "push_str",
        ),
        ("match &tried { Ok(v) => 0, Err(e) => e.¦", "chars"),
        ("if let Some(s) = &maybe {\n    s.¦", "chars"),
        ("while let Some(n) = numbers.pop() {\n    n.¦", "pow"),
        ("let Some(s) = maybe else { return };\ns.¦", "push_str"),
        ("let [first, second] = [1.5, 2.5];\nsecond.¦", "sqrt"),
        ("fn area(c: &Circle, by: f32) -> f32 {\n    c.¦", "radius area"),
        ("fn area(c: &Circle, by: f32) -> f32 {\n    by.¦", "sqrt"),
        (
            "struct Line { from: Point, to: Point }\nimpl Line {\n    fn length(&self) -> f32 {\n        self.¦",
            "from to",
        ),
        (
            "struct Line { from: Point, to: Point }\nimpl Line {\n    fn new() -> Self { todo!() }\n    fn length(&self) -> f32 {\n        Self::¦",
            "new",
        ),
        (
            "struct Line { from: Point, to: Point }\nimpl Line {\n    fn length(&self) -> f32 {\n        self.from.¦",
            "x y",
        ),
        ("enum Move { Left, Right(u8) }\nlet m = Move::¦", "Left Right"),
        (
            "struct Stack<T> { items: Vec<T> }\nimpl<T> Stack<T> { fn top(&self) -> Option<&T> { None } }\nlet s = Stack { items: vec![1.5] };\ns.¦",
            "items top",
        ),
        (
            "struct Stack<T> { items: Vec<T> }\nimpl<T> Stack<T> { fn top(&self) -> Option<&T> { None } }\nfn f(s: Stack<f32>) { s.top().unwrap().¦",
            "sqrt",
        ),
        (
            "trait Area { fn area(&self) -> f32; }\nimpl Area for Point { fn area(&self) -> f32 { self.¦",
            "x y area",
        ),
        ("let größe = circle.radius;\ngröße.¦", "sqrt"),
        ("let s = \"größer → ∑\"; s.¦", "chars"),
        ("println!(\"{}\", name.¦", "len chars"),
        (
            "let v = vec![Point { x: 1.0, y: 2.0 }];\nv.iter().map(|p| p.¦",
            "x y",
        ),
        ("let f = |p: &Point| p.¦", "x y"),
        ("unsafe_name.x\nnumbers.¦\nlet y = ", "push"),
        ("numbers.pu¦sh(1)", "push"),
        (
            "struct Line { from: Point }\nimpl Line {\n    fn length(&self) -> f32 { self. }\n    fn half(&self) -> f32 { 1.0 }\n}\nlet l: Line;\nl.¦",
            "from length half",
        ),
        ("fn broken( {\nnumbers.¦", "push"),
    ]);
}

#[test]
fn paths_keywords_and_hints_are_offered() {
    offers(&[
        ("std::¦", "collections fs iter mem time"),
        ("std::collections::¦", "HashMap HashSet BTreeMap VecDeque"),
        ("std::mem::¦", "swap take replace"),
        ("std::f32::consts::¦", "PI E SQRT_2"),
        ("f32::¦", "MAX EPSILON INFINITY from_bits sqrt"),
        ("i32::¦", "MAX MIN from_str_radix"),
        ("String::¦", "new from with_capacity from_utf8"),
        ("Vec::¦", "new with_capacity"),
        ("Tensor::¦", "zeros ones randn"),
        ("Shape::¦", "Round Box Nothing"),
        ("Circle::¦", "unit area"),
        ("Rc::¦", "new clone strong_count ptr_eq"),
        ("HashMap::¦", "new with_capacity"),
        ("Ordering::¦", "Less Equal Greater"),
        ("Duration::¦", "from_secs from_millis"),
        ("use std::io::¦", "Read Write stdin"),
        ("use std::¦", "collections rc"),
        ("prin¦", "println! print!"),
        ("asser¦", "assert! assert_eq!"),
        ("wh¦", "while where"),
        ("let c = Circle { ¦", "center radius"),
        ("let c = Circle { radius: 1.0, ¦", "center"),
        ("let x: Vec<Ci¦", "Circle"),
        (
            "let file = std::fs::File::open(\"a\")?;\nfile.¦",
            "no:read_to_string",
        ),
        (
            "use std::io::Read;\nlet file = std::fs::File::open(\"a\")?;\nfile.¦",
            "read_to_string no:write_all",
        ),
        (
            "use std::io::*;\nlet file = std::fs::File::open(\"a\")?;\nfile.¦",
            "read_to_string write_all",
        ),
        ("impl Na¦", "Named"),
        ("Seq¦", "Sequential"),
        (":¦", ":vars :dep :help"),
    ]);
}

#[test]
fn nothing_is_offered_in_text_and_comments() {
    for marked in [
        "\"numbers.¦\"",
        "let s = \"numbers.¦",
        "// numbers.¦",
        "/* numbers.¦ */",
        "/// numbers.¦\nfn f() {}",
        "'n¦'",
        "1.5¦",
        "let nu¦",
        "nosuchthing.¦",
        "nosuchthing().¦",
    ] {
        assert_eq!(offered(marked), Vec::<String>::new(), "{marked}");
    }
}

#[test]
fn a_signature_shows_what_a_caller_gives() {
    let shown = |code: &str| assistant().inspect(code, code.len(), false).expect(code).plain;
    insta::assert_snapshot!(shown("numbers.iter().map"), @"
    // Iterator<&i32>
    fn map<B, F>(self, f: F) -> impl Iterator<Item = B> where F: FnMut(&i32) -> B

    Gives what the closure makes of each element.
    ");
    insta::assert_snapshot!(shown("circle.scaled"), @"
    // Circle
    fn scaled(self, by: f32) -> Self
    ");
    insta::assert_snapshot!(shown("map.entry"), @"
    // HashMap<String, i32>
    fn entry(&mut self, key: String) -> hash_map::Entry<'_, String, i32>

    The place of a key, filled or not: `*map.entry(word).or_insert(0) += 1` counts words.
    ");
    insta::assert_snapshot!(shown("fn half(mut a: f32, (b, c): (i32, i32)) {}\nhalf"), @"fn half(a: f32, (b, c): (i32, i32))");
    let inside = |code: &str, name: &str| {
        let cursor = code.find(name).expect(name) + 1;
        assistant().inspect(code, cursor, false).expect(code).plain
    };
    insta::assert_snapshot!(inside("std::thread::sleep(pause)", "std"), @"
    mod std

    The standard library: what comes with Rust.
    ");
    insta::assert_snapshot!(inside("std::thread::sleep(pause)", "thread"), @"
    mod std::thread

    In it are `JoinHandle`, `Scope`, `available_parallelism`, `scope`, `sleep`, `spawn`.
    ");
    insta::assert_snapshot!(inside("use std::collections::HashMap;", "collections"), @"
    mod std::collections

    In it are `BTreeMap`, `BTreeSet`, `BinaryHeap`, `HashMap`, `HashSet`, `VecDeque`, `btree_map`, `hash_map`.
    ");
    insta::assert_snapshot!(inside("let c = Circle { radius: 1.0 };", "radius"), @"radius: f32");
    assert!(shown("model.fit").contains("fn fit(&mut self, data: &Dataset, fit: Fit)"));
}

/// Each candidate says what it is, and each can be explained.
#[test]
fn every_candidate_has_a_signature_and_an_explanation() {
    let assist = assistant();
    for receiver in [
        "t",
        "model",
        "numbers",
        "name",
        "maybe",
        "array",
        "whole",
        "x",
        "letter",
        "map",
        "numbers.iter()",
    ] {
        let code = format!("{receiver}.");
        let found = assist.complete(&code, code.len()).items;
        assert!(found.len() > 5, "{code}");
        for item in found {
            assert!(
                !item.signature.is_empty() && !item.kind.is_empty(),
                "{code}{item:?}"
            );
            let code = format!("{code}{}", item.text);
            let short = assist.inspect(&code, code.len(), false).expect(&code);
            let whole = assist.inspect(&code, code.len(), true).expect(&code);
            assert!(short.plain.contains(&item.signature), "{code}: {}", short.plain);
            assert!(short.plain.lines().count() > 2, "{code}: {}", short.plain);
            assert!(whole.plain.starts_with(short.plain.trim_end()), "{code}");
            assert!(whole.markdown.starts_with("```rust\n"), "{code}");
        }
    }
}
