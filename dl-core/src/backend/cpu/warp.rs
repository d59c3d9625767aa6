//! Images seen through a map of their plane: each pixel of the result is looked up where the map sends it, between the four
//! pixels around that place.

use super::parts::{Parts, share_out};
use super::{Array, elements, from_vec, memory};
use crate::backend::{Beyond, PlaneMap};

/// `images: [n, height, width, channels]`, one map for each.
pub(in crate::backend) fn warp(images: &Array, maps: &[PlaneMap], beyond: Beyond) -> Array {
    let plane = Plane::of(images);
    let source = elements(images);
    let mut result = memory::filled(images.len(), 0.0);
    let parts = Parts::of(&mut result);
    share_out(maps.len(), images.len() * WORK, |_, samples| {
        for sample in samples {
            let own = sample * plane.size()..(sample + 1) * plane.size();
            let source = &source[own.clone()];
            // SAFETY: each sample is worked on once, and this is its own part of the result.
            let result = unsafe { parts.run(own) };
            plane.each_tap(&maps[sample], beyond, |to, from, weight| {
                let target = &mut result[to..to + plane.channels];
                match from {
                    From::Pixel(from) => {
                        let source = &source[from..from + plane.channels];
                        target
                            .iter_mut()
                            .zip(source)
                            .for_each(|(sum, x)| *sum += weight * x);
                    }
                    From::Number(number) => target.iter_mut().for_each(|sum| *sum += weight * number),
                }
            });
        }
    });
    from_vec(result, images.shape())
}

/// The reverse: what each pixel of the result got goes back to the pixels that it was made of.
pub(in crate::backend) fn warp_gradient(gradient: &Array, maps: &[PlaneMap], beyond: Beyond) -> Array {
    let plane = Plane::of(gradient);
    let source = elements(gradient);
    let mut result = memory::filled(gradient.len(), 0.0);
    let parts = Parts::of(&mut result);
    share_out(maps.len(), gradient.len() * WORK, |_, samples| {
        for sample in samples {
            let own = sample * plane.size()..(sample + 1) * plane.size();
            let source = &source[own.clone()];
            // SAFETY: each sample is worked on once, and this is its own part of the result.
            let result = unsafe { parts.run(own) };
            plane.each_tap(&maps[sample], beyond, |to, from, weight| {
                if let From::Pixel(from) = from {
                    let source = &source[to..to + plane.channels];
                    let target = &mut result[from..from + plane.channels];
                    target
                        .iter_mut()
                        .zip(source)
                        .for_each(|(sum, g)| *sum += weight * g);
                }
            });
        }
    });
    from_vec(result, gradient.shape())
}

/// Multiplications that one number of a result counts for.
const WORK: usize = 20;

/// Places farther away than this count as this far: beyond any image, and still whole numbers.
const FAR: f32 = 1e6;

#[derive(Clone, Copy)]
struct Plane {
    height: usize,
    width: usize,
    channels: usize,
}

/// What a pixel of the result is made of: the pixel that starts at this element, or a number from beyond the border.
enum From {
    Pixel(usize),
    Number(f32),
}

impl Plane {
    fn of(images: &Array) -> Plane {
        let shape = images.shape();
        Plane {
            height: shape[1],
            width: shape[2],
            channels: shape[3],
        }
    }

    fn size(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Calls `tap(to, from, weight)` for the up to four pixels that each pixel of the result is made of.
    fn each_tap(self, map: &PlaneMap, beyond: Beyond, mut tap: impl FnMut(usize, From, f32)) {
        for row in 0..self.height {
            for column in 0..self.width {
                let to = (row * self.width + column) * self.channels;
                let (x, y) = place(map, column as f32, row as f32);
                let (left, top) = (x.floor(), y.floor());
                let (right_share, lower_share) = (x - left, y - top);
                let rows = [(top, 1.0 - lower_share), (top + 1.0, lower_share)];
                let columns = [(left, 1.0 - right_share), (left + 1.0, right_share)];
                for (y, row_share) in rows {
                    for (x, column_share) in columns {
                        let weight = row_share * column_share;
                        if weight == 0.0 {
                            continue;
                        }
                        let inside = (within(y, self.height, beyond), within(x, self.width, beyond));
                        let from = match (inside, beyond) {
                            ((Some(row), Some(column)), _) => {
                                From::Pixel((row * self.width + column) * self.channels)
                            }
                            (_, Beyond::Constant(number)) => From::Number(number),
                            _ => continue, // only a constant leaves places outside
                        };
                        tap(to, from, weight);
                    }
                }
            }
        }
    }
}

/// Where the map sends a pixel.
fn place(PlaneMap([a, b, c, d, e, f, g, h]): &PlaneMap, x: f32, y: f32) -> (f32, f32) {
    let depth = g * x + h * y + 1.0;
    let bounded = |place: f32| {
        if place.is_nan() {
            FAR
        } else {
            place.clamp(-FAR, FAR)
        }
    };
    (
        bounded((a * x + b * y + c) / depth),
        bounded((d * x + e * y + f) / depth),
    )
}

/// The position on an axis of this size that stands for a whole number beyond it.
fn within(position: f32, size: usize, beyond: Beyond) -> Option<usize> {
    let (position, size) = (position as i64, size as i64);
    let found = match beyond {
        _ if (0..size).contains(&position) => position,
        Beyond::Constant(_) => return None,
        Beyond::Nearest => position.clamp(0, size - 1),
        Beyond::Wrap => position.rem_euclid(size),
        Beyond::Reflect => {
            let there_and_back = position.rem_euclid(2 * size);
            there_and_back.min(2 * size - 1 - there_and_back)
        }
    };
    Some(found as usize)
}
