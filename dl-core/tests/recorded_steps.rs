//! Steps on graphics cards are recorded and played again: what comes out is the same, bit by bit, as when each one is done by
//! itself, and the same as on the CPU but for rounding.

#[path = "cards/devices.rs"]
mod devices;

use dl_core::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// All trainings draw from one generator.
static DRAWING: Mutex<()> = Mutex::new(());

/// Keeps the weights after each step, so that they are never changed in place and no step can be played again.
struct Holding(Vec<Tensor>);

impl Callback for Holding {
    fn on_batch_end(&mut self, model: &mut Sequential, _: &Progress, _: &History) {
        self.0 = model.weights();
    }
}

/// What a training leaves: all curves and all weights.
type Left = (Vec<f32>, Vec<Tensor>);

type Make = fn() -> (Sequential, Dataset);

fn train(make: Make, device: Device, held: bool) -> Left {
    seed(7);
    let (model, data) = make();
    let mut model = model.to(device);
    let mut curves = Vec::new();
    // The second call goes on; the last batch of an epoch is a smaller one.
    for epochs in [2, 1] {
        let mut fit = Fit::epochs(epochs).batch_size(8).validation(&data).silent();
        if held {
            fit = fit.callback(Holding(Vec::new()));
        }
        let history = model.fit(&data, fit).expect("learns");
        curves.extend(
            history
                .names()
                .into_iter()
                .flat_map(|name| history.get(name).to_vec()),
        );
    }
    (curves, model.weights())
}

fn classes(count: usize) -> Tensor {
    Tensor::from_vec((0..count).map(|i| (i % 3) as f32).collect(), [count])
}

fn dense() -> (Sequential, Dataset) {
    let mut model = Sequential::new([4])
        .add(Dense::new(16).activation(Tanh).penalty(L2(1e-3)))
        .add(Dense::new(3));
    model.compile(
        SGD::new(0.1).momentum(0.9).nesterov(),
        SparseCategoricalCrossentropy::from_logits(),
        [Accuracy, F1],
    );
    (model, Dataset::new(Tensor::randn([60, 4]), classes(60)))
}

fn with_chance() -> (Sequential, Dataset) {
    let mut model = Sequential::new([5])
        .add(Dense::new(12).activation(ReLU))
        .add(BatchNorm::new())
        .add(Dropout::new(0.3))
        .add(Dense::new(6).activation(LeakyReLU(0.1)))
        .add(Dropout::new(0.2))
        .add(LayerNorm::new())
        .add(Dense::new(1).activation(Sigmoid));
    let rate = CosineDecay::new(0.02, 20);
    model.compile(AdamW::new(rate), BinaryCrossentropy::new(), [Accuracy, AUC]);
    let x = Tensor::randn([60, 5]);
    let y = Tensor::from_vec(
        x.sum_axis(1)
            .to_vec()
            .iter()
            .map(|&s| f32::from(s > 0.0))
            .collect(),
        [60],
    );
    (model, Dataset::new(x, y))
}

fn images() -> (Sequential, Dataset) {
    let mut model = Sequential::new([8, 8, 1])
        .add(Conv2D::new(4, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Conv2D::new(3, 2).padding(Same))
        .add(AvgPool2D::new(2).stride(1))
        .add(Flatten::new())
        .add(Dense::new(3).activation(Softmax));
    model.compile(
        Adam::new(0.01).clip_value(0.5),
        SparseCategoricalCrossentropy::new(),
        [TopK(2)],
    );
    (model, Dataset::new(Tensor::randn([44, 8, 8, 1]), classes(44)))
}

fn series() -> (Sequential, Dataset) {
    let mut model = Sequential::new([5, 2])
        .add(GRU::new(4).return_sequences())
        .add(LSTM::new(4).return_sequences())
        .add(SimpleRNN::new(3))
        .add(Dense::new(1));
    model.compile(
        RMSprop::new(0.01).momentum(0.5).centered(),
        MeanSquaredError::new(),
        [MAE],
    );
    (
        model,
        Dataset::new(Tensor::randn([40, 5, 2]), Tensor::randn([40])),
    )
}

fn words() -> (Sequential, Dataset) {
    let mut model = Sequential::new([6])
        .add(Embedding::new(9, 3))
        .add(Flatten::new())
        .add(Dense::new(4).activation(ELU(1.0)))
        .add(Dense::new(1).activation(Tanh));
    model.compile(Adagrad::new(0.1), Hinge::new(), []);
    model.freeze(..1);
    let x = Tensor::uniform([40, 6], 0., 9.)
        .to_vec()
        .iter()
        .map(|n| n.floor())
        .collect();
    let y = Tensor::from_vec((0..40).map(|i| (i % 2) as f32).collect(), [40]);
    (model, Dataset::new(Tensor::from_vec(x, [40, 6]), y))
}

fn clipped() -> (Sequential, Dataset) {
    let (mut model, data) = dense();
    model.compile(
        Adadelta::new(1.0).global_clip_norm(0.1),
        SparseCategoricalCrossentropy::from_logits(),
        [],
    );
    (model, data)
}

#[test]
fn played_steps_are_those_done_one_by_one() {
    let rows: [(&str, Make); 6] = [
        ("dense", dense),
        ("with chance", with_chance),
        ("images", images),
        ("series", series),
        ("words", words),
        ("clipped", clipped),
    ];
    let _drawing = DRAWING.lock().expect("the other test is fine");
    for &card in devices::cards() {
        for (name, make) in rows {
            let (played, single) = (train(make, card, false), train(make, card, true));
            assert!(
                played == single,
                "{name} on {card}: {:?}, but one by one {:?}",
                played.0,
                single.0
            );
            let (curves, weights) = train(make, Device::cpu(), false);
            let far = |a: &f32, b: &f32| (a - b).abs() > 2e-3 * b.abs().max(1.0);
            let apart = played.0.iter().zip(&curves).any(|(a, b)| far(a, b));
            assert!(
                !apart,
                "{name}: {:?} on {card}, but {curves:?} on the CPU",
                played.0
            );
            for (number, (a, b)) in played.1.iter().zip(&weights).enumerate() {
                let most = (a.to(Device::cpu()) - b).abs().max().item();
                assert!(
                    most < 5e-3,
                    "{name}, weight {number}: {most} between {card} and the CPU"
                );
            }
        }
    }
}

#[test]
fn a_training_that_diverges_is_told_with_its_step_and_undone() {
    let _drawing = DRAWING.lock().expect("the other test is fine");
    for &card in devices::cards() {
        let (model, mut data) = dense();
        let mut model = model.to(card);
        let before = model.weights();
        let mut x = data.x.to_vec();
        x[30 * 4] = f32::NAN;
        data.x = Tensor::from_vec(x, data.x.shape());
        let error = model
            .fit(&data, Fit::epochs(2).batch_size(8).shuffle(false).silent())
            .expect_err("a sample is no number");
        // Sample 30 is in the fourth batch of 8.
        assert!(
            error
                .to_string()
                .starts_with("fit: the loss became NaN in epoch 1, step 4;"),
            "{error}"
        );
        assert_eq!(model.weights(), before);
    }
}

/// Looks at a prediction in the third step, when the first two have not.
#[derive(Clone, Debug)]
struct Curious(Arc<AtomicUsize>);

impl Loss for Curious {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        if self.0.fetch_add(1, Ordering::Relaxed) == 2 {
            assert!(prediction.abs().sum().item() >= 0.0);
        }
        MeanSquaredError::new().value(prediction, target)
    }
}

#[test]
fn a_step_that_cannot_be_recorded_is_done_all_the_same() {
    let _drawing = DRAWING.lock().expect("the other tests are fine");
    let train = |device: Device| {
        seed(3);
        let mut model = Sequential::new([4])
            .add(Dense::new(8).activation(Tanh))
            .add(Dense::new(1));
        model.compile(SGD::new(0.1), Curious(Arc::default()), []);
        let data = Dataset::new(Tensor::randn([40, 4]), Tensor::randn([40]));
        let mut model = model.to(device);
        let history = model
            .fit(&data, Fit::epochs(3).batch_size(8).silent())
            .expect("learns");
        history.get("loss").to_vec()
    };
    for &card in devices::cards() {
        let (found, expected) = (train(card), train(Device::cpu()));
        let apart = found.iter().zip(&expected).any(|(a, b)| (a - b).abs() > 1e-4);
        assert!(!apart, "{found:?} on {card}, but {expected:?} on the CPU");
    }
}
