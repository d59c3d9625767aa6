//! What a learner reads of settings that make no sense: of losses, optimizers, schedules and metrics.

use super::message;
use dl_core::losses::Decision;
use dl_core::prelude::*;
use insta::assert_snapshot;

#[test]
fn of_losses() {
    assert_snapshot!(message(|| Huber::delta(0.0)), @"
    Huber: delta is 0
    hint: delta is the largest error that counts as small: a number above 0, for example 1.0
    ");
    assert_snapshot!(message(|| BinaryCrossentropy::new().label_smoothing(1.5)), @"
    BinaryCrossentropy: label_smoothing is 1.5
    hint: it is the share of certainty to take away, between 0 and 1: often 0.1
    ");
    let refused =
        |loss: &dyn Loss, targets: Tensor| loss.check(&[1], &targets).expect_err("does not suit").to_string();
    assert_snapshot!(refused(&MeanSquaredLogarithmicError::new(), tensor![2., -3.]), @"
    MeanSquaredLogarithmicError: target -3 is negative
    hint: it compares logarithms of amounts; for numbers of both signs use MeanSquaredError
    ");
    assert_snapshot!(refused(&Hinge::new(), tensor![-1., 0., 1.]), @"
    Hinge: target 0 is neither -1 nor 1
    hint: targets are -1 and 1, or 0 and 1, one way in the whole data set
    ");
    assert_snapshot!(refused(&SquaredHinge::new(), tensor![0., 1., 2.]), @"
    SquaredHinge: target 2 is neither 0 nor 1
    hint: targets are -1 and 1, or 0 and 1, one way in the whole data set
    ");
    assert_snapshot!(refused(&KLDivergence::new(), tensor![0., 1., 7.]), @"
    KLDivergence: target 7 is not between 0 and 1
    hint: targets are probabilities; for class numbers use SparseCategoricalCrossentropy
    ");
}

#[test]
fn of_optimizers() {
    assert_snapshot!(message(|| Adam::new(-0.1)), @"
    Adam: the learning rate is -0.1
    hint: give a number of at least 0; a learning rate is often between 0.1 and 0.0001
    ");
    assert_snapshot!(message(|| SGD::new(f32::NAN)), @"
    SGD: the learning rate is NaN
    hint: give a number of at least 0; a learning rate is often between 0.1 and 0.0001
    ");
    assert_snapshot!(message(|| SGD::new(0.1).momentum(1.0)), @"
    SGD: momentum is 1
    hint: it is the share of the past that a step keeps: at least 0 and below 1, often 0.9
    ");
    assert_snapshot!(message(|| AdamW::new(0.1).weight_decay(-1.0)), @"
    AdamW: weight_decay is -1
    hint: it is a small number, often 0.004; 0 means none
    ");
    assert_snapshot!(message(|| Adam::new(0.1).betas(0.9, 1.5)), @"
    Adam: beta_2 is 1.5
    hint: it is the share of the past that a step keeps: at least 0 and below 1, often 0.9
    ");
    assert_snapshot!(message(|| RMSprop::new(0.1).epsilon(0.0)), @"
    RMSprop: epsilon is 0
    hint: it keeps a division finite: a small number above 0, such as 1e-7
    ");
    assert_snapshot!(message(|| Adagrad::new(0.1).initial_accumulator(-1.0)), @"
    Adagrad: initial_accumulator is -1
    hint: it keeps the first steps from being too long: a number above 0, such as 0.1
    ");
    assert_snapshot!(message(|| Adadelta::new(1.0).global_clip_norm(0.0)), @"
    Adadelta: global_clip_norm is 0
    hint: the limit is a number above 0, often 1.0
    ");
}

#[test]
fn of_schedules() {
    assert_snapshot!(message(|| ExponentialDecay::new(0.1, 0, 0.5)), @"
    ExponentialDecay: 0 steps
    hint: give the number of batches: samples / batch size x epochs
    ");
    assert_snapshot!(message(|| ExponentialDecay::new(0.1, 10, -0.5)), @"
    ExponentialDecay: the factor is -0.5
    hint: give a number of at least 0; a learning rate is often between 0.1 and 0.0001
    ");
    assert_snapshot!(message(|| CosineDecay::new(f32::INFINITY, 10)), @"
    CosineDecay: the rate is inf
    hint: give a number of at least 0; a learning rate is often between 0.1 and 0.0001
    ");
    assert_snapshot!(message(|| PiecewiseConstantDecay::new([10, 20], [0.1, 0.01])), @"
    PiecewiseConstantDecay: 2 boundaries and 2 rates
    hint: there is one rate more than boundaries: new([1000], [0.1, 0.01])
    ");
    assert_snapshot!(message(|| PiecewiseConstantDecay::new([20, 10], [0.1, 0.01, 0.001])), @"
    PiecewiseConstantDecay: boundaries [20, 10] do not grow
    hint: boundaries are numbers of steps, each larger than the one before
    ");
    assert_snapshot!(message(|| WarmUp::new(10, -1.0)), @"
    WarmUp: the learning rate is -1
    hint: give a number of at least 0; a learning rate is often between 0.1 and 0.0001
    ");
}

/// Any loss, as one type.
#[derive(Clone, Debug)]
struct Any(Box<dyn Loss>);

impl Loss for Any {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        self.0.value(prediction, target)
    }
    fn check(&self, output: &[usize], targets: &Tensor) -> Result<(), Error> {
        self.0.check(output, targets)
    }
    fn decision(&self) -> Decision {
        self.0.decision()
    }
}

#[test]
fn of_metrics() {
    let refused = |metric: Metric, loss: Box<dyn Loss>, units: usize, y: Tensor| {
        let mut model = Sequential::new([1]).add(Dense::new(units));
        let data = Dataset::new(Tensor::zeros([y.shape()[0], 1]), y);
        model.compile(SGD::new(0.1), Any(loss), [metric]);
        model.evaluate(&data).expect_err("does not suit").to_string()
    };
    let numbers = || Box::new(MeanSquaredError::new());
    let sparse = || Box::new(SparseCategoricalCrossentropy::from_logits());
    let binary = || Box::new(BinaryCrossentropy::from_logits());
    assert_snapshot!(refused(Accuracy, numbers(), 1, tensor![1., 2.5]), @"
    Accuracy: target 2.5 is no class, but a number
    hint: for numbers use MAE or RMSE
    ");
    assert_snapshot!(refused(F1, numbers(), 1, tensor![-1., 1.]), @"
    F1: target -1 is no class, but a number
    hint: for numbers use MAE or RMSE
    ");
    assert_snapshot!(refused(MAE, sparse(), 3, tensor![0., 2.]), @"
    MAE: class numbers are no amounts that could be compared
    hint: for classes use Accuracy
    ");
    assert_snapshot!(refused(AUC, sparse(), 3, tensor![0., 2.]), @"
    AUC: the model tells 3 classes apart, but the ROC curve is of yes and no
    hint: give the last layer one unit and use BinaryCrossentropy; or ask for F1
    ");
    assert_snapshot!(refused(AUC, binary(), 1, tensor![1., 1.]), @"
    AUC: the targets [2] are all alike: there is no yes to rank above a no
    hint: look at the targets: both 0 and 1 should be among them
    ");
    assert_snapshot!(refused(TopK(2), binary(), 1, tensor![0., 1.]), @"
    TopK: the model tells yes from no, and not several classes
    hint: use Accuracy
    ");
    assert_snapshot!(refused(TopK(0), sparse(), 3, tensor![0., 1.]), @"
    TopK: the 0 largest are none
    hint: ask for TopK(1) or more
    ");
    let mut model = Sequential::new([1]).add(Dense::new(3));
    let twice = || {
        model.compile(
            SGD::new(0.1),
            SparseCategoricalCrossentropy::new(),
            [TopK(2), TopK(3)],
        );
    };
    assert_snapshot!(message(twice), @"
    compile: two metrics are called top_k_categorical_accuracy
    hint: ask for one at a time: a history has one curve of a name
    ");
}
