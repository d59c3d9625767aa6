//! The whole image sets, where `install/data.sh` has put them: what is known of them from their authors. Where they are not,
//! what the loader says.

use dl_core::data::{Dataset, fashion_mnist, mnist};

/// Checks sizes, balance and the mean pixel (0 to 255) of a set.
fn check(
    loaded: dl_core::Result<(Dataset, Dataset)>,
    counts: [usize; 10],
    mean: f64,
    first_labels: [f32; 5],
) {
    let (train, test) = match loaded {
        Ok(sets) => sets,
        Err(error) => {
            let text = error.to_string();
            assert!(
                text.contains("Looked in:") && text.contains("run install/data.sh"),
                "{text}"
            );
            println!("not checked: {text}");
            return;
        }
    };
    assert_eq!(
        (train.x.shape(), test.x.shape()),
        (&[60_000, 28, 28, 1][..], &[10_000, 28, 28, 1][..])
    );
    let labels = train.y.to_vec();
    assert_eq!(labels[..5], first_labels);
    for (class, count) in counts.into_iter().enumerate() {
        assert_eq!(
            labels.iter().filter(|&&label| label == class as f32).count(),
            count,
            "class {class}"
        );
    }
    let pixels = train.x.to_vec();
    let found = pixels.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / pixels.len() as f64;
    assert!((found - mean).abs() < 0.01, "mean pixel {found}");
}

#[test]
fn fashion_mnist_is_what_its_authors_published() {
    check(fashion_mnist(), [6000; 10], 72.94, [9., 0., 0., 3., 0.]);
}

#[test]
fn mnist_is_what_its_authors_published() {
    let counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
    check(mnist(), counts, 33.318, [5., 0., 4., 1., 9.]);
}
