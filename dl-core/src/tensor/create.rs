//! Making tensors: from numbers, from `ndarray`, from the random generator. Device: always the CPU; see [`Tensor::to`].

use super::Tensor;
use crate::backend::Value;
use crate::device::Device;
use crate::error::Error;
use crate::random;
use ndarray::{ArrayBase, ArrayD, Data, Dimension};

/// A tensor from literals, nested as deep as its rank.
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(tensor![[0., 1., 2.], [3., 4., 5.]].shape(), [2, 3]);
/// assert_eq!(tensor![1, 2, 3], Tensor::from_vec(vec![1., 2., 3.], [3]));
/// ```
#[macro_export]
macro_rules! tensor {
    () => { $crate::Tensor::zeros([0]) };
    ($element:expr; $count:expr) => { $crate::Tensor::from([$element; $count]) };
    ($($element:expr),+ $(,)?) => { $crate::Tensor::from([$($element),+]) };
}

/// Numbers, and arrays or vectors of them nested to any depth: what [`tensor!`](crate::tensor!) and
/// `Tensor::from` take.
///
/// ```
/// use dl_core::prelude::*;
/// let rows: Vec<Vec<f32>> = vec![vec![1., 2.], vec![3., 4.]];
/// assert_eq!(Tensor::from(rows), tensor![[1., 2.], [3., 4.]]);
/// ```
pub trait Nested {
    /// Adds the sizes of this level and those below; the first element of each level speaks for the others.
    fn extend_shape(&self, shape: &mut Vec<usize>);
    /// Adds the numbers. Returns false if this level does not have the sizes `shape`.
    fn extend_values(&self, shape: &[usize], values: &mut Vec<f32>) -> bool;
}

macro_rules! number {
    ($($number:ty),*) => { $(
        impl Nested for $number {
            fn extend_shape(&self, _: &mut Vec<usize>) {}
            fn extend_values(&self, _: &[usize], values: &mut Vec<f32>) -> bool {
                values.push(*self as f32);
                true
            }
        }
    )* };
}
number!(f32, f64, i8, u8, i16, u16, i32, u32, i64, u64, usize, isize);

impl<T: Nested> Nested for [T] {
    fn extend_shape(&self, shape: &mut Vec<usize>) {
        shape.push(self.len());
        if let Some(first) = self.first() {
            first.extend_shape(shape);
        }
    }
    fn extend_values(&self, shape: &[usize], values: &mut Vec<f32>) -> bool {
        self.len() == shape[0]
            && self
                .iter()
                .all(|element| element.extend_values(&shape[1..], values))
    }
}

macro_rules! forward_to_slice {
    ($([$($generic:tt)*] $list:ty),*) => { $(
        impl<$($generic)*> Nested for $list {
            fn extend_shape(&self, shape: &mut Vec<usize>) {
                self[..].extend_shape(shape);
            }
            fn extend_values(&self, shape: &[usize], values: &mut Vec<f32>) -> bool {
                self[..].extend_values(shape, values)
            }
        }
    )* };
}
forward_to_slice!([T: Nested, const N: usize] [T; N], [T: Nested] Vec<T>);

impl<T: Nested + ?Sized> Nested for &T {
    fn extend_shape(&self, shape: &mut Vec<usize>) {
        (**self).extend_shape(shape);
    }
    fn extend_values(&self, shape: &[usize], values: &mut Vec<f32>) -> bool {
        (**self).extend_values(shape, values)
    }
}

/// From numbers nested to any depth; panics if inner lists have different lengths.
impl<T: Nested> From<T> for Tensor {
    #[track_caller]
    fn from(nested: T) -> Tensor {
        from_nested(&nested)
    }
}

// Not generic: what is, each cell of a notebook compiles again.
#[track_caller]
fn from_nested(nested: &dyn Nested) -> Tensor {
    let (mut shape, mut values) = (Vec::new(), Vec::new());
    nested.extend_shape(&mut shape);
    if !nested.extend_values(&shape, &mut values) {
        Error::shape(
            "tensor",
            "the lists inside have different lengths",
            "every row needs the same number of elements",
        )
        .raise();
    }
    Tensor::leaf(Value::from_vec(values, &shape))
}

/// From an `ndarray` array of any rank; no copy if its elements are in standard order.
impl<D: Dimension> From<ndarray::Array<f32, D>> for Tensor {
    fn from(array: ndarray::Array<f32, D>) -> Tensor {
        Tensor::leaf(Value::from_array(array.into_dyn()))
    }
}

/// From a borrowed `ndarray` array or view; copies.
impl<S: Data<Elem = f32>, D: Dimension> From<&ArrayBase<S, D>> for Tensor {
    fn from(array: &ArrayBase<S, D>) -> Tensor {
        Tensor::leaf(Value::from_array(array.to_owned().into_dyn()))
    }
}

impl From<&Tensor> for ArrayD<f32> {
    fn from(tensor: &Tensor) -> ArrayD<f32> {
        tensor.to_ndarray()
    }
}

impl Tensor {
    /// A tensor of `shape` from `values`, the last axis running fastest.
    ///
    /// # Panics
    /// If their number is not the product of the shape.
    #[track_caller]
    pub fn from_vec(values: Vec<f32>, shape: impl AsRef<[usize]>) -> Tensor {
        let shape = shape.as_ref();
        if element_count(shape) != Some(values.len()) {
            let hint = format!("the {} values fit shape [{}]", values.len(), values.len());
            Error::ElementCount {
                op: "from_vec",
                count: values.len(),
                shape: shape.to_vec(),
                hint,
            }
            .raise();
        }
        Tensor::leaf(Value::from_vec(values, shape))
    }

    /// All elements 0.
    ///
    /// # Panics
    /// As the other constructors do: if the machine has not the memory for so many elements.
    #[track_caller]
    pub fn zeros(shape: impl AsRef<[usize]>) -> Tensor {
        let shape = shape.as_ref();
        Tensor::leaf(Value::from_vec(filled("zeros", shape, 0.0), shape))
    }

    /// All elements 1.
    #[track_caller]
    pub fn ones(shape: impl AsRef<[usize]>) -> Tensor {
        let shape = shape.as_ref();
        Tensor::leaf(Value::from_vec(filled("ones", shape, 1.0), shape))
    }

    /// All elements `number`.
    #[track_caller]
    pub fn full(shape: impl AsRef<[usize]>, number: f32) -> Tensor {
        let shape = shape.as_ref();
        Tensor::leaf(Value::from_vec(filled("full", shape, number), shape))
    }

    /// All elements `number`, made on the device itself.
    pub(crate) fn filled_on(device: Device, shape: &[usize], number: f32) -> Tensor {
        Tensor::leaf(Value::filled(number, shape, device))
    }

    /// The identity matrix `[size, size]`: 1 on the diagonal, else 0.
    #[track_caller]
    pub fn eye(size: usize) -> Tensor {
        let mut values = filled("eye", &[size, size], 0.0);
        values
            .iter_mut()
            .step_by(size + 1)
            .for_each(|diagonal| *diagonal = 1.0);
        Tensor::leaf(Value::from_vec(values, &[size, size]))
    }

    /// The numbers `start`, `start + step`, ... up to but without `end`; none if `step` leads away from `end`.
    ///
    /// # Panics
    /// If `step` is 0, one of the numbers is not finite, or the machine has not the memory for so many elements.
    #[track_caller]
    pub fn arange(start: f32, end: f32, step: f32) -> Tensor {
        if step == 0.0 || ![start, end, step].iter().all(|number| number.is_finite()) {
            Error::shape(
                "arange",
                format!("no finite list goes from {start} to {end} in steps of {step}"),
                "for a given number of points use Tensor::linspace(start, end, count)",
            )
            .raise();
        }
        let (start, end, step) = (f64::from(start), f64::from(end), f64::from(step));
        let count = ((end - start) / step).ceil().max(0.0) as usize;
        let mut values = filled("arange", &[count], 0.0);
        for (i, value) in values.iter_mut().enumerate() {
            *value = (start + i as f64 * step) as f32;
        }
        Tensor::leaf(Value::from_vec(values, &[count]))
    }

    /// `count` numbers at equal distance from `start` to `end`, both included.
    #[track_caller]
    pub fn linspace(start: f32, end: f32, count: usize) -> Tensor {
        let step = (f64::from(end) - f64::from(start)) / (count.max(2) - 1) as f64;
        let mut values = filled("linspace", &[count], 0.0);
        for (i, value) in values.iter_mut().enumerate() {
            *value = if i + 1 == count && count > 1 {
                end
            } else {
                (f64::from(start) + i as f64 * step) as f32
            };
        }
        Tensor::leaf(Value::from_vec(values, &[count]))
    }

    /// Random numbers from the normal distribution with mean 0 and standard deviation 1; see [`seed`](crate::seed).
    #[track_caller]
    pub fn randn(shape: impl AsRef<[usize]>) -> Tensor {
        let shape = shape.as_ref();
        let mut values = filled("randn", shape, 0.0);
        random::fill_normal(&mut values);
        Tensor::leaf(Value::from_vec(values, shape))
    }

    /// Random numbers from the normal distribution with mean 0 and standard deviation 1, none farther than 2 from 0.
    #[track_caller]
    pub(crate) fn truncated_normal(shape: &[usize]) -> Tensor {
        let mut values = filled("truncated normal", shape, 0.0);
        random::fill_truncated_normal(&mut values);
        Tensor::leaf(Value::from_vec(values, shape))
    }

    /// Random numbers, all between `low` (included) and `high` (excluded) equally likely; see [`seed`](crate::seed). With
    /// `low` and `high` equal, all are that number.
    ///
    /// # Panics
    /// If `low` is larger than `high`, or their distance no finite number.
    #[track_caller]
    pub fn uniform(shape: impl AsRef<[usize]>, low: f32, high: f32) -> Tensor {
        let shape = shape.as_ref();
        if low > high || !(high - low).is_finite() {
            Error::shape(
                "uniform",
                format!("no numbers are drawn between {low} and {high}"),
                "give the smaller limit first: Tensor::uniform([2, 3], -1., 1.)",
            )
            .raise();
        }
        let mut values = filled("uniform", shape, 0.0);
        random::fill_uniform(&mut values, low, high);
        Tensor::leaf(Value::from_vec(values, shape))
    }
}

/// The product of the sizes; `None` if it cannot even be counted.
pub(crate) fn element_count(shape: &[usize]) -> Option<usize> {
    // A size 0 makes it 0, whatever the others are.
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .try_fold(1_usize, |count, &size| count.checked_mul(size))
}

/// One number for each element of the shape, or the learner's message if there is no memory for them: without it, the
/// process would be aborted.
#[track_caller]
fn filled(op: &'static str, shape: &[usize], number: f32) -> Vec<f32> {
    let mut values = Vec::new();
    match element_count(shape).map(|count| (count, values.try_reserve_exact(count))) {
        Some((count, Ok(()))) => values.resize(count, number),
        _ => Error::TooLarge {
            op,
            shape: shape.to_vec(),
        }
        .raise(),
    }
    values
}
