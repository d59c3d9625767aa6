//! The user's cache directory: the one place where anything is written. It may be deleted at any time.
//!
//! Here is also decided whose files are believed: what lies in a directory to which somebody else may write could be somebody
//! else's, and a library that is loaded runs.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

/// Write permission for the group and for everyone.
const OTHERS_WRITE: u32 = 0o022;

/// In a directory with this mark nobody can move or remove what is another's.
const STICKY: u32 = 0o1000;

/// Why a directory is not used.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not there.
    #[error("there is none yet")]
    Missing,
    /// Its path depends on where the kernel was started.
    #[error("the path is not absolute\nhint: name it from / on")]
    Relative,
    /// Someone else may have written there.
    #[error("others may write to {} (mode {mode:04o})\nhint: chmod go-w {}", path.display(), path.display())]
    Writable {
        /// Which directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It belongs to someone who is not trusted.
    #[error("{} belongs to user number {owner}", path.display())]
    Owner {
        /// Which directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// The system does not let us in.
    #[error("{0}")]
    System(#[from] io::Error),
}

/// Refuses what belongs to somebody who is not among `trusted`, and that to which anybody else may write.
///
/// # Errors
/// Who owns it, or what its mode is.
pub fn judge(path: &Path, mode: u32, owner: u32, trusted: &[u32]) -> Result<(), Refusal> {
    if mode & OTHERS_WRITE != 0 {
        return Err(Refusal::Writable {
            path: path.to_owned(),
            mode: mode & 0o7777,
        });
    }
    match trusted.contains(&owner) {
        true => Ok(()),
        false => Err(Refusal::Owner {
            path: path.to_owned(),
            owner,
        }),
    }
}

/// Whether nobody but the user, root and `owner` can put something else in the place of what lies in a directory.
///
/// # Errors
/// As [`judge`].
pub fn judge_way(path: &Path, about: &Metadata, owner: Option<u32>) -> Result<(), Refusal> {
    let sticky = if about.mode() & STICKY != 0 {
        OTHERS_WRITE
    } else {
        0
    };
    judge(
        path,
        about.mode() & !sticky,
        about.uid(),
        &[0, geteuid().as_raw(), owner.unwrap_or(0)],
    )
}

/// Makes a directory of the user's own into which nobody else may look, whatever the umask says. If it is there and the user's,
/// nobody else may write to it from now on.
///
/// # Errors
/// If somebody else could have put something there, or the system refuses.
pub fn make_own(directory: &Path) -> Result<(), Refusal> {
    let made = make(directory, 0o700);
    let about = match fs::metadata(directory) {
        Ok(about) => about,
        Err(error) => return Err(Refusal::System(made.err().unwrap_or(error))),
    };
    let writable = about.mode() & OTHERS_WRITE != 0;
    if about.uid() == geteuid().as_raw() && writable {
        let mode = about.mode() & 0o7777 & !OTHERS_WRITE;
        fs::set_permissions(directory, Permissions::from_mode(mode))?;
        return Ok(());
    }
    judge_way(directory, &about, None)
}

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

/// Whether the home that a directory is to be made in is there.
///
/// # Errors
/// What the system says of it.
pub fn check_home(directory: &Path) -> io::Result<()> {
    check_home_in(directory, variable("HOME").as_deref())
}

fn check_home_in(directory: &Path, home: Option<&Path>) -> io::Result<()> {
    match home.filter(|home| directory.starts_with(home)) {
        Some(home) => home.metadata().map(drop),
        None => Ok(()),
    }
}

fn make_in(directory: &Path, mode: u32, home: Option<&Path>) -> io::Result<()> {
    check_home_in(directory, home)?;
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
        // Everybody may write there: two users must not come upon each other.
        .unwrap_or_else(|| std::env::temp_dir().join(format!("hebb-{}", geteuid().as_raw())))
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
        let user = geteuid().as_raw();
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
        fs::create_dir(&home).unwrap();
        make_in(&cache, 0o700, Some(&home)).unwrap();
        make_in(&above.path().join("elsewhere/hebb"), 0o700, Some(&home)).unwrap();
        assert!(cache.is_dir() && above.path().join("elsewhere/hebb").is_dir());
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_directory_of_ones_own_is_closed_and_stays_it() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("above/own");
        make_own(&own).unwrap();
        assert_eq!((mode(&own), mode(own.parent().unwrap())), (0o700, 0o700));
        fs::set_permissions(&own, Permissions::from_mode(0o777)).unwrap();
        make_own(&own).unwrap();
        assert_eq!(mode(&own), 0o755, "who may look stays the user's choice");
        fs::write(root.path().join("file"), "").unwrap();
        assert!(matches!(
            make_own(&root.path().join("file/own")),
            Err(Refusal::System(_))
        ));
    }

    #[test]
    fn what_belongs_to_others_or_is_open_to_them_is_refused() {
        let user = geteuid().as_raw();
        let said = |mode, owner| {
            let judged = judge(Path::new("/srv/hebb"), mode, owner, &[0, user]);
            judged.map_or_else(|refusal| refusal.to_string(), |()| "used".to_owned())
        };
        assert_eq!(said(0o40755, 0), "used");
        assert_eq!(said(0o40700, user), "used");
        insta::assert_snapshot!(said(0o41777, 0), @"
        others may write to /srv/hebb (mode 1777)
        hint: chmod go-w /srv/hebb
        ");
        insta::assert_snapshot!(said(0o40755, 12345), @"/srv/hebb belongs to user number 12345");
        let temporary = fs::metadata("/tmp").unwrap();
        if temporary.mode() & STICKY != 0 {
            assert!(judge_way(Path::new("/tmp"), &temporary, None).is_ok());
        }
    }
}
