//! Which side of an `assert_eq!` is what the instructor expects, and which is what a student's code gave.
//!
//! Most write the expected value second, some first: if the first is written out as a constant and the second is not, the first is
//! what is expected.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Names that do not keep a value from being written out.
const CONSTANT: [&str; 12] = [
    "vec", "tensor", "true", "false", "Some", "None", "Ok", "f32", "f64", "i32", "usize", "String",
];

/// Whether the first value of the comparison on this line, counted from 1, is the expected one.
pub fn expects_first(source: &str, line: usize) -> bool {
    let arguments = source.parse().ok().and_then(|tokens| on_line(tokens, line));
    let Some(arguments) = arguments else {
        return false;
    };
    let mut values = vec![Vec::new()];
    for token in arguments {
        match &token {
            TokenTree::Punct(mark) if mark.as_char() == ',' => values.push(Vec::new()),
            _ => values.last_mut().expect("there is always one").push(token),
        }
    }
    match values.as_slice() {
        [first, second, ..] => is_constant(first) && !is_constant(second),
        _ => false,
    }
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
            assert_eq!(expects_first(source, 1), first, "{source}");
        }
        let two = "assert_eq!(1, f());\nassert_eq!(f(), 1);\n";
        assert_eq!(
            [1, 2, 3].map(|line| expects_first(two, line)),
            [true, false, false]
        );
    }
}
