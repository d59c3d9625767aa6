//! Sequences into samples of equal length: windows over a series, windows over tokens, padding; and one token drawn from what
//! a network predicts. Texts become tokens in [`super::tokenizer`].

use super::Dataset;
use crate::error::{Error, expect_fit};
use crate::random;
use crate::tensor::{Tensor, element_count};

/// Samples for forecasting: each `x` is `steps` consecutive values of the series, its `y` the `horizon` values that follow.
///
/// A series `[n]` gives `x: [m, steps, 1]`, `y: [m, horizon]` with m = n - steps - horizon + 1. A series of several
/// columns `[n, columns]` gives `x: [m, steps, columns]`; the first column is the one to forecast, the others may help.
/// Divide the result with [`Dataset::split_chronological`]. Keras: `timeseries_dataset_from_array`.
///
/// ```
/// use dl_core::prelude::*;
/// let data = windows(&tensor![1., 2., 3., 4., 5.], 3, 1);
/// assert_eq!(data.x.reshape([2, 3]), tensor![[1., 2., 3.], [2., 3., 4.]]);
/// assert_eq!(data.y, tensor![[4.], [5.]]);
/// ```
///
/// # Panics
/// When `steps` or `horizon` is 0, when the series is shorter than one window and its future, or has another rank.
#[track_caller]
pub fn windows(series: &Tensor, steps: usize, horizon: usize) -> Dataset {
    const OP: &str = "windows";
    let (length, columns) = match *series.shape() {
        [length] => (length, 1),
        [length, columns] => (length, columns),
        _ => {
            let why = format!("the series has shape {:?}", series.shape());
            Error::shape(OP, why, "a series is [n], or [n, columns]").raise();
        }
    };
    let count = window_count(OP, length, steps, horizon);
    let values = series.values();
    let x = overlapping(OP, &values, count, steps, columns);
    let future = (0..count).flat_map(|row| (0..horizon).map(move |ahead| row + steps + ahead));
    let y = future.map(|at| values[at * columns]).collect();
    Dataset::new(
        Tensor::from_vec(x, [count, steps, columns]),
        Tensor::from_vec(y, [count, horizon]),
    )
}

/// Samples for a network that continues a text: each `x` is `steps` consecutive tokens, its `y` the token that follows.
///
/// `x: [n - steps, steps]`, `y: [n - steps]`, for [`Embedding`](https://keras.io/api/layers/core_layers/embedding/) and
/// `SparseCategoricalCrossentropy`. Windows overlap; where that is too many, take a share of them:
/// `token_windows(&tokens, 40).shuffle().take(5000)`.
///
/// ```
/// use dl_core::prelude::*;
/// let data = token_windows([5, 6, 7, 8], 2);
/// assert_eq!((data.x, data.y), (tensor![[5., 6.], [6., 7.]], tensor![7., 8.]));
/// ```
///
/// # Panics
/// When `steps` is 0, when there are not more tokens than `steps`, or when they would fill the memory.
#[track_caller]
pub fn token_windows(tokens: impl AsRef<[usize]>, steps: usize) -> Dataset {
    windows_of(tokens.as_ref(), steps)
}

#[track_caller]
fn windows_of(tokens: &[usize], steps: usize) -> Dataset {
    const OP: &str = "token_windows";
    let count = window_count(OP, tokens.len(), steps, 1);
    let tokens: Vec<f32> = tokens.iter().map(|&token| token as f32).collect();
    let x = overlapping(OP, &tokens, count, steps, 1);
    Dataset::new(
        Tensor::from_vec(x, [count, steps]),
        Tensor::from_vec(tokens[steps..].to_vec(), [count]),
    )
}

/// How many windows of `steps` with `horizon` values after them begin in a series.
#[track_caller]
fn window_count(op: &'static str, length: usize, steps: usize, horizon: usize) -> usize {
    if steps == 0 || horizon == 0 {
        let why = format!("a window of {steps} steps, {horizon} ahead");
        Error::shape(op, why, "both are at least 1").raise();
    }
    match steps
        .checked_add(horizon)
        .and_then(|window| (length + 1).checked_sub(window))
    {
        Some(count @ 1..) => count,
        _ => {
            let why = format!("{length} values are too few for {steps} steps and {horizon} ahead");
            Error::shape(op, why, "make the window shorter, or the series longer").raise();
        }
    }
}

/// `count` windows of `steps` values with `columns` numbers each, every one a value later than the one before.
#[track_caller]
fn overlapping(op: &'static str, values: &[f32], count: usize, steps: usize, columns: usize) -> Vec<f32> {
    let mut windows = room(op, &[count, steps, columns]);
    for row in 0..count {
        windows.extend_from_slice(&values[row * columns..(row + steps) * columns]);
    }
    windows
}

/// An empty vector for the numbers of a shape.
#[track_caller]
fn room(op: &'static str, shape: &[usize]) -> Vec<f32> {
    let mut values = Vec::new();
    match element_count(shape).map(|count| values.try_reserve_exact(count)) {
        Some(Ok(())) => values,
        _ => Error::TooLarge {
            op,
            shape: shape.to_vec(),
        }
        .raise(),
    }
}

/// At which end of a sequence something is added or cut off.
///
/// ```
/// use dl_core::prelude::*;
/// let padded = |side| pad_sequences(&[vec![1, 2]], 3, side, Side::Pre);
/// assert_eq!(padded(Side::Pre), tensor![[0., 1., 2.]]);
/// assert_eq!(padded(Side::Post), tensor![[1., 2., 0.]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before its first token.
    Pre,
    /// After its last token.
    Post,
}

/// Sequences of any length as rows of equal length, `[sequences, length]`: 0 is added to short ones at the side `padding`,
/// long ones lose tokens at the side `truncating`. As Keras's `pad_sequences`, whose defaults are `Side::Pre` for both: a
/// recurrent network then ends on what matters.
///
/// ```
/// use dl_core::prelude::*;
/// let sequences = vec![vec![1, 2], vec![3, 4, 5, 6]];
/// assert_eq!(pad_sequences(&sequences, 3, Side::Pre, Side::Pre), tensor![[0., 1., 2.], [4., 5., 6.]]);
/// assert_eq!(pad_sequences(&sequences, 3, Side::Post, Side::Post), tensor![[1., 2., 0.], [3., 4., 5.]]);
/// ```
///
/// # Panics
/// When the rows would fill the memory.
#[track_caller]
pub fn pad_sequences(sequences: &[Vec<usize>], length: usize, padding: Side, truncating: Side) -> Tensor {
    let shape = [sequences.len(), length];
    let mut values = room("pad_sequences", &shape);
    for sequence in sequences {
        let kept = sequence.len().min(length);
        let kept = match truncating {
            Side::Pre => &sequence[sequence.len() - kept..],
            Side::Post => &sequence[..kept],
        };
        let zeros = length - kept.len();
        let before = if padding == Side::Pre { zeros } else { 0 };
        values.extend(std::iter::repeat_n(0.0, before));
        values.extend(kept.iter().map(|&token| token as f32));
        values.extend(std::iter::repeat_n(0.0, zeros - before));
    }
    Tensor::from_vec(values, shape)
}

/// Draws a token from a prediction: `[tokens]` or `[1, tokens]`, either probabilities (none negative, their sum 1) or
/// logits. [`seed`](crate::seed) makes the draw repeatable.
///
/// The probability of token i is softmax(z / temperature)_i with the logits z, or z = ln p. A temperature of 1 draws as
/// predicted, a lower one more boldly the likely tokens, a higher one more of the others; 0 takes the likeliest. After
/// Chollet, "Deep Learning with Python", section 12.1.
///
/// ```
/// use dl_core::prelude::*;
/// let logits = tensor![1., 3., 2.];
/// assert_eq!(sample_token(&logits, 0.0), 1);
/// assert!(sample_token(&logits.softmax(), 0.8) < 3);
/// ```
///
/// # Panics
/// When there are several rows or no token, when the temperature is negative, or when the prediction has NaN.
#[track_caller]
pub fn sample_token(prediction: &Tensor, temperature: f32) -> usize {
    expect_fit(draw(prediction, temperature))
}

fn draw(prediction: &Tensor, temperature: f32) -> Result<usize, Error> {
    const OP: &str = "sample_token";
    let values = prediction.values();
    if values.is_empty() || prediction.shape().last() != Some(&values.len()) {
        let why = format!("the prediction has shape {:?}", prediction.shape());
        let hint = "give it one row: the prediction of one sample, or p.rows(0..1)";
        return Err(Error::shape(OP, why, hint));
    }
    if !(temperature >= 0.0 && temperature.is_finite()) {
        let why = format!("the temperature is {temperature}");
        return Err(Error::shape(
            OP,
            why,
            "0 takes the likeliest token, 1 draws as predicted",
        ));
    }
    let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if values.iter().any(|value| value.is_nan()) || !highest.is_finite() {
        let why = "the prediction has NaN or infinite numbers";
        return Err(Error::shape(
            OP,
            why,
            "the network has lost its way; train it again with a smaller learning rate",
        ));
    }
    let likeliest = values.iter().position(|&value| value == highest).unwrap_or(0);
    if temperature == 0.0 {
        return Ok(likeliest);
    }
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    let probabilities = values.iter().all(|&value| value >= 0.0) && (sum - 1.0).abs() < 1e-3;
    let logit = |value: f32| match probabilities {
        true => f64::from(value).ln(),
        false => f64::from(value),
    };
    let weights: Vec<f64> = values
        .iter()
        .map(|&value| ((logit(value) - logit(highest)) / f64::from(temperature)).exp())
        .collect();
    let mut share = [0.0];
    random::fill_uniform(&mut share, 0.0, 1.0);
    let mut left = f64::from(share[0]) * weights.iter().sum::<f64>();
    for (token, weight) in weights.iter().enumerate() {
        if left < *weight {
            return Ok(token);
        }
        left -= weight;
    }
    // Only rounding leads here.
    Ok(likeliest)
}

#[cfg(test)]
mod tests;
