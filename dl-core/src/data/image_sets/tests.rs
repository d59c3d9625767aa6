//! Finding and reading the image sets: the bundled samples, small files made here, and what a loader says when it finds
//! nothing, too little or damage.

use std::fs;

use super::*;

/// A directory that is removed at the end of the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = env::temp_dir().join(format!("hebb-image-sets-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn write(&self, name: &str, magic: u32, sizes: &[u32], elements: &[u8]) {
        fs::write(self.0.join(name), idx::tests::file(magic, sizes, elements)).unwrap();
    }

    fn write_set(&self, images: u32, side: u32) {
        for part in [0, 1] {
            let pixels = vec![7; (images * side * side) as usize];
            self.write(IMAGES[part], 0x803, &[images, side, side], &pixels);
            self.write(LABELS[part], 0x801, &[2], &[3, 9]);
        }
    }

    fn error(&self) -> String {
        let error = FASHION_MNIST
            .load(std::slice::from_ref(&self.0))
            .unwrap_err()
            .to_string();
        error.replace(&self.0.display().to_string(), "DIR")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn samples_are_balanced_raw_and_named() {
    for (train, test) in [fashion_mnist_sample(), mnist_sample()] {
        for (part, of_each) in [(train, 100), (test, 20)] {
            assert_eq!(part.x.shape(), [10 * of_each, 28, 28, 1]);
            let labels = part.y.to_vec();
            for class in 0..10 {
                assert_eq!(
                    labels.iter().filter(|&&label| label == class as f32).count(),
                    of_each
                );
            }
            let brightest = part.x.to_vec().into_iter().fold(0.0, f32::max);
            assert_eq!((part.classes.len(), brightest), (10, 255.0));
        }
    }
}

#[test]
fn the_first_sample_of_fashion_mnist_is_its_first_image() {
    // The full set begins with an ankle boot whose first bright row starts at (3, 12); see its README's sprite.
    let (train, _) = fashion_mnist_sample();
    assert_eq!(train.y.at([0]), 9.0);
    assert_eq!(train.x.at([0, 3, 12, 0]), 1.0);
}

#[test]
fn places_are_looked_at_in_order() {
    let variable = |set: &'static [(&str, &str)]| {
        move |name: &str| {
            set.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        }
    };
    let places = |set: &'static [(&str, &str)]| {
        let places = FASHION_MNIST.places(variable(set));
        places
            .iter()
            .map(|place| place.display().to_string())
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(places(&[("HEBB_DATA", "/data"), ("HEBB_CACHE", "/cache"), ("HOME", "/home/a")]), @"
    /data/fashion-mnist
    /cache/data/fashion-mnist
    /usr/share/datasets/fashion-mnist
    ");
    insta::assert_snapshot!(places(&[("XDG_CACHE_HOME", "/xdg"), ("HEBB_CACHE", "")]), @"
    /xdg/hebb/data/fashion-mnist
    /usr/share/datasets/fashion-mnist
    ");
    insta::assert_snapshot!(places(&[("HOME", "/home/a")]), @"
    /home/a/.cache/hebb/data/fashion-mnist
    /usr/share/datasets/fashion-mnist
    ");
    assert!(MNIST.places(variable(&[])).is_empty());
}

#[test]
fn a_set_is_read_from_its_first_place() {
    let (empty, full) = (Scratch::new("empty"), Scratch::new("full"));
    full.write_set(2, 28);
    let (train, test) = MNIST
        .load(&[PathBuf::from("/nowhere"), empty.0.clone(), full.0.clone()])
        .unwrap();
    assert_eq!((train.y.to_vec(), test.len()), (vec![3.0, 9.0], 2));
    assert_eq!(train.x.at([1, 27, 27, 0]), 7.0);
}

#[test]
fn a_missing_set_says_where_it_looked_and_what_works() {
    let error = FASHION_MNIST.load(&["/data/fashion-mnist", "/cache/data/fashion-mnist"].map(PathBuf::from));
    insta::assert_snapshot!(error.unwrap_err(), @"
    Fashion-MNIST is not on this machine. Looked in:
      /data/fashion-mnist
      /cache/data/fashion-mnist
    hint: run install/data.sh once, or set HEBB_DATA to the directory that holds fashion-mnist/; fashion_mnist_sample() works now
    ");
}

#[test]
fn a_set_that_does_not_fit_is_an_error() {
    let directory = Scratch::new("unfit");
    let mut told = Vec::new();
    directory.write(LABELS[0], 0x801, &[1], &[1]);
    told.push(directory.error());
    directory.write_set(2, 27);
    told.push(directory.error());
    directory.write_set(3, 28);
    told.push(directory.error());
    directory.write_set(2, 28);
    directory.write(LABELS[1], 0x801, &[2], &[3, 10]);
    told.push(directory.error());
    insta::assert_snapshot!(told.join("\n\n"), @"
    Fashion-MNIST: DIR has 1 of the 4 files
    hint: run install/data.sh again; fashion_mnist_sample() works now

    Fashion-MNIST: DIR/train-images-idx3-ubyte: images of 27 x 27 pixels, where 28 x 28 were expected
    hint: remove the directory and run install/data.sh again

    Fashion-MNIST: DIR/train-images-idx3-ubyte: 3 images but 2 labels
    hint: remove the directory and run install/data.sh again

    DIR/t10k-labels-idx1-ubyte: label 1 is 10, but the 10 classes are 0 to 9
    hint: remove the file and run install/data.sh again
    ");
}
