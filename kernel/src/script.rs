//! `hebb script`: a notebook as a Cargo project that runs without Jupyter, as a batch job on a cluster.
//!
//! The program's text is the engine's to write (`engine::rustc::program`); here it becomes files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::engine::rustc::program::{ENTRY, Part, Program, ProgramError, program};
use crate::layout;
use crate::notebook::{Notebook, NotebookError};

/// `hebb script`
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
The program runs the notebook's code from top to bottom, prints its text, and saves each picture as a file (figure-01.svg, ...) in the
folder that its first argument names. Files that the code reads by a relative path are looked for in the current folder, so start it
where the notebook lies:
  hebb script lesson.ipynb -o lesson
  cargo run --release --manifest-path lesson/Cargo.toml
`:dep` lines become dependencies. Cells tagged `skip-execution` or `raises-exception`, and commands such as `:vars`, are left out.

Exit codes:
  0  the project is written
  1  it could not be written, or a cell is no Rust")]
pub struct ScriptArguments {
    /// The notebook
    pub notebook: PathBuf,
    /// The project's folder; by default the notebook's name, in the current folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The folder with Hebb's sources, if they are no longer where they were
    #[arg(long, value_name = "DIR", default_value_os_t = layout::sources())]
    pub sources: PathBuf,
}

/// The crate that a program needs, in Hebb's sources.
const BATCH: &str = "kernel/batch";
/// The first line of a manifest that may be overwritten.
const MARK: &str = "# Written by `hebb script`; the next run writes it anew.";

/// Why there is no project.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The notebook cannot be read.
    #[error(transparent)]
    Notebook(#[from] NotebookError),
    /// A cell cannot be read.
    #[error("{}: {source}", path.display())]
    Program {
        /// The notebook.
        path: PathBuf,
        /// Which cell, and why.
        source: ProgramError,
    },
    /// Hebb's sources are not there.
    #[error("{}: no sources of Hebb: {BATCH} is missing\nhint: name the folder from which Hebb was built with --sources DIR", .0.display())]
    Sources(PathBuf),
    /// Something else lies there.
    #[error("{}: is there and was not written by `hebb script`\nhint: name another folder with -o DIR", .0.display())]
    Taken(PathBuf),
    /// A file could not be written.
    #[error("{}: cannot write: {source}\nhint: name a folder that you may write to with -o DIR", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes the project and says how to run it.
///
/// # Errors
/// When the notebook cannot be read, or the project not be written; then nothing that was there is lost.
pub fn script(arguments: &ScriptArguments) -> Result<ExitCode, ScriptError> {
    let name = arguments.notebook.file_stem().unwrap_or_default();
    let folder = arguments.output.clone().unwrap_or_else(|| name.into());
    let name = package_name(&name.to_string_lossy());
    let notebook = Notebook::read(&arguments.notebook)?;
    let program = program_of(&notebook).map_err(|source| ScriptError::Program {
        path: arguments.notebook.clone(),
        source,
    })?;
    let sources = sources(&arguments.sources)?;
    if !may_be_written(&folder) {
        return Err(ScriptError::Taken(folder));
    }
    let file = arguments.notebook.file_name().unwrap_or_default();
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, text))
            .map_err(|source| ScriptError::Write { path, source })
    };
    write("Cargo.toml", &manifest(&name, &sources, &program.crates))?;
    write(
        "src/main.rs",
        &main_file(&file.to_string_lossy(), &name, &program),
    )?;
    // The versions that Hebb was built with: they are at hand, also where there is no network.
    if let Ok(lock) = fs::read_to_string(sources.join("Cargo.lock")) {
        write("Cargo.lock", &lock)?;
    }
    let manifest = folder.join("Cargo.toml");
    let mut said = format!("Wrote {}\n", folder.display());
    for note in &program.notes {
        said.push_str(&format!("note: {note}\n"));
    }
    said.push_str(&format!(
        "Run it where the notebook lies: cargo run --release --manifest-path {}\n",
        fs::canonicalize(&manifest).unwrap_or(manifest).display()
    ));
    // The project is there, whether anybody reads this or not.
    let _ = io::stdout().write_all(said.as_bytes());
    Ok(ExitCode::SUCCESS)
}

fn program_of(notebook: &Notebook) -> Result<Program, ProgramError> {
    let code = notebook.code_cells();
    let prose = notebook.prose();
    let mut parts: Vec<(usize, Part<'_>)> = prose
        .iter()
        .map(|(place, text)| (*place, Part::Prose(text)))
        .collect();
    parts.extend(code.iter().enumerate().map(|(index, cell)| {
        let number = index + 1;
        let part = if cell.skip {
            Part::LeftOut(number, &cell.source, "it is tagged skip-execution")
        } else if cell.may_fail {
            Part::LeftOut(number, &cell.source, "it is tagged raises-exception")
        } else {
            Part::Code(number, &cell.source)
        };
        (cell.place, part)
    }));
    parts.sort_by_key(|(place, _)| *place);
    let parts: Vec<Part<'_>> = parts.into_iter().map(|(_, part)| part).collect();
    program(&parts)
}

fn sources(folder: &Path) -> Result<PathBuf, ScriptError> {
    let found = fs::canonicalize(folder).ok();
    found
        .filter(|found| found.join(BATCH).join("Cargo.toml").is_file())
        .ok_or_else(|| ScriptError::Sources(folder.to_path_buf()))
}

/// Whether the folder is empty, not there, or an earlier project of ours.
fn may_be_written(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
            manifest.lines().next() == Some(MARK) || entries.next().is_none()
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// A name that cargo takes for any notebook: no crate is called so, and no word of Rust.
fn package_name(notebook: &str) -> String {
    let letters = notebook.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphanumeric() || letter == '_' => letter.to_ascii_lowercase(),
        _ => '-',
    });
    let name: String = letters.collect();
    format!("notebook-{name}").trim_end_matches('-').to_owned()
}

fn manifest(name: &str, sources: &Path, crates: &BTreeMap<String, String>) -> String {
    let batch = toml_text(&sources.join(BATCH).to_string_lossy());
    let dependencies: String = crates
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect();
    format!(
        "{MARK}\n[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\nhebb-batch = {{ path = {batch} }}\n{dependencies}\n\
         # As in a notebook: its code is checked for overflow, the libraries are as fast as they can be.\n\
         [profile.release]\noverflow-checks = true\n\n\
         [profile.release.package.\"*\"]\noverflow-checks = false\n\n\
         [profile.dev.package.\"*\"]\nopt-level = 3\n\n[workspace]\n"
    )
}

/// A basic string of TOML.
fn toml_text(text: &str) -> String {
    // JSON escapes quotes, backslashes and control characters in the same way.
    serde_json::Value::from(text).to_string()
}

fn main_file(notebook: &str, name: &str, program: &Program) -> String {
    let notebook: String = notebook.chars().filter(|letter| !letter.is_control()).collect();
    let figures = format!("{name}-figures");
    let Program {
        items, statements, ..
    } = program;
    format!(
        "//! The code of {notebook} as a program without Jupyter. Written by `hebb script`.\n\n\
         // Cells are written to be read one by one: much here is unused or hidden by what follows.\n\
         #![allow(warnings, text_direction_codepoint_in_comment, text_direction_codepoint_in_literal)]\n\n\
         use ::hebb_batch::prelude::*;\n\n\
         {items}fn main() -> ::std::process::ExitCode {{\n    ::hebb_batch::run(\"{figures}\", {ENTRY})\n}}\n\n\
         fn {ENTRY}() -> ::std::result::Result<(), ::hebb_batch::Failure> {{\n\
         {statements}\n::std::result::Result::Ok(())\n}}\n"
    )
}

#[cfg(test)]
mod tests;
