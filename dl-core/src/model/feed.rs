//! Bringing a data set to the device of a model, batch by batch: as a whole beforehand where it fits, so that nothing is
//! sent while the model learns.

use crate::backend::RowOrder;
use crate::data::Dataset;
use crate::device::Device;
use crate::tensor::Tensor;
use std::ops::Range;

/// The samples and targets that a model is fed with.
pub(super) struct Feed {
    x: Tensor,
    y: Tensor,
    /// Where batches are needed.
    device: Device,
}

/// In which order the samples are taken.
pub(super) struct Order {
    rows: RowOrder,
    samples: usize,
}

impl Feed {
    pub(super) fn new(data: &Dataset, device: Device) -> Feed {
        let place = match device.card() {
            // What the model computes needs memory too: most of it is left free.
            Some(card) if 4 * (data.x.len() + data.y.len()) as u64 > card.memory_left() / 2 => {
                data.x.device()
            }
            _ => device,
        };
        Feed {
            x: data.x.to(place),
            y: data.y.to(place),
            device,
        }
    }

    /// To take so many samples in some order: as they are, until told otherwise.
    pub(super) fn order(&self, samples: usize) -> Order {
        Order {
            rows: RowOrder::new((0..samples).collect(), self.x.device()),
            samples,
        }
    }

    /// Samples and targets at these places of the order.
    pub(super) fn batch(&self, order: &Order, places: Range<usize>) -> (Tensor, Tensor) {
        let gather = |from: &Tensor| {
            let rows = from.value().gather_part(&order.rows, places.clone());
            Tensor::leaf(rows).into_device(self.device)
        };
        (gather(&self.x), gather(&self.y))
    }

    /// Samples and targets of these rows.
    pub(super) fn rows(&self, rows: Range<usize>) -> (Tensor, Tensor) {
        let part = |from: &Tensor| from.detach().rows(rows.clone()).into_device(self.device);
        (part(&self.x), part(&self.y))
    }
}

impl Order {
    /// In this order from now on; as many rows.
    pub(super) fn take(&mut self, rows: Vec<usize>) {
        self.rows.replace(rows);
    }

    /// One batch after the other; the last one takes what is left.
    pub(super) fn batches(&self, size: usize) -> impl Iterator<Item = Range<usize>> {
        super::batches(self.samples, size)
    }
}
