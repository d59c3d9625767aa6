//! Data made by formula and chance, for lessons on two-dimensional points. [`seed`](crate::seed) makes it repeatable.

use super::Dataset;
use crate::tensor::Tensor;

/// `count` points around the four corners of the unit square: class 1 where exactly one coordinate is near 1.
///
/// `x: [count, 2]` are the corners (0, 0), (0, 1), (1, 0), (1, 1), taken in turn, plus normal noise of standard
/// deviation `noise`; `y: [count, 1]` is 0 or 1. From a noise of about 0.2 on the clouds overlap, and no honest
/// boundary is right for every point.
///
/// ```
/// use dl_core::data::xor;
/// let data = xor(4, 0.0);
/// assert_eq!(data.y.to_vec(), [0., 1., 1., 0.]);
/// ```
#[track_caller]
pub fn xor(count: usize, noise: f32) -> Dataset {
    let corner = |index: usize| [(index / 2 % 2) as f32, (index % 2) as f32];
    let class = |[a, b]: [f32; 2]| f32::from(a != b);
    let y = (0..count).map(|index| class(corner(index)));
    two_classes(clouds(count, noise, corner), y.collect())
}

/// `count` points in two round clouds that a straight line separates (up to the noise): class 0 around (0.3, 0.4) and
/// class 1 around (0.9, 1.0), in turn, with standard deviation `noise`. Named after scikit-learn's `make_blobs`.
///
/// `x: [count, 2]`, `y: [count, 1]` of 0 and 1.
///
/// ```
/// use dl_core::data::blobs;
/// assert_eq!(blobs(50, 0.12).x.shape(), [50, 2]);
/// ```
#[track_caller]
pub fn blobs(count: usize, noise: f32) -> Dataset {
    let centres = [[0.3, 0.4], [0.9, 1.0]];
    let y = (0..count).map(|index| (index % 2) as f32);
    two_classes(clouds(count, noise, |index| centres[index % 2]), y.collect())
}

/// `count` points spread evenly over a board of `fields` by `fields` unit squares, coloured like a chess board: class 0
/// where the sum of the column and row number is even.
///
/// `x: [count, 2]` from 0 to `fields`, `y: [count, 1]` of 0 and 1.
///
/// ```
/// use dl_core::data::checkerboard;
/// let board = checkerboard(100, 4);
/// let [a, b] = [board.x.at([7, 0]), board.x.at([7, 1])];
/// assert_eq!(board.y.at([7, 0]), (a.floor() + b.floor()) % 2.0);
/// ```
#[track_caller]
pub fn checkerboard(count: usize, fields: usize) -> Dataset {
    let x = Tensor::uniform([count, 2], 0.0, fields as f32).to_vec();
    let y = x
        .chunks_exact(2)
        .map(|point| (point[0].floor() + point[1].floor()) % 2.0)
        .collect();
    two_classes(x, y)
}

/// `count` points (x, y), each at normal noise of standard deviation `noise` from its centre.
#[track_caller]
fn clouds(count: usize, noise: f32, centre: impl Fn(usize) -> [f32; 2]) -> Vec<f32> {
    let mut points = Tensor::randn([count, 2]).to_vec();
    for (index, point) in points.chunks_exact_mut(2).enumerate() {
        let [x, y] = centre(index);
        point[0] = x + noise * point[0];
        point[1] = y + noise * point[1];
    }
    points
}

fn two_classes(x: Vec<f32>, y: Vec<f32>) -> Dataset {
    let count = y.len();
    Dataset::new(Tensor::from_vec(x, [count, 2]), Tensor::from_vec(y, [count, 1])).with_classes(["0", "1"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_the_deviation_that_was_asked_for() {
        let data = xor(40_000, 0.25);
        let offsets = data.x.to_vec().into_iter().enumerate().map(|(at, value)| {
            let corner = if at % 2 == 0 { at / 4 % 2 } else { at / 2 % 2 };
            f64::from(value) - corner as f64
        });
        let variance = offsets.map(|offset| offset * offset).sum::<f64>() / 80_000.0;
        assert!((variance.sqrt() - 0.25).abs() < 0.005, "{variance}");
    }

    #[test]
    fn classes_follow_the_corners_the_clouds_and_the_fields() {
        assert_eq!(
            xor(6, 0.0).x.to_vec(),
            [0., 0., 0., 1., 1., 0., 1., 1., 0., 0., 0., 1.]
        );
        assert_eq!(xor(6, 0.0).y.to_vec(), [0., 1., 1., 0., 0., 1.]);
        assert_eq!(blobs(3, 0.0).x.to_vec(), [0.3, 0.4, 0.9, 1.0, 0.3, 0.4]);
        assert_eq!(blobs(3, 0.0).y.to_vec(), [0., 1., 0.]);
        let ones = checkerboard(10_000, 4).y.to_vec().iter().sum::<f32>();
        assert!((4_700.0..5_300.0).contains(&ones), "{ones}");
    }

    #[test]
    #[should_panic(expected = "which this machine does not give")]
    fn more_points_than_memory_are_refused_in_words() {
        xor(1 << 50, 0.1);
    }

    #[test]
    fn none_is_a_data_set_too() {
        assert_eq!(xor(0, 0.1).x.shape(), [0, 2]);
        assert!(checkerboard(0, 4).is_empty() && blobs(0, 0.1).is_empty());
    }
}
