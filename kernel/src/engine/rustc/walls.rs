//! The walls around strangers' cells: what the process that runs them sees, and what the compiler sees that reads them.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::StartError;
use crate::layout::Layout;
use crate::scratch;
use crate::worker::confine::{Confinement, Walls, try_out};

/// How much strangers' cells may use up, and what they are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory that the cells of a notebook may use; that of each process is bounded by it as well.
    pub memory: u64,
    /// Bytes that they may write.
    pub disk: u64,
    /// Processes and threads.
    pub processes: u64,
    /// A folder with the files that they may read, beside the data sets.
    pub given: Option<PathBuf>,
    /// Goes on where the system has no walls around files.
    pub open_files: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory: 1 << 30,
            disk: 256 << 20,
            processes: 128,
            given: None,
            open_files: false,
        }
    }
}

/// Address space is more than memory: code, stacks, what is reserved and never touched.
const ADDRESSES_FOR_MEMORY: u64 = 4;
/// A lesson's largest cell takes less than 1 GiB.
const ADDRESSES_OF_THE_COMPILER: u64 = 3 << 30;
/// The largest file that the compiler may write, in bytes.
const DISK_OF_THE_COMPILER: u64 = 256 << 20;
/// Users of these numbers exist nowhere; each process takes one of them, so that it shares its limits with no other.
const USERS: std::ops::Range<u32> = 61_184..65_184;

/// The walls around the process that runs cells, and the folders that it needs in `scratch`.
pub fn around_worker(scratch: &Path, limits: &Limits) -> io::Result<Confinement> {
    let user = USERS.start + std::process::id() % USERS.len() as u32;
    let folder = |name: &str| -> io::Result<PathBuf> {
        let folder = scratch.join(name);
        fs::create_dir(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        if rustix::process::geteuid().is_root() {
            chown(&folder, Some(user), Some(user))?;
        }
        Ok(folder)
    };
    let (workplace, libraries) = (folder("workplace")?, folder("libraries")?);
    if rustix::process::geteuid().is_root() {
        // The way to them is for everybody, what lies beside them for nobody else.
        fs::set_permissions(scratch, fs::Permissions::from_mode(0o711))?;
    }
    let data = std::env::var_os("HEBB_DATA").map(PathBuf::from);
    let system = [
        "/etc/ld.so.cache",
        "/usr/share/datasets",
        "/lib",
        "/lib64",
        "/usr/lib",
    ]
    .map(PathBuf::from);
    Ok(Confinement {
        readable: system.into_iter().chain(data).collect(),
        workplace: Some(workplace),
        given: limits.given.clone(),
        open_files: limits.open_files,
        libraries: Some(libraries),
        user: Some(user),
        memory: Some(limits.memory.saturating_mul(ADDRESSES_FOR_MEMORY)),
        resident: Some(limits.memory),
        disk: limits.disk,
        processes: Some(limits.processes),
        ..Confinement::default()
    })
}

/// What the walls around cells are made of on this system.
///
/// # Errors
/// What keeps cells from being confined.
pub fn standing(limits: &Limits) -> Result<Walls, StartError> {
    let layout = Layout::find()?;
    let scratch = scratch::folder("hebb-").map_err(StartError::Scratch)?;
    let walls = around_worker(scratch.path(), limits).map_err(StartError::Scratch)?;
    try_out(&layout.program, &walls).map_err(StartError::Walls)
}

/// The walls around the compiler, which works in `scratch`.
pub fn around_compiler(layout: &Layout, scratch: &Path, limits: &Limits) -> Confinement {
    let toolchain = layout.rustc.parent().and_then(Path::parent);
    let programs = ["/usr/bin", "/bin", "/lib", "/lib64", "/usr/lib", "/usr/libexec"].map(PathBuf::from);
    let libraries = layout.standard_library.parent().map(Path::to_owned);
    Confinement {
        readable: vec![
            layout.prelude.clone(),
            layout.dependencies.clone(),
            "/etc/ld.so.cache".into(),
        ],
        executable: programs
            .into_iter()
            .chain(toolchain.map(Path::to_owned))
            .chain(libraries)
            .collect(),
        writable: vec![scratch.to_owned()],
        memory: Some(ADDRESSES_OF_THE_COMPILER),
        disk: DISK_OF_THE_COMPILER,
        open_files: limits.open_files,
        ..Confinement::default()
    }
}
