//! Questions to a file system that may take long to answer, or never do: a home directory on a network whose server is gone.
//!
//! Each question is asked on a thread of its own and waited for only so long. While an answer is outstanding nothing more is asked, so
//! a disk that is dead costs one wait and one thread; when the answer comes after all, the next question is asked again. Each time that
//! waiting was in vain less is waited, so a disk that is merely slow costs a session two seconds and then next to nothing.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use crate::worker::own_descriptors;

/// How long an answer is waited for at first, and again once answers come in time, if nothing else is said.
const LONGEST: Duration = Duration::from_secs(1);

/// An answer is always waited for this long: a disk that was slow for a while is found to be quick again.
const SHORTEST: Duration = Duration::from_millis(30);

/// A place in the file system, and how long its answers are worth waiting for. Clones share what they have learned.
#[derive(Clone)]
pub struct Patience {
    /// What a person may look at, to say which disk it is.
    place: PathBuf,
    longest: Duration,
    state: Arc<Mutex<State>>,
}

struct State {
    /// An answer is outstanding.
    waiting: bool,
    time: Duration,
    /// It was said that answers do not come.
    said: bool,
}

impl Patience {
    /// For questions about `place`, with a second for an answer.
    pub fn with(place: impl Into<PathBuf>) -> Patience {
        Patience::new(place, LONGEST)
    }

    /// The same with another time at first.
    pub fn new(place: impl Into<PathBuf>, longest: Duration) -> Patience {
        Patience {
            place: place.into(),
            longest,
            state: Arc::new(Mutex::new(State {
                waiting: false,
                time: longest,
                said: false,
            })),
        }
    }

    /// Asks, and gives the answer if it comes in time. None also while an earlier answer is outstanding. What is open must neither
    /// go into the question nor come out of it (see [`own_descriptors`]).
    pub fn ask<T: Send + 'static>(&self, question: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let time = {
            let mut state = self.lock();
            if state.waiting {
                return None;
            }
            state.waiting = true;
            state.time
        };
        let (answer, answered) = mpsc::channel();
        let ended = Outstanding(self.clone());
        let asked = std::thread::Builder::new()
            .name("disk".to_owned())
            .spawn(move || {
                own_descriptors();
                let found = question();
                // Before the answer, so that whoever gets it may ask again.
                drop(ended);
                // Nobody may be waiting any more.
                let _ = answer.send(found);
            });
        // Without a thread, which is dropped with what it holds, the channel is closed.
        drop(asked);
        let found = answered.recv_timeout(time);
        let mut state = self.lock();
        match found {
            Ok(found) => {
                state.time = (state.time * 2).min(self.longest);
                Some(found)
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                state.time = (state.time / 2).max(SHORTEST);
                let first = !std::mem::replace(&mut state.said, true);
                drop(state);
                if first {
                    log::warn!(
                        "{}: no answer for {} ms; this session goes on without it",
                        self.place.display(),
                        time.as_millis()
                    );
                }
                None
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Patience").field(&self.place).finish()
    }
}

/// Lives as long as an answer is outstanding, even if finding it panics.
struct Outstanding(Patience);

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.0.lock().waiting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question that is answered when the sender is used.
    fn question() -> (mpsc::Sender<u32>, impl FnOnce() -> Option<u32> + Send + 'static) {
        let (sender, receiver) = mpsc::channel();
        (sender, move || receiver.recv().ok())
    }

    #[test]
    fn what_comes_in_time_is_given() {
        let patience = Patience::with("/home");
        for number in 0..3 {
            assert_eq!(patience.ask(move || number), Some(number));
        }
        assert_eq!(patience.lock().time, LONGEST);
    }

    #[test]
    fn a_dead_disk_costs_one_wait_until_it_lives_again() {
        let patience = Patience::with("/home");
        let (answer, dead) = question();
        assert_eq!(patience.ask(dead), None);
        // Each of these would wait for ever if it were asked.
        for _ in 0..1000 {
            let (_never, dead) = question();
            let asked = patience.ask(move || std::mem::forget(dead));
            assert_eq!(asked, None);
        }
        assert_eq!(patience.lock().time, LONGEST / 2, "nothing was waited for");
        answer.send(7).unwrap();
        while patience.lock().waiting {
            std::thread::yield_now();
        }
        assert_eq!(patience.ask(|| 8), Some(8));
        assert_eq!(patience.lock().time, LONGEST);
    }

    #[test]
    fn a_slow_disk_costs_less_each_time() {
        let patience = Patience::with("/home");
        patience.lock().time = Duration::from_millis(100);
        for time in [50, 30, 30] {
            let (answer, slow) = question();
            assert_eq!(patience.ask(slow), None);
            assert_eq!(patience.lock().time, Duration::from_millis(time));
            answer.send(1).unwrap();
            while patience.lock().waiting {
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn a_question_that_panics_is_not_outstanding() {
        let patience = Patience::with("/home");
        assert_eq!(patience.ask(|| -> u32 { panic!("on purpose") }), None);
        assert_eq!(patience.ask(|| 1), Some(1));
    }
}
