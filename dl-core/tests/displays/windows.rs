//! Windows that walk over images: the numbers of the lessons, step by step.

use super::{picture, plain, words};
use dl_core::prelude::*;
use insta::assert_snapshot;

fn image() -> Tensor {
    tensor![
        [1., 0., 1., 1., 0., 1.],
        [0., 1., 0., 0., 1., 0.],
        [0., 1., 1., 1., 1., 0.],
        [0., 1., 1., 1., 1., 0.],
        [1., 0., 1., 1., 0., 1.],
        [1., 1., 0., 0., 1., 1.]
    ]
}

fn blur() -> Tensor {
    tensor![[0.06, 0.13, 0.06], [0.13, 0.25, 0.13], [0.06, 0.13, 0.06]]
}

const VALID: Conv = Conv {
    stride: 1,
    padding: Valid,
};

#[track_caller]
fn assert_near(result: &Tensor, expected: &Tensor) {
    assert_eq!(result.shape(), expected.shape());
    assert!((result - expected).abs().max().item() < 0.0051, "{result:?}");
}

#[test]
fn a_convolution_gives_the_numbers_of_the_lesson() {
    let valid = convolution_window(&image(), &blur(), VALID);
    assert_eq!(valid.steps(), 16);
    let expected = tensor![
        [0.56, 0.57, 0.57, 0.56],
        [0.70, 0.82, 0.82, 0.70],
        [0.69, 0.95, 0.95, 0.69],
        [0.64, 0.69, 0.69, 0.64]
    ];
    assert_near(&valid.result(), &expected);
    assert_snapshot!(plain(&valid.at(5)), @"
    Step 6 of 16: the window gives row 1, column 1
    image, with the window in brackets:
      1   0   1   1   0   1
      0  [1] [0] [0]  1   0
      0  [1] [1] [1]  1   0
      0  [1] [1] [1]  1   0
      1   0   1   1   0   1
      1   1   0   0   1   1
    kernel:
     0.06 0.13 0.06
     0.13 0.25 0.13
     0.06 0.13 0.06
    result:
     0.56 0.57 0.57 0.56
      0.7 0.82    ?    ?
        ?    ?    ?    ?
        ?    ?    ?    ?
    1·0.06 + 0·0.13 + 0·0.06 +
    1·0.13 + 1·0.25 + 1·0.13 +
    1·0.06 + 1·0.13 + 1·0.06 = 0.82
    ");
    // Shown as it is, it is at its end.
    assert_eq!(plain(&valid), plain(&valid.at(15)));
    // Six results, and empty cells for those to come.
    let said = words(&picture(&valid.at(5)));
    assert_eq!(said.lines().filter(|line| *line == "0.82").count(), 1, "{said}");
}

#[test]
fn padding_is_a_rim_of_zeros() {
    let same = convolution_window(
        &image(),
        &blur(),
        Conv {
            stride: 1,
            padding: Same,
        },
    );
    assert_eq!((same.steps(), same.result().shape().to_vec()), (36, vec![6, 6]));
    assert!((same.result().at([0, 0]) - 0.31).abs() < 1e-6);
    assert_snapshot!(plain(&same.at(0)).lines().take(10).collect::<Vec<_>>().join("\n"), @"
    Step 1 of 36: the window gives row 0, column 0
    image, with the window in brackets:
     [0] [0] [0]  0   0   0   0   0
     [0] [1] [0]  1   1   0   1   0
     [0] [0] [1]  0   0   1   0   0
      0   0   1   1   1   1   0   0
      0   0   1   1   1   1   0   0
      0   1   0   1   1   0   1   0
      0   1   1   0   0   1   1   0
      0   0   0   0   0   0   0   0
    ");
    let wide = convolution_window(
        &image(),
        &blur(),
        Conv {
            stride: 2,
            padding: Same,
        },
    );
    assert_eq!(wide.steps(), 9);
    // By Keras's rule an even image is padded behind only.
    assert!(
        plain(&wide.at(0))
            .lines()
            .nth(2)
            .is_some_and(|row| row.trim_start().starts_with("[1]"))
    );
    for window in [same, wide] {
        (0..window.steps()).for_each(|step| drop(picture(&window.at(step))));
    }
}

#[test]
fn an_edge_filter_and_a_pooling() {
    let image = tensor![
        [0., 0., 0., 0., 0., 0.],
        [0., 0., 0., 0., 0., 0.],
        [0., 0., 3., 7., 6., 6.],
        [0., 0., 9., 10., 10., 10.]
    ];
    let edges = tensor![[-1., 0., 1.], [-1., 0., 1.], [-1., 0., 1.]];
    let window = convolution_window(&image, &edges, VALID);
    assert_eq!(window.result(), tensor![[3., 7., 3., -1.], [12., 17., 4., -1.]]);
    assert_snapshot!(words(&picture(&window)).lines().rev().take(2).collect::<Vec<_>>().join("\n"), @"
    10·(-1) + 10·0 + 10·1 = -1
    7·(-1) + 6·0 + 6·1 +
    ");
    let pool = pooling_window(
        &tensor![
            [110., 256., 153., 67.],
            [12., 89., 88., 43.],
            [10., 15., 50., 55.],
            [23., 9., 49., 23.]
        ],
        2,
        2,
    );
    assert_eq!(
        (pool.steps(), pool.result()),
        (4, tensor![[256., 153.], [23., 55.]])
    );
    assert_snapshot!(plain(&pool.at(1)), @"
    Step 2 of 4: the window gives row 0, column 1
    image, with the window in brackets:
      110   256  [153]  [67]
       12    89   [88]  [43]
       10    15    50    55
       23     9    49    23
    result:
     256 153
       ?   ?
    max(153, 67,
    88, 43) = 153
    ");
    // Odd rows and columns at the end are not reached.
    assert_eq!(pooling_window(&Tensor::ones([5, 5]), 2, 2).steps(), 4);
    assert_eq!(pooling_window(&Tensor::ones([5, 5]), 3, 1).steps(), 9);
}

#[test]
fn large_and_odd_numbers_have_pictures() {
    let kernel = Tensor::uniform([7, 7], -1., 1.);
    let largest = convolution_window(
        &(1e6 * Tensor::randn([16, 16])),
        &kernel,
        Conv {
            stride: 1,
            padding: Same,
        },
    );
    picture(&largest);
    picture(&convolution_window(
        &Tensor::full([3, 3], f32::NAN),
        &Tensor::full([2, 2], f32::INFINITY),
        VALID,
    ));
    picture(&pooling_window(&Tensor::zeros([1, 16, 16, 1]), 4, 4));
    picture(&convolution_window(
        &Tensor::ones([1, 1]),
        &Tensor::ones([1, 1]),
        VALID,
    ));
}

#[test]
fn what_does_not_fit_is_told_in_words() {
    let message = |f: &dyn Fn()| {
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).expect_err("a panic");
        payload.downcast_ref::<String>().cloned().unwrap_or_default()
    };
    let told = [
        message(&|| drop(convolution_window(&Tensor::ones([28, 28]), &blur(), VALID))),
        message(&|| drop(convolution_window(&image(), &Tensor::ones([3, 3, 1, 8]), VALID))),
        message(&|| drop(convolution_window(&Tensor::ones([2, 2]), &blur(), VALID))),
        message(&|| drop(convolution_window(&Tensor::ones([0, 2]), &blur(), VALID))),
        message(&|| drop(pooling_window(&image(), 2, 0))),
        message(&|| drop(pooling_window(&image(), 2, 2).at(9))),
    ];
    assert_snapshot!(told.join("\n\n"), @"
    convolution_window: the image has 28 x 28 numbers, too many to read
    hint: cut out a part of at most 16 x 16: x.slice(0, 8..18).slice(1, 8..18)

    convolution_window: the kernel has shape [3, 3, 1, 8] and is no matrix
    hint: it has rows and columns, such as tensor![[1., 0.], [0., 1.]]

    convolution_window: a window of 3 x 3 pixels over images of 2 x 2
    hint: take a smaller window, larger images, or Padding::Same

    convolution_window: the image has shape [0, 2] and is no matrix
    hint: it has rows and columns, such as tensor![[1., 0.], [0., 1.]]

    pooling_window: a window of 2 x 2 pixels, moved by 0
    hint: the window and its stride are at least 1

    at: step 9 of a window that has 9
    hint: steps count from 0: the last one is 8
    ");
}
