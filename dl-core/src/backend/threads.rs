//! The thread pool that large products are shared out to. A static, because every operation uses the same one.
//!
//! Nothing starts before the first large product; [`close_threads`] ends the threads, so that the process can fork,
//! and the next large product starts them again. Small operations never come here.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

/// The calling thread works too, so the pool holds one thread fewer than it uses.
static POOL: Mutex<Pool> = Mutex::new(Pool {
    threads: None,
    workers: Vec::new(),
});

/// How long a worker looks for the next job before it sleeps: about the time between two products of a training step.
const EAGER: Duration = Duration::from_micros(50);

/// The variable that holds how many threads to use, if whoever started this process has decided.
const THREADS: &str = "HEBB_THREADS";

struct Pool {
    /// Threads to use with the caller's; looked up on first use.
    threads: Option<usize>,
    workers: Vec<Worker>,
}

struct Worker {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

/// One part of some work, and where to say that it is done.
struct Job {
    work: &'static (dyn Fn(usize) + Sync),
    part: usize,
    latch: Arc<Latch>,
}

struct Latch {
    open_parts: AtomicUsize,
    panicked: AtomicBool,
    owner: Thread,
}

/// Ends the threads of the pool. The next large operation starts them again.
///
/// ```
/// use dl_core::prelude::*;
/// dl_core::close_threads();                   // safe to fork now
/// assert_eq!(Tensor::ones([300, 300]).matmul(&Tensor::ones([300, 300])).at([0, 0]), 300.0);
/// ```
pub fn close_threads() {
    stop(&mut POOL.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Uses `count` threads for large operations from now on; 1 means no others than the caller's.
/// Without a call it is what `HEBB_THREADS` says, or else what the system allows this process.
///
/// ```
/// dl_core::set_threads(1);
/// let x = dl_core::Tensor::ones([300, 300]);
/// assert_eq!(x.matmul(&x).at([0, 0]), 300.0);
/// ```
pub fn set_threads(count: usize) {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    stop(&mut pool);
    pool.threads = Some(count.max(1));
}

/// How many threads large operations use; none is started for that.
pub(crate) fn count() -> usize {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    pool.count()
}

/// Calls `work(part, parts)` for each part from 0 on, each on a thread of its own, and returns when all are done.
/// If another thread is using the pool, one part does it all: `work(0, 1)`.
pub(crate) fn in_parallel(work: impl Fn(usize, usize) + Sync) {
    let mut pool = match POOL.try_lock() {
        Ok(pool) => pool,
        Err(TryLockError::Poisoned(pool)) => pool.into_inner(),
        Err(TryLockError::WouldBlock) => return work(0, 1),
    };
    let parts = pool.start();
    if parts == 1 {
        drop(pool);
        return work(0, 1);
    }
    let part_of_work = |part: usize| work(part, parts);
    let work: &(dyn Fn(usize) + Sync) = &part_of_work;
    // SAFETY: 1. the jobs end before this function returns: the guard below waits for every part, on a panic too;
    // 2. `work` is Sync, so all threads may call it at once.
    let work: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(work) };
    let latch = Arc::new(Latch {
        open_parts: AtomicUsize::new(0),
        panicked: AtomicBool::new(false),
        owner: std::thread::current(),
    });
    let waiting = WaitForAll(&latch);
    for (worker, part) in pool.workers.iter().zip(1..) {
        latch.open_parts.fetch_add(1, Ordering::Relaxed);
        let job = Job {
            work,
            part,
            latch: latch.clone(),
        };
        if worker.jobs.send(job).is_err() {
            latch.open_parts.fetch_sub(1, Ordering::Relaxed);
            work(part);
        }
    }
    work(0);
    drop(waiting);
    assert!(
        !latch.panicked.load(Ordering::Relaxed),
        "a computing thread panicked"
    );
}

impl Pool {
    /// How many are to work, the caller's included.
    fn count(&mut self) -> usize {
        *self
            .threads
            .get_or_insert_with(|| allowed(std::env::var(THREADS).ok().as_deref()))
    }

    /// Starts the threads if they are not running; returns how many can work, the caller's included.
    fn start(&mut self) -> usize {
        let threads = self.count();
        while self.workers.len() + 1 < threads {
            let (jobs, inbox) = channel();
            let name = format!("compute-{}", self.workers.len() + 1);
            match std::thread::Builder::new()
                .name(name)
                .spawn(move || serve(&inbox))
            {
                Ok(thread) => self.workers.push(Worker { jobs, thread }),
                // The system gives no more threads: make do with those that are there.
                Err(_) => {
                    self.threads = Some(self.workers.len() + 1);
                    break;
                }
            }
        }
        self.workers.len() + 1
    }
}

/// How many threads this process may use: at least 1.
fn allowed(decided: Option<&str>) -> usize {
    let decided = decided.and_then(|text| text.trim().parse().ok());
    decided
        .filter(|count| *count > 0)
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |count| count.get()))
}

fn stop(pool: &mut Pool) {
    for Worker { jobs, thread } in pool.workers.drain(..) {
        drop(jobs); // the worker's inbox closes, which ends it
        // A worker catches panics of its jobs, so it ends without one.
        let _ = thread.join();
    }
}

fn serve(inbox: &Receiver<Job>) {
    while let Some(Job { work, part, latch }) = next_job(inbox) {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(part))).is_err() {
            latch.panicked.store(true, Ordering::Relaxed);
        }
        if latch.open_parts.fetch_sub(1, Ordering::Release) == 1 {
            latch.owner.unpark();
        }
    }
}

/// Looks eagerly for a while, then sleeps; `None` when the pool is closed.
fn next_job(inbox: &Receiver<Job>) -> Option<Job> {
    let start = Instant::now();
    while start.elapsed() < EAGER {
        for _ in 0..32 {
            match inbox.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => std::hint::spin_loop(),
            }
        }
    }
    inbox.recv().ok()
}

struct WaitForAll<'a>(&'a Latch);

impl Drop for WaitForAll<'_> {
    fn drop(&mut self) {
        let mut looks = 0;
        while self.0.open_parts.load(Ordering::Acquire) > 0 {
            looks += 1;
            if looks < 10_000 {
                std::hint::spin_loop();
            } else {
                std::thread::park();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_started_the_process_decides_over_its_threads() {
        assert_eq!(allowed(Some(" 3\n")), 3);
        let system = std::thread::available_parallelism().unwrap().get();
        for text in [None, Some(""), Some("0"), Some("-1"), Some("many")] {
            assert_eq!(allowed(text), system, "{text:?}");
        }
    }
}
