//! The layers of this crate as one type, for saving a model and loading it again.

use super::{Activation, BatchNorm, Dense, Dropout, Embedding, Flatten, Layer, LayerNorm, Maxout, Reshape};
use super::{AvgPool2D, Conv2D, Conv2DTranspose, GlobalAvgPool2D, MaxPool2D, UpSampling2D, ZeroPadding2D};
use super::{GRU, LSTM, SimpleRNN};
use super::{
    RandomBrightness, RandomChannelShift, RandomFlip, RandomPerspective, RandomRotation, RandomTranslation,
    RandomZoom,
};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// A layer of this crate with its settings. As JSON: `{"layer": "Dense", "units": 10, ...}`.
///
/// ```
/// use dl_core::layers::KnownLayer;
/// use dl_core::prelude::*;
/// assert!(matches!(Dense::new(3).known(), Some(KnownLayer::Dense(_))));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "layer")]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the layer of that name")]
pub enum KnownLayer {
    Activation(Activation),
    BatchNorm(BatchNorm),
    Dense(Dense),
    Dropout(Dropout),
    Embedding(Embedding),
    Flatten(Flatten),
    GRU(GRU),
    LSTM(LSTM),
    LayerNorm(LayerNorm),
    Maxout(Maxout),
    RandomBrightness(RandomBrightness),
    RandomChannelShift(RandomChannelShift),
    RandomFlip(RandomFlip),
    RandomPerspective(RandomPerspective),
    RandomRotation(RandomRotation),
    RandomTranslation(RandomTranslation),
    RandomZoom(RandomZoom),
    Reshape(Reshape),
    ZeroPadding2D(ZeroPadding2D),
    UpSampling2D(UpSampling2D),
    MaxPool2D(MaxPool2D),
    GlobalAvgPool2D(GlobalAvgPool2D),
    Conv2DTranspose(Conv2DTranspose),
    Conv2D(Conv2D),
    AvgPool2D(AvgPool2D),
    SimpleRNN(SimpleRNN),
}

/// The output of two layers in a row where one operation does the work of both.
pub(crate) fn forward_both(
    first: &dyn Layer,
    second: &dyn Layer,
    x: &Tensor,
    weights: &[Tensor],
) -> Option<Tensor> {
    match (first.known()?, second.known()?) {
        (KnownLayer::Conv2D(conv), KnownLayer::MaxPool2D(pool)) => conv.forward_pooled(x, weights, &pool),
        _ => None,
    }
}

impl KnownLayer {
    /// Whether a batch begins with the states that the last one ended with.
    pub(crate) fn is_stateful(&self) -> bool {
        match self {
            KnownLayer::SimpleRNN(layer) => layer.is_stateful(),
            KnownLayer::LSTM(layer) => layer.is_stateful(),
            KnownLayer::GRU(layer) => layer.is_stateful(),
            _ => false,
        }
    }

    /// The layer itself.
    pub(crate) fn into_layer(self) -> Box<dyn Layer> {
        match self {
            KnownLayer::Activation(layer) => Box::new(layer),
            KnownLayer::BatchNorm(layer) => Box::new(layer),
            KnownLayer::Dense(layer) => Box::new(layer),
            KnownLayer::Dropout(layer) => Box::new(layer),
            KnownLayer::Embedding(layer) => Box::new(layer),
            KnownLayer::Flatten(layer) => Box::new(layer),
            KnownLayer::GRU(layer) => Box::new(layer),
            KnownLayer::LSTM(layer) => Box::new(layer),
            KnownLayer::LayerNorm(layer) => Box::new(layer),
            KnownLayer::Maxout(layer) => Box::new(layer),
            KnownLayer::RandomBrightness(layer) => Box::new(layer),
            KnownLayer::RandomChannelShift(layer) => Box::new(layer),
            KnownLayer::RandomFlip(layer) => Box::new(layer),
            KnownLayer::RandomPerspective(layer) => Box::new(layer),
            KnownLayer::RandomRotation(layer) => Box::new(layer),
            KnownLayer::RandomTranslation(layer) => Box::new(layer),
            KnownLayer::RandomZoom(layer) => Box::new(layer),
            KnownLayer::Reshape(layer) => Box::new(layer),
            KnownLayer::ZeroPadding2D(layer) => Box::new(layer),
            KnownLayer::UpSampling2D(layer) => Box::new(layer),
            KnownLayer::MaxPool2D(layer) => Box::new(layer),
            KnownLayer::GlobalAvgPool2D(layer) => Box::new(layer),
            KnownLayer::Conv2DTranspose(layer) => Box::new(layer),
            KnownLayer::Conv2D(layer) => Box::new(layer),
            KnownLayer::AvgPool2D(layer) => Box::new(layer),
            KnownLayer::SimpleRNN(layer) => Box::new(layer),
        }
    }
}
