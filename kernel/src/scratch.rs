//! Folders for temporary files, which must be quick and may hold programs: `$TMPDIR`, or the next best place that works. Nobody but the
//! user may look into them, whatever the umask says.
//!
//! A batch system points `TMPDIR` at a disk of the node that is not always there, an image's `/tmp` may be full, read-only, or closed
//! to programs (`noexec`), and what is compiled is loaded from here.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use tempfile::TempDir;

use crate::pending::Patience;

/// Where to look when the system's choice does not work: disks of this computer first, memory last.
const PLACES: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// Bytes that must go into a file for a place to count as working: less than any cell needs.
const TRIAL: usize = 64 << 10;

/// A new folder whose name begins with `prefix`; it is removed when it is dropped.
///
/// # Errors
/// What is wrong with the first place, if none works.
pub fn folder(prefix: &str) -> io::Result<TempDir> {
    let places = std::iter::once(std::env::temp_dir()).chain(PLACES.map(PathBuf::from));
    first_that_works(places, prefix)
}

fn first_that_works(places: impl Iterator<Item = PathBuf>, prefix: &str) -> io::Result<TempDir> {
    let mut failure = None;
    for place in places {
        let prefix = prefix.to_owned();
        let asked = place.clone();
        let made = Patience::with(&place).ask(move || try_place(&asked, &prefix));
        let error = match made {
            Some(Ok(folder)) => return Ok(folder),
            Some(Err(error)) => error,
            None => io::Error::new(io::ErrorKind::TimedOut, "the disk does not answer"),
        };
        log::warn!("no temporary files in {}: {error}", place.display());
        failure.get_or_insert(error);
    }
    Err(failure.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}

fn try_place(place: &Path, prefix: &str) -> io::Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix(prefix)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(place)?;
    if statvfs(folder.path())?.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        return Err(io::Error::other("programs may not be loaded from there (noexec)"));
    }
    let mut file = tempfile::NamedTempFile::new_in(folder.path())?;
    file.write_all(&[0; TRIAL])?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_place_that_works_is_taken() {
        let (good, better) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = good.path().join("file");
        fs::write(&file, "").unwrap();
        let broken = [good.path().join("missing"), file, "/proc".into()];
        let places = broken
            .clone()
            .into_iter()
            .chain([good.path(), better.path()].map(Path::to_owned));
        let folder = first_that_works(places, "hebb-").unwrap();
        assert_eq!(folder.path().parent(), Some(good.path()));
        assert_eq!(
            folder.path().metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            0,
            "the trial is gone"
        );
        drop(folder);
        let error = first_that_works(broken.into_iter(), "hebb-").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "the first place's");
    }
}
