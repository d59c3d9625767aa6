//! Every derivative against finite differences, with and without broadcasting. That no operation is left out is seen to in
//! `tests/every_op.rs`.

mod every_op;

use crate::prelude::*;

/// The output of `f` as one number: weighted with fixed uneven numbers, so that no element's gradient hides behind another's.
fn loss_of(inputs: &[Tensor], f: &dyn Fn(&[Tensor]) -> Tensor) -> Tensor {
    let y = f(inputs);
    let weights = (0..y.len()).map(|i| 0.5 + (i * 7 % 5) as f32 * 0.3).collect();
    (&y * Tensor::from_vec(weights, y.shape()).to(y.device())).sum()
}

/// Central differences for each element of each input, with steps of `share` of a hundredth of it.
fn slopes(inputs: &[Tensor], f: &dyn Fn(&[Tensor]) -> Tensor, share: f32) -> Vec<Vec<f64>> {
    let slope = |number: usize, i: usize| {
        let values = inputs[number].to_vec();
        let step = share * 1e-2 * values[i].abs().max(0.5);
        let moved = |step: f32| {
            let mut values = values.clone();
            values[i] += step;
            let mut inputs = inputs.to_vec();
            inputs[number] = Tensor::from_vec(values, inputs[number].shape());
            f64::from(loss_of(&inputs, f).item())
        };
        (moved(step) - moved(-step)) / f64::from(2.0 * step)
    };
    let of_input = |number: usize| (0..inputs[number].len()).map(|i| slope(number, i)).collect();
    (0..inputs.len()).map(of_input).collect()
}

/// Compares the gradient of `f` for each input with central differences.
#[track_caller]
fn check_op(inputs: &[Tensor], f: impl Fn(&[Tensor]) -> Tensor) {
    let tracked: Vec<Tensor> = inputs.iter().map(Tensor::track).collect();
    let gradients = loss_of(&tracked, &f).backward();
    for (number, expected) in slopes(inputs, &f, 1.0).into_iter().enumerate() {
        let gradient = gradients.of(&tracked[number]);
        assert_eq!(gradient.shape(), inputs[number].shape(), "input {number}");
        for (i, (found, expected)) in gradient.to_vec().into_iter().zip(expected).enumerate() {
            let close = (f64::from(found) - expected).abs() <= 4e-3 * expected.abs().max(1.0);
            assert!(
                close,
                "input {number}, element {i}: {found}, but finite differences say {expected}"
            );
        }
    }
}

/// Numbers of both signs, none close to 0 or to each other, so that no kink lies within a finite difference.
fn numbers(shape: &[usize]) -> Tensor {
    let count = shape.iter().product();
    let values = (0..count).map(|i| {
        let size = 0.3 + 0.17 * ((i * 5) % 11) as f32 + 0.05 * (i / 11) as f32;
        if i % 3 == 1 { -size } else { size }
    });
    Tensor::from_vec(values.collect(), shape)
}

#[test]
fn of_one_number() {
    let x = numbers(&[3, 4]);
    let positive = x.abs();
    type Function = fn(&Tensor) -> Tensor;
    let rows: [(&Tensor, Function); 19] = [
        (&x, |x| -x),
        (&x, |x| x.exp()),
        (&positive, |x| x.ln()),
        (&positive, |x| x.sqrt()),
        (&x, |x| x.abs()),
        (&x, |x| x.square()),
        (&x, |x| x.powf(3.0)),
        (&positive, |x| x.powf(-1.5)),
        (&x, |x| x.clamp(-0.4, 0.4)),
        (&x, |x| x.sigmoid()),
        (&x, |x| x.tanh()),
        (&x, |x| x.relu()),
        (&x, |x| x.leaky_relu(0.1)),
        (&x, |x| x.elu(1.5)),
        (&x, |x| x.softmax()),
        (&x, |x| 2.0 * x + 1.0),
        (&x, |x| 3.0 - x / 4.0),
        (&x, |x| 1.0 / x),
        (&x, |x| x.to(Device::cpu())),
    ];
    for (x, f) in rows {
        check_op(std::slice::from_ref(x), |inputs| f(&inputs[0]));
    }
    // 0 to the power of 0 is 1, and flat: not 0 times infinity.
    let zero = tensor![0., 2.].track();
    assert_eq!(zero.powf(0.0).sum().backward().of(&zero), tensor![0., 0.]);
}

#[test]
fn of_two_numbers_with_broadcasting() {
    let shapes: [(&[usize], &[usize]); 10] = [
        (&[2, 3], &[2, 3]),
        (&[2, 3], &[3]),
        (&[3], &[2, 3]),
        (&[2, 3], &[2, 1]),
        (&[2, 1], &[1, 3]),
        (&[2, 3], &[]),
        (&[], &[2, 3]),
        (&[2, 2, 3], &[2, 1, 3]),
        (&[2, 2, 3], &[1, 1]),
        (&[2, 1, 2, 2], &[2, 1, 1]),
    ];
    for (left, right) in shapes {
        let inputs = [numbers(left), numbers(right) + 0.1];
        check_op(&inputs, |x| &x[0] + &x[1]);
        check_op(&inputs, |x| &x[0] - &x[1]);
        check_op(&inputs, |x| &x[0] * &x[1]);
        check_op(&inputs, |x| &x[0] / &x[1]);
    }
}

#[test]
fn of_shapes() {
    let x = numbers(&[3, 4]);
    check_op(std::slice::from_ref(&x), |x| {
        x[0].reshape([2, 6]) * numbers(&[2, 6])
    });
    check_op(std::slice::from_ref(&x), |x| x[0].t() * numbers(&[4, 3]));
    check_op(std::slice::from_ref(&x), |x| x[0].slice(1, 1..3).square());
    check_op(std::slice::from_ref(&x), |x| x[0].rows(1..3).square());
    check_op(std::slice::from_ref(&x), |x| x[0].rows(1..1).sum() + x[0].sum());
    let pair = [numbers(&[2, 3]), numbers(&[2, 2])];
    check_op(&pair, |x| Tensor::concat(&[&x[0], &x[1], &x[0]], 1).square());
    check_op(&[numbers(&[2, 1, 2]), numbers(&[3, 1, 2])], |x| {
        Tensor::concat(&[&x[0], &x[1]], 0).square()
    });
}

#[test]
fn of_reductions() {
    let x = numbers(&[2, 3, 2]);
    check_op(std::slice::from_ref(&x), |x| x[0].sum().square());
    check_op(std::slice::from_ref(&x), |x| x[0].mean().square());
    check_op(std::slice::from_ref(&x), |x| x[0].max() * 2.0);
    check_op(std::slice::from_ref(&x), |x| x[0].min() * 2.0);
    for axis in 0..3 {
        check_op(std::slice::from_ref(&x), |x| x[0].sum_axis(axis).square());
        check_op(std::slice::from_ref(&x), |x| x[0].mean_axis(axis).square());
        check_op(std::slice::from_ref(&x), |x| x[0].max_axis(axis));
        check_op(std::slice::from_ref(&x), |x| x[0].min_axis(axis));
    }
    let tied = tensor![1., 3., 3.].track();
    assert_eq!(tied.max().backward().of(&tied), tensor![0., 0.5, 0.5]);
}

#[test]
fn of_products() {
    check_op(&[numbers(&[2, 3]), numbers(&[3, 4])], |x| x[0].matmul(&x[1]));
    check_op(&[numbers(&[3]), numbers(&[3, 4])], |x| x[0].matmul(&x[1]));
    check_op(&[numbers(&[2, 3]), numbers(&[3])], |x| x[0].matmul(&x[1]));
    check_op(&[numbers(&[3]), numbers(&[3])], |x| x[0].matmul(&x[1]));
    check_op(&[numbers(&[3, 2]), numbers(&[3, 4])], |x| x[0].t().matmul(&x[1]));
}

#[test]
fn a_tensor_used_twice_gets_both_parts() {
    check_op(&[numbers(&[2, 2])], |x| &x[0] * &x[0] + x[0].matmul(&x[0]));
    let w = tensor![2.].track();
    let squared = &w * &w;
    let gradients = (&squared * &w + &squared).sum().backward();
    assert_eq!(gradients.of(&w), tensor![16.]); // 3 w^2 + 2 w
    assert_eq!(gradients.of(&squared), tensor![3.]); // w + 1
}

#[test]
fn a_record_of_100_000_steps_is_walked_and_dropped() {
    let w = tensor![1.].track();
    let mut x = w.clone();
    for _ in 0..100_000 {
        x = &x + 1e-6;
    }
    let loss = x.sum();
    assert_eq!(loss.backward().of(&w), tensor![1.]);
    drop((loss, x));
    // The record is gone: the weight's clone above was the last other handle.
    assert_eq!(w, tensor![1.]);
}

#[test]
fn a_weight_updated_in_place_stays_a_weight() {
    let mut w = tensor![4.].track();
    for _ in 0..3 {
        let gradient = w.square().sum().backward().of(&w);
        w -= 0.25 * gradient;
    }
    assert_eq!(w, tensor![0.5]);
    // Of a tracked right side, the record remembers the step.
    let v = tensor![3.].track();
    let mut product = v.clone();
    product *= &v;
    assert_eq!(product.sum().backward().of(&v), tensor![6.]);
}

#[test]
fn constants_leave_no_record() {
    let x = tensor![1., 2.];
    assert!(!(&x * 2.0).is_tracked());
    let w = x.track();
    assert!((&w * 2.0).is_tracked() && !(&w * 2.0).detach().is_tracked());
    assert!(!w.argmax_axis(0).is_tracked());
}

#[test]
fn layers_with_primitives_of_their_own() {
    let of = |layer: &dyn Layer, x: &[Tensor]| layer.forward(&x[0], &Pass::new(&x[1..], true));
    let normal = |columns: usize| [numbers(&[columns]) + 0.1, numbers(&[columns]) - 0.2];
    for shape in [&[5, 3][..], &[2, 2, 2]] {
        let [scale, shift] = normal(*shape.last().expect("a shape"));
        let inputs = [numbers(shape), scale, shift];
        check_op(&inputs, |x| of(&LayerNorm::new(), x));
        check_op(&inputs, |x| {
            let statistics = x[1..].iter().chain(&x[1..]).cloned().collect::<Vec<_>>();
            BatchNorm::new().forward(&x[0], &Pass::new(&statistics, true))
        });
    }
    let of_gates = |gates: usize| {
        let [kernel, recurrent, bias] =
            [[3, 2 * gates], [2, 2 * gates], [1, 2 * gates]].map(|shape| numbers(&shape) * 0.5);
        [
            numbers(&[2, 4, 3]) * 0.5,
            kernel,
            recurrent,
            bias.reshape([2 * gates]),
        ]
    };
    check_op(&of_gates(1), |x| of(&SimpleRNN::new(2), x));
    check_op(&of_gates(1), |x| {
        of(&SimpleRNN::new(2).activation(ELU(0.7)).return_sequences(), x)
    });
    check_op(&of_gates(4), |x| of(&LSTM::new(2), x));
    check_op(&of_gates(4), |x| of(&LSTM::new(2).return_sequences(), x));
    let [x, kernel, recurrent, _] = of_gates(3);
    let inputs = [x, kernel, recurrent, numbers(&[2, 6]) * 0.5];
    check_op(&inputs, |x| of(&GRU::new(2), x));
    check_op(&inputs, |x| of(&GRU::new(2).return_sequences(), x));
    let tokens = tensor![[0., 3.], [3., 1.]];
    check_op(&[numbers(&[4, 3])], |table| {
        Embedding::new(4, 3).forward(&tokens, &Pass::new(table, true))
    });
}

#[test]
fn windows() {
    seed(11);
    let images = Tensor::randn([2, 5, 4, 3]);
    let filters = Tensor::randn([3, 2, 3, 2]);
    for stride in [1, 2, 3] {
        for padding in [Valid, Same] {
            check_op(&[images.clone(), filters.clone()], |x| {
                x[0].conv2d(&x[1], Conv { stride, padding })
            });
        }
    }
    // Far enough apart that a small step changes no maximum.
    let order = (0..40).map(|i| (i * 17 % 40) as f32).collect();
    let distinct = Tensor::from_vec(order, [1, 5, 4, 2]);
    for (size, stride) in [(2, 2), (3, 1), (2, 3)] {
        check_op(std::slice::from_ref(&distinct), |x| x[0].max_pool2d(size, stride));
        check_op(std::slice::from_ref(&images), |x| x[0].avg_pool2d(size, stride));
    }
}
