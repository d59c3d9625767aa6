//! Files in and out, with errors that name them. What they hold is the callers' business.

use crate::error::{Error, Result};
use std::fmt::Display;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The bytes of a file. Only real files: others may go on forever.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    check(path)?;
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

/// That there is a file at `path`.
pub(super) fn check(path: &Path) -> Result<()> {
    let about = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    match about.is_file() {
        true => Ok(()),
        false if about.is_dir() => Err(unreadable(path, &"it is a directory")),
        false => Err(unreadable(path, &"it is no ordinary file")),
    }
}

/// Why a file cannot be read, and where it was looked for.
pub(super) fn unreadable(path: &Path, why: &dyn Display) -> Error {
    let hint = match std::env::current_dir() {
        Ok(here) if path.is_relative() => {
            format!("check its name; it is looked for in {}", here.display())
        }
        _ => "check its name".to_string(),
    };
    Error::new(format!("{} cannot be read: {why}", path.display()), hint)
}

/// Writes beside the file and puts it in its place, so that there is never half a file. Who may read it, the umask says.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // For the system's plain words: the error below would name a file that nobody knows.
    std::fs::metadata(folder)?;
    let mut file = tempfile::Builder::new()
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
