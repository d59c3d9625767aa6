//! Files that NumPy, pandas, PIL and PyTorch wrote (`foreign/make.py`), the same files cut off and changed at random, and what
//! is said of those that do not fit.

use dl_core::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign")
}

fn file(name: &str) -> PathBuf {
    folder().join(name)
}

/// The message, with the folders left out.
#[track_caller]
fn told<T: std::fmt::Debug>(result: Result<T, Error>, folder: &Path) -> String {
    let text = result.expect_err("this should have failed").to_string();
    text.replace(&format!("{}/", folder.display()), "")
        .replace(&folder.display().to_string(), "DIR")
}

#[test]
fn numpy_s_arrays_are_the_same_in_every_type_and_order() {
    let x = tensor![[0., 1., 2.], [3., 4., 100.]];
    for name in [
        "i1",
        "little_i2",
        "big_i4",
        "little_i8",
        "u1",
        "little_u2",
        "big_u4",
        "little_u8",
        "little_f2",
        "little_f4",
        "big_f4",
        "little_f8",
        "big_f8",
        "fortran",
        "version_2",
    ] {
        assert_eq!(read_npy(file(&format!("{name}.npy"))).unwrap(), x, "{name}");
    }
    assert_eq!(
        read_npy(file("bool.npy")).unwrap(),
        tensor![[0., 1., 1.], [1., 1., 1.]]
    );
    assert_eq!(read_npy(file("number.npy")).unwrap(), Tensor::from(2.5));
    assert_eq!(read_npy(file("empty.npy")).unwrap().shape(), [0, 3]);
}

#[test]
fn what_is_written_is_what_numpy_writes() {
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours.npy");
    for theirs in ["little_f4.npy", "number.npy", "empty.npy"] {
        write_npy(&ours, &read_npy(file(theirs)).unwrap()).unwrap();
        assert_eq!(
            fs::read(&ours).unwrap(),
            fs::read(file(theirs)).unwrap(),
            "{theirs}"
        );
    }
    let nowhere = folder.path().join("none/a.npy");
    insta::assert_snapshot!(told(write_npy(nowhere, &Tensor::zeros([2])), folder.path()), @"
    write_npy: none/a.npy: No such file or directory (os error 2)
    hint: check the path, and that its folder is there
    ");
}

#[test]
fn archives_of_arrays_keep_their_names() {
    let plain = read_npz(file("plain.npz")).unwrap();
    assert_eq!(plain[0], ("x".to_string(), tensor![[0., 1., 2.], [3., 4., 100.]]));
    assert_eq!(plain[1], ("y".to_string(), tensor![1., 0.]));
    let packed = read_npz(file("packed.npz")).unwrap();
    assert_eq!(
        (packed[0].0.as_str(), packed[0].1.at([2, 9, 9])),
        ("images", 43.0)
    );
    assert_eq!(packed[1], ("labels".to_string(), tensor![7., 8., 9.]));
}

#[test]
fn pandas_tables_are_read_as_they_were_written() {
    for (name, csv) in [
        ("frame.csv", Csv::new()),
        ("windows.csv", Csv::new().decimal(',')),
        ("tabs.csv", Csv::new()),
    ] {
        let filled = csv.clone().fill_missing(0.0).read(file(name)).unwrap();
        assert_eq!(
            filled.column("height").unwrap(),
            tensor![1.7, 1.82, 0., 1.65],
            "{name}"
        );
        assert_eq!(filled.column("happy").unwrap(), tensor![1., 0., 1., 1.], "{name}");
        let names = ["Ann \"the\" Bee", "M\u{fc}ller, Jo", "Zoe", "line\nend"];
        assert_eq!(filled.categories("name").unwrap(), names, "{name}");
        assert_eq!(
            csv.skip_missing()
                .read(file(name))
                .unwrap()
                .column("count")
                .unwrap(),
            tensor![1., 2., 4.]
        );
    }
    let index = Csv::new().skip_missing().read(file("frame.csv")).unwrap();
    assert_eq!(index.names(), ["column 1", "name", "height", "count", "happy"]);
    let folder = &folder();
    let told = [
        told(read_csv(file("frame.csv")), folder),
        told(read_csv(file("windows.csv")), folder),
        told(read_csv(file("utf16.csv")), folder),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    frame.csv, line 4, column "height": the value is missing
    hint: Csv::new().skip_missing() leaves such lines out, .fill_missing(0.0) puts a number there

    windows.csv, line 4, column "height": the value is missing
    hint: Csv::new().skip_missing() leaves such lines out, .fill_missing(0.0) puts a number there

    utf16.csv, line 1: a byte that is no UTF-8 text
    hint: save the file as UTF-8; in a spreadsheet: CSV UTF-8
    "#);
}

#[test]
fn pictures_are_what_pil_drew() {
    let ramp = tensor![[[0.], [80.], [160.], [240.]], [[0.], [80.], [160.], [240.]]];
    assert_eq!(read_image(file("gray.png")).unwrap(), ramp);
    assert_eq!(read_image(file("deep.png")).unwrap(), ramp);
    let colours = Tensor::concat(&[&ramp, &(255.0 - &ramp), &(&ramp / 2.0)], 2);
    for name in ["colours.png", "transparent.png", "palette.png"] {
        assert_eq!(read_image(file(name)).unwrap(), colours, "{name}");
    }
    // JPEG loses a little; blocks of 8 x 8 pixels of one colour lose next to nothing but at the colours' half resolution.
    let jpeg = read_image(file("colours.jpg")).unwrap();
    assert_eq!(jpeg.shape(), [16, 32, 3]);
    let middle = [jpeg.at([4, 4, 0]), jpeg.at([4, 4, 1]), jpeg.at([12, 28, 0])];
    for (pixel, drawn) in middle.into_iter().zip([0.0, 255.0, 240.0]) {
        assert!((pixel - drawn).abs() < 6.0, "{pixel} {drawn}");
    }
    // Dark on the left; turned a quarter to the right, the dark side is on top.
    let turned = read_image(file("turned.jpg")).unwrap();
    assert_eq!(turned.shape(), [32, 16, 1]);
    assert!(turned.at([2, 8, 0]) < 10.0 && turned.at([30, 8, 0]) > 230.0);
}

#[test]
fn a_folder_of_pictures_is_a_data_set() {
    let folder = tempfile::tempdir().unwrap();
    let place = |class: &str, name: &str, source: &str| {
        fs::create_dir_all(folder.path().join(class)).unwrap();
        fs::copy(file(source), folder.path().join(class).join(name)).unwrap();
    };
    place("dog", "b.PNG", "gray.png");
    place("cat", "2.png", "deep.png");
    place("cat", "1.png", "gray.png");
    fs::write(folder.path().join("cat/.hidden.png"), "no picture").unwrap();
    fs::write(folder.path().join("cat/notes.txt"), "no picture").unwrap();
    fs::create_dir(folder.path().join(".cache")).unwrap();
    let gray = image_folder(folder.path(), [2, 4]).unwrap();
    assert_eq!(
        (gray.x.shape(), gray.y.to_vec()),
        (&[3, 2, 4, 1][..], vec![0., 0., 1.])
    );
    assert_eq!(gray.classes, ["cat", "dog"]);
    assert_eq!(
        gray.x.rows(2..3).reshape([2, 4]),
        tensor![[0., 80., 160., 240.], [0., 80., 160., 240.]]
    );
    // With one coloured picture all have three channels.
    place("dog", "a.jpg", "colours.png");
    let mixed = image_folder(folder.path(), [1, 2]).unwrap();
    assert_eq!(
        (mixed.x.shape(), mixed.y.to_vec()),
        (&[4, 1, 2, 3][..], vec![0., 0., 1., 1.])
    );
    assert_eq!(mixed.x.at([0, 0, 0, 0]), mixed.x.at([0, 0, 0, 2]));
    assert!(mixed.x.at([2, 0, 0, 1]) > mixed.x.at([2, 0, 0, 0]) + 100.0);

    let mut messages = vec![told(image_folder(folder.path(), [0, 4]), folder.path())];
    place("dog", "c.png", "colours.gif");
    messages.push(told(image_folder(folder.path(), [2, 4]), folder.path()));
    let whole = fs::read(file("gray.png")).unwrap();
    fs::write(folder.path().join("dog/c.png"), &whole[..whole.len() / 2]).unwrap();
    messages.push(told(image_folder(folder.path(), [2, 4]), folder.path()));
    fs::create_dir(folder.path().join("bird")).unwrap();
    messages.push(told(image_folder(folder.path(), [2, 4]), folder.path()));
    messages.push(told(
        image_folder(folder.path().join("bird"), [2, 4]),
        folder.path(),
    ));
    messages.push(told(
        image_folder(folder.path().join("fish"), [2, 4]),
        folder.path(),
    ));
    messages.push(told(read_image(folder.path()), folder.path()));
    insta::assert_snapshot!(messages.join("\n\n"), @"
    image_folder: pictures of 0 x 4 pixels
    hint: the size is [height, width], each from 1 to 20000

    dog/c.png is no PNG or JPEG picture
    hint: convert it to PNG, or remove it

    dog/c.png is a damaged picture: unexpected end of file
    hint: copy it again, or remove it

    bird has no pictures
    hint: each sub-folder is a class: put its PNG or JPEG files there, or remove it

    bird has no sub-folders
    hint: put the pictures of each class into a sub-folder with its name

    fish cannot be read: No such file or directory (os error 2)
    hint: check its name

    DIR cannot be read: it is a directory
    hint: check its name
    ");
}

/// `Image.fromarray(x, "F").resize((width, height), Image.Resampling.BILINEAR)` of PIL 13.
#[test]
fn a_picture_grows_and_shrinks_as_in_pil() {
    let x = tensor![[0., 10., 200., 40.], [90., 20., 30., 255.], [5., 6., 7., 8.]];
    let pil: [([usize; 2], &[f32]); 3] = [
        ([2, 3], &[27.75, 75.0, 125.3125, 29.1875, 13.4375, 75.125]),
        ([1, 1], &[58.7917]),
        (
            [5, 6],
            &[
                0.0, 5.0, 41.6667, 168.3333, 120.0, 40.0, 36.0, 25.0, 33.6667, 112.3333, 129.0, 126.0, 90.0,
                55.0, 21.6667, 28.3333, 142.5, 255.0, 39.0, 25.3, 12.3667, 15.4333, 61.5, 106.8, 5.0, 5.5,
                6.1667, 6.8333, 7.5, 8.0,
            ],
        ),
    ];
    for (size, expected) in pil {
        // The same picture grey, in three equal colours, and as the second of two.
        let gray = x.reshape([3, 4, 1]);
        let colours = Tensor::concat(&[&gray, &gray, &gray], 2);
        let two = Tensor::concat(&[&Tensor::zeros([1, 3, 4, 1]), &gray.reshape([1, 3, 4, 1])], 0);
        let resized = [
            resize(&gray, size).to_vec(),
            resize(&colours, size).slice(2, 1..2).to_vec(),
            resize(&two, size).rows(1..2).to_vec(),
        ];
        for pixels in resized {
            assert_eq!(pixels.len(), expected.len());
            assert!(
                pixels
                    .iter()
                    .zip(expected)
                    .all(|(ours, pil)| (ours - pil).abs() < 1e-3),
                "{pixels:?}"
            );
        }
    }
}

#[test]
fn pytorch_s_weights_are_the_same_in_every_type() {
    let weights = read_weights(file("torch.safetensors")).unwrap();
    let find = |name: &str| {
        weights
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, weight)| weight.clone())
    };
    assert_eq!(weights.len(), 4);
    assert_eq!(
        find("conv.weight"),
        Some(Tensor::arange(0., 16., 1.).reshape([2, 2, 2, 2]))
    );
    assert_eq!(
        find("fc.weight"),
        Some(tensor![[0., 0.25, 0.5], [0.75, 1., 1.25]])
    );
    assert_eq!(find("fc.bias"), Some(tensor![0.5, -2.]));
    assert_eq!(find("steps"), Some(tensor![300.]));
}

/// A way to read a file that gives its numbers.
type Reader = fn(&Path) -> Result<Vec<f32>, Error>;

const READERS: [(&str, Reader); 7] = [
    ("little_f4.npy", |path| Ok(read_npy(path)?.to_vec())),
    ("plain.npz", |path| {
        Ok(read_npz(path)?
            .iter()
            .flat_map(|(_, array)| array.to_vec())
            .collect())
    }),
    ("packed.npz", |path| {
        Ok(read_npz(path)?
            .iter()
            .flat_map(|(_, array)| array.to_vec())
            .collect())
    }),
    ("torch.safetensors", |path| {
        Ok(read_weights(path)?
            .iter()
            .flat_map(|(_, weight)| weight.to_vec())
            .collect())
    }),
    ("colours.png", |path| Ok(read_image(path)?.to_vec())),
    ("colours.jpg", |path| Ok(read_image(path)?.to_vec())),
    ("windows.csv", |path| {
        Ok(Csv::new()
            .fill_missing(0.0)
            .decimal(',')
            .read(path)?
            .column("count")?
            .to_vec())
    }),
];

/// A new file in place of the old one: to write over that, a file system may wait for the disk.
fn rewrite(path: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(path);
    fs::write(path, bytes).expect("a new file in a folder of the test");
}

/// Whether the message names the file, or the column that a changed table has no more.
fn names(error: &Error, name: &str) -> bool {
    let text = error.to_string();
    text.contains(name) || text.contains("has no column")
}

/// Text has no length of its own, and a PNG picture may lack its last mark; all others are whole or an error.
#[test]
fn a_file_cut_off_anywhere_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut");
    for (name, read) in READERS {
        let whole = fs::read(file(name)).unwrap();
        for length in 0..whole.len() {
            rewrite(&path, &whole[..length]);
            match read(&path) {
                Err(error) => assert!(names(&error, "cut"), "{name} {length}: {error}"),
                Ok(_) => assert!(
                    [".csv", ".png"].iter().any(|ending| name.ends_with(ending)),
                    "{name} was cut off at {length} and read all the same"
                ),
            }
        }
    }
}

/// One byte after the other becomes another: either an error that names the file, or as many numbers as a file of this
/// size can hold.
#[test]
fn a_changed_byte_neither_panics_nor_takes_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed");
    for (name, read) in READERS {
        let whole = fs::read(file(name)).unwrap();
        for at in 0..whole.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= change;
                rewrite(&path, &changed);
                match read(&path) {
                    Err(error) => assert!(names(&error, "changed"), "{name} {at}: {error}"),
                    Ok(numbers) => assert!(
                        numbers.len() < 10_000_000,
                        "{name} {at}: {} numbers",
                        numbers.len()
                    ),
                }
            }
        }
    }
}

#[test]
fn files_of_another_kind_are_told_in_words() {
    let folder = &folder();
    let messages = [
        told(read_npy(file("complex.npy")), folder),
        told(read_npy(file("text.npy")), folder),
        told(read_npy(file("object.npy")), folder),
        told(read_npy(file("plain.npz")), folder),
        told(read_npz(file("little_f4.npy")), folder),
        told(read_weights(file("little_f4.npy")), folder),
        told(read_image(file("little_f4.npy")), folder),
        told(read_image(file("colours.gif")), folder),
        told(read_npy("/nowhere/a.npy"), folder),
        told(read_image(folder), folder),
    ];
    insta::assert_snapshot!(messages.join("\n\n"), @r#"
    complex.npy: its elements are "<c8", no real numbers
    hint: in Python, save it with x.astype('float32')

    text.npy: its elements are "<U1", no real numbers
    hint: in Python, save it with x.astype('float32')

    object.npy: its elements are "|O", no real numbers
    hint: in Python, save it with x.astype('float32')

    plain.npz: it does not begin as an npy file does
    hint: it may have been cut off on its way; copy or save it again

    little_f4.npy: it is no whole npz file: invalid Zip archive: Could not find EOCD
    hint: it may have been cut off on its way; copy or save it again

    little_f4.npy: it is no whole safetensors file: header too large
    hint: it may have been cut off on its way; copy or save it again

    little_f4.npy is no PNG or JPEG picture
    hint: convert it to PNG, or remove it

    colours.gif is no PNG or JPEG picture
    hint: convert it to PNG, or remove it

    /nowhere/a.npy cannot be read: No such file or directory (os error 2)
    hint: check its name

    DIR cannot be read: it is a directory
    hint: check its name
    "#);
}
