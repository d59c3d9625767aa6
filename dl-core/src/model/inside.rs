//! Looking inside a model: what each layer gives, what it holds, and how the loss would change with it. Nothing here
//! changes the model; the pictures of what is found are [`crate::display`]'s.

use super::Sequential;
use crate::error::{Error, Result};
use crate::layers::Weight;
use crate::tensor::Tensor;

/// A layer of a model, as a display sees it.
pub(crate) struct Inside<'a> {
    /// Its name in the model: `dense_1`.
    pub(crate) name: &'a str,
    /// The kind of layer: `Dense`.
    pub(crate) kind: &'a str,
    /// The shapes of one sample before and behind it.
    pub(crate) shapes: [&'a [usize]; 2],
    /// Its weights, and what it says of each.
    pub(crate) weights: &'a [Tensor],
    pub(crate) described: &'a [Weight],
}

impl Inside<'_> {
    /// `dense_1 (Dense)`.
    pub(crate) fn title(&self) -> String {
        format!("{} ({})", self.name, self.kind)
    }

    /// The weight that its layer calls by this name.
    pub(crate) fn weight(&self, name: &str) -> Option<&Tensor> {
        let place = self.described.iter().position(|weight| weight.name() == name)?;
        self.weights.get(place)
    }
}

impl Sequential {
    /// What each layer gives for a batch, in order, with the layer's name.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let model = Sequential::new([2]).add(Dense::new(3).activation(ReLU)).add(Dense::new(1));
    /// let outputs = model.outputs(&tensor![[0., 1.]])?;
    /// let (name, hidden) = &outputs[0];
    /// assert_eq!((name.as_str(), hidden.shape()), ("dense", &[1, 3][..]));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the samples have another shape than the model takes.
    pub fn outputs(&self, x: &Tensor) -> Result<Vec<(String, Tensor)>> {
        self.check_samples("outputs", x)?;
        let weights = self.weights();
        let mut x = x.clone();
        let outputs = self.stages.iter().map(|stage| {
            x = stage.forward(&x, &weights, false).0;
            (stage.name.clone(), x.clone())
        });
        Ok(outputs.collect())
    }

    /// Every layer, in order.
    pub(crate) fn insides(&self) -> Vec<Inside<'_>> {
        let mut before = self.input_shape.as_slice();
        self.stages
            .iter()
            .map(|stage| {
                let shapes = [before, &stage.output_shape];
                before = &stage.output_shape;
                Inside {
                    name: &stage.name,
                    kind: stage.layer.kind(),
                    shapes,
                    weights: &self.weights[stage.weights.clone()],
                    described: &stage.described,
                }
            })
            .collect()
    }

    /// The layer of this number, from 0.
    pub(crate) fn inside(&self, op: &'static str, layer: usize) -> Result<Inside<'_>> {
        let mut layers = self.insides();
        if layer < layers.len() {
            return Ok(layers.swap_remove(layer));
        }
        let known: Vec<String> = (0..)
            .zip(&layers)
            .take(8)
            .map(|(number, layer)| format!("{number} {}", layer.name))
            .collect();
        let more = if layers.len() > known.len() { ", ..." } else { "" };
        let hint = match layers.len() {
            0 => "add some: Sequential::new([28, 28, 1]).add(Conv2D::new(32, 3))".to_string(),
            _ => format!("layers count from 0: {}{more}", known.join(", ")),
        };
        let why = format!("layer {layer} of a model that has {}", layers.len());
        Err(Error::shape(op, why, hint))
    }

    /// One sample as a batch of one, from a tensor that holds one, with or without the batch axis.
    pub(crate) fn batch_of_one(&self, op: &'static str, sample: &Tensor) -> Result<Tensor> {
        let wanted = [&[1], &self.input_shape[..]].concat();
        let of_one_channel = self
            .input_shape
            .split_last()
            .filter(|(channels, _)| **channels == 1);
        let fits = sample.shape() == wanted
            || sample.shape() == self.input_shape
            || of_one_channel.is_some_and(|(_, outer)| sample.shape() == outer)
            || (self.input_shape.len() == 1 && sample.rank() > 1 && sample.len() == self.input_shape[0]);
        if fits {
            return Ok(sample.reshape(wanted));
        }
        let why = format!(
            "the model takes samples of shape {:?}, but this one has shape {:?}",
            self.input_shape,
            sample.shape()
        );
        let hint = match sample.shape() {
            [count, inner @ ..] if *count != 1 && inner == self.input_shape => {
                "give one sample: data.x.rows(0..1) is the first".to_string()
            }
            _ if sample.len() == self.input_shape.iter().product::<usize>() => {
                format!("reshape it: x.reshape({wanted:?})")
            }
            _ => "give one sample of the data that the model is for: data.x.rows(0..1)".to_string(),
        };
        Err(Error::shape(op, why, hint))
    }
}
