//! Tells whether a compiler is the one that built Hebb, without asking it. The build script reads this file too.

use std::fs;
use std::path::Path;

/// The name and the size of the library that is a compiler; none if there is no such file. When it was written is no part of it: each
/// machine that installs a toolchain writes it anew. Should another compiler look the same, it refuses the prelude itself.
pub fn stamp(driver: &Path) -> Option<String> {
    let metadata = fs::metadata(driver).ok()?;
    Some(format!(
        "{} {}",
        driver.file_name()?.to_string_lossy(),
        metadata.len()
    ))
}
