//! That no operation is without a check: each one has a name in a list that the compiler keeps whole, and the checks below
//! must have met all of them. Each is checked on the CPU against finite differences, and on every graphics card against the
//! CPU.

use super::{check_op, loss_of, numbers, slopes};
use crate::backend::{Beyond, Binary, Cell, Nonlinearity, Over, PlaneMap, Reduction, Unary};
use crate::devices;
use crate::ops::{Conv, Op, Padding};
use crate::prelude::{Device, Tensor};
use crate::tensor;
use std::collections::BTreeSet;

/// From one list of names and patterns: all names, and the name of one value. A value that no pattern names does not
/// compile; a name that no check meets fails below.
macro_rules! named {
    ($kind:ty, $all:ident, $name_of:ident: $($name:literal $pattern:pat,)*) => {
        const $all: &[&str] = &[$($name),*];

        fn $name_of(value: &$kind) -> &'static str {
            match value {
                $($pattern => $name,)*
            }
        }
    };
}

named! { Op, EVERY_OP, name_of_op:
    "leaf" Op::Leaf,
    "to" Op::To,
    "negate" Op::Unary(Unary::Negate),
    "exp" Op::Unary(Unary::Exp),
    "ln" Op::Unary(Unary::Ln),
    "sqrt" Op::Unary(Unary::Sqrt),
    "abs" Op::Unary(Unary::Abs),
    "sign" Op::Unary(Unary::Sign),
    "square" Op::Unary(Unary::Square),
    "power" Op::Unary(Unary::Power(_)),
    "clamp" Op::Unary(Unary::Clamp(..)),
    "within" Op::Unary(Unary::Within(..)),
    "add" Op::Binary(Binary::Add),
    "subtract" Op::Binary(Binary::Subtract),
    "multiply" Op::Binary(Binary::Multiply),
    "divide" Op::Binary(Binary::Divide),
    "equal" Op::Binary(Binary::Equal),
    "sigmoid cross-entropy" Op::Binary(Binary::SigmoidCrossEntropy),
    "nonlinearity" Op::Nonlinearity(_),
    "softmax" Op::Softmax,
    "sum" Op::Reduce(Reduction::Sum, None),
    "mean" Op::Reduce(Reduction::Mean, None),
    "max" Op::Reduce(Reduction::Max, None),
    "min" Op::Reduce(Reduction::Min, None),
    "sum of an axis" Op::Reduce(Reduction::Sum, Some(_)),
    "mean of an axis" Op::Reduce(Reduction::Mean, Some(_)),
    "max of an axis" Op::Reduce(Reduction::Max, Some(_)),
    "min of an axis" Op::Reduce(Reduction::Min, Some(_)),
    "broadcast" Op::Broadcast,
    "reshape" Op::Reshape,
    "transpose" Op::Transpose,
    "swap" Op::Swap,
    "slice" Op::Slice { .. },
    "concat" Op::Concat { .. },
    "lookup" Op::Lookup,
    "product" Op::MatMul { left: false, right: false },
    "product, left transposed" Op::MatMul { left: true, right: false },
    "product, right transposed" Op::MatMul { left: false, right: true },
    "product, both transposed" Op::MatMul { left: true, right: true },
    "affine" Op::Affine(_),
    "simple recurrence" Op::Recurrent(Cell::Simple(_)),
    "lstm" Op::Recurrent(Cell::Lstm),
    "gru" Op::Recurrent(Cell::Gru),
    "normalise columns" Op::Normalise(Over::Rows, _),
    "normalise rows" Op::Normalise(Over::Columns, _),
    "convolution" Op::Conv2d(..),
    "convolution with pooling" Op::Conv2dMaxPool(..),
    "transposed convolution" Op::Conv2dTranspose(..),
    "max-pool" Op::MaxPool(_),
    "mean-pool" Op::AvgPool(_),
    "warp, reflected" Op::Warp(_, Beyond::Reflect),
    "warp, constant" Op::Warp(_, Beyond::Constant(_)),
    "warp, wrapped" Op::Warp(_, Beyond::Wrap),
    "warp, nearest" Op::Warp(_, Beyond::Nearest),
    "softmax cross-entropy" Op::SoftmaxCrossEntropy,
    "squared error" Op::SquaredError,
}

named! { Nonlinearity, EVERY_FUNCTION, name_of_function:
    "identity" Nonlinearity::Identity,
    "sigmoid" Nonlinearity::Sigmoid,
    "tanh" Nonlinearity::Tanh,
    "relu" Nonlinearity::Relu,
    "leaky relu" Nonlinearity::LeakyRelu(_),
    "elu" Nonlinearity::Elu(_),
}

const FUNCTIONS: [Nonlinearity; 6] = [
    Nonlinearity::Identity,
    Nonlinearity::Sigmoid,
    Nonlinearity::Tanh,
    Nonlinearity::Relu,
    Nonlinearity::LeakyRelu(0.2),
    Nonlinearity::Elu(0.7),
];

/// How far a graphics card's numbers may be from the CPU's: the share of the largest number of a result, for those operations
/// that are not as exact as the rest. Sums are added up in another order, and curves are the card's own.
const TOLERANCES: &[(&str, f32)] = &[
    ("power", 1e-5),
    ("divide", 1e-5),
    ("sigmoid cross-entropy", 1e-5),
    ("simple recurrence", 1e-5),
    ("lstm", 1e-5),
    ("gru", 1e-5),
    ("normalise columns", 2e-5),
    ("normalise rows", 2e-5),
    ("warp, reflected", 1e-5),
    ("warp, constant", 1e-5),
    ("warp, wrapped", 1e-5),
    ("warp, nearest", 1e-5),
];

/// That of all others.
const TOLERANCE: f32 = 3e-6;

/// Compares value and gradients on each card with the CPU's. `ops` are the operations that they go through.
#[track_caller]
fn check_on_cards(inputs: &[Tensor], f: &dyn Fn(&[Tensor]) -> Tensor, ops: &BTreeSet<&str>) {
    let results = |device: Device| {
        let tracked: Vec<Tensor> = inputs.iter().map(|input| input.to(device).track()).collect();
        let y = f(&tracked);
        let gradients = loss_of(&tracked, f).backward();
        let gradients = tracked.iter().map(|input| gradients.of(input));
        let all: Vec<Tensor> = std::iter::once(y.detach()).chain(gradients).collect();
        assert!(
            all.iter().all(|result| result.device() == device),
            "results stay on their device"
        );
        all
    };
    let known = |name: &&str| {
        TOLERANCES
            .iter()
            .find(|(op, _)| op == name)
            .map(|(_, share)| *share)
    };
    let tolerance = ops.iter().filter_map(known).fold(TOLERANCE, f32::max);
    for card in devices::cards() {
        for (number, (found, expected)) in results(*card).iter().zip(results(Device::cpu())).enumerate() {
            assert_eq!(
                found.shape(),
                expected.shape(),
                "{card}, result {number} of {ops:?}"
            );
            let (found, expected) = (found.to_vec(), expected.to_vec());
            let largest = expected
                .iter()
                .fold(1.0_f32, |most, number| most.max(number.abs()));
            for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert!(
                    (found - expected).abs() <= tolerance * largest,
                    "{card}, result {number} of {ops:?}, element {i}: {found}, but the CPU says {expected}"
                );
            }
        }
    }
}

/// What the checks have met.
#[derive(Default)]
struct Met(BTreeSet<&'static str>);

impl Met {
    /// Compares the gradients of `f`, and notes the operations that they went through.
    #[track_caller]
    fn check(&mut self, inputs: &[Tensor], f: impl Fn(&[Tensor]) -> Tensor) {
        check_op(inputs, &f);
        let tracked: Vec<Tensor> = inputs.iter().map(Tensor::track).collect();
        let (mut waiting, mut ops) = (vec![f(&tracked)], BTreeSet::new());
        while let Some(record) = waiting.pop().as_ref().and_then(Tensor::record) {
            ops.insert(name_of_op(&record.op));
            waiting.extend(record.inputs.iter().filter(|input| input.is_tracked()).cloned());
        }
        check_on_cards(inputs, &f, &ops);
        self.0.extend(ops);
    }

    /// The same, at a place where no kink of `f` is near: inputs of these shapes for which small steps and steps half as
    /// small tell the same slopes.
    #[track_caller]
    fn check_between_kinks(&mut self, shapes: &[&[usize]], f: impl Fn(&[Tensor]) -> Tensor) {
        let smooth = |inputs: &Vec<Tensor>| {
            let pairs = slopes(inputs, &f, 1.0)
                .concat()
                .into_iter()
                .zip(slopes(inputs, &f, 0.5).concat());
            pairs
                .into_iter()
                .all(|(a, b)| (a - b).abs() <= 2e-3 * a.abs().max(1.0))
        };
        let drawn = |number: usize| -> Vec<Tensor> {
            let draw = |(place, shape): (usize, &&[usize])| scattered(shape, 31 * number + place);
            shapes.iter().enumerate().map(draw).collect()
        };
        let inputs = (0..500).map(drawn).find(smooth).expect("a smooth place");
        self.check(&inputs, f);
    }
}

/// Numbers between -1 and 1 that look drawn.
fn scattered(shape: &[usize], number: usize) -> Tensor {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(number as u64 + 1);
    let values = (0..shape.iter().product()).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    });
    Tensor::from_vec(values.collect(), shape)
}

#[test]
fn every_operation_is_checked() {
    let mut met = Met::default();
    of_elements(&mut met);
    of_axes_and_places(&mut met);
    of_layers(&mut met);
    let missing: Vec<_> = EVERY_OP.iter().filter(|name| !met.0.contains(*name)).collect();
    assert!(missing.is_empty(), "no check for {missing:?}");
    let functions: BTreeSet<_> = FUNCTIONS.iter().map(name_of_function).collect();
    assert_eq!(functions, EVERY_FUNCTION.iter().copied().collect());
}

fn of_elements(met: &mut Met) {
    let x = [numbers(&[3, 4])];
    let positive = [x[0].abs()];
    for function in [
        Unary::Negate,
        Unary::Exp,
        Unary::Abs,
        Unary::Sign,
        Unary::Square,
        Unary::Power(3.0),
        Unary::Power(0.0),
        Unary::Clamp(-0.4, 0.4),
        Unary::Within(-0.4, 0.4),
    ] {
        // The sign and its like are flat: something that is not goes along.
        met.check(&x, |x| x[0].unary(function) + &x[0]);
    }
    for function in [Unary::Ln, Unary::Sqrt, Unary::Power(-1.5)] {
        met.check(&positive, |x| x[0].unary(function));
    }
    for function in FUNCTIONS {
        met.check(&x, |x| x[0].nonlinearity(function));
    }
    met.check(&x, |x| Tensor::result(Op::To, x[0].value().clone(), &[&x[0]]));
    for card in devices::cards() {
        met.check(&x, |x| (x[0].to(*card) * 2.0).to(Device::cpu()).to(x[0].device()));
    }
    met.check(&x, |x| x[0].softmax());

    let functions = [
        Binary::Add,
        Binary::Subtract,
        Binary::Multiply,
        Binary::Divide,
        Binary::Equal,
        Binary::SigmoidCrossEntropy,
    ];
    // Equal shapes; a number; a row; a column; both repeated; other ranks; a batch of matrices and one of them.
    let shapes: [(&[usize], &[usize]); 12] = [
        (&[2, 3], &[2, 3]),
        (&[2, 3], &[]),
        (&[], &[2, 3]),
        (&[2, 3], &[1]),
        (&[2, 3], &[3]),
        (&[3], &[2, 3]),
        (&[2, 3], &[2, 1]),
        (&[3, 1], &[1, 2]),
        (&[1, 2], &[3, 1]),
        (&[2, 2, 3], &[2, 3]),
        (&[2, 1, 2, 2], &[3, 1, 1]),
        (&[1, 1], &[2, 2, 2]),
    ];
    for (function, (left, right)) in functions
        .into_iter()
        .flat_map(|function| shapes.map(|pair| (function, pair)))
    {
        let inputs = [numbers(left), numbers(right) + 0.1];
        met.check(&inputs, |x| {
            x[0].binary(&x[1], function, "op") + &x[0] * 0.5 + &x[1] * 0.25
        });
    }
}

fn of_axes_and_places(met: &mut Met) {
    let x = [numbers(&[2, 3, 2])];
    for reduction in [Reduction::Sum, Reduction::Mean, Reduction::Max, Reduction::Min] {
        let reduced = |x: &Tensor, axis| {
            let value = x.value().reduce(reduction, axis);
            Tensor::result(Op::Reduce(reduction, axis), value, &[x])
        };
        met.check(&x, |x| reduced(&x[0], None) * 2.0);
        for axis in 0..3 {
            met.check(&x, |x| reduced(&x[0], Some(axis)));
        }
    }
    for (from, to) in [(&[][..], &[2, 3][..]), (&[3], &[2, 3]), (&[2, 1], &[4, 2, 3])] {
        met.check(&[numbers(from)], |x| x[0].broadcast_to(to));
    }
    met.check(&x, |x| x[0].reshape([4, 3]).t().square());
    met.check(&x, |x| x[0].swap());
    for axis in 0..3 {
        met.check(&x, |x| x[0].slice(axis, 1..2));
        met.check(&x, |x| Tensor::concat(&[&x[0], &(&x[0] * 3.0)], axis));
    }
    let labels = tensor![[0., 3.], [3., 1.]];
    met.check(&[numbers(&[4, 3])], |x| {
        x[0].lookup(&labels.to(x[0].device()), "op", "row")
            .expect("in range")
    });
    for (left, right) in [(false, false), (true, false), (false, true), (true, true)] {
        let sides = [
            numbers(if left { &[3, 2] } else { &[2, 3] }),
            numbers(if right { &[4, 3] } else { &[3, 4] }),
        ];
        met.check(&sides, |x| x[0].product(left, &x[1], right));
    }
    let one_hot = tensor![[0., 1., 0.], [0.2, 0.3, 0.6]];
    for targets in [one_hot, tensor![2., 0.]] {
        met.check(&[numbers(&[2, 3])], |x| {
            x[0].softmax_cross_entropy(&targets.to(x[0].device()))
        });
    }
    let pair = [numbers(&[20, 2]), scattered(&[20, 2], 5)];
    met.check(&pair, |x| x[0].squared_error(&x[1]));
}

fn of_layers(met: &mut Met) {
    for function in FUNCTIONS {
        met.check_between_kinks(&[&[3, 2], &[2, 4], &[4]], |x| x[0].affine(&x[1], &x[2], function));
        for (stride, padding) in [(1, Padding::Valid), (2, Padding::Same)] {
            let conv = Conv { stride, padding };
            met.check_between_kinks(&[&[1, 4, 3, 2], &[2, 2, 2, 2], &[2]], |x| {
                x[0].convolved(&x[1], Some(&x[2]), function, conv)
            });
        }
        met.check_between_kinks(&[&[1, 5, 3, 1], &[2, 2, 1, 2], &[2]], |x| {
            let pool = ([2, 2], 2, Padding::Valid);
            x[0].convolved_pooled([&x[1], &x[2]], function, Conv::default(), pool)
        });
        met.check_between_kinks(&[&[1, 2, 2, 2], &[2, 2, 1, 2], &[1]], |x| {
            // The window of the convolution that leads back from [4, 4] to [2, 2].
            let image = Tensor::zeros([1, 4, 4, 1]);
            let Op::AvgPool(window) = image.track().avg_pool2d(2, 2).record().expect("tracked").op else {
                panic!("a pool remembers its window")
            };
            x[0].convolved_back(&x[1], &x[2], function, window, [4, 4])
        });
        met.check_between_kinks(&[&[3, 2, 2], &[2, 2], &[2, 2], &[2]], |x| {
            let start = [Tensor::zeros([2, 2]).to(x[0].device())];
            let cell = Cell::Simple(function);
            x[0].recurrent(cell, [&x[1], &x[2], &x[3]], &start).0
        });
    }
    let states = |cell: Cell, x: &[Tensor]| {
        let start = vec![scattered(&[2, 2], 5).to(x[0].device()); if cell == Cell::Lstm { 2 } else { 1 }];
        x[0].recurrent(cell, [&x[1], &x[2], &x[3]], &start).0
    };
    met.check_between_kinks(&[&[3, 2, 1], &[1, 8], &[2, 8], &[8]], |x| states(Cell::Lstm, x));
    met.check_between_kinks(&[&[3, 2, 1], &[1, 6], &[2, 6], &[2, 6]], |x| states(Cell::Gru, x));
    for over in [Over::Rows, Over::Columns] {
        met.check_between_kinks(&[&[4, 3], &[3], &[3]], |x| {
            x[0].normalise(&x[1], &x[2], over, 1e-3)[0].clone()
        });
    }
    let image = [&[2, 4, 5, 2][..]];
    met.check_between_kinks(&image, |x| x[0].max_pool2d(2, 1));
    met.check_between_kinks(&image, |x| x[0].avg_pool2d(3, 1));
    let turned = PlaneMap([0.9, 0.3, -0.4, -0.2, 1.1, 0.6, 0.01, -0.02]);
    for beyond in [
        Beyond::Reflect,
        Beyond::Constant(0.5),
        Beyond::Wrap,
        Beyond::Nearest,
    ] {
        met.check_between_kinks(&image, |x| x[0].warp(vec![turned, PlaneMap::STAY], beyond));
    }
}
