//! Makes a cell's object file a library, with one call of the linker and nothing else.
//!
//! When `rustc` links, it starts a C compiler that starts a linker that reads every library the cell could need. A cell
//! needs none of them: the worker has loaded the prelude and the standard library before it loads a cell, and the loader
//! finds their symbols there. What the compiler's own small library holds (arithmetic that the processor lacks) is
//! copied in. Where this does not work, `compile` lets `rustc` link.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::layout::Layout;

/// How the linker is asked. Unwinding through the cell needs the header of its tables. A library stays loaded for the
/// whole session, so it should take few pages: code beside constants, and no names that only a debugger reads.
const FLAGS: [&str; 12] = [
    "-shared",
    "--eh-frame-hdr",
    "--hash-style=gnu",
    "--build-id=none",
    "--gc-sections",
    "-s",
    "-z",
    "noexecstack",
    "-z",
    "noseparate-code",
    "-z",
    "norelro",
];

/// A linker and what is said to it for every cell.
#[derive(Debug)]
pub struct Linker {
    program: PathBuf,
    arguments: Vec<&'static str>,
    /// `libcompiler_builtins-*.rlib`.
    builtins: PathBuf,
}

impl Linker {
    /// The system's `ld`, or the one that comes with the toolchain; none if there is neither, or if nobody tried this on
    /// this kind of system.
    pub fn find(layout: &Layout) -> Option<Linker> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let libraries = layout.standard_library.parent()?;
        let builtins = fs::read_dir(libraries)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("libcompiler_builtins-") && name.ends_with(".rlib")
            })?;
        let (program, choice) = match system_linker(std::env::var_os("PATH").as_deref()) {
            Some(program) => (program, &[][..]),
            None => (libraries.join("../bin/rust-lld"), &["-flavor", "gnu"][..]),
        };
        program.is_file().then(|| Linker {
            program,
            arguments: [choice, &FLAGS].concat(),
            builtins,
        })
    }

    /// The call that makes `library` of `object`.
    pub fn command(&self, object: &str, library: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .args(["-o", library, object])
            .arg(&self.builtins);
        command
    }
}

/// Whether only `rustc` knows what the cell in this file wants to be linked with: `#[link(name = "z")]`.
pub fn names_libraries(text: &str) -> bool {
    text.contains("link") && super::items::words(text).contains("link")
}

/// `ld` in the search path, or where every system has it: Jupyter may be started with a path of its own. Where there are
/// several, the one of the GNU binutils is the fastest for files as small as ours.
fn system_linker(search: Option<&OsStr>) -> Option<PathBuf> {
    let listed = search.map(std::env::split_paths).into_iter().flatten();
    let directories: Vec<PathBuf> = listed.chain([PathBuf::from("/usr/bin")]).collect();
    ["ld.bfd", "ld"].iter().find_map(|name| {
        let mut programs = directories.iter().map(|directory| directory.join(name));
        programs.find(|program| program.is_file())
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    impl Linker {
        /// One that fails.
        pub fn broken(mut self) -> Linker {
            self.program = "/bin/false".into();
            self
        }
    }

    #[test]
    fn the_search_path_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("ld.bfd");
        fs::write(&own, "").unwrap();
        let search = std::env::join_paths([Path::new("/nowhere"), folder.path()]).unwrap();
        assert_eq!(system_linker(Some(&search)), Some(own));
    }

    #[test]
    fn cells_that_name_libraries_are_told_from_those_that_speak_of_links() {
        assert!(names_libraries("#[link(name = \"z\")] unsafe extern \"C\" {}"));
        assert!(!names_libraries("let links = vec![1]; // linked"));
    }
}
