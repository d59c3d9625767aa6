//! Which colour stands for which number, and the bar beside a picture that tells it.

use super::axes::extent;
use super::card::{Card, NOTE, number};
use super::palette::{Color, signed, viridis};
use super::picture::Picture;

/// The colour of what is not a number, or has no bounds.
const NOT_A_NUMBER: Color = [0xd0, 0x00, 0x50];

/// The colours of the numbers from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// From dark to bright.
    Rising { low: f64, high: f64 },
    /// From blue over white, which is 0, to orange: up to `reach` on both sides.
    Signed { reach: f64 },
}

impl Scale {
    /// From the lowest to the highest finite value, dark to bright.
    pub(super) fn rising(values: &[f32]) -> Scale {
        let (low, high) = extent(values.iter().copied().map(f64::from)).unwrap_or((0.0, 0.0));
        Scale::Rising { low, high }
    }

    /// As far as the finite value that is farthest from 0, which is white.
    pub(super) fn signed(values: &[f32]) -> Scale {
        let (low, high) = extent(values.iter().copied().map(f64::from)).unwrap_or((0.0, 0.0));
        Scale::Signed {
            reach: high.max(-low),
        }
    }

    /// The numbers at both ends.
    pub(super) fn ends(&self) -> [f64; 2] {
        match *self {
            Scale::Rising { low, high } => [low, high],
            Scale::Signed { reach } => [-reach, reach],
        }
    }

    /// The colour of a number.
    pub(super) fn color(&self, value: f64) -> Color {
        match *self {
            _ if !value.is_finite() => NOT_A_NUMBER,
            Scale::Rising { low, high } if high > low => viridis(((value - low) / (high - low)) as f32),
            Scale::Rising { .. } => viridis(0.5),
            Scale::Signed { reach } if reach > 0.0 => signed((value / reach) as f32),
            Scale::Signed { .. } => signed(0.0),
        }
    }

    /// The colours from the highest, at the top, to the lowest, with their numbers.
    pub(super) fn bar(&self, card: &mut Card, place: [f64; 4]) {
        const STEPS: usize = 64;
        let [low, high] = self.ends();
        let span = high - low;
        let value_at = |share: f64| {
            let value = high - span * share;
            // What is nothing beside the rest is 0 to a reader.
            if value.abs() < 1e-6 * span { 0.0 } else { value }
        };
        let mut picture = Picture::new(1, STEPS, [0; 3]);
        for step in 0..STEPS {
            let share = step as f64 / (STEPS - 1) as f64;
            // A scale of a single number has the colours of all shares all the same.
            let color = match *self {
                Scale::Rising { .. } => viridis(1.0 - share as f32),
                Scale::Signed { .. } => signed(1.0 - 2.0 * share as f32),
            };
            picture.set(0, step, color);
        }
        let [x, y, width, height] = place;
        card.image(place, &picture.png(), true);
        for share in [0.0, 0.5, 1.0] {
            let base = y + share * (height - 10.0) + 10.0;
            card.text(x + width + 7.0, base, NOTE, &number(value_at(share)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_colour_of_their_share() {
        let rising = Scale::rising(&[-1.0, f32::NAN, 3.0, f32::INFINITY]);
        assert_eq!(rising.ends(), [-1.0, 3.0]);
        assert_eq!(
            (rising.color(-1.0), rising.color(3.0)),
            (viridis(0.0), viridis(1.0))
        );
        let signed = Scale::signed(&[-4.0, 2.0]);
        assert_eq!(signed.ends(), [-4.0, 4.0]);
        assert_eq!(
            (signed.color(0.0), signed.color(-4.0)),
            ([255; 3], [0x00, 0x72, 0xb2])
        );
        assert_eq!(rising.color(f64::NAN), NOT_A_NUMBER);
        assert_eq!(Scale::signed(&[0.0]).color(0.0), [255; 3]);
    }
}
