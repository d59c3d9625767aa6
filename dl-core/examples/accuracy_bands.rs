//! What the well-known networks of the course reach on the whole image sets, with three seeds each: the accuracies that a
//! learner is promised. Too long for the tests of every day: this is for a night, or before a release.
//!
//!     HEBB_DATA=DIR accuracy_bands [--threads N] [--only NAME,NAME] [--seeds N]
//!
//! One JSON line for each band and seed, then one with the verdict; the exit status is 1 if an accuracy lies outside its
//! band. A band's upper end is the best that such a network is known to reach: more means that something leaks.

use dl_core::prelude::*;
use std::error::Error as StdError;
use std::process::ExitCode;
use std::time::Instant;

/// A network, the epochs after which it is judged, and the accuracy on the test samples that it must have then.
struct Course {
    name: &'static str,
    load: fn() -> dl_core::Result<(Dataset, Dataset)>,
    model: fn() -> Sequential,
    bands: &'static [(usize, f32, f32)],
}

const COURSES: [Course; 5] = [
    Course {
        name: "mnist_softmax",
        load: mnist,
        model: || {
            let mut model = dense(&[]);
            model.compile(
                SGD::new(0.01),
                SparseCategoricalCrossentropy::from_logits(),
                [Accuracy],
            );
            model
        },
        bands: &[(5, 0.86, 0.91)],
    },
    Course {
        name: "mnist_dense_512_512",
        load: mnist,
        model: || by_adam(dense(&[512, 512])),
        bands: &[(5, 0.975, 1.0)],
    },
    Course {
        name: "mnist_conv_32_64",
        load: mnist,
        model: || by_adam(convolutions()),
        bands: &[(3, 0.985, 1.0), (12, 0.990, 1.0)],
    },
    Course {
        name: "fashion_dense_256",
        load: fashion_mnist,
        model: || by_adam(dense(&[256])),
        bands: &[(10, 0.87, 0.89)],
    },
    Course {
        name: "fashion_conv_32_64",
        load: fashion_mnist,
        model: || by_adam(convolutions()),
        bands: &[(15, 0.89, 0.92)],
    },
];

fn main() -> Result<ExitCode, Box<dyn StdError>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value_of = |name: &str| {
        let position = arguments.iter().position(|argument| argument == name)?;
        arguments.get(position + 1).map(String::as_str)
    };
    if let Some(threads) = value_of("--threads") {
        dl_core::set_threads(threads.parse()?);
    }
    let seeds: u64 = value_of("--seeds").map_or(Ok(3), str::parse)?;
    let only: Option<Vec<&str>> = value_of("--only").map(|names| names.split(',').collect());
    let wanted = |course: &&Course| only.as_ref().is_none_or(|names| names.contains(&course.name));

    let (mut judged, mut outside) = (0, 0);
    for course in COURSES.iter().filter(wanted) {
        let (train, test) = (course.load)()?;
        let (train, test) = (train.normalize(), test.normalize());
        for number in 0..seeds {
            seed(number);
            let (mut model, mut learned) = ((course.model)(), 0);
            let start = Instant::now();
            for &(epochs, least, most) in course.bands {
                model.fit(&train, Fit::epochs(epochs - learned).batch_size(128).silent())?;
                learned = epochs;
                let accuracy = model.evaluate(&test)?.get("accuracy");
                let within = (least..=most).contains(&accuracy);
                judged += 1;
                outside += usize::from(!within);
                println!(
                    "{{\"band\": \"{}_{epochs}_epochs\", \"seed\": {number}, \"accuracy\": {accuracy:.4}, \
                     \"least\": {least}, \"most\": {most}, \"within\": {within}, \"seconds\": {:.0}}}",
                    course.name,
                    start.elapsed().as_secs_f64()
                );
            }
        }
    }
    println!(
        "{{\"verdict\": \"{}\", \"judged\": {judged}, \"outside\": {outside}}}",
        if judged > 0 && outside == 0 {
            "passed"
        } else {
            "failed"
        }
    );
    Ok(ExitCode::from(u8::from(judged == 0 || outside > 0)))
}

fn by_adam(mut model: Sequential) -> Sequential {
    model.compile(
        Adam::new(1e-3),
        SparseCategoricalCrossentropy::from_logits(),
        [Accuracy],
    );
    model
}

/// Dense layers on the pixels, with ten answers.
fn dense(hidden: &[usize]) -> Sequential {
    let pixels = Sequential::new([28, 28, 1]).add(Flatten::new());
    hidden
        .iter()
        .fold(pixels, |model, &units| {
            model.add(Dense::new(units).activation(ReLU))
        })
        .add(Dense::new(10))
}

/// The two convolutions of the lesson on MNIST, with dropout before the ten answers.
fn convolutions() -> Sequential {
    Sequential::new([28, 28, 1])
        .add(Conv2D::new(32, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Conv2D::new(64, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Flatten::new())
        .add(Dropout::new(0.5))
        .add(Dense::new(10))
}
