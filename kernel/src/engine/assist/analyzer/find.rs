//! Where a `rust-analyzer` is, and whether there is memory for it.

use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::limits;

/// Bytes that must be free: with the standard library it was seen to take 600 MB.
const MEMORY: u64 = 3 << 29;

/// The program to start: what `chosen` (`HEBB_RUST_ANALYZER`) names, the toolchain's own, or the first in `path`.
///
/// An empty `chosen` turns it off. What stands for rustup in a folder of the path is left out: it only says that the component is
/// missing.
pub fn program(chosen: Option<&OsStr>, sysroot: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    if let Some(chosen) = chosen {
        return Some(PathBuf::from(chosen)).filter(|chosen| is_program(chosen));
    }
    let own = sysroot.join("bin/rust-analyzer");
    let in_path = path.into_iter().flat_map(std::env::split_paths);
    let mut all = std::iter::once(own).chain(in_path.map(|folder| folder.join("rust-analyzer")));
    all.find(|program| program.is_absolute() && is_program(program) && !is_rustup(program))
}

/// The standard library's source, if it is installed.
pub fn library_source(sysroot: &Path) -> Option<PathBuf> {
    let all = [sysroot, Path::new("/usr")].map(|root| root.join("lib/rustlib/src/rust/library"));
    let found = all
        .into_iter()
        .find(|folder| folder.join("std/src/lib.rs").is_file())?;
    found.canonicalize().ok()
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// True for rustup under another name: a link of either kind.
fn is_rustup(program: &Path) -> bool {
    let Some(folder) = program.parent() else {
        return false;
    };
    let linked = program
        .canonicalize()
        .is_ok_and(|real| real.file_name() == Some(OsStr::new("rustup")));
    let same = |other: PathBuf| match (program.metadata(), other.metadata()) {
        (Ok(one), Ok(other)) => {
            (one.dev(), one.ino()) == (other.dev(), other.ino()) || one.len() == other.len()
        }
        _ => false,
    };
    linked || same(folder.join("rustup"))
}

/// True if there is room for the server beside what a student computes.
pub fn is_memory_left() -> bool {
    limits::memory_free().is_none_or(|free| free >= MEMORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_looked_for_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let make = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(&path, text).expect("a file");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
            path
        };
        let chosen = make("chosen", "", 0o755);
        let own = make("toolchain/bin/rust-analyzer", "", 0o755);
        let second = make("second/rust-analyzer", "", 0o755);
        make("plain/rust-analyzer", "", 0o644);
        let rustup = make("cargo/rustup", "rustup itself", 0o755);
        std::os::unix::fs::symlink("rustup", folder.path().join("cargo/rust-analyzer")).expect("a link");
        std::fs::create_dir_all(folder.path().join("hard")).expect("a folder");
        for name in ["rustup", "rust-analyzer"] {
            std::fs::hard_link(&rustup, folder.path().join("hard").join(name)).expect("a link");
        }
        let path =
            std::env::join_paths(["cargo", "hard", "plain", "second"].map(|name| folder.path().join(name)));
        let path = path.expect("a path");
        let toolchain = folder.path().join("toolchain");
        let nowhere = folder.path().join("nowhere");
        let rows = [
            (Some(chosen.as_os_str()), &toolchain, Some(chosen.clone())),
            (Some(OsStr::new("")), &toolchain, None),
            (Some(nowhere.as_os_str()), &toolchain, None),
            (None, &toolchain, Some(own)),
            (None, &nowhere, Some(second)),
        ];
        for (chosen, sysroot, expected) in rows {
            assert_eq!(
                program(chosen, sysroot, Some(&path)),
                expected,
                "{chosen:?} {sysroot:?}"
            );
        }
        assert_eq!(program(None, &nowhere, None), None);
    }
}
