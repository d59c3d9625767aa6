//! Small tables and a text that come with the library. Sources and licences: `dl-core/data/README.md`.

use super::{Csv, Dataset, idx};
use crate::tensor::Tensor;

const WHOLE: &str = "the bundled file is whole: a test reads it";

/// Fisher's irises (1936): 150 flowers of three species, 50 each, by the length and width of their sepals and petals in cm.
///
/// `x: [150, 4]`, `y: [150]`. Sorted by species. The same numbers as scikit-learn's `load_iris`.
///
/// ```
/// use dl_core::prelude::*;
/// let data = iris();
/// assert_eq!(data.classes, ["setosa", "versicolor", "virginica"]);
/// assert_eq!(data.features[3], "petal width (cm)");
/// ```
pub fn iris() -> Dataset {
    table(include_str!("../../data/tables/iris.csv"))
}

/// Wines of one region of Italy (Forina et al.): 178 wines from three cultivars by 13 chemical measurements of very
/// different size, so that nothing learns well before [`standardize`](Dataset::standardize).
///
/// `x: [178, 13]`, `y: [178]`. Sorted by cultivar. The same numbers as scikit-learn's `load_wine`.
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(wine().x.shape(), [178, 13]);
/// ```
pub fn wine() -> Dataset {
    table(include_str!("../../data/tables/wine.csv"))
}

/// 1,797 handwritten digits of 8 x 8 pixels (Alpaydin and Kaynak, 1998): small enough to train on in a second.
///
/// `x: [1797, 8, 8, 1]` from 0 (background) to 255 until [`Dataset::normalize`], `y: [1797]` are the digits. The images
/// of scikit-learn's `load_digits`, whose values run from 0 to 16.
///
/// ```
/// use dl_core::prelude::*;
/// let (train, test) = digits().normalize().split(0.8);
/// assert_eq!(train.x.shape(), [1438, 8, 8, 1]);
/// assert_eq!(test.x.max().item(), 1.0);
/// ```
pub fn digits() -> Dataset {
    let images: &[u8] = include_bytes!("../../data/tables/digits-images.gz");
    let labels: &[u8] = include_bytes!("../../data/tables/digits-labels.gz");
    let (counts, shape) = idx::images(images, "digits()").expect(WHOLE);
    let labels = idx::labels(labels, 10, "digits()").expect(WHOLE);
    let pixels = counts.into_iter().map(|count| count * (255.0 / 16.0)).collect();
    let x = Tensor::from_vec(pixels, [shape[0], shape[1], shape[2], 1]);
    let count = labels.len();
    Dataset::new(x, Tensor::from_vec(labels, [count])).with_classes((0..10).map(|digit| digit.to_string()))
}

/// Lewis Carroll, "Alice's Adventures in Wonderland" (1865), in the public domain: 148,265 characters of plain English to
/// learn to write from, 70 different ones.
///
/// ```
/// let text = dl_core::data::alice();
/// assert!(text.contains("Down the Rabbit-Hole") && text.is_ascii());
/// ```
pub fn alice() -> &'static str {
    include_str!("../../data/text/alice.txt")
}

/// The last column of these tables is the class.
fn table(text: &str) -> Dataset {
    let table = Csv::new().parse(text).expect(WHOLE);
    let names = table.names();
    let (target, features) = names.split_last().expect(WHOLE);
    table.dataset(features, target).expect(WHOLE)
}

#[cfg(test)]
mod tests;
