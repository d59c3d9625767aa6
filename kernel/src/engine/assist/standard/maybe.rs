//! `Option`, `Result` and `bool`: see `prelude.rs` for how these declarations are read.

pub mod option {
    /// A value that may be missing. `match`, `if let Some(x) = ...` and `?` take it apart.
    pub enum Option<T> {
        /// No value.
        None,
        /// A value.
        Some(T),
    }
    impl<T> Option<T> {
        /// True if there is a value.
        pub fn is_some(&self) -> bool {}
        /// True if there is a value and the closure is true for it.
        pub fn is_some_and(self, f: impl FnOnce(T) -> bool) -> bool {}
        /// True if there is no value.
        pub fn is_none(&self) -> bool {}
        /// True if there is no value, or the closure is true for it.
        pub fn is_none_or(self, f: impl FnOnce(T) -> bool) -> bool {}
        /// The value. Panics if there is none.
        pub fn unwrap(self) -> T {}
        /// The value. Panics with this message if there is none: say why there must be one.
        pub fn expect(self, msg: &str) -> T {}
        /// The value, or `default` if there is none.
        pub fn unwrap_or(self, default: T) -> T {}
        /// The value, or what the closure gives if there is none.
        pub fn unwrap_or_else<F>(self, f: F) -> T where F: FnOnce() -> T {}
        /// The value, or the type's default: 0, an empty text, an empty list.
        pub fn unwrap_or_default(self) -> T where T: Default {}
        /// Changes the value if there is one.
        pub fn map<U, F>(self, f: F) -> Option<U> where F: FnOnce(T) -> U {}
        /// What the closure makes of the value, or `default` if there is none.
        pub fn map_or<U, F>(self, default: U, f: F) -> U where F: FnOnce(T) -> U {}
        /// What the second closure makes of the value, or what the first gives if there is none.
        pub fn map_or_else<U, D, F>(self, default: D, f: F) -> U where D: FnOnce() -> U, F: FnOnce(T) -> U {}
        /// Looks at the value if there is one, and hands the option on.
        pub fn inspect<F>(self, f: F) -> Option<T> where F: FnOnce(&T) {}
        /// Goes on with what the closure makes of the value, which may be missing too.
        pub fn and_then<U, F>(self, f: F) -> Option<U> where F: FnOnce(T) -> Option<U> {}
        /// `optb` if there is a value here, else `None`.
        pub fn and<U>(self, optb: Option<U>) -> Option<U> {}
        /// Keeps the value only if the closure is true for it.
        pub fn filter<P>(self, predicate: P) -> Option<T> where P: FnOnce(&T) -> bool {}
        /// This option, or `optb` if there is no value here.
        pub fn or(self, optb: Option<T>) -> Option<T> {}
        /// This option, or what the closure gives if there is no value here.
        pub fn or_else<F>(self, f: F) -> Option<T> where F: FnOnce() -> Option<T> {}
        /// The value that only one of both has.
        pub fn xor(self, optb: Option<T>) -> Option<T> {}
        /// Both values as a pair, if both are there.
        pub fn zip<U>(self, other: Option<U>) -> Option<(T, U)> {}
        /// `Ok` with the value, or `Err` with this error: makes `?` possible in a function that gives a `Result`.
        pub fn ok_or<E>(self, err: E) -> Result<T, E> {}
        /// `Ok` with the value, or `Err` with what the closure gives.
        pub fn ok_or_else<E, F>(self, err: F) -> Result<T, E> where F: FnOnce() -> E {}
        /// An option that borrows the value, so that the original keeps it.
        pub fn as_ref(&self) -> Option<&T> {}
        /// An option that borrows the value to change it.
        pub fn as_mut(&mut self) -> Option<&mut T> {}
        /// An option that borrows what the value dereferences to: `Option<String>` gives `Option<&str>`.
        pub fn as_deref(&self) -> Option<&T::Target> where T: Deref {}
        /// Takes the value and leaves `None`.
        pub fn take(&mut self) -> Option<T> {}
        /// Puts a value in and gives the old one.
        pub fn replace(&mut self, value: T) -> Option<T> {}
        /// Puts a value in and borrows it.
        pub fn insert(&mut self, value: T) -> &mut T {}
        /// Borrows the value; puts `value` in first if there is none.
        pub fn get_or_insert(&mut self, value: T) -> &mut T {}
        /// Borrows the value; puts in what the closure gives if there is none.
        pub fn get_or_insert_with<F>(&mut self, f: F) -> &mut T where F: FnOnce() -> T {}
        /// An iterator over no or one value.
        pub fn iter(&self) -> impl Iterator<Item = &T> {}
        /// An iterator that gives no or one value away.
        pub fn into_iter(self) -> impl Iterator<Item = T> {}
    }
    impl<T> Option<&T> {
        /// An option with a copy of the value behind the reference.
        pub fn copied(self) -> Option<T> where T: Copy {}
        /// An option with a clone of the value behind the reference.
        pub fn cloned(self) -> Option<T> where T: Clone {}
    }
    impl<T> Option<Option<T>> {
        /// One option instead of one in the other.
        pub fn flatten(self) -> Option<T> {}
    }
    impl<T, E> Option<Result<T, E>> {
        /// Turns an option of a result into a result of an option.
        pub fn transpose(self) -> Result<Option<T>, E> {}
    }
    impl<T: Clone> Clone for Option<T> {}
    impl<T> Default for Option<T> {}
    impl<T: PartialEq> PartialEq for Option<T> {}
    impl<T: Ord> Ord for Option<T> {}
    impl<T: Debug> Debug for Option<T> {}
}

pub mod result {
    /// A value, or why there is none. `?` hands the error on to the caller.
    pub enum Result<T, E> {
        /// The value.
        Ok(T),
        /// The error.
        Err(E),
    }
    impl<T, E> Result<T, E> {
        /// True if there is a value.
        pub fn is_ok(&self) -> bool {}
        /// True if there is a value and the closure is true for it.
        pub fn is_ok_and(self, f: impl FnOnce(T) -> bool) -> bool {}
        /// True if there is an error.
        pub fn is_err(&self) -> bool {}
        /// True if there is an error and the closure is true for it.
        pub fn is_err_and(self, f: impl FnOnce(E) -> bool) -> bool {}
        /// The value. Panics and shows the error if there is none.
        pub fn unwrap(self) -> T where E: Debug {}
        /// The value. Panics with this message and the error if there is none.
        pub fn expect(self, msg: &str) -> T where E: Debug {}
        /// The error. Panics and shows the value if there is one.
        pub fn unwrap_err(self) -> E where T: Debug {}
        /// The error. Panics with this message if there is a value.
        pub fn expect_err(self, msg: &str) -> E where T: Debug {}
        /// The value, or `default` if there is an error.
        pub fn unwrap_or(self, default: T) -> T {}
        /// The value, or what the closure makes of the error.
        pub fn unwrap_or_else<F>(self, op: F) -> T where F: FnOnce(E) -> T {}
        /// The value, or the type's default.
        pub fn unwrap_or_default(self) -> T where T: Default {}
        /// Changes the value and leaves an error as it is.
        pub fn map<U, F>(self, op: F) -> Result<U, E> where F: FnOnce(T) -> U {}
        /// What the closure makes of the value, or `default` if there is an error.
        pub fn map_or<U, F>(self, default: U, f: F) -> U where F: FnOnce(T) -> U {}
        /// What the second closure makes of the value, or the first of the error.
        pub fn map_or_else<U, D, F>(self, default: D, f: F) -> U where D: FnOnce(E) -> U, F: FnOnce(T) -> U {}
        /// Changes the error and leaves a value as it is.
        pub fn map_err<F, O>(self, op: O) -> Result<T, F> where O: FnOnce(E) -> F {}
        /// Looks at the value if there is one, and hands the result on.
        pub fn inspect<F>(self, f: F) -> Result<T, E> where F: FnOnce(&T) {}
        /// Looks at the error if there is one, and hands the result on.
        pub fn inspect_err<F>(self, f: F) -> Result<T, E> where F: FnOnce(&E) {}
        /// Goes on with what the closure makes of the value, which may fail too.
        pub fn and_then<U, F>(self, op: F) -> Result<U, E> where F: FnOnce(T) -> Result<U, E> {}
        /// `res` if there is a value here, else this error.
        pub fn and<U>(self, res: Result<U, E>) -> Result<U, E> {}
        /// This value, or `res` if there is an error here.
        pub fn or<F>(self, res: Result<T, F>) -> Result<T, F> {}
        /// This value, or what the closure makes of the error, which may fail too.
        pub fn or_else<F, O>(self, op: O) -> Result<T, F> where O: FnOnce(E) -> Result<T, F> {}
        /// The value as an option; an error is dropped.
        pub fn ok(self) -> Option<T> {}
        /// The error as an option; a value is dropped.
        pub fn err(self) -> Option<E> {}
        /// A result that borrows the value or error.
        pub fn as_ref(&self) -> Result<&T, &E> {}
        /// A result that borrows the value or error to change it.
        pub fn as_mut(&mut self) -> Result<&mut T, &mut E> {}
        /// An iterator over no or one value.
        pub fn iter(&self) -> impl Iterator<Item = &T> {}
    }
    impl<T, E> Result<&T, E> {
        /// A result with a copy of the value behind the reference.
        pub fn copied(self) -> Result<T, E> where T: Copy, E: Copy {}
        /// A result with a clone of the value behind the reference.
        pub fn cloned(self) -> Result<T, E> where T: Clone {}
    }
    impl<T, E> Result<Option<T>, E> {
        /// Turns a result of an option into an option of a result.
        pub fn transpose(self) -> Option<Result<T, E>> {}
    }
    impl<T: Clone, E: Clone> Clone for Result<T, E> {}
    impl<T: PartialEq, E: PartialEq> PartialEq for Result<T, E> {}
    impl<T: Debug, E: Debug> Debug for Result<T, E> {}
}

mod truth {
    impl bool {
        /// `Some` of the value if true, else `None`.
        pub fn then_some<T>(self, t: T) -> Option<T> {}
        /// `Some` of what the closure gives if true, else `None`.
        pub fn then<T, F>(self, f: F) -> Option<T> where F: FnOnce() -> T {}
    }
    impl Copy for bool {}
    impl Clone for bool {}
    impl Default for bool {}
    impl PartialEq for bool {}
    impl Ord for bool {}
    impl Display for bool {}
    impl Debug for bool {}
    impl Not for bool {}
}
