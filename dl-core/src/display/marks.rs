//! Where the marks of an axis stand and what they say, on a scale of equal steps and on one of equal factors. They are drawn
//! in `axes`.

use std::ops::Range;

use plotters::coord::ranged1d::{BoldPoints, DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;

use super::card::number;

/// With so many powers of ten on an axis nothing need be said between them.
const ENOUGH_POWERS: usize = 3;
/// Doublings that are told one by one.
const MOST_DOUBLINGS: usize = 12;

/// What the marks on an axis say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Marks {
    Numbers,
    /// The axis counts something: only whole numbers.
    Counts,
    /// Places are powers of ten: the numbers that they make.
    Powers,
    /// Places are powers of ten: numbers of which each is twice the one before.
    Doublings,
}

impl Marks {
    /// Of both axes, where nothing is special.
    pub(super) const PLAIN: [Marks; 2] = [Marks::Numbers; 2];
    /// Of curves over epochs.
    pub(super) const OVER_EPOCHS: [Marks; 2] = [Marks::Counts, Marks::Numbers];

    /// The axis from `low` to `high` with some `count` of these marks, for plotters.
    pub(super) fn scale(self, (low, high): (f64, f64), count: usize) -> Scale {
        Scale {
            range: RangedCoordf64::from(low..high),
            places: self.places((low, high), count),
        }
    }

    /// Where the marks stand from `low` to `high`: some `count` of them.
    fn places(self, (low, high): (f64, f64), count: usize) -> Vec<f64> {
        match self {
            Marks::Numbers | Marks::Counts => even((low, high), count),
            Marks::Powers => powers((low, high), count),
            Marks::Doublings => multiples((low, high), 2f64.log10(), MOST_DOUBLINGS),
        }
    }

    /// What the mark at this place says; nothing where only whole numbers are told.
    pub(super) fn word(self, place: f64, (low, high): (f64, f64)) -> String {
        match self {
            Marks::Counts if place.fract() != 0.0 => String::new(),
            // What should be 0 but is off by rounding is 0.
            Marks::Numbers | Marks::Counts if place.abs() < 1e-9 * (high - low) => number(0.0),
            _ => number(self.number(place)),
        }
    }

    /// The number that belongs to a place.
    pub(super) fn number(self, place: f64) -> f64 {
        if self.are_logarithmic() {
            10f64.powf(place).clamp(f64::MIN_POSITIVE, f64::MAX)
        } else {
            place
        }
    }

    /// Whether equal distances are equal factors.
    pub(super) fn are_logarithmic(self) -> bool {
        matches!(self, Marks::Powers | Marks::Doublings)
    }
}

/// An axis with marks at these places.
pub(super) struct Scale {
    range: RangedCoordf64,
    places: Vec<f64>,
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.range.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Plotters asks for lines between the marks too; there are none.
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.places.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.range.range()
    }
}

/// Round numbers at equal distances.
fn even((low, high): (f64, f64), count: usize) -> Vec<f64> {
    RangedCoordf64::from(low..high).key_points(BoldPoints(count))
}

/// Whole powers of ten; where there are few, 2 and 5 times these as well; where there are hardly any, round numbers.
fn powers(range: (f64, f64), count: usize) -> Vec<f64> {
    let whole = multiples(range, 1.0, count);
    if whole.len() >= ENOUGH_POWERS {
        return whole;
    }
    let (low, high) = range;
    let (first, last) = (low.floor() as i32, high.floor() as i32);
    let between: Vec<f64> = (first..=last)
        .flat_map(|power| [1f64, 2.0, 5.0].map(|times| f64::from(power) + times.log10()))
        .filter(|place| (low..=high).contains(place))
        .collect();
    if between.len() >= ENOUGH_POWERS {
        return between;
    }
    let round = even((10f64.powf(low), 10f64.powf(high)), count);
    let places = round.into_iter().map(f64::log10);
    places.filter(|place| (low..=high).contains(place)).collect()
}

/// The multiples of `step` in the range; only each second or third and so on, if there were more than `most`.
fn multiples((low, high): (f64, f64), step: f64, most: usize) -> Vec<f64> {
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    let count = usize::try_from(last - first + 1).unwrap_or(0);
    let every = count.div_ceil(most.max(1)).max(1) as i64;
    (first..=last)
        .filter(|multiple| multiple.rem_euclid(every) == 0)
        .map(|multiple| multiple as f64 * step)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(marks: Marks, low: f64, high: f64) -> String {
        let range = match marks.are_logarithmic() {
            true => (low.log10(), high.log10()),
            false => (low, high),
        };
        let places = marks.places(range, 7);
        let inside = |place: &f64| (range.0..=range.1).contains(place);
        assert!(places.iter().all(inside), "{places:?} in {range:?}");
        let words: Vec<String> = places.iter().map(|&place| marks.word(place, range)).collect();
        words.join(" ")
    }

    #[test]
    fn marks_are_round_numbers() {
        insta::assert_snapshot!(words(Marks::Numbers, -0.3, 1.1), @"-0.2 0 0.2 0.4 0.6 0.8 1");
        insta::assert_snapshot!(words(Marks::Counts, 0.0, 3.1), @"0  1  2  3");
        insta::assert_snapshot!(words(Marks::Powers, 3.0, 2e5), @"10 100 1000 10000 100000");
        insta::assert_snapshot!(words(Marks::Powers, 1e-6, 30.0), @"1e-6 0.0001 0.01 1");
        insta::assert_snapshot!(words(Marks::Powers, 1e-300, 1e300), @"1e-258 1e-172 1e-86 1 1e86 1e172 1e258");
        insta::assert_snapshot!(words(Marks::Powers, 7.0, 230.0), @"10 20 50 100 200");
        insta::assert_snapshot!(words(Marks::Powers, 1.1, 1.4), @"1.1 1.15 1.2 1.25 1.3 1.35");
        insta::assert_snapshot!(words(Marks::Doublings, 7.0, 2300.0), @"8 16 32 64 128 256 512 1024 2048");
        insta::assert_snapshot!(words(Marks::Doublings, 0.9, 3e6), @"1 4 16 64 256 1024 4096 16384 65536 262144 1.049e6");
    }
}
