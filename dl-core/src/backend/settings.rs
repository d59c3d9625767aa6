//! What the primitives of normalisation, recurrence and images are told besides tensors.

use super::Nonlinearity;

/// What the statistics of a normalisation are taken over: all rows (for each column), or all columns (for each row).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Over {
    Rows,
    Columns,
}

/// What a recurrent layer does at each step. The gates stand in Keras's order: of an LSTM input, forget, candidate, output;
/// of a GRU update, reset, candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    Simple(Nonlinearity),
    Lstm,
    /// With the reset applied after the product with the state.
    Gru,
}

impl Cell {
    /// How many times wider than the state the result of the product is.
    pub(crate) fn gates(self) -> usize {
        match self {
            Cell::Simple(_) => 1,
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }
}

/// Where the pixel (x, y) of a result is looked up: at (a x + b y + c, d x + e y + f) / (g x + h y + 1), with x to the right
/// and y down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlaneMap(pub(crate) [f32; 8]);

impl PlaneMap {
    /// Leaves every pixel where it is.
    pub(crate) const STAY: PlaneMap = PlaneMap([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
}

/// What stands beyond the border of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Beyond {
    /// The image in a mirror at its border.
    Reflect,
    Constant(f32),
    /// The image again.
    Wrap,
    /// The pixel at the border.
    Nearest,
}
