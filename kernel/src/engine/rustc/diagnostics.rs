//! Shows errors in the person's own cells: the message, the line with a caret, a hint in plain words.
//!
//! What the compiler says about lines that the engine wrote is never shown.

use std::sync::Arc;

use annotate_snippets::renderer::{AnsiColor, Style};
use annotate_snippets::{AnnotationKind, Group, Level, Patch as Change, Renderer, Snippet};

use super::compile::{Diagnostic, Span};
use super::hints::{self, At, Hint, Known};
use super::patches::{Patch, is_same_mistake, patch};
use super::source::{Assembly, CellText, Origin, Place};
use crate::output::CellError;

/// How many errors of one cell are shown in full: the first ones often cause the rest.
const SHOWN: usize = 3;
/// Columns of a rendered message.
const WIDTH: usize = 110;

/// The error of a cell that does not compile.
pub fn compile_error(
    errors: &[&Diagnostic],
    file: &Assembly,
    cell: &Arc<CellText>,
    known: &Known<'_>,
) -> CellError {
    let diagnostics = in_order(errors, file, cell);
    let mut traceback = Vec::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        if !traceback.is_empty() {
            traceback.push(String::new());
        }
        let place = main_place(diagnostic, file);
        let at = match &place {
            Some(origin) => At {
                before: &origin.cell.text[..origin.range.start],
                after: &origin.cell.text[origin.range.start..],
                code: origin.text(),
            },
            None if diagnostic.message.starts_with("expected expression, found") => At {
                before: cell.text.trim_end(),
                ..At::default()
            },
            None => At::default(),
        };
        let patch = patch(diagnostic, errors, file);
        let changes = patch.as_ref().map_or(0, |patch| patch.places.len());
        let hint = hints::hint(diagnostic, at, changes, known);
        let rendered = render(diagnostic, file, cell, hint.as_ref(), patch);
        traceback.extend(rendered.lines().map(str::to_owned));
    }
    if diagnostics.len() > SHOWN {
        traceback.push(String::new());
        traceback.push(format!("... and {} more", diagnostics.len() - SHOWN));
    }
    CellError {
        name: "CompileError".to_owned(),
        value: diagnostics.first().map_or_else(
            || "the cell does not compile".to_owned(),
            |diagnostic| message(diagnostic),
        ),
        traceback,
    }
}

/// The errors as a person reads them: from top to bottom, a name that is missing once.
fn in_order<'a>(
    diagnostics: &[&'a Diagnostic],
    file: &Assembly,
    cell: &Arc<CellText>,
) -> Vec<&'a Diagnostic> {
    let mut once: Vec<&Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        let said = once.iter().any(|other| {
            other.message == diagnostic.message && diagnostic.message.starts_with("cannot find")
        });
        if !said {
            once.push(diagnostic);
        }
    }
    once.sort_by_key(|diagnostic| match main_place(diagnostic, file) {
        Some(origin) if origin.cell == *cell => (0, origin.range.start),
        Some(origin) => (1, origin.range.start),
        None => (2, 0),
    });
    let line = |diagnostic: &Diagnostic| {
        main_place(diagnostic, file).map(|at| (at.cell.number, at.cell.position(at.range.start).0))
    };
    // Two views of one mistake: the one that names what is missing is enough.
    let missing: Vec<_> = once
        .iter()
        .filter(|error| error.code.as_deref() == Some("E0277"))
        .collect();
    let told = |diagnostic: &&Diagnostic| {
        missing.iter().any(|error| {
            let again = match diagnostic.code.as_deref() {
                Some("E0308") => {
                    error.message.starts_with("cannot ") || error.message.starts_with("the size for")
                }
                Some("E0061") => error.message.contains(": AsRef<["),
                _ => false,
            };
            again && line(error) == line(diagnostic)
        })
    };
    let (_, mut kept): (Vec<_>, Vec<_>) = once.iter().copied().partition(told);
    // One change mends them all.
    let mut mended: Vec<&Diagnostic> = Vec::new();
    kept.retain(|diagnostic| {
        let again = mended
            .iter()
            .any(|first| is_same_mistake(first, diagnostic, file));
        mended.push(diagnostic);
        !again
    });
    kept
}

/// Where an error's main place is in a cell's code.
fn main_place(diagnostic: &Diagnostic, file: &Assembly) -> Option<Origin> {
    let primary = diagnostic.spans.iter().find(|span| span.primary)?;
    match file.place(primary.range.clone()) {
        Place::Cell(origin) => Some(origin),
        Place::Marked(_) | Place::Scaffold => None,
    }
}

/// The error of a cell that noticed that it was asked to stop.
pub fn stopped() -> CellError {
    plain_error(
        "Interrupted",
        "the cell was stopped; what it had done until then is kept",
    )
}

/// An error that needs no more than its text; a `hint:` stands on a line of its own.
pub fn plain_error(name: &str, text: &str) -> CellError {
    let mut lines = text.lines();
    let value = lines.next().unwrap_or_default().to_owned();
    let mut traceback = vec![headline(name, &value)];
    traceback.extend(lines.map(|line| {
        line.strip_prefix("hint: ")
            .map_or_else(|| line.to_owned(), hint_line)
    }));
    CellError {
        name: name.to_owned(),
        value,
        traceback,
    }
}

/// An error of a running cell, with the place if it is in a cell's text.
pub fn runtime_error(name: &str, text: &str, place: Option<&Origin>) -> CellError {
    let mut error = plain_error(name, text);
    if !text.contains("\nhint: ")
        && let Some(hint) = hints::panics::hint(text)
    {
        error.traceback.push(hint_line(&hint));
    }
    // Both sides of an operator matter where the operator fails.
    let calculated = ["attempt to ", "+: ", "-: ", "*: ", "/: "]
        .iter()
        .any(|start| text.starts_with(start));
    let place = place.map(|origin| match calculated {
        true => calculation_at(origin),
        false => origin.clone(),
    });
    if let Some(origin) = place {
        let snippet = snippet(origin.cell.number, &origin.cell.text)
            .annotation(AnnotationKind::Primary.span(origin.range.clone()));
        let group = Group::with_level(Level::ERROR).element(snippet);
        let rendered = renderer().render(&[group]);
        // The place follows the headline; hints stay last.
        let at = error
            .traceback
            .iter()
            .position(|line| line.contains("hint\x1b[0m:"))
            .unwrap_or(error.traceback.len());
        error
            .traceback
            .splice(at..at, rendered.lines().map(str::to_owned));
    }
    error
}

/// Lines of one cell with carets under places in them, without colours; `label` gives what is said there.
pub fn quote(cell: &CellText, places: &[(Origin, &Span)], label: impl Fn(&Span) -> Option<&str>) -> String {
    let mut snippet = snippet(cell.number, &cell.text);
    for (place, span) in places {
        snippet = snippet.annotation(kind(span).span(place.range.clone()).label(label(span)));
    }
    let group = Group::with_level(Level::NOTE).element(snippet);
    Renderer::plain().term_width(WIDTH).render(&[group])
}

/// The code that starts at `origin`, up to the next white space outside of brackets: what a caret should underline.
pub fn word_at(origin: &Origin) -> Origin {
    reach(origin, char::is_whitespace)
}

/// The calculation that starts at `origin`.
fn calculation_at(origin: &Origin) -> Origin {
    reach(origin, |c| matches!(c, '\n' | '{'))
}

/// The code from the start of `origin` on: up to its end, or to what may not stand in it outside of brackets.
fn reach(origin: &Origin, ends: impl Fn(char) -> bool) -> Origin {
    let rest = &origin.cell.text[origin.range.start..];
    let mut depth = 0_i32;
    let end = rest.char_indices().find(|(_, c)| {
        match c {
            '(' | '[' | '{' if !(depth == 0 && ends(*c)) => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        depth < 0
            || *c == ';' && depth == 0
            || depth == 0 && (*c == ',' || ends(*c))
            || depth > 0 && *c == '\n'
    });
    let length = end
        .map_or(rest, |(at, _)| &rest[..at])
        .trim_end()
        .len()
        .max(rest.chars().next().map_or(0, char::len_utf8));
    Origin {
        cell: origin.cell.clone(),
        range: origin.range.start..origin.range.start + length,
    }
}

fn headline(name: &str, value: &str) -> String {
    format!("\x1b[1m{name}: {value}\x1b[0m")
}

fn hint_line(hint: &str) -> String {
    format!("\x1b[1;96mhint\x1b[0m: {hint}")
}

fn renderer() -> Renderer {
    // No red: notebooks show errors on a red ground, where it cannot be read.
    let frame = AnsiColor::Cyan.on_default();
    Renderer::styled()
        .error(Style::new().bold())
        .line_num(frame)
        .context(frame)
        .term_width(WIDTH)
}

fn snippet<'a, T: Clone>(number: u32, text: &'a str) -> Snippet<'a, T> {
    Snippet::source(text).path(format!("In [{number}]")).line_start(1)
}

fn kind(span: &Span) -> AnnotationKind {
    match span.primary {
        true => AnnotationKind::Primary,
        false => AnnotationKind::Context,
    }
}

fn render(
    diagnostic: &Diagnostic,
    file: &Assembly,
    cell: &Arc<CellText>,
    hint: Option<&Hint>,
    patch: Option<Patch<'_>>,
) -> String {
    let mut places: Vec<(Origin, &Span)> = places(&diagnostic.spans, file);
    let mut text = message(diagnostic);
    if let Some(span) = diagnostic.spans.iter().find(|span| span.primary)
        && !places.iter().any(|(_, span)| span.primary)
    {
        // The compiler points behind the cell: what it misses should have stood at the end.
        let end = cell.text.trim_end().len();
        let origin = Origin {
            cell: cell.clone(),
            range: end..end,
        };
        places.insert(0, (origin, span));
        text = text
            .replace("found `}`", "found the end of the cell")
            .replace("found `;`", "found the end of the cell");
    }
    let mut title = Level::ERROR.primary_title(text);
    if let Some(code) = diagnostic.code.as_deref().filter(|code| code.starts_with('E')) {
        title = title.id(code.to_owned());
    }
    let mut group = Group::with_title(title);
    for (origin, _) in first_of_each_cell(&places) {
        let mut snippet = snippet(origin.cell.number, &origin.cell.text);
        for (place, span) in places.iter().filter(|(place, _)| place.cell == origin.cell) {
            let label = span
                .label
                .as_deref()
                .filter(|label| !is_ours(label))
                .and_then(|label| hints::label(&without_paths(label)));
            snippet = snippet.annotation(kind(span).span(place.range.clone()).label(label));
        }
        group = group.element(snippet);
    }
    let patch = patch.filter(|_| !hint.is_some_and(|hint| hint.alone));
    let mut words = hint.map(|hint| hint.text.clone());
    for advice in &diagnostic.children {
        if !advice.spans.is_empty() || !hints::worth_showing(advice, is_ours) {
            continue;
        }
        let text = without_paths(&advice.message);
        if advice.level == "note" {
            group = group.element(Level::NOTE.message(text));
        } else if words.is_none() && patch.is_none() {
            words = Some(text);
        }
    }
    let mut groups = vec![group];
    if let Some(patch) = &patch
        && let Some((first, _)) = patch.places.first()
    {
        let mut snippet = snippet(first.cell.number, &first.cell.text);
        for (place, text) in patch.places.iter().filter(|(place, _)| place.cell == first.cell) {
            snippet = snippet.patch(Change::new(place.range.clone(), text.clone()));
        }
        let words = words.take().unwrap_or_else(|| hints::title(patch.advice));
        groups.push(
            Level::HELP
                .with_name("hint")
                .secondary_title(words)
                .element(snippet),
        );
    }
    let rendered = renderer().render(&groups);
    match words {
        Some(words) => format!("{rendered}\n{}", hint_line(&words)),
        None => rendered,
    }
}

/// The message in the words of cells: the closure and the type around the statements are ours.
fn message(diagnostic: &Diagnostic) -> String {
    if diagnostic
        .message
        .contains("`?` operator can only be used on `Result`s")
    {
        return "the `?` operator at the top of a cell works on a `Result`, and this is an `Option`"
            .to_owned();
    }
    if diagnostic.message.contains("couldn't convert the error") {
        return "the `?` operator cannot turn this error into text".to_owned();
    }
    without_paths(&diagnostic.message)
}

/// The text with names as a person writes them: without the path under which the engine brings them in.
fn without_paths(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let text = text.replace("hebb_prelude::prelude::", "");
    let mut rest = text.as_str();
    while let Some(at) = ["std::", "core::", "alloc::"]
        .iter()
        .filter_map(|root| rest.find(root))
        .min()
    {
        let (before, path) = rest.split_at(at);
        short.push_str(before);
        let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let (path, behind) = path.split_at(end.unwrap_or(path.len()));
        let inside = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        // A function or a module is known by its whole path, a type by its name.
        let name = path.rsplit("::").next().unwrap_or_default();
        let is_type = name.starts_with(|c: char| c.is_uppercase());
        short.push_str(if is_type && !inside { name } else { path });
        rest = behind;
    }
    short + rest
}

/// Whether a text names parts of the engine.
pub fn is_ours(text: &str) -> bool {
    text.contains("hebb")
        || text.contains("`Rung`")
        || text.contains("CellFailure")
        || text.contains("DebugFailure")
        || text.contains("in a closure")
}

/// The places that are in the person's cells, with the cell of the main one first.
pub fn places<'a>(spans: &'a [Span], file: &Assembly) -> Vec<(Origin, &'a Span)> {
    let mut places: Vec<(Origin, &Span)> = spans
        .iter()
        .filter_map(|span| match file.place(span.range.clone()) {
            Place::Cell(origin) => Some((origin, span)),
            Place::Marked(_) | Place::Scaffold => None,
        })
        .collect();
    // The cell with the main place comes first.
    places.sort_by_key(|(_, span)| !span.primary);
    places
}

fn first_of_each_cell<'a>(places: &'a [(Origin, &'a Span)]) -> Vec<&'a (Origin, &'a Span)> {
    let mut firsts: Vec<&(Origin, &Span)> = Vec::new();
    for place in places {
        if firsts.iter().all(|(first, _)| first.cell != place.0.cell) {
            firsts.push(place);
        }
    }
    firsts
}
