//! What a graphics card computes is what the CPU computes: shapes of all sizes, layers, losses, optimizers, whole models. The
//! operations one by one, with their tolerances, are checked with the derivatives; here it is about sizes and about what
//! works together. Without a card each test says that it skips.

mod devices;
mod failures;
mod layers;
#[path = "../layers_on_images/mod.rs"]
mod layers_on_images;
mod machine;
mod models;
mod shapes;

use dl_core::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by tests that draw: the generator is the process's.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Compares the results of `f` on every card with those on the CPU: each may be this share of the largest number of its
/// result away. NaN stands where NaN stands.
#[track_caller]
fn agree(what: &str, tolerance: f32, f: impl Fn(Device) -> Vec<Tensor>) {
    let expected = f(Device::cpu());
    for &card in devices::cards() {
        let found = f(card);
        assert_eq!(
            found.len(),
            expected.len(),
            "{what} on {card}: the number of results"
        );
        for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let place = format!(
                "{what} on {card}, result {number} of shape {:?}",
                expected.shape()
            );
            assert_eq!(found.device(), card, "{place}");
            assert_eq!(found.shape(), expected.shape(), "{place}");
            let (found, expected) = (found.to_vec(), expected.to_vec());
            let largest = expected
                .iter()
                .filter(|number| number.is_finite())
                .fold(1.0_f32, |most, number| most.max(number.abs()));
            for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let same = found == expected || (found.is_nan() && expected.is_nan());
                assert!(
                    same || (found - expected).abs() <= tolerance * largest,
                    "{place}, element {i}: {found}, but the CPU says {expected}"
                );
            }
        }
    }
}

/// The value of `f` and its gradient for each input, from inputs that are moved to the device.
fn with_gradients(device: Device, inputs: &[Tensor], f: &dyn Fn(&[Tensor]) -> Tensor) -> Vec<Tensor> {
    let tracked: Vec<Tensor> = inputs.iter().map(|input| input.to(device).track()).collect();
    let y = f(&tracked);
    // Uneven weights, so that no element's gradient hides behind another's.
    let weights = whole_numbers(y.shape(), 5).to(device) * 0.25 + 1.5;
    let gradients = (&y * weights).sum().backward();
    let gradients = tracked.iter().map(|input| gradients.of(input));
    std::iter::once(y.detach()).chain(gradients).collect()
}

/// Whole numbers from -8 to 8 that look drawn: sums of them are exact in any order.
fn whole_numbers(shape: &[usize], number: u64) -> Tensor {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(number + 1);
    let values = (0..shape.iter().product::<usize>()).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 33) % 17) as f32 - 8.0
    });
    Tensor::from_vec(values.collect(), shape)
}
