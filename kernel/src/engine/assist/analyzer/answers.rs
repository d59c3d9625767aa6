//! What a language server's answers say, in our own words.

use serde_json::Value;

use super::super::super::{Completion, Inspection};

/// The candidates that begin with `prefix`, in the server's order.
pub fn completions(answer: &Value, prefix: &str) -> Vec<Completion> {
    let items = answer.get("items").unwrap_or(answer).as_array();
    let folded = prefix.to_lowercase();
    let mut found: Vec<(&str, Completion)> = Vec::new();
    for item in items.into_iter().flatten() {
        let Some(completion) = completion(item) else {
            continue;
        };
        let order = item.get("sortText").and_then(Value::as_str).unwrap_or_default();
        let fits = completion.text.to_lowercase().starts_with(&folded);
        if fits && found.iter().all(|(_, other)| other.text != completion.text) {
            found.push((order, completion));
        }
    }
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, completion)| completion).collect()
}

fn completion(item: &Value) -> Option<Completion> {
    let kind = kind(item.get("kind").and_then(Value::as_u64).unwrap_or_default())?;
    let text = |path: &str| item.pointer(path).and_then(Value::as_str);
    let label = text("/label")?;
    let inserted = text("/textEdit/newText")
        .or_else(|| text("/insertText"))
        .unwrap_or(label);
    // `push(…)` and `self.push()` are `push`.
    let name = inserted
        .split(['(', '{', '[', '$', ' '])
        .next()?
        .trim_end_matches("::");
    let name = name.rsplit('.').next().filter(|name| !name.is_empty())?;
    let signature = text("/detail")
        .or_else(|| text("/labelDetails/description"))
        .or_else(|| text("/labelDetails/detail"));
    Some(Completion {
        text: name.to_string(),
        kind: kind.to_string(),
        signature: signature.unwrap_or(label).trim().to_string(),
    })
}

/// Jupyter's word for a kind of the protocol; none for what is no name.
fn kind(number: u64) -> Option<&'static str> {
    Some(match number {
        2 => "method",
        3 => "function",
        5 | 10 => "field",
        6 | 12 => "variable",
        4 | 20 => "variant",
        7 | 22 => "struct",
        8 => "trait",
        9 => "module",
        13 => "enum",
        14 => "keyword",
        21 => "constant",
        25 => "type",
        _ => return None,
    })
}

/// A hover: the code it shows, and its documentation after the line.
pub fn inspection(answer: &Value, detailed: bool) -> Option<Inspection> {
    let text = answer.pointer("/contents/value").and_then(Value::as_str)?.trim();
    let (head, documentation) = text.split_once("\n---\n").unwrap_or((text, ""));
    let head = head.trim();
    let documentation = documentation.trim();
    let documentation = match detailed {
        true => documentation,
        false => documentation.split("\n\n").next().unwrap_or_default(),
    };
    let is_code = |line: &&str| !line.starts_with("```") && !line.trim().is_empty();
    let code = head.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    if code.is_empty() {
        return None;
    }
    let (mut plain, mut markdown) = (code, head.to_string());
    if !documentation.is_empty() {
        plain = format!("{plain}\n\n{documentation}");
        markdown = format!("{markdown}\n\n{documentation}");
    }
    Some(Inspection { plain, markdown })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn candidates_are_read_in_the_servers_order() {
        let answer = json!({ "isIncomplete": true, "items": [
            { "label": "push(…)", "kind": 2, "sortText": "7f", "detail": "pub fn push(&mut self, value: T)",
              "textEdit": { "newText": "push", "range": {} } },
            { "label": "pub_field", "kind": 5, "sortText": "00", "insertText": "pub_field" },
            { "label": "println!(…)", "kind": 3, "sortText": "01", "textEdit": { "newText": "println!" } },
            { "label": "push", "kind": 2, "sortText": "99" },
            { "label": "if", "kind": 15, "sortText": "00" },
            { "label": "other()", "kind": 2 },
            { "kind": 2 },
            null,
        ]});
        let found = completions(&answer, "PU");
        let shown: Vec<String> = found
            .iter()
            .map(|one| format!("{} {} {}", one.text, one.kind, one.signature))
            .collect();
        assert_eq!(
            shown,
            [
                "pub_field field pub_field",
                "push method pub fn push(&mut self, value: T)"
            ]
        );
        assert_eq!(completions(&answer, "println").len(), 1);
        for nothing in [json!(null), json!([]), json!({ "items": 1 }), json!("text")] {
            assert_eq!(completions(&nothing, ""), []);
        }
    }

    #[test]
    fn a_hover_is_shortened_to_its_first_paragraph() {
        let hover = "```rust\nalloc::vec::Vec\n```\n\n```rust\npub fn len(&self) -> usize\n```\n\n---\n\nFirst.\n\nSecond.";
        let answer = json!({ "contents": { "kind": "markdown", "value": hover } });
        let short = inspection(&answer, false).expect("a hover");
        insta::assert_snapshot!(short.plain, @"
        alloc::vec::Vec
        pub fn len(&self) -> usize

        First.
        ");
        assert!(short.markdown.ends_with("```\n\nFirst."), "{}", short.markdown);
        assert!(
            inspection(&answer, true)
                .expect("a hover")
                .plain
                .ends_with("First.\n\nSecond.")
        );
        assert_eq!(inspection(&json!(null), true), None);
        assert_eq!(inspection(&json!({ "contents": { "value": "\n" } }), true), None);
    }
}
