//! A tensor as text, nested like the literals that make one; long axes show their first and last three elements.
//! `{}` writes the numbers alone, with as many decimals as asked for (`{:.2}`), a single number like any other; `{:?}`
//! says that it is a tensor.

use super::Tensor;
use std::fmt;

/// Elements of an axis shown at each end when it is shortened.
const EDGE: usize = 3;
/// A tensor of more elements than this is shortened.
const FULL: usize = 1000;

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tensor ")?;
        if self.is_empty() {
            return write!(f, "of shape {:?}", self.shape());
        }
        self.write(f, "tensor ".len())
    }
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shape() {
            [] => fmt::Display::fmt(&self.item(), f),
            _ if self.is_empty() => fmt::Debug::fmt(self, f),
            _ => self.write(f, 0),
        }
    }
}

impl Tensor {
    /// The numbers, of which there are some; lines after the first are indented.
    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let values = self.values();
        let printed = Numbers::of(&values, self.shape(), f.precision());
        write_level(f, &values, self.shape(), indent, &printed)?;
        if self.len() > FULL {
            write!(f, ", shape {:?}", self.shape())
        } else {
            Ok(())
        }
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
    fn of(values: &[f32], shape: &[usize], precision: Option<usize>) -> Numbers {
        let shorten = values.len() > FULL;
        let mut shown = Vec::new();
        collect_shown(values, shape, shorten, &mut shown);
        let finite = || shown.iter().copied().filter(|value| value.is_finite());
        let largest = finite().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let smallest = finite()
            .filter(|&value| value != 0.0)
            .fold(f32::INFINITY, |least, value| least.min(value.abs()));
        let whole = finite().all(|value| value.fract() == 0.0);
        let scientific = precision.is_none() && (largest >= 1e8 || (smallest < 1e-4 && !whole));
        let decimals = precision.unwrap_or_else(|| finite().map(decimals_of).max().unwrap_or(0));
        let mut numbers = Numbers {
            shorten,
            scientific,
            decimals,
            width: 0,
        };
        if shape.len() > 1 {
            numbers.width = shown
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

/// Decimals that the number needs, up to four.
fn decimals_of(value: f32) -> usize {
    let text = format!("{:.4}", value.fract().abs());
    text.trim_end_matches('0').len() - "0.".len()
}

/// Which positions of an axis are shown: all, or those at both ends.
fn is_shown(index: usize, size: usize, shorten: bool) -> bool {
    !shorten || size <= 2 * EDGE || index < EDGE || index >= size - EDGE
}

fn collect_shown(values: &[f32], shape: &[usize], shorten: bool, shown: &mut Vec<f32>) {
    let Some((&size, inner)) = shape.split_first() else {
        return shown.push(values[0]);
    };
    let stride = values.len() / size;
    for index in (0..size).filter(|&index| is_shown(index, size, shorten)) {
        collect_shown(
            &values[index * stride..(index + 1) * stride],
            inner,
            shorten,
            shown,
        );
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
    for index in (0..size).filter(|&index| is_shown(index, size, numbers.shorten)) {
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
