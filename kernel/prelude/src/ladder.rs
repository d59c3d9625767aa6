//! How the value of a cell's last expression finds its display, by method resolution.
//!
//! The generated code calls `(&&&&&&Rung(value)).display(|| value.evcxr_display())?`. Each `&` is one rung: the compiler takes the
//! first implementation that fits, from the top: nothing to show, [`Show`], `Result` and `Option` of it, `Debug`, `Display`,
//! no display at all.
//! The closure calls an inherent `evcxr_display` if the type has one, else that of [`NoEvcxrDisplay`].

use std::any::type_name;
use std::fmt::{self, Debug, Write};

use dl_core::display::{MimeBundle, Show};

// By their places beside this file: `kernel/batch` uses it too, with a place of its own for what is shown.
use super::failure::CellFailure;
use super::shown::{note, result};

/// Longest text in bytes that `Debug` may give: more serves nobody, and a list of millions must not hang a browser.
const LONGEST: usize = 64 * 1024;
/// Longest text in characters that is shown on one line although it could be broken.
const WIDE: usize = 100;

/// A value on its way to its display.
pub struct Rung<'a, T: ?Sized>(pub &'a T);

/// What a type without an inherent `evcxr_display` answers.
pub struct Absent;

/// Whether `evcxr_display` was there.
pub trait Answer {
    /// True if the type has shown itself.
    const SHOWN: bool;
}

impl Answer for Absent {
    const SHOWN: bool = false;
}

impl Answer for () {
    const SHOWN: bool = true;
}

/// Stands in for an inherent `evcxr_display`, the Rust notebooks' convention for a type that prints its own rich form.
pub trait NoEvcxrDisplay {
    /// Nothing.
    fn evcxr_display(&self) -> Absent {
        Absent
    }
}

// For references only, so that the method of a trait of the session's is found before this one.
impl<T: ?Sized> NoEvcxrDisplay for &T {}

/// Top rung: values that say nothing.
pub trait Nothing {
    /// Shows nothing.
    fn display<A>(&self, _evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        Ok(())
    }
}

impl Nothing for &&&&&Rung<'_, ()> {}
impl Nothing for &&&&&Rung<'_, &()> {}

/// Second rung: values with a rich form.
pub trait Rich {
    /// Shows it.
    fn display<A>(&self, evcxr: impl FnOnce() -> A) -> Result<(), CellFailure>;
}

impl<T: Show + ?Sized> Rich for &&&&Rung<'_, T> {
    fn display<A>(&self, _evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        rich(self.0);
        Ok(())
    }
}

/// Third rung: rich forms one step inside.
pub trait Wrapped {
    /// Shows what is inside; an `Err` fails the cell.
    fn display<A>(&self, evcxr: impl FnOnce() -> A) -> Result<(), CellFailure>;
}

impl<T: Show + ?Sized> Wrapped for &&&Rung<'_, &T> {
    fn display<A>(&self, _evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        rich(*self.0);
        Ok(())
    }
}

impl<T: Show + ?Sized> Wrapped for &&&Rung<'_, &mut T> {
    fn display<A>(&self, _evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        rich(&**self.0);
        Ok(())
    }
}

impl<T: Show + ?Sized> Wrapped for &&&Rung<'_, Box<T>> {
    fn display<A>(&self, _evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        rich(&**self.0);
        Ok(())
    }
}

impl<T: Show> Wrapped for &&&Rung<'_, Option<T>> {
    fn display<A>(&self, _evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        match self.0 {
            Some(value) => rich(value),
            None => rich(&MimeBundle::text("None")),
        }
        Ok(())
    }
}

impl<T: Show, E: fmt::Display> Wrapped for &&&Rung<'_, Result<T, E>> {
    #[track_caller]
    fn display<A>(&self, _evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        match self.0 {
            Ok(value) => {
                rich(value);
                Ok(())
            }
            Err(error) => Err(CellFailure::from(error.to_string())),
        }
    }
}

/// Fourth rung: values that can be printed with `{:?}`.
pub trait Plain {
    /// Shows the text.
    fn display<A: Answer>(&self, evcxr: impl FnOnce() -> A) -> Result<(), CellFailure>;
}

impl<T: Debug + ?Sized> Plain for &&Rung<'_, T> {
    fn display<A: Answer>(&self, evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        evcxr();
        if !A::SHOWN {
            debug(&self.0);
        }
        Ok(())
    }
}

/// Fifth rung: values that can be printed with `{}` only.
pub trait Written {
    /// Shows the text.
    fn display<A: Answer>(&self, evcxr: impl FnOnce() -> A) -> Result<(), CellFailure>;
}

impl<T: fmt::Display + ?Sized> Written for &Rung<'_, T> {
    fn display<A: Answer>(&self, evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        evcxr();
        if !A::SHOWN {
            written(&self.0);
        }
        Ok(())
    }
}

/// Lowest rung: values that nothing can show.
pub trait Mute {
    /// Says so.
    fn display<A: Answer>(&self, evcxr: impl FnOnce() -> A) -> Result<(), CellFailure>;
}

impl<T: ?Sized> Mute for Rung<'_, T> {
    fn display<A: Answer>(&self, evcxr: impl FnOnce() -> A) -> Result<(), CellFailure> {
        evcxr();
        if !A::SHOWN {
            no_display(type_name::<T>());
        }
        Ok(())
    }
}

/// Shows a value whose type the compiler finds out only behind this call, too late for a choice among rungs.
pub fn plain<T: Debug>(value: &T) {
    debug(value);
}

fn rich<T: Show + ?Sized>(value: &T) {
    result(&value.show());
}

fn no_display(type_name: &str) {
    note(&format!(
        "the value has the type {type_name}, which has no display\nhint: write #[derive(Debug)] above the type's definition"
    ));
}

/// Not generic: every cell compiles its own copy of what is.
fn debug(value: &dyn Debug) {
    result(&MimeBundle::text(debug_text(value)));
}

fn written(value: &dyn fmt::Display) {
    result(&MimeBundle::text(limited(format_args!("{value}"))));
}

/// The `Debug` text: on one line while it is short, broken at every field when it is long and has fields.
fn debug_text(value: &dyn Debug) -> String {
    let short = limited(format_args!("{value:?}"));
    if short.chars().count() > WIDE && short.contains('{') {
        limited(format_args!("{value:#?}"))
    } else {
        short
    }
}

/// Formats, and stops when the text is too long.
fn limited(arguments: fmt::Arguments<'_>) -> String {
    let mut text = Limited(String::new());
    // An error means that the text was cut, or that a `Debug` of the user's gave up: what there is, is shown.
    if text.write_fmt(arguments).is_err() {
        text.0.push_str(" ... (cut)");
    }
    text.0
}

struct Limited(String);

impl Write for Limited {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = LONGEST - self.0.len();
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_text_is_broken_only_when_it_is_long_and_has_fields() {
        #[derive(Debug)]
        #[allow(dead_code)]
        struct Point {
            x: f64,
            name: &'static str,
        }
        let rows: [(&dyn Debug, &str); 5] = [
            (&0.5_f64, "0.5"),
            (&1.0_f32, "1.0"),
            (&"é\n", "\"é\\n\""),
            (&Point { x: 1.5, name: "a" }, "Point { x: 1.5, name: \"a\" }"),
            (&[1; 3], "[1, 1, 1]"),
        ];
        for (value, text) in rows {
            assert_eq!(debug_text(value), text);
        }
        let long = [Point { x: 1.5, name: "a" }, Point { x: 2.5, name: "b" }];
        assert!(debug_text(&[&long[0]; 6]).lines().count() > 6);
        assert_eq!(debug_text(&[7; 1000]).lines().count(), 1);
    }

    #[test]
    fn an_endless_text_is_cut_between_characters() {
        let text = debug_text(&"é".repeat(LONGEST));
        assert!(text.ends_with("é ... (cut)"), "{}", &text[text.len() - 20..]);
        assert!(text.len() <= LONGEST + " ... (cut)".len());
    }
}
