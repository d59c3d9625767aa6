//! Images seen through a map of their plane, and the way back.

use super::array::{Array, send};
use super::card::Card;
use super::launch::{Argument, Grid};
use super::pool::sizes;
use crate::backend::{Beyond, PlaneMap};

/// `images: [n, height, width, channels]`, one map for each.
pub(in crate::backend) fn warp(images: &Array, maps: &[PlaneMap], beyond: Beyond) -> Array {
    let card = images.card();
    let [count, height, width, channels] = sizes(images);
    let result = Array::stale(card, images.shape());
    let maps = on_card(card, maps);
    let (choice, number) = told(beyond);
    card.launch(
        "warp",
        Grid::over(card, if channels == 0 { 0 } else { count * height * width }),
        &[
            Argument::Array(images),
            Argument::Array(&maps),
            Argument::Array(&result),
            Argument::Count(count * height * width),
            Argument::Count(height),
            Argument::Count(width),
            Argument::Count(channels),
            choice,
            number,
        ],
    );
    result
}

/// The reverse: what each pixel of the result got goes back to the pixels that it was made of.
pub(in crate::backend) fn warp_gradient(gradient: &Array, maps: &[PlaneMap], beyond: Beyond) -> Array {
    let card = gradient.card();
    let [count, height, width, channels] = sizes(gradient);
    let result = Array::stale(card, gradient.shape());
    let maps = on_card(card, maps);
    let (choice, _) = told(beyond);
    card.launch(
        "warp_gradient",
        Grid::over(card, count * channels),
        &[
            Argument::Array(gradient),
            Argument::Array(&maps),
            Argument::Array(&result),
            Argument::Count(count * channels),
            Argument::Count(height),
            Argument::Count(width),
            Argument::Count(channels),
            choice,
        ],
    );
    result
}

/// Eight numbers for each map.
fn on_card(card: &'static Card, maps: &[PlaneMap]) -> Array {
    let numbers: Vec<f32> = maps.iter().flat_map(|map| map.0).collect();
    let array = Array::stale(card, &[maps.len(), 8]);
    send(card, array.pointer(), &numbers);
    array
}

fn told(beyond: Beyond) -> (Argument<'static>, Argument<'static>) {
    let (choice, number) = match beyond {
        Beyond::Reflect => (0, 0.0),
        Beyond::Constant(number) => (1, number),
        Beyond::Wrap => (2, 0.0),
        Beyond::Nearest => (3, 0.0),
    };
    (Argument::Choice(choice), Argument::Number(number))
}
