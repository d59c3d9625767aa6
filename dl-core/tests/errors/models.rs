//! What a learner reads of layers, samples, losses and training.

use super::message;
use dl_core::prelude::*;
use insta::assert_snapshot;

#[test]
fn of_layers() {
    assert_snapshot!(message(|| Sequential::new([]).add(Dense::new(1))), @r"
    Dense: samples of shape [] have no axis to work on
    hint: a sample of one number has shape [1]: Sequential::new([1])
    ");
    assert_snapshot!(message(|| Sequential::new([3]).add(Dense::new(0))), @r"
    Dense: a layer of 0 units has no output
    hint: give at least one unit: Dense::new(1)
    ");
    let giant = Dense::new(1 << 32).kernel_initialiser(HeNormal);
    assert_snapshot!(message(|| Sequential::new([1 << 32]).add(giant)), @r"
    truncated normal: shape [4294967296, 4294967296] needs 73786976294.8 GB, which this machine does not give
    hint: make it smaller, or work on it in parts
    ");
    assert_snapshot!(message(|| Sequential::new([3]).add(Dropout::new(1.0))), @r"
    Dropout: the rate is 1
    hint: the rate is the share that is dropped: at least 0 and below 1, often 0.2 to 0.5
    ");
    let mut model = Sequential::new([3]).add(Dense::new(2));
    assert_snapshot!(message(|| model.freeze(1..=2).input_shape().len()), @r"
    freeze: layers 1..3 of a model that has 1
    hint: layers count from 0; `..` means all of them, `..3` the first three
    ");
    assert_snapshot!(model.set_weights(&[Tensor::ones([3, 2])]).expect_err("a weight is missing"), @r"
    set_weights: 1 weights for a model that has 2
    hint: give what weights() of a model of the same layers returned
    ");
    let wrong = [Tensor::ones([2, 3]), Tensor::ones([2])];
    assert_snapshot!(model.set_weights(&wrong).expect_err("a weight is turned"), @r"
    set_weights: weight 0 has shape [2, 3], not [3, 2]
    hint: give what weights() of a model of the same layers returned
    ");
}

#[test]
fn of_samples() {
    let model = Sequential::new([4]).add(Dense::new(2));
    let refused = |x: &Tensor| model.predict(x).expect_err("the shape is wrong").to_string();
    assert_snapshot!(refused(&Tensor::ones([4])), @r"
    predict: the model takes batches of samples [4], but x has shape [4]
    hint: a single sample is a batch of one: x.reshape([1, 4])
    ");
    assert_snapshot!(refused(&Tensor::ones([5, 2, 2])), @r"
    predict: the model takes batches of samples [4], but x has shape [5, 2, 2]
    hint: begin with Sequential::new([2, 2]).add(Flatten::new()), or reshape the samples
    ");
    assert_snapshot!(refused(&Tensor::ones([5, 3])), @r"
    predict: the model takes batches of samples [4], but x has shape [5, 3]
    hint: make the model for these samples: Sequential::new([3])
    ");
    assert_snapshot!(refused(&Tensor::from(1.0)), @r"
    predict: the model takes batches of samples [4], but x has shape []
    hint: samples stand along the first axis: x is [batch, ..]
    ");
    let images = Sequential::new([2, 2, 1]).add(Flatten::new());
    assert_snapshot!(images.predict(&Tensor::ones([5, 4])).expect_err("the shape is wrong"), @r"
    predict: the model takes batches of samples [2, 2, 1], but x has shape [5, 4]
    hint: reshape the samples: x.reshape([5, 2, 2, 1])
    ");
}

#[test]
fn of_training() {
    let fit = |model: &mut Sequential, x: Tensor, y: Tensor| {
        let data = Dataset {
            x,
            y,
            classes: Vec::new(),
            features: Vec::new(),
        };
        model
            .fit(&data, Fit::epochs(1).silent())
            .expect_err("cannot learn this")
            .to_string()
    };
    let mut model = Sequential::new([2]).add(Dense::new(3));
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), Tensor::zeros([4])), @r"
    fit: the model has no loss and no optimizer yet
    hint: compile it first: model.compile(Adam::new(1e-3), MeanSquaredError::new(), [])
    ");
    let mut empty = Sequential::new([2]);
    empty.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    assert_snapshot!(fit(&mut empty, Tensor::ones([4, 2]), Tensor::zeros([4, 2])), @r"
    fit: the model has no layers
    hint: add some: Sequential::new([784]).add(Dense::new(10))
    ");

    let mut rigid = Sequential::new([2, 2]).add(Flatten::new());
    rigid.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    assert_snapshot!(fit(&mut rigid, Tensor::ones([4, 2, 2]), Tensor::zeros([4, 4])), @r"
    fit: the model has no weights to learn
    hint: add a layer that has weights: .add(Dense::new(10))
    ");

    model.compile(SGD::new(0.1), SparseCategoricalCrossentropy::from_logits(), []);
    assert_snapshot!(fit(&mut model, Tensor::ones([0, 2]), Tensor::zeros([0])), @r"
    fit: the data set is empty
    hint: look at data.x.shape(): the first size is the number of samples
    ");
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), Tensor::zeros([3])), @r"
    fit: samples [4, 2] and targets [3] differ in number
    hint: every sample needs one target
    ");
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), tensor![0., 1., 2., 3.]), @r"
    SparseCategoricalCrossentropy: label 3 is outside the 3 classes 0 to 2
    hint: labels count from 0; the last layer needs one unit per class
    ");
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), tensor![0., 1., 2., -1.]), @r"
    SparseCategoricalCrossentropy: label -1 is outside the 3 classes 0 to 2
    hint: labels count from 0; the last layer needs one unit per class
    ");
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), tensor![0., 1., 2., 0.5]), @r"
    SparseCategoricalCrossentropy: label 0.5 is not a whole number
    hint: class labels are 0, 1, 2, ...; for numbers use MeanSquaredError
    ");
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), Tensor::zeros([4, 3])), @r"
    SparseCategoricalCrossentropy: targets of shape [4, 3] are not one class number per prediction
    hint: for one-hot targets use CategoricalCrossentropy
    ");

    model.compile(SGD::new(0.1), CategoricalCrossentropy::from_logits(), []);
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), Tensor::zeros([4])), @r"
    loss: the model predicts 3 numbers per sample, but the targets [4] hold 1 for each of 4
    hint: the targets look like class numbers: use SparseCategoricalCrossentropy, or one_hot(&y, classes)
    ");
    model.compile(SGD::new(0.1), BinaryCrossentropy::from_logits(), []);
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), Tensor::full([4, 3], 2.0)), @r"
    BinaryCrossentropy: target 2 is not between 0 and 1
    hint: for more than two classes use SparseCategoricalCrossentropy; for numbers MeanSquaredError
    ");
    model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    assert_snapshot!(fit(&mut model, Tensor::ones([4, 2]), Tensor::zeros([4, 2])), @r"
    loss: the model predicts 3 numbers per sample, but the targets [4, 2] hold 2 for each of 4
    hint: give the last layer as many units as a target has numbers
    ");

    let mut one = Sequential::new([2]).add(Dense::new(1));
    one.compile(SGD::new(0.1), SparseCategoricalCrossentropy::new(), []);
    assert_snapshot!(fit(&mut one, Tensor::ones([4, 2]), Tensor::zeros([4])), @r"
    SparseCategoricalCrossentropy: the model's output of shape [1] is no choice between classes
    hint: give the last layer one unit per class; for a single yes or no use BinaryCrossentropy
    ");
}

#[test]
fn of_losses_called_by_hand() {
    let p = Tensor::ones([4, 3]);
    assert_snapshot!(message(|| MeanSquaredError::new().value(&p, &Tensor::ones([4]))), @r"
    loss: predictions [4, 3] against targets [4]
    hint: a loss compares number with number: both need the same shape
    ");
    assert_snapshot!(message(|| SparseCategoricalCrossentropy::new().value(&p, &Tensor::ones([3]))), @r"
    SparseCategoricalCrossentropy: 4 predictions of 3 classes against targets [3]
    hint: give one class number per sample; for one-hot targets use CategoricalCrossentropy
    ");
    assert_snapshot!(message(|| SparseCategoricalCrossentropy::new().value(&p, &Tensor::full([4], 3.0))), @r"
    SparseCategoricalCrossentropy: label 3 is outside the 3 classes 0 to 2
    hint: labels count from 0; the last layer needs one unit per class
    ");
}

#[test]
fn of_a_loss_that_is_no_number() {
    let diverge = |rate: f32, x: Tensor| {
        let mut model = Sequential::new([1]).add(Dense::new(1).kernel_initialiser(Constant(1.0)));
        model.compile(SGD::new(rate), MeanSquaredError::new(), []);
        let data = Dataset::new(x, tensor![0., 0.]);
        model
            .fit(&data, Fit::epochs(100).batch_size(1).silent())
            .expect_err("the loss explodes")
            .to_string()
    };
    assert_snapshot!(diverge(1e9, tensor![[1.], [1.]]), @r"
    fit: the loss became inf in epoch 2, step 2; the weights are as they were before
    hint: the weights have likely grown too large: compile with a learning rate below 1000000000.0
    ");
    assert_snapshot!(diverge(0.5, tensor![[255.], [255.]]), @r"
    fit: the loss became inf in epoch 3, step 1; the weights are as they were before
    hint: the samples reach 255: scale them to about 0 to 1 with normalize()
    ");
    assert_snapshot!(diverge(0.1, tensor![[f32::NAN], [f32::NAN]]), @r"
    fit: the loss became NaN in epoch 1, step 1; the weights are as they were before
    hint: the samples hold NaN or infinity: clean the data first
    ");
}

#[test]
fn of_names_and_settings() {
    let data = Dataset::new(tensor![[1.], [2.]], tensor![1., 0.]);
    let mut model = Sequential::new([1]).add(Dense::new(1));
    model.compile(SGD::new(0.01), MeanSquaredError::new(), [Accuracy]);
    let zero = model.fit(&data, Fit::epochs(1).batch_size(0).silent());
    assert_snapshot!(zero.expect_err("no samples per step"), @r"
    fit: a batch of 0 samples
    hint: 32 is a good start: Fit::epochs(5).batch_size(32)
    ");
    let history = model
        .fit(&data, Fit::epochs(1).validation(&data).silent())
        .expect("learns");
    assert_snapshot!(message(|| history.get("val_acc").len()), @r#"
    history: no "val_acc"
    hint: there are loss, accuracy, val_loss, val_accuracy; metrics are named in compile
    "#);
    let scores = model.evaluate(&data).expect("judges");
    assert_snapshot!(message(|| scores.get("acc")), @r#"
    scores: no "acc"
    hint: there are loss, accuracy; metrics are named in compile
    "#);
    let nothing = model.fit(&data, Fit::epochs(0).silent()).expect("learns nothing");
    assert_snapshot!(message(|| nothing.get("loss").len()), @r#"
    history: no "loss"
    hint: nothing was recorded: no epoch was completed
    "#);
}
