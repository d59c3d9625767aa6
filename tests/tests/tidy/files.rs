//! The files of the repository, and the words of a Rust file without its comments and texts.

use std::path::{Path, PathBuf};

use proc_macro2::{LineColumn, TokenStream, TokenTree};

/// A text file of the repository.
pub struct File {
    /// Its path from the repository's root, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// A name or a sign in Rust code, and the line where it stands, from 1.
pub struct Word {
    /// The text.
    pub text: String,
    /// The line.
    pub line: usize,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    // Asked when the test runs: checkouts may share build output, and this one need not have been built here.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package's folder");
    Path::new(&package)
        .parent()
        .expect("tests/ stands in the repository")
        .to_path_buf()
}

/// All text files, build output and hidden folders left out.
pub fn repository() -> Vec<File> {
    let root = root();
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    files
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let built = matches!(&*name, "target" | "node_modules" | "__pycache__" | "output")
            || path.join("CACHEDIR.TAG").exists();
        if name.starts_with('.') || built || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            // A Python environment is no part of the house.
            if !path.join("pyvenv.cfg").exists() {
                walk(root, &path, files);
            }
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let path = path
                .strip_prefix(root)
                .expect("below the root")
                .to_string_lossy()
                .replace('\\', "/");
            files.push(File { path, text });
        }
    }
}

impl File {
    /// Names and signs of a Rust file, in order; comments and literals left out.
    pub fn words(&self) -> Vec<Word> {
        let stream: TokenStream = self
            .text
            .parse()
            .unwrap_or_else(|error| panic!("{}: not Rust: {error}", self.path));
        let mut words = Vec::new();
        collect(stream, &mut words);
        words
    }

    /// A complaint about a line.
    pub fn complaint(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

fn collect(stream: TokenStream, words: &mut Vec<Word>) {
    for token in stream {
        let LineColumn { line, .. } = token.span().start();
        match token {
            TokenTree::Group(group) => {
                words.push(Word {
                    text: format!("{:?}", group.delimiter()),
                    line,
                });
                collect(group.stream(), words);
            }
            TokenTree::Ident(name) => words.push(Word {
                text: name.to_string(),
                line,
            }),
            TokenTree::Punct(sign) => words.push(Word {
                text: sign.to_string(),
                line,
            }),
            TokenTree::Literal(_) => words.push(Word {
                text: "literal".to_string(),
                line,
            }),
        }
    }
}

/// True if the words from `at` on are these.
pub fn follow(words: &[Word], at: usize, expected: &[&str]) -> bool {
    expected
        .iter()
        .enumerate()
        .all(|(offset, text)| words.get(at + offset).is_some_and(|word| word.text == *text))
}
