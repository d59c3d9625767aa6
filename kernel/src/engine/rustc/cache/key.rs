//! What makes two compilations the same: everything that what comes out depends on, and nothing that differs from session
//! to session.
//!
//! Paths are no part of it (scratch directory, where Hebb is installed): what lies there is known by its content.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use sha2::{Digest, Sha256};

use crate::layout::{self, Layout};

use super::super::compile::Job;

/// Bytes of a key, and of every checksum here.
pub const LENGTH: usize = 32;

/// The code that writes and reads what is kept. Whoever changes it need not think of entries made before.
const CODE: [&str; 6] = [
    include_str!("../compile.rs"),
    include_str!("../effort.rs"),
    include_str!("../link.rs"),
    include_str!("../mir.rs"),
    include_str!("entry.rs"),
    include_str!("key.rs"),
];

/// Names one compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; LENGTH]);

impl Key {
    /// The key with these bytes.
    pub fn new(bytes: [u8; LENGTH]) -> Key {
        Key(bytes)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

/// As a file's name: 64 hexadecimal digits.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whether a file's name is that of an entry.
pub fn is_name(name: &str) -> bool {
    name.len() == 2 * LENGTH && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Makes keys for one installation.
#[derive(Debug)]
pub struct Keys {
    prelude: PathBuf,
    standard_library: PathBuf,
    /// Reads the prelude while the person types.
    reading: Option<JoinHandle<io::Result<Known>>>,
    known: Option<Known>,
}

/// The prelude's content, for as long as its file stays the same.
#[derive(Clone, Copy, Debug)]
struct Known {
    stamp: Stamp,
    digest: [u8; LENGTH],
}

/// What tells that a file is still the one that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    number: u64,
    size: u64,
    changed: (i64, i64),
}

impl Keys {
    /// Begins to read the prelude.
    pub fn new(layout: &Layout) -> Keys {
        let path = layout.prelude.clone();
        Keys {
            prelude: layout.prelude.clone(),
            standard_library: layout.standard_library.clone(),
            // Without a thread it is read when the first key is made.
            reading: std::thread::Builder::new()
                .name("prelude".to_owned())
                .spawn(move || read(&path))
                .ok(),
            known: None,
        }
    }

    /// The key of a compilation with these fixed `flags`; `crates` identifies what `:dep` has built. None if the prelude
    /// cannot be read.
    pub fn key(&mut self, job: &Job<'_>, flags: &[String], crates: &str) -> Option<Key> {
        let prelude = self.prelude()?;
        let mut hasher = Sha256::new();
        // Each part says how long it is, so that no two rows of parts look alike.
        let mut add = |part: &[u8]| {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        CODE.iter().for_each(|code| add(code.as_bytes()));
        add(layout::built_with().as_bytes());
        // Its name holds the identity of the standard library.
        add(self
            .standard_library
            .file_name()
            .unwrap_or_default()
            .as_encoded_bytes());
        add(&prelude);
        add(&(flags.len() as u64).to_le_bytes());
        flags.iter().for_each(|flag| add(flag.as_bytes()));
        add(format!("{:?} {}", job.effort, job.types).as_bytes());
        add(&(job.more.len() as u64).to_le_bytes());
        job.more.iter().for_each(|argument| add(argument.as_bytes()));
        add(crates.as_bytes());
        add(job.source.as_bytes());
        add(job.text.as_bytes());
        Some(Key(hasher.finalize().into()))
    }

    /// Whether the prelude is still the one that the last key was made with.
    pub fn unchanged(&self) -> bool {
        let now = stamp(&self.prelude).ok();
        now.is_some() && now == self.known.map(|known| known.stamp)
    }

    /// The digest of the prelude's content: of the file as it is now.
    fn prelude(&mut self) -> Option<[u8; LENGTH]> {
        if let Some(reading) = self.reading.take() {
            self.known = reading.join().ok().and_then(Result::ok);
        }
        // Hebb may have been installed anew since.
        if !self.unchanged() {
            self.known = read(&self.prelude).ok();
        }
        self.known.map(|known| known.digest)
    }
}

fn read(path: &Path) -> io::Result<Known> {
    let before = stamp(path)?;
    let digest = digest(path)?;
    if stamp(path)? != before {
        return Err(io::Error::other("the file changed while it was read"));
    }
    Ok(Known {
        stamp: before,
        digest,
    })
}

/// The SHA-256 of a file's content.
pub fn digest(path: &Path) -> io::Result<[u8; LENGTH]> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut Writer(&mut hasher))?;
    Ok(hasher.finalize().into())
}

/// Hands on to a hasher what is written.
struct Writer<'a>(&'a mut Sha256);

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let found = std::fs::metadata(path)?;
    Ok(Stamp {
        device: found.dev(),
        number: found.ino(),
        size: found.size(),
        changed: (found.ctime(), found.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::effort::Effort;
    use super::*;

    fn layout(folder: &Path) -> Layout {
        let prelude = folder.join("libhebb_prelude.so");
        std::fs::write(&prelude, "one").unwrap();
        Layout {
            program: PathBuf::new(),
            prelude,
            dependencies: PathBuf::new(),
            api: PathBuf::new(),
            rustc: PathBuf::new(),
            standard_library: "/toolchain/libstd-0123.so".into(),
        }
    }

    fn job(text: &str) -> Job<'_> {
        Job {
            name: "cell_1",
            source: "cell_0.rs",
            text,
            effort: Effort::Fast,
            types: true,
            more: &[],
        }
    }

    #[test]
    fn what_differs_in_anything_that_counts_has_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path());
        let mut keys = Keys::new(&layout);
        let (flags, more) = (["-Ca".to_owned()], ["-Lb".to_owned()]);
        let first = keys.key(&job("x"), &flags, "").unwrap();
        let named = Job {
            name: "cell_7",
            ..job("x")
        };
        assert_eq!(
            keys.key(&named, &flags, ""),
            Some(first),
            "the name of the files is of this session"
        );
        let rows = [
            keys.key(&job("y"), &flags, ""),
            keys.key(&job("x"), &[], ""),
            keys.key(&job("x"), &flags, "crates"),
            keys.key(
                &Job {
                    effort: Effort::Optimized,
                    ..job("x")
                },
                &flags,
                "",
            ),
            keys.key(
                &Job {
                    types: false,
                    ..job("x")
                },
                &flags,
                "",
            ),
            keys.key(
                &Job {
                    more: &more,
                    ..job("x")
                },
                &flags,
                "",
            ),
            keys.key(
                &Job {
                    source: "cell_1.rs",
                    ..job("x")
                },
                &flags,
                "",
            ),
        ];
        let other = Layout {
            standard_library: "/toolchain/libstd-4567.so".into(),
            ..layout
        };
        let rows = rows
            .into_iter()
            .chain([Keys::new(&other).key(&job("x"), &flags, "")]);
        let mut all = vec![first];
        for row in rows {
            let key = row.unwrap();
            assert!(!all.contains(&key));
            all.push(key);
        }
        assert!(is_name(&first.to_string()));
    }

    #[test]
    fn the_prelude_counts_by_its_content_and_is_looked_at_each_time() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let layout = layout(here.path());
        let mut keys = Keys::new(&layout);
        let first = keys.key(&job("x"), &[], "").unwrap();
        let mut elsewhere = Keys::new(&self::layout(there.path()));
        assert_eq!(elsewhere.key(&job("x"), &[], ""), Some(first));
        std::fs::write(&layout.prelude, "two").unwrap();
        assert!(!keys.unchanged());
        let second = keys.key(&job("x"), &[], "").unwrap();
        assert_ne!(first, second);
        assert!(keys.unchanged());
        std::fs::remove_file(&layout.prelude).unwrap();
        assert_eq!(keys.key(&job("x"), &[], ""), None);
    }

    #[test]
    fn only_keys_are_names_of_entries() {
        assert!(!is_name("limit"));
        assert!(!is_name(&"0".repeat(63)));
        assert!(!is_name(&"A".repeat(64)));
        assert!(is_name(&"a".repeat(64)));
    }
}
