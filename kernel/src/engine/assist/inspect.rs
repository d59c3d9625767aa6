//! What the name at the cursor is: its signature and its documentation.

use std::collections::BTreeSet;

use super::chain::innermost_open;
use super::complete::{Place, floor, path_before, type_shown};
use super::index::{Entry, EntryKind};
use super::infer::Variables;
use super::known::{Known, Member};
use super::tokens::{Kind, Token, significant, tokens};
use super::types::Type;
use super::words::words;
use crate::engine::Inspection;
use crate::engine::session_view::SessionView;

/// Explains the name at the cursor; between the brackets of a call, where no name is, the function that is called.
pub fn inspect(
    code: &str,
    cursor: usize,
    detailed: bool,
    known: &Known<'_>,
    session: &SessionView,
    variables: &Variables,
) -> Option<Inspection> {
    let here = name_at(code, cursor)?;
    let found = here.and_then(|token| explain(code, &token, detailed, known, session, variables));
    found.or_else(|| {
        let called = called_function(code, cursor)?;
        explain(code, &called, detailed, known, session, variables)
    })
}

/// Where the name or keyword at the cursor is, if there is any; none in text and comments.
fn name_at(code: &str, cursor: usize) -> Option<Option<Token<'_>>> {
    let all = tokens(code);
    let touches = |token: &&Token<'_>| token.start <= cursor && cursor <= token.end();
    let in_text = all.iter().filter(touches).any(|token| {
        let inside = token.start < cursor && (cursor < token.end() || !token.closed);
        inside && matches!(token.kind, Kind::Text | Kind::Comment | Kind::Bytes)
    });
    let mut words = all.iter().filter(|token| token.kind == Kind::Word);
    (!in_text).then(|| words.find(touches).copied())
}

/// Where to ask for the name at the cursor that is not known here.
pub fn unknown_name(code: &str, cursor: usize) -> Option<usize> {
    let token = name_at(code, cursor)??;
    (!words().keywords.contains_key(token.text)).then_some(token.start)
}

/// The name before the innermost bracket that is open at the cursor.
fn called_function(code: &str, cursor: usize) -> Option<Token<'_>> {
    let before = significant(&code[..floor(code, cursor)]);
    let open = innermost_open(&before)?;
    let callee = before[..open].iter().rev().find(|token| token.text != "!")?;
    (callee.kind == Kind::Word).then_some(*callee)
}

fn explain(
    code: &str,
    name: &Token<'_>,
    detailed: bool,
    known: &Known<'_>,
    session: &SessionView,
    variables: &Variables,
) -> Option<Inspection> {
    let place = Place::new(code, name.start)?;
    let previous = place.previous(1);
    let documentation = |entry: &Entry| {
        if detailed {
            entry.documentation.clone()
        } else {
            entry.first_paragraph().to_string()
        }
    };
    if previous == "." {
        let receiver = place.receiver(known, variables)?;
        let member = known.member(&receiver, name.text)?;
        return Some(shown(
            &member.signature(),
            Some(&receiver.to_string()),
            &documentation(member.entry),
        ));
    }
    if previous == "::" {
        let owner = place
            .before
            .len()
            .checked_sub(2)
            .map(|at| place.before[at].text)?;
        if let Some(member) = known.member(&Type::named(owner), name.text) {
            return Some(shown(
                &member.signature(),
                Some(owner),
                &documentation(member.entry),
            ));
        }
    } else if let Some(of) = variables.get(name.text) {
        let signature = type_shown(name.text, of.as_ref(), session).map_or_else(
            || format!("let {}", name.text),
            |text| format!("let {}: {text}", name.text),
        );
        let named = of.as_ref().map(|of| known.named(&of.name)).unwrap_or_default();
        let type_entry = named.into_iter().find(|entry| entry.kind.is_type());
        return Some(shown(
            &signature,
            None,
            &type_entry.map(documentation).unwrap_or_default(),
        ));
    }
    if let Some(member) = field_of_literal(code, name, &place, known) {
        return Some(shown(&member.signature(), None, &documentation(member.entry)));
    }
    let is_macro = code[name.end()..].starts_with('!');
    let named = known.named(name.text);
    let fitting = named
        .iter()
        .find(|entry| (entry.kind == EntryKind::Macro) == is_macro);
    if let Some(entry) = fitting.or(named.first()) {
        let owner = entry
            .owner
            .as_deref()
            .filter(|_| entry.kind != EntryKind::Variant);
        return Some(shown(&entry.signature, owner, &documentation(entry)));
    }
    let parent = match previous {
        "::" | "{" | "," => path_before(&place.before).join("::"),
        _ => String::new(),
    };
    if let Some(found) = module(&parent, name.text, &documentation, known) {
        return Some(found);
    }
    if place.in_command() {
        let command = format!(":{}", name.text);
        return words()
            .commands
            .get(&command)
            .map(|line| shown(&command, None, line));
    }
    let line = words()
        .keywords
        .get(name.text)
        .or_else(|| words().primitives.get(name.text))?;
    Some(shown(name.text, None, line))
}

/// A module, with what it holds where nobody has described it.
fn module(
    parent: &str,
    name: &str,
    documentation: &dyn Fn(&Entry) -> String,
    known: &Known<'_>,
) -> Option<Inspection> {
    if (parent, name) == ("", "std") {
        return Some(shown(
            "mod std",
            None,
            "The standard library: what comes with Rust.",
        ));
    }
    let mut listed = known.indexes.iter().flat_map(|index| index.module(parent));
    let (_, entry) = listed.find(|(listed, entry)| *listed == name && entry.kind == EntryKind::Module)?;
    let mut text = documentation(entry);
    if text.is_empty() {
        let path = format!("{parent}::{name}");
        let inside = known.indexes.iter().flat_map(|index| index.module(&path));
        let names: BTreeSet<String> = inside.map(|(name, _)| format!("`{name}`")).collect();
        let names: Vec<String> = names.into_iter().collect();
        text = format!("In it are {}.", names.join(", "));
    }
    Some(shown(&entry.signature, None, &text))
}

/// The field that `name: ` stands for in `Name { name: value }`.
fn field_of_literal<'a>(
    code: &str,
    name: &Token<'_>,
    place: &Place<'_>,
    known: &Known<'a>,
) -> Option<Member<'a>> {
    let after = code[name.end()..].trim_start();
    let named = after.starts_with(':') && !after.starts_with("::");
    let open = innermost_open(&place.before).filter(|open| named && place.before[*open].text == "{")?;
    let of = place.before[open.checked_sub(1)?].text;
    let declared = open
        .checked_sub(2)
        .is_some_and(|at| place.before[at].text == "struct");
    let member = known.member(&Type::named(of), name.text)?;
    (!declared && member.entry.kind == EntryKind::Field).then_some(member)
}

fn shown(signature: &str, owner: Option<&str>, documentation: &str) -> Inspection {
    let on = owner.map(|owner| format!("// {owner}\n")).unwrap_or_default();
    let mut plain = format!("{on}{signature}");
    let mut markdown = format!("```rust\n{on}{signature}\n```");
    if !documentation.is_empty() {
        plain = format!("{plain}\n\n{documentation}");
        markdown = format!("{markdown}\n\n{documentation}");
    }
    Inspection { plain, markdown }
}
