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

#[test]
fn time_is_divided_without_shuffling() {
    let (past, future) = numbered(10).split_chronological(0.75);
    assert_eq!(past.y, Tensor::arange(0., 8., 1.));
    assert_eq!(future.x, tensor![[16., 17.], [18., 19.]]);
}

#[test]
fn parts_follow_each_other() {
    let data = numbered(5).with_features(["p", "q"]);
    assert_eq!(data.skip(3).y, tensor![3., 4.]);
    assert_eq!((data.skip(9).len(), data.skip(9).features.len()), (0, 2));
    let batches = data.batches(2);
    assert_eq!(batches.len(), 3);
    let batches: Vec<Dataset> = batches.collect();
    assert_eq!(batches[1].x, tensor![[4., 5.], [6., 7.]]);
    assert_eq!(batches[2].y, tensor![4.]);
    assert_eq!(data.batches(usize::MAX).count(), 1);
    assert_eq!(numbered(0).batches(3).count(), 0);
}

#[test]
fn shuffling_keeps_pairs() {
    let shuffled = numbered(50).shuffle();
    assert_ne!(shuffled.y, numbered(50).y);
    assert!((0..50).all(|row| shuffled.x.at([row, 0]) == 2.0 * shuffled.y.at([row])));
}

#[test]
fn classes_are_kept_and_numbered_anew() {
    let data = Dataset::new(
        Tensor::arange(0., 6., 1.),
        tensor![[2.], [0.], [1.], [2.], [0.], [2.]],
    )
    .with_classes(["a", "b", "c"]);
    assert_eq!(data.class_counts(), [2, 1, 3]);
    let two = data.keep_classes([2, 1]);
    assert_eq!(
        (two.x, two.y),
        (tensor![0., 2., 3., 5.], tensor![[0.], [1.], [0.], [0.]])
    );
    assert_eq!(two.classes, ["c", "b"]);
    let unnamed = Dataset::new(tensor![7., 8.], tensor![3., 1.]);
    assert_eq!(unnamed.class_counts(), [0, 1, 0, 1]);
    assert_eq!(unnamed.keep_classes([3]).y, tensor![0.]);
    assert_eq!(data.one_hot().y.rows(0..2), tensor![[0., 0., 1.], [1., 0., 0.]]);
}

#[test]
fn names_of_columns_go_where_the_columns_go() {
    let data = numbered(4).with_features(["p", "q"]);
    assert_eq!(data.map(|x| x * 2.0).features, ["p", "q"]);
    assert!(data.map(|x| x.reshape([4, 2, 1])).features.is_empty());
    assert_eq!(data.split(0.5).1.features, ["p", "q"]);
}

#[test]
fn z_scores_come_from_the_training_part_and_go_back() {
    let train = Dataset::new(tensor![[1., 10.], [3., 10.]], tensor![0., 1.]);
    let test = Dataset::new(tensor![[5., 12.]], tensor![0.]);
    // Columns of mean 2 and 10, deviation 1 and 0.
    assert_eq!(train.standardize().x, tensor![[-1., 0.], [1., 0.]]);
    assert_eq!(test.standardize_like(&train).x, tensor![[3., 2.]]);
    let scaler = Scaler::fit(&train.x);
    assert_eq!(scaler.undo(&scaler.apply(&test.x)), test.x);
    let images = Dataset::new(
        Tensor::from_vec(vec![0., 4., 2., 8.], [2, 1, 2, 1]),
        tensor![0., 1.],
    );
    assert_eq!(images.standardize().x.to_vec(), [-1., -1., 1., 1.]);
    // A column of equal numbers whose mean is rounded stays at rest.
    assert!(
        Scaler::fit(&Tensor::full([7], 0.1))
            .apply(&Tensor::full([1], 0.1))
            .item()
            .abs()
            < 1e-6
    );
}

#[test]
fn wrong_choices_are_told_in_words() {
    let data = numbered(3);
    let told = [
        message(|| data.split_chronological(0.0)),
        message(|| data.batches(0)),
        message(|| data.map(|x| x.rows(0..1))),
        message(|| data.keep_classes([1, 1])),
        message(|| data.keep_classes([7])),
        message(|| data.keep_classes([])),
        message(|| Dataset::new(Tensor::zeros([2]), Tensor::zeros([2, 3])).class_counts()),
        message(|| Dataset::new(tensor![1.], tensor![0.5]).one_hot()),
        message(|| data.standardize_like(&Dataset::new(Tensor::zeros([3]), Tensor::zeros([3])))),
        message(|| Scaler::fit(&data.x).undo(&tensor![1.])),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @"
    split_chronological: the fraction 0 is not between 0 and 1
    hint: data.split_chronological(0.8) keeps 80 % in the first part

    batches: a batch of 0 samples never ends
    hint: data.batches(32)

    map: 3 samples became a tensor of shape [1, 2]
    hint: the first axis counts samples and must stay as it is

    keep_classes: class 1 is given twice
    hint: name each class once

    keep_classes: no sample is of class 7
    hint: the classes are 0 to 2; data.class_counts() tells how many are of each

    keep_classes: no class is given
    hint: data.keep_classes([0, 1])

    class_counts: y has shape [2, 3], not one class number for each sample
    hint: rows of zeros and a one go back to numbers with y.argmax_axis(1)

    class_counts: label 0.5 is not a whole number
    hint: class labels are 0, 1, 2, ...; for numbers use MeanSquaredError

    standardize_like: samples of shape [2] here, but [] in the training data
    hint: both data sets must come from the same source

    Scaler::undo: x has shape [1], but was fitted to samples of shape [2]
    hint: the first axis counts samples, the others are as in fit
    ");
}
