//! Weights that other programs saved, in the [safetensors](https://huggingface.co/docs/safetensors) format. Whole models of
//! ours: [`Sequential::load`](crate::Sequential::load).

use super::file;
use super::numbers::{Number, damaged};
use crate::error::{Error, Result};
use crate::tensor::Tensor;
use safetensors::tensor::{Dtype, SafeTensors};
use std::path::Path;

/// Reads every tensor of a safetensors file with its name, in the order in which they lie in the file. Numbers of any type
/// become `f32`.
///
/// PyTorch and Keras lay weights out differently: the kernel of a PyTorch `Linear` is `[out, in]` and needs `t()`, the
/// filters of a `Conv2d` are `[out, in, height, width]` and not `[height, width, in, out]`. To use weights, bring them into
/// the order of [`weights`](crate::Sequential::weights) and give them to [`set_weights`](crate::Sequential::set_weights).
///
/// ```
/// use dl_core::prelude::*;
/// let path = std::env::temp_dir().join(format!("doc-weights-{}.safetensors", std::process::id()));
/// Sequential::new([2]).add(Dense::new(3)).save(&path)?;
/// for (name, weight) in read_weights(&path)? {
///     println!("{name}: {:?}", weight.shape());           // dense/kernel: [2, 3], dense/bias: [3]
/// }
/// # assert_eq!(read_weights(&path)?.len(), 2);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read, is damaged, or has tensors of something else than real numbers.
pub fn read_weights(path: impl AsRef<Path>) -> Result<Vec<(String, Tensor)>> {
    let path = path.as_ref();
    let name = path.display().to_string();
    let bytes = file::read(path)?;
    let broken = |error| damaged(&name, format!("it is no whole safetensors file: {error}"));
    let file = SafeTensors::deserialize(&bytes).map_err(broken)?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(broken)?;
    let mut weights = Vec::with_capacity(file.len());
    for inside in header.offset_keys() {
        let view = file.tensor(&inside).map_err(broken)?;
        let number = match view.dtype() {
            Dtype::BOOL => Number::Bool,
            Dtype::I8 => Number::I8,
            Dtype::I16 => Number::I16,
            Dtype::I32 => Number::I32,
            Dtype::I64 => Number::I64,
            Dtype::U8 => Number::U8,
            Dtype::U16 => Number::U16,
            Dtype::U32 => Number::U32,
            Dtype::U64 => Number::U64,
            Dtype::F16 => Number::F16,
            Dtype::BF16 => Number::Bf16,
            Dtype::F32 => Number::F32,
            Dtype::F64 => Number::F64,
            other => {
                return Err(Error::new(
                    format!("{name}, tensor {inside:?}: elements of type {other:?} are not known here"),
                    "in Python, save it as float32",
                ));
            }
        };
        let place = format!("{name}, tensor {inside:?}");
        let values = number.read(view.data(), false, view.shape(), &place)?;
        weights.push((inside, Tensor::from_vec(values, view.shape())));
    }
    Ok(weights)
}
