//! How deep a parser must go to read a text, at most. It goes one call deeper with each bracket and with each sign of a chain
//! (`- - 1`, `a.b().c()`), so that a text of a few kilobytes can exhaust any stack.
//!
//! This is an upper bound from tokens alone, found without going deep itself; it knows no grammar. The other thing that no text
//! may exhaust is time: [`has_endless_number`].

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree, token_stream};

use crate::engine::apart::is_endless;

/// The text between two brackets, while it is read.
struct Level {
    tokens: token_stream::IntoIter,
    /// Depth of the brackets.
    base: usize,
    /// Tokens since something ended.
    chain: usize,
    /// Angle brackets that are open: in `Map<u8, Map<u8, ..>>` a comma leads to no end.
    angles: usize,
    /// The last token is `{..}`.
    after_block: bool,
    /// The last token is the first half of `->` or `=>`.
    in_arrow: bool,
}

impl Level {
    fn new(tokens: TokenStream, base: usize) -> Level {
        Level {
            tokens: tokens.into_iter(),
            base,
            chain: 0,
            angles: 0,
            after_block: false,
            in_arrow: false,
        }
    }

    fn end_statement(&mut self) {
        self.chain = 0;
        self.angles = 0;
    }

    /// Counts a token.
    fn read(&mut self, token: &TokenTree) {
        if std::mem::take(&mut self.after_block) && begins_statement(token) {
            self.end_statement();
        }
        let in_arrow = std::mem::take(&mut self.in_arrow);
        self.chain += 1;
        match token {
            TokenTree::Punct(sign) => match sign.as_char() {
                ';' => self.end_statement(),
                ',' => self.chain = self.angles,
                '<' => self.angles += 1,
                '>' if !in_arrow => self.angles = self.angles.saturating_sub(1),
                '-' | '=' => self.in_arrow = sign.spacing() == Spacing::Joint,
                _ => {}
            },
            TokenTree::Group(group) => self.after_block = group.delimiter() == Delimiter::Brace,
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Whether a token behind `{..}` is the first of something new, as far as one can tell: a sign could go on with the old one.
fn begins_statement(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => word != "else" && word != "as",
        TokenTree::Punct(sign) => matches!(sign.as_char(), '#' | '\''),
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
    }
}

/// The greatest depth of any token: the brackets around it, and the tokens before it that nothing has ended.
pub fn depth(tokens: TokenStream) -> usize {
    let mut deepest = 0;
    let mut levels = vec![Level::new(tokens, 0)];
    while let Some(level) = levels.last_mut() {
        let Some(token) = level.tokens.next() else {
            levels.pop();
            continue;
        };
        level.read(&token);
        let here = level.base + level.chain;
        deepest = deepest.max(here);
        if let TokenTree::Group(group) = token {
            levels.push(Level::new(group.stream(), here));
        }
    }
    deepest
}

/// Whether there is a number that takes too long to read.
pub fn has_endless_number(tokens: TokenStream) -> bool {
    let mut streams = vec![tokens];
    while let Some(stream) = streams.pop() {
        for token in stream {
            match token {
                TokenTree::Group(group) => streams.push(group.stream()),
                TokenTree::Literal(literal) if is_endless(&literal.to_string()) => return true,
                _ => {}
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_can_be_endless() {
        let digits = "7".repeat(2000);
        let endless = |text: &str| has_endless_number(text.parse().unwrap());
        assert!(endless(&format!("f(&[{digits}])")));
        assert!(endless(&format!("let a = 0x{digits};")));
        assert!(!endless(&format!("let a = 0.{digits};")));
        assert!(!endless(&format!("let a = \"{digits}\";")));
        assert!(!endless(&"let a = 7;".repeat(2000)));
    }

    fn of(text: &str) -> usize {
        depth(text.parse().unwrap())
    }

    #[test]
    fn what_nests_or_hangs_together_is_deep() {
        let deep = [
            format!("{}1{}", "(".repeat(500), ")".repeat(500)),
            format!("{}{}", "{".repeat(500), "}".repeat(500)),
            format!("let a = {}1;", "-".repeat(500)),
            format!("let a = 1{};", "+ {1}".repeat(500)),
            format!("a{};", ".b()".repeat(500)),
            format!("if a {{}}{}", " else if b {}".repeat(500)),
            format!("let a: {}u8{};", "Map<u8, ".repeat(500), ">".repeat(500)),
            format!("let a: {}u8;", "fn(u8) -> ".repeat(500)),
            format!("{}1", "|a| ".repeat(500)),
        ];
        for text in deep {
            assert!(of(&text) >= 500, "{} in {text}", of(&text));
        }
    }

    #[test]
    fn what_is_only_long_is_not() {
        let flat = [
            "a(b, c);\n".repeat(500),
            "if a { b } \n".repeat(500),
            format!("vec![{}]", "-1.5, ".repeat(500)),
            format!("vec![{}]", "(1 + 2, [a.b(), c]), ".repeat(500)),
            format!("match a {{ {} }}", "A => { b } ".repeat(500)),
            "#[a] fn b<C: D<E>>(f: G) -> H { i }\n".repeat(500),
            "f::<A>(b);".repeat(500),
            format!("m!{{ {} }}", "a: { b: 1 }, ".repeat(500)),
        ];
        for text in flat {
            assert!(of(&text) < 30, "{} in {text}", of(&text));
        }
    }
}
