//! The layers for images against Keras's numbers, which `references/make_images.py` wrote; and a network of them.

#[path = "references/reading.rs"]
mod reading;

use dl_core::layers::WindowSize;
use dl_core::prelude::*;
use reading::{assert_close, tensor, tensors};
use serde_json::Value;

fn keras() -> Value {
    serde_json::from_str(include_str!("references/images.json")).expect("valid JSON")
}

fn layer(name: &str) -> Box<dyn Layer> {
    let square = |size: usize| WindowSize::from(size);
    match name {
        "Conv2D 4, 3" => Box::new(Conv2D::new(4, 3)),
        "Conv2D 3, 2 stride 2 relu" => Box::new(Conv2D::new(3, 2).stride(2).activation(ReLU)),
        "Conv2D 3, 3 same sigmoid" => Box::new(Conv2D::new(3, 3).padding(Same).activation(Sigmoid)),
        "Conv2D 2, [3, 4] stride 3 same" => Box::new(Conv2D::new(2, [3, 4]).stride(3).padding(Same)),
        "Conv2D 3, 2 softmax" => Box::new(Conv2D::new(3, square(2)).activation(Softmax)),
        "Conv2DTranspose 3, 3" => Box::new(Conv2DTranspose::new(3, 3)),
        "Conv2DTranspose 2, 3 stride 2" => Box::new(Conv2DTranspose::new(2, 3).stride(2)),
        "Conv2DTranspose 2, 3 stride 2 same relu" => Box::new(
            Conv2DTranspose::new(2, 3)
                .stride(2)
                .padding(Same)
                .activation(ReLU),
        ),
        "Conv2DTranspose 2, 2 stride 3" => Box::new(Conv2DTranspose::new(2, 2).stride(3)),
        "Conv2DTranspose 2, 2 same" => Box::new(Conv2DTranspose::new(2, 2).padding(Same)),
        "MaxPool2D 2" => Box::new(MaxPool2D::new(2)),
        "MaxPool2D 3 stride 1 same" => Box::new(MaxPool2D::new(3).stride(1).padding(Same)),
        "MaxPool2D 3 stride 2 same" => Box::new(MaxPool2D::new(3).stride(2).padding(Same)),
        "AvgPool2D 2" => Box::new(AvgPool2D::new(2)),
        "AvgPool2D 3 stride 2 same" => Box::new(AvgPool2D::new(3).stride(2).padding(Same)),
        "GlobalAvgPool2D" => Box::new(GlobalAvgPool2D::new()),
        "UpSampling2D 2" => Box::new(UpSampling2D::new(2)),
        "UpSampling2D [1, 3]" => Box::new(UpSampling2D::new([1, 3])),
        "ZeroPadding2D [1, 2]" => Box::new(ZeroPadding2D::new([1, 2])),
        other => panic!("unknown layer {other}"),
    }
}

#[test]
fn outputs_and_gradients() {
    let numbers = keras();
    let rows = numbers["layers"].as_array().expect("a list");
    assert_eq!(rows.len(), 19);
    for row in rows {
        let name = row["name"].as_str().expect("a name");
        let layer = layer(name);
        let (x, expected) = (tensor(&row["x"]).track(), tensor(&row["y"]));
        let sample = &x.shape()[1..];
        assert_eq!(
            layer.output_shape(sample).expect("fits"),
            expected.shape()[1..],
            "{name}"
        );
        let weights: Vec<Tensor> = tensors(&row["weights"]).iter().map(Tensor::track).collect();
        let described = layer.weights(sample);
        let shapes = |shape: &[usize]| shape.to_vec();
        assert_eq!(
            described
                .iter()
                .map(|weight| shapes(weight.shape()))
                .collect::<Vec<_>>(),
            weights
                .iter()
                .map(|weight| shapes(weight.shape()))
                .collect::<Vec<_>>(),
            "{name}"
        );
        let y = layer.forward(&x, &Pass::new(&weights, true));
        assert_close(&y, &expected, 2e-6, name);
        let found = (&y * tensor(&row["g"])).sum().backward();
        let inputs = std::iter::once(&x).chain(&weights);
        for (input, expected) in inputs.zip(tensors(&row["gradients"])) {
            assert_close(&found.of(input), &expected, 1e-5, name);
        }
    }
}

#[test]
fn a_network_learns_as_in_keras() {
    let row = &keras()["training"];
    let mut model = Sequential::new([8, 8, 1])
        .add(Conv2D::new(4, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Conv2D::new(6, 2).padding(Same).activation(Tanh))
        .add(AvgPool2D::new(3))
        .add(Conv2DTranspose::new(2, 2).stride(2))
        .add(Flatten::new())
        .add(Dense::new(3));
    model
        .set_weights(&tensors(&row["start"]))
        .expect("the same network");
    model.compile(SGD::new(0.05), SparseCategoricalCrossentropy::from_logits(), []);
    let data = Dataset::new(tensor(&row["x"]), tensor(&row["y"]));
    let history = model
        .fit(&data, Fit::epochs(5).batch_size(6).silent())
        .expect("learns");
    let losses: Vec<f32> = serde_json::from_value(row["losses"].clone()).expect("numbers");
    assert_eq!(losses.len(), 5);
    let found = Tensor::from_vec(history.get("loss").to_vec(), [5]);
    assert_close(&found, &Tensor::from_vec(losses, [5]), 1e-5, "losses");
    for (found, expected) in model.weights().iter().zip(tensors(&row["weights"])) {
        assert_close(found, &expected, 1e-5, "weights");
    }
}

/// A convolution and the pooling behind it learn in one operation; with a layer between that does nothing, in two.
#[test]
fn a_convolution_learns_with_its_pooling_as_without() {
    let pools = [
        MaxPool2D::new(2),
        MaxPool2D::new(3).stride(1),
        MaxPool2D::new(3).stride(2).padding(Same),
        MaxPool2D::new([1, 2]).stride(3),
    ];
    for (number, pool) in pools.into_iter().enumerate() {
        seed(number as u64);
        let function = [ReLU, Tanh, Linear, LeakyReLU(0.2)][number];
        // Padded or not, moved by one or two, and with enough channels for whole vectors and a rest.
        let first = Conv2D::new(19, 3)
            .activation(function)
            .padding([Valid, Same][number % 2]);
        let second = Conv2D::new(18, 2).activation(function).stride(1 + number % 2);
        let start = || Sequential::new([11, 12, 2]);
        let end = |model: Sequential| model.add(Flatten::new()).add(Dense::new(3));
        let together = start()
            .add(first.clone())
            .add(pool.clone())
            .add(second.clone())
            .add(pool.clone());
        let apart = start()
            .add(first)
            .add(Activation::new(Linear))
            .add(pool.clone())
            .add(second)
            .add(Activation::new(Linear))
            .add(pool);
        let (mut together, mut apart) = (end(together), end(apart));
        apart.set_weights(&together.weights()).expect("the same weights");
        let data = Dataset::new(Tensor::randn([5, 11, 12, 2]), tensor![0., 1., 2., 1., 0.]);
        let learn = |model: &mut Sequential| {
            model.compile(SGD::new(0.1), SparseCategoricalCrossentropy::from_logits(), []);
            model
                .fit(&data, Fit::epochs(3).batch_size(5).silent())
                .expect("learns");
            model.weights()
        };
        let before = together.weights();
        let (found, expected) = (learn(&mut together), learn(&mut apart));
        assert_ne!(before, found);
        for (found, expected) in found.iter().zip(&expected) {
            assert_close(found, expected, 2e-6, &format!("pool {number}"));
        }
    }
}

#[test]
fn parameter_totals() {
    let model = Sequential::new([28, 28, 1])
        .add(Conv2D::new(32, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Conv2D::new(64, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Flatten::new())
        .add(Dropout::new(0.5))
        .add(Dense::new(10));
    assert_eq!(model.summary().parameters(), 34_826);
    let penalised = Sequential::new([4, 4, 3]).add(Conv2D::new(2, [1, 3]).penalty(L2(1e-3)));
    assert_eq!(penalised.summary().parameters(), 2 * 9 + 2);
}

#[test]
fn settings_survive_a_file() {
    seed(5);
    let model = Sequential::new([9, 8, 2])
        .add(ZeroPadding2D::new(1))
        .add(
            Conv2D::new(3, [3, 2])
                .stride(2)
                .padding(Same)
                .activation(ELU(0.5)),
        )
        .add(UpSampling2D::new(2))
        .add(MaxPool2D::new(2).stride(1).padding(Same))
        .add(Conv2DTranspose::new(4, 2).stride(2).kernel_initialiser(HeNormal))
        .add(AvgPool2D::new([1, 2]).stride(2))
        .add(GlobalAvgPool2D::new());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    model.save(&path).expect("saves");
    let loaded = Sequential::load(&path).expect("loads");
    let x = Tensor::randn([3, 9, 8, 2]);
    assert_eq!(
        loaded.predict(&x).expect("predicts"),
        model.predict(&x).expect("predicts")
    );
    assert_eq!(format!("{loaded:?}"), format!("{model:?}"));
}
