//! What a layer is handed besides its input, and what it hands back besides its output.

use crate::tensor::Tensor;
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

/// What a layer is handed besides its input.
///
/// ```
/// use dl_core::layers::Pass;
/// use dl_core::prelude::*;
/// let weights = [Tensor::eye(2)];
/// let pass = Pass::new(&weights, true);
/// assert!(pass.training() && pass.weight(0).len() == 4);
/// ```
#[derive(Debug)]
pub struct Pass<'a> {
    weights: &'a [Tensor],
    training: bool,
    frozen: bool,
    memory: Option<&'a Memory>,
    updates: RefCell<Vec<(usize, Tensor)>>,
}

impl<'a> Pass<'a> {
    /// A pass with these weights.
    pub fn new(weights: &'a [Tensor], training: bool) -> Pass<'a> {
        Pass {
            weights,
            training,
            frozen: false,
            memory: None,
            updates: RefCell::default(),
        }
    }

    /// A pass through a layer of a model, which may be frozen and remembers what it is asked to.
    pub(crate) fn within(
        weights: &'a [Tensor],
        training: bool,
        frozen: bool,
        memory: &'a Memory,
    ) -> Pass<'a> {
        Pass {
            frozen,
            memory: Some(memory),
            ..Pass::new(weights, training)
        }
    }

    /// The layer's weight of this number, from 0, in the order of [`Layer::weights`](super::Layer::weights).
    pub fn weight(&self, number: usize) -> &Tensor {
        &self.weights[number]
    }

    /// Whether the model is learning: Dropout works only then.
    pub fn training(&self) -> bool {
        self.training
    }

    /// Whether the layer is [frozen](crate::Sequential::freeze): BatchNorm then keeps its statistics.
    pub fn frozen(&self) -> bool {
        self.frozen
    }

    /// Gives a weight that is not [learned](super::Weight::is_learned) its next value, which it has after this step.
    pub fn update(&self, number: usize, value: &Tensor) {
        self.updates.borrow_mut().push((number, value.detach()));
    }

    /// The new values of weights, by number.
    pub(crate) fn into_updates(self) -> Vec<(usize, Tensor)> {
        self.updates.into_inner()
    }

    /// What the layer [kept](Self::keep) in the last pass; nothing in the first one, after
    /// [`reset_states`](crate::Sequential::reset_states), and outside of a model.
    pub fn kept(&self) -> Vec<Tensor> {
        self.memory.map_or_else(Vec::new, Memory::read)
    }

    /// Keeps tensors for the next pass, without their history: the state of a stateful recurrent layer.
    pub fn keep(&self, tensors: &[&Tensor]) {
        if let Some(memory) = self.memory {
            memory.write(tensors.iter().map(|tensor| tensor.detach()).collect());
        }
    }
}

/// What a layer of a model keeps from pass to pass.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Vec<Tensor>>);

impl Memory {
    fn read(&self) -> Vec<Tensor> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many samples the states are of that were kept.
    pub(crate) fn samples(&self) -> Option<usize> {
        let kept = self.read();
        kept.first()?.shape().first().copied()
    }

    pub(crate) fn write(&self, tensors: Vec<Tensor>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = tensors;
    }
}

impl Clone for Memory {
    fn clone(&self) -> Memory {
        Memory(Mutex::new(self.read()))
    }
}
