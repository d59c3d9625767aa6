//! Windows, padding and draws against numbers worked out by hand; padding as Keras does it.

use super::*;
use crate::tensor;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn message<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(|| drop(f()))) {
        Ok(()) => panic!("no panic"),
        Err(payload) => *payload.downcast::<String>().unwrap(),
    }
}

#[test]
fn windows_slide_by_one_and_look_ahead() {
    let data = windows(&Tensor::arange(0., 6., 1.), 2, 3);
    assert_eq!(data.x, tensor![[[0.], [1.]], [[1.], [2.]]]);
    assert_eq!(data.y, tensor![[2., 3., 4.], [3., 4., 5.]]);
    let wide = windows(&tensor![[1., 10.], [2., 20.], [3., 30.], [4., 40.]], 2, 1);
    assert_eq!(wide.x, tensor![[[1., 10.], [2., 20.]], [[2., 20.], [3., 30.]]]);
    assert_eq!(wide.y, tensor![[3.], [4.]]);
    assert_eq!(windows(&tensor![1., 2.], 1, 1).len(), 1);
}

#[test]
fn every_token_but_the_first_ones_is_a_target_once() {
    let data = token_windows(vec![3, 1, 4, 1, 5], 1);
    assert_eq!(data.x, tensor![[3.], [1.], [4.], [1.]]);
    assert_eq!(data.y, tensor![1., 4., 1., 5.]);
}

/// `keras.utils.pad_sequences([[1], [2, 3, 4], []], maxlen=2, padding=P, truncating=T)`.
#[test]
fn padding_is_keras_s() {
    let sequences = [vec![1], vec![2, 3, 4], vec![]];
    let pad = |padding, truncating| pad_sequences(&sequences, 2, padding, truncating);
    assert_eq!(pad(Side::Pre, Side::Pre), tensor![[0., 1.], [3., 4.], [0., 0.]]);
    assert_eq!(pad(Side::Post, Side::Pre), tensor![[1., 0.], [3., 4.], [0., 0.]]);
    assert_eq!(pad(Side::Pre, Side::Post), tensor![[0., 1.], [2., 3.], [0., 0.]]);
    assert_eq!(pad(Side::Post, Side::Post), tensor![[1., 0.], [2., 3.], [0., 0.]]);
    assert_eq!(pad_sequences(&[], 2, Side::Pre, Side::Pre).shape(), [0, 2]);
    assert_eq!(pad_sequences(&sequences, 0, Side::Pre, Side::Pre).shape(), [3, 0]);
}

#[test]
fn tokens_are_drawn_as_often_as_they_are_likely() {
    crate::seed(3);
    // With ln p as logits, probabilities and logits say the same; at temperature 0.5 they go with p squared.
    let p = tensor![0.1, 0.2, 0.7];
    for (prediction, temperature, shares) in [
        (p.clone(), 1.0, [0.1, 0.2, 0.7]),
        (p.ln(), 1.0, [0.1, 0.2, 0.7]),
        (p.reshape([1, 3]), 0.5, [0.01 / 0.54, 0.04 / 0.54, 0.49 / 0.54]),
        (p.ln() + 3.0, 0.5, [0.01 / 0.54, 0.04 / 0.54, 0.49 / 0.54]),
    ] {
        let mut counts = [0; 3];
        for _ in 0..40_000 {
            counts[sample_token(&prediction, temperature)] += 1;
        }
        for (count, share) in counts.into_iter().zip(shares) {
            assert!(
                (f64::from(count) / 40_000.0 - share).abs() < 0.015,
                "{counts:?} {shares:?}"
            );
        }
    }
}

#[test]
fn what_is_impossible_is_never_drawn() {
    for _ in 0..1000 {
        assert_eq!(sample_token(&tensor![0., 1., 0.], 10.0), 1);
        assert_eq!(sample_token(&tensor![-1e30, 5., f32::NEG_INFINITY], 1.0), 1);
        assert_eq!(sample_token(&tensor![0.3, 0.2, 0.5], 1e-6), 2);
    }
    assert_eq!(sample_token(&tensor![7.], 1.0), 0);
}

#[test]
fn wrong_use_is_told_in_words() {
    let series = Tensor::arange(0., 10., 1.);
    let told = [
        message(|| windows(&series, 0, 1)),
        message(|| windows(&series, 10, 1)),
        message(|| windows(&series, usize::MAX, 1)),
        message(|| windows(&Tensor::zeros([2, 2, 2]), 1, 1)),
        message(|| token_windows([1, 2], 2)),
        message(|| pad_sequences(&[vec![1], vec![2]], usize::MAX, Side::Pre, Side::Pre)),
        message(|| sample_token(&Tensor::zeros([2, 3]), 1.0)),
        message(|| sample_token(&Tensor::zeros([3]), -1.0)),
        message(|| sample_token(&tensor![f32::NAN, 1.0], 1.0)),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @"
    windows: a window of 0 steps, 1 ahead
    hint: both are at least 1

    windows: 10 values are too few for 10 steps and 1 ahead
    hint: make the window shorter, or the series longer

    windows: 10 values are too few for 18446744073709551615 steps and 1 ahead
    hint: make the window shorter, or the series longer

    windows: the series has shape [2, 2, 2]
    hint: a series is [n], or [n, columns]

    token_windows: 2 values are too few for 2 steps and 1 ahead
    hint: make the window shorter, or the series longer

    pad_sequences: shape [2, 18446744073709551615] needs 147573952589.7 GB, which this machine does not give
    hint: make it smaller, or work on it in parts

    sample_token: the prediction has shape [2, 3]
    hint: give it one row: the prediction of one sample, or p.rows(0..1)

    sample_token: the temperature is -1
    hint: 0 takes the likeliest token, 1 draws as predicted

    sample_token: the prediction has NaN or infinite numbers
    hint: the network has lost its way; train it again with a smaller learning rate
    ");
}
