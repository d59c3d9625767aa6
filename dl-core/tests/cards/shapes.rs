//! Operations on shapes around the sizes at which a card divides its work: a warp of 32, blocks of 256 and 1024, more elements
//! than all threads that are started, and nothing at all.

use crate::{agree, whole_numbers, with_gradients};
use dl_core::prelude::*;

const EXACT: f32 = 0.0;
const CLOSE: f32 = 1e-5;

const COUNTS: [usize; 13] = [
    0, 1, 2, 31, 32, 33, 255, 257, 1_025, 4_097, 16_385, 70_000, 140_001,
];

#[test]
fn each_element() {
    for count in COUNTS {
        let x = whole_numbers(&[count], 1);
        agree("elements", CLOSE, |device| {
            let x = x.to(device);
            let positive = x.abs() + 0.5;
            vec![
                -&x,
                x.square(),
                x.abs(),
                x.clamp(-2.0, 3.0),
                positive.ln(),
                positive.sqrt(),
                (&x / 8.0).exp(),
                positive.powf(1.5),
                x.sigmoid(),
                x.tanh(),
                x.relu(),
                x.elu(0.7),
                2.0 - &x,
                1.0 / &positive,
                &x * &positive,
            ]
        });
    }
}

#[test]
fn special_numbers() {
    let special = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        0.0,
        -0.0,
        1e-40,
        -3.5,
        1e30,
    ];
    let x = Tensor::from_vec(special.to_vec(), [8]);
    let pairs = Tensor::from_vec(special.iter().flat_map(|&a| [a; 8]).collect(), [8, 8]);
    agree("special numbers", CLOSE, |device| {
        let (x, pairs) = (x.to(device), pairs.to(device));
        vec![
            x.exp(),
            x.ln(),
            x.sqrt(),
            x.abs(),
            x.clamp(-1.0, 1.0),
            x.sigmoid(),
            x.tanh(),
            x.relu(),
            x.leaky_relu(0.1),
            x.elu(1.0),
            x.max(),
            x.min(),
            x.sum(),
            x.argmax_axis(0),
            x.softmax(),
            &x + &pairs,
            &pairs * &x,
            &x / &pairs,
            pairs.max_axis(0),
            pairs.min_axis(1),
            pairs.argmax_axis(1),
        ]
    });
}

#[test]
fn everything_as_one_number() {
    for count in COUNTS.into_iter().skip(1) {
        let x = whole_numbers(&[count], 2);
        agree("sum of everything", EXACT, |device| {
            let x = x.to(device);
            vec![x.sum(), x.max(), x.min(), x.argmax_axis(0)]
        });
        agree("mean of everything", CLOSE, |device| vec![x.to(device).mean()]);
        agree("extremes, with gradients", CLOSE, |device| {
            with_gradients(device, std::slice::from_ref(&x), &|x| x[0].max() + x[0].min())
        });
    }
}

#[test]
fn along_an_axis() {
    let shapes: [&[usize]; 13] = [
        &[3, 40_000],
        &[40_000, 3],
        &[300, 2],
        &[1, 3_000, 5],
        &[2, 700, 33],
        &[5, 1, 70],
        &[70, 3, 1],
        &[33, 65],
        &[2, 0, 3],
        &[0, 4],
        &[3, 2, 2, 5],
        &[1],
        &[600, 40],
    ];
    for shape in shapes {
        let x = whole_numbers(shape, 3);
        for (axis, &size) in shape.iter().enumerate() {
            let what = format!("axis {axis} of {shape:?}");
            agree(&what, EXACT, |device| vec![x.to(device).sum_axis(axis)]);
            if size > 0 {
                agree(&what, CLOSE, |device| {
                    let x = x.to(device);
                    let (least, most, mean) = (x.min_axis(axis), x.max_axis(axis), x.mean_axis(axis));
                    vec![least, most, mean, x.argmax_axis(axis)]
                });
                agree(&what, CLOSE, |device| {
                    with_gradients(device, std::slice::from_ref(&x), &|x| {
                        x[0].max_axis(axis) + x[0].sum_axis(axis)
                    })
                });
            }
        }
    }
}

#[test]
fn two_shapes_broadcast_together() {
    let pairs: [(&[usize], &[usize]); 16] = [
        (&[300, 70], &[70]),
        (&[70], &[300, 70]),
        (&[300, 70], &[300, 1]),
        (&[300, 1], &[1, 70]),
        (&[1, 70], &[300, 1]),
        (&[300, 70], &[]),
        (&[], &[300, 70]),
        (&[1, 1], &[300, 70]),
        (&[5, 40, 33], &[40, 1]),
        (&[5, 1, 33], &[40, 33]),
        (&[2, 3, 1, 5], &[1, 3, 4, 1]),
        (&[2, 3, 4, 5, 6], &[3, 1, 5, 1]),
        (&[0, 7], &[7]),
        (&[3, 0], &[3, 1]),
        (&[1], &[0]),
        (&[140_001], &[1]),
    ];
    for (number, (left, right)) in pairs.into_iter().enumerate() {
        let inputs = [whole_numbers(left, number as u64), whole_numbers(right, 40) + 0.5];
        let what = format!("{left:?} with {right:?}");
        agree(&what, CLOSE, |device| {
            with_gradients(device, &inputs, &|x| &x[0] * &x[1] + &x[0] / &x[1] - &x[1])
        });
    }
}

#[test]
fn products_of_matrices() {
    let sizes = [
        (1, 1, 1),
        (1, 300, 1),
        (33, 1, 65),
        (64, 64, 64),
        (257, 31, 5),
        (3, 0, 4),
        (0, 3, 4),
        (4, 3, 0),
        (128, 784, 10),
    ];
    for (rows, inner, columns) in sizes {
        let inputs = [
            whole_numbers(&[rows, inner], 6),
            whole_numbers(&[inner, columns], 7),
        ];
        // Whole numbers below 2048 are exact in TF32, too.
        agree(
            &format!("[{rows}, {inner}] x [{inner}, {columns}]"),
            EXACT,
            |device| {
                let (a, b) = (inputs[0].to(device), inputs[1].to(device));
                vec![a.matmul(&b), b.t().matmul(&a.t()), a.t().matmul(&a)]
            },
        );
        agree("a product, with gradients", CLOSE, |device| {
            with_gradients(device, &inputs, &|x| x[0].matmul(&x[1]))
        });
    }
}

#[test]
fn elements_moved() {
    let shapes: [&[usize]; 6] = [&[300, 70], &[5, 40, 33], &[2, 3, 4, 5], &[1, 9], &[9, 1], &[4, 0]];
    for shape in shapes {
        let x = whole_numbers(shape, 8);
        for (axis, &size) in shape.iter().enumerate() {
            let ranges = [0..size, size / 3..size, size / 2..size / 2];
            agree(&format!("parts of axis {axis} of {shape:?}"), EXACT, |device| {
                let tensors = |x: &[Tensor]| {
                    let parts = ranges.clone().map(|range| x[0].slice(axis, range));
                    Tensor::concat(&[&parts[1], &parts[0], &parts[2], &parts[1]], axis)
                };
                with_gradients(device, std::slice::from_ref(&x), &tensors)
            });
        }
        agree("other shapes", EXACT, |device| {
            let x = x.to(device);
            let flat = x.reshape([x.len()]);
            let turned = match x.rank() {
                2 => x.t(),
                _ => x.reshape([x.shape()[0], x.len() / x.shape()[0].max(1)]).t(),
            };
            vec![flat, turned]
        });
    }
}

#[test]
fn softmax_of_any_width() {
    for (rows, width) in [
        (1, 1),
        (3, 31),
        (40, 10),
        (5, 33),
        (300, 2),
        (2, 1_000),
        (0, 5),
        (700, 7),
    ] {
        let scores = whole_numbers(&[rows, width], 9) / 4.0;
        let classes = (0..rows).map(|row| (row * 7 % width) as f32).collect();
        let classes = Tensor::from_vec(classes, [rows]);
        let shares = scores.softmax();
        agree(&format!("softmax [{rows}, {width}]"), CLOSE, |device| {
            with_gradients(device, std::slice::from_ref(&scores), &|x| x[0].softmax())
        });
        if rows == 0 {
            continue;
        }
        agree(&format!("cross-entropy [{rows}, {width}]"), CLOSE, |device| {
            let sparse = SparseCategoricalCrossentropy::from_logits();
            let dense = CategoricalCrossentropy::from_logits();
            let (classes, shares) = (classes.to(device), shares.to(device));
            let mut results = with_gradients(device, std::slice::from_ref(&scores), &|x| {
                sparse.value(&x[0], &classes)
            });
            results.extend(with_gradients(device, std::slice::from_ref(&scores), &|x| {
                dense.value(&x[0], &shares)
            }));
            results
        });
    }
}

#[test]
fn windows_of_all_kinds() {
    let images: [[usize; 4]; 5] = [
        [2, 9, 7, 3],
        [1, 1, 1, 1],
        [3, 28, 28, 1],
        [1, 40, 5, 33],
        [2, 6, 6, 64],
    ];
    for shape in images {
        let x = whole_numbers(&shape, 10) / 8.0;
        for (size, stride, padding) in [
            (1, 1, Valid),
            (3, 1, Same),
            (2, 2, Same),
            (3, 2, Same),
            (5, 3, Same),
        ] {
            let filters = whole_numbers(&[size, size, shape[3], 5], 11) / 8.0;
            let what = format!("windows of {size} by {stride} over {shape:?}");
            agree(&what, CLOSE, |device| {
                with_gradients(device, &[x.clone(), filters.clone()], &|x| {
                    x[0].conv2d(&x[1], Conv { stride, padding })
                })
            });
            if size <= shape[1].min(shape[2]) {
                agree(&what, CLOSE, |device| {
                    with_gradients(device, std::slice::from_ref(&x), &|x| {
                        x[0].avg_pool2d(size, stride) + x[0].max_pool2d(size, stride)
                    })
                });
            }
        }
    }
}
