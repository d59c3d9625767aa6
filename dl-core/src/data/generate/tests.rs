//! Generated data against its formulas.

use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

#[test]
fn curves_are_where_their_formulas_say() {
    let close = |data: &Dataset, expected: &[[f32; 2]]| {
        for (row, point) in data.x.to_vec().chunks_exact(2).zip(expected) {
            assert!(
                (row[0] - point[0]).abs() < 1e-6 && (row[1] - point[1]).abs() < 1e-6,
                "{row:?} {point:?}"
            );
        }
        assert_eq!(data.len(), expected.len());
    };
    close(
        &moons(6, 0.0),
        &[[1., 0.], [0., 0.5], [0., 1.], [1., -0.5], [-1., 0.], [2., 0.5]],
    );
    close(&circles(4, 0.0), &[[1., 0.], [0.5, 0.], [-1., 0.], [-0.5, 0.]]);
    close(&spirals(4, 0.0), &[[0.1, 0.], [-0.1, 0.], [0., -1.], [0., 1.]]);
    for count in [0, 1, 2, 3] {
        assert_eq!(
            [
                moons(count, 0.1).len(),
                circles(count, 0.1).len(),
                spirals(count, 0.1).len()
            ],
            [count; 3]
        );
        assert!(
            spirals(count, 0.1)
                .x
                .to_vec()
                .iter()
                .all(|value| value.is_finite())
        );
    }
}

#[test]
fn noise_differs_from_draw_to_draw() {
    assert_ne!(sine(9, 0.2), sine(9, 0.2));
    assert_ne!(moons(9, 0.2), moons(9, 0.2));
}

#[test]
fn series_follow_their_formulas() {
    let wave = sine(26, 0.0).to_vec();
    assert!(
        (wave[25]).abs() < 1e-6 && (wave[6] - 0.998_027).abs() < 1e-5,
        "{wave:?}"
    );
    // Day 372 is day 1 of a week, and 7 days into the second year: sin(2 pi 7 / 365) = 0.120208.
    let sales = seasonal(400, 0.0);
    assert!(
        (sales.at([372]) - (20.0 + 7.44 + 0.601_04 - 1.0)).abs() < 1e-4,
        "{}",
        sales.at([372])
    );
    assert_eq!(sales.at([0]), 20.0);
    assert_eq!(seasonal(0, 1.0).shape(), [0]);
}

#[test]
fn senseless_arguments_are_refused() {
    let message = |f: fn()| {
        *catch_unwind(AssertUnwindSafe(f))
            .unwrap_err()
            .downcast::<String>()
            .unwrap()
    };
    let told = [
        message(|| drop(xor(10, -0.1))),
        message(|| drop(seasonal(10, f32::NAN))),
        message(|| drop(checkerboard(10, 0))),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @"
    xor: noise is -0.1
    hint: it is a standard deviation: 0 for none, or a small number such as 0.1

    seasonal: noise is NaN
    hint: it is a standard deviation: 0 for none, or a small number such as 0.1

    checkerboard: a board of 0 fields has no room for points
    hint: checkerboard(500, 4)
    ");
}
