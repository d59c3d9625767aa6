//! Maxout.

use super::layer_norm::size_of_last_axis;
use crate::error::{Error, Result};
use crate::layers::{ActivationFunction, Initialiser, KnownLayer, Layer, Pass, Penalty, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// y_u = the largest of x · w_u1 + b_u1, .., x · w_uk + b_uk: each unit has `pieces` straight lines and follows the highest,
/// so that it learns its own bend and needs no activation.
///
/// `x: [batch, .., in]`, `y: [batch, .., units]`, kernel `[in, units · pieces]`, bias `[units · pieces]`: the pieces of the
/// first unit come first, then those of the second. The kernel starts from [`Initialiser::GlorotUniform`], the bias from 0.
///
/// Goodfellow, Warde-Farley, Mirza, Courville and Bengio, "Maxout networks", 2013.
///
/// ```
/// use dl_core::prelude::*;
/// let mut model = Sequential::new([1]).add(Maxout::new(1, 2));
/// model.set_weights(&[tensor![[1., -1.]], tensor![0., 0.]]).unwrap();
/// assert_eq!(model.predict(&tensor![[-3.], [2.]]).unwrap(), tensor![[3.], [2.]]);     // |x|
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Maxout {
    units: usize,
    pieces: usize,
    kernel: Initialiser,
    penalty: Option<Penalty>,
}

impl Maxout {
    /// A layer of `units` units, each the largest of `pieces` lines; the paper uses 2 to 5.
    pub fn new(units: usize, pieces: usize) -> Maxout {
        Maxout {
            units,
            pieces,
            kernel: Initialiser::GlorotUniform,
            penalty: None,
        }
    }

    /// What the kernel starts from.
    #[must_use]
    pub fn kernel_initialiser(mut self, initialiser: Initialiser) -> Maxout {
        self.kernel = initialiser;
        self
    }

    /// What large numbers in the kernel add to the loss: `L2(1e-4)`.
    #[must_use]
    pub fn penalty(mut self, penalty: Penalty) -> Maxout {
        self.penalty = Some(penalty);
        self
    }
}

impl Layer for Maxout {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        size_of_last_axis("Maxout", input)?;
        match self.units.checked_mul(self.pieces) {
            None | Some(0) => Err(Error::shape(
                "Maxout",
                format!("a layer of {} units with {} pieces each", self.units, self.pieces),
                "give at least one unit and one piece: Maxout::new(10, 2)",
            )),
            Some(_) => Ok([&input[..input.len() - 1], &[self.units]].concat()),
        }
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let lines = self.units * self.pieces;
        vec![
            Weight::new("kernel", [input[input.len() - 1], lines], self.kernel).penalty(self.penalty),
            Weight::new("bias", [lines], Initialiser::Zeros),
        ]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        let (outer, inputs) = (&x.shape()[..x.rank() - 1], x.shape()[x.rank() - 1]);
        let rows: usize = outer.iter().product();
        let lines =
            ActivationFunction::Linear.of_affine(&x.reshape([rows, inputs]), pass.weight(0), pass.weight(1));
        lines
            .reshape([rows, self.units, self.pieces])
            .max_axis(2)
            .reshape([outer, &[self.units]].concat())
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Maxout(self.clone()))
    }
}
