//! A folder that only one process sees: in memory, bounded, with what it is given.

use std::fs;
use std::io;
use std::path::Path;

use rustix::mount::{MountFlags, mount, mount_bind_recursive, mount_remount};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use rustix::thread::{CapabilitySet, CapabilitySets, UnshareFlags, set_capabilities, unshare_unsafe};

/// Lays a folder in memory over `place`, for this process alone, and what is given into it.
pub fn lay_over(place: &Path, disk: u64, given: Option<&Path>) -> io::Result<()> {
    let (user, group) = (
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
    );
    // A process that has changed its user may not even write its own maps without this.
    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    // SAFETY: these flags share no descriptors or memory anew; the process has one thread.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)? };
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    let options = std::ffi::CString::new(format!("size={disk},nr_inodes=10000,mode=700"))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("hebb", place, "tmpfs", flags, Some(options.as_c_str()))?;
    if let Some(given) = given {
        lay(given, place)?;
    }
    // All that the new namespace has brought.
    let none = CapabilitySet::empty();
    let nothing = CapabilitySets {
        effective: none,
        permitted: none,
        inheritable: none,
    };
    Ok(set_capabilities(None, nothing)?)
}

/// Lays what is in a folder into another one, to be read only; links are left out, or they would lead elsewhere.
fn lay(from: &Path, to: &Path) -> io::Result<()> {
    let read_only = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir(&target)?;
        } else if kind.is_file() {
            fs::write(&target, "")?;
        } else {
            continue;
        }
        mount_bind_recursive(entry.path(), &target)?;
        mount_remount(&target, MountFlags::BIND | read_only, c"")?;
    }
    Ok(())
}
