//! What holds the numbers of a tensor on a card: shared memory, a part of it, and a shape.

use super::card::Card;
use super::failure::check;
use super::memory::Block;
use super::record;
use crate::backend::primitives::on_several;
use cudarc::driver::sys;
use ndarray::IxDyn;
use std::sync::Arc;

/// Shared numbers in standard order, the last axis running fastest. When the last handle goes, the memory is kept for the
/// next result: what was asked of the card before still runs before whatever uses it next.
///
/// In a box, so that a value on the CPU is as small as if there were no cards.
#[derive(Clone)]
pub(crate) struct Array(Box<Part>);

/// A part of some memory, in a shape.
#[derive(Clone)]
struct Part {
    memory: Arc<Memory>,
    /// Where this array's own begin, in elements.
    start: usize,
    length: usize,
    /// `ndarray`'s, which holds up to four sizes without an allocation.
    shape: IxDyn,
}

struct Memory {
    card: &'static Card,
    /// Nothing, for arrays without elements.
    block: Option<Block>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(block) = self.block {
            self.card.give_back(block);
        }
    }
}

impl Array {
    /// Room whose numbers are to be written over.
    pub(super) fn stale(card: &'static Card, shape: &[usize]) -> Array {
        let length: usize = shape.iter().product();
        let block = (length > 0).then(|| card.take(4 * length as u64));
        Array(Box::new(Part {
            memory: Arc::new(Memory { card, block }),
            start: 0,
            length,
            shape: IxDyn(shape),
        }))
    }

    pub(in crate::backend) fn shape(&self) -> &[usize] {
        ndarray::Dimension::slice(&self.0.shape)
    }

    pub(in crate::backend) fn len(&self) -> usize {
        self.0.length
    }

    pub(super) fn ndim(&self) -> usize {
        self.shape().len()
    }

    pub(in crate::backend) fn card(&self) -> &'static Card {
        self.0.memory.card
    }

    pub(in crate::backend) fn is_on(&self, card: &Card) -> bool {
        std::ptr::eq(self.0.memory.card, card)
    }

    /// Where the first element is on the card.
    pub(in crate::backend) fn pointer(&self) -> u64 {
        self.0.memory.block.map_or(0, |block| block.pointer) + 4 * self.0.start as u64
    }

    /// The same numbers in another shape of as many.
    pub(in crate::backend) fn in_shape(&self, shape: &[usize]) -> Array {
        assert_eq!(
            shape.iter().product::<usize>(),
            self.0.length,
            "both shapes hold as many numbers"
        );
        Array(Box::new(Part {
            memory: self.0.memory.clone(),
            start: self.0.start,
            length: self.0.length,
            shape: IxDyn(shape),
        }))
    }

    /// A part that lies in one piece: `shape` from the number at `start` on.
    pub(super) fn piece(&self, start: usize, shape: &[usize]) -> Array {
        let length = shape.iter().product();
        assert!(
            start + length <= self.0.length,
            "the piece is a part of the whole"
        );
        Array(Box::new(Part {
            memory: self.0.memory.clone(),
            start: self.0.start + start,
            length,
            shape: IxDyn(shape),
        }))
    }

    /// Whether nobody else sees these numbers.
    pub(in crate::backend) fn is_own(&self) -> bool {
        Arc::strong_count(&self.0.memory) == 1
    }

    /// Makes sure that nobody else sees these numbers, so that they can be changed in place.
    pub(super) fn make_own(&mut self) {
        if Arc::get_mut(&mut self.0.memory).is_none() {
            *self = copied(self);
        }
    }
}

/// Numbers of one shape for another: all are copied, on the card.
pub(in crate::backend) fn copy(from: &Array, to: &Array) {
    assert_eq!(from.len(), to.len(), "as many numbers");
    if from.len() == 0 {
        return;
    }
    let card = to.card();
    if !from.is_on(card) {
        let devices = [from.card().device().to_string(), card.device().to_string()];
        on_several("a copy", &devices).raise();
    }
    let _entered = card.enter();
    // SAFETY: both have this many elements; they belong to arrays that are alive, and whose memory is used again only behind
    // this copy in the stream.
    let told =
        unsafe { sys::cuMemcpyDtoDAsync_v2(to.pointer(), from.pointer(), 4 * from.len(), card.stream()) };
    if let Err(error) = check(told, card.device(), &format!("copying {:?}", from.shape())) {
        error.raise();
    }
}

/// Writes a part over some numbers of a vector, from this place on.
pub(in crate::backend) fn put(array: &mut Array, start: usize, part: &Array) {
    array.make_own();
    copy(part, &array.piece(start, part.shape()));
}

/// The same numbers, shared with nobody.
fn copied(array: &Array) -> Array {
    let own = Array::stale(array.card(), array.shape());
    copy(array, &own);
    own
}

/// `number` in each place.
pub(in crate::backend) fn filled(card: &'static Card, number: f32, shape: &[usize]) -> Array {
    let array = Array::stale(card, shape);
    if array.len() > 0 {
        let _entered = card.enter();
        // SAFETY: the array has this many elements of 32 bits.
        let told =
            unsafe { sys::cuMemsetD32Async(array.pointer(), number.to_bits(), array.len(), card.stream()) };
        if let Err(error) = check(told, card.device(), &format!("filling {shape:?}")) {
            error.raise();
        }
    }
    array
}

/// A copy of numbers in the processor's memory.
pub(in crate::backend) fn from_host(card: &'static Card, values: &[f32], shape: &[usize]) -> Array {
    let array = Array::stale(card, shape);
    assert_eq!(array.len(), values.len(), "the values fill the shape");
    send(card, array.pointer(), values);
    array
}

/// Sends numbers of 32 bits; the caller's are free for other use when this returns.
pub(super) fn send<T: Copy>(card: &Card, pointer: u64, values: &[T]) {
    if values.is_empty() {
        return;
    }
    if record::count_crossing() {
        return;
    }
    let _entered = card.enter();
    // SAFETY: the callers give room for these values on the card. Memory that is not pinned, like this, has been read when the
    // call returns.
    let told = unsafe {
        sys::cuMemcpyHtoDAsync_v2(
            pointer,
            values.as_ptr().cast(),
            size_of_val(values),
            card.stream(),
        )
    };
    if let Err(error) = check(told, card.device(), &format!("sending {} numbers", values.len())) {
        error.raise();
    }
}

/// Waits for the numbers and copies them.
pub(in crate::backend) fn to_host(array: &Array) -> Vec<f32> {
    let mut values = vec![0.0; array.len()];
    if array.len() == 0 {
        return values;
    }
    if record::count_crossing() {
        return values;
    }
    let card = array.card();
    let _entered = card.enter();
    // SAFETY: there is room for all of the array's elements, and the wait below ends before anyone looks at them.
    let told = unsafe {
        sys::cuMemcpyDtoHAsync_v2(
            values.as_mut_ptr().cast(),
            array.pointer(),
            4 * array.len(),
            card.stream(),
        )
    };
    let doing = || format!("computing {:?} or something before it", array.shape());
    let done = check(told, card.device(), &doing()).and_then(|()| card.finish(&doing()));
    if let Err(error) = done {
        error.raise();
    }
    values
}
