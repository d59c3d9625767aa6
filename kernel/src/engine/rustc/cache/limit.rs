//! How large a directory of entries may grow, and what goes when it does: what was not used for longest.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use super::folder::{Contents, Folder, Found, Refusal};

/// How large a directory may grow if nothing else is said: bytes.
pub const DEFAULT: u64 = 512 * MEGABYTE;

const MEGABYTE: u64 = 1_000_000;

/// The file in a directory that holds its limit in bytes.
const FILE: &str = "limit";

/// Units by their names; the first that fits is written.
const UNITS: [(&str, u64); 8] = [
    ("GB", 1_000_000_000),
    ("MB", MEGABYTE),
    ("KB", 1_000),
    ("B", 1),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("", 1),
];

/// Text that names no size.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no size\nhint: write a number with a unit: 200MB, 1.5GB, 0 to keep nothing")]
pub struct NoSize(String);

/// Reads `200MB`, `1.5 gb`, `64MiB`, `0`.
pub fn size(text: &str) -> Result<u64, NoSize> {
    let wrong = || NoSize(text.to_owned());
    let at = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let unit = unit.trim();
    let short = |name: &str| name.trim_end_matches('B').to_ascii_lowercase();
    let (_, bytes) = UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit) || short(name) == unit.to_ascii_lowercase())
        .ok_or_else(wrong)?;
    let number: f64 = number.parse().map_err(|_| wrong())?;
    // A number of bytes beyond all disks is cut to the largest there is.
    Ok((number * *bytes as f64) as u64)
}

/// A size as a person reads it: `1.2 MB`.
pub fn written(bytes: u64) -> String {
    let fits = UNITS.iter().find(|(_, unit)| bytes >= *unit);
    let (name, unit) = fits.copied().unwrap_or(("B", 1));
    let value = bytes as f64 / unit as f64;
    match unit {
        1 => format!("{bytes} B"),
        _ if value < 10.0 && !bytes.is_multiple_of(unit) => format!("{value:.1} {name}"),
        _ => format!("{value:.0} {name}"),
    }
}

/// All sizes together: bytes.
pub fn total(entries: &[Found]) -> u64 {
    entries.iter().map(|entry| entry.size).sum()
}

impl Folder {
    /// How large it may grow: bytes.
    pub fn limit(&self) -> u64 {
        let text = fs::read_to_string(self.limit_file());
        text.ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(DEFAULT)
    }

    /// Sets how large it may grow, and removes what is too much.
    pub fn set_limit(&self, bytes: u64) -> io::Result<()> {
        self.make()?;
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(self.cells())?;
        writeln!(file, "{bytes}")?;
        file.persist(self.limit_file())?;
        match self.trim() {
            Ok(_) => Ok(()),
            Err(Refusal::System(error)) => Err(error),
            Err(refusal) => Err(io::Error::other(refusal.to_string())),
        }
    }

    /// If it is too large, removes what was not used for longest, until there is some room again; and always what writers
    /// have left behind. Gives what is left.
    pub fn trim(&self) -> Result<Contents, Refusal> {
        let limit = self.limit();
        let mut contents = self.contents()?;
        for path in contents.abandoned.drain(..) {
            let _ = fs::remove_file(path);
        }
        let mut size = total(&contents.entries);
        if size <= limit {
            return Ok(contents);
        }
        contents.entries.sort_by_key(|entry| entry.used);
        let enough = limit / 10 * 9;
        let mut gone = 0;
        for entry in &contents.entries {
            if size <= enough {
                break;
            }
            // Someone else may have removed it.
            let _ = fs::remove_file(&entry.path);
            size -= entry.size;
            gone += 1;
        }
        contents.entries.drain(..gone);
        Ok(contents)
    }

    /// Removes every entry. Gives what was there.
    pub fn clear(&self) -> Result<Contents, Refusal> {
        let contents = self.contents()?;
        let paths = contents.entries.iter().map(|entry| &entry.path);
        for path in paths.chain(&contents.abandoned) {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(contents)
    }

    fn limit_file(&self) -> PathBuf {
        self.cells().join(FILE)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use super::super::entry::{Answer, Entry};
    use super::super::key::{Key, LENGTH};
    use super::*;

    fn entry() -> Entry {
        Entry {
            answer: Answer {
                success: true,
                diagnostics: Vec::new(),
                types: Default::default(),
            },
            library: vec![1; 5000],
        }
    }

    fn age(path: &std::path::Path, hours: u64) {
        let time = SystemTime::now() - Duration::from_secs(hours * 3600);
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }

    #[test]
    fn sizes_are_read_and_written() {
        let rows = [
            ("0", Ok(0), "0 B"),
            ("999", Ok(999), "999 B"),
            ("512MB", Ok(512_000_000), "512 MB"),
            ("1.5 gb", Ok(1_500_000_000), "1.5 GB"),
            ("2G", Ok(2_000_000_000), "2 GB"),
            ("64MiB", Ok(64 << 20), "67 MB"),
            ("9.96k", Ok(9_960), "10.0 KB"),
        ];
        for (text, bytes, shown) in rows {
            assert_eq!(size(text), bytes, "{text}");
            assert_eq!(written(bytes.unwrap_or_default()), shown);
        }
        for text in ["", "MB", "-1", "1.2.3GB", "5 apples", "1e9"] {
            assert_eq!(size(text), Err(NoSize(text.to_owned())));
        }
        insta::assert_snapshot!(size("much").unwrap_err(), @"
        `much` is no size
        hint: write a number with a unit: 200MB, 1.5GB, 0 to keep nothing
        ");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::own(root.path());
        let keys: Vec<Key> = (0..10).map(|number| Key::new([number; LENGTH])).collect();
        for (hours, key) in keys.iter().enumerate() {
            folder.write(key, &entry()).unwrap();
            age(&folder.cells().join(key.to_string()), 100 - hours as u64);
        }
        assert_eq!(folder.limit(), DEFAULT);
        // The oldest is used: it is the youngest now.
        assert!(folder.read(&keys[0]).is_some());
        let each = total(&folder.contents().unwrap().entries) / 10;
        folder.set_limit(5 * each).unwrap();
        let left: Vec<bool> = keys.iter().map(|key| folder.read(key).is_some()).collect();
        assert_eq!(
            left,
            [true, false, false, false, false, false, false, true, true, true]
        );
        assert_eq!(folder.limit(), 5 * each);
        assert_eq!(folder.trim().unwrap().entries.len(), 4, "there is room again");
        folder.set_limit(0).unwrap();
        assert_eq!(folder.contents().unwrap().entries, []);
    }

    #[test]
    fn files_that_were_never_finished_go_when_nobody_can_be_writing_them() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::own(root.path());
        folder.make().unwrap();
        let [young, old] = [".new-young", ".new-old"].map(|name| folder.cells().join(name));
        for path in [&young, &old] {
            fs::write(path, "half").unwrap();
        }
        age(&old, 2);
        folder.trim().unwrap();
        assert!(young.exists() && !old.exists());
    }

    #[test]
    fn clearing_leaves_the_limit() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::own(root.path());
        folder.set_limit(70_000).unwrap();
        folder.write(&Key::new([1; LENGTH]), &entry()).unwrap();
        assert_eq!(folder.clear().unwrap().entries.len(), 1);
        assert_eq!(folder.clear().unwrap().entries.len(), 0);
        assert_eq!(folder.limit(), 70_000);
    }
}
