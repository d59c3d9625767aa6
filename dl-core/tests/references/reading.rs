//! How the tests read the numbers of Keras and PyTorch that lie here.

#![allow(dead_code, reason = "not every test needs all of it")]

use dl_core::prelude::*;
use serde_json::Value;

pub fn tensor(value: &Value) -> Tensor {
    let shape: Vec<usize> = serde_json::from_value(value["shape"].clone()).expect("a shape");
    Tensor::from_vec(
        serde_json::from_value(value["values"].clone()).expect("numbers"),
        shape,
    )
}

pub fn tensors(value: &Value) -> Vec<Tensor> {
    value.as_array().expect("a list").iter().map(tensor).collect()
}

/// Close to within `tolerance`, relative to numbers above 1.
#[track_caller]
pub fn assert_close(found: &Tensor, expected: &Tensor, tolerance: f32, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for (found, expected) in found.to_vec().into_iter().zip(expected.to_vec()) {
        let close = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(close, "{what}: {found}, but the reference says {expected}");
    }
}
