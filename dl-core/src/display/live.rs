//! Showing values from the middle of a computation, once or again and again in the same place, and asking the user.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Show, host};

/// Shows a value now, without waiting for the end of the cell.
///
/// ```
/// use dl_core::display::{MimeBundle, display};
///
/// display(&MimeBundle::text("halfway there"));
/// ```
pub fn display<T: Show + ?Sized>(value: &T) {
    host().display(&value.show(), None, false);
}

/// Shows a value in a place of its own, which [`Live::update`] draws again.
///
/// ```
/// use dl_core::display::{MimeBundle, display_live};
///
/// let live = display_live(&MimeBundle::text("step 0"));
/// for step in 1..3 {
///     live.update(&MimeBundle::text(format!("step {step}")));
/// }
/// ```
pub fn display_live<T: Show + ?Sized>(value: &T) -> Live {
    let live = Live {
        display_id: new_display_id(),
    };
    host().display(&value.show(), Some(&live.display_id), false);
    live
}

/// A display that can be drawn again in the same place. Made by [`display_live`].
///
/// ```
/// use dl_core::prelude::*;
/// let live = display_live(&tensor![0.]);
/// for step in 1..4 {
///     live.update(&Tensor::full([1], step as f32));
/// }
/// ```
#[derive(Debug)]
pub struct Live {
    display_id: String,
}

impl Live {
    /// Draws `value` where the display stands.
    pub fn update<T: Show + ?Sized>(&self, value: &T) {
        host().display(&value.show(), Some(&self.display_id), true);
    }
}

/// Asks the user for a line of text and waits for the answer.
///
/// ```no_run
/// use dl_core::prelude::*;
/// let name = input("Your name? ");
/// println!("Hello {name}");
/// ```
///
/// # Panics
/// When nobody can answer (no front end that takes input, or the end of standard input).
#[track_caller]
pub fn input(prompt: &str) -> String {
    ask(prompt, false)
}

/// Asks like [`input`], but a notebook hides what is typed.
///
/// ```no_run
/// use dl_core::prelude::*;
/// let secret = password("Password: ");
/// println!("{} letters", secret.chars().count());
/// ```
///
/// # Panics
/// When nobody can answer (no front end that takes input, or the end of standard input).
#[track_caller]
pub fn password(prompt: &str) -> String {
    ask(prompt, true)
}

#[track_caller]
fn ask(prompt: &str, password: bool) -> String {
    match host().input(prompt, password) {
        Ok(answer) => answer,
        Err(error) => panic!(
            "input({prompt:?}): no answer: {error}\n\
             hint: give the value in the code where nobody can type, as in a batch run"
        ),
    }
}

/// A name that no other display has, in this process or in an earlier one: front ends keep the displays of a kernel
/// that was restarted, and a process forked from this one inherits every counter and seed, so time and process
/// number are mixed in.
fn new_display_id() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_nanos()),
    );
    format!("hebb-{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn display_ids_differ() {
        let ids: HashSet<String> = (0..1000).map(|_| new_display_id()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
