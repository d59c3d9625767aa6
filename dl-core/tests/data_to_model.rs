//! From data to a model that learned it: the tables, series, texts and classes of the lessons, on the way a lesson takes.
//! Bands are wide: what is tested is that nothing is lost or mixed up on the way.

use dl_core::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tests run side by side, but there is one generator: who wants its own sequence keeps the others waiting.
fn seed_alone(number: u64) -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    seed(number);
    turn
}

#[test]
fn a_table_is_learned_after_z_scores() {
    let _turn = seed_alone(1);
    let (train, test) = wine().split(0.8);
    let (train, test) = (train.standardize(), test.standardize_like(&train));
    let mut model = Sequential::new([13])
        .add(Dense::new(16).activation(ReLU))
        .add(Dense::new(3));
    model.compile(
        Adam::new(0.01),
        SparseCategoricalCrossentropy::from_logits(),
        [Accuracy],
    );
    model.fit(&train, Fit::epochs(30).silent()).expect("learns");
    let accuracy = model.evaluate(&test).expect("fits").get("accuracy");
    assert!(accuracy >= 0.9, "{accuracy}");
}

#[test]
fn two_of_ten_classes_are_a_question_of_yes_and_no() {
    let _turn = seed_alone(2);
    let (train, test) = fashion_mnist_sample();
    let [train, test] = [train, test].map(|data| data.keep_classes([0, 9]).normalize());
    assert_eq!((train.class_counts(), test.len()), (vec![100, 100], 40));
    let mut model = Sequential::new([28, 28, 1])
        .add(Flatten::new())
        .add(Dense::new(1));
    model.compile(Adam::new(0.01), BinaryCrossentropy::from_logits(), [Accuracy]);
    model.fit(&train, Fit::epochs(5).silent()).expect("learns");
    let accuracy = model.evaluate(&test).expect("fits").get("accuracy");
    assert!(accuracy >= 0.95, "{accuracy}");
}

/// Batches by hand reach the slope and the offset of a line.
#[test]
fn a_loop_by_hand_learns_from_batches() {
    let _turn = seed_alone(3);
    let x = Tensor::uniform([200, 1], -1., 1.);
    let data = Dataset::new(x.clone(), &x * 3.0 - 1.0);
    let (mut w, mut b) = (Tensor::zeros([1, 1]), Tensor::zeros([1]));
    for _ in 0..20 {
        for batch in data.shuffle().batches(32) {
            let (tracked_w, tracked_b) = (w.track(), b.track());
            let loss = (batch.x.matmul(&tracked_w) + &tracked_b - &batch.y)
                .square()
                .mean();
            let gradients = loss.backward();
            w = &w - gradients.of(&tracked_w) * 0.2;
            b = &b - gradients.of(&tracked_b) * 0.2;
        }
    }
    assert!(
        (w.item() - 3.0).abs() < 0.01 && (b.item() + 1.0).abs() < 0.01,
        "{w:?} {b:?}"
    );
}

/// Next week's season is no surprise: a linear model must beat "as today" in the units of the series.
#[test]
fn a_series_is_forecast_better_than_by_its_last_value() {
    let _turn = seed_alone(4);
    let series = seasonal(1000, 0.5);
    let scaler = Scaler::fit(&series.rows(0..800));
    let (past, future) = windows(&scaler.apply(&series), 14, 1).split_chronological(0.8);
    let flat = |x: &Tensor| x.reshape([x.shape()[0], 14]);
    let (past, future) = (past.map(flat), future.map(flat));
    let mut model = Sequential::new([14]).add(Dense::new(1));
    model.compile(Adam::new(0.01), MeanSquaredError::new(), []);
    model.fit(&past, Fit::epochs(60).silent()).expect("learns");
    let real = scaler.undo(&future.y);
    let error = |forecast: &Tensor| (scaler.undo(forecast) - &real).abs().mean().item();
    let learned = error(&model.predict(&future.x).expect("fits"));
    let naive = error(&future.x.slice(1, 13..14));
    assert!(learned < 0.6 * naive, "{learned} {naive}");
}

/// `abcabc...` can be continued without a mistake.
#[test]
fn a_text_is_continued() {
    let _turn = seed_alone(5);
    let text = "abc".repeat(100);
    let tokenizer = Tokenizer::characters().fit(&text);
    let data = token_windows(tokenizer.encode(&text), 4);
    let mut model = Sequential::new([4])
        .add(Embedding::new(tokenizer.size(), 8))
        .add(Flatten::new())
        .add(Dense::new(tokenizer.size()));
    model.compile(Adam::new(0.05), SparseCategoricalCrossentropy::from_logits(), []);
    model.fit(&data, Fit::epochs(10).silent()).expect("learns");
    let mut tokens = tokenizer.encode("abca");
    for _ in 0..5 {
        let last = Tensor::from(tokens[tokens.len() - 4..].to_vec()).reshape([1, 4]);
        tokens.push(sample_token(&model.predict(&last).expect("fits"), 0.0));
    }
    assert_eq!(tokenizer.decode(tokens).expect("own tokens"), "abcabcabc");
}

#[test]
fn other_programs_weights_move_into_a_model() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/torch.safetensors");
    let weights = read_weights(path).expect("whole");
    let find = |name: &str| {
        weights
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, weight)| weight.clone())
            .expect("there")
    };
    let mut model = Sequential::new([3]).add(Dense::new(2));
    model
        .set_weights(&[find("fc.weight").t(), find("fc.bias")])
        .expect("fits");
    // [1 1 1] by [0 .25 .5; .75 1 1.25] transposed, and [.5 -2].
    assert_eq!(
        model.predict(&tensor![[1., 1., 1.]]).expect("fits"),
        tensor![[1.25, 1.]]
    );
}
