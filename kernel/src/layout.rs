//! Where things lie at run time: the prelude and its metadata, the toolchain, the command itself.
//!
//! Installed, the prelude is in `PREFIX/lib/hebb` beside `PREFIX/bin/hebb`; in a build tree it is in cargo's target
//! directory beside the binary. Either may be moved. The user's cache directory is no part of this: it is named by the engine.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stamp::stamp;

/// File name of the one dynamic library that every cell links.
const PRELUDE: &str = "libhebb_prelude.so";

/// What the compiler that built Hebb says of itself, and where it and its libraries were then.
const BUILT_WITH: &str = env!("HEBB_RUSTC_VERSION");
const BUILT_BY: &str = env!("HEBB_SYSROOT");
const BUILT_AGAINST: &str = env!("HEBB_RUST_LIBRARIES");
const BUILT_ON: &str = env!("HEBB_HOST");

/// What `hebb --version` says: the version, and the one compiler that it works with.
pub const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncompiles cells with ",
    env!("HEBB_RUSTC_VERSION")
);

/// What the library that is that compiler looks like; empty if nobody knows.
const DRIVER: &str = env!("HEBB_RUSTC_STAMP");

/// The files that running a cell needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The `hebb` command, started again as `hebb worker`.
    pub program: PathBuf,
    /// `libhebb_prelude.so`.
    pub prelude: PathBuf,
    /// Metadata (`*.rmeta`) of the crates that the prelude re-exports, for `-L dependency=`.
    pub dependencies: PathBuf,
    /// `api.json`, the index for completion; may be missing in a build tree.
    pub api: PathBuf,
    /// The compiler itself, not rustup's front for it, which costs a process more.
    pub rustc: PathBuf,
    /// The toolchain's `libstd-*.so`, shared by the prelude and all cells.
    pub standard_library: PathBuf,
}

/// Why the files cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The operating system does not say where this program is.
    #[error("cannot find the path of this program: {0}")]
    Program(io::Error),
    /// No prelude in any of the known places.
    #[error("{PRELUDE} was not found in {}\nhint: install Hebb again with install/build.sh PREFIX", list(.0))]
    Prelude(Vec<PathBuf>),
    /// No compiler.
    #[error(
        "cannot run `{}`: {reason}\n\
         hint: install Rust {version}: rustup toolchain install {version}; or set RUSTC to the path of its rustc",
        program.display(),
        version = compiler_version()
    )]
    Compiler {
        /// What was tried.
        program: PathBuf,
        /// What happened.
        reason: String,
    },
    /// Another compiler than the one that built the prelude.
    #[error(
        "Hebb was built with {BUILT_WITH}, but the compiler here is {found}\n\
         hint: rustup toolchain install {version}; or set RUSTC to the path of that rustc; \
         or build Hebb again with the compiler here: install/build.sh PREFIX",
        version = compiler_version()
    )]
    OtherCompiler {
        /// What the compiler here says of itself.
        found: String,
    },
    /// A toolchain without a shared standard library.
    #[error("no libstd-*.so in {}\nhint: the toolchain is not complete; install it again", .0.display())]
    StandardLibrary(PathBuf),
}

impl Layout {
    /// Finds everything, starting from the running program and its compiler: `RUSTC`, or the one that built Hebb if it is
    /// still there, or rustup's toolchain of that version, or `rustc` in the search path.
    pub fn find() -> Result<Layout, LayoutError> {
        let Installed {
            program,
            prelude,
            dependencies,
            api,
        } = Installed::find()?;
        let Toolchain {
            rustc,
            standard_library,
        } = Toolchain::find()?;
        Ok(Layout {
            program,
            prelude,
            dependencies,
            api,
            rustc,
            standard_library,
        })
    }
}

/// The part of a [`Layout`] that is Hebb's own.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The `hebb` command.
    pub program: PathBuf,
    /// `libhebb_prelude.so`.
    pub prelude: PathBuf,
    /// Metadata of the crates below it.
    pub dependencies: PathBuf,
    /// The index for completion.
    pub api: PathBuf,
}

impl Installed {
    /// Finds it from the running program.
    ///
    /// # Errors
    /// If there is no prelude.
    pub fn find() -> Result<Installed, LayoutError> {
        let program = std::env::current_exe().map_err(LayoutError::Program)?;
        let home = library_directory(&program)?;
        Ok(Installed {
            program,
            prelude: home.join(PRELUDE),
            // Cargo's own directory of dependencies holds a second name of the prelude.
            dependencies: if home.ends_with("deps") {
                home.clone()
            } else {
                home.join("deps")
            },
            api: home.join("api.json"),
        })
    }

    /// Whether the prelude was copied to its end: the table at the end of an ELF file is there. (Compiler and loader say strange things of
    /// a library that was cut off.)
    pub fn is_whole(&self) -> bool {
        let read = || {
            let mut head = [0; 64];
            let mut file = File::open(&self.prelude)?;
            file.read_exact(&mut head)?;
            Ok::<_, io::Error>((head, file.metadata()?.len()))
        };
        // Where the table begins, the length of a line of it, and how many there are.
        read().is_ok_and(|(head, length)| {
            let at = u64::from_le_bytes(head[0x28..0x30].try_into().unwrap_or_default());
            let line = u16::from_le_bytes([head[0x3a], head[0x3b]]);
            let lines = u16::from_le_bytes([head[0x3c], head[0x3d]]);
            let end = at.saturating_add(u64::from(line) * u64::from(lines));
            head.starts_with(b"\x7fELF") && at > 0 && end <= length
        })
    }
}

/// The part of a [`Layout`] that is the compiler's.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The compiler itself.
    pub rustc: PathBuf,
    /// `libstd-*.so`.
    pub standard_library: PathBuf,
}

impl Toolchain {
    /// Finds it: `RUSTC`, or the one that built Hebb, or what is in the search path.
    ///
    /// # Errors
    /// If there is none, another one, or not all of it.
    pub fn find() -> Result<Toolchain, LayoutError> {
        let (sysroot, libraries) = toolchain()?;
        Ok(Toolchain {
            rustc: sysroot.join("bin/rustc"),
            standard_library: standard_library(&libraries)?,
        })
    }
}

/// The version of the compiler: the one that built Hebb, because cells run with no other.
pub fn compiler_version() -> &'static str {
    BUILT_WITH.split_whitespace().nth(1).unwrap_or_default()
}

/// The compiler that built Hebb, to the commit.
pub fn built_with() -> &'static str {
    BUILT_WITH
}

/// The first program of this name in the search path.
pub fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut all = std::env::split_paths(&path).map(|folder| folder.join(name));
    all.find(|program| program.is_file())
}

/// The sources that programs of `hebb script` are built from: those that a release brings, or those that Hebb was built from.
pub fn sources() -> PathBuf {
    let program = std::env::current_exe().ok();
    let home = program.and_then(|program| library_directory(&program).ok());
    home.map(|home| home.join("sources"))
        .filter(|brought| brought.is_dir())
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/..").into())
}

/// What the compiler says of itself; empty if it does not answer.
fn what_compiler() -> String {
    let answer = Command::new(compiler()).arg("--version").output();
    answer
        .map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned())
        .unwrap_or_default()
}

/// The compiler to ask. It is named by its path where possible: Jupyter is often started without cargo's directory in the
/// search path, and what stands there may be another version than the one that was installed for Hebb.
fn compiler() -> PathBuf {
    if let Some(named) = std::env::var_os("RUSTC") {
        return named.into();
    }
    let known = [Some(PathBuf::from(BUILT_BY)), rustup_toolchain()];
    known
        .into_iter()
        .flatten()
        .map(|toolchain| toolchain.join("bin/rustc"))
        .find(|rustc| rustc.is_file())
        .unwrap_or_else(|| "rustc".into())
}

/// Where rustup keeps the toolchain that built Hebb, if it has it.
fn rustup_toolchain() -> Option<PathBuf> {
    let own = std::env::var_os("RUSTUP_HOME").map(PathBuf::from);
    let home = own.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".rustup")))?;
    Some(
        home.join("toolchains")
            .join(format!("{}-{BUILT_ON}", compiler_version())),
    )
}

/// The directory that holds the prelude.
fn library_directory(program: &Path) -> Result<PathBuf, LayoutError> {
    let beside = program.parent().unwrap_or(Path::new("/"));
    // Cargo's own test programs lie one directory below the prelude, in `target/release/deps`.
    let tried = vec![
        beside.join("../lib/hebb"),
        beside.to_path_buf(),
        beside.join(".."),
    ];
    match tried.iter().find(|directory| directory.join(PRELUDE).is_file()) {
        Some(found) => Ok(found.canonicalize().unwrap_or_else(|_| found.clone())),
        None => Err(LayoutError::Prelude(tried)),
    }
}

/// The toolchain's root and the directory of its libraries. A compiler that looks like the one that built Hebb is not asked: its
/// answers would take twice as long as the rest of the start.
fn toolchain() -> Result<(PathBuf, PathBuf), LayoutError> {
    if let Some(found) = known(&compiler()) {
        return Ok(found);
    }
    let found = ask_for_toolchain()?;
    match what_compiler() {
        version if version == BUILT_WITH => Ok(found),
        found => Err(LayoutError::OtherCompiler { found }),
    }
}

/// The toolchain of this `rustc`, if it is the one that built Hebb, there or wherever it was put.
fn known(rustc: &Path) -> Option<(PathBuf, PathBuf)> {
    let (name, _) = DRIVER.split_once(' ')?;
    let sysroot = rustc.parent()?.parent()?;
    let libraries = Path::new(BUILT_AGAINST).strip_prefix(BUILT_BY).ok()?;
    let is_same = stamp(&sysroot.join("lib").join(name))? == DRIVER;
    is_same.then(|| (sysroot.to_path_buf(), sysroot.join(libraries)))
}

fn ask_for_toolchain() -> Result<(PathBuf, PathBuf), LayoutError> {
    let program = compiler();
    let failed = |reason: String| LayoutError::Compiler {
        program: program.clone(),
        reason,
    };
    let answer = Command::new(&program)
        .args(["--print", "sysroot", "--print", "target-libdir"])
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !answer.status.success() {
        return Err(failed(String::from_utf8_lossy(&answer.stderr).trim().to_string()));
    }
    let text = String::from_utf8_lossy(&answer.stdout);
    match text.trim().split_once('\n') {
        Some((sysroot, libraries)) => Ok((sysroot.trim().into(), libraries.trim().into())),
        None => Err(failed(format!("unexpected answer: {text}"))),
    }
}

/// The shared standard library in `directory`.
fn standard_library(directory: &Path) -> Result<PathBuf, LayoutError> {
    let missing = || LayoutError::StandardLibrary(directory.to_path_buf());
    let entries = std::fs::read_dir(directory).map_err(|_| missing())?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".so")
        })
        .ok_or_else(missing)
}

fn list(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_prelude_beside_the_program_and_in_an_installation() {
        let root = std::env::temp_dir().join(format!("hebb-layout-{}", std::process::id()));
        let (bin, lib) = (root.join("bin"), root.join("lib/hebb"));
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::create_dir_all(&lib).unwrap();
        let missing = library_directory(&bin.join("hebb")).unwrap_err().to_string();
        assert!(missing.contains("hint: install Hebb again"), "{missing}");
        std::fs::write(bin.join(PRELUDE), "").unwrap();
        assert_eq!(
            library_directory(&bin.join("hebb")).unwrap(),
            bin.canonicalize().unwrap()
        );
        std::fs::write(lib.join(PRELUDE), "").unwrap();
        assert_eq!(
            library_directory(&bin.join("hebb")).unwrap(),
            lib.canonicalize().unwrap()
        );
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn programs_are_found_in_the_search_path() {
        assert!(in_path("sh").is_some() && in_path("no-such-program").is_none());
    }

    #[test]
    fn what_was_recorded_is_what_the_compiler_says() {
        let recorded = (PathBuf::from(BUILT_BY), PathBuf::from(BUILT_AGAINST));
        assert_eq!(ask_for_toolchain().unwrap(), recorded);
        assert_eq!(what_compiler(), BUILT_WITH);
        if !DRIVER.is_empty() {
            assert_eq!(known(&recorded.0.join("bin/rustc")), Some(recorded));
        }
    }

    #[test]
    fn a_toolchain_is_known_wherever_it_was_put_and_another_is_not() {
        let Some((name, size)) = DRIVER.split_once(' ') else {
            return;
        };
        let moved = tempfile::tempdir().unwrap();
        let rustc = moved.path().join("bin/rustc");
        assert_eq!(known(&rustc), None);
        std::fs::create_dir(moved.path().join("lib")).unwrap();
        let driver = File::create(moved.path().join("lib").join(name)).unwrap();
        driver.set_len(size.parse().unwrap()).unwrap();
        let (sysroot, libraries) = known(&rustc).unwrap();
        assert_eq!(sysroot, moved.path());
        assert!(
            libraries.starts_with(&sysroot) && libraries.ends_with("lib"),
            "{libraries:?}"
        );
        driver.set_len(1).unwrap();
        assert_eq!(known(&rustc), None);
        assert_eq!(known(Path::new("rustc")), None);
    }

    #[test]
    fn a_toolchain_without_the_shared_library_is_named() {
        let error = standard_library(Path::new("/nonexistent/lib")).unwrap_err();
        insta::assert_snapshot!(error, @r"
        no libstd-*.so in /nonexistent/lib
        hint: the toolchain is not complete; install it again
        ");
    }
}
