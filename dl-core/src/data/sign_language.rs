//! Pictures of hands that show letters, drawn by code: a set to over-fit on. What the letters look like:
//! `sign_language/shapes.rs`; how a hand becomes pixels: `sign_language/picture.rs`.

mod picture;
mod shapes;

use super::Dataset;
use crate::random::normal_pair;
use crate::tensor::Tensor;
use picture::{Light, SIDE, Stroke, draw};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use shapes::{Finger, SHAPES, Shape};

/// Pictures of each letter, to learn from and to validate with.
const OF_EACH_LETTER: [usize; 2] = [250, 60];
/// People who show the letters: those of one part are not in the other.
const PEOPLE: [usize; 2] = [5, 10];
/// How far these people are from the average, as a share of what [`Hand::born`] allows. Those to learn from are more alike.
const VARIETY: [f32; 2] = [0.4, 0.6];
/// Chosen so that both parts have people of all sizes.
const SEED: u64 = 24;

/// Standard deviations of what changes from picture to picture of the same hand. Degrees of the hand and of each finger:
const SWAY: f32 = 3.0;
const BEND: f32 = 3.0;
/// Pixels from its place:
const DRIFT: f32 = 0.5;
/// Shares of its size, nearer to the camera or farther, and of the length that a finger shows:
const NEARNESS: f32 = 0.03;
const REACH: f32 = 0.05;
/// Half widths of the palm, at the joint and the tip of the thumb:
const THUMB: f32 = 0.06;
/// Brightness of a pixel:
const GRAIN: f32 = 4.0;

/// A hand that shows a letter, 24 letters, several people: a data set drawn by code, on which a dense network over-fits. To
/// take the place of Sign Language MNIST (see [Kaggle](https://www.kaggle.com/datasets/datamunge/sign-language-mnist)),
/// with no download. Two parts: to learn from, and to validate with.
///
/// `x: [6000, 28, 28, 1]` and `[1440, 28, 28, 1]` from 0 to 255 until [`Dataset::normalize`]; `y` are class numbers of the
/// letters without J and Z, which are movements. Five people show the letters to learn from, ten *others* those to
/// validate with: they differ in size, tilt and place of the hand, thickness, length and spread of the fingers, and in the
/// light. The hands are simplified: nobody should learn the manual alphabet from them.
///
/// Everybody has the same pictures, whatever [`seed`](crate::seed) was called with. They take 23 MB.
///
/// ```
/// use dl_core::prelude::*;
/// let (train, validation) = sign_language();
/// assert_eq!((train.len(), validation.len()), (6000, 1440));
/// assert_eq!(train.classes[9], "K");
/// ```
pub fn sign_language() -> (Dataset, Dataset) {
    let mut chance = Chance(Xoshiro256PlusPlus::seed_from_u64(SEED));
    let [train, validation] = [0, 1].map(|part| {
        let people: Vec<Hand> = (0..PEOPLE[part])
            .map(|_| Hand::born(&mut chance, VARIETY[part]))
            .collect();
        pictures(&people, OF_EACH_LETTER[part], &mut chance)
    });
    (train, validation)
}

/// `of_each` times all letters in their order; each time it is the next person's turn.
fn pictures(people: &[Hand], of_each: usize, chance: &mut Chance) -> Dataset {
    let count = of_each * SHAPES.len();
    let mut pixels = Vec::with_capacity(count * SIDE * SIDE);
    let mut letters = Vec::with_capacity(count);
    for turn in 0..of_each {
        for (letter, shape) in SHAPES.iter().enumerate() {
            let hand = &people[turn % people.len()];
            pixels.extend(hand.show(shape, chance));
            letters.push(letter as f32);
        }
    }
    Dataset::new(
        Tensor::from_vec(pixels, [count, SIDE, SIDE, 1]),
        Tensor::from_vec(letters, [count]),
    )
    .with_classes(SHAPES.iter().map(|shape| shape.letter))
}

/// Somebody's hand, and how this person likes to hold it before the camera.
struct Hand {
    /// Pixels in half a width of the palm.
    size: f32,
    /// Half the width of a finger and the length of the longest one, in half widths of the palm.
    thickness: f32,
    length: f32,
    /// Degrees, counter-clockwise.
    tilt: f32,
    /// Pixels to the right and down.
    offset: [f32; 2],
    /// By how much more this person spreads the fingers: degrees between neighbours.
    spread: f32,
    light: Light,
}

impl Hand {
    /// A hand that differs from the average one as hands do (`variety` 1), or less.
    fn born(chance: &mut Chance, variety: f32) -> Hand {
        let mut about = |mean: f32, deviation: f32| mean + variety * deviation * chance.between(-1.0, 1.0);
        Hand {
            size: about(5.0, 0.5),
            thickness: about(0.29, 0.05),
            length: about(2.0, 0.25),
            tilt: about(0.0, 15.0),
            offset: [about(0.0, 2.4), about(0.0, 2.4)],
            spread: about(0.0, 3.0),
            light: Light {
                hand: about(205.0, 35.0),
                wall: about(70.0, 40.0),
                slope: [about(0.0, 1.5), about(0.0, 1.5)],
            },
        }
    }

    /// A picture of this hand showing a letter, never twice quite the same.
    fn show(&self, shape: &Shape, chance: &mut Chance) -> Vec<f32> {
        let size = self.size * (1.0 + NEARNESS * chance.normal());
        let turn = (self.tilt + shape.turn + SWAY * chance.normal()).to_radians();
        let middle = [0, 1].map(|axis| SIDE as f32 / 2.0 + self.offset[axis] + DRIFT * chance.normal());
        // The hand turns around a point above the middle of the palm, where the middle of the picture is.
        let place = |[x, y]: [f32; 2]| {
            let (sin, cos) = turn.sin_cos();
            let y = y - 0.8;
            [
                middle[0] + size * (x * cos - y * sin),
                middle[1] - size * (x * sin + y * cos),
            ]
        };
        let stroke = |from, to, radius: f32| Stroke {
            from: place(from),
            to: place(to),
            radius: size * radius,
        };
        let mut strokes = vec![
            stroke([0.0, -1.0], [0.0, -4.0], 0.62),
            stroke([-0.35, -0.5], [-0.35, 0.35], 0.62),
            stroke([0.35, -0.5], [0.35, 0.35], 0.62),
        ];
        // From the little finger to the index, so that each lies on the one before.
        for (number, finger) in shape.fingers.iter().enumerate().rev() {
            let Finger {
                direction,
                reach,
                hook,
            } = *finger;
            let number = number as f32;
            let reach = reach * (1.0 + REACH * chance.normal());
            let spread = if reach > 0.5 {
                self.spread * (1.5 - number)
            } else {
                0.0
            };
            let direction = direction + spread + BEND * chance.normal();
            let hook = if hook == 0.0 {
                0.0
            } else {
                hook + 2.0 * BEND * chance.normal()
            };
            // The middle finger is the longest, the little one the shortest.
            let half = 0.5 * reach * self.length * (1.0 - 0.09 * (number - 1.2).powi(2));
            let base = [0.5 * number - 0.75, 0.75 - 0.07 * (number - 1.0).powi(2)];
            let joint = ahead(base, direction, half);
            let tip = ahead(joint, direction + hook, half);
            strokes.push(stroke(base, joint, self.thickness));
            strokes.push(stroke(joint, tip, self.thickness * 0.92));
        }
        let [joint, tip] = shape
            .thumb
            .map(|[x, y]| [x + THUMB * chance.normal(), y + THUMB * chance.normal()]);
        strokes.push(stroke([-0.7, -0.6], joint, self.thickness * 1.15));
        strokes.push(stroke(joint, tip, self.thickness * 1.05));
        let mut pixels = draw(&strokes, &self.light);
        for pixel in &mut pixels {
            *pixel = (*pixel + GRAIN * chance.normal()).round().clamp(0.0, 255.0);
        }
        pixels
    }
}

/// `length` further in a direction: degrees from straight up, towards the left.
fn ahead([x, y]: [f32; 2], direction: f32, length: f32) -> [f32; 2] {
    let (sin, cos) = direction.to_radians().sin_cos();
    [x - length * sin, y + length * cos]
}

/// A generator of its own: everybody has the same pictures, and [`seed`](crate::seed) neither changes them nor is changed.
struct Chance(Xoshiro256PlusPlus);

impl Chance {
    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.0.random_range(low..high)
    }

    fn normal(&mut self) -> f32 {
        normal_pair(&mut self.0).0
    }
}

#[cfg(test)]
mod tests;
