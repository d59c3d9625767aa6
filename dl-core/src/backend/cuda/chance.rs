//! Many random decisions at a time: the very ones of the CPU.

use super::array::Array;
use super::launch::{Argument, Grid};
use super::record::{Knob, knob};

/// As many numbers as `like` has, in its shape: 0 with probability `rate`, else `kept`. The decisions follow from `key` alone.
pub(in crate::backend) fn mask(like: &Array, rate: f32, kept: f32, key: u64) -> Array {
    let card = like.card();
    let result = Array::stale(card, like.shape());
    let threshold = (f64::from(rate) * 65_536.0).round() as i32;
    card.launch(
        "mask",
        Grid::over(card, result.len()),
        &[
            Argument::Array(&result),
            Argument::Count(result.len()),
            knob(Knob::Key, key),
            Argument::Bits(key),
            Argument::Choice(threshold),
            Argument::Number(kept),
        ],
    );
    result
}
