//! Primitives of windows over images `[n, height, width, channels]`.

use super::super::{ConvolutionGradients, Nonlinearity, Value, Window, cpu, cuda};
use super::{apart, check_cards};

impl Value {
    /// function(self ⋆ filters + bias), see [`Window`].
    #[track_caller]
    pub(crate) fn conv2d(
        &self,
        filters: &Value,
        bias: Option<&Value>,
        function: Nonlinearity,
        window: &Window,
    ) -> Value {
        check_cards("conv2d", &[self, filters, bias.unwrap_or(filters)]);
        match (self, filters, bias) {
            (Value::Cpu(x), Value::Cpu(filters), None | Some(Value::Cpu(_))) => {
                let bias = bias.and_then(Value::on_cpu);
                Value::Cpu(cpu::convolution::conv2d(x, filters, bias, function, window))
            }
            (Value::Cuda(x), Value::Cuda(filters), None | Some(Value::Cuda(_))) => {
                let bias = bias.and_then(Value::on_cuda);
                Value::Cuda(cuda::convolution::conv2d(x, filters, bias, function, window))
            }
            _ => apart("conv2d", &[self, filters, bias.unwrap_or(filters)]),
        }
    }

    /// The reverse: from the places of the window to images of this height and width.
    #[track_caller]
    pub(crate) fn conv2d_transpose(
        &self,
        filters: &Value,
        bias: Option<&Value>,
        function: Nonlinearity,
        window: &Window,
        size: [usize; 2],
    ) -> Value {
        check_cards("Conv2DTranspose", &[self, filters, bias.unwrap_or(filters)]);
        match (self, filters, bias) {
            (Value::Cpu(x), Value::Cpu(filters), None | Some(Value::Cpu(_))) => {
                let bias = bias.and_then(Value::on_cpu);
                Value::Cpu(cpu::convolution::conv2d_transpose(
                    x, filters, bias, function, window, size,
                ))
            }
            (Value::Cuda(x), Value::Cuda(filters), None | Some(Value::Cuda(_))) => {
                let bias = bias.and_then(Value::on_cuda);
                Value::Cuda(cuda::convolution::conv2d_transpose(
                    x, filters, bias, function, window, size,
                ))
            }
            _ => apart("Conv2DTranspose", &[self, filters, bias.unwrap_or(filters)]),
        }
    }

    /// The largest number in each window `pool` over function(self ⋆ filters + bias), and which of its pixels that is.
    #[track_caller]
    pub(crate) fn conv2d_max_pool(
        &self,
        filters: &Value,
        bias: &Value,
        function: Nonlinearity,
        windows: [&Window; 2],
    ) -> (Value, Value) {
        check_cards("conv2d", &[self, filters, bias]);
        match (self, filters, bias) {
            (Value::Cpu(x), Value::Cpu(filters), Value::Cpu(bias)) => {
                let (most, winners) = cpu::convolution::conv2d_max_pool(x, filters, bias, function, windows);
                (Value::Cpu(most), Value::Cpu(winners))
            }
            (Value::Cuda(x), Value::Cuda(filters), Value::Cuda(bias)) => {
                let (most, winners) = cuda::convolution::conv2d_max_pool(x, filters, bias, function, windows);
                (Value::Cuda(most), Value::Cuda(winners))
            }
            _ => apart("conv2d", &[self, filters, bias]),
        }
    }

    /// `self` is the gradient of y = function(x ⋆ filters + bias), or of a max-pool over it with these winners: those of x (if
    /// asked for), filters and bias.
    #[track_caller]
    pub(crate) fn conv2d_gradients(
        &self,
        [x, filters, y]: [&Value; 3],
        function: Nonlinearity,
        window: &Window,
        pool: Option<(&Window, &Value)>,
        for_images: bool,
    ) -> ConvolutionGradients<Value> {
        check_cards("the derivative of conv2d", &[self, x, filters, y]);
        const OP: &str = "the derivative of conv2d";
        match (x, filters, y, self) {
            (Value::Cpu(x), Value::Cpu(filters), Value::Cpu(y), Value::Cpu(g)) => {
                let pool = pool.map(|(pool, winners)| {
                    let winners = winners.on_cpu().unwrap_or_else(|| apart(OP, &[self, winners]));
                    (pool, winners)
                });
                let of = [x, filters, y, g];
                let found = cpu::convolution::conv2d_gradients(of, function, window, pool, for_images);
                found.map(Value::Cpu)
            }
            (Value::Cuda(x), Value::Cuda(filters), Value::Cuda(y), Value::Cuda(g)) => {
                let pool = pool.map(|(pool, winners)| {
                    let winners = winners.on_cuda().unwrap_or_else(|| apart(OP, &[self, winners]));
                    (pool, winners)
                });
                let of = [x, filters, y, g];
                let found = cuda::convolution::conv2d_gradients(of, function, window, pool, for_images);
                found.map(Value::Cuda)
            }
            _ => apart(OP, &[self, x, filters]),
        }
    }

    /// The largest number of each window, and which of its pixels that is: the first of the largest, counted row by row.
    pub(crate) fn max_pool(&self, window: &Window) -> (Value, Value) {
        match self {
            Value::Cpu(x) => {
                let (most, winners) = cpu::pool::max_pool(x, window);
                (Value::Cpu(most), Value::Cpu(winners))
            }
            Value::Cuda(x) => {
                let (most, winners) = cuda::pool::max_pool(x, window);
                (Value::Cuda(most), Value::Cuda(winners))
            }
        }
    }

    /// `self` is the gradient of a max_pool with these winners: that of images of this height and width.
    #[track_caller]
    pub(crate) fn max_pool_gradient(&self, winners: &Value, image: [usize; 2], window: &Window) -> Value {
        check_cards("the derivative of max_pool2d", &[self, winners]);
        match (winners, self) {
            (Value::Cpu(winners), Value::Cpu(g)) => {
                Value::Cpu(cpu::pool::max_pool_gradient(g, winners, image, window))
            }
            (Value::Cuda(winners), Value::Cuda(g)) => {
                Value::Cuda(cuda::pool::max_pool_gradient(g, winners, image, window))
            }
            _ => apart("the derivative of max_pool2d", &[self, winners]),
        }
    }

    /// The mean of each window.
    pub(crate) fn avg_pool(&self, window: &Window) -> Value {
        match self {
            Value::Cpu(x) => Value::Cpu(cpu::pool::avg_pool(x, window)),
            Value::Cuda(x) => Value::Cuda(cuda::pool::avg_pool(x, window)),
        }
    }

    /// `self` is the gradient of an avg_pool: that of images of this height and width.
    pub(crate) fn avg_pool_gradient(&self, image: [usize; 2], window: &Window) -> Value {
        match self {
            Value::Cpu(g) => Value::Cpu(cpu::pool::avg_pool_gradient(g, image, window)),
            Value::Cuda(g) => Value::Cuda(cuda::pool::avg_pool_gradient(g, image, window)),
        }
    }
}

impl<T> ConvolutionGradients<T> {
    fn map<U>(self, wrap: impl Fn(T) -> U) -> ConvolutionGradients<U> {
        ConvolutionGradients {
            images: self.images.map(&wrap),
            filters: wrap(self.filters),
            bias: wrap(self.bias),
        }
    }
}
