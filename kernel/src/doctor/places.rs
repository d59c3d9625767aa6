//! The directories that are written or read while cells run: is there room, may we write, and could somebody else?

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use super::finding::Finding;
use crate::cache;
use crate::engine::rustc::cache::{Folder, Refusal, SHARED, total, written};
use crate::scratch;

/// Less free room than this is soon used up: bytes.
const LITTLE: u64 = 100_000_000;

/// Bytes that are written to see whether a disk is full: more than what a file system may hide in its own structures.
const TRIAL: usize = 256 << 10;

/// The home directory, where Jupyter keeps its own files.
pub fn home() -> Finding {
    let Some(home) = std::env::var_os("HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
    else {
        return Finding::warning(
            "home",
            "HOME is not set",
            "Jupyter and the cache need a place: set HOME",
        );
    };
    let shown = home.display();
    if !home.is_dir() {
        return Finding::error(
            "home",
            format!("{shown} is not there"),
            "is its disk mounted? Or set HOME to a directory that is there",
        );
    }
    match try_to_write(&home) {
        Ok(()) => roomy("home", &home, shown.to_string()),
        Err(error) => Finding::error(
            "home",
            format!("nothing can be written to {shown}: {error}"),
            remedy(
                &error,
                "notebooks cannot be saved there: chmod u+w, or another HOME",
            ),
        ),
    }
}

/// The user's own cache.
pub fn own_cache() -> Finding {
    let root = cache::directory();
    let own = Folder::own(&root);
    let shown = own.root().display().to_string();
    if let Err(error) = cache::check_home(own.root()) {
        return Finding::error(
            "cache",
            format!(
                "{shown} cannot be made, for there is no home: {error}; every session compiles everything"
            ),
            "set HEBB_CACHE to a directory that you may write to",
        );
    }
    // What is made the first time is made in what is there.
    let there = own
        .root()
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(Path::new("/"));
    if let Err(error) = try_to_write(there) {
        return Finding::error(
            "cache",
            format!(
                "nothing can be written to {}: {error}; every session compiles everything",
                there.display()
            ),
            remedy(&error, "set HEBB_CACHE to a directory that you may write to"),
        );
    }
    let contents = match own.contents() {
        Ok(contents) => format!(
            "{shown}: {} entries, {} of at most {}",
            contents.entries.len(),
            written(total(&contents.entries)),
            written(own.limit())
        ),
        Err(Refusal::Missing) => format!("{shown}: nothing yet"),
        Err(refusal) => {
            return refused(
                "cache",
                &shown,
                &refusal,
                "set HEBB_CACHE to a directory of your own",
            );
        }
    };
    if let Err(refusal) = own.judge_way() {
        return in_the_way("cache", &contents, &refusal);
    }
    roomy("cache", there, contents)
}

/// Every shared cache: of this environment, and of what kernelspecs set (who sets it, and the list).
pub fn shared_caches(named: &[(String, String)]) -> Vec<Finding> {
    let here = std::env::var_os(SHARED).unwrap_or_default();
    let mut findings = Vec::new();
    let mut known: Vec<PathBuf> = Vec::new();
    let of_specs = named.iter().map(|(by, list)| (by.as_str(), OsStr::new(list)));
    for (by, list) in [(SHARED, here.as_os_str())].into_iter().chain(of_specs) {
        for folder in Folder::all_listed(list) {
            if !known.iter().any(|other| other == folder.root()) {
                known.push(folder.root().to_owned());
                findings.push(shared(&folder, by));
            }
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok("shared-cache", format!("none: {SHARED} is not set")));
    }
    findings
}

fn shared(folder: &Folder, by: &str) -> Finding {
    let shown = folder.root().display().to_string();
    let correct = format!("fill it with `hebb warm COURSE --cache {shown}`, or correct {by}");
    if folder.root().is_absolute() && !folder.root().exists() {
        return Finding::error("shared-cache", format!("{shown} is not there ({by})"), &correct);
    }
    let contents = match folder.contents() {
        Ok(contents) if contents.entries.is_empty() => {
            return Finding::warning("shared-cache", format!("{shown} is empty ({by})"), &correct);
        }
        Ok(contents) => contents,
        Err(Refusal::Missing) => {
            return Finding::warning(
                "shared-cache",
                format!("{shown} holds no compiled cells ({by})"),
                &correct,
            );
        }
        Err(refusal) => {
            return refused(
                "shared-cache",
                &shown,
                &refusal,
                "its owner decides who may read and write",
            );
        }
    };
    let found = format!(
        "{shown}: {} entries, {}, of user {} ({by})",
        contents.entries.len(),
        written(total(&contents.entries)),
        owner(folder.root())
    );
    match folder.judge_way() {
        Ok(()) => Finding::ok("shared-cache", found),
        Err(refusal) => in_the_way("shared-cache", &found, &refusal),
    }
}

/// Where the files of cells lie while they run.
pub fn temporary_files() -> Finding {
    let chosen = std::env::temp_dir();
    match scratch::folder("hebb-doctor-") {
        Ok(folder) => {
            let place = folder.path().parent().unwrap_or(&chosen).to_owned();
            match place == chosen {
                true => roomy("temporary-files", &place, place.display().to_string()),
                false => Finding::warning(
                    "temporary-files",
                    format!(
                        "{} cannot be used; {} is instead",
                        chosen.display(),
                        place.display()
                    ),
                    "set TMPDIR to a directory on a disk of this computer",
                ),
            }
        }
        Err(error) => Finding::error(
            "temporary-files",
            format!(
                "no cell can run, for nothing can be written to {}: {error}",
                chosen.display()
            ),
            remedy(&error, "set TMPDIR to a directory that you may write to"),
        ),
    }
}

/// A directory that the product refuses for what it is.
fn refused(check: &'static str, path: &str, refusal: &Refusal, hint: &str) -> Finding {
    Finding::error(check, format!("{path} is not used: {refusal}"), hint)
}

/// A directory that is as it should be, where somebody else could put another one in its place.
fn in_the_way(check: &'static str, found: &str, refusal: &Refusal) -> Finding {
    let Finding { found: why, hint, .. } = Finding::warning(
        check,
        refusal.to_string(),
        "let root or yourself own the way to it",
    );
    let hint = hint.unwrap_or_default();
    Finding::warning(
        check,
        format!("{found}\nanother directory could be put in its place: {why}"),
        &hint,
    )
}

/// As it should be, unless there is little room left.
fn roomy(check: &'static str, place: &Path, found: String) -> Finding {
    let Ok(about) = statvfs(place) else {
        return Finding::ok(check, found);
    };
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    let found = format!("{found}, {} free", written(free));
    match free < LITTLE {
        true => Finding::warning(check, found, "make room: the disk is nearly full"),
        false => Finding::ok(check, found),
    }
}

fn try_to_write(directory: &Path) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".hebb-doctor-")
        .tempfile_in(directory)?;
    file.write_all(&[0; TRIAL])?;
    // On a network's disk only now it shows that there is no room.
    file.as_file().sync_data()
}

fn remedy<'a>(error: &io::Error, otherwise: &'a str) -> &'a str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full: remove what is not needed"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "its disk can only be read: mount it so that it can be written, or name another directory"
        }
        _ => otherwise,
    }
}

fn owner(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    let owner = fs::metadata(path).map(|about| about.uid());
    owner.map_or_else(|_| "?".to_owned(), |owner| owner.to_string())
}
