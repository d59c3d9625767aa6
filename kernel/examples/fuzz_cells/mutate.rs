//! From a seed to cells: some of the corpus, damaged in ways that a reader of Rust may stumble over.

use std::ops::Range;

use fastrand::Rng;

/// Two cells of one session, and where the cursor is.
pub struct Input {
    /// One that is whole, then one that is damaged.
    pub cells: [String; 2],
    /// To be taken modulo a cell's length.
    pub cursor: usize,
}

/// A place between two characters.
fn place(text: &str, random: &mut Rng) -> usize {
    text.floor_char_boundary(random.usize(..=text.len()))
}

/// A part of the text, mostly a short one.
fn part(text: &str, random: &mut Rng) -> Range<usize> {
    let longest = if random.u8(..4) == 0 { text.len() } else { 12 };
    let start = place(text, random);
    start..text.ceil_char_boundary((start + random.usize(..=longest)).min(text.len()))
}

/// What readers of Rust trip over.
const TELLING: [&str; 72] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "\"",
    "'",
    "'a",
    "'a'",
    "r#\"",
    "\"#",
    "r###\"",
    "b'",
    "c\"",
    "//",
    "/*",
    "*/",
    "///",
    "//!",
    "/**",
    "#!",
    "#[",
    "#![allow(x)]",
    "\\",
    "\\u{",
    "\u{feff}",
    "\r",
    "\r\n",
    "\n",
    "\t",
    "\0",
    "\u{2028}",
    "é",
    "🦀",
    "x̂",
    ":",
    "::",
    ":dep ",
    "\n:vars\n",
    "\n:dep a = \"1\"\n",
    ";",
    ";;",
    ",",
    ".",
    "..",
    "..=",
    "...",
    "=",
    "=>",
    "->",
    "?",
    "!",
    "|",
    "||",
    "&",
    "&&",
    "$",
    "@",
    "#",
    "_",
    "1.",
    "1e",
    "0x",
    "0b2",
    "1_u7",
    "r#let",
    "r#fn",
    "__hebb_entry",
    "macro_rules! m { ($($x:tt)*) => { $($x)* } }",
];

/// Words and phrases that change what the words around them mean.
const PHRASES: [&str; 36] = [
    "let ",
    "let mut ",
    "let (a, b) = ",
    "let Some(x) = y else { return };",
    "let f = |x| x + 1;",
    "let g = move || ",
    "fn ",
    "fn f() {}",
    "async ",
    "unsafe ",
    "extern \"C\" ",
    "struct S;",
    "struct S<T>(T);",
    "enum E { A, B }",
    "trait T { fn m(); }",
    "impl S {}",
    "impl<T> T for S ",
    "use a::{b, c as d, e::*};",
    "use self::x;",
    "mod m {",
    "static X: i32 = 1;",
    "const N: usize = 3;",
    "type T = ",
    "union U { a: i32 }",
    "match x { ",
    "if let ",
    "else ",
    "loop { break }",
    "while ",
    "for x in ",
    "return",
    "break",
    "await",
    "dyn ",
    "macro_rules! m {",
    "#[derive(Clone)]",
];

/// What opens, and what closes it.
const NESTS: [(&str, &str); 12] = [
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("if a {", "}"),
    ("|x| ", ""),
    ("- ", ""),
    ("Some(", ")"),
    ("Map<u8, ", ">"),
    ("mod m {", "}"),
    ("fn f() {", "}"),
    ("/*", "*/"),
    ("a.b(", ")"),
];

/// The longest input. Longer ones find nothing new but take long.
const LONGEST: usize = 300_000;

/// The input of a seed.
pub fn input(seed: u64, corpus: &[String]) -> Input {
    let mut random = Rng::with_seed(seed);
    let before = corpus[random.usize(..corpus.len())].clone();
    let mut cell = corpus[random.usize(..corpus.len())].clone();
    // Some stay whole, because cells that follow the grammar go furthest.
    for _ in 0..random.usize(..5) {
        damage(&mut cell, corpus, &mut random);
        cell.truncate(cell.floor_char_boundary(LONGEST));
    }
    Input {
        cells: [before, cell],
        cursor: random.usize(..),
    }
}

fn damage(text: &mut String, corpus: &[String], random: &mut Rng) {
    let place = place(text, random);
    match random.usize(..12) {
        0 => text.truncate(place),
        1 => drop(text.drain(part(text, random))),
        2 | 3 => text.insert_str(place, TELLING[random.usize(..TELLING.len())]),
        4 => text.insert_str(place, PHRASES[random.usize(..PHRASES.len())]),
        5 => {
            let part = part(text, random);
            text.replace_range(part, TELLING[random.usize(..TELLING.len())]);
        }
        6 => {
            let copy = text[part(text, random)].to_owned();
            text.insert_str(place, &copy);
        }
        7 => {
            let other = &corpus[random.usize(..corpus.len())];
            text.insert_str(place, &other[part(other, random)]);
        }
        8 => {
            let other = &corpus[random.usize(..corpus.len())];
            text.push('\n');
            text.push_str(other);
        }
        9 => {
            // Two lines change places.
            let mut lines: Vec<&str> = text.split('\n').collect();
            let (one, other) = (random.usize(..lines.len()), random.usize(..lines.len()));
            lines.swap(one, other);
            *text = lines.join("\n");
        }
        10 => {
            let (open, close) = NESTS[random.usize(..NESTS.len())];
            let times = 1 << random.usize(..14);
            let part = part(text, random);
            let closes = if random.usize(..4) == 0 { times / 2 } else { times };
            let nested = open.repeat(times) + &text[part.clone()] + &close.repeat(closes);
            text.replace_range(part, &nested);
        }
        _ => {
            let part = part(text, random);
            let times = 1 << random.usize(..12);
            let copies = text[part.clone()].repeat(times.min(LONGEST / (part.len() + 1)));
            text.insert_str(part.end, &copies);
        }
    }
}
