//! The core in one sitting: from `tensor!` to a network that learns XOR.

use dl_core::prelude::*;

#[test]
fn tensors_hold_what_they_were_given() {
    let x = tensor![[0., 1., 2.], [3., 4., 5.]];
    assert_eq!((x.shape(), x.rank(), x.len()), (&[2, 3][..], 2, 6));
    assert_eq!(x.at([1, 0]), 3.0);
    assert_eq!(x.to_vec(), [0., 1., 2., 3., 4., 5.]);
    assert_eq!(Tensor::from(x.to_ndarray()), x);
    assert_eq!(
        Tensor::from(x.to_ndarray().reversed_axes()),
        tensor![[0., 3.], [1., 4.], [2., 5.]]
    );
    assert_eq!(Tensor::from(7.0).item(), 7.0);
    assert_eq!(Tensor::arange(0., 1., 0.25), tensor![0., 0.25, 0.5, 0.75]);
    assert_eq!(Tensor::linspace(0., 1., 5), tensor![0., 0.25, 0.5, 0.75, 1.]);
    assert_eq!(Tensor::eye(2), tensor![[1, 0], [0, 1]]);
}
