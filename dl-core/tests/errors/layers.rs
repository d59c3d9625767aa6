//! What a learner reads of settings and samples that a layer cannot work with.

use super::message;
use dl_core::prelude::*;
use insta::assert_snapshot;

#[test]
fn of_normalisation() {
    assert_snapshot!(message(|| Sequential::new([]).add(BatchNorm::new())), @"
    BatchNorm: samples of shape [] have no features to work on
    hint: a sample of one number has shape [1]: Sequential::new([1])
    ");
    assert_snapshot!(message(|| Sequential::new([3]).add(BatchNorm::new().momentum(1.5))), @"
    BatchNorm: the momentum is 1.5
    hint: the momentum is a share from 0 to 1, often 0.9 to 0.99
    ");
    assert_snapshot!(message(|| Sequential::new([3]).add(LayerNorm::new().epsilon(-1.0))), @"
    LayerNorm: epsilon is -1
    hint: a small number that is not negative, such as 0.001
    ");
}

#[test]
fn of_reshape() {
    assert_snapshot!(message(|| Sequential::new([28, 28]).add(Reshape::new([7, 100]))), @"
    Reshape: samples of shape [28, 28] hold 784 numbers, which do not fill [7, 100]
    hint: the sizes must multiply to 784; one of them may be -1, which is worked out
    ");
    assert_snapshot!(message(|| Sequential::new([28, 28]).add(Reshape::new([-1, 100]))), @"
    Reshape: samples of shape [28, 28] hold 784 numbers, which do not fill [-1, 100]
    hint: the sizes must multiply to 784; one of them may be -1, which is worked out
    ");
    assert_snapshot!(message(|| Sequential::new([28, 28]).add(Reshape::new([-1, -1]))), @"
    Reshape: [-1, -1] leaves 2 sizes open
    hint: only one of them can be worked out: give the others
    ");
    assert_snapshot!(message(|| Sequential::new([4]).add(Reshape::new([0, -3]))), @"
    Reshape: [0, -3] has the size 0
    hint: sizes are at least 1; one of them may be -1, which is worked out
    ");
    assert_snapshot!(message(|| Sequential::new([4]).add(Reshape::new([usize::MAX, 2]))), @"
    Reshape: samples of shape [4] hold 4 numbers, which do not fill [9223372036854775807, 2]
    hint: the sizes must multiply to 4; one of them may be -1, which is worked out
    ");
}

#[test]
fn of_maxout() {
    assert_snapshot!(message(|| Sequential::new([4]).add(Maxout::new(3, 0))), @"
    Maxout: a layer of 3 units with 0 pieces each
    hint: give at least one unit and one piece: Maxout::new(10, 2)
    ");
}

#[test]
fn of_recurrent_layers() {
    assert_snapshot!(message(|| Sequential::new([40]).add(LSTM::new(8))), @"
    LSTM: samples of shape [40], but a sample is [steps, features]
    hint: of numbers, make each step a sample of one: .add(Reshape::new([-1, 1])); of tokens, begin with an Embedding
    ");
    assert_snapshot!(message(|| Sequential::new([9, 9, 1]).add(GRU::new(8))), @"
    GRU: samples of shape [9, 9, 1], but a sample is [steps, features]
    hint: flatten each step: .add(Reshape::new([steps, features])); between recurrent layers, use .return_sequences()
    ");
    assert_snapshot!(message(|| Sequential::new([0, 2]).add(GRU::new(8))), @"
    GRU: samples of shape [0, 2] hold nothing
    hint: a sample has at least one step of one feature
    ");
    assert_snapshot!(message(|| Sequential::new([4, 2]).add(SimpleRNN::new(0))), @"
    SimpleRNN: a layer of 0 units
    hint: give at least one unit, often 32 to 256
    ");
    assert_snapshot!(message(|| Sequential::new([4, 2]).add(LSTM::new(usize::MAX / 2))), @"
    LSTM: a layer of 9223372036854775807 units
    hint: give at least one unit, often 32 to 256
    ");
    assert_snapshot!(message(|| Sequential::new([4, 2]).add(SimpleRNN::new(3).activation(Softmax))), @"
    SimpleRNN: the activation is Softmax, which works on whole rows
    hint: use Tanh or ReLU here, and Softmax in a layer behind
    ");
    let model = Sequential::new([4, 2]).add(GRU::new(3).stateful());
    model.predict(&Tensor::ones([2, 4, 2])).expect("fits");
    assert_snapshot!(model.predict(&Tensor::ones([3, 4, 2])).expect_err("a rest"), @"
    predict: a layer is stateful and goes on from batch to batch, but 3 samples leave a rest after batches of 2
    hint: take a batch size that divides the number of samples; model.reset_states() lets the layer forget
    ");
}

#[test]
fn of_augmentation() {
    assert_snapshot!(message(|| Sequential::new([784]).add(RandomFlip::new())), @"
    RandomFlip: samples of shape [784] are no images
    hint: images are [height, width, channels]: Sequential::new([28, 28, 1])
    ");
    assert_snapshot!(message(|| Sequential::new([0, 8, 1]).add(RandomFlip::new())), @"
    RandomFlip: samples of shape [0, 8, 1] hold nothing
    hint: an image has at least one pixel of one channel
    ");
    assert_snapshot!(message(|| Sequential::new([8, 8, 1]).add(RandomRotation::new(30.))), @"
    RandomRotation: the share of a turn of 360 degrees is between -30 and 30
    hint: both are numbers from -1 to 1, the smaller one first; a single one means to either side
    ");
    assert_snapshot!(message(|| Sequential::new([8, 8, 1]).add(RandomZoom::new((0.2, 0.1)))), @"
    RandomZoom: the factor is between 0.2 and 0.1
    hint: both are numbers from -1 to 100, the smaller one first; a single one means to either side
    ");
    assert_snapshot!(message(|| Sequential::new([8, 8, 1]).add(RandomTranslation::new(0.1, f32::NAN))), @"
    RandomTranslation: the share of the width is between NaN and NaN
    hint: both are numbers from -1 to 1, the smaller one first; a single one means to either side
    ");
    assert_snapshot!(message(|| Sequential::new([8, 8, 1]).add(RandomPerspective::new(1.5))), @"
    RandomPerspective: the scale is 1.5
    hint: give a number from 0 to 1: RandomPerspective::new(0.2)
    ");
    assert_snapshot!(message(|| Sequential::new([8, 8, 1]).add(RandomBrightness::new(0.1).value_range(1., 0.))), @"
    RandomBrightness: the values go from 1 to 0
    hint: give the smallest value first: .value_range(0., 255.)
    ");
}

#[test]
fn of_embedding() {
    assert_snapshot!(message(|| Sequential::new([4]).add(Embedding::new(0, 2))), @"
    Embedding: a vocabulary of 0 tokens, vectors of 2 numbers
    hint: both are at least 1: Embedding::new(10_000, 16)
    ");
    let model = Sequential::new([3]).add(Embedding::new(10, 2));
    assert_snapshot!(message(|| model.predict(&tensor![[1., 9., 0.], [2., 3., 10.]])), @"
    Embedding: token 10 at [1, 2] is none of the 10 tokens 0 to 9
    hint: numbers count from 0, so the largest one + 1 are needed
    ");
    assert_snapshot!(message(|| model.predict(&tensor![[1., -1., 0.]])), @"
    Embedding: token -1 at [0, 1] is none of the 10 tokens 0 to 9
    hint: numbers count from 0, so the largest one + 1 are needed
    ");
    assert_snapshot!(message(|| model.predict(&tensor![[0.25, 1., 0.]])), @"
    Embedding: token 0.25 at [0, 0] is not a whole number
    hint: give numbers that count, not measurements or one-hot vectors: 0, 1, 2, ...
    ");
    assert_snapshot!(message(|| model.predict(&tensor![[f32::NAN, 1., 0.]])), @"
    Embedding: token NaN at [0, 0] is not a whole number
    hint: give numbers that count, not measurements or one-hot vectors: 0, 1, 2, ...
    ");
}
