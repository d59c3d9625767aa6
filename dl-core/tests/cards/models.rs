//! Whole models on cards: they learn what they learn on the CPU, batch by batch, and go to and fro.

use crate::machine::{Machine, apart};
use crate::{agree, alone, devices, whole_numbers};
use dl_core::prelude::*;

/// 200 small images of two kinds: bright on the left, or on the right.
fn images() -> Dataset {
    let count = 200;
    let y: Vec<f32> = (0..count).map(|image| (image * 7 % 3 % 2) as f32).collect();
    let noise = (whole_numbers(&[count, 6, 6, 1], 1) / 16.0).to_vec();
    let x = noise.iter().enumerate().map(|(i, noise)| {
        let (image, column) = (i / 36, i % 6);
        noise
            + if (column < 3) == (y[image] == 0.0) {
                1.0
            } else {
                0.0
            }
    });
    Dataset::new(
        Tensor::from_vec(x.collect(), [count, 6, 6, 1]),
        Tensor::from_vec(y, [count]),
    )
}

fn convolutions() -> Sequential {
    let mut model = Sequential::new([6, 6, 1])
        .add(Conv2D::new(4, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(BatchNorm::new())
        .add(Flatten::new())
        .add(Dropout::new(0.2))
        .add(Dense::new(9).activation(Tanh))
        .add(Dense::new(2));
    model.compile(
        Adam::new(0.01),
        SparseCategoricalCrossentropy::from_logits(),
        [Accuracy],
    );
    model
}

/// What a model has learned after some epochs on the device, with the curves of it.
fn learned(device: Device, fit: Fit, make: fn() -> Sequential, data: &Dataset) -> Vec<Tensor> {
    seed(5);
    let mut model = make().to(device);
    assert_eq!(model.device(), device);
    let history = model.fit(data, fit.silent()).expect("it learns");
    let scores = model.evaluate(data).expect("it is judged");
    let mut results = model.weights();
    results.push(model.predict(&data.x.rows(0..50)).expect("it answers").to(device));
    for name in history.names() {
        let curve = history.get(name);
        results.push(Tensor::from_vec(curve.to_vec(), [curve.len()]).to(device));
    }
    results.push(Tensor::from(scores.loss()).to(device));
    results
}

#[test]
fn a_model_learns_the_same_everywhere() {
    let _turn = alone();
    let data = images();
    // Rounding differs from the first step on, and learning makes the most of it.
    agree("a model of convolutions", 2e-3, |device| {
        learned(
            device,
            Fit::epochs(3).batch_size(33).validation(&data),
            convolutions,
            &data,
        )
    });
}

#[test]
fn a_recurrent_model_learns_the_same_everywhere() {
    let _turn = alone();
    let x = whole_numbers(&[60, 7], 2).abs();
    let y = x.sum_axis(1) / 40.0;
    let data = Dataset::new(x, y.reshape([60, 1]));
    let make = || {
        let mut model = Sequential::new([7])
            .add(Embedding::new(10, 5))
            .add(LSTM::new(6).return_sequences())
            .add(GRU::new(5))
            .add(LayerNorm::new())
            .add(Dense::new(1));
        model.compile(RMSprop::new(0.01), MeanSquaredError::new(), [MAE]);
        model
    };
    agree("a recurrent model", 2e-3, |device| {
        learned(device, Fit::epochs(2).batch_size(16), make, &data)
    });
}

#[test]
fn learning_gets_somewhere() {
    let _turn = alone();
    let data = images();
    for &card in devices::cards() {
        seed(1);
        let mut model = convolutions().to(card);
        let history = model.fit(&data, Fit::epochs(12).silent()).expect("it learns");
        assert!(
            history.get("accuracy")[11] > 0.95,
            "{card}: {:?}",
            history.get("accuracy")
        );
        // Back on the CPU, and through a file, it is the same model.
        let scores = model.evaluate(&data).expect("it is judged");
        let home = model.clone().to(Device::cpu());
        assert_eq!(home.device(), Device::cpu());
        assert!((home.evaluate(&data).expect("it is judged").loss() - scores.loss()).abs() < 1e-4);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("model.safetensors");
        model.save(&path).expect("it is saved");
        let loaded = Sequential::load(&path).expect("it is loaded");
        for (loaded, weight) in loaded.weights().iter().zip(model.weights()) {
            assert_eq!(*loaded, weight.to(Device::cpu()));
        }
        // A model that goes to a card while it learns goes on there.
        let mut moved = convolutions();
        moved.fit(&data, Fit::epochs(1).silent()).expect("it learns");
        let mut moved = moved.to(card);
        let later = moved.fit(&data, Fit::epochs(8).silent()).expect("it learns");
        assert!(later.get("loss")[7] < later.get("loss")[0]);
    }
}

/// Steps are recorded and played again where that is possible; what comes out is the same to the last bit.
#[test]
fn a_recorded_step_is_a_step() {
    let trained = || {
        let data = images();
        fn compile(model: &mut Sequential, optimizer: impl Optimizer + 'static) {
            model.compile(
                optimizer,
                SparseCategoricalCrossentropy::from_logits(),
                [Accuracy],
            );
        }
        let compiles: [fn(&mut Sequential); 4] = [
            |model| compile(model, SGD::new(0.05).momentum(0.9)),
            |model| compile(model, Adam::new(ExponentialDecay::new(0.01, 3, 0.9))),
            |model| compile(model, AdamW::new(0.01).weight_decay(0.1)),
            |model| compile(model, RMSprop::new(0.01).clip_norm(1.0)),
        ];
        let bits = compiles.map(|compile| {
            seed(8);
            let mut model = convolutions().to(Device::cuda(0).expect("there is a card"));
            compile(&mut model);
            // Something changes in between: a rate, the size of a batch, a layer that no longer learns.
            let mut curves = Vec::new();
            let mut learn = |model: &mut Sequential, batch_size| {
                let fit = Fit::epochs(2).batch_size(batch_size).validation(&data).silent();
                let history = model.fit(&data, fit).expect("it learns");
                curves.extend(history.get("loss").iter().chain(history.get("accuracy")).copied());
            };
            learn(&mut model, 16);
            model.set_learning_rate(0.02);
            learn(&mut model, 16);
            model.freeze(0..1);
            learn(&mut model, 33);
            model.unfreeze(..);
            learn(&mut model, 16);
            let weights = model.weights();
            let all = weights.iter().flat_map(Tensor::to_vec).chain(curves);
            all.map(|number| format!("{:08x}", number.to_bits()))
                .collect::<String>()
        });
        bits.join("\n")
    };
    if apart(trained) {
        return;
    }
    let answer = |settings: &[(&'static str, &str)]| {
        Some(Machine::new(settings)?.try_answer(concat!(module_path!(), "::a_recorded_step_is_a_step")))
    };
    let Some(recorded) = answer(&[]) else { return };
    let recorded = recorded.expect("it learns");
    let one_by_one = answer(&[("HEBB_CUDA_GRAPH", "0")])
        .expect("as before")
        .expect("it learns");
    assert_eq!(recorded.lines().count(), 4);
    for (number, (recorded, one_by_one)) in recorded.lines().zip(one_by_one.lines()).enumerate() {
        assert!(recorded.len() > 1_000);
        assert!(recorded == one_by_one, "optimizer {number}");
    }
    let late = [
        ("SOFTWARE_GPU_WORK", "deferred"),
        ("SOFTWARE_GPU_ORDER", "shuffle"),
    ];
    let late = answer(&late).expect("as before").expect("it learns");
    assert!(late == one_by_one, "done late, in any order");
    // A kernel that only recorded steps need: where it fails, they do.
    let broken = answer(&[("SOFTWARE_GPU_BREAK", "turn_knobs")]).expect("as before");
    assert!(broken.is_err(), "no step was recorded");
}

#[test]
fn tensors_of_two_devices_do_not_meet_unasked() {
    for &card in devices::cards() {
        let (here, there) = (tensor![1., 2.], tensor![3., 4.].to(card));
        assert_eq!(there.device(), card);
        assert_eq!(there.to(Device::cpu()), tensor![3., 4.]);
        assert_eq!(&here.to(card) + &there, tensor![4., 6.].to(card));
        let both = std::panic::catch_unwind(|| &here + &there);
        let message = *both
            .expect_err("they are refused")
            .downcast::<String>()
            .expect("in words");
        assert!(
            message.contains("cpu") && message.contains(&card.to_string()),
            "{message}"
        );
    }
}
