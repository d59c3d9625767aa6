//! What the person's own types have: their fields, their variants, and whether they can be cloned, read in the text that defines them.

use super::Error;
use super::place::{in_name, word};

/// The fields of a type of the person's, for one that it does not have and that is like none of them.
pub fn fields(error: &Error<'_>) -> Option<String> {
    let asked = error.names();
    // "no field `z` on type `P`", "struct `P` has no field named `z`"
    let (field, kind) = match error.code {
        "E0609" => (*asked.first()?, *asked.get(1)?),
        _ => (*asked.get(1)?, *asked.first()?),
    };
    let (kind, names) = members(error, "struct ", kind)?;
    let like = |name: &&str| strsim::osa_distance(name, field) <= field.chars().count() / 3;
    if names.iter().any(like) {
        return None;
    }
    let word = if names.len() == 1 { "field" } else { "fields" };
    Some(format!("`{kind}` has the {word} {}", listed(&names)))
}

/// The short name of a type of the person's, and what stands in its braces; `keyword` is `struct ` or `enum `.
pub fn members<'a>(error: &Error<'a>, keyword: &str, kind: &'a str) -> Option<(&'a str, Vec<&'a str>)> {
    let kind = kind
        .trim_start_matches('&')
        .split('<')
        .next()?
        .rsplit("::")
        .next()?;
    let (_, behind) = definition(error, keyword, kind)?;
    let (_, rest) = behind.split_once('{')?;
    let (body, _) = rest.split_once('}')?;
    let parts = body.split([',', '\n']).map(|part| {
        let part = part.trim().trim_start_matches("pub ");
        word(part)
    });
    let names: Vec<&str> = parts.filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then_some((kind, names))
}

/// The text before and behind `struct Name`, in this cell or an earlier one.
fn definition<'a>(error: &Error<'a>, keyword: &str, kind: &str) -> Option<(&'a str, &'a str)> {
    let head = format!("{keyword}{kind}");
    let texts = [error.at.after, error.at.before];
    let mut texts = texts.iter().chain(error.known.items.iter().rev()).copied();
    texts.find_map(|text| {
        let mut places = text.rmatch_indices(&head).map(|(at, _)| at);
        let at = places.find(|at| {
            let rest = &text[at + head.len()..];
            !rest.starts_with(in_name)
        })?;
        Some((&text[..at], &text[at + head.len()..]))
    })
}

/// Whether a type is one of the person's.
pub fn is_own(error: &Error<'_>, kind: &str) -> bool {
    let kind = kind.rsplit("::").next().unwrap_or_default();
    ["struct ", "enum "]
        .iter()
        .any(|keyword| definition(error, keyword, kind).is_some())
}

/// Whether a type is one of the person's that cannot be cloned.
pub fn lacks_clone(error: &Error<'_>, kind: &str) -> bool {
    let texts = [error.at.after, error.at.before];
    let written = format!("Clone for {kind}");
    let mut texts = texts.iter().chain(&error.known.items);
    let Some((before, _)) = definition(error, "struct ", kind).or_else(|| definition(error, "enum ", kind))
    else {
        return false;
    };
    let start = before.rfind([';', '}']).map_or(0, |at| at + 1);
    !before[start..].contains("Clone") && !texts.any(|text| text.contains(&written))
}

/// Names in a row: "`a`, `b` and `c`".
pub fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.join(""),
    }
}
