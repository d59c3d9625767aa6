//! What every cell sees of the standard library, its macros and its basic traits.
//!
//! The files of this folder declare what learners meet of the standard library, with its real signatures and a word of our own
//! about each name. They are read as data, never compiled: bodies are empty, and an iterator's type is written
//! `impl Iterator<Item = T>`, whatever its name is. A test has the compiler check every declaration against the real one.

pub mod prelude {
    pub use std::vec::Vec;
    pub use std::string::{String, ToString};
    pub use std::option::Option;
    pub use std::option::Option::{Some, None};
    pub use std::result::Result;
    pub use std::result::Result::{Ok, Err};
    pub use std::boxed::Box;
    pub use std::borrow::ToOwned;
    pub use std::clone::Clone;
    pub use std::cmp::{PartialEq, Eq, PartialOrd, Ord};
    pub use std::default::Default;
    pub use std::iter::{Iterator, DoubleEndedIterator, ExactSizeIterator, IntoIterator, FromIterator, Extend};
    pub use std::convert::{From, Into, TryFrom, TryInto, AsRef};
    pub use std::ops::{Fn, FnMut, FnOnce, Drop};
    pub use std::marker::{Copy, Send, Sync, Sized};
    pub use std::mem::drop;
}

mod macros {
    /// Prints a line: `println!("{x} and {:.2}", y)`.
    #[macro_export] macro_rules! println { () => {} }
    /// Prints text without ending the line.
    #[macro_export] macro_rules! print { () => {} }
    /// Prints a line on standard error, which a notebook shows in red.
    #[macro_export] macro_rules! eprintln { () => {} }
    /// Prints text on standard error without ending the line.
    #[macro_export] macro_rules! eprint { () => {} }
    /// Makes a `String`: `format!("{x:>8.3}")`.
    #[macro_export] macro_rules! format { () => {} }
    /// Makes a `Vec`: `vec![1, 2, 3]`, or `vec![0.0; 10]` for ten times 0.
    #[macro_export] macro_rules! vec { () => {} }
    /// Panics unless the condition holds: `assert!(x > 0, "x is {x}")`.
    #[macro_export] macro_rules! assert { () => {} }
    /// Panics unless both sides are equal, and shows them.
    #[macro_export] macro_rules! assert_eq { () => {} }
    /// Panics if both sides are equal, and shows them.
    #[macro_export] macro_rules! assert_ne { () => {} }
    /// Panics unless the condition holds, as long as the program is not optimised for release.
    #[macro_export] macro_rules! debug_assert { () => {} }
    /// Ends the cell with a message.
    #[macro_export] macro_rules! panic { () => {} }
    /// Prints an expression with its value on standard error, and gives the value back.
    #[macro_export] macro_rules! dbg { () => {} }
    /// True if a value has the shape of a pattern: `matches!(x, Some(_))`.
    #[macro_export] macro_rules! matches { () => {} }
    /// Stands for code that is not written yet; panics when it is reached.
    #[macro_export] macro_rules! todo { () => {} }
    /// Stands for code that is left out on purpose; panics when it is reached.
    #[macro_export] macro_rules! unimplemented { () => {} }
    /// Marks code that cannot be reached; panics if it is.
    #[macro_export] macro_rules! unreachable { () => {} }
    /// Writes formatted text to a `String`, file or other writer.
    #[macro_export] macro_rules! write { () => {} }
    /// Writes formatted text and ends the line.
    #[macro_export] macro_rules! writeln { () => {} }
    /// The text of a file, read when the cell is compiled.
    #[macro_export] macro_rules! include_str { () => {} }
    /// Several texts as one, joined when the cell is compiled.
    #[macro_export] macro_rules! concat { () => {} }
    /// The text of an expression.
    #[macro_export] macro_rules! stringify { () => {} }
}

pub mod ops {
    /// What can be called.
    pub trait Fn<Args> {}
    /// What can be called and may change what it captured.
    pub trait FnMut<Args> {}
    /// What can be called once.
    pub trait FnOnce<Args> {}
    /// What runs when a value's life ends: its `fn drop(&mut self)`.
    pub trait Drop {}
    /// The operator `+`.
    pub trait Add<Rhs> {
        type Output;
        /// `self + rhs`
        fn add(self, rhs: Rhs) -> Self::Output;
    }
    /// The operator `-` between two values.
    pub trait Sub<Rhs> {
        type Output;
        /// `self - rhs`
        fn sub(self, rhs: Rhs) -> Self::Output;
    }
    /// The operator `*` between two values.
    pub trait Mul<Rhs> {
        type Output;
        /// `self * rhs`
        fn mul(self, rhs: Rhs) -> Self::Output;
    }
    /// The operator `/`.
    pub trait Div<Rhs> {
        type Output;
        /// `self / rhs`
        fn div(self, rhs: Rhs) -> Self::Output;
    }
    /// The operator `-` before a value.
    pub trait Neg {
        type Output;
        /// `-self`
        fn neg(self) -> Self::Output;
    }
    /// The operator `!`.
    pub trait Not {
        type Output;
        /// `!self`
        fn not(self) -> Self::Output;
    }
    /// The operator `+=`.
    pub trait AddAssign<Rhs> {
        /// `self += rhs`
        fn add_assign(&mut self, rhs: Rhs);
    }
    /// Reading with `[]`.
    pub trait Index<Idx> {
        type Output;
        /// `&self[index]`
        fn index(&self, index: Idx) -> &Self::Output;
    }
    /// Changing with `[]`.
    pub trait IndexMut<Idx> {}
    /// What `*` gives.
    pub trait Deref {
        type Target;
        /// What `*` gives, borrowed.
        fn deref(&self) -> &Self::Target;
    }
}

pub mod clone {
    /// Values of which a copy can be made with `clone()`.
    pub trait Clone {
        /// A copy of the value.
        fn clone(&self) -> Self;
    }
}
pub mod default {
    /// Types with a natural first value: 0, an empty text, an empty list.
    pub trait Default {
        /// The first value.
        fn default() -> Self;
    }
}
pub mod cmp {
    /// Values that `==` and `!=` compare.
    pub trait PartialEq {
        /// `self == other`
        fn eq(&self, other: &Self) -> bool;
        /// `self != other`
        fn ne(&self, other: &Self) -> bool;
    }
    /// Values that equal themselves, as floats do not: NaN differs from NaN.
    pub trait Eq: PartialEq {}
    /// Values that `<`, `<=`, `>` and `>=` compare.
    pub trait PartialOrd: PartialEq {
        /// Which is larger; `None` if that cannot be said, as for NaN.
        fn partial_cmp(&self, other: &Self) -> Option<Ordering>;
    }
    /// Values that are all in one order.
    pub trait Ord: PartialOrd {
        /// Which is larger.
        fn cmp(&self, other: &Self) -> Ordering;
        /// The larger of both.
        fn max(self, other: Self) -> Self;
        /// The smaller of both.
        fn min(self, other: Self) -> Self;
        /// The value, kept between two limits.
        fn clamp(self, min: Self, max: Self) -> Self;
    }
    /// The result of a comparison.
    pub enum Ordering {
        /// The first is smaller.
        Less,
        /// Both are equal.
        Equal,
        /// The first is larger.
        Greater,
    }
    impl Ordering {
        /// The other way round: sorts from large to small.
        pub fn reverse(self) -> Ordering {}
        /// This result, or `other` if both were equal: sorts by a second key.
        pub fn then(self, other: Ordering) -> Ordering {}
        /// This result, or what the closure gives if both were equal.
        pub fn then_with<F>(self, f: F) -> Ordering where F: FnOnce() -> Ordering {}
        /// True for `Less`.
        pub fn is_lt(self) -> bool {}
        /// True for `Greater`.
        pub fn is_gt(self) -> bool {}
        /// True for `Equal`.
        pub fn is_eq(self) -> bool {}
    }
    impl Copy for Ordering {}
    impl Clone for Ordering {}
    impl Debug for Ordering {}
    /// Turns the order of a key round: `v.sort_by_key(|x| Reverse(*x))`.
    pub struct Reverse<T>(
        /// The value.
        pub T,
    );
    /// The larger of two values.
    pub fn max<T: Ord>(v1: T, v2: T) -> T {}
    /// The smaller of two values.
    pub fn min<T: Ord>(v1: T, v2: T) -> T {}
}
pub mod convert {
    /// Values made from others without loss: `f64::from(1.5_f32)`, `String::from("a")`.
    pub trait From<T> {
        /// Makes the value.
        fn from(value: T) -> Self;
    }
    /// Values that become others: the other side of `From`.
    pub trait Into<T> {
        /// The value as another type.
        fn into(self) -> T;
    }
    /// Values made from others, if they fit: `u8::try_from(300)` fails.
    pub trait TryFrom<T> {
        type Error;
        /// Makes the value, if it fits.
        fn try_from(value: T) -> Result<Self, Self::Error>;
    }
    /// Values that become others, if they fit.
    pub trait TryInto<T> {
        type Error;
        /// The value as another type, if it fits.
        fn try_into(self) -> Result<T, Self::Error>;
    }
    /// Cheap references to another type.
    pub trait AsRef<T> {
        /// A reference of the other type.
        fn as_ref(&self) -> &T;
    }
}
pub mod marker {
    /// Values that are copied instead of moved.
    pub trait Copy {}
    /// Values that may move to another thread.
    pub trait Send {}
    /// Values that several threads may look at.
    pub trait Sync {}
    /// Types whose size is known when the program is compiled.
    pub trait Sized {}
    /// Stands for a type that is not stored.
    pub struct PhantomData<T> {}
}
pub mod mem {
    /// Ends a value's life now.
    pub fn drop<T>(x: T) {}
    /// Exchanges two values.
    pub fn swap<T>(x: &mut T, y: &mut T) {}
    /// Puts a new value in place and gives the old one.
    pub fn replace<T>(dest: &mut T, src: T) -> T {}
    /// Takes the value and leaves the type's default.
    pub fn take<T: Default>(dest: &mut T) -> T {}
    /// The size of a type in bytes.
    pub fn size_of<T>() -> usize {}
    /// The size of a value in bytes, without what it holds on the heap.
    pub fn size_of_val<T>(val: &T) -> usize {}
}
pub mod fmt {
    /// Shown by `{}`.
    pub trait Display: ToString {
        /// Writes the value as `{}` shows it.
        fn fmt(&self, f: &mut Formatter<'_>) -> Result<(), Error>;
    }
    /// Shown by `{:?}`; `#[derive(Debug)]` makes it.
    pub trait Debug {
        /// Writes the value as `{:?}` shows it.
        fn fmt(&self, f: &mut Formatter<'_>) -> Result<(), Error>;
    }
    /// Where formatted text goes.
    pub struct Formatter<'a> {}
    impl<'a> Formatter<'a> {
        /// Writes text.
        pub fn write_str(&mut self, data: &str) -> Result<(), Error> {}
        /// The number of digits asked for: 2 in `{:.2}`.
        pub fn precision(&self) -> Option<usize> {}
    }
    /// The result of formatting.
    pub type Result = std::result::Result<(), Error>;
    /// Why formatting failed.
    pub struct Error {}
}
pub mod hash {
    /// Values that can be keys of a `HashMap`.
    pub trait Hash {}
}
pub mod error {
    /// What every error can do.
    pub trait Error: Display + Debug {
        /// The error behind this one.
        fn source(&self) -> Option<&(dyn Error + 'static)>;
    }
}
pub mod any {
    /// The name of a type, for looking at.
    pub fn type_name<T>() -> &'static str {}
    /// The name of a value's type, for looking at.
    pub fn type_name_of_val<T>(val: &T) -> &'static str {}
}
pub mod hint {
    /// Keeps the compiler from leaving a value out: for measuring time.
    pub fn black_box<T>(dummy: T) -> T {}
}
