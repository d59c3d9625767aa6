//! Embedding.

use crate::error::{Error, Result, expect_fit};
use crate::layers::{Initialiser, KnownLayer, Layer, Pass, Penalty, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// y = table\[token\]: each token of a text, given by its number, becomes a vector that is learned.
///
/// `x: [batch, steps]` of whole numbers from 0 to vocabulary - 1, `y: [batch, steps, width]`, embeddings
/// `[vocabulary, width]`. The table starts from numbers uniform between -0.05 and 0.05, as in
/// [Keras](https://keras.io/api/layers/core_layers/embedding/). The tokens themselves have no gradient.
///
/// # Panics
/// If a token is not one of the vocabulary; the message says which one, and where.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([40]).add(Embedding::new(11_753, 10));
/// assert_eq!((model.output_shape(), model.summary().parameters()), (&[40, 10][..], 117_530));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Embedding {
    vocabulary: usize,
    width: usize,
    embeddings: Initialiser,
    penalty: Option<Penalty>,
}

impl Embedding {
    /// Vectors of `width` numbers for tokens 0 to `vocabulary` - 1.
    pub fn new(vocabulary: usize, width: usize) -> Embedding {
        Embedding {
            vocabulary,
            width,
            embeddings: Initialiser::Uniform(0.05),
            penalty: None,
        }
    }

    /// What the table starts from.
    #[must_use]
    pub fn embeddings_initialiser(mut self, initialiser: Initialiser) -> Embedding {
        self.embeddings = initialiser;
        self
    }

    /// What large numbers in the table add to the loss: `L2(1e-4)`.
    #[must_use]
    pub fn penalty(mut self, penalty: Penalty) -> Embedding {
        self.penalty = Some(penalty);
        self
    }
}

impl Layer for Embedding {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        if self.vocabulary == 0 || self.width == 0 {
            return Err(Error::shape(
                "Embedding",
                format!(
                    "a vocabulary of {} tokens, vectors of {} numbers",
                    self.vocabulary, self.width
                ),
                "both are at least 1: Embedding::new(10_000, 16)",
            ));
        }
        Ok([input, &[self.width]].concat())
    }

    fn weights(&self, _input: &[usize]) -> Vec<Weight> {
        let shape = [self.vocabulary, self.width];
        vec![Weight::new("embeddings", shape, self.embeddings).penalty(self.penalty)]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        expect_fit(pass.weight(0).lookup(x, "Embedding", "token"))
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Embedding(self.clone()))
    }
}
