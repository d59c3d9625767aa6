//! Points that add up, check by check.

use std::fmt::{self, Arguments, Debug, Display};

use dl_core::display::{MimeBundle, Show};

/// The points of a test cell, added up by [`check!`](crate::check). The cell's last line is `score.total()`: graders read
/// that number as the points that the cell gives.
///
/// ```
/// # use hebb_batch::prelude::*;
/// fn halve(x: f32) -> f32 { if x < 0.0 { x } else { x / 2.0 } }
///
/// let mut score = Score::new();
/// check!(score, 2.0, halve(4.0) == 2.0, "the half of 4 is 2");
/// check!(score, 1.0, halve(-4.0) == -2.0, "negative numbers have halves, too");
/// assert_eq!(score.total(), 2.0); // and printed was: not yet: negative numbers have halves, too (1 point)
/// ```
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Score {
    points: f64,
}

/// Gives points if a condition holds; if not, prints the message for the student, gives none, and goes on.
///
/// `check!(score, points, condition, "message {}", value)`. The message may be left out; then the condition is shown.
/// What else can be said of a failed check is for [`assert!`]: it ends the cell, which then gives no points at all.
///
/// ```
/// # use hebb_batch::prelude::*;
/// let mut score = Score::new();
/// let shape = [2, 3];
/// check!(score, 0.5, shape.len() == 2);
/// check!(score, 0.5, shape[0] == shape[1], "a square was asked for, and this is {} by {}", shape[0], shape[1]);
/// assert_eq!(score.total(), 0.5);
/// ```
#[macro_export]
macro_rules! check {
    ($score:expr, $points:expr, $condition:expr $(,)?) => {
        $crate::check!($score, $points, $condition, "{}", ::core::stringify!($condition))
    };
    ($score:expr, $points:expr, $condition:expr, $($message:tt)+) => {
        match $condition {
            holds => $score.check($points, holds, ::core::format_args!($($message)+)),
        }
    };
}

impl Score {
    /// No points yet.
    pub fn new() -> Score {
        Score::default()
    }

    /// What [`check!`](crate::check) calls.
    ///
    /// # Panics
    /// If `points` is negative or no finite number.
    #[track_caller]
    pub fn check(&mut self, points: f64, holds: bool, message: Arguments<'_>) {
        assert!(
            points.is_finite() && points >= 0.0,
            "check!: {points} points cannot be given\nhint: a check is worth 0 points or more"
        );
        if holds {
            self.points += points;
        } else {
            let unit = if points == 1.0 { "point" } else { "points" };
            // On one line, whatever is shown in it: so it is found again among what else a cell prints.
            let message = message.to_string();
            let message: Vec<&str> = message.split_whitespace().collect();
            println!("not yet: {} ({points} {unit})", message.join(" "));
        }
    }

    /// The points so far. Rounded to a millionth, so that ten tenths are one point and not a little more than there are.
    pub fn total(&self) -> f64 {
        (self.points * 1e6).round() / 1e6
    }
}

impl Display for Score {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.total())
    }
}

/// The bare number, so that a cell that ends with `score` gives its points and not, as any other text would, all of them.
impl Debug for Score {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, formatter)
    }
}

impl Show for Score {
    fn show(&self) -> MimeBundle {
        MimeBundle::text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_add_up_to_what_was_meant() {
        let mut score = Score::new();
        for _ in 0..10 {
            crate::check!(score, 0.1, true);
        }
        crate::check!(score, 5.0, false, "this is no way to get {} points", 5);
        assert_eq!(score.total(), 1.0);
        assert_eq!(
            (
                format!("{score}"),
                format!("{score:?}"),
                score.show().plain().to_owned()
            ),
            ("1.0".into(), "1.0".into(), "1.0".into())
        );
        assert_eq!(format!("{:?}", Score::new()), "0.0");
    }

    #[test]
    fn a_check_that_would_take_points_is_refused() {
        for points in [-1.0, f64::NAN, f64::INFINITY] {
            let refused = std::panic::catch_unwind(|| Score::new().check(points, true, format_args!("")));
            assert!(refused.is_err(), "{points}");
        }
    }
}
