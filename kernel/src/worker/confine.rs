//! Walls around a process that runs what strangers wrote, or compiles it: which files it sees, what it may use up, and that it
//! reaches no network and no other process.
//!
//! Everything here is of Linux and needs no rights: Landlock for files and signals, a system call filter for the network, a
//! mount of its own for what it writes, resource limits; and where the process is root's, another user. What the
//! system does not give is told by [`Walls`]; without walls around the files, [`Confinement::enter`] is an error.
//!
//! <https://docs.kernel.org/userspace-api/landlock.html>, <https://docs.kernel.org/userspace-api/seccomp_filter.html>

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Gid, Resource, Rlimit, Uid, set_dumpable_behavior, setrlimit};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use serde::{Deserialize, Serialize};

mod calls;
mod mounts;

/// What a process may see and use. Nothing else is there for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Confinement {
    /// Files and folders that it may read.
    pub readable: Vec<PathBuf>,
    /// Files and folders with programs that it may start.
    pub executable: Vec<PathBuf>,
    /// Folders in which it may do anything with files.
    pub writable: Vec<PathBuf>,
    /// A folder of its own in memory takes the place of this one, and it works there.
    pub workplace: Option<PathBuf>,
    /// What it finds in its workplace, and can neither change nor move; it works in this folder itself if it gets no other.
    pub given: Option<PathBuf>,
    /// Goes on where the system has no walls around files. All others stand.
    pub open_files: bool,
    /// A folder from which it loads libraries and takes them away, so that nobody can read them later.
    pub libraries: Option<PathBuf>,
    /// The user that it becomes, if it is root.
    pub user: Option<u32>,
    /// Bytes of address space.
    pub memory: Option<u64>,
    /// Bytes of memory in use: those no wall counts, so whoever started the process watches them.
    pub resident: Option<u64>,
    /// Bytes that its workplace holds.
    pub disk: u64,
    /// Processes and threads of its user.
    pub processes: Option<u64>,
    /// Seconds of processor time.
    pub seconds: Option<u64>,
}

/// What the walls are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// The version of Landlock that the system has.
    pub landlock: Option<i32>,
    /// Another user.
    pub user: Option<u32>,
    /// A workplace in memory with a bound on what it holds; else nothing can be written.
    pub workplace: bool,
}

/// Why a process cannot be confined.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    /// The system has no Landlock, or does not let it be used.
    #[error(
        "this system has no Landlock, which keeps a program from other people's files\nhint: Linux has it from 5.13 on, where `landlock` stands in /sys/kernel/security/lsm"
    )]
    NoLandlock,
    /// It refuses something of it.
    #[error("Landlock refuses: {0}")]
    Landlock(#[from] RulesetError),
    /// The filter of system calls cannot be set.
    #[error("system calls cannot be filtered: {0}")]
    Filter(String),
    /// Anything else.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

/// The version of Landlock from which on it keeps signals from other processes.
const SIGNALS_SINCE: i32 = 6;

fn system<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> ConfineError {
    move |source| ConfineError::System {
        what,
        source: source.into(),
    }
}

impl Confinement {
    /// Confines this process, which must have one thread, for ever. A failure leaves it half confined: it must end then.
    ///
    /// # Errors
    /// If there are no walls around files, unless `open_files` says so, or around system calls. A missing workplace is no error:
    /// then nothing can be written.
    pub fn enter(&self) -> Result<Walls, ConfineError> {
        self.limit()?;
        let user = self.become_nobody()?;
        let workplace = self
            .workplace
            .as_ref()
            .filter(|place| mounts::lay_over(place, self.disk, self.given.as_deref()).is_ok());
        if let Some(place) = workplace.or(self.given.as_ref()).or(self.workplace.as_ref()) {
            std::env::set_current_dir(place).map_err(system("the workplace cannot be entered"))?;
        }
        // Its memory is nobody's to read: not through /proc, not by a debugger.
        set_dumpable_behavior(DumpableBehavior::NotDumpable)
            .map_err(system("its memory cannot be closed"))?;
        let landlock = match self.wall_files(workplace) {
            Ok(version) => Some(version),
            Err(ConfineError::NoLandlock) if self.open_files => None,
            Err(error) => return Err(error),
        };
        calls::refuse()?;
        Ok(Walls {
            landlock,
            user,
            workplace: workplace.is_some(),
        })
    }

    fn limit(&self) -> Result<(), ConfineError> {
        let limits = [
            (Resource::Core, Some(0)),
            (Resource::As, self.memory),
            (Resource::Nproc, self.processes),
            (Resource::Cpu, self.seconds),
            (Resource::Fsize, (self.disk > 0).then_some(self.disk)),
        ];
        for (resource, most) in limits {
            let Some(most) = most else { continue };
            let both = Rlimit {
                current: Some(most),
                maximum: Some(most),
            };
            setrlimit(resource, both).map_err(system("a limit cannot be set"))?;
        }
        Ok(())
    }

    /// Gives up root.
    fn become_nobody(&self) -> Result<Option<u32>, ConfineError> {
        let Some(number) = self.user.filter(|_| rustix::process::geteuid().is_root()) else {
            return Ok(None);
        };
        let (user, group) = (Uid::from_raw(number), Gid::from_raw(number));
        let failed = "the user cannot be changed";
        set_thread_groups(&[]).map_err(system(failed))?;
        set_thread_res_gid(group, group, group).map_err(system(failed))?;
        set_thread_res_uid(user, user, user).map_err(system(failed))?;
        Ok(Some(number))
    }

    fn wall_files(&self, workplace: Option<&PathBuf>) -> Result<i32, ConfineError> {
        // Listing processes is how a process counts its own threads; nothing in there can be read.
        let lists = [PathBuf::from("/proc")];
        let all = AccessFs::from_all(ABI::V5);
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let load = read | AccessFs::RemoveFile;
        let write = (all & !BitFlags::from(AccessFs::Execute))
            & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
        let devices = ["/dev/null", "/dev/zero", "/dev/urandom"].map(PathBuf::from);
        let rules: [(&[PathBuf], BitFlags<AccessFs>); 8] = [
            (&lists, AccessFs::ReadDir.into()),
            (&devices, AccessFs::ReadFile | AccessFs::WriteFile),
            (&self.readable, read),
            (&self.executable, read | AccessFs::Execute),
            (&self.writable, write),
            (workplace.map_or(&[], std::slice::from_ref), write),
            (self.given.as_slice(), read),
            (self.libraries.as_slice(), load),
        ];
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(all)?
            .scope(Scope::AbstractUnixSocket | Scope::Signal)?
            .create()?;
        for (paths, access) in rules {
            for path in paths {
                ruleset = allow(ruleset, path, access)?;
            }
        }
        let status = ruleset.restrict_self()?;
        match status.ruleset {
            RulesetStatus::NotEnforced => Err(ConfineError::NoLandlock),
            RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(version()),
        }
    }
}

/// A path that is not there needs no rule.
fn allow(
    ruleset: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(opened) = PathFd::new(path) else {
        return Ok(ruleset);
    };
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(ABI::V5)
    };
    ruleset.add_rule(PathBeneath::new(opened, access))
}

/// The version of Landlock that the system has.
fn version() -> i32 {
    // SAFETY: with these arguments the call only tells a number.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<u8>(),
            0_usize,
            1_u32,
        )
    };
    i32::try_from(version).unwrap_or_default()
}

impl std::str::FromStr for Confinement {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Confinement, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// `hebb confined`: becomes a program inside of walls, or says what they are made of.
pub fn start(confinement: &Confinement, program: &[OsString]) -> io::Result<ExitCode> {
    let walls = confinement.enter().map_err(io::Error::other)?;
    let Some((program, arguments)) = program.split_first() else {
        println!("{}", serde_json::to_string(&walls)?);
        return Ok(ExitCode::SUCCESS);
    };
    Err(Command::new(program).args(arguments).exec())
}

/// The walls that `program`, the `hebb` command, gets from this system.
///
/// # Errors
/// What keeps it from being confined.
pub fn try_out(program: &Path, confinement: &Confinement) -> io::Result<Walls> {
    let output = Command::new(program)
        .arg("confined")
        .arg(serde_json::to_string(confinement)?)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(io::Error::other(
            said.trim().trim_start_matches("hebb: ").to_owned(),
        )),
    }
}

/// Leaves a command only what it needs of the environment: secrets of the one who grades are none of a learner's business.
pub fn clear_environment(command: &mut Command) {
    const KEPT: [&str; 8] = [
        "PATH",
        "LANG",
        "LC_ALL",
        "TZ",
        "HEBB_DATA",
        "MEM_LIMIT",
        "CPU_LIMIT",
        "RUST_BACKTRACE",
    ];
    command.env_clear();
    command.envs(
        KEPT.iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?))),
    );
}

/// The command inside of walls.
pub fn confined(command: &Command, program: &Path, confinement: &Confinement) -> io::Result<Command> {
    let mut inside = Command::new(program);
    inside
        .arg("confined")
        .arg(serde_json::to_string(confinement)?)
        .arg("--");
    inside.arg(command.get_program()).args(command.get_args());
    clear_environment(&mut inside);
    Ok(inside)
}

impl fmt::Display for Walls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = match self.landlock {
            Some(version) if version >= SIGNALS_SINCE => {
                format!("files and other processes closed by Landlock {version}")
            }
            Some(version) => format!("files closed by Landlock {version}"),
            None => "FILES ARE OPEN: this system has no Landlock".to_owned(),
        };
        let user = match self.user {
            Some(_) => ", as another user",
            None => "",
        };
        let place = match (self.workplace, self.landlock) {
            (true, _) => "writing in a bounded folder in memory",
            (false, Some(_)) => "writing nowhere (no user namespaces here)",
            (false, None) => "writing where that user may",
        };
        write!(
            f,
            "{files}; no network; {place}; limits on time, memory and processes{user}"
        )
    }
}
