//! Back-propagation: the walk from a loss back through its record. The walk knows no operation; what each contributes
//! stands in `derivatives.rs`.

use crate::backend::Value;
use crate::derivatives::{derivative, takes_a_number};
use crate::device::Device;
use crate::error::Error;
use crate::tensor::{Record, Tensor};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
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
    /// By the address of the record, which the tensor beside the gradient keeps from being given away.
    found: ByAddress<(Tensor, Tensor)>,
}

/// Addresses are spread by one multiplication; nobody chooses them to do harm.
type ByAddress<T> = HashMap<usize, T, BuildHasherDefault<AddressHasher>>;

#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("addresses are written as numbers")
    }

    fn write_usize(&mut self, address: usize) {
        // The best-mixed bits of the product are the upper ones, the map uses the lower ones too.
        self.0 = (address as u64)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(32);
    }
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

/// Where the record of a tracked tensor is; 0 for others, where no record is.
fn address(tensor: &Tensor) -> usize {
    tensor.record().map_or(0, |record| Arc::as_ptr(record).addr())
}

/// The tracked tensors that a record was made from.
fn tracked(record: &Record) -> impl Iterator<Item = &Tensor> {
    record.inputs.iter().filter(|input| input.is_tracked())
}

/// A tensor is done when all that was computed from it is: by then every part of its gradient has arrived. A list of
/// tensors that are ready takes the place of recursion, which a long record would overflow.
fn walk(loss: &Tensor, keep_all: bool) -> ByAddress<(Tensor, Tensor)> {
    let mut open = count_uses(loss);
    let mut found = ByAddress::default();
    // A single number stays on the CPU as long as it only scales others: it goes along with what a card is asked to do.
    let gradient = match loss.rank() {
        0 => Tensor::leaf(Value::filled(1.0, &[], Device::cpu())),
        _ => Tensor::leaf(Value::filled(1.0, loss.shape(), loss.device())),
    };
    let mut ready = vec![(loss, gradient)];
    while let Some((tensor, gradient)) = ready.pop() {
        let Some(record) = tensor.record() else { continue };
        let gradient = match takes_a_number(&record.op) && !keep_all {
            true => gradient,
            false => gradient.into_device(tensor.device()),
        };
        derivative(record, &tensor.detach(), &gradient, |input, part| {
            if let Some(open) = open.get_mut(&address(&record.inputs[input])) {
                open.gradient = Some(match open.gradient.take() {
                    Some(sum) => sum + part,
                    None => part,
                });
            }
        });
        if keep_all || record.inputs.is_empty() {
            found.insert(address(tensor), (tensor.clone(), gradient));
        }
        done(record, &mut open, &mut ready);
    }
    found
}

/// A tensor whose gradient is not complete.
#[derive(Default)]
struct Open {
    /// How many results of it are not done.
    uses: usize,
    /// What has arrived.
    gradient: Option<Tensor>,
}

/// Makes those inputs of the record ready that nothing else will add to.
fn done<'a>(record: &'a Record, open: &mut ByAddress<Open>, ready: &mut Vec<(&'a Tensor, Tensor)>) {
    let mut records = vec![record];
    while let Some(record) = records.pop() {
        for input in tracked(record) {
            let state = open.get_mut(&address(input)).expect("counted on the way here");
            state.uses -= 1;
            if state.uses > 0 {
                continue;
            }
            match (state.gradient.take(), input.record()) {
                (Some(gradient), _) => ready.push((input, gradient)),
                // No gradient came: what it was made from gets none from it either.
                (None, Some(record)) => records.push(record),
                (None, None) => {}
            }
        }
    }
}

/// How often each tracked tensor is used on the ways to the loss.
fn count_uses(loss: &Tensor) -> ByAddress<Open> {
    let mut uses: ByAddress<Open> = ByAddress::default();
    let mut waiting: Vec<&Record> = loss.record().map(|record| &**record).into_iter().collect();
    while let Some(record) = waiting.pop() {
        for input in tracked(record) {
            let state = uses.entry(address(input)).or_default();
            state.uses += 1;
            if state.uses == 1 {
                waiting.extend(input.record().map(|record| &**record));
            }
        }
    }
    uses
}
