//! Cells are taken apart, whatever is in them.

use super::*;

/// The parts of a cell in one line: items, statements, `=` the last expression, the names of new variables.
fn parts(text: &str) -> String {
    let cell = parse(text);
    let text = |range: &Range<usize>| text[range.clone()].trim().to_owned();
    let items: Vec<String> = cell.items.iter().map(|item| text(&item.range)).collect();
    let statements: Vec<String> = cell
        .statements
        .iter()
        .map(text)
        .filter(|text| !text.is_empty())
        .collect();
    let tail = cell.tail.as_ref().map_or(String::new(), text);
    let names: Vec<String> = cell
        .bindings
        .iter()
        .map(|binding| format!("{}{}", if binding.mutable { "mut " } else { "" }, binding.name))
        .collect();
    format!(
        "{} | {} = {tail} | {}",
        items.join(" "),
        statements.join(" "),
        names.join(", ")
    )
}

#[test]
fn cells_are_taken_apart() {
    let rows = [
        ("", " |  =  | "),
        ("1 + 1 // two", " |  = 1 + 1 | "),
        ("f();", " | f(); =  | "),
        (
            "use a::b; let x = 1; fn f() {} x",
            "use a::b; fn f() {} | let x = 1; = x | x",
        ),
        (
            "let mut é = \"日本\"; struct S; é",
            "struct S; | let mut é = \"日本\"; = é | mut é",
        ),
        (
            "let (a, mut b) = t; let [c, ..] = s;",
            " | let (a, mut b) = t; let [c, ..] = s; =  | a, mut b, c",
        ),
        ("let x = 1; let x = 2;", " | let x = 1; let x = 2; =  | x"),
        (
            "let Some(x) = y else { return };",
            " | let Some(x) = y else { return }; =  | x",
        ),
        (
            "let None = y else { return };",
            " | let None = y else { return }; =  | ",
        ),
        ("let (A | B) = y;", " | let (A | B) = y; =  | "),
        ("println!(\"\")", " | println!(\"\") =  | "),
        ("vec![1]", " |  = vec![1] | "),
        ("x += 1", " | x += 1 =  | "),
        ("if a { 1 } else { 2 }", " |  = if a { 1 } else { 2 } | "),
        ("if a { f() }", " | if a { f() } =  | "),
        ("let x = ", " | let x = =  | "),
        ("f(}", " | f(} =  | "),
    ];
    for (text, expected) in rows {
        assert_eq!(parts(text), expected, "{text}");
    }
}

#[test]
fn text_that_is_no_rust_is_told_apart() {
    let rows = [
        ("let x =", Broken::Grammar),
        ("f(}", Broken::Brackets),
        ("\"abc", Broken::Brackets),
    ];
    for (text, why) in rows {
        assert_eq!(parse(text).broken, Some(why), "{text}");
    }
}

#[test]
fn no_depth_exhausts_the_stack() {
    let shapes = |n: usize| {
        [
            format!("{}1{}", "(".repeat(n), ")".repeat(n)),
            format!("{}{}", "{".repeat(n), "}".repeat(n)),
            format!("let a = {}1{};", "[".repeat(n), "]".repeat(n)),
            format!("let a = {}1;", "- ".repeat(n)),
            format!("let a = {}1{};", "if ".repeat(n), "{1}".repeat(n)),
            format!("let a = {}1;", "|b| ".repeat(n / 3)),
            format!("let a = 1{};", " + 1".repeat(n / 2)),
            format!("let a = b{};", ".c()".repeat(n / 3)),
            format!("if a {{}}{}", " else if b {}".repeat(n / 4)),
            format!("let a: {}u8{};", "Map<u8, ".repeat(n / 3), ">".repeat(n / 3)),
            format!("let {}a{} = b;", "Some(".repeat(n / 2), ")".repeat(n / 2)),
            format!("{}{}", "mod m {".repeat(n / 3), "}".repeat(n / 3)),
            format!("{}{}", "fn f() {".repeat(n / 4), "}".repeat(n / 4)),
            format!("use a::{}b{};", "c::{".repeat(n / 4), "}".repeat(n / 4)),
        ]
    };
    for depth in [SHALLOW, DEEPEST] {
        for text in shapes(depth - 20) {
            assert_ne!(parse(&text).broken, Some(Broken::Depth), "{text}");
        }
        for text in shapes(depth) {
            parse(&text);
        }
    }
    for text in shapes(DEEPEST * 20) {
        let cell = parse(&text);
        assert_eq!(cell.broken, Some(Broken::Depth), "{}", &text[..40]);
        assert_eq!(cell.code, text);
    }
}

#[test]
fn a_line_within_a_statement_is_no_command() {
    for text in ["1 +\n:vars\n1", "struct A\n:vars\n;", ":help\nlet x =\n:vars\n1;"] {
        let cell = parse(text);
        assert_eq!(cell.broken, Some(Broken::Grammar), "{text}");
        assert!(
            cell.code.contains(":vars") && !cell.code.contains(":help"),
            "{text}"
        );
    }
    assert_eq!(parse("1;\n:vars\n2;\n:vars\n3").commands.len(), 2);
}

#[test]
fn commands_are_lines_of_their_own_outside_of_strings() {
    let text = ":dep a = \"1\"\nlet x = \"\n:no\n\";\n:vars\nx";
    let cell = parse(text);
    let commands: Vec<_> = cell
        .commands
        .iter()
        .map(|c| (c.text.as_str(), c.after_code))
        .collect();
    assert_eq!(commands, [("dep a = \"1\"", false), ("vars", true)]);
    assert_eq!(cell.code.len(), text.len());
    assert_eq!(cell.tail.map(|range| &text[range]), Some("x"));
    assert!(
        cell.statements
            .iter()
            .all(|range| !text[range.clone()].contains(":vars"))
    );
}

#[test]
fn closures_tell_their_shape() {
    let cell = parse("let f = |a, b: &i32, c: &mut u8, &d: &u8| 1; let g = move || (); let h = vec![|x| x];");
    let shapes: Vec<_> = cell
        .bindings
        .iter()
        .map(|binding| binding.closure.clone())
        .collect();
    let first = Closure {
        parameters: vec!["_", "&_", "&mut _", "&_"],
        move_at: Some(8),
    };
    let second = Closure {
        parameters: vec![],
        move_at: None,
    };
    assert_eq!(shapes, [Some(first), Some(second), None]);
}

#[test]
fn it_is_seen_which_variables_cannot_be_meant() {
    let rows = [
        ("let x = 1;", "x"),
        ("let x = 1; x + 1", "x"),
        ("let mut é: i32 = 1;\nlet (a, r#type) = (é, é); a", "é a type"),
        ("let x = x + 1;", ""),
        ("x; let x = 1;", ""),
        ("let y = x; let x = 1;", "y"),
        ("let y = xx; let x = 1;", "y x"),
        ("println!(\"{x}\"); let x = 1;", ""),
        ("let x = { let x = 1; x };", ""),
        ("let x = 1; let x = x + 1;", "x"),
        ("let x = x; let x = 1;", ""),
        ("let Some(x) = y else { return drop(x) };", ""),
        ("let Ok(x) | Err(x) = y;", ""),
        ("#[cfg(no)] let x = 1; x", ""),
        ("{ let x = 1; }", ""),
        ("fn x() {} let x = 1;", ""),
    ];
    for (text, hidden) in rows {
        let cell = parse(text);
        let names = cell.bindings.iter().filter(|binding| binding.hides_earlier);
        let names: Vec<&str> = names
            .map(|binding| binding.name.trim_start_matches("r#"))
            .collect();
        assert_eq!(names.join(" "), hidden, "{text}");
    }
}

#[test]
fn deep_and_long_text_is_survived() {
    for text in [
        "(".repeat(100_000),
        "-".repeat(100_000) + "1",
        "a.".repeat(50_000) + "b",
        "// x\n".repeat(100_000),
    ] {
        let cell = parse(&text);
        assert_eq!(cell.code.len(), text.len());
    }
}
