//! Broadcasting, slicing, reductions and products agree with `ndarray`'s own, for many shapes.

use dl_core::prelude::*;
use ndarray::{ArrayD, Axis, Ix2, IxDyn, Slice};

/// All shapes up to rank 3 with sizes 0 to 3.
fn shapes() -> Vec<Vec<usize>> {
    let mut shapes = vec![vec![]];
    let mut rank_before = shapes.clone();
    for _ in 0..3 {
        rank_before = rank_before
            .iter()
            .flat_map(|shape| (0..4).map(|size| [&shape[..], &[size]].concat()))
            .collect();
        shapes.extend(rank_before.clone());
    }
    shapes
}

fn counting(shape: &[usize]) -> ArrayD<f32> {
    let count: usize = shape.iter().product();
    ArrayD::from_shape_vec(
        IxDyn(shape),
        (0..count).map(|i| (i * 7 % 13) as f32 - 4.0).collect(),
    )
    .expect("fits")
}

#[test]
fn broadcasting() {
    let mut fitting = 0;
    for left in shapes() {
        for right in shapes() {
            let (a, b) = (counting(&left), counting(&right) + 0.5);
            let rank = left.len().max(right.len());
            let size =
                |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
            let fits = (0..rank).all(|axis| {
                let (a, b) = (size(&left, axis), size(&right, axis));
                a == b || a == 1 || b == 1
            });
            let sum = || Tensor::from(&a) - Tensor::from(&b);
            if fits {
                fitting += 1;
                assert_eq!(sum().to_ndarray(), &a - &b, "{left:?} - {right:?}");
            } else {
                std::panic::catch_unwind(sum).expect_err("shapes that do not fit");
            }
        }
    }
    assert!(fitting > 1000);
}

#[test]
fn slices_and_reductions() {
    for shape in shapes() {
        let array = counting(&shape);
        let tensor = Tensor::from(&array);
        assert_eq!(tensor.sum().item(), array.sum());
        for (axis, &size) in shape.iter().enumerate() {
            for start in 0..=size {
                for end in start..=size {
                    let expected = array.slice_axis(Axis(axis), Slice::from(start..end)).to_owned();
                    assert_eq!(tensor.slice(axis, start..end).to_ndarray(), expected);
                }
            }
            assert_eq!(tensor.sum_axis(axis).to_ndarray(), array.sum_axis(Axis(axis)));
            if size > 0 {
                assert_eq!(
                    Some(tensor.mean_axis(axis).to_ndarray()),
                    array.mean_axis(Axis(axis))
                );
                let largest = array.map_axis(Axis(axis), |lane| lane.fold(f32::MIN, |a, &b| a.max(b)));
                assert_eq!(tensor.max_axis(axis).to_ndarray(), largest);
                assert_eq!((-(-tensor.clone()).min_axis(axis)).to_ndarray(), largest);
                let positions = array.map_axis(Axis(axis), |lane| {
                    let largest = lane.fold(f32::MIN, |a, &b| a.max(b));
                    lane.iter()
                        .position(|&x| x == largest)
                        .expect("the largest is there") as f32
                });
                assert_eq!(tensor.argmax_axis(axis).to_ndarray(), positions);
            }
            let joined = Tensor::concat(&[&tensor, &tensor], axis);
            let expected =
                ndarray::concatenate(Axis(axis), &[array.view(), array.view()]).expect("same shape");
            assert_eq!(joined.to_ndarray(), expected);
        }
    }
}

#[test]
fn products() {
    for rows in [0, 1, 2, 5, 33] {
        for inner in [0, 1, 3, 17] {
            for columns in [0, 1, 4, 40] {
                check_product(rows, inner, columns);
            }
        }
    }
    // Large enough to be shared among threads, split by rows and by columns, with uneven shares.
    check_product(523, 130, 70);
    check_product(70, 130, 523);
}

fn check_product(rows: usize, inner: usize, columns: usize) {
    let matrix = |shape| counting(shape).into_dimensionality::<Ix2>().expect("a matrix");
    let (a, b) = (matrix(&[rows, inner]), matrix(&[inner, columns]));
    let product = Tensor::from(&a).matmul(&Tensor::from(&b));
    // Sums of small whole numbers are exact in any order.
    assert_eq!(product.to_ndarray(), a.dot(&b).into_dyn());
    let flipped = Tensor::from(&b).t().matmul(&Tensor::from(&a).t());
    assert_eq!(flipped.t(), product);
}
