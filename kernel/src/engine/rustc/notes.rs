//! Remarks about a cell that did what it was asked to do: shown under it, never on stderr.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::cell::statics;
use super::items::{ParsedItem, ParsedKind};
use super::parse::ParsedCell;
use super::repair::Loss;
use super::warnings::Remark;
use crate::engine::CellHost;
use crate::output::Output;

/// Shows a remark.
pub fn show(host: &mut dyn CellHost, text: &str) {
    emit(host, text, &escape(text));
}

/// Shows why a cell ran without a snapshot, unless it was `said` before.
pub fn show_unprotected(host: &mut dyn CellHost, why: Option<String>, said: &mut HashSet<String>) {
    if let Some(why) = why
        && said.insert(why.clone())
    {
        show(
            host,
            &format!(
                "{why}, so there was no snapshot to go back to: had this cell crashed, all variables would be gone \
                 (said once)"
            ),
        );
    }
}

/// Shows what is odd in a cell's code.
pub fn show_remarks(host: &mut dyn CellHost, remarks: &[Remark]) {
    for Remark { message, code, hint } in remarks {
        let hint = hint
            .as_ref()
            .map_or_else(String::new, |hint| format!("hint: {hint}"));
        let text = format!("{message}\n{code}\n{hint}");
        let html = format!(
            "{}<pre style=\"margin:0\">{}</pre>{}",
            escape(message),
            escape(code),
            escape(&hint)
        );
        emit(host, text.trim_end(), &html);
    }
}

fn emit(host: &mut dyn CellHost, text: &str, html: &str) {
    let html =
        format!("<div style=\"opacity:0.75;font-size:90%;white-space:pre-wrap\"><b>note:</b> {html}</div>");
    let mut data = Map::new();
    data.insert("text/plain".to_owned(), Value::from(format!("note: {text}")));
    data.insert("text/html".to_owned(), Value::from(html));
    host.emit(Output::display(data));
}

/// The text with the characters replaced that mean something in HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// "`a`, `b` and `c`".
pub fn names(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// What there is to say about a cell that succeeded.
pub fn about(
    losses: &[Loss],
    unnameable: &[(String, &'static str)],
    outdated: &[String],
    parsed: &ParsedCell,
) -> Vec<String> {
    let mut notes = Vec::new();
    let of = |pick: fn(&Loss) -> Option<&String>| losses.iter().filter_map(pick).cloned().collect::<Vec<_>>();
    let borrows = of(|loss| match loss {
        Loss::Borrows(name) => Some(name),
        _ => None,
    });
    if !borrows.is_empty() {
        notes.push(format!(
            "{} only in this cell: a borrow cannot outlive it\nhint: keep a value of its own, as `.clone()`, `.to_owned()` or `.collect()` make",
            live(&borrows)
        ));
    }
    let closures = of(|loss| match loss {
        Loss::ClosureBorrows(name) => Some(name),
        _ => None,
    });
    if !closures.is_empty() {
        notes.push(format!(
            "{} only in this cell: a closure that borrows what it uses cannot outlive it\nhint: write `move |...|`, with a clone of what you still need",
            live(&closures)
        ));
    }
    for (name, reason) in unnameable {
        notes.push(format!("`{name}` lives only in this cell: {reason}"));
    }
    let unwritable = of(|loss| match loss {
        Loss::Unnameable(name) => Some(name),
        _ => None,
    });
    if !unwritable.is_empty() {
        notes.push(format!(
            "{} gone: the type cannot be written in another cell",
            are(&unwritable)
        ));
    }
    if !outdated.is_empty() {
        notes.push(format!("{} gone: the type has been defined anew", are(outdated)));
    }
    let defined = |item: &ParsedItem| match &item.kind {
        ParsedKind::Definition(definition) => definition.name.as_deref() == Some("main"),
        _ => false,
    };
    if parsed.items.iter().any(defined) && !parsed.has_statements() {
        notes.push(
            "`main` is defined, but nothing calls it\nhint: a cell needs no `main`: write its lines as they are, or call `main()`"
                .to_owned(),
        );
    }
    let statics = statics(parsed);
    if !statics.is_empty() {
        notes.push(format!(
            "{} afresh in every cell that uses it\nhint: `let` makes what cells share",
            match statics.as_slice() {
                [_] => format!("the static {} starts", names(&statics)),
                _ => format!("the statics {} start", names(&statics)),
            }
        ));
    }
    notes
}

fn live(list: &[String]) -> String {
    format!(
        "{} {}",
        names(list),
        if list.len() == 1 { "lives" } else { "live" }
    )
}

/// "`a` is", "`a` and `b` are".
pub fn are(list: &[String]) -> String {
    format!("{} {}", names(list), if list.len() == 1 { "is" } else { "are" })
}
