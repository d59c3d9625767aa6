//! Tensors that are the same but for rounding.

use dl_core::Tensor;

/// Whether two tensors have the same shape, and no number differs from its counterpart by more than `tolerance`. A number that
/// is NaN is close to nothing.
///
/// ```
/// # use hebb_batch::prelude::*;
/// let a = tensor![0.1, 0.2] + 0.2;
/// assert!(close(&a, &tensor![0.3, 0.4], 1e-6));
/// assert!(!close(&a, &tensor![[0.3, 0.4]], 1e-6), "another shape");
/// assert!(!close(&a, &tensor![0.3, f32::NAN], 1e9));
/// ```
///
/// # Panics
/// If `tolerance` is negative or NaN: nothing could be close then, or everything.
#[track_caller]
pub fn close(a: &Tensor, b: &Tensor, tolerance: f32) -> bool {
    assert!(
        tolerance >= 0.0,
        "close: the tolerance is {tolerance}\nhint: give the largest difference that is allowed, such as 1e-5"
    );
    // Equal infinities have no difference that is a number.
    let near = |(a, b): (&f32, &f32)| a == b || (a - b).abs() <= tolerance && a.is_finite() && b.is_finite();
    a.shape() == b.shape() && a.to_vec().iter().zip(&b.to_vec()).all(near)
}

#[cfg(test)]
mod tests {
    use dl_core::tensor;

    use super::*;

    #[test]
    fn shape_and_every_number_count() {
        let a = tensor![1., -2.];
        assert!(close(&a, &tensor![1.0001, -2.0001], 0.001));
        assert!(!close(&a, &tensor![1.0001, -2.01], 0.001));
        assert!(close(&a, &a, 0.0));
        assert!(!close(&a, &tensor![1.], 10.0));
        assert!(!close(&tensor![[1.], [-2.]], &a, 10.0));
        assert!(close(&Tensor::zeros([0]), &Tensor::zeros([0]), 0.0));
        let infinite = tensor![f32::INFINITY];
        assert!(close(&infinite, &infinite, 0.0) && !close(&infinite, &tensor![f32::MAX], f32::INFINITY));
        assert!(!close(&tensor![f32::NAN], &tensor![f32::NAN], f32::INFINITY));
        for tolerance in [-1.0, f32::NAN] {
            assert!(
                std::panic::catch_unwind(|| close(&Tensor::ones([1]), &Tensor::ones([1]), tolerance))
                    .is_err()
            );
        }
    }
}
