//! Back-propagation: the walk from a loss back through its record. The walk knows no operation; what each contributes
//! stands in `derivatives.rs`.

use crate::derivatives::derivative;
use crate::error::Error;
use crate::tensor::{Node, Tensor};
use std::collections::HashMap;
use std::sync::Arc;

/// The derivatives of one loss: for each tracked tensor, how the loss changes with each of its elements.
/// Nothing is stored in the tensors, so nothing needs to be zeroed between steps.
///
/// ```
/// use dl_core::prelude::*;
/// let w = tensor![1., 2.].track();
/// let loss = (&w * &w).sum();
/// let gradients = loss.backward();
/// assert_eq!(gradients.of(&w), tensor![2., 4.]);
/// ```
pub struct Gradients {
    /// By the address of the node, which the tensor beside the gradient keeps from being given away.
    found: HashMap<usize, (Tensor, Tensor)>,
}

impl Tensor {
    /// Walks the record backwards and returns the derivative of this single number for every tracked tensor on the way:
    /// weights, and everything computed from them.
    ///
    /// # Panics
    /// If this is not a single number, or if nothing that led to it was tracked.
    #[track_caller]
    pub fn backward(&self) -> Gradients {
        self.check_loss();
        Gradients {
            found: walk(self, true),
        }
    }

    /// As [`backward`](Self::backward), but keeps only the gradients of leaves (weights), for training.
    pub(crate) fn backward_to_leaves(&self) -> Gradients {
        self.check_loss();
        Gradients {
            found: walk(self, false),
        }
    }

    #[track_caller]
    fn check_loss(&self) {
        let problem = match () {
            () if self.len() != 1 => Some((
                format!(
                    "the loss has shape {:?}, but must be a single number",
                    self.shape()
                ),
                "reduce it first: loss.mean().backward()",
            )),
            () if !self.is_tracked() => Some((
                "nothing that led to this loss is tracked".to_string(),
                "mark the weights before computing with them: let w = Tensor::randn([2, 1]).track();",
            )),
            () => None,
        };
        if let Some((why, hint)) = problem {
            Error::shape("backward", why, hint).raise();
        }
    }
}

impl Gradients {
    /// The gradient of the loss for `tensor`, in the tensor's shape.
    ///
    /// # Panics
    /// If the loss was not computed from this very tensor, or the tensor was not tracked.
    #[track_caller]
    pub fn of(&self, tensor: &Tensor) -> Tensor {
        match self.found.get(&address(tensor)) {
            Some((_, gradient)) => gradient.clone(),
            None => {
                let why = match tensor.is_tracked() {
                    true => "the loss does not depend on this tensor",
                    false => "this tensor is not tracked",
                };
                let hint =
                    "track it before computing the loss, and use that very variable: let w = w.track();";
                Error::shape("gradients.of", why, hint).raise()
            }
        }
    }

    /// Takes a gradient out, with everything that still points to the tensor; `None` if the loss does not depend on it.
    pub(crate) fn take(&mut self, tensor: &Tensor) -> Option<Tensor> {
        self.found.remove(&address(tensor)).map(|(_, gradient)| gradient)
    }
}

impl std::fmt::Debug for Gradients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "gradients of {} tensors", self.found.len())
    }
}

fn address(tensor: &Tensor) -> usize {
    Arc::as_ptr(&tensor.0).addr()
}

/// A node is done when all tensors computed from it are: by then every part of its gradient has arrived. A list of
/// nodes that are ready takes the place of recursion, which a long record would overflow.
fn walk(loss: &Tensor, keep_all: bool) -> HashMap<usize, (Tensor, Tensor)> {
    let mut open_uses = count_uses(loss);
    let mut arrived: HashMap<usize, Tensor> = HashMap::new();
    let mut found = HashMap::new();
    arrived.insert(address(loss), Tensor::full(loss.shape(), 1.0).to(loss.device()));
    let mut ready = vec![loss];
    while let Some(tensor) = ready.pop() {
        let node: &Node = &tensor.0;
        if let Some(gradient) = arrived.remove(&address(tensor)) {
            derivative(node, &tensor.detach(), &gradient, |input, part| {
                let sum = arrived.entry(address(&node.inputs[input]));
                sum.and_modify(|sum| *sum = &*sum + &part).or_insert(part);
            });
            if keep_all || node.inputs.is_empty() {
                found.insert(address(tensor), (tensor.clone(), gradient));
            }
        }
        for input in node.inputs.iter().filter(|input| input.is_tracked()) {
            let uses = open_uses
                .get_mut(&address(input))
                .expect("counted on the way here");
            *uses -= 1;
            if *uses == 0 {
                ready.push(input);
            }
        }
    }
    found
}

/// How often each tracked tensor is used on the ways to the loss.
fn count_uses(loss: &Tensor) -> HashMap<usize, usize> {
    let mut uses = HashMap::new();
    let mut waiting = vec![loss];
    while let Some(tensor) = waiting.pop() {
        for input in tensor.0.inputs.iter().filter(|input| input.is_tracked()) {
            let count = uses.entry(address(input)).or_insert(0);
            *count += 1;
            if *count == 1 {
                waiting.push(input);
            }
        }
    }
    uses
}
