//! Notebook files (nbformat 4): read, checked, filled with outputs, written.
//!
//! Everything that is not an output stays as it was, fields that no one here knows included. Nothing is run here.

use std::collections::HashSet;
use std::fs::Permissions;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};

pub mod outputs;

/// A notebook in memory.
#[derive(Clone, Debug)]
pub struct Notebook {
    document: Value,
}

/// A cell that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCell {
    /// Its place among all cells.
    pub place: usize,
    /// Its text.
    pub source: String,
    /// The tag `raises-exception`: it may fail.
    pub may_fail: bool,
    /// The tag `skip-execution`: it is left as it is.
    pub skip: bool,
}

/// Why a file is no notebook for this kernel, or cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum NotebookError {
    /// The file could not be read.
    #[error("{}: {source}{}", path.display(), hint_for_reading(source))]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("{}: cannot write: {source}\nhint: name a file in a folder that you may write to with -o", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No plain file, or one that nobody's work fills.
    #[error("{}: {what}\nhint: save the notebook anew, without its outputs", path.display())]
    Unfit {
        /// Which file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// Not JSON.
    #[error("{}: not JSON: {source}\nhint: a notebook is a file that Jupyter saved, with the ending .ipynb", path.display())]
    NotJson {
        /// Which file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// JSON, but no notebook.
    #[error("{}: not a notebook: {what}\nhint: a notebook is a file that Jupyter saved, with the ending .ipynb", path.display())]
    NotANotebook {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A notebook of an old format.
    #[error("{}: nbformat {version}, where 4 is needed\nhint: convert it: jupyter nbconvert --to notebook --nbformat 4 {}", path.display(), path.display())]
    OldFormat {
        /// Which file.
        path: PathBuf,
        /// Its major version.
        version: i64,
    },
    /// A notebook for another language.
    #[error("{}: a notebook for {language}, where rust is needed\nhint: choose the kernel \"Rust (Hebb)\" in Jupyter and save", path.display())]
    Language {
        /// Which file.
        path: PathBuf,
        /// Its language.
        language: String,
    },
}

fn hint_for_reading(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "\nhint: check the path; notebooks end in .ipynb",
        io::ErrorKind::IsADirectory => "\nhint: name one notebook, not a folder",
        io::ErrorKind::InvalidData => "\nhint: a notebook is a text file in UTF-8",
        _ => "\nhint: check that you may read it",
    }
}

impl Notebook {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Notebook, NotebookError> {
        let text = std::fs::read_to_string(path).map_err(|source| NotebookError::Read {
            path: path.into(),
            source,
        })?;
        let notebook = Notebook::parse(&text, path)?;
        notebook.check_language(path)?;
        Ok(notebook)
    }

    /// Reads a file that somebody handed in, up to `most` bytes, whatever language it says it is for.
    pub fn read_handed_in(path: &Path, most: u64) -> Result<Notebook, NotebookError> {
        let unfit = |what: &str| NotebookError::Unfit {
            path: path.into(),
            what: what.to_owned(),
        };
        let failed = |source| NotebookError::Read {
            path: path.into(),
            source,
        };
        // A link could lead to somebody else's work, or to the solutions; opening a pipe could wait for ever.
        let found = std::fs::symlink_metadata(path).map_err(failed)?;
        if found.is_symlink() {
            return Err(unfit("a link to another file, where a notebook is needed"));
        }
        if !found.is_file() && !found.is_dir() {
            return Err(unfit("no plain file"));
        }
        let too_large = || unfit(&format!("larger than {} MiB", most >> 20));
        if found.len() > most {
            return Err(too_large());
        }
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(most + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > most {
            return Err(too_large());
        }
        Notebook::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Notebook, NotebookError> {
        let document = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|source| {
            NotebookError::NotJson {
                path: path.into(),
                source,
            }
        })?;
        let notebook = Notebook { document };
        notebook.check(path)?;
        Ok(notebook)
    }

    /// The cells as they stand in the file.
    pub fn cells(&self) -> &[Value] {
        let cells = self.document["cells"].as_array();
        cells.map(Vec::as_slice).unwrap_or_default()
    }

    /// The cells, to be changed.
    pub fn cells_mut(&mut self) -> &mut [Value] {
        let cells = self.document["cells"].as_array_mut();
        cells.map(Vec::as_mut_slice).unwrap_or_default()
    }

    /// The notebook's own metadata, if it has any, to be changed.
    pub fn metadata_mut(&mut self) -> Option<&mut Map<String, Value>> {
        self.document["metadata"].as_object_mut()
    }

    fn check(&self, path: &Path) -> Result<(), NotebookError> {
        let wrong = |what: &str| NotebookError::NotANotebook {
            path: path.into(),
            what: what.to_string(),
        };
        let document = self
            .document
            .as_object()
            .ok_or_else(|| wrong("the file holds no JSON object"))?;
        let version = document
            .get("nbformat")
            .and_then(Value::as_i64)
            .ok_or_else(|| wrong("`nbformat` is missing"))?;
        if version != 4 {
            return Err(NotebookError::OldFormat {
                path: path.into(),
                version,
            });
        }
        let cells = document
            .get("cells")
            .and_then(Value::as_array)
            .ok_or_else(|| wrong("`cells` is missing"))?;
        for (place, cell) in cells.iter().enumerate() {
            if !cell["cell_type"].is_string() {
                return Err(wrong(&format!("cell {} has no `cell_type`", place + 1)));
            }
            if text_of(&cell["source"]).is_none() {
                return Err(wrong(&format!("cell {} has no `source`", place + 1)));
            }
        }
        Ok(())
    }

    fn check_language(&self, path: &Path) -> Result<(), NotebookError> {
        let metadata = &self.document["metadata"];
        let language = [
            &metadata["kernelspec"]["language"],
            &metadata["language_info"]["name"],
        ];
        match language.into_iter().find_map(Value::as_str) {
            Some(language) if !language.eq_ignore_ascii_case("rust") => Err(NotebookError::Language {
                path: path.into(),
                language: language.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// The code cells, in order; those without code left out.
    pub fn code_cells(&self) -> Vec<CodeCell> {
        let cells = self.document["cells"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let code = cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell["cell_type"] == "code");
        let read = |(place, cell): (usize, &Value)| {
            let source = text_of(&cell["source"]).filter(|source| !source.trim().is_empty())?;
            let tagged = |tag: &str| {
                let tags = cell["metadata"]["tags"].as_array();
                tags.is_some_and(|tags| tags.iter().any(|found| found == tag))
            };
            Some(CodeCell {
                place,
                source,
                may_fail: tagged("raises-exception"),
                skip: tagged("skip-execution"),
            })
        };
        code.filter_map(read).collect()
    }

    /// The Markdown cells, in order: place among all cells, and text.
    pub fn prose(&self) -> Vec<(usize, String)> {
        let cells = self.document["cells"].as_array().into_iter().flatten();
        let prose = cells
            .enumerate()
            .filter(|(_, cell)| cell["cell_type"] == "markdown");
        prose
            .filter_map(|(place, cell)| Some((place, text_of(&cell["source"])?)))
            .collect()
    }

    /// Removes the outputs of every code cell but those tagged `skip-execution`.
    pub fn clear_outputs(&mut self) {
        let skipped: HashSet<usize> = self
            .code_cells()
            .iter()
            .filter(|cell| cell.skip)
            .map(|cell| cell.place)
            .collect();
        let cells = self.document["cells"].as_array_mut();
        for (place, cell) in cells.into_iter().flatten().enumerate() {
            if cell["cell_type"] == "code" && !skipped.contains(&place) {
                cell["outputs"] = json!([]);
                cell["execution_count"] = Value::Null;
            }
        }
    }

    /// Puts the outputs of a run into a cell.
    pub fn fill(&mut self, place: usize, execution_count: u32, outputs: Vec<Value>) {
        let cell = &mut self.document["cells"][place];
        cell["execution_count"] = execution_count.into();
        cell["outputs"] = outputs.into();
    }

    /// Whether a notebook could be written to `path`, found out before hours of computing.
    pub fn check_writable(path: &Path) -> Result<(), NotebookError> {
        let failed = |source| NotebookError::Write {
            path: path.into(),
            source,
        };
        if path.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let target = target(path);
        let folder = folder_of(&target);
        std::fs::metadata(folder).map_err(failed)?;
        // The kind alone: the whole error names the temporary file, which means nothing to anyone.
        let refused = |error: io::Error| failed(error.kind().into());
        tempfile::NamedTempFile::new_in(folder).map(drop).map_err(refused)
    }

    /// Writes the notebook in nbformat 4.5. A reader never sees half of it.
    pub fn write(&self, path: &Path) -> Result<(), NotebookError> {
        let failed = |source| NotebookError::Write {
            path: path.into(),
            source,
        };
        let mut document = self.document.clone();
        document["nbformat_minor"] = document["nbformat_minor"].as_i64().unwrap_or(0).max(5).into();
        name_cells(&mut document);
        // One space and sorted keys, as Jupyter writes it: a saved notebook differs only where something changed.
        let mut text = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, format);
        document
            .serialize(&mut serializer)
            .map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        let target = target(path);
        let earlier = std::fs::metadata(&target).map(|found| found.permissions()).ok();
        let folder = folder_of(&target);
        let mut builder = tempfile::Builder::new();
        let mut file = builder
            .permissions(earlier.clone().unwrap_or(Permissions::from_mode(0o666)))
            .tempfile_in(folder)
            .map_err(failed)?;
        if let Some(earlier) = earlier {
            // The umask has narrowed them. Where they cannot be set, the outputs matter more.
            let _ = file.as_file().set_permissions(earlier);
        }
        file.write_all(&text)
            .and_then(|()| file.as_file().sync_all())
            .map_err(failed)?;
        file.persist(&target)
            .map(drop)
            .map_err(|error| failed(error.error))
    }
}

/// The file behind a link, so that the link stays.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Text that nbformat allows to be one string or a list of lines.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// nbformat 4.5 wants an id in every cell.
fn name_cells(document: &mut Value) {
    let cells = document["cells"]
        .as_array_mut()
        .map(Vec::as_mut_slice)
        .unwrap_or_default();
    let mut taken: HashSet<String> = cells
        .iter()
        .filter_map(|cell| cell["id"].as_str().map(str::to_string))
        .collect();
    for (place, cell) in cells.iter_mut().enumerate() {
        if cell["id"].is_string() {
            continue;
        }
        let numbers = std::iter::once(format!("cell-{}", place + 1));
        let further = (1..).map(|more| format!("cell-{}-{more}", place + 1));
        if let Some(id) = numbers.chain(further).find(|id| !taken.contains(id)) {
            taken.insert(id.clone());
            cell["id"] = id.into();
        }
    }
}

#[cfg(test)]
mod tests;
