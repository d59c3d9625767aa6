//! What layers hold and give: every pixel is the number that it stands for.

use super::{picture, pixels, plain, words};
use dl_core::prelude::*;
use insta::assert_snapshot;

/// Viridis at 0, 1/8, ... 1, as matplotlib has it.
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
const BLUE: [u8; 3] = [0x00, 0x72, 0xb2];
const ORANGE: [u8; 3] = [0xd5, 0x5e, 0x00];

/// One filter of a single pixel that doubles, one that turns the sign, one that sees nothing.
fn one_pixel() -> Sequential {
    seed(1);
    let mut model = Sequential::new([3, 3, 1])
        .add(Conv2D::new(3, 1))
        .add(Activation::new(ReLU))
        .add(Flatten::new())
        .add(Dense::new(2));
    let mut weights = model.weights();
    weights[0] = tensor![2., -1., 0.].reshape([1, 1, 1, 3]);
    weights[1] = tensor![0., 0., 0.];
    model.set_weights(&weights).expect("of these shapes");
    model
}

pub(super) fn convolutions() -> Sequential {
    seed(3);
    Sequential::new([12, 12, 3])
        .add(Conv2D::new(4, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Dropout::new(0.2))
        .add(Flatten::new())
        .add(Dense::new(5).activation(Softmax))
}

#[test]
fn a_pixel_of_a_map_is_the_activation_on_the_layers_scale() {
    let model = one_pixel();
    let image = Tensor::arange(0., 9., 1.).reshape([3, 3, 1]);
    // From -8 to 16: the doubled image has the upper two thirds of the scale.
    let maps = feature_maps(&model, &image, 0).unwrap();
    assert_eq!((maps.maps().at([2, 2, 0]), maps.maps().at([2, 2, 1])), (16., -8.));
    let shown = pixels(&picture(&maps));
    let zoom = shown[0].width() / 3;
    let color = |map: usize, row: u32, column: u32| shown[map].get_pixel(column * zoom, row * zoom).0;
    assert_eq!((color(0, 2, 2), color(1, 2, 2)), (VIRIDIS[8], VIRIDIS[0]));
    // (0 - -8) / 24 = 1/3; (2 * 2 - -8) / 24 = 1/2; (2 * 5 - -8) / 24 = 3/4.
    assert_eq!((color(0, 0, 2), color(0, 1, 2)), (VIRIDIS[4], VIRIDIS[6]));
    assert_eq!((color(2, 0, 0), color(2, 2, 2)), (color(0, 0, 0), color(1, 0, 0)));
    // Behind the ReLU from 0 to 16: each number of the doubled image is one of the nine colours.
    let shown = pixels(&picture(&feature_maps(&model, &image, 1).unwrap()));
    for (number, expected) in VIRIDIS.iter().enumerate() {
        let (row, column) = (number as u32 / 3, number as u32 % 3);
        assert_eq!(
            shown[0].get_pixel(column * zoom, row * zoom).0,
            *expected,
            "{number}"
        );
    }
    assert_snapshot!(plain(&feature_maps(&model, &image, 1).unwrap()), @"
    Layer 1, activation (Activation)
    3 maps of 3 x 3, from 0 to 16, 2 of them 0 everywhere
    ");
    assert_snapshot!(words(&picture(&feature_maps(&model, &image, 3).unwrap())), @"
    Feature maps. Layer 3, dense (Dense): 2 units, from 2.584 to 8.602
    Layer 3, dense (Dense)
    2 units, from 2.584 to 8.602
    8.6
    2.58
    8.602
    5.593
    2.584
    ");
}

#[test]
fn an_image_may_come_with_or_without_its_batch() {
    let model = one_pixel();
    let image = Tensor::arange(0., 9., 1.);
    let maps = |shape: &[usize]| {
        feature_maps(&model, &image.reshape(shape), 0)
            .unwrap()
            .maps()
            .clone()
    };
    assert_eq!(maps(&[3, 3]), maps(&[1, 3, 3, 1]));
    assert_eq!(maps(&[3, 3, 1]), maps(&[1, 3, 3, 1]));
}

#[test]
fn all_layers_stand_below_each_other_but_those_that_change_nothing() {
    let image = Tensor::uniform([12, 12, 3], 0., 1.);
    let all = all_feature_maps(&convolutions(), &image).unwrap();
    let text = plain(&all);
    let heads: Vec<&str> = text
        .lines()
        .map(|line| line.split(", from").next().unwrap_or(line))
        .collect();
    assert_snapshot!(heads.join("\n"), @"
    From the sample to the answer; 2 layers that change nothing are left out
    the sample: 3 maps of 12 x 12
    conv2d (Conv2D): 4 maps of 10 x 10
    max_pool2d (MaxPool2D): 4 maps of 5 x 5
    dense (Dense): 5 units
    ");
    // The image, four maps of two layers, and a strip of five units.
    assert_eq!(pixels(&picture(&all)).len(), 1 + 4 + 4 + 1);
}

#[test]
fn sequences_and_vectors_have_pictures_too() {
    let words = Sequential::new([6])
        .add(Embedding::new(20, 4))
        .add(LSTM::new(3).return_sequences())
        .add(LSTM::new(40));
    let tokens = tensor![1., 2., 3., 4., 5., 6.];
    assert_eq!(
        feature_maps(&words, &tokens, 1).unwrap().maps().shape(),
        [6, 3, 1]
    );
    assert_eq!(
        feature_maps(&words, &tokens, 2).unwrap().maps().shape(),
        [1, 1, 40]
    );
    picture(&all_feature_maps(&words, &tokens).unwrap());
    picture(&network_diagram(&words).unwrap());
}

#[test]
fn a_filter_is_blue_below_zero_and_orange_above() {
    let mut model = Sequential::new([2, 2, 1]).add(Conv2D::new(1, 2));
    model
        .set_weights(&[tensor![-1., 0., 0.5, 1.].reshape([2, 2, 1, 1]), tensor![0.]])
        .unwrap();
    let shown = filters(&model, 0).unwrap();
    let file = &pixels(&picture(&shown))[0];
    let half = file.width() / 2;
    let color = |row: u32, column: u32| file.get_pixel(column * half, row * half).0;
    assert_eq!((color(0, 0), color(0, 1), color(1, 1)), (BLUE, [255; 3], ORANGE));
    assert_eq!(
        color(1, 0),
        [234, 175, 128],
        "half of the way from white to orange"
    );
    assert_snapshot!(plain(&shown), @"
    Layer 0, conv2d (Conv2D)
    1 filter of 2 x 2, weights from -1 to 1
    tensor [[[[-1.0]],

             [[ 0.0]]],


            [[[ 0.5]],

             [[ 1.0]]]]
    ");
}

#[test]
fn units_that_see_an_image_are_filters() {
    seed(1);
    let flat = Sequential::new([4, 5, 1]).add(Flatten::new()).add(Dense::new(3));
    let kernel = filters(&flat, 1).unwrap().kernel().clone();
    assert_eq!(kernel, flat.weights()[0].reshape([4, 5, 1, 3]));
    let square = Sequential::new([64]).add(Dense::new(3)).add(Dense::new(2));
    assert_eq!(filters(&square, 0).unwrap().kernel().shape(), [8, 8, 1, 3]);
    // A reversed convolution keeps its filters before its channels.
    let back = Sequential::new([4, 4, 2]).add(Conv2DTranspose::new(3, 3));
    let (kernel, turned) = (
        back.weights()[0].clone(),
        filters(&back, 0).unwrap().kernel().clone(),
    );
    assert_eq!(
        (kernel.shape(), turned.shape()),
        (&[3, 3, 3, 2][..], &[3, 3, 2, 3][..])
    );
    assert_eq!(turned.at([1, 2, 0, 2]), kernel.at([1, 2, 2, 0]));
    picture(&filters(&back, 0).unwrap());
}

#[test]
fn wrong_layers_and_images_are_told_in_words() {
    let model = one_pixel();
    let image = Tensor::ones([3, 3, 1]);
    let told = [
        feature_maps(&model, &image, 7).unwrap_err().to_string(),
        feature_maps(&model, &Tensor::ones([28, 28, 1]), 0)
            .unwrap_err()
            .to_string(),
        feature_maps(&model, &Tensor::ones([5, 3, 3, 1]), 0)
            .unwrap_err()
            .to_string(),
        feature_maps(&model, &Tensor::ones([9]), 0)
            .unwrap_err()
            .to_string(),
        all_feature_maps(&Sequential::new([3]), &image)
            .unwrap_err()
            .to_string(),
        all_feature_maps(&model, &Tensor::ones([2]))
            .unwrap_err()
            .to_string(),
        filters(&model, 1).unwrap_err().to_string(),
        filters(&model, 3).unwrap_err().to_string(),
        filters(&Sequential::new([3]).add(Dense::new(2)), 0)
            .unwrap_err()
            .to_string(),
        network_diagram(&Sequential::new([3])).unwrap_err().to_string(),
        activation_histograms(&model, &image).unwrap_err().to_string(),
    ];
    assert_snapshot!(told.join("\n\n"), @"
    feature_maps: layer 7 of a model that has 4
    hint: layers count from 0: 0 conv2d, 1 activation, 2 flatten, 3 dense

    feature_maps: the model takes samples of shape [3, 3, 1], but this one has shape [28, 28, 1]
    hint: give one sample of the data that the model is for: data.x.rows(0..1)

    feature_maps: the model takes samples of shape [3, 3, 1], but this one has shape [5, 3, 3, 1]
    hint: give one sample: data.x.rows(0..1) is the first

    feature_maps: the model takes samples of shape [3, 3, 1], but this one has shape [9]
    hint: reshape it: x.reshape([1, 3, 3, 1])

    all_feature_maps: the model has no layers
    hint: add some: Sequential::new([28, 28, 1]).add(Conv2D::new(32, 3))

    all_feature_maps: the model takes samples of shape [3, 3, 1], but this one has shape [2]
    hint: give one sample of the data that the model is for: data.x.rows(0..1)

    filters: layer 1, activation (Activation), has no filters
    hint: layers with filters: 0 conv2d

    filters: layer 3, dense (Dense), has no filters
    hint: layers with filters: 0 conv2d

    filters: layer 0, dense (Dense), has no filters
    hint: no layer of this model looks at images: begin with Conv2D, or see a matrix of weights with heatmap(&model.weights()[0])

    network_diagram: the model has no layers
    hint: add some: Sequential::new([28, 28, 1]).add(Conv2D::new(32, 3))

    activation_histograms: the model takes batches of samples [3, 3, 1], but x has shape [3, 3, 1]
    hint: a single sample is a batch of one: x.reshape([1, 3, 3, 1])
    ");
}
