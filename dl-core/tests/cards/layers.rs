//! Layers, losses and optimizers on cards: outputs, gradients and steps are the CPU's. That no layer is left out is seen to
//! where their gradients are checked; the rows here are of sizes that divide unevenly among threads.

use crate::layers_on_images::on_images;
use crate::{agree, alone, whole_numbers, with_gradients};
use dl_core::prelude::*;

/// Layers with the shapes of a batch that suits them.
fn rows() -> Vec<(Box<dyn Layer>, Vec<usize>)> {
    let images = || vec![3, 11, 9, 5];
    let series = || vec![33, 7, 5];
    let mut rows: Vec<(Box<dyn Layer>, Vec<usize>)> = vec![
        (Box::new(Dense::new(65).penalty(L2(0.1))), vec![70, 33]),
        (Box::new(Dense::new(3)), vec![5, 7, 4]),
        (Box::new(Flatten::new()), vec![4, 5, 6]),
        (Box::new(Reshape::new([3, -1])), vec![7, 6]),
        (Box::new(Dropout::new(0.4)), vec![70, 65]),
        (Box::new(BatchNorm::new()), vec![600, 40]),
        (Box::new(BatchNorm::new()), images()),
        (Box::new(LayerNorm::new()), vec![70, 300]),
        (Box::new(LayerNorm::new()), vec![300, 2]),
        (Box::new(Maxout::new(4, 3)), vec![33, 5]),
        (Box::new(Embedding::new(37, 33)), vec![33, 7]),
        (Box::new(SimpleRNN::new(33)), series()),
        (
            Box::new(SimpleRNN::new(4).activation(ReLU).return_sequences()),
            series(),
        ),
        (Box::new(LSTM::new(33)), series()),
        (Box::new(LSTM::new(4).return_sequences()), series()),
        (Box::new(GRU::new(33)), series()),
        (Box::new(GRU::new(4).return_sequences()), series()),
        (Box::new(Conv2D::new(7, 3).activation(Tanh)), images()),
        (
            Box::new(Conv2D::new(33, [2, 1]).stride(2).padding(Same).activation(ReLU)),
            images(),
        ),
        (Box::new(Conv2DTranspose::new(6, 2).stride(2)), images()),
        (
            Box::new(Conv2DTranspose::new(3, 3).padding(Same).activation(Sigmoid)),
            images(),
        ),
    ];
    rows.extend(on_images().into_iter().map(|layer| (layer, images())));
    for function in [Linear, Sigmoid, Tanh, ReLU, LeakyReLU(0.2), ELU(0.7), Softmax] {
        rows.push((Box::new(Activation::new(function)), vec![70, 33]));
        rows.push((Box::new(Dense::new(33).activation(function)), vec![70, 9]));
    }
    rows
}

#[test]
fn outputs_and_gradients_of_layers() {
    let _turn = alone();
    for (layer, shape) in rows() {
        let counts = layer.kind() == "Embedding";
        let x = match counts {
            true => whole_numbers(&shape, 1).abs(),
            false => whole_numbers(&shape, 1) / 8.0,
        };
        let described = layer.weights(&shape[1..]);
        // Positive, because variances are; sums of them are exact, so that a kink is on the same side everywhere.
        let weights: Vec<Tensor> = (2..)
            .zip(&described)
            .map(|(number, weight)| whole_numbers(weight.shape(), number).abs() / 16.0 + 0.0625)
            .collect();
        // Gradients are asked for where there are some: classes and moving means have none.
        let all: Vec<(Tensor, bool)> = std::iter::once((x, !counts))
            .chain(weights.into_iter().zip(described.iter().map(Weight::is_learned)))
            .collect();
        let learned: Vec<Tensor> = all
            .iter()
            .filter(|(_, is_learned)| *is_learned)
            .map(|(input, _)| input.clone())
            .collect();
        // While learning, statistics come from the batch; afterwards, drawing layers let everything through.
        for learning in [true, false] {
            agree(&format!("{layer:?}, learning: {learning}"), 2e-5, |device| {
                let forward = |learned: &[Tensor]| {
                    let mut learned = learned.iter();
                    let inputs: Vec<Tensor> = all
                        .iter()
                        .map(|(input, is_learned)| match is_learned {
                            true => learned.next().expect("as many as there are").clone(),
                            false => input.to(device),
                        })
                        .collect();
                    // What is drawn is drawn alike.
                    seed(3);
                    layer.forward(&inputs[0], &Pass::new(&inputs[1..], learning))
                };
                match learned.is_empty() {
                    true => vec![forward(&[])],
                    false => with_gradients(device, &learned, &forward),
                }
            });
        }
    }
}

#[test]
fn losses_and_their_gradients() {
    let batch = [70, 5];
    let wild = whole_numbers(&batch, 1) / 4.0;
    let shares = wild.softmax();
    let between = wild.sigmoid();
    let yes_or_no = (whole_numbers(&batch, 2) / 8.0).clamp(0.0, 1e-6) * 1e6;
    let signs = &yes_or_no * 2.0 - 1.0;
    let other = (whole_numbers(&batch, 3) / 5.0).softmax();
    let classes = whole_numbers(&[70], 4).abs().clamp(0.0, 4.0);
    let rows: [(Box<dyn Loss>, &Tensor, &Tensor); 14] = [
        (Box::new(MeanSquaredError::new()), &wild, &other),
        (Box::new(MeanAbsoluteError::new()), &wild, &other),
        (Box::new(MeanSquaredLogarithmicError::new()), &between, &other),
        (Box::new(Huber::new()), &wild, &other),
        (Box::new(Huber::delta(0.3)), &wild, &other),
        (Box::new(Hinge::new()), &wild, &signs),
        (Box::new(SquaredHinge::new()), &wild, &signs),
        (Box::new(KLDivergence::new()), &shares, &other),
        (Box::new(BinaryCrossentropy::new()), &between, &yes_or_no),
        (
            Box::new(BinaryCrossentropy::from_logits().label_smoothing(0.1)),
            &wild,
            &yes_or_no,
        ),
        (Box::new(CategoricalCrossentropy::new()), &shares, &other),
        (Box::new(CategoricalCrossentropy::from_logits()), &wild, &other),
        (Box::new(SparseCategoricalCrossentropy::new()), &shares, &classes),
        (
            Box::new(SparseCategoricalCrossentropy::from_logits()),
            &wild,
            &classes,
        ),
    ];
    for (loss, prediction, target) in rows {
        agree(&format!("{loss:?}"), 1e-5, |device| {
            let target = target.to(device);
            with_gradients(device, std::slice::from_ref(prediction), &|x| {
                loss.value(&x[0], &target)
            })
        });
    }
}

#[test]
fn steps_of_optimizers() {
    type Make = fn() -> Box<dyn Optimizer>;
    let makers: [(&str, Make); 14] = [
        ("SGD", || Box::new(SGD::new(0.1))),
        ("momentum", || Box::new(SGD::new(0.1).momentum(0.9))),
        ("nesterov", || Box::new(SGD::new(0.1).momentum(0.9).nesterov())),
        ("decay", || Box::new(SGD::new(0.1).weight_decay(0.01))),
        ("clip_value", || Box::new(SGD::new(0.1).clip_value(0.2))),
        ("clip_norm", || Box::new(SGD::new(0.1).clip_norm(0.2))),
        ("global_clip_norm", || {
            Box::new(SGD::new(0.1).global_clip_norm(0.2))
        }),
        ("Adam", || Box::new(Adam::new(0.05))),
        ("AdamW", || Box::new(AdamW::new(0.05).weight_decay(0.1))),
        ("RMSprop", || Box::new(RMSprop::new(0.05))),
        ("RMSprop, all of it", || {
            Box::new(RMSprop::new(0.05).momentum(0.5).centered())
        }),
        ("Adagrad", || {
            Box::new(Adagrad::new(0.05).initial_accumulator(0.2))
        }),
        ("Adadelta", || Box::new(Adadelta::new(1.0))),
        ("a schedule", || {
            Box::new(Adam::new(ExponentialDecay::new(0.1, 2, 0.5)))
        }),
    ];
    // More tensors than one start of a kernel takes, of sizes up to several of its pieces; some without a gradient.
    let shapes: Vec<Vec<usize>> = (0..70)
        .map(|number| match number {
            0 => vec![300, 70],
            1 => vec![1],
            2 => vec![0, 3],
            3 => vec![40_001],
            _ => vec![number % 7 + 1, 5],
        })
        .collect();
    for (name, make) in makers {
        agree(&format!("steps of {name}"), 1e-5, |device| {
            let mut optimizer = make();
            let mut weights: Vec<Tensor> = (0..)
                .zip(&shapes)
                .map(|(number, shape)| (whole_numbers(shape, number) / 8.0).to(device))
                .collect();
            for step in 0..4 {
                let gradient = |(number, shape): (usize, &Vec<usize>)| {
                    let key = (100 * step + number) as u64;
                    (number % 10 != 9).then(|| (whole_numbers(shape, key) / 16.0).to(device))
                };
                let gradients: Vec<_> = shapes.iter().enumerate().map(gradient).collect();
                optimizer.step(&mut weights, &gradients);
            }
            weights
        });
    }
}
