//! `:dep`: builds the crates that a session asks for, once, as one dynamic library in the user's cache.
//!
//! Later cells only name the built files. The library is built under a profile of its own: crates that the prelude holds as well
//! then get another identity, and the compiler sees no crate twice.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cache::{Key, Refusal, digest};
use super::compile::{End, Running};
use super::dependency_lines::string_of;
use crate::cache;
use crate::layout::Layout;
use crate::limits;
use crate::pending::Patience;
use crate::scratch;
use crate::worker::offer_to_the_memory_killer;

/// A crate that every cell has already.
#[derive(Debug)]
pub struct BuiltIn {
    /// How Rust writes its name.
    pub name: &'static str,
    /// Which it is.
    pub version: &'static str,
    /// The features that it was built with, beside those without which it is nothing.
    pub features: &'static [&'static str],
}

/// The crates that every cell has already.
pub const BUILT_IN: [BuiltIn; 4] = [
    BuiltIn {
        name: "dl_core",
        version: env!("CARGO_PKG_VERSION"),
        features: &[],
    },
    BuiltIn {
        name: "image",
        version: env!("HEBB_IMAGE_VERSION"),
        features: &["jpeg", "png"],
    },
    BuiltIn {
        name: "ndarray",
        version: env!("HEBB_NDARRAY_VERSION"),
        features: &["std"],
    },
    BuiltIn {
        name: "plotters",
        version: env!("HEBB_PLOTTERS_VERSION"),
        features: &[
            "all_elements",
            "all_series",
            "area_series",
            "boxplot",
            "candlestick",
            "colormaps",
            "errorbar",
            "evcxr",
            "full_palette",
            "histogram",
            "line_series",
            "point_series",
            "surface_series",
            "svg_backend",
        ],
    },
];

/// How the name begins under which cells link the library. Two libraries of one session must not have the same name: the loader
/// would take the second for the first.
const LIBRARY: &str = "hebb_dependencies";

/// The file that says that a build is finished, and what came out.
const FINISHED: &str = "built.json";

/// Cargo's folder, shared by all sets: what one has built, the others need not build again.
const TARGET: &str = "target";

/// How long the cache, and a crate on this machine, is waited for: several answers of a slow disk.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Why crates could not be had.
#[derive(Debug, thiserror::Error)]
pub enum DependencyError {
    /// The line is not `name = "version"`.
    #[error(
        "`:dep {line}` is not understood\nhint: write `:dep NAME = \"VERSION\"` or `:dep NAME = {{ version = \"VERSION\", features = [\"FEATURE\"] }}`"
    )]
    Line {
        /// What follows `:dep`.
        line: String,
    },
    /// There is no crate in a folder.
    #[error("`:dep {folder}`: {why}\nhint: name the folder in which the crate's Cargo.toml lies")]
    Folder {
        /// The folder as it was named.
        folder: String,
        /// What is wrong.
        why: String,
    },
    /// Cargo refused.
    #[error("the crates could not be built: {}\nhint: {hint}", said.trim())]
    Build {
        /// What cargo said.
        said: String,
        /// What may help.
        hint: &'static str,
    },
    /// A file could not be written or a program not started.
    #[error("{what} failed: {source}\nhint: is the disk full? HEBB_CACHE names another place")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The cache directory cannot be used.
    #[error("the crates cannot be kept: {0}")]
    Place(#[from] Refusal),
    /// The person stopped it.
    #[error("the build was stopped")]
    Stopped,
}

/// The crates of a session, built.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Built {
    /// What the compiler must be told.
    pub arguments: Vec<String>,
    /// What every cell must say.
    pub source: String,
    /// The hash of the library. None if the crates bring procedural macros: what these make of a cell may depend on anything.
    #[serde(default)]
    pub identity: Option<String>,
}

impl Built {
    /// What tells this build from every other, if it decides what a cell becomes.
    pub fn identity(&self) -> Option<&str> {
        match self.arguments.is_empty() {
            true => Some(""),
            false => self.identity.as_deref(),
        }
    }
}

/// Builds the crates, or finds them built. `progress` is told each step.
pub fn build(
    layout: &Layout,
    crates: &BTreeMap<String, String>,
    running: &Running,
    progress: &mut dyn FnMut(&str),
) -> Result<Built, DependencyError> {
    if crates.is_empty() {
        return Ok(Built::default());
    }
    let system = |what| move |source| DependencyError::System { what, source };
    let own = cache::directory();
    let prepared = {
        let (own, layout, crates) = (own.clone(), layout.clone(), crates.clone());
        Patience::new(own.clone(), PATIENCE).ask(move || prepare(&own, &layout, &crates))
    };
    let silent = || {
        let what = match has_folders(crates) {
            true => "looking into the cache and into the folders of the crates",
            false => "looking into the cache",
        };
        system(what)(io::Error::new(
            io::ErrorKind::TimedOut,
            "the disk does not answer",
        ))
    };
    let (key, folder, configuration) = match prepared.ok_or_else(silent)?? {
        Prepared::Finished(built) => return Ok(built),
        Prepared::ToBuild {
            key,
            folder,
            configuration,
        } => (key, folder, configuration),
    };
    let mut command = Command::new(layout.rustc.with_file_name("cargo"));
    command
        .env("CARGO_HOME", own.join("cargo"))
        .env("CARGO_BUILD_JOBS", limits::cpus().number.to_string());
    for file in configuration {
        command.arg("--config").arg(file);
    }
    let built = cargo(
        command,
        layout,
        &folder,
        &library(&key),
        crates,
        running,
        progress,
    )?;
    let text = serde_json::to_vec(&built).expect("strings always serialize");
    // Whole or not at all: another session may look for it.
    let noted = tempfile::NamedTempFile::new_in(&folder).and_then(|mut file| {
        file.write_all(&text)?;
        Ok(file.persist(folder.join(FINISHED))?)
    });
    noted.map_err(system("noting the finished build"))?;
    Ok(built)
}

/// What is known before cargo is called.
enum Prepared {
    /// The crates were built before.
    Finished(Built),
    /// Everything is there for cargo.
    ToBuild {
        /// What the set is called.
        key: String,
        /// Where its manifest lies.
        folder: PathBuf,
        /// The files of the person's own settings for cargo.
        configuration: Vec<PathBuf>,
    },
}

fn prepare(
    own: &Path,
    layout: &Layout,
    crates: &BTreeMap<String, String>,
) -> Result<Prepared, DependencyError> {
    let system = |what| move |source| DependencyError::System { what, source };
    let all = own.join("dependencies");
    // What is built there is loaded later, so nobody else may have put it there.
    for place in [own, &own.join("cargo"), &all, &all.join(TARGET)] {
        cache::make_own(place)?;
    }
    let key = key(layout, crates);
    let folder = all.join(&key);
    let finished = fs::read(folder.join(FINISHED)).ok();
    if let Some(built) = finished.and_then(|text| serde_json::from_slice(&text).ok()) {
        return Ok(Prepared::Finished(built));
    }
    cache::make(&folder, 0o755).map_err(system("making a folder for the crates"))?;
    fs::write(folder.join("Cargo.toml"), manifest(&key, crates))
        .map_err(system("writing the build's manifest"))?;
    let uses: String = crates
        .keys()
        .map(|name| format!("pub use ::{};\n", identifier(name)))
        .collect();
    fs::write(folder.join("lib.rs"), uses).map_err(system("writing the build's source"))?;
    Ok(Prepared::ToBuild {
        key,
        folder,
        configuration: configuration(),
    })
}

/// The person's settings for cargo: where crates come from, for instance. Everything else that cargo keeps goes into the cache.
fn configuration() -> Vec<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
    let set = set.map(PathBuf::from);
    let home = set.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    // Cargo takes the older name where both are there.
    let names = ["config", "config.toml"];
    let mut files = home
        .into_iter()
        .flat_map(|home| names.map(|name| home.join(name)));
    files.find(|file| file.is_file()).into_iter().collect()
}

/// Whether some of them lie on this machine.
pub fn has_folders(crates: &BTreeMap<String, String>) -> bool {
    crates.values().any(|value| string_of(value, "path").is_some())
}

/// Two sets with the same key give the same library: crates, compiler, prelude.
fn key(layout: &Layout, crates: &BTreeMap<String, String>) -> String {
    let mut hasher = DefaultHasher::new();
    crates.hash(&mut hasher);
    layout.standard_library.hash(&mut hasher);
    layout.prelude.hash(&mut hasher);
    for value in crates.values() {
        // A crate on this machine is another one when its files have been saved.
        if let Some(path) = string_of(value, "path") {
            saved(Path::new(path), &mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

/// When the files of a crate were changed.
fn saved(folder: &Path, hasher: &mut DefaultHasher) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "target" || name.starts_with('.') {
            continue;
        }
        // A link to a folder above would lead around for ever.
        match fs::symlink_metadata(&path) {
            Ok(known) if known.is_dir() => saved(&path, hasher),
            Ok(known) => (path, known.len(), known.modified().ok()).hash(hasher),
            Err(_) => {}
        }
    }
}

/// The name of the library of a set.
fn library(key: &str) -> String {
    format!("{LIBRARY}_{key}")
}

fn manifest(key: &str, crates: &BTreeMap<String, String>) -> String {
    let library = library(key);
    let dependencies: String = crates
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect();
    format!(
        "[package]\nname = \"{library}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [lib]\npath = \"lib.rs\"\ncrate-type = [\"dylib\"]\n\n\
         [dependencies]\n{dependencies}\n\
         [profile.notebook]\ninherits = \"release\"\ncodegen-units = 12\n\n[workspace]\n"
    )
}

/// How a crate's name is written in Rust.
fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

fn cargo(
    mut command: Command,
    layout: &Layout,
    folder: &Path,
    library: &str,
    crates: &BTreeMap<String, String>,
    running: &Running,
    progress: &mut dyn FnMut(&str),
) -> Result<Built, DependencyError> {
    let system = |what| move |source| DependencyError::System { what, source };
    let target = folder.with_file_name(TARGET);
    let temporary = scratch::folder("hebb-dep-").map_err(system("making a folder for temporary files"))?;
    let mut child = command
        .current_dir(folder)
        .env("TMPDIR", temporary.path())
        .args([
            "rustc",
            "--lib",
            "--profile=notebook",
            "--message-format=json-render-diagnostics",
            "--color=never",
        ])
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "-Cprefer-dynamic"])
        .env("RUSTC", &layout.rustc)
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(system("starting cargo"))?;
    offer_to_the_memory_killer(child.id());
    let messages = child.stdout.take().expect("stdout is a pipe");
    let steps = child.stderr.take().expect("stderr is a pipe");
    running.watch(child);
    // Messages come in small numbers and are read beside the steps, so neither pipe can fill up.
    let reader = std::thread::spawn(move || {
        BufReader::new(messages)
            .lines()
            .map_while(Result::ok)
            .collect::<Vec<_>>()
    });
    let mut said = Vec::new();
    for line in BufReader::new(steps).lines().map_while(Result::ok) {
        // Our own package around the crates is nobody's business.
        if !line.contains(LIBRARY) {
            progress(line.trim());
            said.push(line);
        }
    }
    let messages = reader.join().unwrap_or_default();
    match running.wait() {
        None => return Err(DependencyError::Stopped),
        Some(End::Well) => {}
        Some(End::Failed | End::Killed) => return Err(refused(&said)),
    }
    let artifacts: Vec<Value> = messages
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let file = |name: &str, endings: &[&str]| {
        artifacts
            .iter()
            .filter(|artifact| {
                artifact["target"]["name"]
                    .as_str()
                    .is_some_and(|found| identifier(found) == name)
            })
            .filter_map(|artifact| artifact["filenames"].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .find(|file| endings.iter().any(|ending| file.ends_with(ending)))
            .map(str::to_owned)
    };
    let release = target.join("notebook");
    let mut built = Built {
        arguments: vec![
            format!("-Ldependency={}", release.join("deps").display()),
            format!("-Clink-arg=-Wl,-rpath,{}", release.display()),
        ],
        source: format!("extern crate {library} as _;\n"),
        identity: None,
    };
    let has_macros = artifacts.iter().any(|artifact| {
        let kinds = artifact["target"]["kind"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "proc-macro"))
    });
    if let Some(built_library) = file(library, &[".so"]).filter(|_| !has_macros) {
        built.identity = digest(Path::new(&built_library))
            .ok()
            .map(|digest| Key::new(digest).to_string());
    }
    let asked = crates.iter().map(|(name, value)| {
        // A crate may have another name here than where it comes from.
        let package = string_of(value, "package").unwrap_or(name);
        (identifier(name), identifier(package))
    });
    for (name, target) in asked.chain([(library.to_owned(), library.to_owned())]) {
        // A crate of macros alone is a library that the compiler loads.
        if let Some(file) = file(&target, &[".rlib", ".so"]) {
            built.arguments.push(format!("--extern={name}={file}"));
        }
    }
    Ok(built)
}

/// What cargo said when it failed, without its progress.
fn refused(said: &[String]) -> DependencyError {
    let start = said
        .iter()
        .position(|line| line.starts_with("error"))
        .unwrap_or(0);
    let mut text = said[start..].join("\n");
    if let Some(rest) = text.strip_prefix("error: ") {
        text = rest.to_owned();
    }
    let hint = if text.contains("no matching package") {
        "is the name of the crate right? Its page on crates.io shows it"
    } else if text.contains("failed to select a version") {
        "no published version fits: try another one, or other features"
    } else if text.contains("signal: 9") || text.contains("memory allocation of") {
        "memory ran out: crates of macros alone need some hundred megabytes to build; `drop(name)` gives back what variables hold"
    } else if text.contains("download")
        || text.contains("network")
        || text.contains("resolve host")
        || text.contains("Connection")
    {
        "crates come from the network: is there one?"
    } else {
        "the crate itself does not build here; another version may"
    };
    let text = text
        .split_once("hint: ")
        .map_or(text.as_str(), |(before, _)| before)
        .to_owned();
    DependencyError::Build { said: text, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_their_reason() {
        let said = |text: &str| refused(&text.lines().map(str::to_owned).collect::<Vec<_>>()).to_string();
        insta::assert_snapshot!(
            said("    Updating crates.io index\nerror: no matching package named `nonesuch` found\nlocation searched: crates.io index"),
            @"
        the crates could not be built: no matching package named `nonesuch` found
        location searched: crates.io index
        hint: is the name of the crate right? Its page on crates.io shows it
        "
        );
    }
}
