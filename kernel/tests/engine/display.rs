//! What a cell shows: its last expression, displays, text, and their order.

use crate::session::{Session, check};

#[test]
fn the_last_expression_is_shown() {
    check(&[
        ("1+1", "=> 2"),
        ("let x = 5;", ""),
        ("x // words after it", "=> 5"),
        ("_ = x * 2;", ""),
        ("", ""),
        ("  // only words\r\n/* and more */\t", ""),
        ("println!(\"hi {x}\")", "hi 5"),
        ("()", ""),
        ("for _ in 0..2 { }", ""),
        ("if x > 3 { \"more\" } else { \"less\" }", "=> \"more\""),
        ("loop { break 5 }", "=> 5"),
        ("0.5", "=> 0.5"),
        ("vec![x; 2]", "=> [5, 5]"),
        ("let name = String::from(\"é\"); name", "=> \"é\""),
        ("name.len()", "=> 2"),
    ]);
}

#[test]
fn rich_values_come_before_plain_ones() {
    let tensor = "=> tensor [0., 0.]\nshape [2]";
    check(&[
        ("let t = Tensor::zeros([2]); t", tensor),
        ("&t", tensor),
        ("Some(t.clone())", tensor),
        ("None::<Tensor>", "=> None"),
        ("let ok: Result<Tensor, String> = Ok(t.clone()); ok", tensor),
        (
            "Err::<Tensor, &str>(\"no tensor\")",
            "Error: no tensor\n --> In [6]:1:1\n  |\n1 | Err::<Tensor, &str>(\"no tensor\")\n  | ^^^^^^^^^^^^",
        ),
        (
            "#[derive(Debug)] struct Grade(i32);\nimpl Show for Grade { fn show(&self) -> MimeBundle { MimeBundle::text(format!(\"{} points\", self.0)) } }\nGrade(3)",
            "=> 3 points",
        ),
        (
            "#[derive(Debug)] struct Own;\nimpl Own { fn evcxr_display(&self) { println!(\"EVCXR_BEGIN_CONTENT text/plain\\nown\\nEVCXR_END_CONTENT\"); } }\nOwn",
            "[display] own",
        ),
        (
            "struct Said;\nimpl std::fmt::Display for Said { fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { f.write_str(\"said\") } }\nSaid",
            "=> said",
        ),
        (
            "struct Mute; Mute",
            "note: the value has the type Mute, which has no display\nhint: write #[derive(Debug)] above the type's definition",
        ),
    ]);
}

#[test]
fn everything_appears_in_the_order_of_the_program() {
    check(&[(
        "println!(\"a\"); display(&MimeBundle::text(\"one\")); print!(\"b\");
         let live = display_live(&MimeBundle::text(\"two\")); live.update(&MimeBundle::text(\"three\"));
         eprintln!(\"c\"); 7",
        "a\n[display] one\nb⏎\n[display] two\n[update] three\n[stderr] c\n=> 7",
    )]);
}

#[test]
fn huge_output_arrives_whole_and_huge_values_are_cut() {
    let mut session = Session::new();
    let text = session.run("for i in 0..200_000 { println!(\"line {i}\"); }");
    assert_eq!(text.lines().count(), 200_000);
    assert!(text.ends_with("line 199999"));
    let value = session.run("vec![7; 10_000_000]");
    assert!(value.starts_with("=> [7, 7, 7") && value.ends_with("... (cut)"));
    assert!(value.len() < 70_000, "{}", value.len());
}

#[test]
fn input_is_asked_for() {
    let mut session = Session::new();
    assert_eq!(
        session.run_answering("let name = input(\"who? \"); name", &["Ada"]),
        "[input] who? \n=> \"Ada\""
    );
    assert_eq!(session.run("name.len()"), "=> 3");
    let refused = session.run("input(\"who? \")");
    assert!(
        refused.contains("Panic: input(\"who? \"): no answer: nobody is here"),
        "{refused}"
    );
}

#[test]
fn commands_are_carried_out_before_and_after_the_code() {
    let mut session = Session::new();
    insta::assert_snapshot!(session.run("let x = 1;\nlet names = vec![\"a\"];\n:vars"), @"
    [display] names  Vec<&str>
    x      i32
    ");
    insta::assert_snapshot!(session.run(":varz\nx"), @"
    CommandError: there is no command `:varz`
    hint: the nearest is `:vars`; `:help` lists them all
    ");
    assert!(session.run(":help").contains(":timing"));
    session.run("/// Twice `x`.\nfn twice(x: i32) -> i32 { 2 * x }");
    insta::assert_snapshot!(session.run(":doc twice"), @"
    [page] fn twice(x: i32) -> i32

    Twice `x`.
    ");
    insta::assert_snapshot!(session.run(":doc twyce"), @"
    CommandError: nothing is known about `twyce`
    hint: the name must be in scope here; for a method write `Type::method`
    ");
    insta::assert_snapshot!(session.run(":doc"), @"
    CommandError: `:doc` needs a name
    hint: `:doc Vec`, `:doc String::len`
    ");
    assert_eq!(session.run("let s = \"\n:vars\n\"; s.len()"), "=> 7");
    assert_eq!(session.run(":timing"), "note: times are shown after each cell");
    let timed = session.run("x");
    assert!(timed.contains("compile ") && timed.contains("=> 1"), "{timed}");
    assert_eq!(
        session.run(":timing"),
        "note: times are no longer shown after each cell"
    );
}
