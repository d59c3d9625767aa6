//! The training workloads of the speed table, one JSON line each, under the names of the PyTorch script
//! (`tests/bench/torch_train.py`) that they are compared with in the same run (`tests/bench/compare.sh`).
//!
//!     train_speed [--data DIR] [--threads N] [--device cpu|cuda|cuda:N|best] [--samples N] [--only NAME,NAME]
//!
//! DIR holds the four raw MNIST idx files; without it 60,000 random samples take their place (and no accuracy is told).
//! Each workload runs one warm-up epoch of 6,000 samples and then counts whole epochs; "samples_per_s" is the best of
//! them, "test_accuracy" is after all of them. `cnn_to_985`, which is run only where it is named, tells the seconds from opening
//! the device until the network of convolutions answers 98.5 % of the test samples right.

use dl_core::prelude::*;
use std::error::Error as StdError;
use std::time::Instant;

/// A network of dense layers, or the one of two convolutions.
enum Network {
    Dense(&'static [usize]),
    Convolutions,
}

/// Name, network, batch size, counted epochs.
const WORKLOADS: [(&str, Network, usize, usize); 4] = [
    ("mlp128_b32", Network::Dense(&[128]), 32, 2),
    ("mlp128_b128", Network::Dense(&[128]), 128, 3),
    ("mlp512_b128", Network::Dense(&[512, 512]), 128, 2),
    ("cnn_b128", Network::Convolutions, 128, 1),
];

fn main() -> Result<(), Box<dyn StdError>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value_of = |name: &str| {
        let position = arguments.iter().position(|argument| argument == name)?;
        arguments.get(position + 1).map(String::as_str)
    };
    if let Some(threads) = value_of("--threads") {
        dl_core::set_threads(threads.parse()?);
    }
    let opened = Instant::now();
    let device = match value_of("--device") {
        None | Some("cpu") => Device::cpu(),
        Some("best") => Device::best(),
        Some(name) => {
            let number = name
                .strip_prefix("cuda")
                .ok_or("--device is cpu, cuda, cuda:1 or best")?;
            Device::cuda(number.strip_prefix(':').map_or(Ok(0), str::parse)?)?
        }
    };
    let samples = value_of("--samples").map_or(Ok(usize::MAX), str::parse)?;
    let only: Option<Vec<&str>> = value_of("--only").map(|names| names.split(',').collect());
    let wanted = |name: &str| only.as_ref().is_none_or(|names| names.contains(&name));
    seed(0);

    if WORKLOADS.iter().any(|(name, ..)| wanted(name)) {
        let (train, test) = match value_of("--data") {
            Some(folder) => (mnist(folder, "train")?, Some(mnist(folder, "t10k")?)),
            None => (random_samples(60_000), None),
        };
        let train = train.take(samples.min(train.len()));
        for (name, network, batch, epochs) in WORKLOADS.iter().filter(|(name, ..)| wanted(name)) {
            let model = network.build().to(device);
            measure(name, model, *batch, *epochs, &train, test.as_ref())?;
        }
    }
    if let (true, Some(folder)) = (
        only.as_ref().is_some_and(|names| names.contains(&"cnn_to_985")),
        value_of("--data"),
    ) {
        let (train, test) = (mnist(folder, "train")?, mnist(folder, "t10k")?);
        let (accuracy, epochs) = learn_to(0.985, device, &train, &test)?;
        let seconds = opened.elapsed().as_secs_f64();
        println!(
            "{{\"workload\": \"cnn_to_985\", \"seconds\": {seconds:.2}, \"epochs\": {epochs}, \"test_accuracy\": {accuracy:.4}}}"
        );
    }
    if wanted("xor_step") {
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            best = best.min(xor_steps(2_000.min(samples), device)?);
        }
        println!("{{\"workload\": \"xor_step\", \"us_per_step\": {best:.2}}}");
    }
    Ok(())
}

impl Network {
    fn build(&self) -> Sequential {
        let images = Sequential::new([28, 28, 1]);
        match self {
            Network::Dense(hidden) => hidden
                .iter()
                .fold(images.add(Flatten::new()), |model, &units| {
                    model.add(Dense::new(units).activation(ReLU))
                })
                .add(Dense::new(10)),
            Network::Convolutions => images
                .add(Conv2D::new(32, 3).activation(ReLU))
                .add(MaxPool2D::new(2))
                .add(Conv2D::new(64, 3).activation(ReLU))
                .add(MaxPool2D::new(2))
                .add(Flatten::new())
                .add(Dropout::new(0.5))
                .add(Dense::new(10)),
        }
    }
}

fn measure(
    name: &str,
    mut model: Sequential,
    batch: usize,
    epochs: usize,
    train: &Dataset,
    test: Option<&Dataset>,
) -> Result<(), Error> {
    model.compile(Adam::new(1e-3), SparseCategoricalCrossentropy::from_logits(), []);
    model.fit(
        &train.take(train.len().min(6_000)),
        Fit::epochs(1).batch_size(batch).silent(),
    )?;
    let mut best = 0.0_f64;
    for _ in 0..epochs {
        let start = Instant::now();
        model.fit(train, Fit::epochs(1).batch_size(batch).silent())?;
        best = best.max(train.len() as f64 / start.elapsed().as_secs_f64());
    }
    let mut accuracy = String::new();
    if let Some(test) = test {
        model.compile(
            Adam::new(1e-3),
            SparseCategoricalCrossentropy::from_logits(),
            [Accuracy],
        );
        let share = model.evaluate(test)?.get("accuracy");
        accuracy = format!(", \"test_accuracy\": {share:.4}");
    }
    println!("{{\"workload\": \"{name}\", \"samples_per_s\": {best:.0}{accuracy}}}");
    Ok(())
}

/// Epoch after epoch until the network of convolutions is that good, 20 at most: its accuracy, and the epochs.
fn learn_to(wanted: f32, device: Device, train: &Dataset, test: &Dataset) -> Result<(f32, usize), Error> {
    let mut model = Network::Convolutions.build().to(device);
    model.compile(
        Adam::new(1e-3),
        SparseCategoricalCrossentropy::from_logits(),
        [Accuracy],
    );
    let mut accuracy = 0.0;
    for epoch in 1..=20 {
        model.fit(train, Fit::epochs(1).batch_size(128).silent())?;
        accuracy = model.evaluate(test)?.get("accuracy");
        if accuracy >= wanted {
            return Ok((accuracy, epoch));
        }
    }
    Ok((accuracy, 20))
}

/// Microseconds of one step of a 2-4-1 network on the four points of XOR.
fn xor_steps(count: usize, device: Device) -> Result<f64, Error> {
    let x = tensor![[0., 0.], [0., 1.], [1., 0.], [1., 1.]];
    let points = Dataset::new(x, tensor![[0.], [1.], [1.], [0.]]);
    let mut model = Sequential::new([2])
        .add(Dense::new(4).activation(Tanh))
        .add(Dense::new(1).activation(Sigmoid))
        .to(device);
    model.compile(SGD::new(0.5), MeanSquaredError::new(), []);
    model.fit(&points, Fit::epochs(500.min(count)).batch_size(4).silent())?;
    let start = Instant::now();
    model.fit(&points, Fit::epochs(count).batch_size(4).silent())?;
    Ok(start.elapsed().as_secs_f64() / count as f64 * 1e6)
}

fn random_samples(count: usize) -> Dataset {
    let labels = Tensor::uniform([count], 0., 10.)
        .to_vec()
        .iter()
        .map(|label| label.floor())
        .collect();
    Dataset::new(
        Tensor::uniform([count, 28, 28, 1], 0., 1.),
        Tensor::from_vec(labels, [count]),
    )
}

/// The raw idx files: a header of 16 (images) or 8 (labels) bytes, then one byte per number.
fn mnist(folder: &str, kind: &str) -> std::io::Result<Dataset> {
    let read = |file: &str, header: usize, scale: f32| -> std::io::Result<Vec<f32>> {
        let bytes = std::fs::read(format!("{folder}/{kind}-{file}-ubyte"))?;
        Ok(bytes[header..]
            .iter()
            .map(|&byte| f32::from(byte) * scale)
            .collect())
    };
    let labels = read("labels-idx1", 8, 1.0)?;
    let images = read("images-idx3", 16, 1.0 / 255.0)?;
    let count = labels.len();
    Ok(Dataset::new(
        Tensor::from_vec(images, [count, 28, 28, 1]),
        Tensor::from_vec(labels, [count]),
    ))
}
