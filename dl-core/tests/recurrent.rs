//! What recurrent layers remember and forget, and that very long sequences neither overflow the stack nor leave memory
//! behind. Their numbers for one sequence are compared in `layers.rs`.

#[path = "references/reading.rs"]
mod reading;

use dl_core::layers::{Layer, Pass};
use dl_core::prelude::*;
use reading::{tensor, tensors};
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// There is one random generator for the process: a test that counts on its numbers draws alone.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[track_caller]
fn assert_close(found: &Tensor, expected: &Tensor, tolerance: f32, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    let distance = (found - expected).abs().max().item();
    assert!(distance <= tolerance, "{what}: {distance} apart");
}

#[test]
fn a_stateful_layer_goes_on_where_it_stopped() {
    let _turn = alone();
    let numbers: Value = serde_json::from_str(include_str!("references/layers.json")).expect("valid JSON");
    let rows = numbers["stateful"].as_array().expect("a list");
    assert_eq!(rows.len(), 3);
    for row in rows {
        let name = row["layer"].as_str().expect("a name");
        // The last state of an LSTM's cell shows in what follows; the other one is what the layer gives.
        let mut model = Sequential::new([4, 2]);
        model = match name {
            "SimpleRNN" => model.add(SimpleRNN::new(3).stateful()),
            "LSTM" => model.add(LSTM::new(3).stateful()),
            "GRU" => model.add(GRU::new(3).stateful()),
            other => panic!("unknown layer {other}"),
        };
        model
            .set_weights(&tensors(&row["weights"]))
            .expect("the same shapes");
        let batches = row["batches"].as_array().expect("a list");
        let first = tensor(&batches[0]["x"]);
        let mut before = None;
        for round in 0..2 {
            for batch in batches {
                let y = model.predict(&tensor(&batch["x"])).expect("fits");
                assert_close(&y, &tensor(&batch["y"]), 2e-6, &format!("{name}, round {round}"));
                assert_close(
                    &y,
                    &tensor(&batch["states"][0]),
                    2e-6,
                    &format!("{name}, last state"),
                );
            }
            let remembering = model.predict(&first).expect("fits");
            assert_ne!(remembering, tensor(&batches[0]["y"]), "{name}");
            assert_eq!(*before.get_or_insert(remembering.clone()), remembering, "{name}");
            model.reset_states();
        }
    }
}

#[test]
fn steps_in_two_halves_give_what_they_give_in_one() {
    let _turn = alone();
    seed(6);
    let x = Tensor::randn([3, 10, 2]);
    let whole = Sequential::new([10, 2]).add(LSTM::new(5).return_sequences());
    let mut halves = Sequential::new([5, 2]).add(LSTM::new(5).return_sequences().stateful());
    halves.set_weights(&whole.weights()).expect("the same shapes");
    let expected = whole.predict(&x).expect("fits");
    for start in [0, 5] {
        let y = halves.predict(&x.slice(1, start..start + 5)).expect("fits");
        assert_close(&y, &expected.slice(1, start..start + 5), 1e-6, "a half");
    }
    // A clone remembers by itself.
    let clone = halves.clone();
    halves.reset_states();
    let start = x.slice(1, 0..5);
    assert_eq!(
        halves.predict(&start),
        halves.clone().predict(&start).map(|_| expected.slice(1, 0..5))
    );
    assert_ne!(clone.predict(&start), halves.predict(&start));
}

#[test]
fn many_samples_give_what_they_give_alone() {
    let _turn = alone();
    seed(7);
    // Enough that two threads share them, in parts that are not equally large.
    let x = Tensor::randn([37, 12, 3]);
    let layers: [Box<dyn Layer>; 3] = [
        Box::new(SimpleRNN::new(40)),
        Box::new(LSTM::new(40)),
        Box::new(GRU::new(40)),
    ];
    for layer in layers {
        let model = |x: &Tensor, layer: &dyn Layer, weights: &[Tensor]| {
            let tracked: Vec<Tensor> = weights.iter().map(Tensor::track).collect();
            let x = x.track();
            let y = layer.forward(&x, &Pass::new(&tracked, true));
            let gradients = y.square().sum().backward();
            let all: Vec<Tensor> = [&x]
                .into_iter()
                .chain(&tracked)
                .map(|t| gradients.of(t))
                .collect();
            (y.detach(), all)
        };
        let weights: Vec<Tensor> = layer
            .weights(&[12, 3])
            .iter()
            .map(|weight| Tensor::randn(weight.shape()) * 0.2)
            .collect();
        let (y, gradients) = model(&x, &*layer, &weights);
        let mut sums: Vec<Tensor> = weights.iter().map(|w| Tensor::zeros(w.shape())).collect();
        for sample in 0..37 {
            let (one, parts) = model(&x.rows(sample..sample + 1), &*layer, &weights);
            assert_close(&y.rows(sample..sample + 1), &one, 1e-6, "a sample");
            assert_close(
                &gradients[0].rows(sample..sample + 1),
                &parts[0],
                1e-5,
                "its gradient",
            );
            sums.iter_mut()
                .zip(&parts[1..])
                .for_each(|(sum, part)| *sum += part);
        }
        for (sum, gradient) in sums.iter().zip(&gradients[1..]) {
            assert_close(sum, gradient, 2e-4, "the gradient of the weights");
        }
    }
}

#[test]
fn a_recurrent_layer_learns_to_remember_the_first_step() {
    let _turn = alone();
    seed(9);
    let x = Tensor::uniform([256, 12, 1], -1., 1.);
    let first = x.slice(1, 0..1).to_vec();
    let y = Tensor::from(first.iter().map(|&x| f32::from(x > 0.0)).collect::<Vec<f32>>());
    let data = Dataset::new(x, y);
    let end = || Dense::new(1).activation(Sigmoid);
    let models = [
        Sequential::new([12, 1]).add(LSTM::new(8)).add(end()),
        Sequential::new([12, 1])
            .add(GRU::new(8).return_sequences())
            .add(GRU::new(4))
            .add(end()),
    ];
    for mut model in models {
        model.compile(Adam::new(0.02), BinaryCrossentropy::new(), [Accuracy]);
        let history = model.fit(&data, Fit::epochs(60).silent()).expect("learns");
        let reached = history.get("accuracy").iter().copied().fold(0.0, f32::max);
        assert!(reached > 0.9, "{model:?}: {reached}");
    }
}

/// Memory that the process holds now, in bytes.
fn memory() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    let pages: usize = pages
        .split(' ')
        .nth(1)
        .expect("resident pages")
        .parse()
        .expect("a number");
    pages * 4096
}

#[test]
fn a_hundred_thousand_steps_neither_overflow_nor_leak() {
    let _turn = alone();
    seed(8);
    const STEPS: usize = 100_000;
    // Through the layer, and written out as operations, one node of the record after the other.
    let x = Tensor::randn([1, STEPS, 1]);
    let mut model = Sequential::new([STEPS, 1]).add(LSTM::new(4)).add(Dense::new(1));
    model.compile(SGD::new(0.01), MeanSquaredError::new(), []);
    let data = Dataset::new(x, tensor![[0.5]]);
    let by_layer = |model: &mut Sequential| {
        let history = model.fit(&data, Fit::epochs(1).silent()).expect("learns");
        assert!(history.get("loss")[0].is_finite());
    };
    let weights = [Tensor::randn([1, 4]).track(), (Orthogonal.make([4, 4])).track()];
    let by_hand = || {
        let mut state = Tensor::zeros([1, 4]);
        for step in 0..STEPS {
            let input = data.x.slice(1, step..step + 1).reshape([1, 1]);
            state = (input.matmul(&weights[0]) + state.matmul(&weights[1])).tanh();
        }
        let gradients = state.sum().backward();
        assert!(gradients.of(&weights[0]).abs().max().item().is_finite());
        memory()
    };
    by_layer(&mut model);
    let before = memory();
    let record = by_hand() - before;
    let before = memory();
    by_layer(&mut model);
    by_hand();
    let grown = memory().saturating_sub(before);
    assert!(
        grown < record / 4,
        "{grown} bytes more than after the first round; one record takes {record}"
    );
}
