//! Recurrent cells over all steps of a batch at once, and back. The inputs of all steps are multiplied in one product; then
//! each step is a product with the states and one kernel.

use super::array::{Array, copy, filled};
use super::card::Card;
use super::elementwise::bent;
use super::launch::{Argument, Grid};
use super::product::{Matrix, affine, multiply};
use crate::backend::{Cell, Nonlinearity};

/// `x: [steps, batch, in]`, kernel `[in, gates · units]`, recurrent `[units, gates · units]`, bias `[gates · units]` (GRU:
/// `[2, gates · units]`, the second row of which is added to what comes from the state), `start`: the state, for LSTM also
/// the cell's, each `[batch, units]`. Gives the states `[steps + 1, batch, units]`, and what the derivative needs: for LSTM and
/// GRU the gates after their curves, then the cell's states or what the candidate of a GRU got from the state.
pub(in crate::backend) fn run(
    cell: Cell,
    [x, kernel, recurrent, bias]: [&Array; 4],
    start: &[&Array],
) -> (Array, Vec<Array>) {
    let sizes = Sizes::of(cell, x, recurrent);
    let card = x.card();
    let rows = x.in_shape(&[sizes.steps * sizes.batch, x.shape()[2]]);
    let input_bias = bias.piece(0, &[sizes.width]);
    let gates = affine(&rows, kernel, &input_bias, Nonlinearity::Identity);
    let states = sizes.room(card, sizes.steps + 1, sizes.units);
    copy(start[0], &sizes.at(&states, 0, sizes.units));
    let beside = match cell {
        Cell::Simple(_) => None,
        Cell::Lstm => {
            let cells = sizes.room(card, sizes.steps + 1, sizes.units);
            copy(start[1], &sizes.at(&cells, 0, sizes.units));
            Some(cells)
        }
        Cell::Gru => Some(sizes.room(card, sizes.steps, sizes.units)),
    };
    let inner = (cell == Cell::Gru).then(|| sizes.room(card, 1, sizes.width));
    let grid = Grid::over(card, sizes.batch * sizes.units);
    let [count, units] = [sizes.batch * sizes.units, sizes.units].map(Argument::Count);
    for step in 0..sizes.steps {
        let own = sizes.at(&gates, step, sizes.width);
        let (before, after) = (
            sizes.at(&states, step, sizes.units),
            sizes.at(&states, step + 1, sizes.units),
        );
        match (cell, &beside, &inner) {
            (Cell::Simple(function), ..) => {
                sizes.add_product(&before, recurrent, &own, true);
                let [choice, slope] = bent(function);
                let arrays = [Argument::Array(&own), Argument::Array(&after)];
                card.launch("simple_step", grid, &[arrays[0], arrays[1], count, choice, slope]);
            }
            (Cell::Gru, Some(kept), Some(inner)) => {
                sizes.add_product(&before, recurrent, inner, false);
                card.launch(
                    "gru_step",
                    grid,
                    &[
                        Argument::Array(&own),
                        Argument::Array(inner),
                        Argument::Array(&bias.piece(sizes.width, &[sizes.width])),
                        Argument::Array(&before),
                        Argument::Array(&sizes.at(kept, step, sizes.units)),
                        Argument::Array(&after),
                        count,
                        units,
                    ],
                );
            }
            (_, Some(cells), _) => {
                sizes.add_product(&before, recurrent, &own, true);
                card.launch(
                    "lstm_step",
                    grid,
                    &[
                        Argument::Array(&own),
                        Argument::Array(&sizes.at(cells, step, sizes.units)),
                        Argument::Array(&sizes.at(cells, step + 1, sizes.units)),
                        Argument::Array(&after),
                        count,
                        units,
                    ],
                );
            }
            _ => unreachable!("an LSTM and a GRU keep something beside their states"),
        }
    }
    let kept = beside.map_or(Vec::new(), |beside| vec![gates, beside]);
    (states, kept)
}

/// The gradients of what the inputs added to the gates and of what the states added, each `[steps · batch,
/// gates · units]`; only for a GRU are they different ones. `gradient` is that of all states.
pub(in crate::backend) fn back(
    cell: Cell,
    [x, recurrent, states, gradient]: [&Array; 4],
    kept: &[&Array],
) -> (Array, Option<Array>) {
    let sizes = Sizes::of(cell, x, recurrent);
    let card = x.card();
    let rows = [sizes.steps * sizes.batch, sizes.width];
    let of_gates = Array::stale(card, &rows);
    let of_inner = (cell == Cell::Gru).then(|| Array::stale(card, &rows));
    // Of the state after the step at hand, and for an LSTM of its cell's.
    let of_state = filled(card, 0.0, &[sizes.batch, sizes.units]);
    let of_cell = (cell == Cell::Lstm).then(|| filled(card, 0.0, &[sizes.batch, sizes.units]));
    let grid = Grid::over(card, sizes.batch * sizes.units);
    let [count, units] = [sizes.batch * sizes.units, sizes.units].map(Argument::Count);
    for step in (0..sizes.steps).rev() {
        let above = sizes.at(gradient, step + 1, sizes.units);
        let own = sizes.at(&of_gates, step, sizes.width);
        match (cell, &of_cell, &of_inner) {
            (Cell::Simple(function), ..) => {
                let [choice, slope] = bent(function);
                card.launch(
                    "simple_step_gradient",
                    grid,
                    &[
                        Argument::Array(&of_state),
                        Argument::Array(&above),
                        Argument::Array(&sizes.at(states, step + 1, sizes.units)),
                        Argument::Array(&own),
                        count,
                        choice,
                        slope,
                    ],
                );
                sizes.back_product(&own, recurrent, &of_state, false);
            }
            (Cell::Lstm, Some(of_cell), _) => {
                card.launch(
                    "lstm_step_gradient",
                    grid,
                    &[
                        Argument::Array(&sizes.at(kept[0], step, sizes.width)),
                        Argument::Array(&sizes.at(kept[1], step, sizes.units)),
                        Argument::Array(&sizes.at(kept[1], step + 1, sizes.units)),
                        Argument::Array(&of_state),
                        Argument::Array(&above),
                        Argument::Array(of_cell),
                        Argument::Array(&own),
                        count,
                        units,
                    ],
                );
                sizes.back_product(&own, recurrent, &of_state, false);
            }
            (_, _, Some(of_inner)) => {
                let own_inner = sizes.at(of_inner, step, sizes.width);
                card.launch(
                    "gru_step_gradient",
                    grid,
                    &[
                        Argument::Array(&sizes.at(kept[0], step, sizes.width)),
                        Argument::Array(&sizes.at(kept[1], step, sizes.units)),
                        Argument::Array(&sizes.at(states, step, sizes.units)),
                        Argument::Array(&above),
                        Argument::Array(&of_state),
                        Argument::Array(&own),
                        Argument::Array(&own_inner),
                        count,
                        units,
                    ],
                );
                sizes.back_product(&own_inner, recurrent, &of_state, true);
            }
            _ => unreachable!("an LSTM has a cell, a GRU inner gates"),
        }
    }
    (of_gates, of_inner)
}

#[derive(Clone, Copy)]
struct Sizes {
    steps: usize,
    batch: usize,
    units: usize,
    /// Gates times units.
    width: usize,
}

impl Sizes {
    fn of(cell: Cell, x: &Array, recurrent: &Array) -> Sizes {
        let (steps, batch, units) = (x.shape()[0], x.shape()[1], recurrent.shape()[0]);
        Sizes {
            steps,
            batch,
            units,
            width: cell.gates() * units,
        }
    }

    /// For so many steps, each `[batch, width]`.
    fn room(&self, card: &'static Card, steps: usize, width: usize) -> Array {
        Array::stale(card, &[steps, self.batch, width])
    }

    /// One step of an array of all steps, each `[batch, width]`.
    fn at(&self, array: &Array, step: usize, width: usize) -> Array {
        array.piece(step * self.batch * width, &[self.batch, width])
    }

    /// What the states `before` add to the gates, written to `gates` or added to what is there.
    fn add_product(&self, before: &Array, recurrent: &Array, gates: &Array, add: bool) {
        multiply(
            Matrix::of(before, self.batch, self.units, false),
            Matrix::of(recurrent, self.units, self.width, false),
            gates,
            add,
        );
    }

    /// What the gates want of the states before the step.
    fn back_product(&self, gates: &Array, recurrent: &Array, of_state: &Array, add: bool) {
        multiply(
            Matrix::of(gates, self.batch, self.width, false),
            Matrix::of(recurrent, self.units, self.width, true),
            of_state,
            add,
        );
    }
}
