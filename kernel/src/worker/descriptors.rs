//! Open files that no program inherits: what a thread has open on a disk that hangs would keep every other thread from starting one.
//!
//! A program that is started gets copies of all open files, and closing a copy on a network's disk waits for the disk: without this, one
//! entry of the cache that is being written when the server goes away would be the end of all compiling.

/// From here on the calling thread has descriptors of its own: it sees none of the others' but the first three, and nobody else sees, or
/// hands on, what it opens.
///
/// It must neither use nor drop anything that was opened before, nor give away what it opens. On a system that knows no such call it goes on
/// with those of all.
pub fn own_descriptors() {
    // SAFETY: the call first gives this thread a copy of the table, then closes what is in that copy: the files of the other threads stay
    // open. The thread uses none of them, which its callers promise.
    let _ = unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_UNSHARE) };
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::fd::AsRawFd;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_a_thread_opens_is_seen_by_no_other() {
        let (opened, seen) = mpsc::channel();
        let (done, end) = mpsc::channel::<()>();
        let own = File::open("/dev/null").unwrap();
        let thread = std::thread::spawn(move || {
            own_descriptors();
            // It would take a number that is taken, if the table were the same.
            let file = File::open("/proc/self/status").unwrap();
            opened.send(file.as_raw_fd()).unwrap();
            end.recv().unwrap_err();
        });
        let number = seen.recv().unwrap();
        let here = fs::read_link(format!("/proc/self/fd/{number}"));
        assert!(
            here.is_err() || !here.unwrap().ends_with("status"),
            "descriptor {number}"
        );
        drop(done);
        thread.join().unwrap();
        assert!(own.metadata().is_ok(), "nothing of the others' was closed");
    }
}
