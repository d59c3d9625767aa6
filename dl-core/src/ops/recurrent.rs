//! All steps of a recurrent layer as one operation.

use crate::backend::Cell;
use crate::ops::Op;
use crate::tensor::Tensor;

impl Tensor {
    /// The states of a cell before the first and after each step, `[steps + 1, batch, units]`, and for an LSTM also those of
    /// the cell, without history. `self` is `[steps, batch, in]`; weights are the kernel `[in, gates · units]`, the recurrent
    /// kernel `[units, gates · units]` and the bias `[gates · units]`, of a GRU `[2, gates · units]`. `start` is the first
    /// state, for an LSTM also that of the cell, each `[batch, units]`: constants. The caller knows that all of them fit.
    pub(crate) fn recurrent(
        &self,
        cell: Cell,
        weights: [&Tensor; 3],
        start: &[Tensor],
    ) -> (Tensor, Option<Tensor>) {
        let start: Vec<_> = start.iter().map(Tensor::value).collect();
        let (states, kept) = self.value().recurrent(cell, weights.map(Tensor::value), &start);
        let kept: Vec<Tensor> = kept.into_iter().map(Tensor::leaf).collect();
        let inputs: Vec<&Tensor> = [self].into_iter().chain(weights).chain(&kept).collect();
        let states = Tensor::result(Op::Recurrent(cell), states, &inputs);
        let of_cell = (cell == Cell::Lstm).then(|| kept[1].clone());
        (states, of_cell)
    }

    /// The first two axes change places: samples with their steps become steps with their samples, and back.
    pub(crate) fn swap(&self) -> Tensor {
        Tensor::result(Op::Swap, self.value().swap(), &[self])
    }
}
