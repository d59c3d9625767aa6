//! The person's code around the place of an error, so that a hint can use its words.

/// Where the compiler points: the code before that place, there and behind its start.
#[derive(Clone, Copy, Debug, Default)]
pub struct At<'a> {
    /// Up to the place.
    pub before: &'a str,
    /// From the place on.
    pub after: &'a str,
    /// The place.
    pub code: &'a str,
}

impl<'a> At<'a> {
    /// The line in front of the place.
    pub fn line_before(&self) -> &'a str {
        let start = self.before.rfind('\n').map_or(0, |at| at + 1);
        self.before[start..].trim_start()
    }

    /// The line from the place on.
    pub fn line_after(&self) -> &'a str {
        self.after.lines().next().unwrap_or_default()
    }

    /// Whether the place is in or behind a `let` of the same line.
    pub fn in_let(&self) -> bool {
        let line = self.line_before();
        line.starts_with("let ") || line.contains(" let ")
    }

    /// The first word of the statement, which is taken to begin with the line or behind a `;`.
    pub fn first_word(&self) -> &'a str {
        let line = self.line_before();
        let line = line.rsplit(';').next().unwrap_or_default().trim_start();
        match line {
            "" => word(self.after),
            line => word(line),
        }
    }

    /// The code of the place if it is short enough to be said again, in one piece that an operator may follow.
    pub fn operand(&self) -> Option<String> {
        operand(self.code)
    }

    /// The other side of an operator whose right side is the place.
    pub fn operand_before(&self) -> &'a str {
        let before = self.before.trim_end();
        tail(before.trim_end_matches(['<', '>', '=', '!', '+', '-', '*', '/', '%', ' ']))
    }

    /// The operands of the operator that is the place.
    pub fn operands(&self) -> (&'a str, &'a str) {
        (
            tail(self.before.trim_end()),
            head(self.after[self.code.len()..].trim_start()),
        )
    }
}

/// Code to which `as f32` or `.name()` can be added.
pub fn operand(code: &str) -> Option<String> {
    if code.is_empty() || code.len() > 30 || code.contains('\n') {
        return None;
    }
    match head(code).len() == code.len() {
        true => Some(code.to_owned()),
        false => Some(format!("({code})")),
    }
}

/// Whether a character can stand in a name.
pub fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first word of a text.
pub fn word(text: &str) -> &str {
    let end = text.find(|c| !in_name(c));
    &text[..end.unwrap_or(text.len())]
}

/// Whether a text is a whole number as it is written in code.
pub fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '_')
}

/// The name, number, call or chain of them with which a text begins.
pub fn head(text: &str) -> &str {
    let rest = text.trim_start_matches(chain(['(', '['], [')', ']']));
    &text[..text.len() - rest.len()]
}

/// The same at the end of a text.
fn tail(text: &str) -> &str {
    let rest = text.trim_end_matches(chain([')', ']'], ['(', '[']));
    &text[rest.len()..]
}

/// Says of one character after another whether the chain still goes on with it; `open` brackets are met before `close` ones.
fn chain(open: [char; 2], close: [char; 2]) -> impl FnMut(char) -> bool {
    let mut depth = 0_i32;
    move |c| {
        depth += i32::from(open.contains(&c)) - i32::from(close.contains(&c));
        depth > 0 || depth == 0 && (in_name(c) || c == '.' || close.contains(&c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(before: &'a str, code: &'a str, rest: &'a str) -> (String, usize, usize) {
        let whole = format!("{before}{code}{rest}");
        (whole, before.len(), code.len())
    }

    #[test]
    fn the_operands_of_an_operator_are_found() {
        let rows = [
            ("let y = ", "x", " ", " n;", ("x", "n")),
            ("f(a, ", "v.len()", " ", " (1 + 2)) ", ("v.len()", "(1 + 2)")),
            ("", "data[i + 1]", "", "2.0", ("data[i + 1]", "2.0")),
            ("", "", "", "", ("", "")),
        ];
        for (lead, left, gap, right, expected) in rows {
            let (whole, start, length) = at(&format!("{lead}{left}{gap}"), "/", right);
            let place = At {
                before: &whole[..start],
                after: &whole[start..],
                code: &whole[start..start + length],
            };
            assert_eq!(place.operands(), expected, "{whole}");
        }
    }

    #[test]
    fn what_is_not_in_one_piece_gets_parentheses() {
        assert_eq!(operand("x.len()").as_deref(), Some("x.len()"));
        assert_eq!(operand("10 / 4").as_deref(), Some("(10 / 4)"));
        assert_eq!(operand("a\nb"), None);
        assert_eq!(operand(""), None);
    }
}
