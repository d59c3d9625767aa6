//! Where texts are read by parsers that know no bounds.

use std::thread;

/// Does `work` on a thread of its own with so many bytes of stack, for two reasons: a parser goes as deep as its text does (and
/// a stack is only memory once it is touched), and `proc_macro2` keeps every text that a thread ever gave it. None if the work
/// panicked, or the system has no thread for it.
pub fn apart<T: Send>(stack: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("reader".to_owned()).stack_size(stack);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

/// Whether a token is a whole number that goes on and on: `syn` computes its value, in time that grows with the square of its
/// length. No type holds it, so only the compiler has to read it.
pub fn is_endless(token: &str) -> bool {
    token.len() > 1000 && token.starts_with(|c: char| c.is_ascii_digit()) && !token.contains('.')
}
