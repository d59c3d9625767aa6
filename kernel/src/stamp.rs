//! Tells whether a file is still the one that was there when Hebb was built. The build script reads this file too.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Size and time of the last change in seconds, which is what archives and images keep of it; none if there is no such file.
pub fn stamp(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", metadata.len(), changed.as_secs()))
}
