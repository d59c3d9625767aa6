//! What the calls of macros define, and what they define no longer.

use crate::session::check;

#[test]
fn items_of_a_call_go_with_its_macro() {
    check(&[
        (
            "macro_rules! made { ($name:ident) => { #[derive(Debug)] struct $name { x: u8 } }; }",
            "",
        ),
        ("made!(Small);", ""),
        ("let small = Small { x: 1 };", ""),
        ("small.x", "=> 1"),
        // Another macro of the name: what it would make of the call is nobody's guess, and no variable may have the old layout.
        (
            "macro_rules! made { ($name:ident) => { #[derive(Debug)] struct $name { x: u64, y: u64 } }; }",
            "note: `small` is gone: the type has been defined anew\nnote: `Small` is gone: made by a macro that is another one now\nhint: run the cell again in which it is called",
        ),
        ("1 + 1", "=> 2"),
        ("made!(Small);\nSmall { x: 1, y: 2 }", "=> Small { x: 1, y: 2 }"),
    ]);
}

#[test]
fn a_call_that_is_run_again_replaces_itself() {
    let call = "macro_rules! made { ($name:ident, $n:expr) => { fn $name() -> i32 { $n } let _ = (); }; }";
    let items = "macro_rules! items { ($name:ident, $n:expr) => { fn $name() -> i32 { $n } }; }";
    check(&[
        (call, ""),
        (items, ""),
        ("items!(one, 1);", ""),
        ("items!(one, 1);", ""),
        ("items!(one, 2);\none()", "=> 2"),
        ("use std::cmp::max as one;\none(3, 4)", "=> 4"),
    ]);
}

#[test]
fn a_name_in_a_call_is_a_variable_only_if_the_call_makes_it() {
    let make = "macro_rules! make { ($name:ident, $f:expr) => { let $name = $f; }; }";
    check(&[
        (make, ""),
        ("fn own() -> u8 { 3 }\nmake!(a, own());", ""),
        ("make!(b, size_of_val(&1u8));", ""),
        (":vars", "[display] a  u8\nb  usize"),
        // An earlier variable that a call only uses stays what it is.
        ("let text = String::from(\"x\");", ""),
        ("make!(c, text.len());", ""),
        ("make!(text, 5u64);", ""),
        (":vars", "[display] a     u8\nb     usize\nc     usize\ntext  u64"),
        // One that is given away is gone.
        ("let list = vec![1];\nmake!(d, drop(list));", ""),
        ("make!(e, vec![d]);\ne.len()", "=> 1"),
    ]);
}
