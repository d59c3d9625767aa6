//! Data set operations against numbers worked out by hand.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::tensor;

fn message<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("no panic"),
        Err(payload) => payload.downcast_ref::<String>().cloned().unwrap_or_default(),
    }
}

fn numbered(count: usize) -> Dataset {
    let x: Vec<f32> = (0..2 * count).map(|value| value as f32).collect();
    let y: Vec<f32> = (0..count).map(|value| value as f32).collect();
    Dataset::new(Tensor::from_vec(x, [count, 2]), Tensor::from_vec(y, [count])).with_classes(["a", "b"])
}

#[test]
fn a_split_keeps_every_pair_once() {
    let (first, rest) = numbered(10).split(0.7);
    assert_eq!((first.len(), rest.len()), (7, 3));
    let mut seen = Vec::new();
    for part in [&first, &rest] {
        assert_eq!(part.classes, ["a", "b"]);
        for row in 0..part.len() {
            let label = part.y.at([row]);
            assert_eq!(
                [part.x.at([row, 0]), part.x.at([row, 1])],
                [2.0 * label, 2.0 * label + 1.0]
            );
            seen.push(label as usize);
        }
    }
    assert_ne!(seen, (0..10).collect::<Vec<_>>(), "shuffled");
    seen.sort_unstable();
    assert_eq!(seen, (0..10).collect::<Vec<_>>());
}

#[test]
fn both_parts_of_a_split_get_something() {
    for fraction in [0.001, 0.5, 0.999] {
        let (first, rest) = numbered(2).split(fraction);
        assert_eq!((first.len(), rest.len()), (1, 1));
    }
}

#[test]
fn take_stops_at_the_end() {
    let data = numbered(4);
    assert_eq!(data.take(2), data.gather(&[0, 1]));
    assert_eq!(data.take(2).x, tensor![[0., 1.], [2., 3.]]);
    assert_eq!(data.take(100), data);
    assert_eq!(data.take(0).x.shape(), [0, 2]);
}

#[test]
fn pixels_become_shares_of_white_once() {
    let x = Tensor::from_vec(vec![0., 51., 255., 102.], [1, 2, 2, 1]);
    let once = Dataset::new(x, tensor![0.]).normalize();
    assert_eq!(once.x.to_vec(), [0., 0.2, 1., 0.4]);
    assert_eq!(once.normalize(), once);
}

#[test]
fn columns_of_a_table_get_mean_0_and_deviation_1() {
    // Column means 2 and 10; deviations 1 and 0.
    let train = Dataset::new(tensor![[1., 10.], [3., 10.]], tensor![0., 1.]);
    assert_eq!(train.normalize().x, tensor![[-1., 0.], [1., 0.]]);
    let test = Dataset::new(tensor![[5., 10.]], tensor![0.]);
    assert_eq!(test.normalize_like(&train).x, tensor![[3., 0.]]);
}

#[test]
fn none_can_be_normalized() {
    assert_eq!(
        Dataset::new(Tensor::zeros([0, 2]), Tensor::zeros([0]))
            .normalize()
            .x
            .shape(),
        [0, 2]
    );
    assert_eq!(
        Dataset::new(Tensor::zeros([0, 2, 2, 1]), Tensor::zeros([0]))
            .normalize()
            .x
            .shape(),
        [0, 2, 2, 1]
    );
}

#[test]
fn one_hot_rows_have_a_single_one() {
    assert_eq!(one_hot(&tensor![[1.], [0.]], 2), tensor![[0., 1.], [1., 0.]]);
    assert_eq!(one_hot(&Tensor::zeros([0]), 3).shape(), [0, 3]);
}

#[test]
fn wrong_use_is_told_in_words() {
    let image = |value: f32| Dataset::new(Tensor::full([1, 1, 1, 1], value), tensor![0.]);
    let told = [
        message(|| Dataset::new(Tensor::zeros([3, 2]), Tensor::zeros([4]))),
        message(|| Dataset::new(Tensor::full([], 1.0), Tensor::zeros([4]))),
        message(|| numbered(4).split(1.0)),
        message(|| numbered(4).split(f64::NAN)),
        message(|| numbered(1).split(0.5)),
        message(|| image(-1.0).normalize()),
        message(|| image(f32::NAN).normalize()),
        message(|| numbered(1).normalize_like(&image(1.0))),
        message(|| one_hot(&tensor![10.], 10)),
        message(|| one_hot(&tensor![0.5], 10)),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @"
    Dataset::new: 3 samples in x but 4 targets in y
    hint: the first axis counts samples: x is [n, ...] and y is [n] or [n, ...]

    Dataset::new: x has shape [] and y [4]: a single number is no list of samples
    hint: the first axis counts samples: x is [n, ...] and y is [n] or [n, ...]

    split: the fraction 1 is not between 0 and 1
    hint: data.split(0.8) keeps 80 % in the first part

    split: the fraction NaN is not between 0 and 1
    hint: data.split(0.8) keeps 80 % in the first part

    split: 1 sample cannot be divided in two
    hint: load or make more samples first

    normalize: image values are 0 to 255, but they run from -1 to -1
    hint: scale such images yourself, as in (x - x.mean()) / 2.0

    normalize: image values are 0 to 255, but there are NaN among them
    hint: scale such images yourself, as in (x - x.mean()) / 2.0

    normalize_like: samples of shape [2] here, but [1, 1, 1] in the training data
    hint: both data sets must come from the same source

    one_hot: label 10 is outside the 10 classes 0 to 9
    hint: labels count from 0; the last layer needs one unit per class

    one_hot: label 0.5 is not a whole number
    hint: class labels are 0, 1, 2, ...; for numbers use MeanSquaredError
    ");
}

#[test]
fn a_data_set_inside_another_value_is_told_by_its_shapes() {
    let data = Dataset::new(Tensor::zeros([60, 28, 28, 1]), Tensor::zeros([60])).with_classes(["a", "b"]);
    insta::assert_snapshot!(
        format!("{:?}", Some(data)),
        @"Some(Dataset { x: [60, 28, 28, 1], y: [60], classes: 2 })"
    );
}
