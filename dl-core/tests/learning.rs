//! Losses, optimizers, schedules and metrics against the numbers of Keras and PyTorch; `references/learning.py` wrote them.

#[path = "references/reading.rs"]
mod reading;

use dl_core::losses::Decision;
use dl_core::prelude::*;
use reading::{assert_close, tensor, tensors};
use serde_json::Value;

fn reference(part: &str) -> Vec<Value> {
    let numbers: Value = serde_json::from_str(include_str!("references/learning.json")).expect("valid JSON");
    let rows = numbers[part].as_array().expect("a list").clone();
    assert!(rows.len() >= 6);
    rows
}

fn name(row: &Value) -> &str {
    row["name"].as_str().expect("a name")
}

#[test]
fn losses_and_their_gradients() {
    for row in reference("losses") {
        let loss: Box<dyn Loss> = match name(&row) {
            "MeanSquaredError" => Box::new(MeanSquaredError::new()),
            "MeanAbsoluteError" => Box::new(MeanAbsoluteError::new()),
            "MeanSquaredLogarithmicError" => Box::new(MeanSquaredLogarithmicError::new()),
            "Hinge" => Box::new(Hinge::new()),
            "SquaredHinge" => Box::new(SquaredHinge::new()),
            "KLDivergence" => Box::new(KLDivergence::new()),
            "Huber" => Box::new(Huber::new()),
            "Huber 0.3" => Box::new(Huber::delta(0.3)),
            "BinaryCrossentropy" => Box::new(BinaryCrossentropy::new()),
            "BinaryCrossentropy logits" => Box::new(BinaryCrossentropy::from_logits()),
            "BinaryCrossentropy smooth" => Box::new(BinaryCrossentropy::new().label_smoothing(0.1)),
            "BinaryCrossentropy smooth logits" => {
                Box::new(BinaryCrossentropy::from_logits().label_smoothing(0.1))
            }
            "CategoricalCrossentropy logits" => Box::new(CategoricalCrossentropy::from_logits()),
            "CategoricalCrossentropy smooth" => Box::new(CategoricalCrossentropy::new().label_smoothing(0.1)),
            "CategoricalCrossentropy smooth logits" => {
                Box::new(CategoricalCrossentropy::from_logits().label_smoothing(0.1))
            }
            other => panic!("unknown loss {other}"),
        };
        let (prediction, target) = (tensor(&row["prediction"]).track(), tensor(&row["target"]));
        loss.check(&prediction.shape()[1..], &target).expect("suits");
        let value = loss.value(&prediction, &target);
        let expected = row["value"].as_f64().expect("a number") as f32;
        assert_close(&value, &Tensor::from(expected), 3e-6, name(&row));
        let gradient = value.backward().of(&prediction);
        assert_close(&gradient, &tensor(&row["gradient"]), 1e-5, name(&row));
    }
}

#[test]
fn optimizers_over_eight_steps() {
    let rows = reference("optimizers");
    let starts = tensors(&rows[0]["starts"]);
    let gradients: Vec<Vec<Tensor>> = rows[0]["gradients"]
        .as_array()
        .expect("a list")
        .iter()
        .map(tensors)
        .collect();
    for row in rows {
        let mut optimizer: Box<dyn Optimizer> = match name(&row) {
            "SGD decay" => Box::new(SGD::new(0.1).momentum(0.9).nesterov().weight_decay(0.2)),
            "AdamW" => Box::new(AdamW::new(0.05)),
            "AdamW 0.3" => Box::new(AdamW::new(0.05).weight_decay(0.3).betas(0.8, 0.99).epsilon(1e-3)),
            "RMSprop" => Box::new(RMSprop::new(0.01)),
            "RMSprop momentum" => Box::new(RMSprop::new(0.01).momentum(0.7).rho(0.8)),
            "RMSprop centered" => Box::new(RMSprop::new(0.01).centered().epsilon(1e-3)),
            "RMSprop both" => Box::new(RMSprop::new(0.01).centered().momentum(0.9).epsilon(1e-3)),
            "Adagrad" => Box::new(Adagrad::new(0.1)),
            "Adagrad start" => Box::new(Adagrad::new(0.1).initial_accumulator(0.5).epsilon(1e-2)),
            "Adadelta" => Box::new(Adadelta::new(1.0)),
            "Adadelta rho" => Box::new(Adadelta::new(10.0).rho(0.7).epsilon(1e-4)),
            "clip value" => Box::new(SGD::new(0.1).clip_value(0.05)),
            "clip norm" => Box::new(Adam::new(0.05).clip_norm(0.3)),
            "clip norm sgd" => Box::new(SGD::new(0.1).clip_norm(0.3)),
            "clip global norm" => Box::new(SGD::new(0.1).global_clip_norm(0.3)),
            "schedule" => Box::new(SGD::new(ExponentialDecay::new(0.1, 3, 0.5))),
            "schedule adam" => Box::new(Adam::new(WarmUp::new(3, CosineDecay::new(0.1, 5)))),
            other => panic!("unknown optimizer {other}"),
        };
        let mut weights = starts.clone();
        let expected = row["weights"].as_array().expect("a list").clone();
        assert_eq!(expected.len(), 8);
        for (gradients, expected) in gradients.iter().zip(&expected) {
            let gradients: Vec<_> = gradients.iter().cloned().map(Some).collect();
            optimizer.step(&mut weights, &gradients);
            for (weight, expected) in weights.iter().zip(tensors(expected)) {
                assert_close(weight, &expected, 5e-6, name(&row));
            }
        }
    }
}

#[test]
fn schedules_step_by_step() {
    for row in reference("schedules") {
        let rate: LearningRate = match name(&row) {
            "exponential" => ExponentialDecay::new(0.1, 7, 0.6).into(),
            "staircase" => ExponentialDecay::new(0.1, 7, 0.6).staircase().into(),
            "piecewise" => PiecewiseConstantDecay::new([5, 12], [0.1, 0.03, 0.001]).into(),
            "cosine" => CosineDecay::new(0.1, 20).into(),
            "cosine alpha" => CosineDecay::new(0.1, 20).alpha(0.05).into(),
            "warm-up cosine" => WarmUp::new(6, CosineDecay::new(0.1, 20).alpha(0.05)).into(),
            other => panic!("unknown schedule {other}"),
        };
        let expected: Vec<f32> = serde_json::from_value(row["rates"].clone()).expect("numbers");
        for (step, expected) in expected.into_iter().enumerate() {
            let found = rate.at(step);
            let close = (found - expected).abs() < 2e-8 + 1e-6 * expected;
            assert!(
                close,
                "{} at step {step}: {found}, but Keras says {expected}",
                name(&row)
            );
        }
    }
}

#[test]
fn large_tensors_step_as_small_ones_do() {
    seed(5);
    let count = 200_003;
    let rules: [fn() -> Box<dyn Optimizer>; 4] = [
        || Box::new(SGD::new(0.1)),
        || Box::new(AdamW::new(0.1)),
        || Box::new(RMSprop::new(0.1).centered().momentum(0.5)),
        || Box::new(Adadelta::new(1.0).clip_value(0.5)),
    ];
    let (start, gradient) = (Tensor::randn([count]), Tensor::randn([count]));
    for rule in rules {
        let (mut whole, mut optimizer) = ([start.clone()], rule());
        let (mut parts, mut by_parts) = (start.rows(0..count).to_vec(), rule());
        let mut pieces: Vec<Tensor> = parts
            .chunks(1000)
            .map(|part| Tensor::from_vec(part.to_vec(), [part.len()]))
            .collect();
        for _ in 0..3 {
            optimizer.step(&mut whole, &[Some(gradient.clone())]);
            let gradients: Vec<_> = (0..count)
                .step_by(1000)
                .map(|row| Some(gradient.rows(row..count.min(row + 1000))))
                .collect();
            by_parts.step(&mut pieces, &gradients);
        }
        parts = pieces.iter().flat_map(Tensor::to_vec).collect();
        assert_eq!(whole[0].to_vec(), parts, "{optimizer:?}");
        assert_ne!(whole[0], start);
    }
}

#[test]
fn rates_may_be_any_number_or_change_later() {
    let (small, large) = (0.25_f32, 0.25_f64);
    assert_eq!(Adam::new(small).learning_rate(), SGD::new(large).learning_rate());
    assert_eq!(SGD::new(1).learning_rate(), 1.0);
    let mut optimizer = SGD::new(PiecewiseConstantDecay::new([0], [1.0, 0.5]));
    let mut weights = [tensor![0.], tensor![0.]];
    // A weight that the loss does not depend on stays; the step counts all the same.
    optimizer.step(&mut weights, &[Some(tensor![1.]), None]);
    optimizer.step(&mut weights, &[Some(tensor![1.]), Some(tensor![1.])]);
    assert_eq!((weights[0].item(), weights[1].item()), (-1.5, -0.5));
    optimizer.set_learning_rate(2.0);
    optimizer.step(&mut weights, &[None, Some(tensor![1.])]);
    assert_eq!((weights[1].item(), optimizer.learning_rate()), (-2.5, 2.0));
    insta::assert_snapshot!(format!("{:?}", AdamW::new(0.5).clip_norm(1.0)), @"AdamW { descent: rate LearningRate(Constant(0.5)), weight decay 0.004, clip Norm(1.0), 0 steps, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }");
}

#[test]
fn metrics_over_several_batches() {
    for row in reference("metrics") {
        let metric = match name(&row) {
            "Accuracy" => Accuracy,
            "Precision" => Precision,
            "Recall" => Recall,
            "F1" => F1,
            "AUC" => AUC,
            "TopK" => TopK(2),
            "MAE" => MAE,
            "RMSE" => RMSE,
            other => panic!("unknown metric {other}"),
        };
        let (prediction, target) = (tensor(&row["prediction"]), tensor(&row["target"]));
        // A model that passes its input on, so that the whole way from loss to metric is taken.
        let mut model = Sequential::new(&prediction.shape()[1..]).add(Flatten::new());
        match row["loss"].as_str().expect("a loss") {
            "binary" => model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [metric]),
            "binary logits" => model.compile(SGD::new(0.1), BinaryCrossentropy::from_logits(), [metric]),
            "categorical" => model.compile(SGD::new(0.1), CategoricalCrossentropy::new(), [metric]),
            "sparse" => model.compile(
                SGD::new(0.1),
                SparseCategoricalCrossentropy::from_logits(),
                [metric],
            ),
            "numbers" => model.compile(SGD::new(0.1), MeanSquaredError::new(), [metric]),
            other => panic!("unknown loss {other}"),
        }
        let expected = row["value"].as_f64().expect("a number") as f32;
        let data = Dataset::new(prediction.clone(), target.clone());
        let whole = model.evaluate(&data).expect("judges").get(metric.name());
        let mut tally = metric.tally(model_decision(row["loss"].as_str().expect("a loss")));
        for rows in [0..20, 20..50] {
            tally.add(&prediction.rows(rows.clone()), &target.rows(rows));
        }
        for found in [whole, tally.value()] {
            let close = (found - expected).abs() < 1e-6 * expected.max(1.0);
            assert!(
                close,
                "{} {}: {found}, but Keras says {expected}",
                name(&row),
                row["loss"]
            );
        }
    }
}

fn model_decision(loss: &str) -> Decision {
    match loss {
        "binary" => BinaryCrossentropy::new().decision(),
        "binary logits" => BinaryCrossentropy::from_logits().decision(),
        "numbers" => MeanSquaredError::new().decision(),
        _ => CategoricalCrossentropy::new().decision(),
    }
}

#[test]
fn the_area_under_the_curve_of_extremes() {
    let area = |p: Tensor, y: Tensor| {
        let mut tally = AUC.tally(Decision::Threshold(0.5));
        tally.add(&p, &y);
        tally.value()
    };
    assert_eq!(area(tensor![0.1, 0.2, 0.3], tensor![0., 0., 1.]), 1.0);
    assert_eq!(area(tensor![0.3, 0.2, 0.1], tensor![0., 0., 1.]), 0.0);
    assert_eq!(area(tensor![0.5, 0.5, 0.5], tensor![0., 0., 1.]), 0.5);
    assert!(area(tensor![0.5, 0.6], tensor![1., 1.]).is_nan());
    assert!(AUC.tally(Decision::Threshold(0.5)).value().is_nan());
}

#[test]
fn metrics_stand_in_the_history_by_keras_names() {
    let data = xor(60, 0.1);
    let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
    model.compile(Adam::new(0.01), BinaryCrossentropy::new(), [AUC, Precision, F1]);
    let mut during = Vec::new();
    let look = |progress: &Progress, _: &History| during.push(progress.scores.get("auc"));
    let fit = Fit::epochs(2).validation(&data).silent().callback(look);
    let history = model.fit(&data, fit).expect("learns");
    let names = [
        "loss",
        "auc",
        "precision",
        "f1_score",
        "val_loss",
        "val_auc",
        "val_precision",
        "val_f1_score",
    ];
    assert_eq!(history.names(), names);
    assert_eq!(history.get("auc"), during);
}
