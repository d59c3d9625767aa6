//! Which side of an `assert_eq!` is what the instructor expects, and which is what a student's code gave.
//!
//! Most write the expected value second, some first: if the first is written out as a constant and the second is not, the first is
//! what is expected.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Names that do not keep a value from being written out.
const CONSTANT: [&str; 12] = [
    "vec", "tensor", "true", "false", "Some", "None", "Ok", "f32", "f64", "i32", "usize", "String",
];

/// The longest expression that is told, in characters.
const LONGEST: usize = 60;

/// What an `assert_eq!` compares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The first value is the expected one.
    pub expects_first: bool,
    /// The expression whose value is not the expected one, if it is short.
    pub subject: Option<String>,
}

/// The comparison on this line, counted from 1.
pub fn comparison(source: &str, line: usize) -> Comparison {
    let arguments = source.parse().ok().and_then(|tokens| on_line(tokens, line));
    let Some(arguments) = arguments else {
        return Comparison::default();
    };
    let mut values = vec![Vec::new()];
    for token in arguments {
        match &token {
            TokenTree::Punct(mark) if mark.as_char() == ',' => values.push(Vec::new()),
            _ => values.last_mut().expect("there is always one").push(token),
        }
    }
    let [first, second, ..] = values.as_slice() else {
        return Comparison::default();
    };
    let expects_first = is_constant(first) && !is_constant(second);
    Comparison {
        expects_first,
        subject: text(source, if expects_first { second } else { first }),
    }
}

/// The text of these tokens, if it is short.
fn text(source: &str, tokens: &[TokenTree]) -> Option<String> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let range = first.span().byte_range().start..last.span().byte_range().end;
    let text = source.get(range)?.trim();
    let short = text.chars().count() <= LONGEST && !text.contains('\n') && !is_constant(tokens);
    short.then(|| text.to_owned())
}

/// What stands in the brackets of the `assert_eq!` that begins on a line, however deep it stands.
fn on_line(tokens: TokenStream, line: usize) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (place, token) in tokens.iter().enumerate() {
        match (token, tokens.get(place + 1), tokens.get(place + 2)) {
            (TokenTree::Ident(name), Some(TokenTree::Punct(mark)), Some(TokenTree::Group(group)))
                if name == "assert_eq" && mark.as_char() == '!' && name.span().start().line == line =>
            {
                return Some(group.stream());
            }
            (TokenTree::Group(group), ..) => {
                if let Some(found) = on_line(group.stream(), line) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

fn is_constant(tokens: &[TokenTree]) -> bool {
    tokens.iter().all(|token| match token {
        TokenTree::Ident(name) => CONSTANT.iter().any(|constant| name == constant),
        TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
            is_constant(&group.stream().into_iter().collect::<Vec<_>>())
        }
        TokenTree::Group(_) => false,
        TokenTree::Punct(_) | TokenTree::Literal(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_on_one_side_is_what_is_expected() {
        let rows = [
            ("assert_eq!(f(1), 2);", false),
            ("assert_eq!(2, f(1));", true),
            (
                "assert_eq!([1.0, -2.5], f(1).to_vec(), \"words, and {more}\");",
                true,
            ),
            ("assert_eq!(tensor![[1.], [2.]], answer);", true),
            ("assert_eq!(answer, expected);", false),
            ("assert_eq!(1, 2);", false),
            ("if true { for x in 0..3 { assert_eq!(Some(3), f(x)); } }", true),
            ("assert_eq!(1);", false),
            ("assert!(1 == f(2));", false),
            ("let x = (;", false),
        ];
        for (source, first) in rows {
            assert_eq!(comparison(source, 1).expects_first, first, "{source}");
        }
        let two = "assert_eq!(1, f());\nassert_eq!(f(), 1);\n";
        assert_eq!(
            [1, 2, 3].map(|line| comparison(two, line).expects_first),
            [true, false, false]
        );
    }

    #[test]
    fn what_is_compared_is_told_if_it_is_short() {
        let long = format!("assert_eq!(f({}), 2);", "x + ".repeat(20));
        let rows = [
            ("assert_eq!(f(1, 2), 2);", Some("f(1, 2)")),
            ("assert_eq!(f(\"é\").len(), 2, \"said\");", Some("f(\"é\").len()")),
            ("let é = 1; assert_eq!(2, f(é));", Some("f(é)")),
            ("assert_eq!(1, 2);", None),
            ("assert_eq!(f(\n1), 2);", None),
            (long.as_str(), None),
        ];
        for (source, subject) in rows {
            assert_eq!(comparison(source, 1).subject.as_deref(), subject, "{source}");
        }
    }
}
