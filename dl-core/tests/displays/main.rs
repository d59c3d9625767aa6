//! What every value looks like: as text word for word, as a picture well-formed, and small whatever it shows. Those of
//! layers stand in `layers.rs`, of whole networks in `networks.rs`, of windows in `windows.rs`, of learning in `learning.rs`, of
//! answers in `answers.rs`.

mod answers;
mod layers;
mod learning;
mod networks;
mod windows;

use dl_core::display::{Chart, MimeBundle, Show};
use dl_core::prelude::*;

const SVG: &str = "image/svg+xml";
const HTML: &str = "text/html";

/// The most that one picture may add to a notebook, in bytes.
const LARGEST: usize = 300_000;
/// Pixels that an exported page of A4 leaves for an output beside its prompts; JupyterLab leaves more.
const WIDEST: f64 = 664.0;

/// The SVG of a value, checked to be well-formed XML that is small enough.
#[track_caller]
fn picture(value: &impl Show) -> String {
    let bundle = value.show();
    let svg = bundle.get(SVG).expect("a picture").to_string();
    let document = roxmltree::Document::parse(&svg).expect("well-formed");
    assert_eq!(document.root_element().tag_name().name(), "svg");
    assert!(svg.len() < LARGEST, "{} bytes", svg.len());
    let width = document
        .root_element()
        .attribute("width")
        .expect("a width in pixels");
    let width: f64 = width.parse().expect("a number");
    assert!(width <= WIDEST, "{width} pixels");
    // Lengths that are no numbers would be drawn nowhere.
    let lengths = document
        .descendants()
        .flat_map(|node| node.attributes())
        .filter(|item| item.name() != "href");
    assert!(
        lengths
            .into_iter()
            .all(|item| !item.value().contains("NaN") && !item.value().contains("inf"))
    );
    svg
}

/// The words in an SVG or an HTML fragment, one element a line.
fn words(markup: &str) -> String {
    let document = roxmltree::Document::parse(markup).expect("well-formed");
    let texts = document
        .descendants()
        .filter(|node| node.is_text())
        .filter_map(|node| node.text());
    texts
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn table(value: &impl Show) -> String {
    let html = value.show().get(HTML).expect("a table").to_string();
    let rows = html.split("</tr>").map(|row| {
        let cells = row
            .split("</t")
            .filter_map(|cell| cell.rsplit('>').next())
            .map(str::trim);
        cells
            .filter(|cell| !cell.is_empty())
            .collect::<Vec<_>>()
            .join(" | ")
    });
    rows.filter(|row| !row.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The pixels (red, green, blue), width and height of each PNG picture in an SVG.
fn pixels(svg: &str) -> Vec<image::RgbImage> {
    use base64::Engine as _;
    let files = svg
        .split("base64,")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let read = |file: &str| {
        let file = base64::engine::general_purpose::STANDARD
            .decode(file)
            .expect("base64");
        image::load_from_memory(&file).expect("a PNG file").to_rgb8()
    };
    files.map(read).collect()
}

fn plain(value: &impl Show) -> String {
    value.show().plain().to_string()
}

/// A neuron that is sure of class 1 where the two numbers add up to more than 1.
fn diagonal() -> Sequential {
    let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
    model
        .set_weights(&[tensor![[10.], [10.]], tensor![-10.]])
        .expect("weights of these shapes");
    model
}

#[test]
fn small_tensors_are_numbers() {
    insta::assert_snapshot!(plain(&Tensor::full([], 0.5)), @"
    tensor 0.5
    shape []
    ");
    insta::assert_snapshot!(plain(&tensor![1., 2.5]), @"
    tensor [1.0, 2.5]
    shape [2]
    ");
    insta::assert_snapshot!(plain(&tensor![[1., 2.], [3., 4.]].track()), @"
    tensor [[1., 2.],
            [3., 4.]]
    shape [2, 2], tracked for gradients
    ");
    insta::assert_snapshot!(plain(&Tensor::zeros([0, 3])), @"tensor of shape [0, 3]");
    insta::assert_snapshot!(table(&tensor![[1., 2.5], [-3., 1e-9]]), @"
    0 | 1
    0 | 1 | 2.5
    1 | -3 | 1e-9
    ");
    insta::assert_snapshot!(table(&tensor![[1., 2.5], [-3.25, f32::NAN]]), @"
    0 | 1
    0 | 1.00 | 2.50
    1 | -3.25 | NaN
    ");
    insta::assert_snapshot!(table(&Tensor::linspace(0., 1., 101)), @"
    0 | 1 | 2 | 3 | … | 97 | 98 | 99 | 100
    0.00 | 0.01 | 0.02 | 0.03 | … | 0.97 | 0.98 | 0.99 | 1.00
    ");
    assert!(Tensor::ones([12, 12]).show().get(SVG).is_none());
}

#[test]
fn long_tensors_are_shortened_and_name_their_shape() {
    insta::assert_snapshot!(plain(&Tensor::arange(0., 5000., 1.)), @"tensor [0., 1., 2., ..., 4997., 4998., 4999.], shape [5000]");
    insta::assert_snapshot!(plain(&Tensor::zeros([60, 28, 28, 1]).track()).lines().last().unwrap_or_default(), @"          [0.]]]], shape [60, 28, 28, 1], tracked for gradients");
    assert!(
        Tensor::zeros([60, 28, 28, 1])
            .show()
            .get(HTML)
            .is_some_and(|html| html.len() < 10_000)
    );
}

#[test]
fn matrices_that_cannot_be_read_are_colours() {
    let svg = picture(&Tensor::arange(0., 400., 1.).reshape([20, 20]));
    insta::assert_snapshot!(words(&svg), @"
    Heat map, shape [20, 20]: 20 rows, 20 columns, 0 to 399
    shape [20, 20]
    399
    199.5
    0
    ");
    for shape in [[1000, 1000], [13, 1], [3, 100_000], [1, 13]] {
        if shape != [13, 1] {
            picture(&Tensor::uniform(shape, -1., 1.));
        }
        picture(&heatmap(&Tensor::uniform(shape, -1., 1.)));
    }
    for value in [f32::NAN, f32::INFINITY, 0.0, f32::MAX] {
        picture(&Tensor::full([20, 20], value));
    }
}

#[test]
fn a_curve_is_drawn_as_text_too() {
    let x = Tensor::linspace(-2., 2., 41);
    let chart = plot(&x, &x.square())
        .title("Square & root")
        .line("<line>", &[-2., 2.], &[0., 4.]);
    insta::assert_snapshot!(plain(&chart), @"
    Square & root
     4.2 |
         |   o                                                    +
         |    o                                                  o
         |     o                                                o
         |       o                                            o
         |        o                                          o
         |         o                                        o
         |           oo                                  oo
         |             o                                o
         |               oo                          oo
         |                 o                        o
         |                   ooo                ooo
         |   +                   ooo oo ooo ooo
    -0.2 |
         +------------------------------------------------------------
          -2.2                                                     2.2
          o curve   + <line>
    ");
    let svg = picture(&chart);
    assert!(
        words(&svg).contains("Square & root") && words(&svg).contains("<line>"),
        "{svg}"
    );
}

#[test]
fn charts_of_anything_are_pictures() {
    let none: [f64; 0] = [];
    let charts: Vec<Chart> = vec![
        plot(&none, &none),
        plot(&[1.0], &[5.0]),
        plot(&[0.0, 1.0], &[f64::NAN, f64::INFINITY]),
        plot(&[1.0, 1.0 + 1e-15], &[1e300, -1e300]),
        plot(&Tensor::arange(0., 100_000., 1.), &Tensor::randn([100_000])),
        scatter(
            &Tensor::randn([100_000, 2]),
            &Tensor::uniform([100_000, 1], 0., 6.).abs().relu().clamp(1., 1.),
        ),
        scatter(&tensor![1., 2.], &tensor![3., 4.5]),
    ];
    for chart in charts {
        picture(&chart);
    }
}

#[test]
fn points_stand_under_the_names_of_their_classes() {
    let chart = scatter(&tensor![[0., 0.], [1., 1.], [0., 1.]], &tensor![[0.], [0.], [2.]]);
    insta::assert_snapshot!(words(&picture(&chart)).lines().take(5).collect::<Vec<_>>().join("\n"), @"
    Chart: 3 points, x from -0.05 to 1.05, y from -0.05 to 1.05
    class 0
    class 1
    class 2
    second number
    ");
}

#[test]
fn images_stand_over_the_names_of_their_classes() {
    let (train, _) = fashion_mnist_sample();
    insta::assert_snapshot!(plain(&show_images(&train, 3)), @"3 of 1000 images of 28 x 28 pixels: Ankle boot, T-shirt/top, T-shirt/top");
    insta::assert_snapshot!(words(&picture(&show_images(&train, 3))), @"
    3 of 1000 images of 28 x 28 pixels
    3 of 1000 images of 28 x 28 pixels
    Ankle boot
    T-shirt/top
    T-shirt/top
    ");
    let svg = picture(&show_images(&train, 10_000));
    assert_eq!(
        svg.matches("<image").count(),
        100,
        "no more than can be looked at"
    );
    // Of equal targets the first names the class, as for the accuracy.
    let soft = Dataset::new(Tensor::zeros([2, 4, 4, 1]), tensor![[0., 1., 0.], [0., 0.5, 0.5]]);
    assert_eq!(
        plain(&show_images(&soft, 2)),
        "2 of 2 images of 4 x 4 pixels: 1, 1"
    );
    assert_eq!(
        plain(&show_images(&train, 0)),
        "0 of 1000 images of 28 x 28 pixels"
    );
    assert_eq!(
        plain(&show_images(&train.take(0), 5)),
        "0 of 0 images of 28 x 28 pixels"
    );
}

#[test]
fn a_picture_of_any_images_is_small() {
    for (count, side, channels) in [
        (100, 64, 3),
        (20, 32, 3),
        (1, 1000, 3),
        (100, 28, 1),
        (100, 500, 1),
    ] {
        let x = Tensor::uniform([count, side, side, channels], 0., 255.);
        picture(&show_images(&Dataset::new(x, Tensor::zeros([count, 1])), count));
    }
}

#[test]
fn a_data_set_tells_its_sizes_and_classes() {
    insta::assert_snapshot!(plain(&fashion_mnist_sample().1), @"
    200 samples
      x: shape [200, 28, 28, 1], from 0 to 255
      y: shape [200], from 0 to 9
      classes: T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot
      of each class: 20, 20, 20, 20, 20, 20, 20, 20, 20, 20
    ");
    insta::assert_snapshot!(plain(&xor(4, 0.0)), @"
    4 samples
      x: shape [4, 2], from 0 to 1
      y: shape [4, 1], from 0 to 1
      classes: 0, 1
      of each class: 2, 2
      first samples:
        [[0., 0.],
         [0., 1.],
         [1., 0.],
         [1., 1.]]
    ");
    insta::assert_snapshot!(plain(&xor(0, 0.0)), @"
    0 samples
      x: shape [0, 2]
      y: shape [0, 1]
      classes: 0, 1
    ");
    let few = Dataset::new(Tensor::zeros([3, 1]), tensor![0.5, 1.5, -2.]);
    assert!(!plain(&few).contains("of each class"), "these are no classes");
    let holes = Dataset::new(
        tensor![[1., f32::NAN], [f32::INFINITY, 3.]],
        Tensor::full([2], f32::NAN),
    );
    insta::assert_snapshot!(plain(&holes).lines().take(3).collect::<Vec<_>>().join("\n"), @"
    2 samples
      x: shape [2, 2], from 1 to 3, 2 NaN or infinite
      y: shape [2], 2 NaN or infinite
    ");
}

#[test]
fn a_model_and_its_training_are_tables_and_curves() {
    seed(7);
    let mut model = Sequential::new([28, 28, 1])
        .add(Flatten::new())
        .add(Dense::new(10));
    insta::assert_snapshot!(table(&model.summary()), @"
    layer | kind | output shape | parameters
    flatten | Flatten | [784] | 0
    dense | Dense | [10] | 7,850
    ");
    assert_eq!(plain(&model.summary()), model.summary().to_string());
    model.compile(
        SGD::new(0.01),
        SparseCategoricalCrossentropy::from_logits(),
        [Accuracy],
    );
    let (train, test) = fashion_mnist_sample();
    let (train, test) = (train.normalize().take(200), test.normalize());
    let history = model
        .fit(&train, Fit::epochs(3).validation(&test).silent())
        .unwrap();
    let svg = picture(&history);
    let said = words(&svg);
    for word in ["3 epochs", "loss", "accuracy", "training", "validation", "epoch"] {
        assert!(said.lines().any(|line| line == word), "{word} in {said}");
    }
    // Two curves in each of two panels, with their keys.
    assert_eq!(svg.matches("stroke-width=\"2.5\"").count(), 8);
    assert!(
        plain(&history).starts_with("3 epochs: loss "),
        "{}",
        plain(&history)
    );
    let scores = model.evaluate(&test).unwrap();
    assert_eq!(plain(&scores), scores.to_string());
    assert!(table(&scores).contains("loss | accuracy"), "{}", table(&scores));
    let none = model.fit(&train, Fit::epochs(0).silent()).unwrap();
    assert_eq!(plain(&none), "0 epochs: no curves yet");
}

#[test]
fn a_bundle_shows_itself() {
    let bundle = MimeBundle::text("a").with_html("<i>a</i>");
    assert_eq!(bundle.show(), bundle);
}

#[test]
fn wrong_use_is_told_in_words() {
    let message = |f: &dyn Fn()| {
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).expect_err("a panic");
        payload.downcast_ref::<String>().cloned().unwrap_or_default()
    };
    let plane = xor(4, 0.0);
    let wide = Sequential::new([3]).add(Dense::new(1));
    let told = [
        message(&|| drop(plot(&[1.0, 2.0], &[1.0]))),
        message(&|| drop(scatter(&Tensor::zeros([4, 3]), &Tensor::zeros([4])))),
        message(&|| drop(scatter(&Tensor::zeros([4, 2]), &Tensor::zeros([3])))),
        message(&|| drop(scatter(&Tensor::zeros([1, 2]), &tensor![0.5]))),
        message(&|| drop(heatmap(&Tensor::zeros([2, 3, 4])))),
        message(&|| drop(heatmap(&Tensor::zeros([0, 3])))),
        message(&|| drop(show_images(&plane, 3))),
        decision_surface(&wide, &plane.x, &plane.y)
            .unwrap_err()
            .to_string(),
        confusion_matrix(&wide, &plane).unwrap_err().to_string(),
        confusion_matrix(&diagonal(), &plane.take(0))
            .unwrap_err()
            .to_string(),
        confusion_matrix(&diagonal(), &Dataset::new(Tensor::zeros([1, 2]), tensor![41.]))
            .unwrap_err()
            .to_string(),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @"
    plot: 2 x values but 1 y values
    hint: every x needs its y

    scatter: x has shape [4, 3], but points in the plane are [n, 2]
    hint: pick two columns: x.slice(1, 0..2)

    scatter: 4 points but 3 classes (y has shape [3])
    hint: y holds one class number per point: [n] or [n, 1]

    scatter: label 0.5 is not a whole number
    hint: y holds one class number per point: 0, 1, 2, ...

    heatmap: shape [2, 3, 4] is no matrix
    hint: pick one with slice: x.slice(0, 0..1)

    heatmap: shape [0, 3] holds no numbers
    hint: check how the tensor was made

    show_images: the samples have shape [4, 2]
    hint: images are [n, height, width, 1] (grey) or [n, height, width, 3] (colour)

    decision_surface: the model takes samples of shape [3]
    hint: only a model of two inputs, Sequential::new([2]), has a plane

    predict: the model takes batches of samples [3], but x has shape [4, 2]
    hint: make the model for these samples: Sequential::new([2])

    confusion_matrix: the data set is empty
    hint: give it some samples

    confusion_matrix: label 41 is outside the 40 classes 0 to 39
    hint: labels count from 0; the last layer needs one unit per class
    ");
}
