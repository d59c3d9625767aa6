//! How long the parts of a cell took, as `:timing` shows it.

use std::fmt;
use std::time::Duration;

/// The parts of a cell's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Taking it apart.
    pub parse: Duration,
    /// All compilations, with their links; or finding it compiled.
    pub compile: Duration,
    /// Our own calls of the linker. Zero where there is nothing to run, and where the compiler links.
    pub link: Duration,
    /// How often it was compiled; not at all if it was found.
    pub compilations: u32,
    /// Whether it was found in a shared directory.
    pub shared: bool,
    /// Loading and running. Zero where it did not come to that.
    pub run: Duration,
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        write!(f, "parse {:.1} ms, ", milliseconds(self.parse))?;
        let compile = milliseconds(self.compile.saturating_sub(self.link));
        let what = match (self.compilations, self.link.is_zero(), self.run.is_zero()) {
            (0, ..) => "found compiled in",
            // Nobody can tell the two apart.
            (_, true, false) => "compile and link",
            _ => "compile",
        };
        write!(f, "{what} {compile:.1} ms")?;
        if self.compilations > 1 {
            write!(f, " ({} times)", self.compilations)?;
        }
        if !self.link.is_zero() {
            write!(f, ", link {:.1} ms", milliseconds(self.link))?;
        }
        if !self.run.is_zero() {
            write!(f, ", run {:.1} ms", milliseconds(self.run))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_told_apart() {
        let shown = |compilations, [compile, link, run]: [u64; 3]| {
            let timing = Timing {
                parse: Duration::from_micros(230),
                compile: Duration::from_millis(compile),
                link: Duration::from_millis(link),
                compilations,
                run: Duration::from_millis(run),
                ..Timing::default()
            };
            timing.to_string()
        };
        insta::assert_snapshot!(shown(1, [50, 3, 2]), @"parse 0.2 ms, compile 47.0 ms, link 3.0 ms, run 2.0 ms");
        insta::assert_snapshot!(shown(2, [90, 3, 2]), @"parse 0.2 ms, compile 87.0 ms (2 times), link 3.0 ms, run 2.0 ms");
        insta::assert_snapshot!(shown(1, [80, 0, 2]), @"parse 0.2 ms, compile and link 80.0 ms, run 2.0 ms");
        insta::assert_snapshot!(shown(1, [26, 0, 0]), @"parse 0.2 ms, compile 26.0 ms");
        insta::assert_snapshot!(shown(0, [1, 0, 2]), @"parse 0.2 ms, found compiled in 1.0 ms, run 2.0 ms");
    }
}
