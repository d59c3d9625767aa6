//! Random cases for tests: the same for every student and every run, and none of the notebook's own random numbers.
//!
//! The generator is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): small, and the same
//! everywhere. It is not for training, which draws from dl-core's.

use std::ops::Range;

use dl_core::Tensor;

/// What SplitMix64 adds in each step: the golden ratio of 2 to the 64.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// `count` random cases. The same `seed` gives the same cases; [`seed`](dl_core::seed) has no part in it, and what a student's
/// code draws does not change them.
///
/// ```
/// # use hebb_batch::prelude::*;
/// fn mean(x: &Tensor) -> f32 { x.mean().item() }
///
/// for mut case in cases(7, 20) {
///     let n = case.whole(1..10);
///     let x = case.tensor([n]);
///     let expected = x.to_vec().iter().sum::<f32>() / n as f32;
///     assert!((mean(&x) - expected).abs() < 1e-5, "the mean of {x}");
/// }
/// ```
pub fn cases(seed: u64, count: usize) -> Cases {
    Cases {
        generator: Case { state: seed },
        left: count,
    }
}

/// The cases of [`cases`], one after another.
///
/// ```
/// # use hebb_batch::prelude::*;
/// assert_eq!(cases(1, 3).len(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct Cases {
    generator: Case,
    left: usize,
}

impl Iterator for Cases {
    type Item = Case;

    fn next(&mut self) -> Option<Case> {
        self.left = self.left.checked_sub(1)?;
        let state = self.generator.next();
        Some(Case { state })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Cases {}

/// One case: a source of random numbers of its own.
///
/// ```
/// # use hebb_batch::prelude::*;
/// let mut case = cases(1, 1).next().unwrap();
/// let size = case.whole(2..5);
/// let chance = case.uniform(0.0, 1.0);
/// let word = case.pick(&["red", "green"]);
/// assert!((2..5).contains(&size) && (0.0..1.0).contains(&chance) && ["red", "green"].contains(word));
/// assert_eq!(case.tensor([size, 2]).shape(), [size, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct Case {
    state: u64,
}

impl Case {
    /// A number from `low` up to, but without, `high`.
    ///
    /// # Panics
    /// If `low` is not less than `high`, or their distance is no finite number.
    #[track_caller]
    pub fn uniform(&mut self, low: f32, high: f32) -> f32 {
        assert!(
            low < high && (high - low).is_finite(),
            "uniform: from {low} to {high}\nhint: the smaller number comes first"
        );
        // 24 bits are all that an f32 holds; rounding takes some sums up to `high` itself.
        let share = (self.next() >> 40) as f32 / (1u32 << 24) as f32;
        (low + (high - low) * share).min(high.next_down()).max(low)
    }

    /// A whole number of a range.
    ///
    /// # Panics
    /// If the range is empty.
    #[track_caller]
    pub fn whole(&mut self, range: Range<usize>) -> usize {
        assert!(
            range.start < range.end,
            "whole: {range:?} has no number\nhint: the smaller number comes first, and the second is not among them"
        );
        let size = (range.end - range.start) as u128;
        // The upper half of the product: no number is more likely than another by more than 2 to the -64.
        let place = (u128::from(self.next()) * size) >> 64;
        range.start + place as usize
    }

    /// A tensor of this shape with numbers from -1 up to, but without, 1.
    pub fn tensor(&mut self, shape: impl AsRef<[usize]>) -> Tensor {
        let shape = shape.as_ref();
        let numbers = (0..shape.iter().product()).map(|_| self.uniform(-1.0, 1.0));
        Tensor::from_vec(numbers.collect(), shape)
    }

    /// One of these.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        assert!(!from.is_empty(), "pick: there is nothing to pick from");
        &from[self.whole(0..from.len())]
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first numbers of the authors' own program for the seed 1234567.
        let mut case = Case { state: 1_234_567 };
        let drawn: Vec<u64> = (0..3).map(|_| case.next()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_cases_and_each_is_another() {
        let drawn = |seed| -> Vec<Vec<f32>> {
            cases(seed, 50)
                .map(|mut case| case.tensor([2, 3]).to_vec())
                .collect()
        };
        let first = drawn(7);
        dl_core::seed(1);
        let _ = Tensor::randn([5]);
        assert_eq!(first, drawn(7));
        assert_ne!(first, drawn(8));
        assert!(first.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(cases(7, 0).count(), 0);
    }

    #[test]
    fn numbers_are_where_they_should_be_and_everywhere_there() {
        let mut met = [0; 4];
        let (mut least, mut most) = (f32::MAX, f32::MIN);
        for mut case in cases(3, 4000) {
            met[case.whole(2..6) - 2] += 1;
            let number = case.uniform(-2.0, 3.0);
            assert!((-2.0..3.0).contains(&number));
            (least, most) = (least.min(number), most.max(number));
        }
        assert!(met.iter().all(|count| (850..1150).contains(count)), "{met:?}");
        assert!(least < -1.9 && most > 2.9);
        let refused = [
            std::panic::catch_unwind(|| _ = Case { state: 1 }.whole(3..3)),
            std::panic::catch_unwind(|| _ = Case { state: 1 }.uniform(1.0, 1.0)),
            std::panic::catch_unwind(|| _ = Case { state: 1 }.uniform(f32::MIN, f32::MAX)),
            std::panic::catch_unwind(|| _ = Case { state: 1 }.pick::<i32>(&[])),
        ];
        assert!(refused.iter().all(Result::is_err));
    }
}
