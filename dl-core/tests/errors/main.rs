//! What a learner reads when something does not fit: every message of the core, as a snapshot. Those of tensors stand
//! here, those of models in `models.rs`, of learning in `learning.rs`, of numbers that are none in `numbers.rs`.

mod images;
mod layers;
mod learning;
mod models;
mod numbers;

use dl_core::prelude::*;
use insta::assert_snapshot;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message that `f` panics with.
#[track_caller]
fn message<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(|| drop(f()))) {
        Ok(()) => panic!("this should have failed"),
        Err(payload) => *payload.downcast::<String>().expect("a message in words"),
    }
}

#[test]
fn of_arithmetic() {
    let (a, b) = (Tensor::ones([2, 3]), Tensor::ones([2]));
    assert_snapshot!(message(|| &a + &b), @r"
    +: shapes [2, 3] and [2] do not fit together
    hint: counted from the right, sizes must be equal or one of them 1
    ");
    assert_snapshot!(message(|| Tensor::ones([32, 784]).matmul(&Tensor::ones([10, 784]))), @r"
    matmul: [32, 784] x [10, 784]: inner sizes 784 and 10 differ
    hint: transpose the right side: w.t()
    ");
    assert_snapshot!(message(|| Tensor::ones([784, 32]).matmul(&Tensor::ones([784, 10]))), @r"
    matmul: [784, 32] x [784, 10]: inner sizes 32 and 784 differ
    hint: transpose the left side: x.t()
    ");
    assert_snapshot!(message(|| Tensor::ones([2, 3]).matmul(&Tensor::ones([4]))), @r"
    matmul: [2, 3] x [4]: inner sizes 3 and 4 differ
    hint: the left side's columns must be as many as the right side's rows
    ");
    assert_snapshot!(message(|| Tensor::ones([2, 3]).matmul(&Tensor::from(2.0))), @r"
    matmul: [2, 3] x []: matrices have 2 axes, these have 2 and 0
    hint: reshape to [rows, columns] first; to scale by a number use *
    ");
    assert_snapshot!(message(|| Tensor::ones([2, 3, 4]).t()), @r"
    t: shape [2, 3, 4] has 3 axes, a matrix has 2
    hint: reshape to [rows, columns] first
    ");
    assert_snapshot!(message(|| a.clamp(1.0, 0.0)), @r"
    clamp: no number lies between 1 and 0
    hint: give the smaller limit first: x.clamp(0., 1.)
    ");
    assert_snapshot!(message(|| a.leaky_relu(-0.1)), @r"
    leaky_relu: slope is -0.1
    hint: use a small positive number, for example 0.1
    ");
    assert_snapshot!(message(|| Tensor::from(1.0).softmax()), @r"
    softmax: axis 0 of a tensor of shape []
    hint: a single number has no axes; use the operation without an axis
    ");
}

#[test]
fn of_shapes() {
    let x = Tensor::ones([2, 3]);
    assert_snapshot!(message(|| x.reshape([4, 2])), @r"
    reshape: 6 elements do not fill shape [4, 2], which has 8
    hint: the tensor has shape [2, 3]; the product of the sizes must stay the same
    ");
    assert_snapshot!(message(|| Tensor::from_vec(vec![1., 2., 3.], [2, 2])), @r"
    from_vec: 3 elements do not fill shape [2, 2], which has 4
    hint: the 3 values fit shape [3]
    ");
    assert_snapshot!(message(|| Tensor::from(vec![vec![1.], vec![2., 3.]])), @r"
    tensor: the lists inside have different lengths
    hint: every row needs the same number of elements
    ");
    assert_snapshot!(message(|| Tensor::arange(0., 1., 0.)), @r"
    arange: no finite list goes from 0 to 1 in steps of 0
    hint: for a given number of points use Tensor::linspace(start, end, count)
    ");
    assert_snapshot!(message(|| Tensor::zeros([1 << 30, 1 << 30])), @r"
    zeros: shape [1073741824, 1073741824] needs 4611686018.4 GB, which this machine does not give
    hint: make it smaller, or work on it in parts
    ");
    assert_snapshot!(message(|| Tensor::randn([1 << 40, 1 << 40])), @r"
    randn: shape [1099511627776, 1099511627776] needs 4835703278458517.0 GB, which this machine does not give
    hint: make it smaller, or work on it in parts
    ");
    assert_snapshot!(message(|| Tensor::arange(0., 1e30, 1.)), @r"
    arange: shape [18446744073709551615] needs 73786976294.8 GB, which this machine does not give
    hint: make it smaller, or work on it in parts
    ");
    assert_snapshot!(message(|| Tensor::linspace(0., 1., 1 << 50)), @r"
    linspace: shape [1125899906842624] needs 4503599.6 GB, which this machine does not give
    hint: make it smaller, or work on it in parts
    ");
    assert_snapshot!(message(|| x.reshape([1 << 40, 1 << 40])), @r"
    reshape: 6 elements do not fill shape [1099511627776, 1099511627776], which has more than can be counted
    hint: the tensor has shape [2, 3]; the product of the sizes must stay the same
    ");
    // 2^48 bytes: more than an address can reach.
    let column = Tensor::ones([1 << 23, 1]);
    assert_snapshot!(message(|| &column + column.t()), @r"
    result: shape [70368744177664] needs 281475.0 GB, which this machine does not give
    hint: make it smaller, or work on it in parts
    ");
    assert_snapshot!(message(|| x.at([2, 0])), @r"
    at: [2, 0] is outside shape [2, 3]
    hint: indices count from 0, so the last one of an axis is its size - 1
    ");
    assert_snapshot!(message(|| x.at([1])), @r"
    at: [1] is outside shape [2, 3]
    hint: give 2 indices, one per axis
    ");
    assert_snapshot!(message(|| x.item()), @r"
    item: shape [2, 3] holds 6 numbers, not one
    hint: pick one with x.at([..]) or reduce with x.sum() or x.mean()
    ");
    assert_snapshot!(message(|| x.sum_axis(2)), @r"
    sum_axis: axis 2 of a tensor of shape [2, 3]
    hint: its axes are 0 to 1
    ");
    assert_snapshot!(message(|| Tensor::from(1.0).sum_axis(0)), @r"
    sum_axis: axis 0 of a tensor of shape []
    hint: a single number has no axes; use the operation without an axis
    ");
    assert_snapshot!(message(|| x.rows(1..3)), @r"
    slice: 1..3 on axis 0 is outside shape [2, 3]
    hint: axis 0 goes from 0 to 2
    ");
    assert_snapshot!(message(|| Tensor::concat(&[], 0)), @r"
    concat: there is nothing to join
    hint: give at least one tensor: Tensor::concat(&[&a, &b], 0)
    ");
    assert_snapshot!(message(|| Tensor::concat(&[&x, &x.t()], 0)), @r"
    concat: shapes [2, 3] and [3, 2] differ elsewhere than on axis 0
    hint: all sizes but the one of the joined axis must be equal
    ");
    assert_snapshot!(message(|| Tensor::zeros([0, 3]).mean()), @r"
    mean: shape [0, 3] holds no elements to choose from
    hint: look at what made the tensor empty
    ");
    assert_snapshot!(message(|| Tensor::zeros([0, 3]).argmax_axis(0)), @r"
    argmax_axis: shape [0, 3] holds no elements to choose from
    hint: look at what made the tensor empty
    ");
}

#[test]
fn of_gradients() {
    let (x, w) = (tensor![1., 2.], tensor![3., 4.].track());
    assert_snapshot!(message(|| (&x * &w).backward()), @r"
    backward: the loss has shape [2], but must be a single number
    hint: reduce it first: loss.mean().backward()
    ");
    assert_snapshot!(message(|| (&x * &x).sum().backward()), @r"
    backward: nothing that led to this loss is tracked
    hint: mark the weights before computing with them: let w = Tensor::randn([2, 1]).track();
    ");
    let gradients = (&x * &w).sum().backward();
    assert_snapshot!(message(|| gradients.of(&x)), @r"
    gradients.of: this tensor is not tracked
    hint: track it before computing the loss, and use that very variable: let w = w.track();
    ");
    assert_snapshot!(message(|| gradients.of(&w.track())), @r"
    gradients.of: the loss does not depend on this tensor
    hint: track it before computing the loss, and use that very variable: let w = w.track();
    ");
}

#[test]
fn of_devices() {
    match Device::cuda(0) {
        Err(error) => assert_snapshot!(error, @"
        device cuda:0: NVIDIA's driver library libcuda.so.1 was not found
        hint: a card needs NVIDIA's driver, and a container the option --gpus all; without one use Device::cpu(), or Device::best() for the fastest device there is
        "),
        Ok(device) => println!("skipped: what is said without a graphics card, as there is {device}"),
    }
}

#[test]
fn the_place_is_the_callers() {
    thread_local!(static LINE: Cell<u32> = const { Cell::new(0) });
    // Other tests panic at the same time: each thread keeps its own line.
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        LINE.set(info.location().map_or(0, std::panic::Location::line));
        before(info);
    }));
    let (a, b) = (Tensor::ones([2, 3]), Tensor::ones([2]));
    let mut lines = Vec::new();
    let mut line_of = |f: &dyn Fn()| {
        catch_unwind(AssertUnwindSafe(f)).expect_err("fails");
        lines.push(LINE.get());
    };
    let first = line!();
    line_of(&|| drop(&a + &b));
    line_of(&|| drop(a.matmul(&b)));
    line_of(&|| drop(a.mean_axis(5)));
    line_of(&|| drop(Tensor::zeros([0]).max()));
    line_of(&|| drop(Sequential::new([3]).add(Dense::new(0))));
    assert_eq!(lines, (first + 1..=first + 5).collect::<Vec<_>>());
}

#[test]
fn windows_that_do_not_fit() {
    let images = Tensor::zeros([2, 4, 4, 3]);
    let conv = Conv::default();
    let messages = [
        message(|| images.conv2d(&Tensor::zeros([3, 3]), conv)),
        message(|| images.conv2d(&Tensor::zeros([3, 3, 1, 8]), conv)),
        message(|| images.conv2d(&Tensor::zeros([5, 5, 3, 8]), conv)),
        message(|| images.conv2d(&Tensor::zeros([3, 3, 3, 8]), Conv { stride: 0, ..conv })),
        message(|| Tensor::zeros([4, 4]).max_pool2d(2, 2)),
        message(|| images.avg_pool2d(0, 1)),
    ];
    assert_snapshot!(messages.join("\n\n"), @"
    conv2d: images of shape [2, 4, 4, 3], filters of shape [3, 3]
    hint: images are [n, height, width, channels] and filters [height, width, channels, filters]

    conv2d: images of 3 channels, filters for 1
    hint: the third size of the filters is the number of channels of the images

    conv2d: a window of 5 x 5 pixels over images of 4 x 4
    hint: take a smaller window, larger images, or Padding::Same

    conv2d: a window of 3 x 3 pixels, moved by 0
    hint: the window and its stride are at least 1

    max_pool2d: a tensor of shape [4, 4]
    hint: images are [n, height, width, channels]

    avg_pool2d: a window of 0 x 0 pixels, moved by 1
    hint: the window and its stride are at least 1
    ");
}
