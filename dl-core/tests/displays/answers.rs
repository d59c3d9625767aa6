//! What a model answers, and what becomes of images: numbers known by hand.

use super::{diagonal, picture, pixels, plain, table, words};
use dl_core::prelude::*;
use insta::assert_snapshot;

/// Answers 0 1 1 0 for the truths 0 1 0 0.
fn four() -> Dataset {
    let x = tensor![[0., 0.], [1., 1.], [1., 0.5], [0., 0.2]];
    Dataset::new(x, tensor![[0.], [1.], [0.], [0.]]).with_classes(["low", "high"])
}

#[test]
fn a_confusion_matrix_counts_truth_by_answer() {
    // Answers 0 1 1 0 for the truths 0 1 0 0: three right, one 0 taken for 1.
    let data = Dataset::new(
        tensor![[0., 0.], [1., 1.], [1., 0.5], [0., 0.2]],
        tensor![[0.], [1.], [0.], [0.]],
    );
    let matrix = confusion_matrix(&diagonal(), &data.with_classes(["low", "high"])).unwrap();
    let counts = [[0, 0], [0, 1], [1, 0], [1, 1]].map(|[truth, answer]| matrix.count(truth, answer));
    assert_eq!((counts, matrix.accuracy()), ([2, 1, 0, 1], 0.75));
    insta::assert_snapshot!(plain(&matrix), @"
    75.0 % of 4 answers are right
    truth |   low  high |   right
    -----------------------------
      low |     2     1 |  66.7 %
     high |     0     1 | 100.0 %
    ");
    insta::assert_snapshot!(words(&picture(&matrix)), @"
    Confusion matrix of 2 classes: 75.0 % of 4 answers are right
    75.0 % of 4 answers are right
    rows: truth; columns: answer; % of the row
    low
    low
    2
    67 %
    1
    33 %
    high
    high
    1
    100 %
    ");
}

#[test]
fn a_confusion_matrix_reads_one_hot_targets_and_many_classes() {
    let labels: Vec<f32> = (0..120).map(|index| (index % 40) as f32).collect();
    let y = Tensor::from_vec(labels, [120]);
    let mut model = Sequential::new([40]).add(Dense::new(40));
    model
        .set_weights(&[Tensor::eye(40), Tensor::zeros([40])])
        .unwrap();
    let x = one_hot(&y, 40);
    for targets in [y.clone(), x.clone()] {
        let matrix = confusion_matrix(&model, &Dataset::new(x.clone(), targets)).unwrap();
        assert_eq!(
            (matrix.accuracy(), matrix.count(39, 39), matrix.count(0, 1)),
            (1.0, 3, 0)
        );
        picture(&matrix);
    }
}

#[test]
fn a_confusion_matrix_tells_shares_of_its_rows() {
    let matrix = confusion_matrix(&diagonal(), &four()).unwrap();
    assert!((matrix.percent(0, 0) - 200.0 / 3.0).abs() < 1e-9);
    assert_eq!((matrix.percent(1, 1), matrix.percent(1, 0)), (100.0, 0.0));
    let said = words(&picture(&matrix));
    assert!(
        said.contains("67 %") && said.contains("33 %") && said.contains("100 %"),
        "{said}"
    );
    // A class that no sample has.
    let three = four().with_classes(["low", "high", "none"]);
    assert_eq!(confusion_matrix(&diagonal(), &three).unwrap().percent(2, 0), 0.0);
}

#[test]
fn the_worst_mistakes_are_those_that_it_was_sure_of() {
    // Sigmoid of 10 (a + b - 1): sure of 1 for (1, 0.5) with sigmoid(5) = 0.9933, less so for (0.6, 0.5) with
    // sigmoid(1) = 0.7311; of 0 for (0, 0.7) with 1 - sigmoid(-3) = 0.9526.
    let x = tensor![[0.6, 0.5], [0., 0.7], [1., 0.5], [1., 1.]];
    let data = Dataset::new(x, tensor![0., 1., 0., 1.]);
    let worst = confusion_matrix(&diagonal(), &data).unwrap().worst(2);
    let cases: Vec<_> = worst
        .cases()
        .iter()
        .map(|case| {
            (
                case.sample,
                case.truth.as_str(),
                case.answer.as_str(),
                (case.sure * 1e4).round(),
            )
        })
        .collect();
    assert_eq!(cases, [(2, "0", "1", 9933.0), (1, "1", "0", 9526.0)]);
    assert_snapshot!(plain(&worst), @"
    The surest 2 of 3 wrong answers: truth / answer
      sample 2: 0 / 1, 99 % sure
      sample 1: 1 / 0, 95 % sure
    ");
    assert_snapshot!(table(&worst), @"
    sample | truth | answer | sure
    2 | 0 | 1 | 99 % sure
    1 | 1 | 0 | 95 % sure
    ");
    let right = confusion_matrix(&diagonal(), &Dataset::new(tensor![[1., 1.]], tensor![1.])).unwrap();
    assert_eq!(plain(&right.worst(5)), "No wrong answers");
}

#[test]
fn logits_and_shares_are_equally_sure() {
    let data = Dataset::new(tensor![[1., 3.], [0., 2.]], tensor![0., 0.]);
    let mut logits = Sequential::new([2]).add(Dense::new(2));
    logits.set_weights(&[Tensor::eye(2), tensor![0., 0.]]).unwrap();
    let shares = logits.clone().add(Activation::new(Softmax));
    let sure = |model: &Sequential| -> Vec<f32> {
        let worst = confusion_matrix(model, &data).unwrap().worst(9);
        worst.cases().iter().map(|case| case.sure).collect()
    };
    // Softmax of (1, 3) and of (0, 2): 1 / (1 + exp(-2)).
    for share in sure(&logits).into_iter().chain(sure(&shares)) {
        assert!((share - 0.880_797).abs() < 1e-5, "{share}");
    }
    let mut one = Sequential::new([2]).add(Dense::new(1));
    one.compile(SGD::new(0.1), BinaryCrossentropy::from_logits(), []);
    one.set_weights(&[tensor![[0.], [1.]], tensor![0.]]).unwrap();
    let share = sure(&one)[0];
    assert!((share - 0.952_574).abs() < 1e-5, "sigmoid of 3: {share}");
    // Answers that are no numbers are not sure at all.
    one.set_weights(&[Tensor::full([2, 1], f32::NAN), tensor![0.]])
        .unwrap();
    assert!(sure(&one).iter().all(|&share| share == 0.0));
}

#[test]
fn mistakes_on_images_are_images() {
    seed(1);
    let (_, test) = fashion_mnist_sample();
    let model = Sequential::new([28, 28, 1])
        .add(Flatten::new())
        .add(Dense::new(10));
    let matrix = confusion_matrix(&model, &test).unwrap();
    let svg = picture(&matrix.worst(12));
    assert_eq!(pixels(&svg).len(), 12);
    let said = words(&svg);
    assert!(
        said.contains("wrong answers: truth / answer") && said.contains("% sure"),
        "{said}"
    );
    picture(&matrix.worst(1000));
}

#[test]
fn a_report_has_the_shares_of_each_class() {
    let report = classification_report(&diagonal(), &four()).unwrap();
    assert_eq!((report.precision(0), report.recall(1)), (1.0, 1.0));
    assert!((report.f1(0) - 0.8).abs() < 1e-12);
    assert_snapshot!(plain(&report), @"
    75.0 % of the answers are right
               class  precision  recall     F1  samples
                 low      1.000   0.667  0.800        3
                high      0.500   1.000  0.667        1
       macro average      0.750   0.833  0.733        4
    weighted average      0.875   0.750  0.767        4
    ");
    assert_snapshot!(table(&report), @"
    class | precision | recall | F1 | samples
    low | 1.000 | 0.667 | 0.800 | 3
    high | 0.500 | 1.000 | 0.667 | 1
    macro average | 0.750 | 0.833 | 0.733 | 4
    weighted average | 0.875 | 0.750 | 0.767 | 4
    ");
    let three = four().with_classes(["low", "high", "none"]);
    assert_eq!(classification_report(&diagonal(), &three).unwrap().f1(2), 0.0);
    assert_snapshot!(classification_report(&diagonal(), &four().take(0)).unwrap_err().to_string(), @"
    classification_report: the data set is empty
    hint: give it some samples
    ");
}

#[test]
fn pairs_tell_how_far_they_are_apart() {
    let originals = Tensor::full([3, 4, 4, 1], 0.5);
    let pairs = show_pairs(&originals, &(&originals + 0.1), 2);
    assert_snapshot!(plain(&pairs), @"
    2 pairs, mean squared error 0.01
    images of 4 x 4 pixels; rows: original, reconstruction; below: 0.01, 0.01
    ");
    let shown = pixels(&picture(&pairs));
    assert_eq!(shown.len(), 4);
    assert_eq!(
        (shown[0].get_pixel(0, 0).0, shown[2].get_pixel(0, 0).0),
        ([128; 3], [153; 3])
    );
    // A dense autoencoder gives vectors; the originals tell their shape.
    let wide = Tensor::full([3, 2, 8, 1], 0.5);
    assert_eq!(
        pixels(&picture(&show_pairs(&wide, &Tensor::ones([3, 16]), 3))).len(),
        6
    );
    assert_eq!(
        pixels(&picture(&show_pairs(
            &Tensor::ones([3, 16]),
            &Tensor::ones([3, 16]),
            9
        )))
        .len(),
        6
    );
    // A reconstruction beyond 1 does not darken the others.
    let bright = pixels(&picture(&show_pairs(&originals, &(&originals * 7.), 1)));
    assert_eq!(bright[1].get_pixel(0, 0).0, [255; 3]);
    for odd in [f32::NAN, f32::INFINITY] {
        picture(&show_pairs(&originals, &Tensor::full([3, 4, 4, 1], odd), 3));
    }
    picture(&show_pairs(
        &Tensor::uniform([50, 300, 300, 3], 0., 1.),
        &Tensor::uniform([50, 300, 300, 3], 0., 1.),
        50,
    ));
    assert_eq!(plain(&show_pairs(&originals, &originals, 0)).lines().count(), 2);
    let payload =
        std::panic::catch_unwind(|| drop(show_pairs(&Tensor::ones([2, 5]), &Tensor::ones([2, 4]), 2)));
    assert_snapshot!(payload.expect_err("no images").downcast_ref::<String>().unwrap(), @"
    show_pairs: originals of shape [2, 5], reconstructions of shape [2, 4]
    hint: both are as many images [n, height, width, 1 or 3], or vectors [n, pixels] of square images
    ");
}

#[test]
fn augmented_images_stand_below_their_originals() {
    seed(5);
    let x = Tensor::arange(0., 32., 1.).reshape([2, 4, 4, 1]) / 32.;
    let data = Dataset::new(x.clone(), Tensor::zeros([2]));
    let flips = show_augmented(&RandomFlip::horizontal(), &data, 2).unwrap();
    let shown = pixels(&picture(&flips));
    assert_eq!(shown.len(), 2 * 4);
    let corner = |image: &image::RgbImage| image.get_pixel(0, 0).0[0];
    let zoom = shown[0].width() / 4;
    let mirrored = |image: &image::RgbImage| image.get_pixel(3 * zoom, 0).0[0];
    assert_eq!(
        (corner(&shown[0]), mirrored(&shown[0])),
        (0, 24),
        "3 / 32 of 255 is 24"
    );
    for version in [2, 4, 6] {
        assert!(
            [0, 24].contains(&corner(&shown[version])),
            "as it was, or from right to left"
        );
        assert_eq!(corner(&shown[version]) + mirrored(&shown[version]), 24);
    }
    assert_snapshot!(plain(&flips), @"
    2 images and 3 random versions of each
    images of 4 x 4 pixels; rows: original, version 1, version 2, version 3
    ");
    let model = Sequential::new([4, 4, 1])
        .add(RandomFlip::horizontal())
        .add(RandomBrightness::new(0.2))
        .add(Flatten::new());
    assert_eq!(
        pixels(&picture(&show_augmented(&model, &data, 99).unwrap())).len(),
        8
    );
    let told = [
        show_augmented(&Dense::new(4), &data, 2)
            .map(|_| ())
            .unwrap_err()
            .to_string(),
        show_augmented(&Sequential::new([4, 4, 1]).add(Flatten::new()), &data, 2)
            .map(|_| ())
            .unwrap_err()
            .to_string(),
        show_augmented(
            &Sequential::new([9, 9, 1]).add(RandomFlip::horizontal()),
            &data,
            2,
        )
        .map(|_| ())
        .unwrap_err()
        .to_string(),
        show_augmented(&RandomFlip::horizontal(), &xor(4, 0.1), 2)
            .map(|_| ())
            .unwrap_err()
            .to_string(),
        show_augmented(&RandomFlip::horizontal(), &data.take(0), 2)
            .map(|_| ())
            .unwrap_err()
            .to_string(),
    ];
    assert_snapshot!(told.join("\n\n"), @"
    show_augmented: Dense makes no random versions of images
    hint: give a layer such as RandomRotation::new(0.1)

    show_augmented: the model does not begin with an augmentation
    hint: put a layer such as RandomFlip or RandomRotation at its beginning, or give the layer itself

    show_augmented: the model takes samples of shape [9, 9, 1], but the images have shape [2, 4, 4, 1]
    hint: give the images that the model learns from

    show_augmented: the samples have shape [4, 2]
    hint: images are [n, height, width, 1] (grey) or [n, height, width, 3] (colour)

    show_augmented: the data set is empty
    hint: give it some images
    ");
}
