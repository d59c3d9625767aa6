//! How much work the compiler puts into a cell: what repeats itself is worth optimising, the rest is wanted at once.
//!
//! This only guesses from the words of the file. A wrong guess costs time, never a result: overflow checks and
//! `debug_assert!` stay on.

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
    /// What suits the code of this file.
    pub fn suited(text: &str) -> Effort {
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

/// Whether code has loops, chains of iterators or recursion.
fn repeats(code: &str) -> bool {
    let words = words(code);
    let has = |word: &str| words.iter().any(|(_, found)| *found == word);
    if has("while") || has("loop") || has("for") && has("in") {
        return true;
    }
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
            .any(|(at, _)| is_called_on_range(code, at))
}

/// Whether the range whose dots are at `at` stands in parentheses of its own and a method is called on it: `(0..n).max()`,
/// but not `x.rows(0..n).max()`.
fn is_called_on_range(code: &str, at: usize) -> bool {
    let outside = |depth: &mut i32, inwards: char, outwards: char, c: char| {
        *depth += i32::from(c == inwards) - i32::from(c == outwards);
        *depth < 0
    };
    let mut depth = 0;
    let open = code[..at].rfind(|c| outside(&mut depth, ')', '(', c));
    let mut depth = 0;
    let close = code[at..].find(|c| outside(&mut depth, '(', ')', c));
    let (Some(open), Some(close)) = (open, close) else {
        return false;
    };
    let is_argument = code[..open].ends_with(|c: char| c.is_alphanumeric() || "_>])!".contains(c));
    !is_argument && code[at + close + 1..].trim_start().starts_with('.')
}

/// Whether the body of the function `name`, the first braces in `rest`, names it.
fn calls_itself(name: &str, rest: &str) -> bool {
    let Some(start) = rest.find(['{', ';']) else {
        return false;
    };
    let mut depth = 0;
    let end = rest[start..].find(|c| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    let body = &rest[start..end.map_or(rest.len(), |end| start + end)];
    words(body).iter().any(|(_, word)| *word == name)
}

/// The words of a text and where they start.
fn words(text: &str) -> Vec<(usize, &str)> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .collect()
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
