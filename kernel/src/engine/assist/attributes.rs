//! What the attributes of an item say: its documentation, and whether it is to be seen at all.

use syn::{Attribute, Expr, Lit, Meta};

/// The `///` and `//!` lines of an item, without their common space.
pub fn documentation(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(literal) = &meta.value
            && let Lit::Str(text) = &literal.lit
        {
            let text = text.value();
            lines.extend(
                text.split('\n')
                    .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_string()),
            );
        }
    }
    without_links(lines.join("\n").trim())
}

/// Links of Rust's documentation lead nowhere in a notebook: only their text is kept.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("[`") {
        let (before, link) = rest.split_at(open);
        plain.push_str(before);
        let Some(close) = link.find("`]") else {
            rest = link;
            break;
        };
        plain.push_str(&link[1..=close]);
        rest = &link[close + 2..];
        if let Some(target) = rest.strip_prefix('(')
            && let Some(end) = target.find(')')
        {
            rest = &target[end + 1..];
        }
    }
    plain.push_str(rest);
    plain
}

/// True for `#[doc(hidden)]` and `#[cfg(test)]`.
pub fn hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let word = if attribute.path().is_ident("doc") {
            "hidden"
        } else if attribute.path().is_ident("cfg") {
            "test"
        } else {
            return false;
        };
        matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string().trim() == word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_plain_text() {
        let rows = [
            (
                "as [`tensor!`](crate::tensor!) and [`Tensor`] do",
                "as `tensor!` and `Tensor` do",
            ),
            (
                "`[m, k]` stays, [here](https://example.org) too",
                "`[m, k]` stays, [here](https://example.org) too",
            ),
            ("half a [`link", "half a [`link"),
        ];
        for (text, expected) in rows {
            assert_eq!(without_links(text), expected);
        }
    }
}
