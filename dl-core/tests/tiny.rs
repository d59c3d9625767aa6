//! The core in one sitting: from `tensor!` to a network that learns XOR.

use dl_core::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tests run side by side, but there is one generator: who wants its own sequence keeps the others waiting.
fn seed_alone(number: u64) -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    seed(number);
    turn
}

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
    assert_ne!(x, x.reshape([3, 2]));
}

#[test]
fn operators_take_owned_and_borrowed_sides_and_numbers() {
    let (a, b) = (tensor![1., 2.], tensor![10., 20.]);
    let sums = [&a + &b, a.clone() + &b, &a + b.clone(), a.clone() + b.clone()];
    assert!(sums.iter().all(|sum| *sum == tensor![11., 22.]));
    assert_eq!(2.0 * &a - 1.0, tensor![1., 3.]);
    assert_eq!(-(1.0 - a.clone()) / &a, tensor![0., 0.5]);
    assert_eq!(&a * tensor![[1.], [2.]], tensor![[1., 2.], [2., 4.]]);
    let mut c = a;
    c += &b;
    c /= 11.0;
    assert_eq!(c, tensor![1., 2.]);
}

#[test]
fn matrices_multiply_turn_and_split() {
    let x = tensor![[1., 2.], [3., 4.], [5., 6.]];
    assert_eq!(x.t().matmul(&x), tensor![[35., 44.], [44., 56.]]);
    assert_eq!(x.rows(1..3).slice(1, 0..1), tensor![[3.], [5.]]);
    assert_eq!(
        Tensor::concat(&[&x.rows(0..1), &x.rows(2..3)], 0),
        tensor![[1., 2.], [5., 6.]]
    );
    assert_eq!(
        (x.sum().item(), x.mean().item(), x.max().item(), x.min().item()),
        (21., 3.5, 6., 1.)
    );
    assert_eq!(x.mean_axis(0), tensor![3., 4.]);
    assert_eq!(x.argmax_axis(1), tensor![1., 1., 1.]);
}

#[test]
fn gradients_come_back_from_the_loss() {
    let x = tensor![[1., 2.], [3., 4.]];
    let w = tensor![[1.], [-1.]].track();
    let loss = (x.matmul(&w) - tensor![[0.], [1.]]).square().mean();
    assert_eq!(loss.item(), 2.5);
    assert_eq!(loss.backward().of(&w), tensor![[-7.], [-10.]]);
}

#[test]
fn a_seed_makes_everything_repeatable() {
    let run = || {
        let _turn = seed_alone(7);
        let data = xor(60, 0.1);
        let mut model = Sequential::new([2])
            .add(Dense::new(4).activation(ReLU).kernel_initialiser(HeNormal))
            .add(Dropout::new(0.2))
            .add(Dense::new(1));
        model.compile(Adam::new(0.01), BinaryCrossentropy::from_logits(), [Accuracy]);
        let history = model
            .fit(&data, Fit::epochs(3).batch_size(7).silent())
            .expect("learns");
        (model.weights(), history)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_network_learns_xor_by_hand_and_as_a_model() {
    let x = tensor![[0., 0.], [0., 1.], [1., 0.], [1., 1.]];
    let y = tensor![[0.], [1.], [1.], [0.]];

    let _turn = seed_alone(3);
    let mut w1 = Tensor::randn([2, 8]).track();
    let mut b1 = Tensor::zeros([8]).track();
    let mut w2 = Tensor::randn([8, 1]).track();
    for _ in 0..500 {
        let loss = ((x.matmul(&w1) + &b1).tanh().matmul(&w2).sigmoid() - &y)
            .square()
            .mean();
        let g = loss.backward();
        let (dw1, db1, dw2) = (g.of(&w1), g.of(&b1), g.of(&w2));
        w1 -= 1.0 * dw1;
        b1 -= 1.0 * db1;
        w2 -= 1.0 * dw2;
    }
    let by_hand = (x.matmul(&w1) + &b1).tanh().matmul(&w2).sigmoid();
    assert!((by_hand - &y).abs().max().item() < 0.2);

    seed(1);
    let data = Dataset::new(x.clone(), y.clone());
    let mut model = Sequential::new([2])
        .add(Dense::new(8).activation(Tanh))
        .add(Dense::new(1).activation(Sigmoid));
    model.compile(SGD::new(0.5).momentum(0.9), MeanSquaredError::new(), [Accuracy]);
    let before = model.evaluate(&data).expect("judges");
    let history = model
        .fit(&data, Fit::epochs(300).batch_size(4).silent())
        .expect("learns");
    let after = model.evaluate(&data).expect("judges");
    assert!(after.loss() < 0.1 * before.loss() && after.get("accuracy") == 1.0);
    assert_eq!(history.epochs(), 300);
    assert!((model.predict(&x).expect("predicts") - y).abs().max().item() < 0.2);
}
