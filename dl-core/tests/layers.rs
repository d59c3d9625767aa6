//! Layers against Keras's own numbers, which `references/layers.py` wrote: outputs, gradients, and five steps of training.

#[path = "references/reading.rs"]
mod reading;

use dl_core::layers::{Layer, Pass};
use dl_core::prelude::*;
use reading::{assert_close, tensor, tensors};
use serde_json::Value;

fn numbers() -> Value {
    serde_json::from_str(include_str!("references/layers.json")).expect("valid JSON")
}

/// Our layer of a row's name and settings.
fn layer(row: &Value) -> Box<dyn Layer> {
    let config = &row["config"];
    let whole = |name: &str| config[name].as_u64().expect("a number") as usize;
    let number = |name: &str, default: f64| config[name].as_f64().unwrap_or(default) as f32;
    let sequences = config["return_sequences"] == true;
    let penalty = |position: usize| config["penalty"][position].as_f64().expect("a number") as f32;
    let penalty = match config["penalty"][0].as_str() {
        None => None,
        Some("l1") => Some(L1(penalty(1))),
        Some("l2") => Some(L2(penalty(1))),
        Some("l1l2") => Some(L1L2(penalty(1), penalty(2))),
        Some(other) => panic!("unknown penalty {other}"),
    };
    let function = || match config["activation"].as_str() {
        None | Some("linear") => Linear,
        Some("sigmoid") => Sigmoid,
        Some("tanh") => Tanh,
        Some("relu") => ReLU,
        Some("leaky_relu") => LeakyReLU(0.2),
        Some("elu") => ELU(1.0),
        Some("softmax") => Softmax,
        Some(other) => panic!("unknown activation {other}"),
    };
    match row["layer"].as_str().expect("a name") {
        "Dense" => match penalty {
            Some(penalty) => Box::new(Dense::new(whole("units")).penalty(penalty)),
            None => Box::new(Dense::new(whole("units")).activation(function())),
        },
        "Activation" => Box::new(Activation::new(function())),
        "Flatten" => Box::new(Flatten::new()),
        "Dropout" => Box::new(Dropout::new(number("rate", 0.5))),
        "Conv2D" => {
            let layer = Conv2D::new(whole("filters"), whole("kernel_size")).activation(function());
            match penalty {
                Some(penalty) => Box::new(layer.penalty(penalty)),
                None => Box::new(layer),
            }
        }
        "Conv2DTranspose" => {
            Box::new(Conv2DTranspose::new(whole("filters"), whole("kernel_size")).stride(whole("strides")))
        }
        "MaxPool2D" => Box::new(MaxPool2D::new(whole("pool_size"))),
        "AvgPool2D" => Box::new(AvgPool2D::new(whole("pool_size"))),
        "GlobalAvgPool2D" => Box::new(GlobalAvgPool2D::new()),
        "UpSampling2D" => Box::new(UpSampling2D::new(whole("size"))),
        "ZeroPadding2D" => Box::new(ZeroPadding2D::new(whole("padding"))),
        "BatchNorm" => Box::new(
            BatchNorm::new()
                .momentum(number("momentum", 0.99))
                .epsilon(number("epsilon", 1e-3)),
        ),
        "Embedding" => Box::new(Embedding::new(whole("input_dim"), whole("output_dim"))),
        "SimpleRNN" => match config["activation"].as_str() {
            Some(_) => Box::new(SimpleRNN::new(whole("units")).activation(ReLU)),
            None if sequences => Box::new(SimpleRNN::new(whole("units")).return_sequences()),
            None => Box::new(SimpleRNN::new(whole("units"))),
        },
        "LSTM" if sequences => Box::new(LSTM::new(whole("units")).return_sequences()),
        "LSTM" => Box::new(LSTM::new(whole("units"))),
        "GRU" if sequences => Box::new(GRU::new(whole("units")).return_sequences()),
        "GRU" => Box::new(GRU::new(whole("units"))),
        "LayerNorm" => Box::new(LayerNorm::new().epsilon(number("epsilon", 1e-3))),
        "Maxout" => Box::new(Maxout::new(whole("units"), whole("pieces"))),
        "Reshape" => {
            let shape: Vec<i64> = serde_json::from_value(config["target_shape"].clone()).expect("sizes");
            Box::new(Reshape::new(shape))
        }
        other => panic!("unknown layer {other}"),
    }
}

/// A layer whose kind is only known while the test runs.
#[derive(Clone, Debug)]
struct Any(Box<dyn Layer>);

impl Layer for Any {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Error> {
        self.0.output_shape(input)
    }
    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        self.0.weights(input)
    }
    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        self.0.forward(x, pass)
    }
}

#[test]
fn outputs_and_gradients() {
    let rows = numbers()["rows"].as_array().expect("a list").clone();
    assert_eq!(rows.len(), 43);
    for row in &rows {
        let name = format!("{} {}", row["layer"], row["config"]);
        let layer = layer(row);
        let sample = &tensor(&row["x"]).shape()[1..].to_vec();
        let weights: Vec<Tensor> = tensors(&row["weights"]).iter().map(Tensor::track).collect();
        for (mode, training) in [("predicting", false), ("learning", true)] {
            let name = format!("{name}, {mode}");
            let expected = &row[mode];
            let x = tensor(&row["x"]).track();
            let y = layer.forward(&x, &Pass::new(&weights, training));
            assert_eq!(
                y.shape()[1..],
                layer.output_shape(sample).expect("fits"),
                "{name}"
            );
            assert_close(&y, &tensor(&expected["y"]), 2e-6, &name);
            let gradients = (&y * tensor(&row["factors"])).sum().backward();
            if !expected["dx"].is_null() {
                assert_close(
                    &gradients.of(&x),
                    &tensor(&expected["dx"]),
                    1e-5,
                    &format!("{name}, dx"),
                );
            }
            let described = layer.weights(sample);
            assert_eq!(described.len(), weights.len(), "{name}");
            for (number, weight) in described.iter().enumerate() {
                assert_eq!(weight.shape(), weights[number].shape(), "{name}");
                let expected = &expected["dweights"][number];
                assert_eq!(weight.is_learned(), !expected.is_null(), "{name}");
                if weight.is_learned() {
                    let gradient = gradients.of(&weights[number]);
                    assert_close(
                        &gradient,
                        &tensor(expected),
                        2e-5,
                        &format!("{name}, {}", weight.name()),
                    );
                }
            }
        }
    }
}

#[test]
fn five_steps_of_training() {
    for row in numbers()["rows"].as_array().expect("a list") {
        let name = format!("{} {}", row["layer"], row["config"]);
        let (x, target) = (tensor(&row["x"]), tensor(&row["target"]));
        let mut model = Sequential::new(&x.shape()[1..])
            .add(Any(layer(row)))
            .add(Flatten::new())
            .add(Dense::new(2));
        model.compile(SGD::new(0.05), MeanSquaredError::new(), []);
        model
            .set_weights(&tensors(&row["start"]))
            .expect("the same shapes");
        let data = Dataset::new(x, target);
        let whole = Fit::epochs(5).batch_size(data.len()).silent();
        let history = model.fit(&data, whole).expect("learns");
        let losses: Vec<f32> = serde_json::from_value(row["losses"].clone()).expect("numbers");
        assert_close(
            &Tensor::from(history.get("loss")),
            &Tensor::from(losses),
            1e-5,
            &format!("{name}, losses"),
        );
        for (number, (weight, expected)) in model.weights().iter().zip(tensors(&row["end"])).enumerate() {
            assert_close(
                weight,
                &expected,
                2e-5,
                &format!("{name}, weight {number} after five steps"),
            );
        }
        let prediction = model.predict(&data.x).expect("fits");
        assert_close(
            &prediction,
            &tensor(&row["prediction"]),
            5e-5,
            &format!("{name}, prediction"),
        );
    }
}

#[test]
fn stateful_layers_learn_from_batches_in_their_order() {
    for row in numbers()["stateful_trainings"].as_array().expect("a list") {
        let name = row["layer"].as_str().expect("a name");
        let model = Sequential::new([4, 2]);
        let model = match name {
            "SimpleRNN" => model.add(SimpleRNN::new(3).stateful()),
            "LSTM" => model.add(LSTM::new(3).stateful()),
            "GRU" => model.add(GRU::new(3).stateful()),
            other => panic!("unknown layer {other}"),
        };
        let mut model = model.add(Dense::new(1));
        model
            .set_weights(&tensors(&row["start"]))
            .expect("the same shapes");
        model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
        let data = Dataset::new(tensor(&row["x"]), tensor(&row["y"]));
        let forget = |model: &mut Sequential, _: &Progress, _: &History| model.reset_states();
        let fit = Fit::epochs(3).batch_size(2).shuffle(false).silent();
        let history = model.fit(&data, fit.each_epoch(forget)).expect("learns");
        let losses: Vec<f32> = serde_json::from_value(row["losses"].clone()).expect("numbers");
        assert_close(
            &Tensor::from(history.get("loss")),
            &Tensor::from(losses),
            1e-5,
            name,
        );
        for (weight, expected) in model.weights().iter().zip(tensors(&row["end"])) {
            assert_close(weight, &expected, 2e-5, name);
        }
    }
}

#[test]
fn weights_start_from_numbers_spread_as_in_keras() {
    let rows = numbers()["starts"].as_array().expect("a list").clone();
    assert_eq!(rows.len(), 12);
    for row in rows {
        let name = row["layer"].as_str().expect("a name");
        let layer: Box<dyn Layer> = match name {
            "Dense" => Box::new(Dense::new(200)),
            "Dense he" => Box::new(Dense::new(200).kernel_initialiser(HeNormal)),
            "Dense truncated" => Box::new(Dense::new(200).kernel_initialiser(TruncatedNormal(0.05))),
            "Conv2D" => Box::new(Conv2D::new(64, 3)),
            "Conv2D he" => Box::new(Conv2D::new(64, 3).kernel_initialiser(HeNormal)),
            "Conv2DTranspose" => Box::new(Conv2DTranspose::new(64, 3)),
            "Embedding" => Box::new(Embedding::new(500, 40)),
            "SimpleRNN" => Box::new(SimpleRNN::new(120)),
            "LSTM" => Box::new(LSTM::new(120)),
            "GRU" => Box::new(GRU::new(120)),
            "BatchNorm" => Box::new(BatchNorm::new()),
            "LayerNorm" => Box::new(LayerNorm::new()),
            other => panic!("unknown layer {other}"),
        };
        let shape: Vec<usize> = serde_json::from_value(row["shape"].clone()).expect("a shape");
        let expected = row["weights"].as_array().expect("a list");
        let weights = Sequential::new(shape).add(Any(layer)).weights();
        assert_eq!(weights.len(), expected.len(), "{name}");
        for (number, (weight, expected)) in weights.iter().zip(expected).enumerate() {
            let what = format!("{name}, weight {number}");
            let shape: Vec<usize> = serde_json::from_value(expected["shape"].clone()).expect("a shape");
            assert_eq!(weight.shape(), shape, "{what}");
            let told = |key: &str| expected[key].as_f64().expect("a number") as f32;
            let deviation = weight.square().mean().sqrt().item();
            let (largest, mean) = (weight.abs().max().item(), weight.mean().item());
            // Both sides are drawn: of thousands of numbers, whose spread is known to a few hundredths.
            assert!(
                (deviation - told("deviation")).abs() <= 0.03 * deviation,
                "{what}: {deviation}"
            );
            assert!((mean - told("mean")).abs() <= 0.1 * deviation, "{what}: {mean}");
            // An orthogonal start has no largest number.
            if number != 1 || !["SimpleRNN", "LSTM", "GRU"].contains(&name) {
                assert!(
                    (largest - told("largest")).abs() <= 0.03 * largest,
                    "{what}: {largest}"
                );
            }
        }
    }
}

#[test]
fn orthogonal_starts_stand_at_right_angles() {
    seed(5);
    for shape in [&[7, 7][..], &[4, 9], &[9, 4], &[3, 3, 2, 5], &[1, 6]] {
        let columns = shape[shape.len() - 1];
        let start = Orthogonal.make(shape);
        assert_eq!(start.shape(), shape);
        let matrix = start.reshape([start.len() / columns, columns]);
        let gram = match matrix.shape()[0] > columns {
            true => matrix.t().matmul(&matrix),
            false => matrix.matmul(&matrix.t()),
        };
        assert_close(&gram, &Tensor::eye(gram.shape()[0]), 1e-6, "an orthogonal start");
        assert_ne!(start, Orthogonal.make(shape));
    }
    assert!(Uniform(0.05).make([1000]).abs().max().item() <= 0.05);
    assert!(Uniform(0.05).make([1000]).mean().abs().item() < 0.01);
}

#[test]
fn a_frozen_batch_norm_predicts_and_keeps_its_statistics() {
    let mut model = Sequential::new([2]).add(BatchNorm::new()).add(Dense::new(1));
    model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    let x = tensor![[1., 5.], [3., 9.], [8., 1.]];
    let data = Dataset::new(x.clone(), x.slice(1, 0..1));
    model.fit(&data, Fit::epochs(3).silent()).expect("learns");
    let before = model.weights();
    assert_ne!(before[2], Tensor::zeros([2]));
    assert_ne!(before[3], Tensor::ones([2]));
    model.freeze(..1);
    let expected = model.evaluate(&data).expect("judges").loss();
    // The first loss while learning is the one of predicting: the moving statistics are used, not those of the batch.
    let history = model
        .fit(&data, Fit::epochs(2).batch_size(3).silent())
        .expect("learns");
    assert!((history.get("loss")[0] - expected).abs() <= 1e-6 * expected);
    let after = model.weights();
    assert_eq!(after[..4], before[..4]);
    assert_ne!(after[4], before[4]);
}

#[test]
fn normalisation_is_exact_far_from_zero_and_over_many_rows() {
    seed(3);
    // More rows than one thread works on alone; a mean far larger than the deviation.
    for columns in [1, 3, 70] {
        let x = Tensor::randn([150_000 / columns + 7, columns]) * 0.5 + 1000.0;
        let weights = [Tensor::ones([columns]), Tensor::zeros([columns])];
        let statistics = [Tensor::zeros([columns]), Tensor::ones([columns])];
        let weights: Vec<Tensor> = weights.into_iter().chain(statistics).collect();
        let y = BatchNorm::new()
            .epsilon(0.0)
            .forward(&x, &Pass::new(&weights, true));
        let values = x.to_vec();
        for column in 0..columns {
            let own = || values.iter().skip(column).step_by(columns).map(|&v| f64::from(v));
            let count = own().count() as f64;
            let mean = own().sum::<f64>() / count;
            let deviation = (own().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
            for (row, value) in own().enumerate() {
                let expected = (value - mean) / deviation;
                // The mean as f32 is exact to 3e-5 of 1000, so 6e-5 of the deviation.
                assert!(
                    (f64::from(y.at([row, column])) - expected).abs() < 2e-4,
                    "{columns} columns"
                );
            }
        }
    }
}
