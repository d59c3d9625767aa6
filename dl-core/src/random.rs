//! The one random generator of the process: initialisers, `randn`, shuffles and dropout all draw from it, so that one
//! [`seed`] makes a whole notebook repeatable. A static, because a cell cannot hand a generator from cell to cell.
//!
//! Xoshiro256++: fast, and the same seed gives the same numbers on every machine and with every release.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use std::sync::{Mutex, MutexGuard, PoisonError};

static GENERATOR: Mutex<Option<Xoshiro256PlusPlus>> = Mutex::new(None);

/// Starts the sequence of random numbers anew: the same `number` gives the same weights, shuffles and masks.
/// Without a call the sequence differs from run to run.
///
/// Everything that draws goes on in this one sequence: [`Tensor::randn`](crate::Tensor::randn) and
/// [`uniform`](crate::Tensor::uniform), initialisers (when a layer is added to a model), the order of samples in each epoch,
/// dropout and augmentation in each step, generated data sets, [`Dataset::split`](crate::data::Dataset::split) and `shuffle`,
/// and [`sample_token`](crate::data::sample_token). So a program that calls `seed` first and then does the same things in the
/// same order finds the same losses and weights to the last digit, on the same kind of processor and with the same
/// [number of threads](crate::set_threads): sums are shared among threads, and the order of additions decides over the last
/// digits. Of two threads that compute or draw at the same time, neither is repeatable.
///
/// ```
/// use dl_core::prelude::*;
/// seed(42);
/// let first = Tensor::randn([3]);
/// seed(42);
/// assert_eq!(first, Tensor::randn([3]));
/// ```
pub fn seed(number: u64) {
    *lock() = Some(Xoshiro256PlusPlus::seed_from_u64(number));
}

/// Overwrites with numbers uniform in [`low`, `high`); with `low` where both are equal. Their distance is a finite number.
pub(crate) fn fill_uniform(numbers: &mut [f32], low: f32, high: f32) {
    // Rounding takes some sums up to `high` itself, which is not among the numbers.
    let most = high.next_down().max(low);
    with_generator(|generator| {
        numbers
            .iter_mut()
            .for_each(|number| *number = (low + (high - low) * generator.random::<f32>()).min(most));
    });
}

/// Overwrites with numbers from the normal distribution of mean 0 and variance 1 (Marsaglia's polar method).
pub(crate) fn fill_normal(numbers: &mut [f32]) {
    with_generator(|generator| {
        for pair in numbers.chunks_mut(2) {
            let (first, second) = normal_pair(generator);
            pair.iter_mut()
                .zip([first, second])
                .for_each(|(number, drawn)| *number = drawn);
        }
    });
}

/// Overwrites with numbers from the normal distribution of mean 0 and variance 1, drawn again while farther than 2 from
/// 0.
pub(crate) fn fill_truncated_normal(numbers: &mut [f32]) {
    with_generator(|generator| {
        let mut drawn = std::iter::repeat_with(|| normal_pair(generator))
            .flat_map(|(first, second)| [first, second])
            .filter(|number| number.abs() <= 2.0);
        numbers.fill_with(|| drawn.next().expect("there is always another"));
    });
}

/// From which many random decisions follow elsewhere.
pub(crate) fn key() -> u64 {
    with_generator(RngExt::random)
}

/// The numbers 0 to `count` - 1 in random order (Fisher and Yates).
pub(crate) fn permutation(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    with_generator(|generator| {
        for last in (1..count).rev() {
            order.swap(last, generator.random_range(0..=last));
        }
    });
    order
}

/// Runs a computation that draws, and lets the generator go on as if it had not: looking at a model must not change what
/// it learns next.
pub(crate) fn undisturbed<T>(compute: impl FnOnce() -> T) -> T {
    let before = lock().clone();
    let computed = compute();
    *lock() = before;
    computed
}

/// Two numbers from the normal distribution of mean 0 and variance 1, from any generator.
pub(crate) fn normal_pair(generator: &mut Xoshiro256PlusPlus) -> (f32, f32) {
    loop {
        let (u, v): (f64, f64) = (
            generator.random_range(-1.0..1.0),
            generator.random_range(-1.0..1.0),
        );
        let s = u * u + v * v;
        if s > 0.0 && s < 1.0 {
            let factor = (-2.0 * s.ln() / s).sqrt();
            return ((u * factor) as f32, (v * factor) as f32);
        }
    }
}

fn with_generator<T>(draw: impl FnOnce(&mut Xoshiro256PlusPlus) -> T) -> T {
    let mut guard = lock();
    draw(guard.get_or_insert_with(|| {
        // Every HashMap hasher starts from fresh system randomness: enough for a seed that differs from run to run.
        use std::hash::{BuildHasher, RandomState};
        Xoshiro256PlusPlus::seed_from_u64(RandomState::new().hash_one(std::process::id()))
    }))
}

/// A panic while drawing leaves the generator whole: take it as it is.
fn lock() -> MutexGuard<'static, Option<Xoshiro256PlusPlus>> {
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}
