//! Recurrent cells over all steps of a batch at once, and back. The inputs of all steps are multiplied in one product; then
//! each thread takes a part of the samples through all steps, so that no thread waits for another one in between.

use super::elementwise::{bend, unbend};
use super::parts::{Parts, share_out};
use super::product::{add_product, affine};
use super::wide::widest;
use super::{Array, curves, elements, elements_mut, from_vec, memory};
use crate::backend::{Cell, Nonlinearity};

/// What the steps leave behind.
pub(in crate::backend) struct Steps {
    /// The states before the first step and after each: `[steps + 1, batch, units]`.
    pub(in crate::backend) states: Array,
    /// What the derivative needs besides: see [`run`].
    pub(in crate::backend) kept: Vec<Array>,
}

/// `x: [steps, batch, in]`, kernel `[in, gates · units]`, recurrent `[units, gates · units]`, bias `[gates · units]` (GRU:
/// `[2, gates · units]`, the second row of which is added to what comes from the state), `start`: the state, for LSTM also
/// the cell's, each `[batch, units]`. Kept are, for LSTM and GRU, the gates after their curves, `[steps · batch,
/// gates · units]`, then the cell's states, `[steps + 1, batch, units]`, or what the candidate of a GRU got from the state,
/// `[steps, batch, units]`.
pub(in crate::backend) fn run(
    cell: Cell,
    [x, kernel, recurrent, bias]: [&Array; 4],
    start: &[&Array],
) -> Steps {
    let shape = Shape::of(cell, x, recurrent);
    let Shape {
        steps,
        batch,
        units,
        width,
    } = shape;
    let rows = super::shape::reshape(x, &[steps * batch, x.shape()[2]]);
    let (input_bias, state_bias) = match cell {
        Cell::Gru => (super::shape::slice(bias, 0, 0..1), Some(&elements(bias)[width..])),
        _ => (bias.clone(), None),
    };
    let input_bias = super::shape::reshape(&input_bias, &[width]);
    let mut gates = affine(&rows, kernel, &input_bias, Nonlinearity::Identity);
    let mut states = memory::stale((steps + 1) * batch * units);
    states[..batch * units].copy_from_slice(elements(start[0]));
    let mut beside = memory::stale(match cell {
        Cell::Simple(_) => 0,
        Cell::Lstm => (steps + 1) * batch * units,
        Cell::Gru => steps * batch * units,
    });
    if cell == Cell::Lstm {
        beside[..batch * units].copy_from_slice(elements(start[1]));
    }

    let (all_gates, all_states) = (Parts::of(elements_mut(&mut gates)), Parts::of(&mut states));
    let all_beside = Parts::of(&mut beside);
    share_out(batch, shape.multiplications(), |_, samples| {
        let mut inner = vec![
            0.0;
            if cell == Cell::Gru {
                samples.len() * width
            } else {
                0
            }
        ];
        for step in 0..steps {
            let rows = |step: usize, width: usize| {
                (step * batch + samples.start) * width..(step * batch + samples.end) * width
            };
            // SAFETY: each part writes the rows of its own samples only; those of one step and the next do not overlap.
            let (gates, before, after) = unsafe {
                (
                    all_gates.run(rows(step, width)),
                    &*all_states.run(rows(step, units)),
                    all_states.run(rows(step + 1, units)),
                )
            };
            match cell {
                Cell::Simple(function) => {
                    add_product(before, recurrent, false, gates);
                    bend(gates, function);
                    after.copy_from_slice(gates);
                }
                Cell::Lstm => {
                    add_product(before, recurrent, false, gates);
                    // SAFETY: as above.
                    let (cell_before, cell_after) = unsafe {
                        (
                            &*all_beside.run(rows(step, units)),
                            all_beside.run(rows(step + 1, units)),
                        )
                    };
                    widest(|| lstm(gates, cell_before, cell_after, after, units));
                }
                Cell::Gru => {
                    let bias = state_bias.expect("a GRU has two biases");
                    inner
                        .chunks_exact_mut(width)
                        .for_each(|row| row.copy_from_slice(bias));
                    add_product(before, recurrent, false, &mut inner);
                    // SAFETY: as above.
                    let candidate = unsafe { all_beside.run(rows(step, units)) };
                    widest(|| gru(gates, [&inner, before], candidate, after, units));
                }
            }
        }
    });
    let kept = match cell {
        Cell::Simple(_) => Vec::new(),
        Cell::Lstm => vec![gates, from_vec(beside, &[steps + 1, batch, units])],
        Cell::Gru => vec![gates, from_vec(beside, &[steps, batch, units])],
    };
    Steps {
        states: from_vec(states, &[steps + 1, batch, units]),
        kept,
    }
}

/// The gradients of what the inputs added to the gates and of what the states added, each `[steps · batch,
/// gates · units]`; only for a GRU are they different ones. `gradient` is that of all states.
pub(in crate::backend) fn back(
    cell: Cell,
    [x, recurrent, states, gradient]: [&Array; 4],
    kept: &[&Array],
) -> (Array, Option<Array>) {
    let shape = Shape::of(cell, x, recurrent);
    let Shape {
        steps,
        batch,
        units,
        width,
    } = shape;
    let mut of_gates = memory::stale(steps * batch * width);
    let mut of_inner = memory::stale(if cell == Cell::Gru { of_gates.len() } else { 0 });
    let (states, gradient) = (elements(states), elements(gradient));
    let kept: Vec<&[f32]> = kept.iter().map(|array| elements(array)).collect();
    let (all_gates, all_inner) = (Parts::of(&mut of_gates), Parts::of(&mut of_inner));
    share_out(batch, shape.multiplications(), |_, samples| {
        // Of the state after the step at hand, and for an LSTM of its cell's.
        let mut of_state = vec![0.0; samples.len() * units];
        let mut of_cell = of_state.clone();
        for step in (0..steps).rev() {
            let rows = |step: usize, width: usize| {
                (step * batch + samples.start) * width..(step * batch + samples.end) * width
            };
            let from_above = &gradient[rows(step + 1, units)];
            of_state
                .iter_mut()
                .zip(from_above)
                .for_each(|(sum, part)| *sum += part);
            // SAFETY: each part writes the rows of its own samples only.
            let of_gates = unsafe { all_gates.run(rows(step, width)) };
            match cell {
                Cell::Simple(function) => {
                    unbend(&of_state, &states[rows(step + 1, units)], function, of_gates);
                    of_state.fill(0.0);
                    add_product(of_gates, recurrent, true, &mut of_state);
                }
                Cell::Lstm => {
                    let gates = &kept[0][rows(step, width)];
                    let (before, after) = (&kept[1][rows(step, units)], &kept[1][rows(step + 1, units)]);
                    widest(|| lstm_back(gates, [before, after, &of_state], &mut of_cell, of_gates, units));
                    of_state.fill(0.0);
                    add_product(of_gates, recurrent, true, &mut of_state);
                }
                Cell::Gru => {
                    let (gates, candidate) = (&kept[0][rows(step, width)], &kept[1][rows(step, units)]);
                    let before = &states[rows(step, units)];
                    // SAFETY: as above.
                    let of_inner = unsafe { all_inner.run(rows(step, width)) };
                    widest(|| {
                        gru_back(
                            gates,
                            [candidate, before],
                            &mut of_state,
                            of_gates,
                            of_inner,
                            units,
                        );
                    });
                    add_product(of_inner, recurrent, true, &mut of_state);
                }
            }
        }
    });
    let rows = [steps * batch, width];
    let of_inner = (cell == Cell::Gru).then(|| from_vec(of_inner, &rows));
    (from_vec(of_gates, &rows), of_inner)
}

#[derive(Clone, Copy)]
struct Shape {
    steps: usize,
    batch: usize,
    units: usize,
    /// Gates times units.
    width: usize,
}

impl Shape {
    fn of(cell: Cell, x: &Array, recurrent: &Array) -> Shape {
        let (steps, batch, units) = (x.shape()[0], x.shape()[1], recurrent.shape()[0]);
        let width = cell.gates() * units;
        Shape {
            steps,
            batch,
            units,
            width,
        }
    }

    /// Of all steps. The curves count as well: about 30 for each gate.
    fn multiplications(self) -> usize {
        self.steps * self.batch * self.width * (self.units + 30)
    }
}

/// i, f, c, o = sigmoid, sigmoid, tanh, sigmoid of the gates; cell' = f · cell + i · c; state' = o · tanh(cell').
#[inline(always)]
fn lstm(gates: &mut [f32], before: &[f32], after: &mut [f32], state: &mut [f32], units: usize) {
    let rows = gates
        .chunks_exact_mut(4 * units)
        .zip(before.chunks_exact(units))
        .zip(after.chunks_exact_mut(units).zip(state.chunks_exact_mut(units)));
    for ((gates, before), (after, state)) in rows {
        let (input_and_forget, rest) = gates.split_at_mut(2 * units);
        let (candidate, output) = rest.split_at_mut(units);
        curves::sigmoid(input_and_forget);
        curves::tanh(candidate);
        curves::sigmoid(output);
        let (input, forget) = input_and_forget.split_at(units);
        for k in 0..units {
            after[k] = forget[k] * before[k] + input[k] * candidate[k];
            state[k] = output[k] * curves::tanh_of(after[k]);
        }
    }
}

/// The derivative of [`lstm`]; `of_cell` is that of the cell's state after the step, and becomes that before it.
#[inline(always)]
fn lstm_back(
    gates: &[f32],
    [before, after, of_state]: [&[f32]; 3],
    of_cell: &mut [f32],
    of_gates: &mut [f32],
    units: usize,
) {
    let rows = gates
        .chunks_exact(4 * units)
        .zip(of_gates.chunks_exact_mut(4 * units));
    for (row, (gates, of_gates)) in rows.enumerate() {
        let own = row * units..(row + 1) * units;
        let (before, after, of_state) = (&before[own.clone()], &after[own.clone()], &of_state[own.clone()]);
        let of_cell = &mut of_cell[own];
        let [input, forget, candidate, output] = quarters(gates, units);
        let (of_input, rest) = of_gates.split_at_mut(units);
        let (of_forget, rest) = rest.split_at_mut(units);
        let (of_candidate, of_output) = rest.split_at_mut(units);
        for k in 0..units {
            let bent = curves::tanh_of(after[k]);
            let (i, f, c, o) = (input[k], forget[k], candidate[k], output[k]);
            let change = of_cell[k] + of_state[k] * o * (1.0 - bent * bent);
            of_input[k] = change * c * i * (1.0 - i);
            of_forget[k] = change * before[k] * f * (1.0 - f);
            of_candidate[k] = change * i * (1.0 - c * c);
            of_output[k] = of_state[k] * bent * o * (1.0 - o);
            of_cell[k] = change * f;
        }
    }
}

fn quarters(gates: &[f32], units: usize) -> [&[f32]; 4] {
    [0, 1, 2, 3].map(|number| &gates[number * units..(number + 1) * units])
}

/// z, r = sigmoid of the gates + inner; c = tanh(gate + r · inner); state' = z · state + (1 - z) · c.
#[inline(always)]
fn gru(
    gates: &mut [f32],
    [inner, before]: [&[f32]; 2],
    candidate_inner: &mut [f32],
    after: &mut [f32],
    units: usize,
) {
    let rows = gates
        .chunks_exact_mut(3 * units)
        .zip(inner.chunks_exact(3 * units));
    for (row, (gates, inner)) in rows.enumerate() {
        let own = row * units..(row + 1) * units;
        let (before, after) = (&before[own.clone()], &mut after[own.clone()]);
        let (update_and_reset, candidate) = gates.split_at_mut(2 * units);
        let (inner_two, inner) = inner.split_at(2 * units);
        update_and_reset
            .iter_mut()
            .zip(inner_two)
            .for_each(|(gate, inner)| *gate += inner);
        curves::sigmoid(update_and_reset);
        let (update, reset) = update_and_reset.split_at(units);
        candidate_inner[own].copy_from_slice(inner);
        for k in 0..units {
            candidate[k] = curves::tanh_of(candidate[k] + reset[k] * inner[k]);
            after[k] = update[k] * before[k] + (1.0 - update[k]) * candidate[k];
        }
    }
}

/// The derivative of [`gru`]; `of_state` is that of the state after the step, and becomes the part of that before it which
/// does not come through the gates.
#[inline(always)]
fn gru_back(
    gates: &[f32],
    [inner, before]: [&[f32]; 2],
    of_state: &mut [f32],
    of_gates: &mut [f32],
    of_inner: &mut [f32],
    units: usize,
) {
    let rows = gates.chunks_exact(3 * units).zip(
        of_gates
            .chunks_exact_mut(3 * units)
            .zip(of_inner.chunks_exact_mut(3 * units)),
    );
    for (row, (gates, (of_gates, of_inner))) in rows.enumerate() {
        let own = row * units..(row + 1) * units;
        let (inner, before, of_state) = (&inner[own.clone()], &before[own.clone()], &mut of_state[own]);
        let (update, rest) = gates.split_at(units);
        let (reset, candidate) = rest.split_at(units);
        let (of_update, rest) = of_gates.split_at_mut(units);
        let (of_reset, of_candidate) = rest.split_at_mut(units);
        for k in 0..units {
            let (z, r, c) = (update[k], reset[k], candidate[k]);
            of_update[k] = of_state[k] * (before[k] - c) * z * (1.0 - z);
            of_candidate[k] = of_state[k] * (1.0 - z) * (1.0 - c * c);
            of_reset[k] = of_candidate[k] * inner[k] * r * (1.0 - r);
            of_state[k] *= z;
        }
        let (of_two, of_inner) = of_inner.split_at_mut(2 * units);
        of_two[..units].copy_from_slice(of_update);
        of_two[units..].copy_from_slice(of_reset);
        for k in 0..units {
            of_inner[k] = of_candidate[k] * reset[k];
        }
    }
}
