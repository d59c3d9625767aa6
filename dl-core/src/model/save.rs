//! Models as files: the weights in the [safetensors](https://huggingface.co/docs/safetensors) format, the layers with their
//! settings as JSON in its metadata. Nothing in a file is believed: sizes are compared before memory is taken.

use super::{Sequential, as_learned};
use crate::data::replace;
use crate::error::{Error, Result};
use crate::layers::KnownLayer;
use crate::tensor::Tensor;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The key in the file's metadata under which the layers stand.
const ARCHITECTURE: &str = "hebb.sequential";

/// A model without its weights.
#[derive(Serialize, Deserialize)]
struct Architecture {
    input_shape: Vec<usize>,
    layers: Vec<SavedLayer>,
}

#[derive(Serialize, Deserialize)]
struct SavedLayer {
    #[serde(flatten)]
    layer: KnownLayer,
    #[serde(default)]
    frozen: bool,
}

impl Sequential {
    /// Writes the model to a file: its layers and every weight, bit for bit. How it learns (optimizer, loss) is not part of it.
    ///
    /// The file is in the safetensors format, which Python reads too: `safetensors.numpy.load_file`. Tensors are named
    /// `layer/weight`, as `dense_1/kernel`, and have Keras's order and layout. PyTorch stores the kernel of a `Linear` layer
    /// transposed, `[out, in]`, and the filters of a `Conv2d` as `[out, in, height, width]`.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let path = std::env::temp_dir().join(format!("hebb-doc-{}.safetensors", std::process::id()));
    /// let model = Sequential::new([2]).add(Dense::new(3).activation(ReLU)).add(Dense::new(1));
    /// model.save(&path)?;
    /// let again = Sequential::load(&path)?;
    /// let x = Tensor::randn([5, 2]);
    /// assert_eq!(again.predict(&x)?, model.predict(&x)?);
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If a layer is one of your own, or if the file cannot be written; a file that was there stays as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.write(path.as_ref())
    }

    fn write(&self, path: &Path) -> Result<()> {
        let layers: Result<Vec<SavedLayer>> = self
            .stages
            .iter()
            .map(|stage| {
                let layer = stage.layer.known().ok_or_else(|| {
                    Error::new(
                        format!(
                            "save: {} is a layer of your own, which no file can hold",
                            stage.name
                        ),
                        "keep model.weights(); later build the same model and give them to set_weights",
                    )
                })?;
                Ok(SavedLayer {
                    layer,
                    frozen: stage.frozen,
                })
            })
            .collect();
        let architecture = Architecture {
            input_shape: self.input_shape.clone(),
            layers: layers?,
        };
        let architecture =
            serde_json::to_string(&architecture).map_err(|error| cannot("save", path, &error))?;
        let metadata = HashMap::from([(ARCHITECTURE.to_owned(), architecture)]);
        let numbers: Vec<Vec<u8>> = self
            .weights
            .iter()
            .map(|weight| {
                weight
                    .values()
                    .iter()
                    .flat_map(|number| number.to_le_bytes())
                    .collect()
            })
            .collect();
        let views =
            self.names()
                .into_iter()
                .zip(&self.weights)
                .zip(&numbers)
                .map(|((name, weight), bytes)| {
                    let view = TensorView::new(Dtype::F32, weight.shape().to_vec(), bytes);
                    view.map(|view| (name, view))
                });
        let bytes = views
            .collect::<std::result::Result<Vec<_>, _>>()
            .and_then(|views| safetensors::serialize(views, Some(metadata)))
            .map_err(|error| cannot("save", path, &error))?;
        replace(path, &bytes).map_err(|error| cannot("save", path, &error))
    }

    /// Reads a model that [`save`](Self::save) wrote. It predicts the same as before, bit for bit; to train or evaluate it, compile it.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or does not hold a model with its layers.
    pub fn load(path: impl AsRef<Path>) -> Result<Sequential> {
        Sequential::read(path.as_ref())
    }

    fn read(path: &Path) -> Result<Sequential> {
        let bytes = fs::read(path).map_err(|error| cannot("load", path, &error))?;
        let damaged = |why: &dyn std::fmt::Display| {
            Error::new(
                format!("load: {} is no whole safetensors file: {why}", path.display()),
                "it may have been cut off on its way; copy or save it again",
            )
        };
        let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(&error))?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| damaged(&error))?;
        let Some(architecture) = header
            .metadata()
            .as_ref()
            .and_then(|notes| notes.get(ARCHITECTURE))
        else {
            return Err(Error::new(
                format!(
                    "load: {} holds weights, but not the layers that they belong to",
                    path.display()
                ),
                "build the model with its layers, then give it the weights with set_weights",
            ));
        };
        let wrong = |why: String| {
            Error::new(
                format!("load: {} does not fit together: {why}", path.display()),
                "save the model again; files of a newer version may have layers that this one does not know",
            )
        };
        let architecture: Architecture =
            serde_json::from_str(architecture).map_err(|error| wrong(error.to_string()))?;
        let mut model = Sequential::empty(&architecture.input_shape);
        for saved in architecture.layers {
            let layer = saved.layer.into_layer();
            let output = layer
                .output_shape(model.output_shape())
                .map_err(|error| wrong(without_hint(&error)))?;
            let described = layer.weights(model.output_shape());
            let name = model.name_for(layer.kind());
            let mut weights = Vec::with_capacity(described.len());
            for weight in &described {
                let full_name = format!("{name}/{}", weight.name());
                let found = file
                    .tensor(&full_name)
                    .map_err(|error| wrong(error.to_string()))?;
                if found.dtype() != Dtype::F32 || found.shape() != weight.shape() {
                    return Err(wrong(format!(
                        "{full_name} is {:?} of shape {:?}, the layer needs F32 of {:?}",
                        found.dtype(),
                        found.shape(),
                        weight.shape()
                    )));
                }
                let numbers = found.data().chunks_exact(4);
                let numbers = numbers.map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
                let tensor = Tensor::from_vec(numbers.collect(), weight.shape());
                weights.push(as_learned(&tensor, weight.is_learned() && !saved.frozen));
            }
            model.place(layer, output, described, weights, saved.frozen);
        }
        if file.len() != model.weights.len() {
            return Err(wrong(format!(
                "{} weights for layers that have {}",
                file.len(),
                model.weights.len()
            )));
        }
        Ok(model)
    }

    /// The name of each weight in a file.
    fn names(&self) -> Vec<String> {
        let of_stage = |stage: &super::Stage| {
            let names = stage
                .described
                .iter()
                .map(|weight| format!("{}/{}", stage.name, weight.name()));
            names.collect::<Vec<_>>()
        };
        self.stages.iter().flat_map(of_stage).collect()
    }
}

fn cannot(op: &str, path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(
        format!("{op}: {}: {error}", path.display()),
        "check the path, and that its folder is there",
    )
}

/// What an error says, without what it advises to do in a program.
fn without_hint(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
