//! The numbers that the course works out by hand: lines (A), back-propagation (B), convolution and pooling (C),
//! parameter totals (D), losses (E) and the XOR network of lesson 01b.

use dl_core::prelude::*;

#[track_caller]
fn assert_close(found: &Tensor, expected: &Tensor, tolerance: f32) {
    assert_eq!(found.shape(), expected.shape());
    let distance = (found - expected).abs().max().item();
    assert!(
        distance <= tolerance,
        "{found}, expected {expected}: {distance} apart"
    );
}

#[test]
fn a_line_and_its_errors() {
    let (x, y) = (tensor![1., 2.], tensor![3., 5.]);
    let prediction = -1.0 * &x + 5.0;
    assert_eq!(prediction, tensor![4., 3.]);
    let squares = (&prediction - &y).square();
    assert_eq!(squares, tensor![1., 4.]);
    assert_eq!(squares.mean().item(), 2.5);
    assert!((squares.mean().sqrt().item() - 1.581_138_8).abs() < 1e-6);
}

#[test]
fn the_best_line_through_ten_points() {
    let x = Tensor::arange(0., 10., 1.);
    let y = tensor![10., 20., 25., 30., 40., 45., 40., 50., 60., 55.];
    let error = |m: &Tensor, b: &Tensor| (m * &x + b - &y).square().mean();
    assert_eq!(error(&Tensor::from(-2.0), &Tensor::from(40.0)).item(), 475.5);

    let (mut m, mut b) = (Tensor::from(-2.0).track(), Tensor::from(40.0).track());
    for _ in 0..3_000 {
        let g = error(&m, &b).backward();
        let (dm, db) = (g.of(&m), g.of(&b));
        m -= 0.03 * dm;
        b -= 0.03 * db;
    }
    assert_close(&m, &Tensor::from(5.121_212_1), 1e-5);
    assert_close(&b, &Tensor::from(14.454_545_5), 5e-5);
    assert_close(&error(&m, &b), &Tensor::from(14.878_787_9), 1e-5);
}

/// The worked example: two inputs, two hidden units, two outputs, biases fixed.
struct Example {
    /// Row i holds the weights from input i: w1 and w3, then w2 and w4.
    w_hidden: Tensor,
    /// Likewise w5 and w7, then w6 and w8.
    w_out: Tensor,
}

struct Passed {
    net_hidden: Tensor,
    hidden: Tensor,
    net_out: Tensor,
    out: Tensor,
    errors: Tensor,
    total: Tensor,
}

impl Example {
    fn new() -> Example {
        Example {
            w_hidden: tensor![[0.15, 0.25], [0.20, 0.30]].track(),
            w_out: tensor![[0.40, 0.50], [0.45, 0.55]].track(),
        }
    }

    fn forward(&self) -> Passed {
        let net_hidden = tensor![[0.05, 0.10]].matmul(&self.w_hidden) + 0.35;
        let hidden = net_hidden.sigmoid();
        let net_out = hidden.matmul(&self.w_out) + 0.60;
        let out = net_out.sigmoid();
        let errors = 0.5 * (tensor![[0.01, 0.99]] - &out).square();
        let total = errors.sum();
        Passed {
            net_hidden,
            hidden,
            net_out,
            out,
            errors,
            total,
        }
    }

    fn step(&mut self) {
        let g = self.forward().total.backward();
        let (dw_hidden, dw_out) = (g.of(&self.w_hidden), g.of(&self.w_out));
        self.w_hidden -= 0.5 * dw_hidden;
        self.w_out -= 0.5 * dw_out;
    }
}

#[test]
fn back_propagation_by_hand() {
    let mut example = Example::new();
    let passed = example.forward();
    assert_close(&passed.net_hidden, &tensor![[0.3775, 0.3925]], 1e-7);
    assert_close(&passed.hidden, &tensor![[0.593_269_992, 0.596_884_378]], 1e-7);
    assert_close(&passed.net_out, &tensor![[1.105_905_967, 1.224_921_404_1]], 2e-7);
    assert_close(&passed.out, &tensor![[0.751_365_07, 0.772_928_465]], 1e-7);
    assert_close(&passed.errors, &tensor![[0.274_811_083, 0.023_560_026]], 1e-7);
    assert_close(&passed.total, &Tensor::from(0.298_371_109), 1e-7);

    let g = passed.total.backward();
    // dE/dw5, dE/dw7; dE/dw6, dE/dw8
    let expected = tensor![
        [0.082_167_041, -0.022_602_540_5],
        [0.082_667_627_8, -0.022_740_242_2]
    ];
    assert_close(&g.of(&example.w_out), &expected, 1e-7);
    // dE/dw1, dE/dw3; dE/dw2, dE/dw4
    let expected = tensor![
        [0.000_438_567_73, 0.000_497_712_74],
        [0.000_877_135_47, 0.000_995_425_47]
    ];
    assert_close(&g.of(&example.w_hidden), &expected, 1e-9);
    assert_close(
        &g.of(&passed.net_out),
        &tensor![[0.138_498_56, -0.038_098_236_5]],
        1e-7,
    );

    example.step();
    assert_close(
        &example.w_out,
        &tensor![[0.358_916_48, 0.511_301_270_2], [0.408_666_186, 0.561_370_121_1]],
        1e-7,
    );
    assert_close(
        &example.w_hidden,
        &tensor![
            [0.149_780_716_1, 0.249_751_143_6],
            [0.199_561_432_3, 0.299_502_287_3]
        ],
        1e-7,
    );
    assert_close(&example.forward().total, &Tensor::from(0.291_027_774), 1e-7);

    (1..10_000).for_each(|_| example.step());
    let passed = example.forward();
    assert_close(&passed.out, &tensor![[0.015_913_620, 0.984_064_274]], 2e-6);
    assert_close(&passed.total, &Tensor::from(3.510_188e-5), 1e-8);
}

#[test]
fn parameter_totals() {
    let total = |inputs: usize, units: &[usize]| {
        let model = units.iter().fold(Sequential::new([inputs]), |model, &units| {
            model.add(Dense::new(units))
        });
        model.summary().parameters()
    };
    assert_eq!(total(784, &[10]), 7_850);
    assert_eq!(total(784, &[128, 10]), 101_770);
    assert_eq!(total(784, &[512, 512, 10]), 669_706);
    assert_eq!(total(784, &[512, 512, 24]), 676_888);

    let conv = |filters| Conv2D::new(filters, 3).padding(Same).activation(ReLU);
    let signs = Sequential::new([28, 28, 1])
        .add(conv(75))
        .add(BatchNorm::new())
        .add(MaxPool2D::new(2).padding(Same))
        .add(conv(50))
        .add(Dropout::new(0.2))
        .add(BatchNorm::new())
        .add(MaxPool2D::new(2).padding(Same))
        .add(conv(25))
        .add(BatchNorm::new())
        .add(MaxPool2D::new(2).padding(Same))
        .add(Flatten::new())
        .add(Dense::new(512).activation(ReLU))
        .add(Dropout::new(0.3))
        .add(Dense::new(24).activation(Softmax));
    let summary = signs.summary();
    assert_eq!((summary.parameters(), summary.trainable()), (264_049, 263_749));
    let text = Sequential::new([20])
        .add(Embedding::new(11_753, 10))
        .add(LSTM::new(100))
        .add(Dropout::new(0.1))
        .add(Dense::new(11_753).activation(Softmax));
    assert_eq!(text.summary().parameters(), 1_348_983);
}

#[test]
fn losses_of_single_predictions() {
    let surprise = |y: f32| BinaryCrossentropy::new().value(&tensor![0.9], &tensor![y]);
    assert_close(&surprise(1.), &Tensor::from(0.105_360_5), 1e-7);
    // 2.3025851 is ln 10.
    assert_close(&surprise(0.), &Tensor::from(std::f32::consts::LN_10), 1e-6);
    assert_close(
        &tensor![1.105_905_967, 1.224_921_404_1].softmax(),
        &tensor![0.470_281_21, 0.529_718_79],
        1e-7,
    );
    assert_close(&Tensor::from(1.5).sigmoid(), &Tensor::from(0.817_574_476), 1e-7);
}

#[test]
fn xor_by_hand() {
    let x = tensor![[0., 0.], [0., 1.], [1., 0.], [1., 1.]];
    let hidden = (x.matmul(&Tensor::ones([2, 2])) + tensor![0., -1.]).relu();
    assert_eq!(hidden.matmul(&tensor![1., -2.]), tensor![0., 1., 1., 0.]);

    // The sigmoid variant: biases -2 and 3, first unit with weights 1, second with weights 1; columns as on paper.
    let hidden = (x.matmul(&Tensor::ones([2, 2])) + tensor![-2., 3.]).sigmoid();
    let expected = tensor![
        [0.119_202_9, 0.268_941_4, 0.268_941_4, 0.5],
        [0.952_574_1, 0.982_013_8, 0.982_013_8, 0.993_307_1],
    ];
    assert_close(&hidden.t(), &expected, 1e-7);
}

/// A picture of one channel, as the operations on images want it.
fn image(rows: &Tensor) -> Tensor {
    rows.reshape([1, rows.shape()[0], rows.shape()[1], 1])
}

fn convolved(picture: &Tensor, kernel: &Tensor, stride: usize, padding: Padding) -> Tensor {
    let filter = kernel.reshape([kernel.shape()[0], kernel.shape()[1], 1, 1]);
    let result = image(picture).conv2d(&filter, Conv { stride, padding });
    let (rows, columns) = (result.shape()[1], result.shape()[2]);
    result.reshape([rows, columns])
}

#[test]
fn convolutions_on_paper() {
    let picture = tensor![
        [1, 0, 1, 1, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 0],
        [1, 0, 1, 1, 0, 1],
        [1, 1, 0, 0, 1, 1],
    ];
    let blur = tensor![[0.06, 0.13, 0.06], [0.13, 0.25, 0.13], [0.06, 0.13, 0.06]];
    let inside = tensor![
        [0.56, 0.57, 0.57, 0.56],
        [0.70, 0.82, 0.82, 0.70],
        [0.69, 0.95, 0.95, 0.69],
        [0.64, 0.69, 0.69, 0.64],
    ];
    assert_close(&convolved(&picture, &blur, 1, Valid), &inside, 1e-6);
    let padded = tensor![
        [0.31, 0.39, 0.44, 0.44, 0.39, 0.31],
        [0.32, 0.56, 0.57, 0.57, 0.56, 0.32],
        [0.25, 0.70, 0.82, 0.82, 0.70, 0.25],
        [0.32, 0.69, 0.95, 0.95, 0.69, 0.32],
        [0.50, 0.64, 0.69, 0.69, 0.64, 0.50],
        [0.51, 0.50, 0.32, 0.32, 0.50, 0.51],
    ];
    assert_close(&convolved(&picture, &blur, 1, Same), &padded, 1e-6);
    // Every second place, from the first on; with an even size, Keras lays the one zero below and to the right.
    assert_close(
        &convolved(&picture, &blur, 2, Valid),
        &tensor![[0.56, 0.57], [0.69, 0.95]],
        1e-6,
    );
    assert_close(
        &convolved(&picture, &blur, 2, Same),
        &tensor![[0.56, 0.57, 0.32], [0.69, 0.95, 0.32], [0.50, 0.32, 0.51]],
        1e-6,
    );

    // The kernel is not flipped: a single point shows it turned by half a turn.
    let point = tensor![[0, 0, 0], [0, 1, 0], [0, 0, 0]];
    let vertical = tensor![[1, 0, -1], [2, 0, -2], [1, 0, -1]];
    let turned = tensor![[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]];
    assert_eq!(convolved(&point, &vertical, 1, Same), turned);

    let patch = tensor![
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 3, 7, 6, 6],
        [0, 0, 9, 10, 10, 10],
    ];
    let edge = tensor![[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]];
    assert_eq!(
        convolved(&patch, &edge, 1, Valid),
        tensor![[3, 7, 3, -1], [12, 17, 4, -1]]
    );
}

#[test]
fn pooling_on_paper() {
    let numbers = tensor![
        [110, 256, 153, 67],
        [12, 89, 88, 43],
        [10, 15, 50, 55],
        [23, 9, 49, 23]
    ];
    let pooled = image(&numbers).max_pool2d(2, 2);
    assert_eq!(pooled, image(&tensor![[256, 153], [23, 55]]));
    assert_eq!(
        image(&numbers).avg_pool2d(2, 2),
        image(&tensor![[116.75, 87.75], [14.25, 44.25]])
    );
    // What does not fill a window is left out.
    assert_eq!(image(&numbers).max_pool2d(3, 2), image(&tensor![[256]]));
}
