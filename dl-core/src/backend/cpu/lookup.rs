//! Rows of a table by number, and the way back: what embeddings do.

use super::{Array, elements, from_vec, memory};

/// `numbers: [..]`, whole and known to be in range, from `table: [rows, width]` gives `[.., width]`.
pub(in crate::backend) fn lookup(table: &Array, numbers: &Array) -> Array {
    let width = table.shape()[1];
    let rows = elements(table);
    let mut values = memory::room(numbers.len() * width);
    for &number in elements(numbers) {
        values.extend_from_slice(&rows[number as usize * width..][..width]);
    }
    from_vec(values, &[numbers.shape(), &[width]].concat())
}

/// The reverse: zeros of `[rows, width]`, to whose rows of these numbers the rows of `gradient` are added.
pub(in crate::backend) fn lookup_gradient(gradient: &Array, numbers: &Array, rows: usize) -> Array {
    let width = gradient.shape()[gradient.ndim() - 1];
    let mut table = memory::filled(rows * width, 0.0);
    for (&number, part) in elements(numbers)
        .iter()
        .zip(elements(gradient).chunks_exact(width.max(1)))
    {
        let row = &mut table[number as usize * width..][..width];
        row.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    from_vec(table, &[rows, width])
}

/// `numbers: [n]`, whole and below `classes`, as rows of zeros with a single one.
pub(in crate::backend) fn one_hot(numbers: &Array, classes: usize) -> Array {
    let mut rows = memory::filled(numbers.len() * classes, 0.0);
    for (&number, row) in elements(numbers)
        .iter()
        .zip(rows.chunks_exact_mut(classes.max(1)))
    {
        row[number as usize] = 1.0;
    }
    from_vec(rows, &[numbers.len(), classes])
}
