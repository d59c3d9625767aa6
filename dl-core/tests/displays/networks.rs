//! Whole models in one picture: their networks, their weights, their answers in the plane; however large they are.

use super::layers::convolutions;
use super::{diagonal, picture, plain, words};
use dl_core::display::DecisionSurface;
use dl_core::prelude::*;
use insta::assert_snapshot;

#[test]
fn a_network_has_a_line_for_each_weight() {
    let mut model = Sequential::new([2])
        .add(Dense::new(2).activation(ReLU))
        .add(Dense::new(1));
    model
        .set_weights(&[
            tensor![[1., 1.], [1., 1.]],
            tensor![0., -1.],
            tensor![[1.], [-2.]],
            tensor![0.5],
        ])
        .unwrap();
    let diagram = network_diagram(&model).unwrap();
    let svg = picture(&diagram);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let lines: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("line"))
        .map(|node| {
            let of = |name: &str| node.attribute(name).unwrap_or("none").to_string();
            (
                of("stroke"),
                of("stroke-width"),
                node.has_attribute("stroke-dasharray"),
            )
        })
        .collect();
    // Two of the key, four weights of 1, then 1 and -2.
    let orange = ("#d55e00".to_string(), "4".to_string(), false);
    assert_eq!(
        lines[2..6],
        [orange.clone(), orange.clone(), orange.clone(), orange]
    );
    assert_eq!(
        (lines[6].1.as_str(), lines[6].2),
        ("2.4", false),
        "half as large: {lines:?}"
    );
    assert_eq!(lines[7], ("#0072b2".to_string(), "4".to_string(), true));
    assert_eq!(
        document
            .descendants()
            .filter(|node| node.has_tag_name("circle"))
            .count(),
        5
    );
    assert_snapshot!(plain(&diagram), @"
    Network 2 - 2 - 1, 9 parameters
      input: 2 neurons
      dense: 2 neurons, weights 1 to 1, biases -1 to 0
        neuron 0: weights 1 1, bias 0
        neuron 1: weights 1 1, bias -1
      dense_1: 1 neuron, weights -2 to 1, biases 0.5 to 0.5
        neuron 0: weights 1 -2, bias 0.5
    ");
}

#[test]
fn wide_and_deep_networks_show_their_first_neurons() {
    let wide = Sequential::new([784])
        .add(Dense::new(2048).activation(ReLU))
        .add(Dense::new(10));
    assert_snapshot!(words(&picture(&network_diagram(&wide).unwrap())), @"
    Network 784 - 2,048 - 10, 1,628,170 parameters
    784 - 2,048 - 10, 1,628,170 parameters
    weight above 0
    below 0
    stronger: larger
    + 777 more
    input
    784
    0
    0
    0
    0
    0
    0
    0
    + 2,041 more
    dense
    2,048
    0
    0
    0
    0
    0
    0
    0
    + 3 more
    dense_1
    10
    ");
    let mut deep = Sequential::new([9]);
    for _ in 0..30 {
        deep = deep.add(Dense::new(9).activation(Tanh));
    }
    let said = words(&picture(&network_diagram(&deep).unwrap()));
    assert!(said.contains("+ 24 more") && said.contains("dense_29"), "{said}");
    assert_snapshot!(words(&picture(&network_diagram(&convolutions()).unwrap())), @"
    Network 12 x 12 x 3 - 10 x 10 x 4 - 5 x 5 x 4 - 100 - 5, 617 parameters
    12 x 12 x 3 - 10 x 10 x 4 - 5 x 5 x 4 - 100 - 5, 617 parameters
    weight above 0
    below 0
    stronger: larger
    input
    12 x 12 x 3
    conv2d
    10 x 10 x 4
    max_pool2d + drop…
    5 x 5 x 4
    + 93 more
    flatten
    100
    0
    0
    0
    0
    0
    dense
    5
    ");
}

#[test]
fn pictures_of_large_models_are_small() {
    seed(2);
    let large = Sequential::new([64, 64, 3])
        .add(Conv2D::new(512, 5))
        .add(MaxPool2D::new(2))
        .add(Conv2D::new(8, 11))
        .add(Flatten::new())
        .add(Dense::new(64));
    let image = Tensor::uniform([64, 64, 3], 0., 1.);
    for layer in [0, 1, 2, 3, 4] {
        picture(&feature_maps(&large, &image, layer).unwrap());
    }
    let said = words(&picture(&feature_maps(&large, &image, 0).unwrap()));
    assert!(said.contains("+ 448 more maps"), "{said}");
    picture(&all_feature_maps(&large, &image).unwrap());
    for layer in [0, 2] {
        picture(&filters(&large, layer).unwrap());
    }
    let said = words(&picture(&filters(&large, 2).unwrap()));
    assert!(said.contains("+ 500 more channels"), "{said}");
    picture(&network_diagram(&large).unwrap());
    picture(&weight_histograms(&large));
    let noise = Sequential::new([100, 100, 1])
        .add(Conv2D::new(64, 1))
        .add(Flatten::new())
        .add(Dense::new(100));
    let image = Tensor::randn([100, 100, 1]);
    picture(&feature_maps(&noise, &image, 0).unwrap());
    picture(&all_feature_maps(&noise, &image).unwrap());
    picture(&filters(&noise, 2).unwrap_or_else(|_| filters(&noise, 0).unwrap()));
    let pixels = Sequential::new([100, 100, 3])
        .add(Flatten::new())
        .add(Dense::new(20));
    picture(&filters(&pixels, 1).unwrap());
}

#[test]
fn weights_that_are_no_numbers_break_no_picture() {
    for odd in [f32::NAN, f32::INFINITY, f32::MAX] {
        let mut model = convolutions();
        let broken: Vec<Tensor> = model
            .weights()
            .iter()
            .map(|weight| Tensor::full(weight.shape(), odd))
            .collect();
        model.set_weights(&broken).unwrap();
        let image = Tensor::ones([12, 12, 3]);
        picture(&network_diagram(&model).unwrap());
        picture(&filters(&model, 0).unwrap());
        picture(&feature_maps(&model, &image, 0).unwrap());
        picture(&all_feature_maps(&model, &image).unwrap());
        picture(&weight_histograms(&model));
        picture(&activation_histograms(&model, &image.reshape([1, 12, 12, 3])).unwrap());
        let mut small = Sequential::new([2]).add(Dense::new(2)).add(Dense::new(1));
        let broken: Vec<Tensor> = small
            .weights()
            .iter()
            .map(|weight| Tensor::full(weight.shape(), odd))
            .collect();
        small.set_weights(&broken).unwrap();
        picture(&network_diagram(&small).unwrap());
    }
}

#[test]
fn histograms_count_every_number() {
    let mut model = Sequential::new([2]).add(Dense::new(4).activation(ReLU));
    model
        .set_weights(&[tensor![[-1., 1., 1., 1.], [1., 1., 1., 3.]], Tensor::zeros([4])])
        .unwrap();
    // Mean 1, standard deviation 1.
    assert_snapshot!(plain(&weight_histograms(&model)), @"
    12 weights: mean ± standard deviation
    dense kernel: 1 ± 1
      -1 |▂               █              ▂| 3
    dense bias: 0 ± 0, 100 % are 0
      0 |                █               | 0
    ");
    // -1 becomes 0; 1, 1 and 3 stay.
    let x = tensor![[1., 0.], [0., 1.]];
    assert_snapshot!(plain(&activation_histograms(&model, &x).unwrap()), @"
    What each layer gives for 2 samples: mean ± standard deviation
    dense: 1.1 ± 0.78, 12 % are 0
      0 |          █                    ▂| 3
    ");
    assert_snapshot!(plain(&weight_histograms(&Sequential::new([2]))), @"0 weights: mean ± standard deviation");
}

#[test]
fn a_decision_surface_shows_where_the_answer_turns() {
    let (x, y) = (
        tensor![[0., 0.], [0., 1.], [1., 0.], [1., 1.]],
        tensor![[0.], [0.], [1.], [1.]],
    );
    let surface = decision_surface(&diagonal(), &x, &y).unwrap();
    // Of (0, 1) and (1, 0), exactly on the line, the model calls both 0.
    assert!(
        plain(&surface).starts_with("3 of 4 points are on the right side\n"),
        "{}",
        plain(&surface)
    );
    let svg = picture(&surface);
    // The boundary x + y = 1 is one straight line, from the upper left to the lower right, in some hundred pieces.
    let path = svg
        .split("stroke-linecap=\"round\" d=\"")
        .nth(1)
        .expect("a boundary");
    let path = path.split('"').next().expect("the path's end");
    let ends: Vec<f64> = path
        .split(['M', 'L', ' '])
        .filter_map(|number| number.parse().ok())
        .collect();
    let (left, right) = (&ends[..2], &ends[ends.len() - 2..]);
    let slope = (right[1] - left[1]) / (right[0] - left[0]);
    assert!(
        ends.len() > 400 && (right[0] - left[0]).abs() > 300.0 && slope > 0.5,
        "{path}"
    );
    let off = |point: &[f64]| (point[1] - left[1] - slope * (point[0] - left[0])).abs();
    assert!(ends.chunks(2).all(|point| off(point) < 0.5), "{path}");
}

#[test]
fn a_decision_surface_reads_logits_and_several_classes() {
    let x = Tensor::uniform([3000, 2], -1., 1.);
    let y = Tensor::from_vec(
        x.to_vec()
            .chunks(2)
            .map(|point| f32::from(point[0] + point[1] > 0.0))
            .collect(),
        [3000],
    );
    let mut logits = Sequential::new([2]).add(Dense::new(1));
    logits.compile(SGD::new(0.1), BinaryCrossentropy::from_logits(), [Accuracy]);
    logits.set_weights(&[Tensor::ones([2, 1]), tensor![0.]]).unwrap();
    let mut two = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
    two.set_weights(&[tensor![[-1., 1.], [-1., 1.]], tensor![0., 0.]])
        .unwrap();
    for model in [logits, two] {
        let surface: DecisionSurface = decision_surface(&model, &x, &y).unwrap();
        assert!(
            plain(&surface).starts_with("3000 of 3000 points"),
            "{}",
            plain(&surface)
        );
        picture(&surface);
    }
    // Weights far too large: the answer turns everywhere.
    let mut wild = Sequential::new([2])
        .add(Dense::new(500).activation(Tanh))
        .add(Dense::new(1).activation(Sigmoid));
    let weights: Vec<Tensor> = wild
        .weights()
        .iter()
        .map(|weight| Tensor::randn(weight.shape()) * 300.)
        .collect();
    wild.set_weights(&weights).unwrap();
    picture(&decision_surface(&wild, &x, &y).unwrap());
    // So large that the answer overflows on one side: there is none, and no boundary can be told.
    let mut none = Sequential::new([2])
        .add(Dense::new(2).activation(ReLU))
        .add(Dense::new(1).activation(Sigmoid));
    none.set_weights(&[
        Tensor::full([2, 2], f32::MAX),
        tensor![0., 0.],
        tensor![[1.], [-1.]],
        tensor![1.],
    ])
    .unwrap();
    assert!(none.predict(&tensor![[2., 2.]]).unwrap().item().is_nan());
    picture(&decision_surface(&none, &x, &y).unwrap());
}
