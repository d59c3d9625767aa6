//! How fast single operations are, through the public API: `cargo bench -p dl-core`. Whole trainings are measured by the
//! example `train_speed`.

#![expect(missing_docs, reason = "Criterion's macro writes a function without")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dl_core::prelude::*;
use std::hint::black_box;

/// Multiply-adds are counted as one element each: half the number of floating-point operations.
fn products(c: &mut Criterion) {
    let mut group = c.benchmark_group("matmul");
    for [rows, inner, columns] in [
        [4, 2, 4],
        [32, 784, 128],
        [128, 784, 128],
        [128, 512, 512],
        [1024, 1024, 1024],
    ] {
        let (a, b) = (Tensor::randn([rows, inner]), Tensor::randn([inner, columns]));
        group.throughput(Throughput::Elements((rows * inner * columns) as u64));
        group.bench_function(format!("{rows}x{inner}x{columns}"), |bench| {
            bench.iter(|| a.matmul(&b));
        });
    }
}

fn convolutions(c: &mut Criterion) {
    for (name, back) in [("conv2d", false), ("conv2d with gradients", true)] {
        let mut group = c.benchmark_group(name);
        group.sample_size(20);
        for [size, channels, filters] in [[28, 1, 32], [13, 32, 64], [32, 3, 32], [8, 128, 128]] {
            let x = Tensor::randn([32, size, size, channels]);
            let w = Tensor::randn([3, 3, channels, filters]).track();
            let (x, places) = (if back { x.track() } else { x }, size - 2);
            let work = (1 + 2 * usize::from(back)) * 32 * places * places * 9 * channels * filters;
            group.throughput(Throughput::Elements(work as u64));
            let id = BenchmarkId::from_parameter(format!("{size}x{size}x{channels} to {filters}"));
            group.bench_function(id, |bench| {
                bench.iter(|| {
                    let y = x.conv2d(&w, Conv::default());
                    if back {
                        black_box(y.sum().backward());
                    }
                });
            });
        }
    }
}

fn pools(c: &mut Criterion) {
    let mut group = c.benchmark_group("pooling");
    let x = Tensor::randn([32, 26, 26, 32]).track();
    group.throughput(Throughput::Elements(x.len() as u64));
    group.bench_function("max 2x2", |bench| bench.iter(|| x.max_pool2d(2, 2)));
    group.bench_function("max 2x2 with gradient", |bench| {
        bench.iter(|| x.max_pool2d(2, 2).sum().backward());
    });
    group.bench_function("mean 3x3, stride 1", |bench| bench.iter(|| x.avg_pool2d(3, 1)));
}

fn elements(c: &mut Criterion) {
    let mut group = c.benchmark_group("elements");
    for count in [4, 1_000, 100_000] {
        let (a, b) = (Tensor::randn([count]), Tensor::randn([count]));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("sum of two, {count}"), |bench| bench.iter(|| &a + &b));
        group.bench_function(format!("sigmoid, {count}"), |bench| bench.iter(|| a.sigmoid()));
        group.bench_function(format!("sum, {count}"), |bench| bench.iter(|| a.sum()));
    }
}

/// Forward and back through layers with primitives of their own; the elements are those of the input.
fn layers(c: &mut Criterion) {
    let mut group = c.benchmark_group("layers with gradients");
    group.sample_size(20);
    let sequences = Tensor::randn([128, 40, 10]);
    let images = Tensor::randn([32, 28, 28, 32]);
    let layers: [(&str, Box<dyn Layer>, &Tensor); 6] = [
        ("SimpleRNN 100", Box::new(SimpleRNN::new(100)), &sequences),
        ("LSTM 100", Box::new(LSTM::new(100)), &sequences),
        ("GRU 100", Box::new(GRU::new(100)), &sequences),
        ("BatchNorm", Box::new(BatchNorm::new()), &images),
        ("LayerNorm", Box::new(LayerNorm::new()), &images),
        ("RandomRotation", Box::new(RandomRotation::new(0.1)), &images),
    ];
    for (name, layer, x) in layers {
        let weights = layer.weights(&x.shape()[1..]);
        let weights: Vec<Tensor> = weights
            .iter()
            .map(|w| (Tensor::randn(w.shape()) * 0.1).abs().track())
            .collect();
        let x = x.track();
        group.throughput(Throughput::Elements(x.len() as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| layer.forward(&x, &Pass::new(&weights, true)).sum().backward());
        });
    }
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("steps");
    let gradient = Tensor::randn([784, 128]);
    group.throughput(Throughput::Elements(gradient.len() as u64));
    let mut weights = [Tensor::randn([784, 128])];
    let mut adam = Adam::new(1e-3);
    group.bench_function("Adam 784x128", |bench| {
        bench.iter(|| adam.step(&mut weights, &[Some(gradient.clone())]));
    });
}

criterion_group!(benches, products, convolutions, pools, elements, layers, steps);
criterion_main!(benches);
