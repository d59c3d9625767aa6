//! Numbers stay honest: NaN is not lost on its way, extremes give what the formulas say, limits are kept. What a learner
//! reads when they go wrong stands in `errors/numbers.rs`.

use dl_core::prelude::*;

/// What panics with a message that holds `words`.
#[track_caller]
fn assert_refused<T>(what: &str, words: &str, f: impl FnOnce() -> T) {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(f())));
    let message = *outcome
        .expect_err(what)
        .downcast::<String>()
        .expect("a message in words");
    assert!(message.contains(words), "{what}: {message}");
}

#[test]
fn nan_goes_through_every_operation() {
    let x = tensor![[0.5, f32::NAN, -2.0], [1.0, 2.0, 3.0]];
    type Function = fn(&Tensor) -> Tensor;
    let each: [(&str, Function); 14] = [
        ("exp", |x| x.exp()),
        ("ln", |x| x.ln()),
        ("sqrt", |x| x.sqrt()),
        ("abs", |x| x.abs()),
        ("square", |x| x.square()),
        ("powf", |x| x.powf(3.0)),
        ("powf, no whole number", |x| x.powf(1.5)),
        ("clamp", |x| x.clamp(0.0, 1.0)),
        ("sigmoid", |x| x.sigmoid()),
        ("tanh", |x| x.tanh()),
        ("relu", |x| x.relu()),
        ("leaky_relu", |x| x.leaky_relu(0.1)),
        ("elu", |x| x.elu(1.0)),
        ("negation", |x| -x),
    ];
    for (name, function) in each {
        // Long enough for whole vectors and a rest.
        let long = Tensor::concat(&[&x; 9], 0);
        let y = function(&long).to_vec();
        for (y, x) in y.into_iter().zip(long.to_vec()) {
            assert!(!x.is_nan() || y.is_nan(), "{name} makes {y} of NaN");
            assert!(x.is_nan() || x < 0.0 || y.is_finite(), "{name} makes {y} of {x}");
        }
    }
    for whole in [x.sum(), x.mean(), x.max(), x.min()] {
        assert!(whole.item().is_nan());
    }
    for first in [x.sum_axis(1), x.mean_axis(1), x.max_axis(1), x.min_axis(1)] {
        assert!(first.at([0]).is_nan() && first.at([1]).is_finite());
    }
    assert_eq!(x.argmax_axis(1), tensor![1., 2.]);
    let p = x.softmax();
    assert!(p.rows(0..1).to_vec().iter().all(|p| p.is_nan()));
    assert!((p.rows(1..2).sum().item() - 1.0).abs() < 1e-6);
    // A product mixes a row with NaN, and no other one.
    let product = x.matmul(&Tensor::ones([3, 2]));
    assert!(product.at([0, 0]).is_nan() && product.at([0, 1]).is_nan());
    assert_eq!(product.rows(1..2), tensor![[6., 6.]]);
}

#[test]
fn nan_in_a_sample_shows_in_its_answer_alone() {
    let mut image = vec![0.5; 2 * 6 * 6];
    image[40] = f32::NAN; // in the second of two images
    let images = Tensor::from_vec(image, [2, 6, 6, 1]);
    let models = [
        Sequential::new([6, 6, 1])
            .add(Conv2D::new(3, 3).padding(Same).activation(ReLU))
            .add(MaxPool2D::new(2))
            .add(Flatten::new())
            .add(Dense::new(2).activation(ReLU))
            .add(Dense::new(1)),
        Sequential::new([6, 6, 1])
            .add(AvgPool2D::new(2))
            .add(BatchNorm::new())
            .add(UpSampling2D::new(2))
            .add(ZeroPadding2D::new(1))
            .add(Conv2DTranspose::new(2, 2).activation(ELU(1.0)))
            .add(GlobalAvgPool2D::new())
            .add(Maxout::new(2, 3)),
        Sequential::new([6, 6, 1])
            .add(Reshape::new([6, 6]))
            .add(LayerNorm::new())
            .add(GRU::new(3).return_sequences())
            .add(SimpleRNN::new(3).activation(ReLU).return_sequences())
            .add(LSTM::new(2)),
    ];
    for model in models {
        let answers = model.predict(&images).expect("fits").to_vec();
        let (first, second) = answers.split_at(answers.len() / 2);
        assert!(first.iter().all(|y| y.is_finite()), "{model:?}: {first:?}");
        assert!(second.iter().all(|y| y.is_nan()), "{model:?}: {second:?}");
    }
}

#[test]
fn every_optimizer_refuses_rates_that_are_none() {
    for rate in [-1.0, -1e-30, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        type Rule = fn(f32) -> Box<dyn Optimizer>;
        let rules: [(&str, Rule); 6] = [
            ("SGD", |rate| Box::new(SGD::new(rate))),
            ("Adam", |rate| Box::new(Adam::new(rate))),
            ("AdamW", |rate| Box::new(AdamW::new(rate))),
            ("RMSprop", |rate| Box::new(RMSprop::new(rate))),
            ("Adagrad", |rate| Box::new(Adagrad::new(rate))),
            ("Adadelta", |rate| Box::new(Adadelta::new(rate))),
        ];
        for (name, rule) in rules {
            let words = format!("{name}: the learning rate is {rate}");
            assert_refused(name, &words, || rule(rate));
            // At rate 0 nothing moves, but no weight is lost either.
            let mut weights = [tensor![1., -2.]];
            rule(0.0).step(&mut weights, &[Some(tensor![3., 4.])]);
            assert_eq!(weights[0], tensor![1., -2.], "{name}");
        }
        assert_refused("WarmUp", "learning rate", || WarmUp::new(3, rate));
        assert_refused("CosineDecay", "rate", || CosineDecay::new(rate, 3));
        assert_refused("ExponentialDecay", "rate", || ExponentialDecay::new(rate, 3, 0.5));
        assert_refused("PiecewiseConstantDecay", "rate", || {
            PiecewiseConstantDecay::new([2], [0.1, rate])
        });
        let mut model = Sequential::new([1]).add(Dense::new(1));
        model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
        assert_refused("set_learning_rate", "rate", || model.set_learning_rate(rate));
    }
}

#[test]
fn uniform_numbers_reach_the_lower_limit_and_not_the_upper() {
    // Between 1 and the next number there is nothing: a sum that is rounded would be the upper limit half of the time.
    let low = Tensor::uniform([10_000], 1.0, 1.0_f32.next_up());
    assert_eq!(low, Tensor::ones([10_000]));
    let high = Tensor::uniform([100_000], -1e-8, 1.0);
    assert!(high.max().item() < 1.0 && high.min().item() >= -1e-8);
    assert_eq!(Tensor::uniform([3], 2.5, 2.5), Tensor::full([3], 2.5));
    let wide = Tensor::uniform([10_000], -1e38, 1e38);
    assert!(wide.abs().max().item() <= 1e38 && (wide / 1e38).mean().abs().item() < 0.05);
}

/// Value and gradient of a loss.
fn of(loss: &dyn Loss, prediction: &Tensor, target: &Tensor) -> (f32, Vec<f32>) {
    let prediction = prediction.track();
    let value = loss.value(&prediction, target);
    (value.item(), value.backward().of(&prediction).to_vec())
}

#[test]
fn scores_of_ten_thousand_give_what_the_formulas_say() {
    let binary = BinaryCrossentropy::from_logits();
    for (z, y, loss, slope) in [
        (1e4, 1., 0., 0.),
        (1e4, 0., 1e4, 1.),
        (-1e4, 0., 0., 0.),
        (-1e4, 1., 1e4, -1.),
        (1e4, 0.25, 7.5e3, 0.75),
    ] {
        let found = of(&binary, &tensor![[z]], &tensor![[y]]);
        assert_eq!(found, (loss, vec![slope]), "{z} against {y}");
    }
    let scores = tensor![[1e4, -1e4, 0.]];
    let rows: [(&[f32], f32, f32, [f32; 3]); 3] = [
        (&[1., 0., 0.], 0., 0., [0., 0., 0.]),
        (&[0., 1., 0.], 1., 2e4, [1., -1., 0.]),
        (&[0., 0., 1.], 2., 1e4, [1., 0., -1.]),
    ];
    for (one_hot, label, loss, slopes) in rows {
        let target = Tensor::from_vec(one_hot.to_vec(), [1, 3]);
        let expected = (loss, slopes.to_vec());
        assert_eq!(
            of(&CategoricalCrossentropy::from_logits(), &scores, &target),
            expected
        );
        let sparse = SparseCategoricalCrossentropy::from_logits();
        assert_eq!(of(&sparse, &scores, &tensor![label]), expected);
    }
    // Probabilities are what is left of such scores: certain, and exactly so.
    assert_eq!(scores.softmax(), tensor![[1., 0., 0.]]);
    assert_eq!(tensor![1e4, -1e4].sigmoid(), tensor![1., 0.]);
    assert_eq!(tensor![1e4, -1e4].tanh(), tensor![1., -1.]);
    // With all scores moved by the same, nothing changes.
    let near = tensor![[1., 2., 3.]];
    let far = (&near + 1e4).softmax() - near.softmax();
    assert!(far.abs().max().item() < 1e-6);
}

#[test]
fn probabilities_of_exactly_0_and_1_cost_what_they_cost_in_keras() {
    // Keras keeps them 1e-7 away from both ends: -ln(1e-7) = 16.118096, -ln(1 - 1e-7) = 1.19e-7. In single precision
    // 1 - (1 - 1e-7) is 1.19e-7 too, and its logarithm -15.942385.
    let (most, least) = (16.118_096, 1.192_092_9e-7);
    let close = |found: f32, expected: f32| (found - expected).abs() <= 1e-6 * expected + 3e-8;
    let binary = |p: f32, y: f32| of(&BinaryCrossentropy::new(), &tensor![[p]], &tensor![[y]]).0;
    let certain = tensor![[1., 0.]];
    let categorical = |label: f32| {
        of(
            &CategoricalCrossentropy::new(),
            &certain,
            &tensor![[1. - label, label]],
        )
        .0
    };
    let sparse = |label: f32| of(&SparseCategoricalCrossentropy::new(), &certain, &tensor![label]).0;
    for (found, expected) in [
        (binary(0., 0.), least),
        (binary(0., 1.), most),
        (binary(1., 0.), 15.942_385),
        (binary(1., 1.), least),
        (categorical(0.), least),
        (categorical(1.), most),
        (sparse(0.), least),
        (sparse(1.), most),
    ] {
        assert!(close(found, expected), "{found}, not {expected}");
    }
    for loss in [&BinaryCrossentropy::new() as &dyn Loss, &KLDivergence::new()] {
        let (value, gradient) = of(loss, &tensor![[0., 1.]], &tensor![[1., 0.]]);
        assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()));
    }
}
