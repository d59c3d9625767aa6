//! Memory that was just given back and is about to be asked for again: each step of a training needs the same sizes.
//! A static of the thread, because operators like `+` have no other place that outlives them; without it, a step spends
//! most of its time in the system's memory management as soon as its results are larger than about 100 kB.

use crate::error::Error;
use std::cell::RefCell;

/// Elements below which the allocator is fast by itself.
pub(super) const SMALLEST: usize = 4 * 1024;
/// Elements above which memory goes back to the system at once: data sets, not results of a step.
const LARGEST: usize = 4 * 1024 * 1024;
/// Elements that a thread keeps at most (64 MiB): what a step of a small convolutional network goes through.
const MOST: usize = 16 * 1024 * 1024;

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept { buffers: Vec::new(), elements: 0 }) };
}

struct Kept {
    buffers: Vec<Vec<f32>>,
    /// Capacities of all buffers together.
    elements: usize,
}

/// An empty vector with room for `count` elements, kept memory if there is some of about that size.
pub(super) fn room(count: usize) -> Vec<f32> {
    let mut buffer = used(count);
    buffer.clear();
    buffer
}

/// `count` numbers that are to be written over: left from earlier, where memory is kept, so that nothing is spent on them.
pub(super) fn stale(count: usize) -> Vec<f32> {
    let mut values = used(count);
    values.resize(count, 0.0);
    values
}

/// A vector with room for `count` elements that holds whatever it held.
fn used(count: usize) -> Vec<f32> {
    let kept = (SMALLEST..=LARGEST).contains(&count).then(|| {
        KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            // The smallest that is large enough, so that each size finds its own again in the next step.
            let sizes = kept.buffers.iter().map(Vec::capacity).enumerate();
            let fitting = sizes.filter(|(_, size)| (count..=2 * count).contains(size));
            let (position, _) = fitting.min_by_key(|&(_, size)| size)?;
            let buffer = kept.buffers.swap_remove(position);
            kept.elements -= buffer.capacity();
            Some(buffer)
        })
    });
    match kept {
        Some(Ok(Some(buffer))) => buffer,
        // Too small, too large, none kept, or the thread is ending.
        _ => {
            let mut buffer = Vec::new();
            // A failed allocation would abort the process, and a notebook with it.
            if buffer.try_reserve_exact(count).is_err() {
                Error::TooLarge {
                    op: "result",
                    shape: vec![count],
                }
                .raise();
            }
            buffer
        }
    }
}

/// `count` times `number`.
pub(super) fn filled(count: usize, number: f32) -> Vec<f32> {
    let mut values = room(count);
    values.resize(count, number);
    values
}

/// Keeps memory that is no longer needed, within the limits above.
pub(super) fn give_back(buffer: Vec<f32>) {
    let size = buffer.capacity();
    if !(SMALLEST..=LARGEST).contains(&size) {
        return;
    }
    // Where the thread is ending, the buffer goes back to the system with the closure.
    let _ = KEPT.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.elements + size <= MOST {
            kept.elements += size;
            kept.buffers.push(buffer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_within_limits() {
        let buffer = filled(SMALLEST, 1.0);
        let place = buffer.as_ptr();
        give_back(buffer);
        let (larger, smaller) = (room(3 * SMALLEST), room(SMALLEST / 4));
        assert!(larger.as_ptr() != place && smaller.as_ptr() != place);
        let again = room(SMALLEST);
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        give_back(again);
        let stale = stale(SMALLEST);
        assert_eq!((stale.as_ptr(), stale.len()), (place, SMALLEST));

        (0..10).for_each(|_| give_back(Vec::with_capacity(LARGEST)));
        give_back(Vec::with_capacity(LARGEST + 1));
        KEPT.with(|kept| assert!(kept.borrow().elements <= MOST && kept.borrow().buffers.len() <= 4));
    }
}
