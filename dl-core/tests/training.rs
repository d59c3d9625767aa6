//! How a model behaves: learning goes on, stops, repeats, and what is shared between clones.

use dl_core::display::{Host, MimeBundle, set_host};
use dl_core::prelude::*;
use std::cell::Cell;

/// A line, which a single unit learns.
fn line() -> Dataset {
    let x = Tensor::linspace(-1., 1., 50).reshape([50, 1]);
    let y = &x * 2.0 + 0.5;
    Dataset::new(x, y)
}

fn line_model() -> Sequential {
    let mut model = Sequential::new([1]).add(Dense::new(1));
    model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    model
}

#[test]
fn a_second_fit_goes_on() {
    let data = line();
    let mut model = line_model();
    let first = model.fit(&data, Fit::epochs(5).silent()).expect("learns");
    let second = model.fit(&data, Fit::epochs(50).silent()).expect("learns");
    assert!(second.get("loss")[0] < first.get("loss")[4]);
    let weights = model.weights();
    assert!((weights[0].item() - 2.0).abs() < 0.05 && (weights[1].item() - 0.5).abs() < 0.05);
}

#[test]
fn a_clone_learns_by_itself() {
    let data = line();
    let mut model = line_model();
    let untouched = model.clone();
    let before = model.weights();
    model.fit(&data, Fit::epochs(1).silent()).expect("learns");
    assert_eq!(untouched.weights(), before);
    assert_ne!(model.weights(), before);
    model.set_weights(&before).expect("fits");
    assert_eq!(model.weights(), before);

    // A model moves to another thread and back.
    let moved = std::thread::spawn(move || {
        model
            .fit(&line(), Fit::epochs(1).silent())
            .map(|_| model.weights())
    });
    assert_ne!(moved.join().expect("no panic").expect("learns"), before);
}

#[test]
fn one_batch_steps_as_by_hand() {
    let data = line();
    let mut model = line_model();
    let [w, b] = model.weights().try_into().expect("two weights");
    model
        .fit(&data, Fit::epochs(1).batch_size(50).silent())
        .expect("learns");
    let error = data.x.matmul(&w) + &b - &data.y;
    let dw = 2.0 * (&error * &data.x).mean();
    let db = 2.0 * error.mean();
    let stepped = model.weights();
    assert!((w - 0.1 * dw - &stepped[0]).abs().max().item() < 1e-6);
    assert!((b - 0.1 * db - &stepped[1]).abs().max().item() < 1e-6);
}

#[test]
fn uneven_batches_count_by_their_size() {
    let data = line();
    let mut model = line_model();
    model.compile(SGD::new(0.0), MeanSquaredError::new(), [MAE, RMSE]);
    let whole = model.evaluate(&data).expect("judges");
    // 50 samples in batches of 32: 32 and 18. Nothing is learned at rate 0, so the means must agree.
    let history = model
        .fit(&data, Fit::epochs(1).validation(&data).silent())
        .expect("learns");
    assert!((history.get("loss")[0] - whole.loss()).abs() < 1e-6);
    assert_eq!(history.get("val_loss"), [whole.loss()]);
    assert_eq!(history.get("val_rmse"), [whole.get("rmse")]);
    assert!((history.get("mae")[0] - whole.get("mae")).abs() < 1e-6);
    assert!((whole.get("rmse").powi(2) - whole.loss()).abs() < 1e-5);
    let large = Dataset::new(Tensor::randn([1300, 1]), Tensor::randn([1300, 1]));
    let p = model.predict(&large.x).expect("predicts");
    assert_eq!(p, large.x.matmul(&model.weights()[0]) + &model.weights()[1]);
    assert_eq!(
        model.predict(&Tensor::zeros([0, 1])).expect("predicts").shape(),
        [0, 1]
    );
}

#[test]
fn callbacks_see_every_step_and_may_stop() {
    #[derive(Default)]
    struct Seen(Vec<String>);
    impl Callback for &mut Seen {
        fn on_begin(&mut self, _: &mut Sequential, progress: &Progress, _: &History) {
            self.0
                .push(format!("begin {}x{}", progress.epochs, progress.steps));
        }
        fn on_batch_end(&mut self, _: &mut Sequential, progress: &Progress, history: &History) {
            assert!(progress.scores.loss() > 0.0 && progress.samples_per_second > 0.0);
            self.0.push(format!(
                "step {}.{} of {}",
                progress.epoch,
                progress.step,
                history.epochs()
            ));
        }
        fn on_epoch_end(&mut self, _: &mut Sequential, progress: &Progress, history: &History) {
            self.0
                .push(format!("epoch {} of {}", progress.epoch, history.epochs()));
            if progress.epoch == 2 {
                progress.stop();
            }
        }
        fn on_end(&mut self, _: &mut Sequential, progress: &Progress, _: &History) {
            assert!(progress.seconds_left.is_finite());
            self.0.push("end".to_string());
        }
    }
    let mut seen = Seen::default();
    let fit = Fit::epochs(9).batch_size(30).silent().callback(&mut seen);
    let history = line_model().fit(&line(), fit).expect("learns");
    let expected = [
        "begin 9x2",
        "step 1.1 of 0",
        "step 1.2 of 0",
        "epoch 1 of 1",
        "step 2.1 of 1",
        "step 2.2 of 1",
        "epoch 2 of 2",
        "end",
    ];
    assert_eq!(seen.0, expected);
    assert!(history.epochs() == 2 && !history.interrupted());
}

#[test]
fn an_interrupted_training_keeps_what_it_learned() {
    // Of this thread alone: the other tests learn on.
    thread_local!(static STOP: Cell<bool> = const { Cell::new(false) });
    struct Notebook;
    impl Host for Notebook {
        fn display(&self, _: &MimeBundle, _: Option<&str>, _: bool) {}
        fn clear(&self, _: bool) {}
        fn interrupted(&self) -> bool {
            STOP.get()
        }
        fn input(&self, _: &str, _: bool) -> std::io::Result<String> {
            Ok(String::new())
        }
    }
    set_host(Box::new(Notebook));

    struct StopInEpochThree;
    impl Callback for StopInEpochThree {
        fn on_batch_end(&mut self, _: &mut Sequential, progress: &Progress, _: &History) {
            STOP.set(progress.epoch == 3);
        }
    }
    let mut model = line_model();
    let before = model.weights();
    let history = model
        .fit(&line(), Fit::epochs(100).silent().callback(StopInEpochThree))
        .expect("returns normally");
    assert!(history.interrupted());
    assert_eq!(history.get("loss").len(), 2);
    assert_ne!(model.weights(), before);
}

#[test]
fn dropout_drops_only_while_learning_and_keeps_the_sum() {
    let layer = Dropout::new(0.25);
    let x = Tensor::ones([100, 100]);
    let dropped = layer.forward(&x, &Pass::new(&[], true));
    let zeros = dropped.to_vec().iter().filter(|&&number| number == 0.0).count();
    assert!(
        (2200..2800).contains(&zeros),
        "{zeros} of 10,000 at a rate of 0.25"
    );
    assert!(
        dropped
            .to_vec()
            .iter()
            .all(|&number| number == 0.0 || (number - 4.0 / 3.0).abs() < 1e-6)
    );
    assert_eq!(layer.forward(&x, &Pass::new(&[], false)), x);
}

#[test]
fn initialisers_draw_what_they_promise() {
    let deviation = |x: &Tensor| (x - x.mean()).square().mean().sqrt().item();
    let glorot = GlorotUniform.make([300, 200]);
    let limit = (6.0_f32 / 500.0).sqrt();
    assert!(glorot.abs().max().item() <= limit && glorot.abs().max().item() > 0.99 * limit);
    assert!((deviation(&glorot) - limit / 3.0_f32.sqrt()).abs() < 0.002);
    assert!((deviation(&HeNormal.make([300, 200])) - (2.0_f32 / 300.0).sqrt()).abs() < 0.002);
    let truncated = TruncatedNormal(0.05).make([300, 200]);
    assert!(truncated.abs().max().item() <= 0.1 && (deviation(&truncated) - 0.05 * 0.8796).abs() < 0.001);
    assert_eq!(Zeros.make([2]), tensor![0., 0.]);
    let normal = Tensor::randn([300, 200]);
    assert!(normal.mean().item().abs() < 0.02 && (deviation(&normal) - 1.0).abs() < 0.02);
}

#[test]
fn dense_works_along_the_last_axis() {
    let model = Sequential::new([5, 3]).add(Dense::new(2).activation(Softmax));
    let x = Tensor::randn([4, 5, 3]);
    let p = model.predict(&x).expect("predicts");
    assert_eq!(p.shape(), [4, 5, 2]);
    let expected = (x.reshape([20, 3]).matmul(&model.weights()[0]) + &model.weights()[1]).softmax();
    assert!((p.reshape([20, 2]) - expected).abs().max().item() < 1e-6);
    let outputs = model.outputs(&x).expect("looks inside");
    assert_eq!(
        (outputs[0].0.as_str(), outputs[0].1.shape()),
        ("dense", &[4, 5, 2][..])
    );
}

#[test]
fn threads_close_and_come_back() {
    let (a, b) = (Tensor::randn([256, 128]), Tensor::randn([128, 256]));
    let product = a.matmul(&b);
    dl_core::close_threads();
    assert_eq!(a.matmul(&b), product);
    // Several threads at once: one gets the pool, the others work alone.
    let results: Vec<Tensor> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| a.matmul(&b))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    assert!(
        results
            .iter()
            .all(|result| (result - &product).abs().max().item() < 1e-4)
    );
}

#[test]
fn a_summary_is_a_table() {
    let model = Sequential::new([28, 28, 1])
        .add(Flatten::new())
        .add(Dense::new(128).activation(ReLU))
        .add(Dropout::new(0.5))
        .add(Dense::new(10));
    insta::assert_snapshot!(model.summary(), @r"
    ┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━━━━┓
    ┃ Layer (type)      ┃ Output shape ┃ Parameters ┃
    ┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━━━━┩
    │ flatten (Flatten) │ (batch, 784) │          0 │
    ├───────────────────┼──────────────┼────────────┤
    │ dense (Dense)     │ (batch, 128) │    100,480 │
    ├───────────────────┼──────────────┼────────────┤
    │ dropout (Dropout) │ (batch, 128) │          0 │
    ├───────────────────┼──────────────┼────────────┤
    │ dense_1 (Dense)   │ (batch, 10)  │      1,290 │
    └───────────────────┴──────────────┴────────────┘
    Total parameters: 101,770 (397.54 KB)
    Trainable parameters: 101,770 (397.54 KB)
    Non-trainable parameters: 0 (0.00 B)
    ");
    insta::assert_snapshot!(format!("{model:?}"), @"Sequential of input shape [28, 28, 1]: [Flatten, Dense { units: 128, activation: ReLU, kernel: GlorotUniform, bias: Zeros, penalty: None }, Dropout { rate: 0.5 }, Dense { units: 10, activation: Linear, kernel: GlorotUniform, bias: Zeros, penalty: None }]");
}

#[test]
fn tensors_print_as_they_are_written() {
    insta::assert_debug_snapshot!(tensor![1., 2.5, -3.], @"tensor [1.0, 2.5, -3.0]");
    insta::assert_debug_snapshot!(tensor![[1, 2], [30, 40]], @r"
    tensor [[ 1.,  2.],
            [30., 40.]]
    ");
    insta::assert_debug_snapshot!(Tensor::arange(0., 8., 1.).reshape([2, 2, 2]) / 7.0, @r"
    tensor [[[0.0000, 0.1429],
             [0.2857, 0.4286]],

            [[0.5714, 0.7143],
             [0.8571, 1.0000]]]
    ");
    insta::assert_debug_snapshot!(tensor![1e-9, 1.0, f32::NAN], @"tensor [1.0000e-9, 1.0000e0, NaN]");
    insta::assert_debug_snapshot!(Tensor::from(0.5), @"tensor 0.5");
    insta::assert_debug_snapshot!(Tensor::zeros([0, 3]), @"tensor of shape [0, 3]");
    insta::assert_debug_snapshot!(Tensor::arange(0., 2000., 1.).reshape([200, 10]), @r"
    tensor [[   0.,    1.,    2., ...,    7.,    8.,    9.],
            [  10.,   11.,   12., ...,   17.,   18.,   19.],
            [  20.,   21.,   22., ...,   27.,   28.,   29.],
            ...,
            [1970., 1971., 1972., ..., 1977., 1978., 1979.],
            [1980., 1981., 1982., ..., 1987., 1988., 1989.],
            [1990., 1991., 1992., ..., 1997., 1998., 1999.]], shape [200, 10]
    ");
}

#[test]
fn numbers_print_as_asked() {
    let mean = tensor![1., 2., 4.].mean();
    assert_eq!(format!("{mean} {mean:.2} {mean:>6.1}"), "2.3333333 2.33    2.3");
    assert_eq!(
        format!("{:.1}", tensor![[1., 2.25], [10., 0.]]),
        "[[ 1.0,  2.2],\n [10.0,  0.0]]"
    );
    assert_eq!(tensor![1., 2.5].to_string(), "[1.0, 2.5]");
    assert_eq!(Tensor::zeros([0, 3]).to_string(), "tensor of shape [0, 3]");
}

#[test]
fn frozen_layers_stay_and_learn_again() {
    seed(3);
    let mut model = Sequential::new([1]).add(Dense::new(4)).add(Dense::new(1));
    model.compile(Adam::new(0.01), MeanSquaredError::new(), []);
    let before = model.weights();
    model.freeze(..1);
    model.fit(&line(), Fit::epochs(2).silent()).unwrap();
    let frozen = model.weights();
    assert_eq!(before[..2], frozen[..2]);
    assert!(before[2] != frozen[2] && before[3] != frozen[3]);
    // New weights do not thaw it.
    model.set_weights(&before).unwrap();
    assert_eq!(model.summary().trainable(), 5);
    model.unfreeze(..).fit(&line(), Fit::epochs(2).silent()).unwrap();
    assert!(model.weights().iter().zip(&before).all(|(now, then)| now != then));
    model.freeze(..);
    let error = model.fit(&line(), Fit::epochs(1).silent()).unwrap_err();
    insta::assert_snapshot!(error, @"
    fit: all layers with weights are frozen
    hint: let some learn again: model.unfreeze(..)
    ");
}

#[test]
fn penalties_count_in_the_loss_and_pull_weights_to_zero() {
    let data = Dataset::new(tensor![[0.], [0.]], tensor![[0.], [0.]]);
    let mut model = Sequential::new([1]).add(
        Dense::new(1)
            .kernel_initialiser(Constant(2.0))
            .penalty(L1L2(0.5, 0.25)),
    );
    model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
    assert_eq!(model.evaluate(&data).unwrap().loss(), 2.0);
    let history = model.fit(&data, Fit::epochs(1).silent()).unwrap();
    assert_eq!(history.get("loss"), [2.0]);
    // w - rate (0.5 sign(w) + 2 · 0.25 w)
    assert_eq!(model.weights()[0], tensor![[1.85]]);
}
