//! How a window walks over an image: a convolution or a pooling, step by step, in numbers and in words. How it is
//! drawn: `sliding_window/drawing.rs`.

mod drawing;

use super::card::number;
use super::{MimeBundle, Show};
use crate::backend::Window;
use crate::error::{Error, expect_fit};
use crate::tensor::{Conv, Padding, Tensor};

/// More rows or columns than this would have numbers too small to read.
const MOST_CELLS: usize = 16;
/// Letters of one line of a sum.
const LINE: usize = 70;
/// A sum of more terms names its first ones only.
const MOST_TERMS: usize = 25;

/// What the window does at each place.
#[derive(Clone, Debug, PartialEq)]
enum Work {
    /// The sum of the products with these weights.
    Convolution(Grid),
    /// The largest number.
    Maximum,
}

/// A matrix of numbers.
#[derive(Clone, Debug, PartialEq)]
struct Grid {
    values: Vec<f32>,
    rows: usize,
    columns: usize,
}

impl Grid {
    fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.columns + column]
    }

    fn as_images(&self) -> Tensor {
        Tensor::from_vec(self.values.clone(), [1, self.rows, self.columns, 1])
    }
}

/// A window that walks over an image; made by [`convolution_window`] and [`pooling_window`].
///
/// ```
/// use dl_core::prelude::*;
/// let image = tensor![[1., 2., 3.], [4., 5., 6.], [7., 8., 9.]];
/// let window = convolution_window(&image, &Tensor::ones([2, 2]), Conv { stride: 1, padding: Valid });
/// assert_eq!(window.steps(), 4);
/// assert!(window.at(0).show().plain().contains("12"));
/// ```
#[derive(Clone, Debug)]
pub struct SlidingWindow {
    image: Grid,
    work: Work,
    window: Window,
    /// What the window gives at all of its places.
    result: Grid,
    step: usize,
}

/// How the window of a convolution walks over a small image `[height, width]`, with a kernel `[height, width]`: the image
/// with the window, the kernel, what came out so far, and the last sum written out. Shown as it is, it is complete;
/// [`at`](SlidingWindow::at) shows an earlier step.
///
/// ```
/// use dl_core::prelude::*;
/// let image = tensor![[0., 0., 3., 7.], [0., 0., 9., 10.], [0., 0., 0., 0.]];
/// let edges = tensor![[-1., 0., 1.], [-1., 0., 1.], [-1., 0., 1.]];
/// let window = convolution_window(&image, &edges, Conv { stride: 1, padding: Valid });
/// assert_eq!(window.steps(), 2);
/// assert_eq!(window.result(), tensor![[12., 17.]]);
/// let live = display_live(&window.at(0));
/// for step in 1..window.steps() {
///     live.update(&window.at(step));
/// }
/// ```
///
/// # Panics
/// When image or kernel are no matrices of at most 16 x 16 numbers, or the window does not fit.
#[track_caller]
pub fn convolution_window(image: &Tensor, kernel: &Tensor, conv: Conv) -> SlidingWindow {
    let op = "convolution_window";
    let (image, kernel) = (
        expect_fit(matrix(op, "image", image)),
        expect_fit(matrix(op, "kernel", kernel)),
    );
    let window = expect_fit(Window::over(
        op,
        [image.rows, image.columns],
        [kernel.rows, kernel.columns],
        conv.stride,
        conv.padding,
    ));
    let filters = Tensor::from_vec(kernel.values.clone(), [kernel.rows, kernel.columns, 1, 1]);
    let result = image.as_images().conv2d(&filters, conv);
    SlidingWindow::new(image, Work::Convolution(kernel), window, &result)
}

/// How the window of a max pooling walks over a small image `[height, width]`: windows of `size` by `size` pixels, `stride`
/// apart, inside of the image. See [`convolution_window`].
///
/// ```
/// use dl_core::prelude::*;
/// let image = tensor![[110., 256., 153., 67.], [12., 89., 88., 43.], [10., 15., 50., 55.], [23., 9., 49., 23.]];
/// assert_eq!(pooling_window(&image, 2, 2).result(), tensor![[256., 153.], [23., 55.]]);
/// ```
///
/// # Panics
/// When the image is no matrix of at most 16 x 16 numbers, or the window does not fit.
#[track_caller]
pub fn pooling_window(image: &Tensor, size: usize, stride: usize) -> SlidingWindow {
    let op = "pooling_window";
    let image = expect_fit(matrix(op, "image", image));
    let shape = [image.rows, image.columns];
    let window = expect_fit(Window::over(op, shape, [size, size], stride, Padding::Valid));
    let result = image.as_images().max_pool2d(size, stride);
    SlidingWindow::new(image, Work::Maximum, window, &result)
}

/// The tensor as a matrix that is small enough to be read; axes of size 1 before or behind do not count.
fn matrix(op: &'static str, what: &str, tensor: &Tensor) -> Result<Grid, Error> {
    let shape = match *tensor.shape() {
        [rows, columns] => Some([rows, columns]),
        [1, rows, columns, 1] | [rows, columns, 1] | [rows, columns, 1, 1] => Some([rows, columns]),
        _ => None,
    };
    match shape {
        Some([rows, columns]) if rows.min(columns) > 0 && rows.max(columns) <= MOST_CELLS => Ok(Grid {
            values: tensor.to_vec(),
            rows,
            columns,
        }),
        Some([rows, columns]) if rows.max(columns) > MOST_CELLS => Err(Error::shape(
            op,
            format!("the {what} has {rows} x {columns} numbers, too many to read"),
            format!(
                "cut out a part of at most {MOST_CELLS} x {MOST_CELLS}: x.slice(0, 8..18).slice(1, 8..18)"
            ),
        )),
        _ => Err(Error::shape(
            op,
            format!("the {what} has shape {:?} and is no matrix", tensor.shape()),
            "it has rows and columns, such as tensor![[1., 0.], [0., 1.]]",
        )),
    }
}

impl SlidingWindow {
    /// `result` is what the library's own operation gives: this display only explains it.
    fn new(image: Grid, work: Work, window: Window, result: &Tensor) -> SlidingWindow {
        let [rows, columns] = window.places;
        SlidingWindow {
            image,
            work,
            window,
            result: Grid {
                values: result.to_vec(),
                rows,
                columns,
            },
            step: rows * columns - 1,
        }
    }

    /// At how many places the window stands, one after the other.
    pub fn steps(&self) -> usize {
        self.result.values.len()
    }

    /// The walk up to this step, from 0: the window at its place, and the results so far.
    ///
    /// # Panics
    /// When there are not that many steps.
    #[must_use]
    #[track_caller]
    pub fn at(&self, step: usize) -> SlidingWindow {
        if step >= self.steps() {
            let why = format!("step {step} of a window that has {}", self.steps());
            let hint = format!("steps count from 0: the last one is {}", self.steps() - 1);
            Error::shape("at", why, hint).raise();
        }
        SlidingWindow { step, ..self.clone() }
    }

    /// All that the window gives, `[rows, columns]`, whatever step is shown.
    pub fn result(&self) -> Tensor {
        Tensor::from_vec(
            self.result.values.clone(),
            [self.result.rows, self.result.columns],
        )
    }

    /// Row and column of the window among its places.
    fn place(&self) -> [usize; 2] {
        [self.step / self.result.columns, self.step % self.result.columns]
    }

    /// Rows and columns of zeros after the image that the last window reaches over.
    fn after(&self) -> [usize; 2] {
        let sizes = [self.image.rows, self.image.columns];
        [0, 1].map(|side| {
            let reach = (self.window.places[side] - 1) * self.window.stride + self.window.size[side];
            reach.saturating_sub(sizes[side] + self.window.before[side])
        })
    }

    /// The number at a place of the padded image; none outside of the image, where a 0 stands.
    fn pixel(&self, row: usize, column: usize) -> Option<f32> {
        let (row, column) = (
            row.checked_sub(self.window.before[0])?,
            column.checked_sub(self.window.before[1])?,
        );
        (row < self.image.rows && column < self.image.columns).then(|| self.image.at(row, column))
    }

    /// Rows and columns of the image with its padding.
    fn padded(&self) -> [usize; 2] {
        let (before, after) = (self.window.before, self.after());
        [
            before[0] + self.image.rows + after[0],
            before[1] + self.image.columns + after[1],
        ]
    }

    /// Whether a place of the padded image lies under the window.
    fn covers(&self, row: usize, column: usize) -> bool {
        let place = self.place();
        [row, column].iter().enumerate().all(|(side, at)| {
            let start = place[side] * self.window.stride;
            (start..start + self.window.size[side]).contains(at)
        })
    }

    /// `Step 3 of 16: the window at row 0, column 2`.
    fn title(&self) -> String {
        let [row, column] = self.place();
        let (step, steps) = (self.step + 1, self.steps());
        format!("Step {step} of {steps}: the window gives row {row}, column {column}")
    }

    /// The computation of this step, in lines.
    fn sum(&self) -> Vec<String> {
        let [row, column] = self.place().map(|place| place * self.window.stride);
        let [height, width] = self.window.size;
        let places = (0..height).flat_map(|a| (0..width).map(move |b| (a, b)));
        let pixel = |a, b| self.pixel(row + a, column + b).unwrap_or(0.0);
        let (terms, between): (Vec<String>, &str) = match &self.work {
            Work::Convolution(kernel) => (
                places
                    .map(|(a, b)| format!("{}·{}", cell(pixel(a, b)), signed_cell(kernel.at(a, b))))
                    .collect(),
                " + ",
            ),
            Work::Maximum => (places.map(|(a, b)| cell(pixel(a, b))).collect(), ", "),
        };
        let left_out = terms.len().saturating_sub(MOST_TERMS);
        let told = &terms[..terms.len() - left_out];
        // A line for each row of the window, or for a part of it where the numbers are long.
        let mut on_line = width;
        let lines = loop {
            let lines: Vec<String> = told.chunks(on_line).map(|terms| terms.join(between)).collect();
            if on_line == 1 || lines.iter().all(|line| line.chars().count() <= LINE) {
                break lines;
            }
            on_line = on_line.div_ceil(2);
        };
        let mut text = lines.join(&format!("{between}\n"));
        if left_out > 0 {
            text.push_str(&format!("{between}… ({left_out} more)"));
        }
        let result = cell(self.result.values[self.step]);
        let whole = match self.work {
            Work::Convolution(_) => format!("{text} = {result}"),
            Work::Maximum => format!("max({text}) = {result}"),
        };
        whole.lines().map(|line| line.trim_end().to_string()).collect()
    }

    fn text(&self) -> String {
        let mut lines = vec![self.title()];
        let [rows, columns] = self.padded();
        let image = (0..rows).map(|row| {
            let cells = (0..columns).map(|column| {
                let text = cell(self.pixel(row, column).unwrap_or(0.0));
                if self.covers(row, column) {
                    format!("[{text}]")
                } else {
                    format!("{text} ")
                }
            });
            cells.collect::<Vec<_>>()
        });
        lines.push("image, with the window in brackets:".to_string());
        lines.extend(aligned(&image.collect::<Vec<_>>()));
        if let Work::Convolution(kernel) = &self.work {
            lines.push("kernel:".to_string());
            let rows = kernel.values.chunks(kernel.columns);
            let rows: Vec<Vec<String>> = rows
                .map(|row| row.iter().map(|&value| cell(value)).collect())
                .collect();
            lines.extend(aligned(&rows));
        }
        lines.push("result:".to_string());
        let cells: Vec<String> = (0..self.steps())
            .map(|step| match step <= self.step {
                true => cell(self.result.values[step]),
                false => "?".to_string(),
            })
            .collect();
        let rows: Vec<Vec<String>> = cells
            .chunks(self.result.columns)
            .map(<[String]>::to_vec)
            .collect();
        lines.extend(aligned(&rows));
        lines.extend(self.sum());
        lines.join("\n")
    }
}

/// A number for a cell: at most two decimals, fewer where there are digits before the point.
fn cell(value: f32) -> String {
    let value = f64::from(value);
    if !value.is_finite() || value.abs() >= 1e4 {
        return number(value);
    }
    let digits = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    // The rounded number, written without zeros at its end.
    let factor = 10f64.powi(digits);
    number((value * factor).round() / factor)
}

/// The same in brackets where it is negative, as a factor.
fn signed_cell(value: f32) -> String {
    let text = cell(value);
    if text.starts_with('-') {
        format!("({text})")
    } else {
        text
    }
}

/// Rows of cells with their right edges below each other.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = rows
        .iter()
        .flatten()
        .map(|cell| cell.chars().count())
        .max()
        .unwrap_or(0);
    let line = |row: &Vec<String>| {
        row.iter()
            .map(|cell| format!(" {cell:>width$}"))
            .collect::<String>()
    };
    rows.iter().map(|row| line(row).trim_end().to_string()).collect()
}

impl Show for SlidingWindow {
    fn show(&self) -> MimeBundle {
        MimeBundle::text(self.text()).with_svg(self.svg())
    }
}
