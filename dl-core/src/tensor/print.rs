//! A tensor as text, nested like the literals that make one; long axes show their first and last three elements.

use super::Tensor;
use std::fmt;

/// Elements of an axis shown at each end when it is shortened.
const EDGE: usize = 3;
/// A tensor of more elements than this is shortened.
const FULL: usize = 1000;

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(f, "tensor of shape {:?}", self.shape());
        }
        let values = self.values();
        let printed = Numbers::of(&values, self.shape());
        f.write_str("tensor ")?;
        write_level(f, &values, self.shape(), "tensor ".len(), &printed)?;
        if self.len() > FULL {
            write!(f, ", shape {:?}", self.shape())
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// How the numbers of one tensor are written, so that columns line up.
struct Numbers {
    shorten: bool,
    scientific: bool,
    decimals: usize,
    width: usize,
}

impl Numbers {
    fn of(values: &[f32], shape: &[usize]) -> Numbers {
        let shown = || values.iter().copied().filter(|value| value.is_finite());
        let largest = shown().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let smallest = shown()
            .filter(|&value| value != 0.0)
            .fold(f32::INFINITY, |least, value| least.min(value.abs()));
        let whole = shown().all(|value| value.fract() == 0.0);
        let scientific = largest >= 1e8 || (smallest < 1e-4 && !whole);
        let decimals = if whole { 0 } else { 4 };
        let mut numbers = Numbers {
            shorten: values.len() > FULL,
            scientific,
            decimals,
            width: 0,
        };
        if shape.len() > 1 {
            numbers.width = values
                .iter()
                .map(|&value| numbers.text(value).len())
                .max()
                .unwrap_or(0);
        }
        numbers
    }

    fn text(&self, value: f32) -> String {
        let text = match () {
            () if !value.is_finite() => value.to_string(),
            () if self.scientific => format!("{value:.4e}"),
            () if self.decimals == 0 => format!("{value:.0}."),
            () => format!("{value:.*}", self.decimals),
        };
        format!("{text:>width$}", width = self.width)
    }
}

fn write_level(
    f: &mut fmt::Formatter<'_>,
    values: &[f32],
    shape: &[usize],
    indent: usize,
    numbers: &Numbers,
) -> fmt::Result {
    let Some((&size, inner)) = shape.split_first() else {
        return f.write_str(&numbers.text(values[0]));
    };
    let stride = values.len() / size;
    let cut = numbers.shorten && size > 2 * EDGE;
    let separator = if inner.is_empty() {
        ", ".to_string()
    } else {
        format!(",{}{:width$}", "\n".repeat(inner.len()), "", width = indent + 1)
    };
    f.write_str("[")?;
    for index in (0..size).filter(|&index| !cut || index < EDGE || index >= size - EDGE) {
        if index > 0 {
            f.write_str(&separator)?;
        }
        if cut && index == size - EDGE {
            write!(f, "...{separator}")?;
        }
        write_level(
            f,
            &values[index * stride..(index + 1) * stride],
            inner,
            indent + 1,
            numbers,
        )?;
    }
    f.write_str("]")
}
