//! Losses, activations, metrics and optimizers against Keras's own numbers; `references/make.py` wrote them.

#[path = "references/reading.rs"]
mod reading;

use dl_core::prelude::*;
use reading::{assert_close, tensor};
use serde_json::Value;

fn keras(part: &str) -> Vec<Value> {
    let numbers: Value = serde_json::from_str(include_str!("references/keras.json")).expect("valid JSON");
    let rows = numbers[part].as_array().expect("a list").clone();
    assert!(rows.len() >= 3);
    rows
}

#[test]
fn losses_and_their_gradients() {
    for row in keras("losses") {
        let loss: Box<dyn Loss> = match row["name"].as_str().expect("a name") {
            "MeanSquaredError" => Box::new(MeanSquaredError::new()),
            "MeanAbsoluteError" => Box::new(MeanAbsoluteError::new()),
            "BinaryCrossentropy" => Box::new(BinaryCrossentropy::new()),
            "BinaryCrossentropy logits" => Box::new(BinaryCrossentropy::from_logits()),
            "CategoricalCrossentropy" => Box::new(CategoricalCrossentropy::new()),
            "CategoricalCrossentropy logits" => Box::new(CategoricalCrossentropy::from_logits()),
            "SparseCategoricalCrossentropy" => Box::new(SparseCategoricalCrossentropy::new()),
            "SparseCategoricalCrossentropy logits" => Box::new(SparseCategoricalCrossentropy::from_logits()),
            other => panic!("unknown loss {other}"),
        };
        let (prediction, target) = (tensor(&row["prediction"]).track(), tensor(&row["target"]));
        let value = loss.value(&prediction, &target);
        let expected = row["value"].as_f64().expect("a number") as f32;
        assert_close(&value, &Tensor::from(expected), 2e-6, &row["name"].to_string());
        assert_close(
            &value.backward().of(&prediction),
            &tensor(&row["gradient"]),
            1e-5,
            &row["name"].to_string(),
        );
    }
}

#[test]
fn activations() {
    for row in keras("activations") {
        let function = match row["name"].as_str().expect("a name") {
            "Sigmoid" => Sigmoid,
            "Tanh" => Tanh,
            "ReLU" => ReLU,
            "LeakyReLU" => LeakyReLU(0.2),
            "ELU" => ELU(0.7),
            "Softmax" => Softmax,
            other => panic!("unknown activation {other}"),
        };
        assert_close(
            &function.apply(&tensor(&row["x"])),
            &tensor(&row["y"]),
            1e-6,
            &row["name"].to_string(),
        );
    }
}

#[test]
fn optimizers_over_eight_steps() {
    for row in keras("optimizers") {
        let mut optimizer: Box<dyn Optimizer> = match row["name"].as_str().expect("a name") {
            "SGD" => Box::new(SGD::new(0.1)),
            "SGD momentum" => Box::new(SGD::new(0.1).momentum(0.9)),
            "SGD nesterov" => Box::new(SGD::new(0.1).momentum(0.9).nesterov()),
            "Adam" => Box::new(Adam::new(0.05)),
            other => panic!("unknown optimizer {other}"),
        };
        let start = tensor(&row["start"]);
        let mut weights = [start.clone()];
        let list = |name: &str| row[name].as_array().expect("a list").clone();
        for (gradient, expected) in list("gradients").iter().zip(list("weights")) {
            optimizer.step(&mut weights, &[Some(tensor(gradient))]);
            assert_close(&weights[0], &tensor(&expected), 2e-6, &row["name"].to_string());
        }
        assert_eq!(
            start,
            tensor(&row["start"]),
            "{}: a handle to the old weights keeps them",
            row["name"]
        );
    }
}

#[test]
fn accuracy_of_every_kind() {
    for row in keras("metrics") {
        let (prediction, target) = (tensor(&row["prediction"]), tensor(&row["target"]));
        // A model that passes its input on, so that the whole way from loss to metric is taken.
        let mut model = Sequential::new(&prediction.shape()[1..]).add(Flatten::new());
        match row["name"].as_str().expect("a name") {
            "binary" => model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]),
            "categorical" => model.compile(SGD::new(0.1), CategoricalCrossentropy::from_logits(), [Accuracy]),
            "sparse" => model.compile(
                SGD::new(0.1),
                SparseCategoricalCrossentropy::from_logits(),
                [Accuracy],
            ),
            other => panic!("unknown accuracy {other}"),
        }
        let found = model
            .evaluate(&Dataset::new(prediction, target))
            .expect("judges")
            .get("accuracy");
        let expected = row["value"].as_f64().expect("a number") as f32;
        assert!(
            (found - expected).abs() < 1e-6,
            "{}: {found}, but Keras says {expected}",
            row["name"]
        );
    }
}
