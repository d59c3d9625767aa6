//! Work on one result by several threads, each of which writes a part of its own.

use crate::backend::threads;
use std::marker::PhantomData;
use std::ops::Range;

/// Multiplications below which one thread works alone: about ten microseconds, which pay for waking another one.
const PARALLEL: usize = 1 << 20;

/// Calls `work(part, items)` for runs of `count` items, each on a thread of its own, or once for all of them where they take
/// fewer than about a million multiplications. The parts are numbered from 0; none is empty.
pub(super) fn share_out(count: usize, multiplications: usize, work: impl Fn(usize, Range<usize>) + Sync) {
    if count == 0 {
        return;
    }
    if multiplications < PARALLEL {
        return work(0, 0..count);
    }
    threads::in_parallel(|part, parts| {
        let items = count * part / parts..count * (part + 1) / parts;
        if !items.is_empty() {
            work(part, items);
        }
    });
}

/// Numbers of which different threads write different runs.
pub(super) struct Parts<'a> {
    start: *mut f32,
    length: usize,
    whole: PhantomData<&'a mut [f32]>,
}

// SAFETY: each run is handed out once at a time, see `run`.
unsafe impl Sync for Parts<'_> {}

impl<'a> Parts<'a> {
    pub(super) fn of(whole: &'a mut [f32]) -> Parts<'a> {
        Parts {
            start: whole.as_mut_ptr(),
            length: whole.len(),
            whole: PhantomData,
        }
    }

    /// The numbers in this range.
    ///
    /// # Safety
    /// While the run is in use, nobody asks for one that overlaps with it.
    #[expect(clippy::mut_from_ref, reason = "runs do not overlap, as the caller promises")]
    pub(super) unsafe fn run(&self, range: Range<usize>) -> &mut [f32] {
        assert!(
            range.start <= range.end && range.end <= self.length,
            "the run is a part of the whole"
        );
        // SAFETY: 1. the range lies inside numbers that are borrowed exclusively; 2. no other run overlaps with it.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }
}
