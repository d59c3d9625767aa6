//! The user's cache directory: the one place where anything is written. It may be deleted at any time.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// `HEBB_CACHE`, else `$XDG_CACHE_HOME/hebb`, else `~/.cache/hebb`, else a directory for temporary files.
pub fn directory() -> PathBuf {
    let chosen = choose(variable);
    // Wherever this process and those that it starts may go.
    std::path::absolute(&chosen).unwrap_or(chosen)
}

/// Makes a directory in the cache, or on the way to it, and what is missing above it, but no home: where that is missing it is not mounted yet,
/// or nobody's.
///
/// # Errors
/// What the system says.
pub fn make(directory: &Path, mode: u32) -> io::Result<()> {
    make_in(directory, mode, variable("HOME").as_deref())
}

fn make_in(directory: &Path, mode: u32, home: Option<&Path>) -> io::Result<()> {
    if let Some(home) = home.filter(|home| directory.starts_with(home)) {
        home.metadata()?;
    }
    DirBuilder::new().recursive(true).mode(mode).create(directory)
}

fn variable(name: &str) -> Option<PathBuf> {
    let set = std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    // Where it is not set, the system knows whose home is where.
    let known = || std::env::home_dir().filter(|home| name == "HOME" && home.is_absolute());
    set.or_else(known)
}

fn choose(variable: impl Fn(&str) -> Option<PathBuf>) -> PathBuf {
    let xdg = || {
        variable("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .map(|path| path.join("hebb"))
    };
    let home = || variable("HOME").map(|path| path.join(".cache/hebb"));
    variable("HEBB_CACHE")
        .or_else(xdg)
        .or_else(home)
        .unwrap_or_else(|| {
            let user = rustix::process::geteuid().as_raw();
            std::env::temp_dir().join(format!("hebb-{user}"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_variable_wins() {
        let rows: [(&[(&str, &str)], &str); 4] = [
            (
                &[("HEBB_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")],
                "/a",
            ),
            (&[("XDG_CACHE_HOME", "/b"), ("HOME", "/c")], "/b/hebb"),
            (
                &[("XDG_CACHE_HOME", "relative"), ("HOME", "/c")],
                "/c/.cache/hebb",
            ),
            (&[("HOME", "/c")], "/c/.cache/hebb"),
        ];
        for (variables, directory) in rows {
            let find = |name: &str| {
                variables
                    .iter()
                    .find(|row| row.0 == name)
                    .map(|row| PathBuf::from(row.1))
            };
            assert_eq!(choose(find), PathBuf::from(directory));
        }
        let user = rustix::process::geteuid().as_raw();
        assert!(
            choose(|_| None).ends_with(format!("hebb-{user}")),
            "nobody else's"
        );
    }

    #[test]
    fn a_home_that_is_missing_stays_missing() {
        let above = tempfile::tempdir().unwrap();
        let home = above.path().join("home");
        let cache = home.join(".cache/hebb");
        let made = make_in(&cache, 0o700, Some(&home));
        assert_eq!(made.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!home.exists());
        std::fs::create_dir(&home).unwrap();
        make_in(&cache, 0o700, Some(&home)).unwrap();
        make_in(&above.path().join("elsewhere/hebb"), 0o700, Some(&home)).unwrap();
        assert!(cache.is_dir() && above.path().join("elsewhere/hebb").is_dir());
    }
}
