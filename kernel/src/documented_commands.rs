//! Every `hebb …` in the code blocks of the documentation is a command that the parser takes. What they do is tested elsewhere.

use std::path::Path;

use clap::Parser;

use crate::Arguments;

/// The commands in the code blocks of a page, each as its words.
fn commands(page: &str) -> Vec<Vec<String>> {
    // Inside of a block: whether it is one for a terminal.
    let mut block = None;
    let mut found = Vec::new();
    for line in page.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            // Rust's own blocks are cells.
            block = match block {
                Some(_) => None,
                None => Some(matches!(line, "```sh" | "```")),
            };
        } else if block == Some(true) {
            for command in line.split(" && ") {
                let words: Vec<String> = command
                    .split_whitespace()
                    .map(unquoted)
                    .take_while(|word| word != "#")
                    .collect();
                if words
                    .first()
                    .is_some_and(|first| first == "hebb" || first.ends_with("/hebb"))
                {
                    found.push(words);
                }
            }
        }
    }
    found
}

fn unquoted(word: &str) -> String {
    word.trim_matches(['"', '\'']).to_owned()
}

#[test]
fn commands_stand_in_blocks() {
    let page = "hebb no\n```sh\nhebb run a.ipynb # twice\n  cd x && .hebb/bin/hebb cache\nls hebb\n```\n```rust\nhebb no\n```\nhebb no";
    assert_eq!(
        commands(page),
        [vec!["hebb", "run", "a.ipynb"], vec![".hebb/bin/hebb", "cache"]]
    );
    assert!(Arguments::try_parse_from(["hebb", "warm", "--no-such-option", "x"]).is_err());
}

#[test]
fn every_documented_command_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = std::fs::read_dir(root.join("docs")).expect("docs/");
    let docs = docs.flatten().map(|page| page.path());
    let pages = docs.chain(std::iter::once(root.join("README.md")));
    let mut known = 0;
    for page in pages.filter(|page| page.extension().is_some_and(|ending| ending == "md")) {
        let text = std::fs::read_to_string(&page).expect("a page");
        for words in commands(&text) {
            known += 1;
            let parsed = Arguments::try_parse_from(&words);
            assert!(
                parsed.is_ok(),
                "{}: {words:?}: {}",
                page.display(),
                parsed.err().map_or(String::new(), |error| error.to_string())
            );
        }
    }
    assert!(known > 10, "only {known} commands were found");
}
