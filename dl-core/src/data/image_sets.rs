//! The image sets of the course: the full ones from files on this machine, small samples from inside the library.
//! Nothing is fetched here: `install/data.sh` does that, before a lesson.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::{Dataset, idx};
use crate::error::{Error, Result};
use crate::tensor::Tensor;

const IMAGES: [&str; 2] = ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"];
const LABELS: [&str; 2] = ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"];

/// A set of 28 x 28 grey images in ten classes.
struct ImageSet {
    title: &'static str,
    /// Its directory below a data directory.
    directory: &'static str,
    /// Where a package of the system puts it.
    system: Option<&'static str>,
    sample: &'static str,
    classes: [&'static str; 10],
    /// Gzipped IDX files: training images and labels, test images and labels.
    bundled: [&'static [u8]; 4],
}

const FASHION_MNIST: ImageSet = ImageSet {
    title: "Fashion-MNIST",
    directory: "fashion-mnist",
    system: Some("/usr/share/datasets/fashion-mnist"),
    sample: "fashion_mnist_sample()",
    classes: [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
    bundled: [
        include_bytes!("../../data/fashion-mnist/train-images-idx3-ubyte.gz"),
        include_bytes!("../../data/fashion-mnist/train-labels-idx1-ubyte.gz"),
        include_bytes!("../../data/fashion-mnist/t10k-images-idx3-ubyte.gz"),
        include_bytes!("../../data/fashion-mnist/t10k-labels-idx1-ubyte.gz"),
    ],
};

const MNIST: ImageSet = ImageSet {
    title: "MNIST",
    directory: "mnist",
    system: None,
    sample: "mnist_sample()",
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    bundled: [
        include_bytes!("../../data/mnist/train-images-idx3-ubyte.gz"),
        include_bytes!("../../data/mnist/train-labels-idx1-ubyte.gz"),
        include_bytes!("../../data/mnist/t10k-images-idx3-ubyte.gz"),
        include_bytes!("../../data/mnist/t10k-labels-idx1-ubyte.gz"),
    ],
};

/// Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): 60,000 images of clothes to learn from and 10,000 to test with.
///
/// `x: [n, 28, 28, 1]` are the raw pixels, 0 (background) to 255, until [`Dataset::normalize`]; `y: [n]` are class
/// numbers. Takes 220 MB of memory. The files are looked for in `$HEBB_DATA/fashion-mnist`, in the user's cache and
/// where Debian's package `dataset-fashion-mnist` puts them, in this order.
///
/// # Errors
/// When the files are in none of these places (the message says what to run), or when one of them is damaged.
///
/// ```no_run
/// # fn main() -> Result<(), dl_core::Error> {
/// let (train, test) = dl_core::data::fashion_mnist()?;
/// assert_eq!((train.len(), test.len()), (60_000, 10_000));
/// # Ok(())
/// # }
/// ```
pub fn fashion_mnist() -> Result<(Dataset, Dataset)> {
    FASHION_MNIST.load(&FASHION_MNIST.places(|name| env::var_os(name)))
}

/// MNIST (LeCun, Cortes and Burges, 1998): 60,000 handwritten digits to learn from and 10,000 to test with.
///
/// `x: [n, 28, 28, 1]` are the raw pixels, 0 (background) to 255, until [`Dataset::normalize`]; `y: [n]` are the digits.
/// Takes 220 MB of memory. The files are looked for in `$HEBB_DATA/mnist` and in the user's cache.
///
/// # Errors
/// When the files are in none of these places (the message says what to run), or when one of them is damaged.
///
/// ```no_run
/// # fn main() -> Result<(), dl_core::Error> {
/// let (train, test) = dl_core::data::mnist()?;
/// assert_eq!(train.x.shape(), [60_000, 28, 28, 1]);
/// # Ok(())
/// # }
/// ```
pub fn mnist() -> Result<(Dataset, Dataset)> {
    MNIST.load(&MNIST.places(|name| env::var_os(name)))
}

/// The image sets of the course by their names, and the directory in which each one is; none where only the sample is there that comes
/// with the library. The files are not read.
///
/// ```
/// let names: Vec<&str> = dl_core::data::image_sets().iter().map(|(name, _)| *name).collect();
/// assert_eq!(names, ["Fashion-MNIST", "MNIST"]);
/// ```
pub fn image_sets() -> Vec<(&'static str, Result<Option<PathBuf>>)> {
    let found = |set: &ImageSet| {
        let places = set.places(|name| env::var_os(name));
        (
            set.title,
            set.find(&places).map(|found| found.map(|(place, _)| place)),
        )
    };
    [FASHION_MNIST, MNIST].iter().map(found).collect()
}

/// A sample of [`fashion_mnist`] that comes with the library: 1,000 images to learn from, 200 to test with, as many of
/// each class.
///
/// ```
/// let (train, test) = dl_core::data::fashion_mnist_sample();
/// assert_eq!((train.len(), test.len()), (1000, 200));
/// assert_eq!(train.classes[9], "Ankle boot");
/// ```
pub fn fashion_mnist_sample() -> (Dataset, Dataset) {
    FASHION_MNIST.sample()
}

/// A sample of [`mnist`] that comes with the library: 1,000 digits to learn from, 200 to test with, as many of each
/// class.
///
/// ```
/// let (train, _) = dl_core::data::mnist_sample();
/// assert_eq!(train.x.shape(), [1000, 28, 28, 1]);
/// ```
pub fn mnist_sample() -> (Dataset, Dataset) {
    MNIST.sample()
}

impl ImageSet {
    /// The directories to look in, best first. `variable` reads the environment.
    fn places(&self, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
        let path = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let cache = path("HEBB_CACHE")
            .or_else(|| path("XDG_CACHE_HOME").map(|cache| cache.join("hebb")))
            .or_else(|| path("HOME").map(|home| home.join(".cache/hebb")));
        let data = path("HEBB_DATA")
            .into_iter()
            .chain(cache.map(|cache| cache.join("data")));
        data.map(|data| data.join(self.directory))
            .chain(self.system.map(PathBuf::from))
            .collect()
    }

    /// The first place that has one of its files, with all of them.
    fn find(&self, places: &[PathBuf]) -> Result<Option<(PathBuf, [PathBuf; 4])>> {
        for place in places {
            let paths = [IMAGES[0], LABELS[0], IMAGES[1], LABELS[1]].map(|name| find(place, name));
            match paths {
                [None, None, None, None] => {}
                [Some(train_x), Some(train_y), Some(test_x), Some(test_y)] => {
                    return Ok(Some((place.clone(), [train_x, train_y, test_x, test_y])));
                }
                _ => {
                    let there = paths.iter().flatten().count();
                    let what = format!("{}: {} has {there} of the 4 files", self.title, place.display());
                    let hint = format!("run install/data.sh again; {} works now", self.sample);
                    return Err(Error::new(what, hint));
                }
            }
        }
        Ok(None)
    }

    /// Reads the set from the first place that has one of its files.
    fn load(&self, places: &[PathBuf]) -> Result<(Dataset, Dataset)> {
        if let Some((_, [train_x, train_y, test_x, test_y])) = self.find(places)? {
            return Ok((self.read(&train_x, &train_y)?, self.read(&test_x, &test_y)?));
        }
        let looked: Vec<String> = places
            .iter()
            .map(|place| format!("\n  {}", place.display()))
            .collect();
        let what = format!(
            "{} is not on this machine. Looked in:{}",
            self.title,
            looked.concat()
        );
        let hint = format!(
            "run install/data.sh once, or set HEBB_DATA to the directory that holds {}/; {} works now",
            self.directory, self.sample
        );
        Err(Error::new(what, hint))
    }

    fn read(&self, images: &Path, labels: &Path) -> Result<Dataset> {
        let open = |path: &Path| {
            let what = |error| format!("{}: {} cannot be opened: {error}", self.title, path.display());
            File::open(path).map_err(|error| Error::new(what(error), "check the rights of the file"))
        };
        let (pixels, shape) = idx::images(open(images)?, &images.display().to_string())?;
        let numbers = idx::labels(open(labels)?, 10, &labels.display().to_string())?;
        self.pair(pixels, shape, numbers).map_err(|why| {
            let what = format!("{}: {}: {why}", self.title, images.display());
            Error::new(what, "remove the directory and run install/data.sh again")
        })
    }

    fn pair(
        &self,
        pixels: Vec<f32>,
        shape: [usize; 3],
        labels: Vec<f32>,
    ) -> std::result::Result<Dataset, String> {
        let [count, height, width] = shape;
        if (height, width) != (28, 28) {
            return Err(format!(
                "images of {height} x {width} pixels, where 28 x 28 were expected"
            ));
        }
        if count != labels.len() {
            return Err(format!("{count} images but {} labels", labels.len()));
        }
        let x = Tensor::from_vec(pixels, [count, height, width, 1]);
        Ok(Dataset::new(x, Tensor::from_vec(labels, [count])).with_classes(self.classes))
    }

    fn sample(&self) -> (Dataset, Dataset) {
        let read = |images: &[u8], labels: &[u8]| {
            let (pixels, shape) = idx::images(images, self.sample).map_err(|error| error.to_string())?;
            let labels = idx::labels(labels, 10, self.sample).map_err(|error| error.to_string())?;
            self.pair(pixels, shape, labels)
        };
        let whole = "the bundled files are whole: a test reads them";
        let [train_x, train_y, test_x, test_y] = self.bundled;
        (
            read(train_x, train_y).expect(whole),
            read(test_x, test_y).expect(whole),
        )
    }
}

/// The file, packed or plain.
fn find(place: &Path, name: &str) -> Option<PathBuf> {
    [place.join(format!("{name}.gz")), place.join(name)]
        .into_iter()
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests;
