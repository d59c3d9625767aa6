//! How much work the compiler puts into a cell: what repeats itself is worth optimising, the rest is wanted at once. A loop
//! whose every turn trains, prints or waits gains nothing.
//!
//! This only guesses from the words of the file. A wrong guess costs time, never a result: overflow checks and
//! `debug_assert!` stay on.

use super::occurrences::words;
use super::parse::{Broken, ParsedCell};

/// How much work the compiler puts into a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Only check: there is nothing to run.
    Check,
    /// Compile fast.
    Fast,
    /// Make the cell itself fast.
    Optimized,
}

impl Effort {
    /// What suits a cell and the file made of it.
    pub fn of(cell: &ParsedCell, file: &str) -> Effort {
        match cell.broken {
            _ if !cell.has_statements() => Effort::Check,
            // It will not compile, and where brackets do not match each search for one goes to the end.
            Some(Broken::Brackets) => Effort::Fast,
            _ => Effort::suited(file),
        }
    }

    /// What suits the code of this file.
    fn suited(text: &str) -> Effort {
        let code: Vec<&str> = text.lines().map(without_comment).collect();
        match repeats(&code.join("\n")) {
            true => Effort::Optimized,
            false => Effort::Fast,
        }
    }

    /// What the compiler is told. The assertions of an optimised cell are switched on by their name alone: as an option
    /// they would bring checks into the unsafe parts of the standard library too, and sorting would take three times as
    /// long.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Effort::Check | Effort::Fast => &["-Copt-level=0", "-Cdebug-assertions=on"],
            Effort::Optimized => &[
                "-Copt-level=2",
                "-Cdebug-assertions=off",
                "--cfg=debug_assertions",
                "-Aexplicit_builtin_cfgs_in_flags",
            ],
        }
    }
}

/// Methods and functions that go through many values.
const ITERATING: [&str; 34] = [
    "all",
    "any",
    "bytes",
    "chars",
    "chunks",
    "chunks_exact",
    "collect",
    "extend",
    "filter",
    "filter_map",
    "flat_map",
    "fold",
    "for_each",
    "from_fn",
    "from_iter",
    "into_iter",
    "iter",
    "iter_mut",
    "map",
    "map_while",
    "reduce",
    "retain",
    "scan",
    "sort",
    "sort_by",
    "sort_by_key",
    "sort_unstable",
    "sort_unstable_by",
    "sort_unstable_by_key",
    "step_by",
    "successors",
    "take_while",
    "windows",
    "zip",
];

/// Calls beside which the rest of a loop's turn takes no time.
const LONG: [&str; 11] = [
    "backward", "display", "evaluate", "fit", "matmul", "predict", "print", "println", "sleep", "summary",
    "update",
];

/// Bytes in which the parentheses of a range are looked for: a list of thousands of ranges is not read thousands of times.
const NEAR: usize = 500;

/// Whether code has loops, chains of iterators or recursion.
fn repeats(code: &str) -> bool {
    let Some(code) = without_slow_loops(code) else {
        return true;
    };
    let words: Vec<(usize, &str)> = words(&code).collect();
    let by_word = words.iter().enumerate().any(|(index, (at, word))| {
        let before = code[..*at].trim_end();
        let after = code[at + word.len()..].trim_start();
        let called = before.ends_with(['.', ':']) && (after.starts_with('(') || after.starts_with("::<"));
        called && ITERATING.contains(word)
            || index > 0 && words[index - 1].1 == "fn" && calls_itself(word, after)
    });
    by_word
        || code
            .match_indices("..")
            .any(|(at, _)| is_called_on_range(&code, at))
}

/// The code without the loops that are slow whatever the compiler does; none if there is another loop.
fn without_slow_loops(code: &str) -> Option<String> {
    let mut kept = String::with_capacity(code.len());
    let mut done = 0;
    for (at, word) in words(code) {
        if at < done || !["for", "while", "loop"].contains(&word) {
            continue;
        }
        let block = block(&code[at..]);
        let over = |head: &str| words(head).any(|(_, word)| word == "in");
        // `impl Show for Point`
        if word == "for" && !block.is_some_and(|(head, _)| over(head)) {
            continue;
        }
        let (head, body) = block?;
        if !is_slow(body) {
            return None;
        }
        kept.push_str(&code[done..at]);
        done = at + head.len() + body.len();
    }
    kept.push_str(&code[done..]);
    Some(kept)
}

/// Whether each turn of a loop with this body makes a long call, and nothing in it is repeated further.
fn is_slow(body: &str) -> bool {
    let inner = &body[1..body.len() - 1];
    // What stands in braces may not happen in every turn.
    let mut depth = 0;
    let always: String = inner
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0
        })
        .collect();
    let calls = words(&always).any(|(at, word)| {
        let after = always[at + word.len()..].trim_start();
        LONG.contains(&word) && after.trim_start_matches('!').starts_with('(')
    });
    calls && !repeats(inner)
}

/// What stands before the first braces, and the braces with what is in them.
fn block(text: &str) -> Option<(&str, &str)> {
    let start = text.find('{')?;
    let mut depth = 0;
    let end = text[start..].find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    })?;
    Some((&text[..start], &text[start..=start + end]))
}

/// Whether the range whose dots are at `at` stands in parentheses of its own and a method is called on it: `(0..n).max()`,
/// but not `x.rows(0..n).max()`.
fn is_called_on_range(code: &str, at: usize) -> bool {
    let outside = |depth: &mut i32, inwards: char, outwards: char, c: char| {
        *depth += i32::from(c == inwards) - i32::from(c == outwards);
        *depth < 0
    };
    let near = code.ceil_char_boundary(at.saturating_sub(NEAR))..code.floor_char_boundary(at + NEAR);
    let mut depth = 0;
    let open = code[near.start..at].rfind(|c| outside(&mut depth, ')', '(', c));
    let mut depth = 0;
    let close = code[at..near.end].find(|c| outside(&mut depth, '(', ')', c));
    let (Some(open), Some(close)) = (open, close) else {
        return false;
    };
    let is_argument =
        code[..near.start + open].ends_with(|c: char| c.is_alphanumeric() || "_>])!".contains(c));
    !is_argument && code[at + close + 1..].trim_start().starts_with('.')
}

/// Whether the body of the function `name`, the first braces in `rest`, names it.
fn calls_itself(name: &str, rest: &str) -> bool {
    let body = block(rest).filter(|(head, _)| !head.contains(';'));
    body.is_some_and(|(_, body)| words(body).any(|(_, word)| word == name))
}

fn without_comment(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_itself_is_optimised() {
        let rows = [
            "for i in 0..n { total += i; }",
            "while x < 3 { x += 1 }",
            "loop { break }",
            "for i in 0..n { if i % 1000 == 0 { println!(\"{i}\") } total += i }",
            "for i in 0..n { println!(\"{}\", v.iter().sum::<f32>()) }",
            "for i in 0..n { for j in 0..n { c[i] += j } println!(\"{i}\") }",
            "for i in 0..9 { model.fit(&d)?; } while x < y { x += 1 }",
            "(1..=n).sum::<u64>()",
            "(0..n).map(|i| i * i)",
            "v.iter().sum::<f32>()",
            "v\n    .iter()\n    .max()",
            "let first = (1..).find(|n| is_round((*n).pow(2)));",
            "(f(1)..(n + 1))\n.max()",
            "v.into_iter().fold(0, |a, b| a + b)",
            "v.sort();",
            "std::iter::successors(Some(1), |x| Some(x * 2))",
            "let v = words.collect::<Vec<_>>();",
            "fn fib(n: u64) -> u64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }\nfib(30)",
            "impl Tree { fn depth(&self) -> usize { match self.left { Some(t) => { 1 + t.depth() } None => 0 } } }",
        ];
        for row in rows {
            assert_eq!(Effort::suited(row), Effort::Optimized, "{row}");
        }
    }

    #[test]
    fn the_rest_is_compiled_fast() {
        let rows = [
            "",
            "1+1",
            "println!(\"for me\")",
            "let w = Tensor::randn([3, 4]); // for each row in x: while",
            "x.matmul(&w).sum().item()",
            "impl Show for Point { fn show(&self) -> MimeBundle { todo(self.x) } }",
            "fn square(x: i32) -> i32 { x * x }\nsquare(square(3))",
            "trait Area { fn area(&self) -> f32; }\nshape.area()",
            "let map = 3; sort",
            "model.fit(&train, epochs(3))",
            "for epoch in 0..5 {\n    let loss = model.fit(&d)?;\n    if loss < 0.1 { break }\n}\nmodel.evaluate(&d)?",
            "for (number, name) in classes.iter().enumerate() { println!(\"{number} {name}\") }",
            "loop { std::thread::sleep(wait); }",
            "while let Some(x) = next() { display(&x) }",
            "impl Show for Point { fn show(&self) -> MimeBundle { text(\"in\") } }",
            "test.x.rows(0..3).mean().item()",
            "&v[(i + 1)..].len()",
            "let r = 0..5; (r, 3).0",
            "((1..2), 3)) ..",
            "größe(\"für\") // ü",
        ];
        for row in rows {
            assert_eq!(Effort::suited(row), Effort::Fast, "{row}");
        }
    }
}
