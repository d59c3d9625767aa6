//! Convolution and pooling against loops that do what the formulas say, over many shapes.

use dl_core::prelude::*;

/// Where the window begins and how many places it takes along one side, as Keras pads.
fn places(length: usize, size: usize, stride: usize, padding: Padding) -> Option<(isize, usize)> {
    match padding {
        Valid if size > length => None,
        Valid => Some((0, (length - size) / stride + 1)),
        Same => {
            let count = length.div_ceil(stride);
            let zeros = ((count.max(1) - 1) * stride + size).saturating_sub(length);
            Some((-((zeros / 2) as isize), count))
        }
    }
}

/// Calls `meet(place, pixel, tap)` for every pixel under the window at every place, all as positions `[row, column]`.
fn meet_all(
    image: [usize; 2],
    size: [usize; 2],
    conv: Conv,
    mut meet: impl FnMut([usize; 2], [usize; 2], [usize; 2]),
) -> Option<[usize; 2]> {
    let (top, rows) = places(image[0], size[0], conv.stride, conv.padding)?;
    let (left, columns) = places(image[1], size[1], conv.stride, conv.padding)?;
    for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
        for (a, b) in (0..size[0]).flat_map(|a| (0..size[1]).map(move |b| (a, b))) {
            let row = top + (i * conv.stride + a) as isize;
            let column = left + (j * conv.stride + b) as isize;
            let inside = (0..image[0] as isize).contains(&row) && (0..image[1] as isize).contains(&column);
            if inside {
                meet([i, j], [row as usize, column as usize], [a, b]);
            }
        }
    }
    Some([rows, columns])
}

fn offset(shape: &[usize], n: usize, [row, column]: [usize; 2], channel: usize) -> usize {
    ((n * shape[1] + row) * shape[2] + column) * shape[3] + channel
}

#[track_caller]
fn assert_close(found: &Tensor, expected: &[f64], size: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.to_vec().into_iter().zip(expected).enumerate() {
        let distance = (f64::from(found) - expected).abs();
        assert!(
            distance <= 2e-6 * size,
            "{what}: element {i} is {found}, not {expected}"
        );
    }
}

/// Numbers that repeat only after a long while, between -1 and 1.
fn numbers(shape: &[usize], seed: usize) -> Tensor {
    let count = shape.iter().product();
    let values = (0..count).map(|i| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.5 - 1.0);
    Tensor::from_vec(values.collect(), shape)
}

/// The convolution of `x` by `w` and its gradients, weighted with `g`, by the formulas.
fn check_convolution(x: &Tensor, w: &Tensor, conv: Conv) {
    let what = format!("{:?} by {:?}, {conv:?}", x.shape(), w.shape());
    let (&[images, height, width, channels], &[kh, kw, _, filters]) = (x.shape(), w.shape()) else {
        panic!("four axes")
    };
    let (xs, ws) = (x.to_vec(), w.to_vec());
    let count = meet_all([height, width], [kh, kw], conv, |_, _, _| {}).expect("the window fits");
    let shape = [images, count[0], count[1], filters];
    let g = numbers(&shape, 3);
    let gs = g.to_vec();
    let mut y = vec![0.0_f64; gs.len()];
    let (mut dx, mut dw) = (vec![0.0_f64; xs.len()], vec![0.0_f64; ws.len()]);
    for n in 0..images {
        meet_all([height, width], [kh, kw], conv, |place, pixel, [a, b]| {
            for c in 0..channels {
                for f in 0..filters {
                    let at_x = offset(x.shape(), n, pixel, c);
                    let (at_w, at_y) = (offset(w.shape(), a, [b, c], f), offset(&shape, n, place, f));
                    y[at_y] += f64::from(xs[at_x]) * f64::from(ws[at_w]);
                    dx[at_x] += f64::from(gs[at_y]) * f64::from(ws[at_w]);
                    dw[at_w] += f64::from(gs[at_y]) * f64::from(xs[at_x]);
                }
            }
        });
    }
    let (tracked_x, tracked_w) = (x.track(), w.track());
    let found = tracked_x.conv2d(&tracked_w, conv);
    assert_eq!(found.shape(), shape, "{what}");
    assert_close(&found, &y, (1 + kh * kw * channels) as f64, &what);
    let gradients = (&found * &g).sum().backward();
    let size = (1 + kh * kw * filters) as f64;
    assert_close(&gradients.of(&tracked_x), &dx, size, &format!("{what}, dx"));
    let size = (1 + images * count[0] * count[1]) as f64;
    assert_close(&gradients.of(&tracked_w), &dw, size, &format!("{what}, dw"));
    // Of the first layer, whose images are data, the filters' gradient is the same.
    let alone = (x.conv2d(&tracked_w, conv) * &g).sum().backward();
    assert_eq!(
        alone.of(&tracked_w),
        gradients.of(&tracked_w),
        "{what}, x not tracked"
    );
}

#[test]
fn convolutions_of_every_small_size() {
    let mut checked = 0;
    for height in 1..=9 {
        for size in 1..=5 {
            for stride in 1..=3 {
                for padding in [Valid, Same] {
                    // The other sizes go round on their own, so that all of them meet.
                    checked += 1;
                    let (width, window) = (1 + (checked * 5 + height) % 9, 1 + (checked * 3) % 4);
                    let (channels, filters) = (1 + (checked * 7) % 20, 1 + (checked * 11) % 40);
                    let conv = Conv { stride, padding };
                    let x = numbers(&[1 + checked % 3, height, width, channels], checked);
                    let w = numbers(&[size, window, channels, filters], checked + 1);
                    if padding == Same || (size <= height && window <= width) {
                        check_convolution(&x, &w, conv);
                    }
                }
            }
        }
    }
    assert_eq!(checked, 270);
}

#[test]
fn convolutions_of_single_channels_and_large_batches() {
    let conv = |stride, padding| Conv { stride, padding };
    // Enough work for all threads, too.
    let rows = [
        ([7, 28, 28, 1], [3, 3, 1, 32], conv(1, Valid)),
        ([5, 13, 13, 32], [3, 3, 32, 64], conv(1, Valid)),
        ([3, 14, 15, 16], [5, 5, 16, 33], conv(2, Same)),
        ([4, 28, 28, 3], [3, 3, 3, 1], conv(1, Same)),
        ([9, 6, 6, 48], [1, 1, 48, 17], conv(1, Valid)),
    ];
    for (images, filters, conv) in rows {
        check_convolution(&numbers(&images, 1), &numbers(&filters, 2), conv);
    }
}

#[test]
fn windows_over_nothing() {
    for padding in [Valid, Same] {
        let conv = Conv { stride: 1, padding };
        let filters = Tensor::ones([2, 2, 3, 4]).track();
        let empty = Tensor::zeros([0, 5, 5, 3]).track();
        let seen = empty.conv2d(&filters, conv);
        assert_eq!(seen.shape()[0], 0);
        let gradients = seen.sum().backward();
        assert_eq!(gradients.of(&filters), Tensor::zeros([2, 2, 3, 4]));
        assert_eq!(gradients.of(&empty).shape(), [0, 5, 5, 3]);
        // Without channels there is nothing to see, without filters nobody to see it.
        let no_channels = Tensor::zeros([2, 5, 5, 0]).track();
        let blind = no_channels.conv2d(&Tensor::zeros([2, 2, 0, 4]), conv);
        assert_eq!(blind, Tensor::zeros(blind.shape()));
        assert_eq!(blind.sum().backward().of(&no_channels).shape(), [2, 5, 5, 0]);
        let image = Tensor::ones([2, 5, 5, 3]).track();
        let unseen = image.conv2d(&Tensor::zeros([2, 2, 3, 0]), conv);
        assert_eq!((unseen.len(), unseen.rank()), (0, 4));
        assert_eq!(unseen.sum().backward().of(&image), Tensor::zeros([2, 5, 5, 3]));
    }
    assert_eq!(Tensor::zeros([0, 5, 5, 3]).max_pool2d(2, 2).shape(), [0, 2, 2, 3]);
    assert_eq!(Tensor::zeros([2, 5, 5, 0]).avg_pool2d(2, 2).shape(), [2, 2, 2, 0]);
}

#[test]
fn pools_of_every_small_size() {
    let mut checked = 0;
    for height in 1..=9 {
        for size in 1..=4 {
            for stride in 1..=3 {
                checked += 1;
                let (width, channels) = (1 + (checked * 5) % 9, 1 + (checked * 7) % 20);
                if size > height || size > width {
                    continue;
                }
                let x = numbers(&[2, height, width, channels], checked).track();
                let conv = Conv {
                    stride,
                    padding: Valid,
                };
                let what = format!("{:?} in windows of {size}, {conv:?}", x.shape());
                let xs = x.to_vec();
                let count = meet_all([height, width], [size, size], conv, |_, _, _| {}).expect("fits");
                let shape = [2, count[0], count[1], channels];
                let g = numbers(&shape, 5);
                let (mut most, mut mean) = (vec![f64::MIN; g.len()], vec![0.0; g.len()]);
                let (mut winner, mut d_mean) = (vec![0; g.len()], vec![0.0; xs.len()]);
                let area = (size * size) as f64;
                for (n, c) in (0..2).flat_map(|n| (0..channels).map(move |c| (n, c))) {
                    meet_all([height, width], [size, size], conv, |place, pixel, _| {
                        let (at_y, at_x) = (offset(&shape, n, place, c), offset(x.shape(), n, pixel, c));
                        let number = f64::from(xs[at_x]);
                        if number > most[at_y] {
                            (most[at_y], winner[at_y]) = (number, at_x);
                        }
                        mean[at_y] += number / area;
                        d_mean[at_x] += f64::from(g.to_vec()[at_y]) / area;
                    });
                }
                let mut d_most = vec![0.0; xs.len()];
                for (at_x, g) in winner.iter().zip(g.to_vec()) {
                    d_most[*at_x] += f64::from(g);
                }
                let (max, avg) = (x.max_pool2d(size, stride), x.avg_pool2d(size, stride));
                assert_eq!((max.shape(), avg.shape()), (&shape[..], &shape[..]), "{what}");
                assert_close(&max, &most, 0.0, &what);
                assert_close(&avg, &mean, 1.0, &what);
                let dx = (&max * &g).sum().backward().of(&x);
                assert_close(&dx, &d_most, 4.0, &what);
                let dx = (&avg * &g).sum().backward().of(&x);
                assert_close(&dx, &d_mean, 4.0, &what);
            }
        }
    }
    assert_eq!(checked, 108);
}

#[test]
fn of_equal_pixels_the_first_gets_the_gradient() {
    let x = Tensor::ones([1, 4, 4, 1]).track();
    let dx = (x.max_pool2d(2, 2) * 3.0).sum().backward().of(&x);
    let first = tensor![[3, 0, 3, 0], [0, 0, 0, 0], [3, 0, 3, 0], [0, 0, 0, 0]];
    assert_eq!(dx, first.reshape([1, 4, 4, 1]));
    // Windows that overlap: each adds to its own first pixel.
    let dx = x.max_pool2d(3, 1).sum().backward().of(&x);
    let first = tensor![[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]];
    assert_eq!(dx, first.reshape([1, 4, 4, 1]));
}
