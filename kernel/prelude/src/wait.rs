//! `.await` outside of an `async fn`: the future is run to its end on the cell's thread.

use std::any::Any;
use std::cell::RefCell;
use std::future::{Future, IntoFuture};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

thread_local! {
    /// The runtimes of the session, one of each type: what they have begun goes on from cell to cell.
    static RUNTIMES: RefCell<Vec<Rc<dyn Any>>> = RefCell::default();
}

/// Wakes the thread that waits.
struct Waiting(Thread);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end and gives its value.
///
/// Futures that need a runtime (of `tokio`: sockets, timers) need [`wait_in`].
pub fn wait<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    let mut value = None;
    until(&mut |context| match future.as_mut().poll(context) {
        Poll::Ready(ready) => {
            value = Some(ready);
            true
        }
        Poll::Pending => false,
    });
    match value {
        Some(value) => value,
        None => unreachable!("waited until there is one"),
    }
}

/// Asks until the answer is true, and sleeps until it is worth asking again.
#[inline(never)]
fn until(is_ready: &mut dyn FnMut(&mut Context<'_>) -> bool) {
    let waker = Waker::from(Arc::new(Waiting(thread::current())));
    let mut context = Context::from_waker(&waker);
    while !is_ready(&mut context) {
        thread::park();
    }
}

/// Runs something in the session's runtime of type `R`, which is made when it is first needed.
///
/// # Panics
/// When the runtime cannot be made.
pub fn wait_in<R: Any, T>(make: impl FnOnce() -> io::Result<R>, run: impl FnOnce(&mut R) -> T) -> T {
    let known = RUNTIMES.with_borrow(|all| {
        all.iter()
            .find_map(|one| one.clone().downcast::<RefCell<R>>().ok())
    });
    let runtime = known.unwrap_or_else(|| match make() {
        Ok(runtime) => {
            let runtime = Rc::new(RefCell::new(runtime));
            RUNTIMES.with_borrow_mut(|all| all.push(runtime.clone()));
            runtime
        }
        Err(error) => no_runtime(&error),
    });
    run(&mut runtime.borrow_mut())
}

#[cold]
#[inline(never)]
fn no_runtime(error: &io::Error) -> ! {
    panic!("the runtime for `.await` cannot be started: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_another_thread_wakes_is_waited_for() {
        let (sender, receiver) = std::sync::mpsc::channel::<Waker>();
        let waker = thread::spawn(move || receiver.recv().unwrap().wake());
        let mut asked = 0;
        let value = wait(std::future::poll_fn(|context| {
            asked += 1;
            if asked == 1 {
                sender.send(context.waker().clone()).unwrap();
                return Poll::Pending;
            }
            Poll::Ready(asked)
        }));
        waker.join().unwrap();
        assert!(value >= 2);
    }

    #[test]
    fn a_runtime_is_made_once() {
        let made = RefCell::new(0_u32);
        let next = || {
            wait_in(
                || {
                    *made.borrow_mut() += 1;
                    Ok(10_u64)
                },
                |count| {
                    *count += 1;
                    *count
                },
            )
        };
        assert_eq!((next(), next(), *made.borrow()), (11, 12, 1));
    }

    #[test]
    fn a_panic_leaves_the_runtime() {
        let run = |fails: bool| {
            wait_in(
                || Ok(String::from("runtime")),
                |runtime| {
                    assert!(!fails, "fails");
                    runtime.len()
                },
            )
        };
        run(false);
        assert!(std::panic::catch_unwind(|| run(true)).is_err());
        assert_eq!(run(false), 7);
    }
}
