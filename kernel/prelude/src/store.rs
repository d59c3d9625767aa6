//! The variables between cells: name to value.
//!
//! The thread that runs cells owns them, so no other thread can see one while it is away in a cell.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::entry;

thread_local! {
    static VARIABLES: RefCell<HashMap<String, Box<dyn Any>>> = RefCell::default();
}

/// Hands a variable to a cell.
///
/// # Panics
/// When there is none of this name and type: the engine has lost count of what lives here.
// Every cell compiles its own copy of what is generic, so these functions hand over at once to some that are not.
#[inline(never)]
pub fn take<T: Any>(name: &str) -> T {
    match remove(name).downcast() {
        Ok(value) => *value,
        Err(value) => wrong_type(name, value, std::any::type_name::<T>()),
    }
}

/// Keeps a new variable for later cells.
// Not inlined: the engine reads the call, with its type, in the compiler's intermediate text.
#[inline(never)]
pub fn hebb_put<T: Any>(name: &str, value: T) {
    insert(name, Box::new(value));
}

#[inline(never)]
fn remove(name: &str) -> Box<dyn Any> {
    match VARIABLES.with_borrow_mut(|variables| variables.remove(name)) {
        Some(value) => value,
        None => panic!("the variable `{name}` is gone\nhint: this is a fault of Hebb; define `{name}` again"),
    }
}

#[inline(never)]
fn insert(name: &str, value: Box<dyn Any>) {
    // An old value is dropped outside of the borrow: its `Drop` may run any code.
    let old = VARIABLES.with_borrow_mut(|variables| variables.insert(name.to_owned(), value));
    // A `Drop` that panics costs only itself: the new value is there, so the cell must not count as failed.
    if catch_unwind(AssertUnwindSafe(|| drop(old))).is_err() {
        entry::dropped_badly();
    }
}

#[cold]
#[inline(never)]
fn wrong_type(name: &str, value: Box<dyn Any>, type_name: &str) -> ! {
    insert(name, value);
    panic!("the variable `{name}` is no `{type_name}`\nhint: this is a fault of Hebb; define `{name}` again")
}

/// Takes a variable back from a cell.
#[inline(never)]
pub fn put_back<T: Any>(name: &str, value: T) {
    hebb_put(name, value);
}

/// Drops variables; a name that is not there is no error.
pub(crate) fn forget(names: &[String]) {
    for name in names {
        let old = VARIABLES.with_borrow_mut(|variables| variables.remove(name));
        drop(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_in_one_place_at_a_time() {
        hebb_put("x", vec![1, 2]);
        let x: Vec<i32> = take("x");
        assert_eq!(x, [1, 2]);
        assert!(catch_unwind(|| take::<Vec<i32>>("x")).is_err());
        put_back("x", x);
        let wrong = catch_unwind(|| take::<String>("x"));
        let message = *wrong.unwrap_err().downcast::<String>().unwrap();
        assert!(
            message.starts_with("the variable `x` is no `alloc::string::String`"),
            "{message}"
        );
        assert_eq!(take::<Vec<i32>>("x"), [1, 2]);
        hebb_put("x", 5_u8);
        forget(&["x".into(), "y".into()]);
        assert!(catch_unwind(|| take::<u8>("x")).is_err());
    }

    #[test]
    fn a_value_that_panics_when_dropped_makes_way() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("in drop");
            }
        }
        hebb_put("bomb", Bomb);
        hebb_put("bomb", 3_u8);
        assert_eq!(take::<u8>("bomb"), 3);
    }

    #[test]
    fn dropping_a_variable_may_use_the_store() {
        struct Nosy;
        impl Drop for Nosy {
            fn drop(&mut self) {
                hebb_put("seen", true);
            }
        }
        hebb_put("nosy", Nosy);
        forget(&["nosy".into()]);
        assert!(take::<bool>("seen"));
    }
}
