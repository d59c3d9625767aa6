//! How often cells were found compiled, day by day, for whoever looks after a course.
//!
//! A directory has one file for a day (UTC), `DIR/stats/2026-11-22`, and in it each cell is one letter. So a count is one write at the
//! end of a file: it needs no lock, many kernels can count at once, a kernel that is killed loses at most the cell that it
//! was at, and whatever else comes to be in a file is passed over. On a network's file system kernels on several machines can
//! write over each other's letters: then a few are missing.
//!
//! Everybody counts in a directory of their own, whether a cell was found there or in a shared one: nobody can write to the others.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::OFlags;
use serde::Serialize;

use super::folder::Folder;

/// The folder of counts in a cache directory.
const STATS: &str = "stats";

/// So many days are kept.
const DAYS: usize = 400;

/// Of a longer file only this much is read: bytes.
const LONGEST: u64 = 16 << 20;

/// How a cell came to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The compiler was called.
    Compiled,
    /// It was found in the user's own directory.
    Own,
    /// It was found in a shared one.
    Shared,
}

impl Outcome {
    fn letter(self) -> u8 {
        match self {
            Outcome::Compiled => b'c',
            Outcome::Own => b'o',
            Outcome::Shared => b's',
        }
    }
}

/// How many cells were run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// For which the compiler was called.
    pub compiled: u64,
    /// Found in the directory of whoever ran them.
    pub found_own: u64,
    /// Found in a shared directory.
    pub found_shared: u64,
}

impl Tally {
    fn of(letters: &[u8]) -> Tally {
        let count = |outcome: Outcome| {
            let letter = outcome.letter();
            letters.iter().filter(|other| **other == letter).count() as u64
        };
        Tally {
            compiled: count(Outcome::Compiled),
            found_own: count(Outcome::Own),
            found_shared: count(Outcome::Shared),
        }
    }

    /// Both together.
    pub fn and(self, other: Tally) -> Tally {
        Tally {
            compiled: self.compiled + other.compiled,
            found_own: self.found_own + other.found_own,
            found_shared: self.found_shared + other.found_shared,
        }
    }

    /// Cells that were found, wherever.
    pub fn found(&self) -> u64 {
        self.found_own + self.found_shared
    }

    /// All cells.
    pub fn cells(&self) -> u64 {
        self.compiled + self.found()
    }
}

impl Folder {
    /// Counts a cell.
    ///
    /// # Errors
    /// If it is not the user's own, or the system refuses.
    pub fn count(&self, outcome: Outcome) -> io::Result<()> {
        let stats = self.make_inside(STATS)?;
        let file = stats.join(today());
        let is_new = !file.exists();
        // A pipe that someone put there must not make us wait.
        let careful = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut opened = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(self.mode() & 0o666)
            .custom_flags(careful.bits().cast_signed())
            .open(&file)?;
        opened.write_all(&[outcome.letter()])?;
        if is_new {
            forget_old(&stats);
        }
        Ok(())
    }

    /// The counts of each day on which there were any, oldest first. What cannot be read counts nothing.
    pub fn days(&self) -> Vec<(String, Tally)> {
        let counted = files(&self.root().join(STATS))
            .into_iter()
            .filter_map(|(day, path)| {
                let tally = Tally::of(&read(&path)?);
                (tally.cells() > 0).then_some((day, tally))
            });
        counted.collect()
    }
}

/// The files of days in a folder, oldest first.
fn files(stats: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(stats).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(name, _)| is_day(name))
        .collect();
    files.sort();
    files
}

fn forget_old(stats: &Path) {
    let files = files(stats);
    for (_, path) in &files[..files.len().saturating_sub(DAYS)] {
        // Somebody else may have done it.
        let _ = fs::remove_file(path);
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut letters = Vec::new();
    // It may lie in the home of somebody who wants to surprise whoever adds up.
    let careful = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(careful.bits().cast_signed())
        .open(path)
        .ok()?;
    let is_file = file.metadata().ok()?.is_file();
    is_file.then(|| file.take(LONGEST).read_to_end(&mut letters).ok())??;
    Some(letters)
}

/// The day in UTC, as `2026-11-22`.
pub fn day(time: SystemTime) -> String {
    // Times before 1970 and after 9999 are no times of files that anybody made.
    let known =
        SystemTime::UNIX_EPOCH..SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(253_402_300_799);
    let time = if known.contains(&time) { time } else { known.start };
    let mut text = humantime::format_rfc3339_seconds(time).to_string();
    text.truncate("2026-11-22".len());
    text
}

fn today() -> String {
    day(SystemTime::now())
}

fn is_day(name: &str) -> bool {
    name.len() == 10
        && name.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn cells_are_counted_by_day() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::own(&root.path().join("cache"));
        assert_eq!(folder.days(), []);
        for outcome in [Outcome::Compiled, Outcome::Own, Outcome::Shared, Outcome::Shared] {
            folder.count(outcome).unwrap();
        }
        let tally = Tally {
            compiled: 1,
            found_own: 1,
            found_shared: 2,
        };
        assert_eq!(folder.days(), [(today(), tally)]);
        let stats = folder.root().join(STATS);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&stats), mode(&stats.join(today()))), (0o700, 0o600));
        fs::remove_dir_all(folder.root()).unwrap();
        folder.count(Outcome::Own).unwrap();
        assert_eq!(folder.days()[0].1.cells(), 1, "it was cleared away in between");
    }

    #[test]
    fn garbage_counts_nothing_and_old_days_go() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::own(root.path());
        let stats = root.path().join(STATS);
        fs::create_dir(&stats).unwrap();
        for number in 0..DAYS {
            fs::write(
                stats.join(format!("19{:02}-01-{:02}", number / 90, number % 90)),
                "c",
            )
            .unwrap();
        }
        fs::write(stats.join("2020-01-01"), "\0\u{ff}c{\"o\":\n s").unwrap();
        fs::write(stats.join("notes"), "cccc").unwrap();
        fs::create_dir(stats.join("2020-01-02")).unwrap();
        std::os::unix::fs::symlink("notes", stats.join("2020-01-03")).unwrap();
        let garbage = Tally {
            compiled: 1,
            found_own: 1,
            found_shared: 1,
        };
        assert_eq!(folder.days().last(), Some(&("2020-01-01".to_owned(), garbage)));
        folder.count(Outcome::Compiled).unwrap();
        assert_eq!(files(&stats).len(), DAYS);
        assert!(stats.join("notes").exists() && !stats.join("1900-01-00").exists());
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        assert!(
            Folder::own(&root.path().join("file/cache"))
                .count(Outcome::Own)
                .is_err()
        );
        assert!(Folder::listed(root.path()).count(Outcome::Own).is_err());
    }

    #[test]
    fn days_are_written_as_dates() {
        assert_eq!(day(SystemTime::UNIX_EPOCH), "1970-01-01");
        assert_eq!(
            day(SystemTime::UNIX_EPOCH - std::time::Duration::from_secs(1)),
            "1970-01-01"
        );
        assert!(is_day(&today()));
        assert!(!is_day("2026-1-22") && !is_day("2026-11-2x"));
    }
}
