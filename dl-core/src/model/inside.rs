//! Looking inside a model: what each layer gives, what it holds, and how the loss would change with it. Nothing here
//! changes the model; the pictures of what is found are [`crate::display`]'s.

use super::{Sequential, Stage};
use crate::data::Dataset;
use crate::display::host;
use crate::error::{Error, Result};
use crate::layers::Weight;
use crate::random;
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
        self.outputs_for("outputs", x)
    }

    /// The same, asked for by `op`.
    pub(crate) fn outputs_for(&self, op: &'static str, x: &Tensor) -> Result<Vec<(String, Tensor)>> {
        self.check_samples(op, x)?;
        let weights = self.weights();
        let mut x = x.to(self.device_for(x));
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
        let why = match layers.len() {
            0 => "the model has no layers".to_string(),
            count => format!("layer {layer} of a model that has {count}"),
        };
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

    /// How the loss of one batch changes with each weight, in their order; `None` where it does not, as for weights that
    /// are frozen. Computed as if the model learned, but nothing is kept of it.
    ///
    /// # Errors
    /// If the model is not compiled, has nothing to learn, or does not suit the data.
    pub(crate) fn gradients_on(&self, op: &'static str, batch: &Dataset) -> Result<Vec<Option<Tensor>>> {
        self.check_data(op, batch)?;
        self.check_can_learn(op, batch.len())?;
        let device = self.device_for(&batch.x);
        let (x, y) = (batch.x.to(device), batch.y.to(device));
        let (loss, ..) = random::undisturbed(|| self.loss_learning(&x, &y));
        let mut gradients = loss.backward_to_leaves();
        Ok(self.weights.iter().map(|weight| gradients.take(weight)).collect())
    }

    /// The loss of one random batch after the other, while a copy of the model learns at these rates. Ends early where
    /// `enough` of the losses so far, where a loss is no finite number, or when the user asks to stop.
    ///
    /// # Errors
    /// If the model is not compiled, has nothing to learn, or does not suit the data.
    pub(crate) fn losses_at(
        &self,
        op: &'static str,
        rates: &[f32],
        data: &Dataset,
        batch_size: usize,
        mut enough: impl FnMut(&[f32]) -> bool,
    ) -> Result<Vec<f32>> {
        self.check_data(op, data)?;
        self.check_can_learn(op, batch_size)?;
        let mut copy = self.clone();
        Ok(random::undisturbed(|| {
            let (mut losses, mut order) = (Vec::new(), Vec::new());
            for &rate in rates {
                if order.is_empty() {
                    order = random::permutation(data.len());
                }
                let rows = order.split_off(order.len().saturating_sub(batch_size));
                copy.set_learning_rate(rate);
                let (x, y) = (data.x.gather_rows(&rows), data.y.gather_rows(&rows));
                let device = copy.device_for(&x);
                let step = copy.forward_and_back(&x.into_device(device), &y.into_device(device));
                losses.push(step.loss.item());
                copy.move_weights(step);
                if !losses[losses.len() - 1].is_finite() || enough(&losses) || host().interrupted() {
                    break;
                }
            }
            losses
        }))
    }

    /// What the augmentations at the beginning of the model make of a batch, as if it learned; none without any.
    pub(crate) fn augmented(&self, x: &Tensor) -> Option<Tensor> {
        let augments = |stage: &&Stage| stage.layer.kind().starts_with("Random");
        let weights = self.weights();
        let stages = self.stages.iter().take_while(augments);
        stages.fold(None, |before, stage| {
            let x = before.as_ref().unwrap_or(x);
            Some(stage.forward(&x.to(self.device_for(x)), &weights, true).0)
        })
    }
}
