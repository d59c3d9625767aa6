//! The system calls that a confined process has no use for.

use std::fmt;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::ConfineError;

/// Refuses the calls with which a process reaches a network, another process, or the depths of the system.
pub fn refuse() -> Result<(), ConfineError> {
    let failed = |error: &dyn fmt::Display| ConfineError::Filter(error.to_string());
    // Its sockets come in pairs, or from the kernel; a message that names its receiver would leave them.
    let named = SeccompCondition::new(4, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0);
    let named = SeccompRule::new(vec![named.map_err(|error| failed(&error))?]);
    let mut rules = std::collections::BTreeMap::new();
    rules.insert(libc::SYS_sendto, vec![named.map_err(|error| failed(&error))?]);
    let never = [
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_io_uring_setup,
        libc::SYS_keyctl,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_open_by_handle_at,
        libc::SYS_kexec_load,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_process_madvise,
        libc::SYS_pidfd_getfd,
        libc::SYS_fsopen,
        libc::SYS_fsmount,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_mount_setattr,
        libc::SYS_sched_setaffinity,
        // Where a test reads a file is not a learner's to say.
        libc::SYS_chdir,
        libc::SYS_fchdir,
        libc::SYS_chroot,
    ];
    rules.extend(never.map(|call| (call, Vec::new())));
    let architecture = std::env::consts::ARCH
        .try_into()
        .map_err(|error| failed(&error))?;
    let refused = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, architecture);
    let program: BpfProgram = filter
        .and_then(TryInto::try_into)
        .map_err(|error| failed(&error))?;
    seccompiler::apply_filter(&program).map_err(|error| failed(&error))
}
