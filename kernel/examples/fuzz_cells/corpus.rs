//! The cells that the fuzz target starts from: those of the lessons, and the texts in the engine's tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

/// All cells, in an order that does not depend on the file system.
pub fn cells() -> Vec<String> {
    let kernel = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cells = Vec::new();
    for path in files(&kernel.join("../notebooks"), "ipynb") {
        let notebook: Value = serde_json::from_str(&read(&path)).expect("a notebook is JSON");
        let all = notebook["cells"].as_array().expect("a notebook has cells");
        let code = all.iter().filter(|cell| cell["cell_type"] == "code");
        cells.extend(code.map(|cell| lines(&cell["source"])));
    }
    let tests = kernel.join("tests/engine");
    for path in files(&tests, "txt") {
        cells.extend(read(&path).split("\n\n").map(str::to_owned));
    }
    for path in files(&tests, "rs") {
        let file = TokenStream::from_str(&read(&path)).expect("a test is Rust");
        texts(file, &mut cells);
    }
    assert!(cells.len() > 500, "only {} cells were found", cells.len());
    cells
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is part of the sources");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a source file is text")
}

/// A notebook has its texts as one string or as a list of lines.
fn lines(source: &Value) -> String {
    match source {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        source => source.as_str().unwrap_or_default().to_owned(),
    }
}

/// The string literals.
fn texts(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    found.push(text.value());
                }
            }
            _ => {}
        }
    }
}
