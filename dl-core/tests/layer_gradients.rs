//! The derivative of every layer, for its input and for each of its weights, against finite differences; those that draw
//! at random draw the same again. A new layer without a row here fails. The operations that layers are made of are
//! checked with the derivatives themselves.

mod layers_on_images;

use dl_core::layers::KnownLayer;
use dl_core::prelude::*;
use layers_on_images::on_images;
use std::collections::BTreeSet;

/// Layers with the shapes of a batch that suits them.
fn rows() -> Vec<(Box<dyn Layer>, Vec<usize>)> {
    let images = || vec![2, 4, 5, 2];
    let series = || vec![2, 4, 3];
    let mut rows: Vec<(Box<dyn Layer>, Vec<usize>)> = vec![
        (Box::new(Dense::new(3).penalty(L2(0.1))), vec![4, 2]),
        (Box::new(Dense::new(2).activation(Tanh)), vec![2, 3, 2]),
        (Box::new(Flatten::new()), vec![2, 3, 2]),
        (Box::new(Reshape::new([3, -1])), vec![2, 6]),
        (Box::new(Dropout::new(0.4)), vec![5, 4]),
        (Box::new(BatchNorm::new()), vec![5, 3]),
        (Box::new(BatchNorm::new()), vec![2, 2, 2, 2]),
        (Box::new(LayerNorm::new()), vec![3, 4]),
        (Box::new(Maxout::new(2, 3)), vec![3, 4]),
        (Box::new(Embedding::new(4, 3)), vec![2, 3]),
        (Box::new(SimpleRNN::new(2)), series()),
        (
            Box::new(SimpleRNN::new(2).activation(ReLU).return_sequences()),
            series(),
        ),
        (Box::new(LSTM::new(2)), series()),
        (Box::new(LSTM::new(2).return_sequences()), series()),
        (Box::new(GRU::new(2)), series()),
        (Box::new(GRU::new(2).return_sequences()), series()),
        (Box::new(Conv2D::new(2, 3).activation(Tanh)), images()),
        (Box::new(Conv2D::new(3, [2, 1]).stride(2).padding(Same)), images()),
        (Box::new(Conv2DTranspose::new(2, 2).stride(2)), vec![2, 2, 2, 2]),
        (
            Box::new(Conv2DTranspose::new(1, 3).padding(Same).activation(Sigmoid)),
            vec![2, 3, 2, 2],
        ),
    ];
    rows.extend(on_images().into_iter().map(|layer| (layer, images())));
    let functions = [Linear, Sigmoid, Tanh, ReLU, LeakyReLU(0.2), ELU(0.7), Softmax];
    for function in functions {
        rows.push((Box::new(Activation::new(function)), vec![3, 4]));
        rows.push((Box::new(Dense::new(3).activation(function)), vec![3, 2]));
    }
    rows
}

/// The layer's answer as one number: weighted unevenly, so that no element's gradient hides behind another's.
fn loss(layer: &dyn Layer, inputs: &[Tensor], factors: &Tensor) -> Tensor {
    seed(3);
    let y = layer.forward(&inputs[0], &Pass::new(&inputs[1..], true));
    (y * factors).sum()
}

/// The central difference for one element of one input.
fn slope(
    layer: &dyn Layer,
    inputs: &[Tensor],
    factors: &Tensor,
    (number, i): (usize, usize),
    step: f32,
) -> f64 {
    let moved = |step: f32| {
        let mut inputs = inputs.to_vec();
        let mut values = inputs[number].to_vec();
        values[i] += step;
        inputs[number] = Tensor::from_vec(values, inputs[number].shape());
        f64::from(loss(layer, &inputs, factors).item())
    };
    (moved(step) - moved(-step)) / f64::from(2.0 * step)
}

// One test only: another one beside it would draw from the same generator.
#[test]
fn of_every_layer() {
    let mut met = BTreeSet::new();
    for (layer, shape) in rows() {
        let kind = layer.kind().to_string();
        let described = layer.weights(&shape[1..]);
        let output = layer.output_shape(&shape[1..]).expect("fits");
        let counts = matches!(layer.known(), Some(KnownLayer::Embedding(_)));
        let mut checked = false;
        for attempt in 0..50 {
            seed(100 + attempt);
            let x = match counts {
                true => Tensor::arange(0., 6., 1.).reshape(&shape[..]).clamp(1., 3.),
                false => Tensor::uniform(&shape[..], -1., 1.),
            };
            let weights = described
                .iter()
                .map(|weight| Tensor::uniform(weight.shape(), 0.2, 0.9));
            let inputs: Vec<Tensor> = [x].into_iter().chain(weights).collect();
            let factors = Tensor::uniform([&shape[..1], &output[..]].concat(), 0.5, 1.5);
            let learned = |number: usize| match number {
                0 => !counts,
                _ => described[number - 1].is_learned(),
            };
            let places: Vec<(usize, usize)> = (0..inputs.len())
                .filter(|&number| learned(number))
                .flat_map(|number| (0..inputs[number].len()).map(move |i| (number, i)))
                .collect();
            let of = |place, step| slope(&*layer, &inputs, &factors, place, step);
            let slopes: Vec<f64> = places.iter().map(|&place| of(place, 1e-2)).collect();
            // Where a kink is near, smaller steps tell another slope: try elsewhere.
            let alike = |(&place, &slope): (&(usize, usize), &f64)| {
                (of(place, 5e-3) - slope).abs() <= 2e-3 * slope.abs().max(1.0)
            };
            if !places.iter().zip(&slopes).all(alike) {
                continue;
            }
            let tracked: Vec<Tensor> = inputs.iter().map(Tensor::track).collect();
            let gradients = loss(&*layer, &tracked, &factors).backward();
            for (&(number, i), expected) in places.iter().zip(slopes) {
                let found = f64::from(gradients.of(&tracked[number]).to_vec()[i]);
                assert!(
                    (found - expected).abs() <= 4e-3 * expected.abs().max(1.0),
                    "{layer:?}, input {number}, element {i}: {found}, but finite differences say {expected}"
                );
            }
            checked = true;
            break;
        }
        assert!(checked, "{layer:?}: no place without a kink");
        met.insert(kind);
    }
    let missing: Vec<_> = every_layer()
        .into_iter()
        .filter(|name| !met.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
}

/// The names in the list of all layers.
fn every_layer() -> Vec<&'static str> {
    let source = include_str!("../src/layers/known.rs");
    let list = source.split("pub enum KnownLayer {").nth(1).expect("the list");
    let list = list.split('}').next().expect("its end");
    let names: Vec<_> = list
        .split(',')
        .filter_map(|line| line.trim().split('(').next())
        .collect();
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    assert!(names.len() >= 26 && names.contains(&"Dense") && names.contains(&"SimpleRNN"));
    names
}
