//! Files that notebooks may read: a copy of a folder, open to the user that their cells run as.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use crate::scratch;

/// Copies a folder with all that is in it; gone when the value is dropped. Links are followed to files only.
///
/// # Errors
/// When something cannot be read, or the copy not be written.
pub fn copy_open(folder: &Path) -> io::Result<TempDir> {
    let copy = scratch::folder("hebb-files-")?;
    copy_into(folder, copy.path())?;
    Ok(copy)
}

fn copy_into(from: &Path, to: &Path) -> io::Result<()> {
    fs::set_permissions(to, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (place, target) = (entry.path(), to.join(entry.file_name()));
        // A link to a folder could lead back up here.
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_into(&place, &target)?;
        } else if place.is_file() {
            fs::copy(&place, &target)?;
            fs::set_permissions(&target, Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_copied_and_open_to_all() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("more/still")).unwrap();
        fs::write(folder.path().join("more/a.txt"), "a").unwrap();
        fs::write(folder.path().join("b.txt"), "b").unwrap();
        fs::set_permissions(folder.path().join("b.txt"), Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("b.txt", folder.path().join("link.txt")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("more/up")).unwrap();
        let copy = copy_open(folder.path()).unwrap();
        let mode = |path: &str| fs::metadata(copy.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            ["", "more", "more/still", "b.txt", "link.txt"].map(mode),
            [0o755, 0o755, 0o755, 0o644, 0o644]
        );
        assert_eq!(fs::read_to_string(copy.path().join("more/a.txt")).unwrap(), "a");
        assert!(!copy.path().join("more/up").exists());
        let place = copy.path().to_owned();
        drop(copy);
        assert!(!place.exists());
        assert!(copy_open(&place).is_err());
    }
}
