//! From a seed to cells: some of the corpus, damaged in ways that a reader of Rust may stumble over.

/// Two cells of one session, and where the cursor is.
pub struct Input {
    /// One that is whole, then one that is damaged.
    pub cells: [String; 2],
    /// To be taken modulo a cell's length.
    pub cursor: usize,
}

/// A small generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the same seed, the
/// same input.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn one_of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }

    /// A part of the text, mostly a short one.
    fn part(&mut self, text: &str) -> std::ops::Range<usize> {
        let longest = if self.below(4) == 0 { text.len() } else { 12 };
        let start = self.place(text);
        start..text.ceil_char_boundary((start + self.below(longest + 1)).min(text.len()))
    }
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
    let mut random = Random(seed);
    let before = corpus[random.below(corpus.len())].clone();
    let mut cell = corpus[random.below(corpus.len())].clone();
    // Some stay whole, because cells that follow the grammar go furthest.
    for _ in 0..random.below(5) {
        damage(&mut cell, corpus, &mut random);
        cell.truncate(cell.floor_char_boundary(LONGEST));
    }
    Input {
        cells: [before, cell],
        cursor: random.next() as usize,
    }
}

fn damage(text: &mut String, corpus: &[String], random: &mut Random) {
    let place = random.place(text);
    match random.below(12) {
        0 => text.truncate(place),
        1 => drop(text.drain(random.part(text))),
        2 | 3 => text.insert_str(place, random.one_of(&TELLING)),
        4 => text.insert_str(place, random.one_of(&PHRASES)),
        5 => {
            let part = random.part(text);
            text.replace_range(part, random.one_of(&TELLING));
        }
        6 => {
            let copy = text[random.part(text)].to_owned();
            text.insert_str(place, &copy);
        }
        7 => {
            let other = &corpus[random.below(corpus.len())];
            text.insert_str(place, &other[random.part(other)]);
        }
        8 => {
            let other = &corpus[random.below(corpus.len())];
            text.push('\n');
            text.push_str(other);
        }
        9 => {
            // Two lines change places.
            let mut lines: Vec<&str> = text.split('\n').collect();
            let (one, other) = (random.below(lines.len()), random.below(lines.len()));
            lines.swap(one, other);
            *text = lines.join("\n");
        }
        10 => {
            let (open, close) = NESTS[random.below(NESTS.len())];
            let times = 1 << random.below(14);
            let part = random.part(text);
            let closes = if random.below(4) == 0 { times / 2 } else { times };
            let nested = open.repeat(times) + &text[part.clone()] + &close.repeat(closes);
            text.replace_range(part, &nested);
        }
        _ => {
            let part = random.part(text);
            let times = 1 << random.below(12);
            let copies = text[part.clone()].repeat(times.min(LONGEST / (part.len() + 1)));
            text.insert_str(part.end, &copies);
        }
    }
}
