//! What learning does: runs compared, gradients, learning rates. The models are so small that their numbers are known.

use super::{SVG, picture, plain, words};
use dl_core::display::Show;
use dl_core::prelude::*;
use insta::assert_snapshot;

/// y = w x + b, with w = 0 and b = 1, for x = 0 and y = 0: the loss is b squared, its derivative 2 b.
fn bias_of_one(rate: f32) -> Sequential {
    let mut model = Sequential::new([1]).add(Dense::new(1));
    model
        .set_weights(&[tensor![[0.]], tensor![1.]])
        .expect("of these shapes");
    model.compile(SGD::new(rate), MeanSquaredError::new(), []);
    model
}

fn zeros() -> Dataset {
    Dataset::new(Tensor::zeros([4, 1]), Tensor::zeros([4, 1]))
}

#[test]
fn runs_are_compared_epoch_by_epoch() {
    let run = |rate: f32, epochs: usize| {
        let fit = Fit::epochs(epochs).batch_size(4).silent();
        bias_of_one(rate).fit(&zeros(), fit).expect("learns")
    };
    // With rate 1/4 b is halved in each step: 1, 1/2, 1/4. With rate 1/2 it is 0 at once.
    let (slow, fast) = (run(0.25, 3), run(0.5, 2));
    let both = compare(&[("slow", &slow), ("fast & sure", &fast)]);
    assert_snapshot!(plain(&both), @"
    Last numbers of each run
    run          epochs          loss
    slow              3        0.0625
    fast & sure       2        0.0000

    loss, training
     1.05 |
          |                   +
          |
          |
          |
          |
          |
          |
          |
          |                                      o
          |
          |
          |                                      +                  o
    -0.05 |
          +------------------------------------------------------------
           0                                                       3.09
           o slow   + fast & sure
    ");
    let svg = picture(&both);
    // One panel, as there is no validation; two curves with their keys.
    assert_eq!(svg.matches("stroke-width=\"2.5\"").count(), 4, "{svg}");
    assert!(words(&svg).contains("fast & sure") && words(&svg).contains("loss, training"));
    let none = bias_of_one(0.1).fit(&zeros(), Fit::epochs(0).silent()).unwrap();
    assert!(words(&picture(&compare(&[("none", &none)]))).contains("no curves yet"));
}

#[test]
fn curves_of_training_and_validation_share_their_scale() {
    seed(4);
    let data = xor(60, 0.2);
    let run = |units: usize| {
        let mut model = Sequential::new([2])
            .add(Dense::new(units).activation(ReLU))
            .add(Dense::new(1).activation(Sigmoid));
        model.compile(Adam::new(0.02), BinaryCrossentropy::new(), [Accuracy]);
        model
            .fit(&data, Fit::epochs(3).validation(&data).silent())
            .expect("learns")
    };
    let (small, large) = (run(2), run(16));
    let said = words(&picture(&compare(&[("2 units", &small), ("16 units", &large)])));
    for title in [
        "loss, training",
        "loss, validation",
        "accuracy, training",
        "accuracy, validation",
    ] {
        assert!(said.lines().any(|line| line == title), "{title} in {said}");
    }
}

#[test]
fn gradients_have_their_size() {
    // p = w2 (w1 x) with x = 1, w1 = 1, w2 = 0.01, no biases, y = 0. The loss p^2 has the derivative 2 p = 0.02 by p; by w2
    // and b2 0.02, by w1 and b1 0.02 w2 = 0.0002.
    let mut model = Sequential::new([1]).add(Dense::new(1)).add(Dense::new(1));
    model
        .set_weights(&[tensor![[1.]], tensor![0.], tensor![[0.01]], tensor![0.]])
        .unwrap();
    model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    let data = Dataset::new(tensor![[1.], [1.]], tensor![[0.], [0.]]);
    let before = model.weights();
    let sizes = gradient_sizes(&model, &data).unwrap();
    let near = |layer: &str, expected: f64| (sizes.of(layer).unwrap() / expected - 1.0).abs() < 1e-5;
    assert!(near("dense", 0.0002) && near("dense_1", 0.02), "{sizes:?}");
    assert_eq!((sizes.of("flatten"), model.weights() == before), (None, true));
    assert_snapshot!(plain(&sizes), @"
    The gradient of dense is 0.01 times that of dense_1
    root mean square over the weights of a layer, of 2 samples, powers of ten
      dense    0.0002
      dense_1  0.02
    ");
    assert!(words(&picture(&sizes)).contains("0.02"));
    model.freeze(..1);
    let frozen = gradient_sizes(&model, &data).unwrap();
    assert_eq!(frozen.of("dense"), None);
    assert!(words(&picture(&frozen)).contains("frozen"));
    // Weights that are no numbers, and gradients of nothing.
    for odd in [f32::NAN, f32::INFINITY, 0.0] {
        let mut broken = model.clone();
        broken
            .set_weights(
                &before
                    .iter()
                    .map(|weight| Tensor::full(weight.shape(), odd))
                    .collect::<Vec<_>>(),
            )
            .unwrap();
        picture(&gradient_sizes(&broken, &data).unwrap());
    }
    let mut deep = Sequential::new([4]);
    for _ in 0..40 {
        deep = deep.add(Dense::new(4).activation(Sigmoid));
    }
    deep.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    let sizes = gradient_sizes(&deep, &Dataset::new(Tensor::ones([2, 4]), Tensor::zeros([2, 4]))).unwrap();
    assert!(words(&picture(&sizes)).contains("+ 8 more layers"));
}

#[test]
fn a_rate_is_found_without_a_trace() {
    let model = bias_of_one(0.125);
    let rates = find_learning_rate(&model, &zeros()).unwrap();
    assert_eq!(
        (model.weights(), model.learning_rate()),
        (vec![tensor![[0.]], tensor![1.]], 0.125)
    );
    assert_eq!(rates.rates().len(), rates.losses().len());
    assert!((rates.rates()[0] - 1e-6).abs() < 1e-9 && rates.rates().is_sorted());
    // At the smallest rates nothing moves: the loss is 1. Above a rate of 1 the steps overshoot.
    assert!((rates.losses()[0] - 1.0).abs() < 1e-5);
    let best = rates.suggestion();
    assert!(best > 0.001 && best < 1.0, "{best}");
    let mut learner = bias_of_one(best);
    let history = learner.fit(&zeros(), Fit::epochs(20).silent()).unwrap();
    assert!(history.get("loss").last().unwrap() < &0.6);
    let said = words(&picture(&rates));
    assert!(
        said.contains("The loss falls fastest at a rate of about") && said.contains("0.01"),
        "{said}"
    );
    let said = plain(&rates);
    assert_snapshot!(said.lines().rev().take(3).collect::<Vec<_>>().join("\n"), @"
    o loss, smoothed   + falls fastest
    x: logarithmic scale
    4.519e-7                                               17.58
    ");
}

#[test]
fn a_loss_that_explodes_ends_the_search() {
    let data = Dataset::new(Tensor::full([8, 1], 1000.), Tensor::full([8, 1], -1000.));
    let rates = find_learning_rate(&bias_of_one(0.1), &data).unwrap();
    assert!(rates.rates().last().unwrap() < &0.01);
    picture(&rates);
    let odd = Dataset::new(Tensor::full([8, 1], f32::NAN), Tensor::zeros([8, 1]));
    let told = [
        find_learning_rate(&bias_of_one(0.1), &odd)
            .unwrap_err()
            .to_string(),
        find_learning_rate(&bias_of_one(0.1), &zeros().take(0))
            .unwrap_err()
            .to_string(),
        find_learning_rate(&Sequential::new([1]).add(Dense::new(1)), &zeros())
            .unwrap_err()
            .to_string(),
        gradient_sizes(&bias_of_one(0.1), &zeros().take(0))
            .unwrap_err()
            .to_string(),
        gradient_sizes(bias_of_one(0.1).freeze(..), &zeros())
            .unwrap_err()
            .to_string(),
        gradient_sizes(&bias_of_one(0.1), &xor(4, 0.1))
            .unwrap_err()
            .to_string(),
    ];
    assert_snapshot!(told.join("\n\n"), @"
    find_learning_rate: the loss is no finite number, whatever the rate
    hint: scale the samples, for example with normalize(), and look for NaN in them

    find_learning_rate: the data set is empty
    hint: look at data.x.shape(): the first size is the number of samples

    find_learning_rate: the model has no loss and no optimizer yet
    hint: compile it first: model.compile(Adam::new(1e-3), MeanSquaredError::new(), [])

    gradient_sizes: the data set is empty
    hint: look at data.x.shape(): the first size is the number of samples

    gradient_sizes: all layers with weights are frozen
    hint: let some learn again: model.unfreeze(..)

    gradient_sizes: the model takes batches of samples [1], but x has shape [4, 2]
    hint: make the model for these samples: Sequential::new([2])
    ");
    let payload = std::panic::catch_unwind(|| drop(compare(&[]))).expect_err("nothing to compare");
    assert_snapshot!(payload.downcast_ref::<String>().unwrap(), @r#"
    compare: 0 runs
    hint: give 1 to 7 names with their histories: compare(&[("plain", &first), ("dropout", &second)])
    "#);
    let payload = std::panic::catch_unwind(|| drop(plot_series(&[]))).expect_err("nothing to draw");
    assert_snapshot!(payload.downcast_ref::<String>().unwrap(), @r#"
    plot_series: 0 series
    hint: give 1 to 7 names with their numbers: plot_series(&[("measured", &y), ("predicted", &p)])
    "#);
}

#[test]
fn series_begin_at_step_0() {
    let (y, p) = (tensor![0., 1., 4., 9.], vec![0.5, 1.5, 3.5]);
    let chart = plot_series(&[("measured", &y), ("predicted", &p)]);
    assert_snapshot!(plain(&chart), @"
     9.45 |
          |                                                        o
          |
          |
          |
          |
          |
          |                                      o
          |                                      +
          |
          |                     +
          |                     o
          |   +
    -0.45 |
          +------------------------------------------------------------
           -0.15                                                   3.15
           o measured   + predicted
    ");
    let said = words(&picture(&chart));
    assert!(
        said.contains("measured") && said.contains("predicted") && said.contains("step"),
        "{said}"
    );
    let long = Tensor::randn([100_000]);
    picture(&plot_series(&[("long", &long), ("holes", &vec![f64::NAN; 7])]));
    assert!(
        chart
            .title("Waves")
            .show()
            .get(SVG)
            .is_some_and(|svg| svg.contains("Waves"))
    );
}

#[test]
fn on_logarithmic_scales_equal_factors_are_equal_distances() {
    let chart = plot(&[8, 16, 32, 64], &[1e3, 1e4, 1e5, 1e6])
        .name("measured")
        .points("a third of it", &[8., 20., 64.], &[1e3 / 3., 1e5 / 3., 0.])
        .log_x()
        .log_y()
        .labels("batch size", "samples per second");
    assert_snapshot!(plain(&chart), @"
    1.492e6 |
            |                                                        o
            |
            |
            |                                      o
            |
            |                          +
            |                     o
            |
            |
            |
            |   o
            |   +
      223.4 |
            +------------------------------------------------------------
             7.21                                                   71.01
             x and y: logarithmic scale
             o measured   + a third of it
    ");
    assert_snapshot!(words(&picture(&chart)), @"
    Chart: 7 points, x from 7.21 to 71.01, y from 223.4 to 1.492e6
    measured
    a third of it
    samples per second
    batch size
    1000
    10000
    100000
    1e6
    8
    16
    32
    64
    ");
    // Points below and above: what is not above 0 has no place.
    let none = plot(&[-1., 0., f64::INFINITY], &[1., f64::NAN, 2.]);
    picture(&none.clone().log_x());
    picture(&none.log_y());
    picture(&plot(&[5.0], &[5.0]).log_x().log_y());
    picture(&plot(&[1e-300, 1e300], &[1., 1. + 1e-12]).log_x().log_y());
}
