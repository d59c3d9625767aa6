//! The numbers of a tensor and the primitives that compute with them: one `match` on the device per primitive, here
//! and nowhere else. A primitive trusts its caller with shapes; they are checked in [`crate::ops`].

mod cpu;
mod settings;
mod step;
pub(crate) mod threads;

pub(crate) use settings::{Beyond, Cell, Over, PlaneMap};
pub(crate) use step::{StepRule, StepScale};

use crate::device::Device;
use ndarray::ArrayD;
use std::borrow::Cow;
use std::ops::Range;

/// The numbers of one tensor on their device, always in standard order without gaps (the last axis runs fastest).
/// Clones share them.
#[derive(Clone)]
pub(crate) enum Value {
    Cpu(cpu::Array),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} numbers of shape {:?} on {}",
            self.len(),
            self.shape(),
            self.device()
        )
    }
}

/// Functions of one number, applied to each element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unary {
    Negate,
    Exp,
    Ln,
    Sqrt,
    Abs,
    /// -1, 0 or 1.
    Sign,
    Square,
    Power(f32),
    /// The nearest number between the two.
    Clamp(f32, f32),
    /// 1 between the two (included), else 0: the derivative of `Clamp`.
    Within(f32, f32),
}

/// Functions of two numbers, applied to each pair of elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// 1 where both are equal, else 0.
    Equal,
    /// Cross-entropy of sigmoid(left) against the target on the right: max(z, 0) - z y + ln(1 + exp(-|z|)).
    SigmoidCrossEntropy,
}

/// The functions that bend a layer's output, element by element. The derivative of each one can be told from its
/// output alone, so that a layer need not keep its input (slopes and scales are therefore never negative).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Nonlinearity {
    Identity,
    Sigmoid,
    Tanh,
    Relu,
    LeakyRelu(f32),
    Elu(f32),
}

/// How the elements along an axis become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reduction {
    Sum,
    Mean,
    Max,
    Min,
}

/// A window and the places that it takes over images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Rows and columns of pixels under it.
    pub(crate) size: [usize; 2],
    /// Pixels from one place to the next.
    pub(crate) stride: usize,
    /// Rows above and columns left of the image that the first place reaches over.
    pub(crate) before: [usize; 2],
    /// Rows and columns of places.
    pub(crate) places: [usize; 2],
}

/// The gradients of a convolution with bias and activation function.
pub(crate) struct ConvolutionGradients<T> {
    /// Only if asked for.
    pub(crate) images: Option<T>,
    pub(crate) filters: T,
    pub(crate) bias: T,
}

impl Value {
    // Making and looking.

    /// `values` must fill `shape`.
    pub(crate) fn from_vec(values: Vec<f32>, shape: &[usize]) -> Value {
        Value::Cpu(cpu::from_vec(values, shape))
    }

    pub(crate) fn from_array(array: ArrayD<f32>) -> Value {
        Value::Cpu(cpu::from_array(array))
    }

    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Value::Cpu(array) => array.shape(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Value::Cpu(array) => array.len(),
        }
    }

    pub(crate) fn device(&self) -> Device {
        match self {
            Value::Cpu(_) => Device::cpu(),
        }
    }

    /// The elements in the processor's memory; borrowed if they are there already.
    pub(crate) fn to_host(&self) -> Cow<'_, [f32]> {
        match self {
            Value::Cpu(array) => Cow::Borrowed(cpu::elements(array)),
        }
    }

    /// A copy on another device; only the CPU exists in this build, so there is nowhere else to go.
    pub(crate) fn to(&self, _device: Device) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(array.clone()),
        }
    }

    /// In this shape and on this device, numbers that are 0 with probability `rate`, else `kept`; the same ones for the
    /// same `key`.
    pub(crate) fn mask_like(&self, rate: f32, kept: f32, key: u64) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::chance::mask(array, rate, kept, key)),
        }
    }

    // Moving elements.

    /// The same elements in another shape, without a copy.
    pub(crate) fn reshape(&self, shape: &[usize]) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::reshape(array, shape)),
        }
    }

    /// Rows become columns; the value is a matrix.
    pub(crate) fn transpose(&self) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::transpose(array)),
        }
    }

    /// The first two axes change places: `[a, b, ..]` becomes `[b, a, ..]`.
    pub(crate) fn swap(&self) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::swap(array)),
        }
    }

    /// The part of `axis` in `range`; without a copy on axis 0.
    pub(crate) fn slice(&self, axis: usize, range: Range<usize>) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::slice(array, axis, range)),
        }
    }

    /// Zeros of `shape` with this value laid in from `start` on along `axis`: the reverse of `slice`.
    pub(crate) fn embed(&self, axis: usize, start: usize, shape: &[usize]) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::embed(array, axis, start, shape)),
        }
    }

    /// One after the other along `axis`; at least one part, all on one device.
    pub(crate) fn concat(parts: &[&Value], axis: usize) -> Value {
        match parts[0] {
            Value::Cpu(_) => {
                let arrays: Vec<&cpu::Array> = parts.iter().map(|Value::Cpu(array)| array).collect();
                Value::Cpu(cpu::shape::concat(&arrays, axis))
            }
        }
    }

    /// The given rows (positions on axis 0), in that order.
    pub(crate) fn gather(&self, rows: &[usize]) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::gather(array, rows)),
        }
    }

    /// The rows of this matrix with the given numbers, which are whole and in range: `[..]` gives `[.., width]`.
    pub(crate) fn lookup(&self, numbers: &Value) -> Value {
        match (self, numbers) {
            (Value::Cpu(table), Value::Cpu(numbers)) => Value::Cpu(cpu::lookup::lookup(table, numbers)),
        }
    }

    /// Zeros of `rows` rows, to which those of this value are added by their numbers: the reverse of `lookup`.
    pub(crate) fn lookup_gradient(&self, numbers: &Value, rows: usize) -> Value {
        match (self, numbers) {
            (Value::Cpu(gradient), Value::Cpu(numbers)) => {
                Value::Cpu(cpu::lookup::lookup_gradient(gradient, numbers, rows))
            }
        }
    }

    /// Repeated along new axes on the left and along axes of size 1 until it has `shape`.
    pub(crate) fn broadcast(&self, shape: &[usize]) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::broadcast(array, shape)),
        }
    }

    // Element by element.

    pub(crate) fn unary(&self, function: Unary) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::elementwise::unary(array, function)),
        }
    }

    /// Both are broadcast to `shape`.
    pub(crate) fn binary(&self, other: &Value, function: Binary, shape: &[usize]) -> Value {
        match (self, other) {
            (Value::Cpu(left), Value::Cpu(right)) => {
                Value::Cpu(cpu::elementwise::binary(left, right, function, shape))
            }
        }
    }

    pub(crate) fn nonlinearity(&self, function: Nonlinearity) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::elementwise::nonlinearity(array, function)),
        }
    }

    /// `self` is the gradient of the output `y`: the gradient of the input.
    pub(crate) fn nonlinearity_gradient(&self, y: &Value, function: Nonlinearity) -> Value {
        match (self, y) {
            (Value::Cpu(gradient), Value::Cpu(y)) => {
                Value::Cpu(cpu::elementwise::nonlinearity_gradient(gradient, y, function))
            }
        }
    }

    // Reductions.

    /// Along one axis, which disappears, or over everything.
    pub(crate) fn reduce(&self, reduction: Reduction, axis: Option<usize>) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::reduce::reduce(array, reduction, axis)),
        }
    }

    /// Position of the first largest element along `axis`, which disappears.
    pub(crate) fn argmax(&self, axis: usize) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::reduce::argmax(array, axis)),
        }
    }

    /// Along the last axis.
    pub(crate) fn softmax(&self) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::reduce::softmax(array)),
        }
    }

    /// Cross-entropy of softmax(self) against `targets`, one number per row. `self` is [rows, classes]; `targets` has
    /// the same shape (probabilities) or is [rows] (class numbers, known to be in range).
    pub(crate) fn softmax_cross_entropy(&self, targets: &Value) -> Value {
        match (self, targets) {
            (Value::Cpu(logits), Value::Cpu(targets)) => {
                Value::Cpu(cpu::reduce::softmax_cross_entropy(logits, targets))
            }
        }
    }

    /// Its gradient for `self`, given the gradient of each row's number.
    pub(crate) fn softmax_cross_entropy_gradient(&self, targets: &Value, gradient: &Value) -> Value {
        match (self, targets, gradient) {
            (Value::Cpu(logits), Value::Cpu(targets), Value::Cpu(gradient)) => Value::Cpu(
                cpu::reduce::softmax_cross_entropy_gradient(logits, targets, gradient),
            ),
        }
    }

    /// The mean of (self - targets)^2 over all elements; the shapes agree.
    pub(crate) fn squared_error(&self, targets: &Value) -> Value {
        match (self, targets) {
            (Value::Cpu(a), Value::Cpu(b)) => Value::Cpu(cpu::reduce::squared_error(a, b)),
        }
    }

    /// Its gradient for `self`, given that of the mean.
    pub(crate) fn squared_error_gradient(&self, targets: &Value, gradient: &Value) -> Value {
        match (self, targets, gradient) {
            (Value::Cpu(a), Value::Cpu(b), Value::Cpu(gradient)) => {
                Value::Cpu(cpu::reduce::squared_error_gradient(a, b, gradient))
            }
        }
    }

    // Images.

    /// Images `[n, height, width, channels]`, each seen through its own map, with linear interpolation.
    pub(crate) fn warp(&self, maps: &[PlaneMap], beyond: Beyond) -> Value {
        match self {
            Value::Cpu(images) => Value::Cpu(cpu::warp::warp(images, maps, beyond)),
        }
    }

    /// `self` is the gradient of the result: the gradient of the images.
    pub(crate) fn warp_gradient(&self, maps: &[PlaneMap], beyond: Beyond) -> Value {
        match self {
            Value::Cpu(gradient) => Value::Cpu(cpu::warp::warp_gradient(gradient, maps, beyond)),
        }
    }

    // Recurrence.

    /// The states of a cell before the first and after each step, `[steps + 1, batch, units]`, and what the derivative needs
    /// besides; for an LSTM the second of these are the states of the cell, in the same shape. `self` is
    /// `[steps, batch, in]`; `start` is the first state, for an LSTM also that of the cell, each `[batch, units]`.
    pub(crate) fn recurrent(
        &self,
        cell: Cell,
        [kernel, recurrent, bias]: [&Value; 3],
        start: &[&Value],
    ) -> (Value, Vec<Value>) {
        match (self, kernel, recurrent, bias) {
            (Value::Cpu(x), Value::Cpu(kernel), Value::Cpu(recurrent), Value::Cpu(bias)) => {
                let start: Vec<&cpu::Array> = start.iter().map(|Value::Cpu(array)| array).collect();
                let steps = cpu::recurrent::run(cell, [x, kernel, recurrent, bias], &start);
                let kept = steps.kept.into_iter().map(Value::Cpu).collect();
                (Value::Cpu(steps.states), kept)
            }
        }
    }

    /// `self` is the gradient of the states: the gradients of what the inputs added to the gates, and of what the states
    /// added where that is another one (GRU); each `[steps · batch, gates · units]`.
    pub(crate) fn recurrent_gradient(
        &self,
        cell: Cell,
        [x, recurrent, states]: [&Value; 3],
        kept: &[&Value],
    ) -> (Value, Option<Value>) {
        match (self, x, recurrent, states) {
            (Value::Cpu(gradient), Value::Cpu(x), Value::Cpu(recurrent), Value::Cpu(states)) => {
                let kept: Vec<&cpu::Array> = kept.iter().map(|Value::Cpu(array)| array).collect();
                let (gates, inner) = cpu::recurrent::back(cell, [x, recurrent, states, gradient], &kept);
                (Value::Cpu(gates), inner.map(Value::Cpu))
            }
        }
    }

    // Normalisation. Of three results the first is y, the others mean and variance.

    /// (self - mean) / sqrt(variance + epsilon) · scale + shift, with the statistics of each column (last axis) over all
    /// rows, or of each row over all columns.
    pub(crate) fn normalise(&self, scale: &Value, shift: &Value, over: Over, epsilon: f32) -> [Value; 3] {
        match (self, scale, shift) {
            (Value::Cpu(x), Value::Cpu(scale), Value::Cpu(shift)) => {
                let normalise = match over {
                    Over::Rows => cpu::normalise::columns,
                    Over::Columns => cpu::normalise::rows,
                };
                normalise(x, scale, shift, epsilon).map(Value::Cpu)
            }
        }
    }

    /// `self` is the gradient of y: the gradients of x, scale and shift.
    pub(crate) fn normalise_gradient(
        &self,
        [x, scale, mean, variance]: [&Value; 4],
        over: Over,
        epsilon: f32,
    ) -> [Value; 3] {
        match (self, x, scale, mean, variance) {
            (Value::Cpu(g), Value::Cpu(x), Value::Cpu(scale), Value::Cpu(mean), Value::Cpu(variance)) => {
                let gradients = match over {
                    Over::Rows => cpu::normalise::columns_gradient,
                    Over::Columns => cpu::normalise::rows_gradient,
                };
                gradients([x, scale, mean, variance, g], epsilon).map(Value::Cpu)
            }
        }
    }

    // Products.

    /// Matrix product; each side is taken transposed where its flag says so, without a copy.
    pub(crate) fn matmul(&self, transposed: bool, right: &Value, right_transposed: bool) -> Value {
        match (self, right) {
            (Value::Cpu(left), Value::Cpu(right)) => {
                Value::Cpu(cpu::product::matmul(left, transposed, right, right_transposed))
            }
        }
    }

    /// function(self · weights + bias) in one pass over the result: [rows, in] x [in, out] + [out].
    pub(crate) fn affine(&self, weights: &Value, bias: &Value, function: Nonlinearity) -> Value {
        match (self, weights, bias) {
            (Value::Cpu(x), Value::Cpu(weights), Value::Cpu(bias)) => {
                Value::Cpu(cpu::product::affine(x, weights, bias, function))
            }
        }
    }

    // Windows over images [n, height, width, channels].

    /// function(self ⋆ filters + bias), see [`Window`].
    pub(crate) fn conv2d(
        &self,
        filters: &Value,
        bias: Option<&Value>,
        function: Nonlinearity,
        window: &Window,
    ) -> Value {
        match (self, filters) {
            (Value::Cpu(x), Value::Cpu(filters)) => {
                let bias = bias.map(|Value::Cpu(bias)| bias);
                Value::Cpu(cpu::convolution::conv2d(x, filters, bias, function, window))
            }
        }
    }

    /// The reverse: from the places of the window to images of this height and width.
    pub(crate) fn conv2d_transpose(
        &self,
        filters: &Value,
        bias: Option<&Value>,
        function: Nonlinearity,
        window: &Window,
        size: [usize; 2],
    ) -> Value {
        match (self, filters) {
            (Value::Cpu(x), Value::Cpu(filters)) => {
                let bias = bias.map(|Value::Cpu(bias)| bias);
                Value::Cpu(cpu::convolution::conv2d_transpose(
                    x, filters, bias, function, window, size,
                ))
            }
        }
    }

    /// The largest number in each window `pool` over function(self ⋆ filters + bias), and which of its pixels that is.
    pub(crate) fn conv2d_max_pool(
        &self,
        filters: &Value,
        bias: &Value,
        function: Nonlinearity,
        windows: [&Window; 2],
    ) -> (Value, Value) {
        match (self, filters, bias) {
            (Value::Cpu(x), Value::Cpu(filters), Value::Cpu(bias)) => {
                let (most, winners) = cpu::convolution::conv2d_max_pool(x, filters, bias, function, windows);
                (Value::Cpu(most), Value::Cpu(winners))
            }
        }
    }

    /// `self` is the gradient of y = function(x ⋆ filters + bias), or of a max-pool over it with these winners: those of x (if
    /// asked for), filters and bias.
    pub(crate) fn conv2d_gradients(
        &self,
        [x, filters, y]: [&Value; 3],
        function: Nonlinearity,
        window: &Window,
        pool: Option<(&Window, &Value)>,
        for_images: bool,
    ) -> ConvolutionGradients<Value> {
        match (x, filters, y, self) {
            (Value::Cpu(x), Value::Cpu(filters), Value::Cpu(y), Value::Cpu(g)) => {
                let pool = pool.map(|(pool, Value::Cpu(winners))| (pool, winners));
                let of = [x, filters, y, g];
                let found = cpu::convolution::conv2d_gradients(of, function, window, pool, for_images);
                ConvolutionGradients {
                    images: found.images.map(Value::Cpu),
                    filters: Value::Cpu(found.filters),
                    bias: Value::Cpu(found.bias),
                }
            }
        }
    }

    /// The largest number of each window, and which of its pixels that is: the first of the largest, counted row by row.
    pub(crate) fn max_pool(&self, window: &Window) -> (Value, Value) {
        match self {
            Value::Cpu(x) => {
                let (most, winners) = cpu::pool::max_pool(x, window);
                (Value::Cpu(most), Value::Cpu(winners))
            }
        }
    }

    /// `self` is the gradient of a max_pool with these winners: that of images of this height and width.
    pub(crate) fn max_pool_gradient(&self, winners: &Value, image: [usize; 2], window: &Window) -> Value {
        match (winners, self) {
            (Value::Cpu(winners), Value::Cpu(g)) => {
                Value::Cpu(cpu::pool::max_pool_gradient(g, winners, image, window))
            }
        }
    }

    /// The mean of each window.
    pub(crate) fn avg_pool(&self, window: &Window) -> Value {
        match self {
            Value::Cpu(x) => Value::Cpu(cpu::pool::avg_pool(x, window)),
        }
    }

    /// `self` is the gradient of an avg_pool: that of images of this height and width.
    pub(crate) fn avg_pool_gradient(&self, image: [usize; 2], window: &Window) -> Value {
        match self {
            Value::Cpu(g) => Value::Cpu(cpu::pool::avg_pool_gradient(g, image, window)),
        }
    }

    // Optimizer steps, in place: one walk over weights, gradient and state. A value shared with others is copied first.

    pub(crate) fn optimizer_step(
        &mut self,
        gradient: &Value,
        memory: &mut [Value],
        rule: StepRule,
        scale: StepScale,
    ) {
        match (self, gradient) {
            (Value::Cpu(weights), Value::Cpu(gradient)) => {
                let memory = memory.iter_mut().map(|Value::Cpu(buffer)| buffer);
                cpu::step::step(weights, gradient, memory, rule, scale);
            }
        }
    }

    /// The sum of the squares of all elements.
    pub(crate) fn sum_of_squares(&self) -> f64 {
        match self {
            Value::Cpu(array) => cpu::step::sum_of_squares(array),
        }
    }
}
