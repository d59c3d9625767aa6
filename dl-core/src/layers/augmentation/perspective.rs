//! Images seen from another angle.

use super::{Factor, FillMode, same_shape};
use crate::backend::PlaneMap;
use crate::error::{Error, Result};
use crate::layers::{KnownLayer, Layer, Pass};
use crate::random;
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// While learning, moves the four corners of each image by random distances, as if it hung on a wall that is looked at from
/// the side; see [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_perspective/) (where the
/// upper left corner stays, and corners move in proportion to their distance from it).
///
/// `x: [batch, height, width, channels]`, `y` has its shape.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([28, 28, 1]).add(RandomPerspective::new(0.2));
/// assert_eq!(model.output_shape(), [28, 28, 1]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RandomPerspective {
    scale: f32,
    probability: f32,
    fill: FillMode,
}

impl RandomPerspective {
    /// Each corner by up to `scale` / 2 of the height and the width, in either direction: from 0 to 1.
    pub fn new(scale: f32) -> RandomPerspective {
        RandomPerspective {
            scale,
            probability: 1.0,
            fill: FillMode::Constant(0.0),
        }
    }

    /// Which share of the images is changed at all, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, share: f32) -> RandomPerspective {
        self.probability = share;
        self
    }

    /// What stands where there was no image: 0 if nothing is said.
    #[must_use]
    pub fn fill(mut self, mode: FillMode) -> RandomPerspective {
        self.fill = mode;
        self
    }
}

impl Layer for RandomPerspective {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        for (name, number) in [("scale", self.scale), ("probability", self.probability)] {
            if !(0.0..=1.0).contains(&number) {
                return Err(Error::shape(
                    "RandomPerspective",
                    format!("the {name} is {number}"),
                    "give a number from 0 to 1: RandomPerspective::new(0.2)",
                ));
            }
        }
        same_shape("RandomPerspective", input)
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        if !pass.training() {
            return x.clone();
        }
        let (count, right, bottom) = (x.shape()[0], (x.shape()[2] - 1) as f32, (x.shape()[1] - 1) as f32);
        let corners = [(0.0, 0.0), (right, 0.0), (0.0, bottom), (right, bottom)];
        let shifts = Factor::from(self.scale / 2.0).draw(8 * count);
        let mut chances = vec![0.0; count];
        random::fill_uniform(&mut chances, 0.0, 1.0);
        let map = |(shifts, chance): (&[f32], f32)| {
            let mut moved = corners;
            for ((x, y), shift) in moved.iter_mut().zip(shifts.chunks_exact(2)) {
                *x += shift[0] * right;
                *y += shift[1] * bottom;
            }
            let found = (chance < self.probability).then(|| homography(moved, corners));
            found.flatten().unwrap_or(PlaneMap::STAY)
        };
        let maps = shifts.chunks_exact(8).zip(chances).map(map).collect();
        x.warp(maps, self.fill.beyond())
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::RandomPerspective(self.clone()))
    }
}

/// The map that sends each of four points to another: x' = (a x + b y + c) / (g x + h y + 1), y' likewise, which are eight
/// linear equations for a to h, solved by elimination. `None` if three of the points lie on a line.
fn homography(from: [(f32, f32); 4], to: [(f32, f32); 4]) -> Option<PlaneMap> {
    let mut rows = [[0.0_f64; 9]; 8];
    for (number, ((x, y), (x_to, y_to))) in from.into_iter().zip(to).enumerate() {
        let [x, y, x_to, y_to] = [x, y, x_to, y_to].map(f64::from);
        rows[2 * number] = [x, y, 1.0, 0.0, 0.0, 0.0, -x_to * x, -x_to * y, x_to];
        rows[2 * number + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -y_to * x, -y_to * y, y_to];
    }
    for column in 0..8 {
        let size = |row: &usize| rows[*row][column].abs();
        let best = (column..8).max_by(|a, b| size(a).total_cmp(&size(b)))?;
        rows.swap(column, best);
        let pivot = rows[column];
        if pivot[column].abs() < 1e-9 {
            return None;
        }
        for (_, row) in rows
            .iter_mut()
            .enumerate()
            .filter(|(number, _)| *number != column)
        {
            let share = row[column] / pivot[column];
            row.iter_mut()
                .zip(pivot)
                .for_each(|(x, pivot)| *x -= share * pivot);
        }
    }
    let mut numbers = [0.0; 8];
    for (number, row) in rows.iter().enumerate() {
        numbers[number] = (row[8] / row[number]) as f32;
    }
    Some(PlaneMap(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_homography_sends_four_points_where_they_belong() {
        // Numbers of Keras: keras.src.backend.torch.image.compute_homography_matrix.
        let from = [(0.0, 0.0), (9.0, 0.0), (0.0, 5.0), (9.0, 5.0)];
        let to = [(0.5, -0.25), (8.0, 1.0), (-1.0, 4.5), (10.0, 6.0)];
        let expected = [
            1.051_099_3,
            0.331_926_14,
            -0.442_568_15,
            -0.239_285_32,
            1.435_712_1,
            0.478_570_67,
            -0.021_260_412,
            0.092_100_37,
        ];
        let PlaneMap(found) = homography(to, from).expect("they are the corners of a square");
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < 2e-6,
                "{found}, but Keras says {expected}"
            );
        }
        let corner = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (5.0, 0.0)];
        assert!(
            homography(corner, corner).is_none(),
            "three of them lie on a line"
        );
    }
}
