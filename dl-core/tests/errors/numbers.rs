//! What a learner reads when numbers go wrong: a loss that is no number, while learning and while judging, with its likely
//! cause; shapes that would grow; limits that hold no number.

use super::message;
use dl_core::prelude::*;
use insta::assert_snapshot;

/// Why learning fails: one epoch of single samples after the other, by a model of one weight that starts from 1.
fn learning(rate: f32, x: [f32; 2], y: [f32; 2]) -> String {
    let mut model = Sequential::new([1]).add(Dense::new(1).kernel_initialiser(Constant(1.0)));
    model.compile(SGD::new(rate), MeanSquaredError::new(), []);
    let data = Dataset::new(Tensor::from(x).reshape([2, 1]), Tensor::from(y));
    let before = model.weights();
    let fit = Fit::epochs(100).batch_size(1).shuffle(false).silent();
    let error = model.fit(&data, fit).expect_err("no number any more");
    assert_eq!(model.weights(), before);
    error.to_string()
}

#[test]
fn of_data_that_hold_no_numbers() {
    assert_snapshot!(learning(0.1, [1., f32::NAN], [0., 0.]), @"
    fit: the loss became NaN in epoch 1, step 2; the weights are as they were before
    hint: the samples hold NaN or infinity: clean the data first
    ");
    assert_snapshot!(learning(0.1, [f32::INFINITY, 1.], [0., 0.]), @"
    fit: the loss became inf in epoch 1, step 1; the weights are as they were before
    hint: the samples hold NaN or infinity: clean the data first
    ");
    assert_snapshot!(learning(0.1, [1., 1.], [0., f32::NAN]), @"
    fit: the loss became NaN in epoch 1, step 2; the weights are as they were before
    hint: the targets hold NaN or infinity: clean the data first
    ");
    assert_snapshot!(learning(0.1, [1., 1.], [f32::NEG_INFINITY, 0.]), @"
    fit: the loss became inf in epoch 1, step 1; the weights are as they were before
    hint: the targets hold NaN or infinity: clean the data first
    ");
}

#[test]
fn of_numbers_that_are_too_large() {
    assert_snapshot!(learning(0.5, [255., 200.], [0., 0.]), @"
    fit: the loss became inf in epoch 3, step 1; the weights are as they were before
    hint: the samples reach 255: scale them to about 0 to 1 with normalize()
    ");
    assert_snapshot!(learning(1e20, [1., 2.], [5000., 0.]), @"
    fit: the loss became inf in epoch 1, step 2; the weights are as they were before
    hint: the targets reach 5000: scale them too, for example y / 5000
    ");
    assert_snapshot!(learning(1e20, [1., 2.], [0., 1.]), @"
    fit: the loss became inf in epoch 1, step 2; the weights are as they were before
    hint: the weights have likely grown too large: compile with a learning rate below 1e20
    ");
}

#[test]
fn of_a_recurrent_layer_whose_gradients_explode() {
    let mut model = Sequential::new([40, 1])
        .add(
            SimpleRNN::new(4)
                .activation(ReLU)
                .recurrent_initialiser(Constant(2.0)),
        )
        .add(Dense::new(1).kernel_initialiser(Constant(1.0)));
    model.compile(Adam::new(0.01), MeanSquaredError::new(), []);
    let data = Dataset::new(Tensor::ones([4, 40, 1]), Tensor::zeros([4]));
    model
        .set_weights(&[
            Tensor::ones([1, 4]),
            Tensor::full([4, 4], 2.0),
            Tensor::zeros([4]),
            Tensor::ones([4, 1]),
            Tensor::zeros([1]),
        ])
        .expect("fits");
    let error = model
        .fit(&data, Fit::epochs(3).silent())
        .expect_err("eight times as much at each step");
    assert_snapshot!(error, @"
    fit: the loss became inf in epoch 1, step 1; the weights are as they were before
    hint: over many steps gradients explode: cut them, as in Adam::new(0.01).global_clip_norm(1.0), or lower the learning rate
    ");
}

#[test]
fn of_weights_that_are_no_numbers() {
    let mut model = Sequential::new([1]).add(Dense::new(1));
    model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    model
        .set_weights(&[tensor![[f32::NAN]], tensor![0.]])
        .expect("fits");
    let data = Dataset::new(tensor![[1.]], tensor![1.]);
    assert_snapshot!(model.fit(&data, Fit::epochs(1).silent()).expect_err("NaN"), @"
    fit: the loss became NaN in epoch 1, step 1; the weights are as they were before
    hint: the model's weights hold NaN or infinity: build it anew, or load weights that are numbers
    ");
    assert_snapshot!(model.evaluate(&data).expect_err("NaN"), @"
    evaluate: the loss is NaN
    hint: the model's weights hold NaN or infinity: build it anew, or load weights that are numbers
    ");
}

#[test]
fn of_a_last_step_that_breaks_the_weights() {
    // The loss is a number still, the gradient of the square root at 0 is none.
    #[derive(Clone, Debug)]
    struct Root;
    impl Loss for Root {
        fn value(&self, prediction: &Tensor, _: &Tensor) -> Tensor {
            prediction.abs().sqrt().mean()
        }
    }
    let mut model = Sequential::new([1]).add(Dense::new(1));
    model.compile(SGD::new(0.1), Root, []);
    let before = model.weights();
    let data = Dataset::new(tensor![[0.]], tensor![0.]);
    assert_snapshot!(model.fit(&data, Fit::epochs(1).silent()).expect_err("broken"), @"
    fit: the last step made a weight NaN or infinite; the weights are as they were before
    hint: the weights have likely grown too large: compile with a learning rate below 0.1
    ");
    assert_eq!(model.weights(), before);
}

#[test]
fn of_judging() {
    let mut model = Sequential::new([1]).add(Dense::new(1).kernel_initialiser(Constant(1.0)));
    model.compile(SGD::new(0.01), MeanSquaredError::new(), []);
    let judged = |model: &Sequential, x: f32, y: f32| {
        let data = Dataset::new(tensor![[1.], [x]], tensor![1., y]);
        model.evaluate(&data).expect_err("no number").to_string()
    };
    assert_snapshot!(judged(&model, f32::NAN, 0.), @"
    evaluate: the loss is NaN
    hint: the samples hold NaN or infinity: clean the data first
    ");
    assert_snapshot!(judged(&model, 0., f32::NAN), @"
    evaluate: the loss is NaN
    hint: the targets hold NaN or infinity: clean the data first
    ");
    assert_snapshot!(judged(&model, 1e30, 0.), @"
    evaluate: the loss is inf
    hint: the samples reach 1000000000000000000000000000000: scale them to about 0 to 1 with normalize()
    ");

    let good = Dataset::new(tensor![[1.], [2.]], tensor![1., 2.5]);
    let bad = Dataset::new(tensor![[1.], [f32::NAN]], tensor![1., 2.]);
    let before = model.weights();
    let fit = Fit::epochs(3).validation(&bad).silent();
    assert_snapshot!(model.fit(&good, fit).expect_err("no number"), @"
    fit, validation after epoch 1: the loss is NaN
    hint: the samples hold NaN or infinity: clean the data first
    ");
    assert_eq!(model.weights(), before);
}

#[test]
fn of_a_left_side_that_would_grow() {
    let rows = Tensor::ones([2, 3]);
    let grow = |change: fn(&mut Tensor, &Tensor)| {
        let mut left = Tensor::ones([3]).track();
        message(|| change(&mut left, &Tensor::ones([2, 3])))
    };
    assert_snapshot!(grow(|w, g| *w -= g), @"
    -=: the left side of shape [3] would become [2, 3] by a right side of shape [2, 3]
    hint: reduce the right side first, for example with .sum_axis(0); or make a new tensor: let c = &a - &b;
    ");
    assert_snapshot!(grow(|w, g| *w += g.clone()), @"
    +=: the left side of shape [3] would become [2, 3] by a right side of shape [2, 3]
    hint: reduce the right side first, for example with .sum_axis(0); or make a new tensor: let c = &a - &b;
    ");
    assert_snapshot!(grow(|w, g| *w *= g.rows(0..1)), @"
    *=: the left side of shape [3] would become [1, 3] by a right side of shape [1, 3]
    hint: reduce the right side first, for example with .sum_axis(0); or make a new tensor: let c = &a - &b;
    ");
    let mut number = Tensor::from(1.0);
    assert_snapshot!(message(|| number /= &rows), @"
    /=: the left side of shape [] would become [2, 3] by a right side of shape [2, 3]
    hint: reduce the right side first, for example with .sum_axis(0); or make a new tensor: let c = &a - &b;
    ");
    let mut pair = Tensor::ones([2]);
    assert_snapshot!(message(|| pair -= &rows), @"
    -=: shapes [2] and [2, 3] do not fit together
    hint: counted from the right, sizes must be equal or one of them 1
    ");
}

#[test]
fn of_limits_that_hold_nothing() {
    assert_snapshot!(message(|| Tensor::uniform([2], 1., -1.)), @"
    uniform: no numbers are drawn between 1 and -1
    hint: give the smaller limit first: Tensor::uniform([2, 3], -1., 1.)
    ");
    assert_snapshot!(message(|| Tensor::uniform([2], 0., f32::NAN)), @"
    uniform: no numbers are drawn between 0 and NaN
    hint: give the smaller limit first: Tensor::uniform([2, 3], -1., 1.)
    ");
    assert_snapshot!(message(|| Tensor::uniform([2], f32::MIN, f32::MAX)), @"
    uniform: no numbers are drawn between -340282350000000000000000000000000000000 and 340282350000000000000000000000000000000
    hint: give the smaller limit first: Tensor::uniform([2, 3], -1., 1.)
    ");
    assert_snapshot!(message(|| Tensor::zeros([2]).clamp(1., 0.)), @"
    clamp: no number lies between 1 and 0
    hint: give the smaller limit first: x.clamp(0., 1.)
    ");
}

#[test]
fn of_batches_that_a_stateful_layer_cannot_go_on_with() {
    let mut model = Sequential::new([3, 1])
        .add(LSTM::new(2).stateful())
        .add(Dense::new(1));
    model.compile(SGD::new(0.01), MeanSquaredError::new(), []);
    let data = |samples: usize| Dataset::new(Tensor::ones([samples, 3, 1]), Tensor::zeros([samples]));
    let fit = || Fit::epochs(1).batch_size(4).shuffle(false).silent();
    assert_snapshot!(model.fit(&data(10), fit()).expect_err("a rest"), @"
    fit: a layer is stateful and goes on from batch to batch, but 10 samples leave a rest after batches of 4
    hint: take a batch size that divides the number of samples; model.reset_states() lets the layer forget
    ");
    model.fit(&data(8), fit()).expect("learns");
    let other = Fit::epochs(1).batch_size(2).shuffle(false).silent();
    assert_snapshot!(model.fit(&data(8), other).expect_err("other batches"), @"
    fit: a layer is stateful and remembers 4 samples, but a batch has 2
    hint: take a batch size that divides the number of samples; model.reset_states() lets the layer forget
    ");
    assert_snapshot!(model.predict(&data(6).x).expect_err("a rest"), @"
    predict: a layer is stateful and goes on from batch to batch, but 6 samples leave a rest after batches of 4
    hint: take a batch size that divides the number of samples; model.reset_states() lets the layer forget
    ");
    assert_snapshot!(model.evaluate(&data(3)).expect_err("a rest"), @"
    evaluate: a layer is stateful and goes on from batch to batch, but 3 samples leave a rest after batches of 4
    hint: take a batch size that divides the number of samples; model.reset_states() lets the layer forget
    ");
    let validation = data(5);
    let fit = fit().validation(&validation);
    assert_snapshot!(model.fit(&data(8), fit).expect_err("a rest"), @"
    fit, validation after epoch 1: a layer is stateful and goes on from batch to batch, but 5 samples leave a rest after batches of 4
    hint: take a batch size that divides the number of samples; model.reset_states() lets the layer forget
    ");
    model.reset_states();
    assert_eq!(model.predict(&data(6).x).expect("fits").shape(), [6, 1]);
}
