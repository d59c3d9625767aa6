//! The same seed gives the same numbers: in every layer, initialiser and data set that draws, and for each number of
//! threads. Alone in its process, and one after the other: tests beside these would draw from the same generator.

use dl_core::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same twice, with one thread and with two.
#[track_caller]
fn assert_repeats<T: PartialEq>(what: &str, draw: impl Fn() -> T) {
    for threads in [1, 2] {
        dl_core::set_threads(threads);
        let with_seed = |number: u64| {
            seed(number);
            draw()
        };
        let first = with_seed(7);
        // Something else is drawn between, as in another cell.
        let _other = Tensor::randn([3]);
        assert!(first == with_seed(7), "{what} with {threads} threads");
        assert!(first != with_seed(8), "{what} does not depend on the seed");
    }
}

#[test]
fn a_seed_repeats_every_loss() {
    let _turn = alone();
    assert_repeats("a dense network", || {
        let (train, test) = checkerboard(1500, 4).split(0.8);
        let mut model = Sequential::new([2])
            .add(Dense::new(512).activation(ReLU))
            .add(Dropout::new(0.2))
            .add(Dense::new(512).activation(ReLU))
            .add(Dense::new(2));
        model.compile(
            Adam::new(1e-3),
            SparseCategoricalCrossentropy::from_logits(),
            [Accuracy],
        );
        let fit = Fit::epochs(2).batch_size(128).validation(&test).silent();
        let history = model.fit(&train, fit).expect("learns");
        (history, model.weights())
    });
}

/// The curves and weights of a model that learns from these data.
fn learned(mut model: Sequential, data: &Dataset) -> (History, Vec<Tensor>) {
    model.compile(SGD::new(0.01).momentum(0.9), MeanSquaredError::new(), [MAE]);
    let fit = Fit::epochs(2).batch_size(16).silent();
    let history = model.fit(data, fit).expect("learns");
    (history, model.weights())
}

#[test]
fn a_seed_repeats_images_that_are_changed_at_random() {
    let _turn = alone();
    assert_repeats("a network for images", || {
        let data = Dataset::new(Tensor::uniform([70, 14, 13, 3], 0., 1.), Tensor::randn([70]));
        let model = Sequential::new([14, 13, 3])
            .add(RandomFlip::new())
            .add(RandomRotation::new(0.1))
            .add(RandomZoom::new(0.2))
            .add(RandomTranslation::new(0.1, 0.1))
            .add(RandomPerspective::new(0.2))
            .add(RandomBrightness::new(0.1))
            .add(RandomChannelShift::new(0.1))
            .add(Conv2D::new(16, 3).activation(ReLU).kernel_initialiser(HeNormal))
            .add(BatchNorm::new())
            .add(MaxPool2D::new(2))
            .add(Conv2D::new(24, 3).padding(Same).activation(ReLU))
            .add(MaxPool2D::new(2))
            .add(Conv2DTranspose::new(8, 2).stride(2).activation(Tanh))
            .add(AvgPool2D::new(2))
            .add(Flatten::new())
            .add(Dropout::new(0.3))
            .add(Maxout::new(8, 2))
            .add(LayerNorm::new())
            .add(Dense::new(1).kernel_initialiser(TruncatedNormal(0.1)));
        learned(model, &data)
    });
}

#[test]
fn a_seed_repeats_sequences() {
    let _turn = alone();
    assert_repeats("a network for sequences", || {
        let tokens: Vec<f32> = Tensor::uniform([900], 0., 20.)
            .to_vec()
            .into_iter()
            .map(f32::floor)
            .collect();
        let data = Dataset::new(Tensor::from_vec(tokens, [90, 10]), Tensor::randn([90]));
        let model = Sequential::new([10])
            .add(Embedding::new(20, 6))
            .add(GRU::new(12).return_sequences())
            .add(LSTM::new(12).return_sequences())
            .add(SimpleRNN::new(6).kernel_initialiser(Uniform(0.2)))
            .add(Dense::new(1));
        let result = learned(model, &data);
        let p = tensor![0.2, 0.3, 0.1, 0.4];
        (result, (0..40).map(|_| sample_token(&p, 1.0)).collect::<Vec<_>>())
    });
}

#[test]
fn a_seed_repeats_data_and_starts() {
    let _turn = alone();
    type Set = fn() -> Dataset;
    let sets: [(&str, Set); 7] = [
        ("xor", || xor(50, 0.1)),
        ("blobs", || blobs(50, 0.1)),
        ("checkerboard", || checkerboard(50, 4)),
        ("moons", || moons(50, 0.1)),
        ("circles", || circles(50, 0.1)),
        ("spirals", || spirals(50, 0.1)),
        ("shuffle", || iris().shuffle()),
    ];
    for (name, draw) in sets {
        assert_repeats(name, draw);
    }
    assert_repeats("split", || iris().split(0.7));
    type Numbers = fn() -> Tensor;
    let tensors: [(&str, Numbers); 9] = [
        ("randn", || Tensor::randn([33])),
        ("uniform", || Tensor::uniform([33], -1., 1.)),
        ("sine", || sine(50, 0.1)),
        ("seasonal", || seasonal(50, 0.1)),
        ("GlorotUniform", || GlorotUniform.make([7, 5])),
        ("HeNormal", || HeNormal.make([7, 5])),
        ("TruncatedNormal", || TruncatedNormal(0.1).make([7, 5])),
        ("Uniform", || Uniform(0.1).make([7, 5])),
        ("Orthogonal", || Orthogonal.make([7, 5])),
    ];
    for (name, draw) in tensors {
        assert_repeats(name, draw);
    }
}

#[test]
fn samples_in_their_order_draw_nothing() {
    let _turn = alone();
    let data = xor(40, 0.1);
    let mut model = Sequential::new([2]).add(Dense::new(1));
    model.compile(SGD::new(0.01), MeanSquaredError::new(), []);
    let next = |model: &mut Sequential, shuffle: bool| {
        seed(5);
        let fit = Fit::epochs(2).batch_size(10).shuffle(shuffle).silent();
        model.fit(&data, fit).expect("learns");
        Tensor::randn([1])
    };
    let shuffled = next(&mut model, true);
    let kept = next(&mut model, false);
    seed(5);
    let untouched = Tensor::randn([1]);
    assert!(kept == untouched && shuffled != untouched);
}

#[test]
fn everybody_has_the_same_hands_whatever_the_seed() {
    let _turn = alone();
    seed(1);
    let (train, validation) = sign_language();
    let next = Tensor::randn([1]);
    seed(1);
    assert_eq!(
        next,
        Tensor::randn([1]),
        "drawing takes no number from the lesson's generator"
    );
    let (again, validation_again) = sign_language();
    assert!(train == again && validation == validation_again);
}
