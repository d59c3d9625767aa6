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

/// How long the cache is waited for: several answers of a slow disk.
const PATIENCE: Duration = Duration::from_secs(10);

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

/// Reads what follows `:dep`: the crate's name and the rest of its line in a `Cargo.toml`. `.`, `../other` and `/path/to/crate` stand
/// for the crate in that folder.
pub fn read(line: &str) -> Result<(String, String), DependencyError> {
    let failed = || DependencyError::Line {
        line: line.to_owned(),
    };
    if line.starts_with(['.', '/']) {
        return local(line);
    }
    let (name, value) = line
        .split_once('=')
        .map_or((line, "\"*\""), |(name, value)| (name, value));
    let (name, value) = (name.trim(), value.trim());
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
    let table = value.starts_with('{') && value.ends_with('}');
    if !is_name || !(quoted || table) {
        return Err(failed());
    }
    // The build stands elsewhere than the notebook.
    let value = match string_of(value, "path").filter(|_| table) {
        Some(path) if !path.starts_with('/') => {
            let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
            value.replacen(
                &format!("\"{path}\""),
                &format!("{:?}", whole.display().to_string()),
                1,
            )
        }
        _ => value.to_owned(),
    };
    Ok((name.to_owned(), value))
}

/// The crate in a folder.
fn local(folder: &str) -> Result<(String, String), DependencyError> {
    let failed = |why: String| DependencyError::Folder {
        folder: folder.to_owned(),
        why,
    };
    let whole = fs::canonicalize(folder).map_err(|error| failed(error.to_string()))?;
    let manifest = fs::read_to_string(whole.join("Cargo.toml"))
        .map_err(|error| failed(format!("its Cargo.toml cannot be read: {error}")))?;
    let package = manifest.split("[package]").nth(1).unwrap_or_default();
    let package = package.split("\n[").next().unwrap_or_default();
    let name =
        string_of(package, "name").ok_or_else(|| failed("its Cargo.toml names no package".to_owned()))?;
    Ok((
        name.to_owned(),
        format!("{{ path = {:?} }}", whole.display().to_string()),
    ))
}

/// What a line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// A version, if it says one.
    pub version: Option<String>,
    /// The features that it names.
    pub features: Vec<String>,
    /// It asks for the crate in another place than the registry.
    pub elsewhere: bool,
}

/// Reads what follows the `=` of a line.
pub fn asked(value: &str) -> Asked {
    if let Some(version) = value.strip_prefix('"') {
        return Asked {
            version: Some(version.trim_end_matches('"').to_owned()),
            ..Asked::default()
        };
    }
    let features = value.split_once("features = [").map_or("", |(before, rest)| {
        match before.ends_with("default-") || before.ends_with("default_") {
            true => "",
            false => rest.split(']').next().unwrap_or_default(),
        }
    });
    Asked {
        version: string_of(value, "version").map(str::to_owned),
        features: features
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect(),
        elsewhere: ["git", "path"].iter().any(|key| string_of(value, key).is_some()),
    }
}

/// The text of `key = "text"` in a table.
fn string_of<'a>(table: &'a str, key: &str) -> Option<&'a str> {
    table.match_indices(key).find_map(|(at, _)| {
        let is_key = !table[..at].ends_with(|c: char| c.is_alphanumeric() || "-_\"".contains(c));
        let rest = table[at + key.len()..].trim_start().strip_prefix('=')?;
        let text = rest.trim_start().strip_prefix('"')?;
        text.split('"').next().filter(|_| is_key)
    })
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
        system("looking into the cache")(io::Error::new(
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
    let built = cargo(command, layout, &folder, &library(&key), crates, running, progress)?;
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
    fn lines_are_read_as_in_a_manifest() {
        let rows = [
            ("rand = \"0.9\"", Some(("rand", "\"0.9\""))),
            ("rand", Some(("rand", "\"*\""))),
            (
                "serde = { version = \"1\", features = [\"derive\"] }",
                Some(("serde", "{ version = \"1\", features = [\"derive\"] }")),
            ),
            ("rand = 0.9", None),
            ("", None),
            ("a b = \"1\"", None),
        ];
        for (line, expected) in rows {
            let read = read(line).ok();
            let read = read.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
            assert_eq!(read, expected, "{line}");
        }
    }

    #[test]
    fn a_crate_in_a_folder_is_named_by_its_manifest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let line = path.display().to_string();
        assert!(matches!(read(&line), Err(DependencyError::Folder { .. })));
        let manifest = "[package]\nedition = \"2024\"\nname = \"my-sums\"\n\n[dependencies]\nname = \"1\"\n";
        fs::write(path.join("Cargo.toml"), manifest).unwrap();
        let asked_for = format!("{{ path = {line:?} }}");
        assert_eq!(read(&line).unwrap(), ("my-sums".to_owned(), asked_for));
        let here = std::env::current_dir().unwrap().join("x");
        let (_, value) = read("x = { version = \"1\", path = \"x\" }").unwrap();
        assert_eq!(
            value,
            format!("{{ version = \"1\", path = {:?} }}", here.display().to_string())
        );
    }

    #[test]
    fn what_a_line_asks_for_is_read() {
        let rows = [
            ("\"0.3\"", Some("0.3"), vec![], false),
            (
                "{ version = \"^0.3.6\", default-features = false, features = [\"evcxr\", \"all_series\"] }",
                Some("^0.3.6"),
                vec!["evcxr", "all_series"],
                false,
            ),
            ("{ git = \"https://example.org/version\" }", None, vec![], true),
        ];
        for (value, version, features, elsewhere) in rows {
            let expected = Asked {
                version: version.map(str::to_owned),
                features: features.into_iter().map(str::to_owned).collect(),
                elsewhere,
            };
            assert_eq!(asked(value), expected, "{value}");
        }
    }

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
