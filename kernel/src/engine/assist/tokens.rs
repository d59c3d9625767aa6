//! Splits Rust text into tokens, whatever state it is in: half a word, an open string, a bracket too many.
//!
//! This is not a second Rust parser: it knows words, literals, comments and brackets, and never fails. What needs a
//! grammar goes to `syn`.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword.
    Word,
    /// `'a`
    Lifetime,
    /// `12`, `0xff_u8`
    Integer,
    /// `1.5`, `1e3`, `2f32`
    Float,
    /// `"..."`, `r#"..."#`, `c"..."`
    Text,
    /// `b"..."`
    Bytes,
    /// `'a'`
    Character,
    /// Any comment.
    Comment,
    /// `(`, `[`, `{`
    Open,
    /// `)`, `]`, `}`
    Close,
    /// Operators and separators, joined where Rust joins them: `::`, `->`, `..=`.
    Mark,
    /// A character that Rust does not know.
    Unknown,
}

/// One token: a range of bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: &'a str,
    /// Offset of its first byte.
    pub start: usize,
    /// False for a string or comment that the text ends in.
    pub closed: bool,
}

impl Token<'_> {
    /// Offset of the byte after it.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

const MARKS: [&str; 23] = [
    "<<=", ">>=", "...", "..=", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=",
    "%=", "^=", "&=", "|=", "..", "<-",
];

/// All tokens of `text`, comments among them.
///
/// `<<` and `>>` are left as single characters, because they close generics far more often than they shift.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let after_dot = found
            .last()
            .is_some_and(|token| token.text == "." && token.end() == at);
        let (kind, length, closed) = token(&text[at..], first, after_dot);
        found.push(Token {
            kind,
            text: &text[at..at + length],
            start: at,
            closed,
        });
        at += length;
    }
    found
}

/// Tokens without comments: what Rust reads.
pub fn significant(text: &str) -> Vec<Token<'_>> {
    tokens(text)
        .into_iter()
        .filter(|token| token.kind != Kind::Comment)
        .collect()
}

/// True for a character that can begin a name.
pub fn begins_name(character: char) -> bool {
    character == '_' || unicode_ident::is_xid_start(character)
}

/// True for a character that can continue a name.
pub fn continues_name(character: char) -> bool {
    unicode_ident::is_xid_continue(character)
}

fn token(rest: &str, first: char, after_dot: bool) -> (Kind, usize, bool) {
    if let Some(comment) = comment(rest) {
        return comment;
    }
    if let Some(literal) = prefixed_literal(rest) {
        return literal;
    }
    match first {
        '"' => text_literal(rest, 1, Kind::Text),
        '\'' => quote(rest),
        '0'..='9' if after_dot => {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            (Kind::Integer, digits, true)
        }
        '0'..='9' => number(rest),
        _ if begins_name(first) => (Kind::Word, name_length(rest), true),
        '(' | '[' | '{' => (Kind::Open, 1, true),
        ')' | ']' | '}' => (Kind::Close, 1, true),
        _ => match MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            Some(mark) => (Kind::Mark, mark.len(), true),
            None if "+-*/%^!&|=<>@.,;:#$?~".contains(first) => (Kind::Mark, 1, true),
            None => (Kind::Unknown, first.len_utf8(), true),
        },
    }
}

fn name_length(rest: &str) -> usize {
    let raw = if rest.starts_with("r#") { 2 } else { 0 };
    raw + rest[raw..]
        .find(|c: char| !continues_name(c))
        .unwrap_or(rest.len() - raw)
}

fn comment(rest: &str) -> Option<(Kind, usize, bool)> {
    if rest.starts_with("//") {
        return Some((Kind::Comment, rest.find('\n').unwrap_or(rest.len()), true));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0_u32, 0);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some((Kind::Comment, at, true));
                }
            }
            _ => at += 1,
        }
    }
    Some((Kind::Comment, rest.len(), false))
}

/// Literals that begin with letters: `r"`, `r#"`, `b"`, `br"`, `c"`, `b'`.
fn prefixed_literal(rest: &str) -> Option<(Kind, usize, bool)> {
    let letters = rest
        .find(|c: char| !matches!(c, 'r' | 'b' | 'c'))
        .unwrap_or(rest.len());
    let prefix = &rest[..letters];
    if !matches!(prefix, "r" | "b" | "c" | "br" | "cr") {
        return None;
    }
    let kind = if prefix.starts_with('b') {
        Kind::Bytes
    } else {
        Kind::Text
    };
    let after = &rest[letters..];
    if prefix.ends_with('r') {
        let hashes = after.find(|c| c != '#').unwrap_or(after.len());
        if !after[hashes..].starts_with('"') {
            return None;
        }
        let close = format!("\"{}", "#".repeat(hashes));
        let open = letters + hashes + 1;
        return Some(match rest[open..].find(&close) {
            Some(at) => (kind, open + at + close.len(), true),
            None => (kind, rest.len(), false),
        });
    }
    if after.starts_with('"') {
        return Some(text_literal(rest, letters + 1, kind));
    }
    if prefix == "b" && after.starts_with('\'') {
        let (found, length, closed) = quote(after);
        return (found == Kind::Character).then_some((Kind::Character, length + 1, closed));
    }
    None
}

/// A literal with escapes whose opening quote ends at `open`.
fn text_literal(rest: &str, open: usize, kind: Kind) -> (Kind, usize, bool) {
    let mut escaped = false;
    for (at, character) in rest[open..].char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (kind, open + at + 1, true),
            _ => {}
        }
    }
    (kind, rest.len(), false)
}

/// A lifetime or a character, told apart as Rust does: `'a` without a closing quote is a lifetime.
fn quote(rest: &str) -> (Kind, usize, bool) {
    let mut characters = rest[1..].char_indices();
    match characters.next() {
        Some((_, '\\')) => {
            // The character after the backslash may itself be a quote.
            characters.next();
            for (at, character) in characters {
                match character {
                    '\'' => return (Kind::Character, at + 2, true),
                    '\n' => return (Kind::Character, at + 1, false),
                    _ => {}
                }
            }
            (Kind::Character, rest.len(), false)
        }
        Some((_, first)) => {
            let after = 1 + first.len_utf8();
            if rest[after..].starts_with('\'') {
                (Kind::Character, after + 1, true)
            } else if begins_name(first) {
                (Kind::Lifetime, 1 + name_length(&rest[1..]), true)
            } else {
                (Kind::Unknown, 1, true)
            }
        }
        None => (Kind::Unknown, 1, true),
    }
}

fn number(rest: &str) -> (Kind, usize, bool) {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        from + rest[from..]
            .find(|c: char| !c.is_ascii_digit() && c != '_')
            .unwrap_or(rest.len() - from)
    };
    if rest.starts_with("0x") || rest.starts_with("0b") || rest.starts_with("0o") {
        let length = rest.find(|c: char| !continues_name(c)).unwrap_or(rest.len());
        return (Kind::Integer, length, true);
    }
    let mut end = digits(0);
    let mut kind = Kind::Integer;
    // `1.` and `1.5` are floats; `1..3` is a range and `1.max(2)` a call.
    if bytes.get(end) == Some(&b'.') {
        let next = rest[end + 1..].chars().next();
        if !next.is_some_and(|c| c == '.' || begins_name(c)) {
            kind = Kind::Float;
            end = digits(end + 1);
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            kind = Kind::Float;
            end = digits(end + 1 + sign);
        }
    }
    let suffix = rest[end..]
        .find(|c: char| !continues_name(c))
        .unwrap_or(rest.len() - end);
    if rest[end..end + suffix].starts_with('f') {
        kind = Kind::Float;
    }
    (kind, end + suffix, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let token = |token: &Token<'_>| {
            let open = if token.closed { "" } else { " (open)" };
            format!("{:?} {}{open}", token.kind, token.text)
        };
        tokens(text).iter().map(token).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn literals_are_told_apart() {
        insta::assert_snapshot!(shown("1 1. 1.5e-3 2f32 1..2 1.max(2) x.0.1 0xff_u8 1_000i64 1else"), @"
        Integer 1
        Float 1.
        Float 1.5e-3
        Float 2f32
        Integer 1
        Mark ..
        Integer 2
        Integer 1
        Mark .
        Word max
        Open (
        Integer 2
        Close )
        Word x
        Mark .
        Integer 0
        Mark .
        Integer 1
        Integer 0xff_u8
        Integer 1_000i64
        Integer 1else
        ");
        insta::assert_snapshot!(shown(r###" 'a 'a' '\'' '\u{1F600}' b'x' "a\"b" r#"a"b"# br"x" b"y" r#type c"z" "###), @r##"
        Lifetime 'a
        Character 'a'
        Character '\''
        Character '\u{1F600}'
        Character b'x'
        Text "a\"b"
        Text r#"a"b"#
        Bytes br"x"
        Bytes b"y"
        Word r#type
        Text c"z"
        "##);
    }

    #[test]
    fn what_the_text_ends_in_stays_open() {
        for text in ["\"abc", "r#\"abc\"", "/* a /* b */", "b\"x", "'\\n"] {
            let all = tokens(text);
            assert!(!all.last().expect("one token").closed, "{text}: {all:?}");
        }
    }

    #[test]
    fn tokens_and_white_space_are_the_whole_text() {
        let text =
            "let größe: Vec<Vec<f32>> = vec![é€\u{301}]; // ü\n/* ∑ */ 'ß' '日' \"→\" #![a] ` \\ \u{0}";
        let mut at = 0;
        for token in tokens(text) {
            assert_eq!(text[at..token.start].trim(), "");
            assert_eq!(token.text, &text[token.start..token.end()]);
            at = token.end();
        }
        assert_eq!(text[at..].trim(), "");
    }
}
