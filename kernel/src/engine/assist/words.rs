//! Keywords, primitive types and cell commands, each with one line that explains it. The table is `words.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// Words that belong to the language or the notebook, not to a crate.
#[derive(Debug, Deserialize)]
pub struct Words {
    /// `let`, `fn`, ...
    pub keywords: BTreeMap<String, String>,
    /// `f32`, `usize`, ...
    pub primitives: BTreeMap<String, String>,
    /// `:vars`, ...
    pub commands: BTreeMap<String, String>,
}

/// The table.
pub fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| {
        serde_json::from_str(include_str!("words.json")).expect("words.json is part of the program")
    })
}
