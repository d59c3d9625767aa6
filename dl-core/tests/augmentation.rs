//! Layers that change images at random: against Keras's numbers where nothing is left to chance, and by what must hold for
//! any chance.

#[path = "references/reading.rs"]
mod reading;

use dl_core::layers::{Factor, Layer, Pass};
use dl_core::prelude::*;
use reading::tensor;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// There is one random generator for the process: a test that counts on its numbers draws alone.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn learning(layer: &dyn Layer, x: &Tensor) -> Tensor {
    layer.output_shape(&x.shape()[1..]).expect("images");
    layer.forward(x, &Pass::new(&[], true))
}

fn every_layer() -> Vec<Box<dyn Layer>> {
    vec![
        Box::new(RandomFlip::new()),
        Box::new(RandomRotation::new(0.2)),
        Box::new(RandomZoom::new(0.4).width(0.2).fill(FillMode::Wrap)),
        Box::new(RandomTranslation::new(0.3, 0.4).fill(FillMode::Constant(0.5))),
        Box::new(RandomPerspective::new(0.4).fill(FillMode::Nearest)),
        Box::new(RandomBrightness::new(0.2)),
        Box::new(RandomChannelShift::new(0.2)),
    ]
}

#[test]
fn like_keras_where_nothing_is_left_to_chance() {
    let _turn = alone();
    let numbers: Value = serde_json::from_str(include_str!("references/layers.json")).expect("valid JSON");
    let rows = numbers["augmentations"].as_array().expect("a list");
    assert_eq!(rows.len(), 22);
    for row in rows {
        let config = &row["config"];
        let number = |value: &Value| value.as_f64().expect("a number") as f32;
        let pair = |name: &str| Factor::from((number(&config[name][0]), number(&config[name][1])));
        let fill = match config["fill_mode"].as_str() {
            Some("constant") => FillMode::Constant(number(&config["fill_value"])),
            Some("wrap") => FillMode::Wrap,
            Some("nearest") => FillMode::Nearest,
            _ => FillMode::Reflect,
        };
        let layer: Box<dyn Layer> = match row["layer"].as_str().expect("a name") {
            "RandomRotation" => Box::new(RandomRotation::new(pair("factor")).fill(fill)),
            "RandomZoom" if config["width_factor"].is_null() => {
                Box::new(RandomZoom::new(pair("height_factor")).fill(fill))
            }
            "RandomZoom" => {
                let zoom = RandomZoom::new(pair("height_factor")).width(pair("width_factor"));
                Box::new(zoom.fill(fill))
            }
            "RandomTranslation" => {
                Box::new(RandomTranslation::new(pair("height_factor"), pair("width_factor")).fill(fill))
            }
            "RandomBrightness" => {
                let range = &config["value_range"];
                Box::new(
                    RandomBrightness::new(pair("factor")).value_range(number(&range[0]), number(&range[1])),
                )
            }
            other => panic!("unknown layer {other}"),
        };
        let (found, expected) = (learning(&*layer, &tensor(&row["x"])), tensor(&row["y"]));
        assert_eq!(found.shape(), expected.shape());
        let distance = (found - expected).abs().max().item();
        assert!(
            distance < 1e-5,
            "{} {config}: {distance} from Keras",
            row["layer"]
        );
    }
}

#[test]
fn only_while_learning_and_the_same_from_the_same_seed() {
    let _turn = alone();
    seed(1);
    let images = Tensor::uniform([6, 8, 9, 3], 0., 1.);
    for layer in every_layer() {
        assert_eq!(
            layer.forward(&images, &Pass::new(&[], false)),
            images,
            "{layer:?}"
        );
        seed(2);
        let first = learning(&*layer, &images);
        assert_eq!(first.shape(), images.shape());
        assert_ne!(first, images, "{layer:?}");
        assert_ne!(first, learning(&*layer, &images), "{layer:?}");
        seed(2);
        assert_eq!(first, learning(&*layer, &images), "{layer:?}");
        // Each image by itself.
        let same = Tensor::concat(&[&images.rows(0..1), &images.rows(0..1), &images.rows(0..1)], 0);
        let changed = learning(&RandomRotation::new(0.2), &same);
        assert_ne!(changed.rows(0..1), changed.rows(1..2));
    }
}

#[test]
fn a_flip_is_one_of_four_images_and_each_as_often() {
    let _turn = alone();
    seed(3);
    let image = tensor![[1., 2., 3.], [4., 5., 6.]].reshape([1, 2, 3, 1]);
    let many = Tensor::concat(&vec![&image; 4000], 0);
    let flipped = learning(&RandomFlip::new(), &many);
    let forms = [
        [1., 2., 3., 4., 5., 6.],
        [3., 2., 1., 6., 5., 4.],
        [4., 5., 6., 1., 2., 3.],
        [6., 5., 4., 3., 2., 1.],
    ];
    let mut counts = [0; 4];
    for form in flipped.to_vec().chunks_exact(6) {
        counts[forms
            .iter()
            .position(|known| known == form)
            .expect("one of the four")] += 1;
    }
    assert!(
        counts.iter().all(|count| (900..1100).contains(count)),
        "{counts:?}"
    );
    let sideways = learning(&RandomFlip::horizontal(), &many).to_vec();
    assert!(
        sideways
            .chunks_exact(6)
            .all(|form| form == forms[0] || form == forms[1])
    );
}

#[test]
fn a_perspective_moves_corners_no_farther_than_said() {
    let _turn = alone();
    seed(4);
    // The image of x: each pixel tells where it comes from.
    let x = Tensor::arange(0., 21., 1.);
    let ramp = (Tensor::zeros([300, 21, 21, 1]) + x.reshape([21, 1])).reshape([300, 21, 21, 1]);
    let seen = learning(&RandomPerspective::new(0.2).fill(FillMode::Nearest), &ramp);
    let left: Vec<f32> = (0..300).map(|n| seen.at([n, 10, 0, 0])).collect();
    let farthest = left.iter().copied().fold(0.0, f32::max);
    assert!((1.0..=2.5).contains(&farthest), "{farthest}"); // at most a tenth of 20 pixels, and a little for the angle
    let half = learning(&RandomPerspective::new(0.2).probability(0.5), &ramp);
    let stayed = (0..300)
        .filter(|&n| half.rows(n..n + 1) == ramp.rows(n..n + 1))
        .count();
    assert!((110..190).contains(&stayed), "{stayed} of 300");
}

#[test]
fn gradients_go_through() {
    let _turn = alone();
    for layer in every_layer() {
        seed(5);
        let images = Tensor::uniform([2, 4, 5, 2], 0.3, 0.7);
        let factors = Tensor::randn([2, 4, 5, 2]);
        let loss = |x: &Tensor| {
            seed(6);
            (learning(&*layer, x) * &factors).sum()
        };
        let tracked = images.track();
        let gradient = loss(&tracked).backward().of(&tracked);
        // All of these are straight lines in each pixel: a step of any size will do, if nothing is cut off.
        for (position, derivative) in gradient.to_vec().into_iter().enumerate() {
            let mut step = vec![0.0; images.len()];
            step[position] = 0.05;
            let step = Tensor::from_vec(step, images.shape());
            let expected = (loss(&(&images + &step)) - loss(&(&images - &step))).item() / 0.1;
            assert!(
                (derivative - expected).abs() < 2e-4,
                "{layer:?}: {derivative}, not {expected}"
            );
        }
    }
}

#[test]
fn hostile_maps_stay_inside_memory() {
    let _turn = alone();
    // As large as the settings allow, on the smallest image.
    let pixel = Tensor::ones([3, 1, 1, 1]);
    for fill in [
        FillMode::Reflect,
        FillMode::Wrap,
        FillMode::Nearest,
        FillMode::Constant(1.0),
    ] {
        let zoom = RandomZoom::new((100., 100.)).fill(fill);
        let turn = RandomRotation::new((1., 1.)).fill(fill);
        let shift = RandomTranslation::new((-1., -1.), (1., 1.)).fill(fill);
        let angle = RandomPerspective::new(1.).fill(fill);
        let layers: [&dyn Layer; 4] = [&zoom, &turn, &shift, &angle];
        for layer in layers {
            let distance = (learning(layer, &pixel) - 1.0).abs().max().item();
            assert!(distance < 1e-6, "{layer:?}");
        }
    }
}
