//! Rules for notebooks, and for links in everything that is written in Markdown.

use std::collections::HashSet;

use serde_json::Value;

use super::files::{File, root};

/// Format, kernel and outputs of a notebook.
pub fn unclean(file: &File) -> Vec<String> {
    let document: Value = match serde_json::from_str(&file.text) {
        Ok(document) => document,
        Err(error) => return vec![file.complaint(error.line(), &format!("not JSON: {error}"))],
    };
    let mut complaints = Vec::new();
    let mut complain = |what: String| complaints.push(file.complaint(1, &what));
    if document["nbformat"] != 4 || document["nbformat_minor"] != 5 {
        complain(format!(
            "nbformat {}.{}, where 4.5 is wanted",
            document["nbformat"], document["nbformat_minor"]
        ));
    }
    let kernel = &document["metadata"]["kernelspec"];
    if kernel["name"] != "hebb" || kernel["display_name"] != "Rust (Hebb)" || kernel["language"] != "rust" {
        complain(format!(
            "kernelspec {kernel}, where hebb, \"Rust (Hebb)\", rust are wanted"
        ));
    }
    let cells = document["cells"].as_array().cloned().unwrap_or_default();
    if cells.is_empty() {
        complain("no cells".to_string());
    }
    let mut ids = HashSet::new();
    for (place, cell) in cells.iter().enumerate() {
        let place = place + 1;
        let id = cell["id"].as_str().unwrap_or_default();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if id.is_empty() || id.len() > 64 || !id.chars().all(allowed) || !ids.insert(id.to_string()) {
            complain(format!("cell {place}: id {id:?} is missing, malformed or taken"));
        }
        let known = ["code", "markdown", "raw"]
            .iter()
            .any(|kind| cell["cell_type"] == *kind);
        if !known
            || !cell["metadata"].is_object()
            || !(cell["source"].is_string() || cell["source"].is_array())
        {
            complain(format!(
                "cell {place}: cell_type, metadata or source is not as nbformat wants it"
            ));
        }
        let code = cell["cell_type"] == "code";
        if code != cell["outputs"].is_array() || code != cell.get("execution_count").is_some() {
            complain(format!(
                "cell {place}: code cells have outputs and execution_count, others have not"
            ));
        }
    }
    if let Some(what) = stale(&cells) {
        complain(what);
    }
    complaints
}

/// Outputs are all gone, or come from one run from top to bottom that did not fail.
fn stale(cells: &[Value]) -> Option<String> {
    let code: Vec<&Value> = cells.iter().filter(|cell| cell["cell_type"] == "code").collect();
    let outputs = |cell: &Value| cell["outputs"].as_array().cloned().unwrap_or_default();
    if code
        .iter()
        .all(|cell| cell["execution_count"].is_null() && outputs(cell).is_empty())
    {
        return None;
    }
    let filled = code.iter().filter(|cell| !source_of(cell).trim().is_empty());
    for (number, cell) in filled.enumerate() {
        if cell["execution_count"] != number + 1 {
            return Some(format!(
                "execution_count {} where {} is due: strip the outputs",
                cell["execution_count"],
                number + 1
            ));
        }
        let may_fail = cell["metadata"]["tags"]
            .as_array()
            .is_some_and(|tags| tags.iter().any(|tag| tag == "raises-exception"));
        if !may_fail
            && outputs(cell)
                .iter()
                .any(|output| output["output_type"] == "error")
        {
            return Some(format!("cell {} has failed", number + 1));
        }
    }
    None
}

/// Relative links that lead nowhere.
pub fn dead_links(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    let folder = root()
        .join(&file.path)
        .parent()
        .map(std::path::Path::to_path_buf)
        .unwrap_or_default();
    for (at, line) in prose(file) {
        for target in links(&line) {
            let path = target.split(['#', '?']).next().unwrap_or_default();
            let elsewhere = path.contains(':') || path.starts_with('/') || path.starts_with("attachment");
            if !path.is_empty() && !elsewhere && !folder.join(path.replace("%20", " ")).exists() {
                complaints.push(file.complaint(at, &format!("no file behind ({target})")));
            }
        }
    }
    complaints
}

/// Lines of Markdown outside code, numbered; of a notebook, those of its Markdown cells, numbered by cell.
fn prose(file: &File) -> Vec<(usize, String)> {
    if !file.path.ends_with(".ipynb") {
        return outside_code(&file.text);
    }
    let document: Value = serde_json::from_str(&file.text).unwrap_or_default();
    let cells = document["cells"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for (place, cell) in cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell["cell_type"] == "markdown")
    {
        let lines = outside_code(&source_of(cell));
        found.extend(lines.into_iter().map(|(_, line)| (place + 1, line)));
    }
    found
}

/// The text of a cell, which nbformat keeps whole or as a list of lines.
fn source_of(cell: &Value) -> String {
    let source = &cell["source"];
    source.as_array().map_or_else(
        || source.as_str().unwrap_or_default().to_string(),
        |lines| lines.iter().filter_map(Value::as_str).collect(),
    )
}

fn outside_code(text: &str) -> Vec<(usize, String)> {
    let mut in_code = false;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            // Every second piece between backticks is code.
            let plain: String = line.split('`').step_by(2).collect();
            found.push((at + 1, plain));
        }
    }
    found
}

/// What stands in the round brackets of `[text](target)`, and in `src="..."` and `href="..."`.
fn links(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (open, close) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
        for piece in line.split(open).skip(1) {
            let target = piece.split(close).next().unwrap_or_default();
            found.push(target.split_whitespace().next().unwrap_or_default());
        }
    }
    found
}
