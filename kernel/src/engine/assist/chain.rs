//! Where expressions begin, end and fall into parts, seen from their tokens alone. What they mean is read elsewhere.

use super::tokens::{Kind, Token};
use super::types::Type;

/// Words that no value begins with and no chain goes through.
pub const NOT_A_VALUE: [&str; 26] = [
    "let", "return", "if", "else", "match", "in", "for", "while", "loop", "fn", "mut", "move", "use", "pub",
    "struct", "enum", "impl", "trait", "where", "as", "break", "continue", "unsafe", "const", "static",
    "ref",
];

/// The place where the chain that ends at the end of `tokens` begins.
pub fn chain_start(tokens: &[Token<'_>]) -> usize {
    let mut at = tokens.len();
    loop {
        let mut grouped = false;
        while at > 0 {
            match tokens[at - 1].text {
                "?" => at -= 1,
                ")" | "]" | "}" => {
                    let Some(open) = innermost_open(&tokens[..at - 1]) else {
                        return at;
                    };
                    let brace = tokens[open].text == "{";
                    let named = open > 0 && tokens[open - 1].text.starts_with(char::is_uppercase);
                    let of_macro = open > 0 && tokens[open - 1].text == "!";
                    if brace && !named && !of_macro {
                        return at;
                    }
                    at = open;
                    grouped = true;
                }
                ">" => {
                    let Some(open) = generics_open(tokens, at - 1) else {
                        return at;
                    };
                    at = open;
                }
                _ => break,
            }
        }
        if grouped && at > 1 && tokens[at - 1].text == "!" && tokens[at - 2].kind == Kind::Word {
            at -= 1;
        }
        let operand = at
            .checked_sub(1)
            .map(|place| tokens[place])
            .is_some_and(|token| match token.kind {
                Kind::Word => !NOT_A_VALUE.contains(&token.text),
                Kind::Integer | Kind::Float | Kind::Text | Kind::Bytes | Kind::Character => !grouped,
                _ => false,
            });
        at -= usize::from(operand);
        if at > 0 && matches!(tokens[at - 1].text, "." | "::") && (operand || grouped) {
            at -= 1;
        } else {
            return at;
        }
    }
}

/// The place of the bracket that is still open at the end of `tokens`, the innermost of them.
pub fn innermost_open(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0;
    tokens.iter().rposition(|token| {
        match token.kind {
            Kind::Close => depth += 1,
            Kind::Open => depth -= 1,
            _ => {}
        }
        depth < 0
    })
}

/// The place after the bracket that closes the one at `at`, or the end.
pub fn after_group(all: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in all.iter().enumerate().skip(at) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    all.len()
}

/// The place of the `::` before the `<` that the `>` at `close` closes.
fn generics_open(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0;
    for place in (0..=close).rev() {
        match tokens[place].text {
            ">" => depth += 1,
            "<" => depth -= 1,
            ";" | "{" | "}" => return None,
            _ => {}
        }
        if depth == 0 {
            return (place > 0 && tokens[place - 1].text == "::").then(|| place - 1);
        }
    }
    None
}

/// Types between `<` and `>` at the beginning, and the number of tokens that they take.
pub fn generics(tokens: &[Token<'_>]) -> Option<(Vec<Type>, usize)> {
    let mut found = Vec::new();
    let mut at = 1;
    loop {
        match tokens.get(at)?.text {
            ">" => return Some((found, at + 1)),
            "," => at += 1,
            _ => {
                let (one, used) = Type::read(&tokens[at..])?;
                found.push(one);
                at += used;
            }
        }
    }
}

/// The tokens inside the group from `open` up to `end`, its closing bracket left out if it is there.
pub fn inside<'t, 'a>(tokens: &'t [Token<'a>], open: usize, end: usize) -> &'t [Token<'a>] {
    let closed = end > open + 1 && tokens[end - 1].kind == Kind::Close;
    tokens
        .get(open + 1..end - usize::from(closed))
        .unwrap_or_default()
}

/// Pieces between separators that stand in no bracket.
pub fn split<'t, 'a>(tokens: &'t [Token<'a>], separator: &str) -> Vec<&'t [Token<'a>]> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < tokens.len() {
        if tokens[at].text == separator {
            pieces.push(&tokens[start..at]);
            start = at + 1;
        }
        at = after_group(tokens, at);
    }
    if start < tokens.len() || pieces.is_empty() {
        pieces.push(&tokens[start..]);
    }
    pieces
}

/// The arguments between the brackets of a call; the commas between the bars of a closure are its own.
pub fn arguments<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < tokens.len() {
        let begins = at == start || (at == start + 1 && tokens[start].text == "move");
        match tokens[at].text {
            "|" if begins => {
                at += 1;
                while at < tokens.len() && tokens[at].text != "|" {
                    at = after_group(tokens, at);
                }
            }
            "," => {
                pieces.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at = after_group(tokens, at.min(tokens.len() - 1));
    }
    if start < tokens.len() || pieces.is_empty() {
        pieces.push(&tokens[start..]);
    }
    pieces
}

/// Places of the operators between operands that stand in no bracket.
pub fn operators(tokens: &[Token<'_>]) -> Vec<usize> {
    const BINARY: [&str; 19] = [
        "==", "!=", "<", ">", "<=", ">=", "&&", "||", "..", "..=", "+", "-", "*", "/", "%", "^", "&", "|",
        "=",
    ];
    let mut found = Vec::new();
    let mut after_operand = false;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if token.text == "::" && tokens.get(at + 1).is_some_and(|next| next.text == "<") {
            at += 1 + generics(&tokens[at + 1..]).map_or(1, |(_, used)| used);
            after_operand = true;
            continue;
        }
        if BINARY.contains(&token.text) && (after_operand || token.text.starts_with("..")) {
            found.push(at);
            after_operand = false;
        } else {
            after_operand = token.kind != Kind::Mark || token.text == "?";
        }
        at = after_group(tokens, at);
    }
    found
}
