//! One directory of entries: who may have written there, reading and writing single files.
//!
//! The entries of a cache directory `DIR` are in `DIR/cells`. Loading one runs what is in it, so this is the place that decides
//! whose code a session runs:
//!
//! - From the user's own directory only files of the user's own are read, and only it is written.
//! - A directory in `HEBB_CACHE_PATH` is listed by the administrator, in the kernelspec for instance. Its owner is trusted, and so are
//!   root and the user. Whoever lists a directory vouches for the path that leads to it.
//! - Neither a directory nor a file to which its group or everyone may write is used, whoever owns it.
//!
//! Code that a person runs may write to that person's own directory, as it may to their other files: against a person's own code a
//! cache of their own is no defence.
//!
//! Nothing here locks: a file appears whole under its name, by a rename, and a reader that has opened it reads it to its end even if it
//! is removed or replaced. So many writers can share a directory, on a network's file system too.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, Mode, OFlags, Timespec, Timestamps, fstat, futimens, openat};
use rustix::process::{Resource, geteuid, getrlimit};

use super::entry::Entry;
use super::key::{Key, is_name};
pub use crate::cache::Refusal;
use crate::cache::{self, judge};
use crate::pending::Patience;

/// The folder of entries in a cache directory.
const CELLS: &str = "cells";

/// How the names of files begin that are being written.
const NEW: &str = ".new-";

/// A larger file is no entry: bytes.
const LARGEST: u64 = 256 << 20;

/// An entry used so recently is not marked as used again: a file's time is written at most this often.
const RECENTLY: Duration = Duration::from_secs(3600);

/// How long a file is taken to be still written, counted from the latest change in the directory.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Who made a directory what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The user's own. It is made with this mode.
    Own(u32),
    /// Listed by the administrator; only read.
    Listed,
}

/// A directory of entries.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    kind: Kind,
    patience: Patience,
}

/// A directory that may be used.
struct Opened {
    directory: OwnedFd,
    mode: u32,
    /// Whose files are read.
    trusted: Vec<u32>,
}

/// A file in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What it takes on disk: bytes.
    pub size: u64,
    /// When it was last used, to the hour.
    pub used: SystemTime,
}

/// What is in a directory.
#[derive(Debug, Default)]
pub struct Contents {
    /// The entries.
    pub entries: Vec<Found>,
    /// What writers have left behind that did not come to their end.
    pub abandoned: Vec<PathBuf>,
}

impl Folder {
    /// The user's own, in the cache directory `root`. Only the user may look into it.
    pub fn own(root: &Path) -> Folder {
        Folder::new(&absolute(root), Kind::Own(0o700))
    }

    /// One that is written to be read by everyone.
    pub fn to_share(root: &Path) -> Folder {
        Folder::new(&absolute(root), Kind::Own(0o755))
    }

    /// One that the administrator lists.
    pub fn listed(root: &Path) -> Folder {
        Folder::new(root, Kind::Listed)
    }

    /// Those that a list of paths names, as in `HEBB_CACHE_PATH`.
    pub fn all_listed(list: &OsStr) -> Vec<Folder> {
        std::env::split_paths(list)
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| Folder::listed(&path))
            .collect()
    }

    fn new(root: &Path, kind: Kind) -> Folder {
        Folder {
            root: root.to_owned(),
            kind,
            patience: Patience::with(root),
        }
    }

    /// The cache directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the entries are.
    pub fn cells(&self) -> PathBuf {
        self.root.join(CELLS)
    }

    /// Reads an entry, unless the disk lets a person wait for it longer than for the compiler.
    pub fn read_in_time(&self, key: &Key) -> Option<Entry> {
        let (folder, key) = (self.clone(), *key);
        self.patience.ask(move || folder.read(&key)).flatten()
    }

    /// The mode of the directories in it, if it is the user's own.
    pub fn mode(&self) -> u32 {
        match self.kind {
            Kind::Own(mode) => mode,
            Kind::Listed => 0o700,
        }
    }

    /// Reads an entry. One that is damaged is none, and is removed if it is the user's own.
    pub fn read(&self, key: &Key) -> Option<Entry> {
        let opened = self.open().ok()?;
        let file = open_entry(&opened, &key.to_string())?;
        let bytes = read_whole(&file)?;
        match Entry::decode(&bytes, key) {
            Ok(entry) => {
                if self.kind != Kind::Listed {
                    mark_used(&file);
                }
                Some(entry)
            }
            Err(damage) => {
                log::warn!("{}: {damage}", self.cells().join(key.to_string()).display());
                if self.kind != Kind::Listed {
                    // Another reader may have removed it.
                    let _ = fs::remove_file(self.cells().join(key.to_string()));
                }
                None
            }
        }
    }

    /// Writes an entry; one that is there is replaced. Whoever may look into the directory may read it. Gives its bytes.
    pub fn write(&self, key: &Key, entry: &Entry) -> io::Result<u64> {
        self.make()?;
        let opened = self.open().map_err(|refusal| match refusal {
            Refusal::System(error) => error,
            refusal => io::Error::new(io::ErrorKind::PermissionDenied, refusal.to_string()),
        })?;
        let bytes = entry.encode(key);
        // The system would end this process, not only this write.
        let largest = getrlimit(Resource::Fsize).current;
        if largest.is_some_and(|largest| bytes.len() as u64 > largest) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let cells = self.cells();
        let mut file = tempfile::Builder::new().prefix(NEW).tempfile_in(&cells)?;
        file.write_all(&bytes)?;
        file.as_file()
            .set_permissions(Permissions::from_mode(opened.mode & 0o444 | 0o200))?;
        file.persist(cells.join(key.to_string()))?;
        Ok(bytes.len() as u64)
    }

    /// Everything that is there, if the directory may be used.
    pub fn contents(&self) -> Result<Contents, Refusal> {
        self.open()?;
        Ok(self.list()?)
    }

    /// Everything that is there, whosever it is: to be counted, not to be used.
    pub fn list(&self) -> io::Result<Contents> {
        let mut contents = Contents::default();
        let mut new = Vec::new();
        for file in fs::read_dir(self.cells())?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            // A file may go while the directory is read.
            let Ok(about) = file.metadata() else { continue };
            let used = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if is_name(&name) && about.is_file() {
                contents.entries.push(Found {
                    path: file.path(),
                    size: about.len().next_multiple_of(4096),
                    used,
                });
            } else if name.starts_with(NEW) {
                new.push((file.path(), used));
            }
        }
        // What time it is, the disk says: it may be on another computer, with another clock.
        let entries = contents.entries.iter().map(|entry| entry.used);
        let latest = entries.chain(new.iter().map(|(_, used)| *used)).max();
        let is_abandoned = |used: SystemTime| {
            let behind = latest.and_then(|latest| latest.duration_since(used).ok());
            behind.is_some_and(|behind| behind > ABANDONED)
        };
        new.retain(|(_, used)| is_abandoned(*used));
        contents.abandoned = new.into_iter().map(|(path, _)| path).collect();
        Ok(contents)
    }

    /// Makes the directory if it is not there.
    pub fn make(&self) -> io::Result<()> {
        self.make_inside(CELLS).map(drop)
    }

    /// Makes a folder in it, and what is missing on the way. Whoever may look into the directory may look into the folder.
    pub fn make_inside(&self, name: &str) -> io::Result<PathBuf> {
        let Kind::Own(mode) = self.kind else {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        };
        let inside = self.root.join(name);
        if inside.is_dir() {
            return Ok(inside);
        }
        if let Some(above) = self.root.parent() {
            let missing: Vec<&Path> = above.ancestors().take_while(|path| !path.exists()).collect();
            cache::make(above, mode)?;
            for path in missing {
                fs::set_permissions(path, Permissions::from_mode(mode))?;
            }
        }
        for directory in [&self.root, &inside] {
            match DirBuilder::new().mode(mode).create(directory) {
                // Whatever the umask says: what is to be shared must be readable.
                Ok(()) => fs::set_permissions(directory, Permissions::from_mode(mode))?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(inside)
    }

    /// Whether nobody but its owner, the user and root could put another directory in its place. Whoever lists a directory vouches for
    /// that, so it is nothing that refuses one; but it is worth saying.
    ///
    /// # Errors
    /// The first directory on the way that is open to others.
    pub fn judge_way(&self) -> Result<(), Refusal> {
        let owner = fs::metadata(&self.root).map(|about| about.uid()).ok();
        for above in self.root.ancestors().skip(1) {
            // What is not there yet will be made.
            if let Ok(about) = fs::metadata(above) {
                cache::judge_way(above, &about, owner)?;
            }
        }
        Ok(())
    }

    /// Opens the directory if everyone who may have written to it is trusted.
    fn open(&self) -> Result<Opened, Refusal> {
        let user = geteuid().as_raw();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = |at: BorrowedFd<'_>, path: &Path, flags| {
            openat(at, path, flags, Mode::empty()).map_err(|error| match error {
                rustix::io::Errno::NOENT => Refusal::Missing,
                error => Refusal::System(error.into()),
            })
        };
        let (directory, trusted) = match self.kind {
            Kind::Own(_) => (open(CWD, &self.cells(), flags)?, vec![user]),
            Kind::Listed if !self.root.is_absolute() => return Err(Refusal::Relative),
            Kind::Listed => {
                let root = open(CWD, &self.root, flags)?;
                let about = fstat(&root).map_err(io::Error::from)?;
                judge(&self.root, about.st_mode, about.st_uid, &[about.st_uid])?;
                let cells = open(root.as_fd(), Path::new(CELLS), flags | OFlags::NOFOLLOW)?;
                (cells, vec![0, user, about.st_uid])
            }
        };
        let about = fstat(&directory).map_err(io::Error::from)?;
        judge(&self.cells(), about.st_mode, about.st_uid, &trusted)?;
        Ok(Opened {
            directory,
            mode: about.st_mode,
            trusted,
        })
    }
}

/// The path, wherever this process may go later.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Opens a file if a trusted user wrote it and nobody else can have.
fn open_entry(opened: &Opened, name: &str) -> Option<File> {
    // A pipe that someone put there must not make us wait.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(&opened.directory, name, flags, Mode::empty()).ok()?;
    let about = fstat(&file).ok()?;
    let is_file = rustix::fs::FileType::from_raw_mode(about.st_mode).is_file();
    let is_trusted = judge(Path::new(name), about.st_mode, about.st_uid, &opened.trusted).is_ok();
    (is_file && is_trusted).then(|| File::from(file))
}

fn read_whole(file: &File) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let size = file.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    (size as u64 <= LARGEST).then_some(bytes)
}

/// Keeps an entry from being taken for one that nobody needs. If that fails, it goes earlier.
fn mark_used(file: &File) {
    let used = file.metadata().and_then(|about| about.modified());
    if used.is_ok_and(|used| is_older(used, RECENTLY)) {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: rustix::fs::UTIME_NOW,
        };
        let _ = futimens(
            file,
            &Timestamps {
                last_access: now,
                last_modification: now,
            },
        );
    }
}

fn is_older(time: SystemTime, age: Duration) -> bool {
    time.elapsed().is_ok_and(|elapsed| elapsed > age)
}

#[cfg(test)]
mod tests;
