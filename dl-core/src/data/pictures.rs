//! Pictures from files: one, or a folder with a sub-folder for each class. PNG and JPEG, read by the `image` crate.

use super::{Dataset, file};
use crate::error::{Error, Result};
use crate::tensor::Tensor;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Pixels along a side, at most: more than cameras have.
const LONGEST_SIDE: u32 = 20_000;
/// Bytes of a picture in memory, at most.
const LARGEST: u64 = 512 * 1024 * 1024;
/// Bytes of pixels that a byte of a file can hold, at most: 1,032 in PNG (deflate), about as many in JPEG (a bit for a block).
const MOST_PACKED: u64 = 1200;

/// Reads a PNG or JPEG picture: `[height, width, channels]` from 0 to 255, with one channel if it is grey, three (red,
/// green, blue) if it has colours. It is turned as its camera said; transparency is left out.
///
/// For a model, make it a batch of one: `resize(&read_image("a.jpg")?, [28, 28]).reshape([1, 28, 28, 3]) / 255.0`.
///
/// ```no_run
/// use dl_core::prelude::*;
/// let photo = read_image("hand.jpg")?;
/// let small = to_gray(&resize(&photo, [28, 28]));
/// assert_eq!(small.shape(), [28, 28, 1]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read, is damaged, of another format, or larger than 512 MB in memory.
pub fn read_image(path: impl AsRef<Path>) -> Result<Tensor> {
    let picture = Picture::from(decode(path.as_ref())?);
    let [height, width] = picture.sides;
    let shape = [height, width, picture.channels];
    Ok(Tensor::from_vec(
        picture.pixels.into_iter().map(f32::from).collect(),
        shape,
    ))
}

/// Reads a folder that has a sub-folder of PNG or JPEG pictures for each class; its name is the name of the class. As
/// Keras's `image_dataset_from_directory`, with all pictures in memory.
///
/// `x: [n, height, width, channels]` from 0 to 255, every picture stretched to `size` ([height, width]), with one channel
/// if all of them are grey, else three; `y: [n]` are class numbers, in the alphabetical order of the names. Sorted by class
/// and name. Hidden files and files that are no pictures by their name are passed over.
///
/// ```no_run
/// use dl_core::prelude::*;
/// let (train, test) = image_folder("photos", [64, 64])?.normalize().split(0.8);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the folder or a file cannot be read, when a sub-folder has no pictures, when a picture is damaged (it is named) or
/// of another format, or when they do not fit into memory.
pub fn image_folder(path: impl AsRef<Path>, size: [usize; 2]) -> Result<Dataset> {
    let path = path.as_ref();
    check_size("image_folder", size)?;
    let classes: Vec<PathBuf> = entries(path)?
        .into_iter()
        .filter(|entry| entry.is_dir())
        .collect();
    if classes.is_empty() {
        return Err(Error::new(
            format!("{} has no sub-folders", path.display()),
            "put the pictures of each class into a sub-folder with its name",
        ));
    }
    let (mut pictures, mut labels) = (Vec::new(), Vec::new());
    for (class, folder) in classes.iter().enumerate() {
        let before = pictures.len();
        for file in entries(folder)?
            .into_iter()
            .filter(|entry| entry.is_file() && is_picture(entry))
        {
            let Picture {
                sides,
                channels,
                pixels,
            } = Picture::from(decode(&file)?);
            let pixels: Vec<f32> = pixels.into_iter().map(f32::from).collect();
            pictures.push((channels, resample(&pixels, sides, size, channels)));
            labels.push(class as f32);
        }
        if pictures.len() == before {
            return Err(Error::new(
                format!("{} has no pictures", folder.display()),
                "each sub-folder is a class: put its PNG or JPEG files there, or remove it",
            ));
        }
    }
    let channels = pictures.iter().map(|(channels, _)| *channels).max().unwrap_or(1);
    let shape = [pictures.len(), size[0], size[1], channels];
    let mut pixels: Vec<f32> = Vec::new();
    let count = crate::tensor::element_count(&shape);
    if count.is_none_or(|count| pixels.try_reserve_exact(count).is_err()) {
        let op = "image_folder";
        let shape = shape.to_vec();
        return Err(Error::TooLarge { op, shape });
    }
    for (own_channels, picture) in pictures {
        // A grey picture among coloured ones is as red as green as blue.
        let repeat = channels / own_channels;
        pixels.extend(
            picture
                .into_iter()
                .flat_map(|pixel| std::iter::repeat_n(pixel, repeat)),
        );
    }
    let count = labels.len();
    let names = classes.iter().map(|class| {
        class
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    });
    Ok(Dataset::new(Tensor::from_vec(pixels, shape), Tensor::from_vec(labels, [count])).with_classes(names))
}

/// A picture `[height, width, channels]`, or several `[n, height, width, channels]`, stretched to `size` ([height, width])
/// with linear interpolation; where it becomes smaller, over all pixels that fall together (the triangle filter).
///
/// ```
/// use dl_core::prelude::*;
/// let (train, _) = mnist_sample();
/// assert_eq!(train.map(|x| resize(x, [14, 14])).x.shape(), [1000, 14, 14, 1]);
/// ```
///
/// # Panics
/// When `images` is none of the two or has no pixels, or when a side is 0 or longer than 20,000.
#[track_caller]
pub fn resize(images: &Tensor, size: [usize; 2]) -> Tensor {
    const OP: &str = "resize";
    if let Err(error) = check_size(OP, size) {
        error.raise();
    }
    let (before, [height, width, channels]) = last_axes(OP, images);
    let from = [height, width];
    if from.contains(&0) {
        let why = format!("shape {:?} has no pixels", images.shape());
        Error::shape(OP, why, "a picture has at least one").raise();
    }
    let mut shape = before.to_vec();
    shape.extend([size[0], size[1], channels]);
    let count = crate::tensor::element_count(&shape);
    let mut pixels: Vec<f32> = Vec::new();
    if count.is_none_or(|count| pixels.try_reserve_exact(count).is_err()) {
        Error::TooLarge { op: OP, shape }.raise();
    }
    let one = from[0] * from[1] * channels;
    for image in images.values().chunks_exact(one.max(1)) {
        pixels.extend(resample(image, from, size, channels));
    }
    Tensor::from_vec(pixels, shape)
}

/// A picture with other sides, [height, width].
fn resample(pixels: &[f32], from: [usize; 2], to: [usize; 2], channels: usize) -> Vec<f32> {
    let wide = stretch(pixels, from[0], [from[1], to[1]], channels);
    // Seen from above, a picture is a single line, and what are pixels there are lines here.
    stretch(&wide, 1, [from[0], to[0]], to[1] * channels)
}

/// `lines` lines of `from` pixels of `channels` numbers become lines of `to` pixels. A new pixel is the mean of the old ones
/// around its middle, weighted by a triangle as wide as two pixels, old or new, whichever are larger: PIL's `BILINEAR`.
fn stretch(numbers: &[f32], lines: usize, [from, to]: [usize; 2], channels: usize) -> Vec<f32> {
    if from == to {
        return numbers.to_vec();
    }
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    let mut stretched = vec![0.0; lines * to * channels];
    for new in 0..to {
        let middle = (new as f64 + 0.5) * scale;
        let first = (middle - reach).floor().max(0.0) as usize;
        let last = ((middle + reach).ceil() as usize).min(from);
        let weight = |old: usize| (1.0 - ((old as f64 + 0.5 - middle) / reach).abs()).max(0.0);
        let sum: f64 = (first..last).map(weight).sum();
        for old in first..last {
            let share = (weight(old) / sum) as f32;
            for line in 0..lines {
                let (at, from) = ((line * to + new) * channels, (line * from + old) * channels);
                let (new, old) = (&mut stretched[at..at + channels], &numbers[from..from + channels]);
                new.iter_mut().zip(old).for_each(|(new, old)| *new += share * old);
            }
        }
    }
    stretched
}

/// The brightness of coloured pictures `[.., 3]`, `[.., 1]`: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601, as PIL and
/// TensorFlow). Pictures of one channel stay as they are.
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(to_gray(&tensor![[[255., 255., 255.], [0., 0., 100.]]]), tensor![[[255.], [11.4]]]);
/// ```
///
/// # Panics
/// When the last axis is neither 1 nor 3.
#[track_caller]
pub fn to_gray(images: &Tensor) -> Tensor {
    let (before, [height, width, channels]) = last_axes("to_gray", images);
    if channels == 1 {
        return images.clone();
    }
    if channels != 3 {
        let why = format!("{channels} channels, where pictures have 1 or 3");
        Error::shape("to_gray", why, "the last axis counts channels").raise();
    }
    let weigh = |pixel: &[f32]| 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    let mut shape = before.to_vec();
    shape.extend([height, width, 1]);
    Tensor::from_vec(images.values().chunks_exact(3).map(weigh).collect(), shape)
}

/// The axes of pictures: those before, and height, width and channels.
#[track_caller]
fn last_axes<'a>(op: &'static str, images: &'a Tensor) -> (&'a [usize], [usize; 3]) {
    match images.shape() {
        [before @ .., height, width, channels] if before.len() < 2 => (before, [*height, *width, *channels]),
        shape => {
            let hint = "a picture is [height, width, channels], several are [n, height, width, channels]";
            Error::shape(op, format!("shape {shape:?} is no picture"), hint).raise();
        }
    }
}

fn check_size(op: &'static str, size: [usize; 2]) -> Result<()> {
    match size.iter().all(|side| (1..=LONGEST_SIDE as usize).contains(side)) {
        true => Ok(()),
        false => Err(Error::shape(
            op,
            format!("pictures of {} x {} pixels", size[0], size[1]),
            format!("the size is [height, width], each from 1 to {LONGEST_SIDE}"),
        )),
    }
}

/// What a folder holds, by name, without hidden files.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| file::unreadable(folder, &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// Whether a file is a picture by its name, of whatever format: one that cannot be read is told, not passed over.
fn is_picture(path: &Path) -> bool {
    const ENDINGS: [&str; 10] = [
        "png", "jpg", "jpeg", "jpe", "gif", "bmp", "webp", "tif", "tiff", "heic",
    ];
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    ENDINGS.contains(&ending.as_str())
}

/// Decodes by what the file holds, not by its name.
fn decode(path: &Path) -> Result<DynamicImage> {
    let bytes = file::read(path)?;
    let damaged = |why: &dyn std::fmt::Display| {
        Error::new(
            format!("{} is a damaged picture: {why}", path.display()),
            "copy it again, or remove it",
        )
    };
    let broken = |error| match error {
        ImageError::Unsupported(_) => Error::new(
            format!("{} is no PNG or JPEG picture", path.display()),
            "convert it to PNG, or remove it",
        ),
        error => damaged(&error),
    };
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
    let mut reader = reader.map_err(|error| file::unreadable(path, &error))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(LARGEST);
    reader.limits(limits.clone());
    let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let announced = decoder.total_bytes();
    if announced / MOST_PACKED > bytes.len() as u64 {
        return Err(damaged(&"its header announces more pixels than it can hold"));
    }
    limits.reserve(announced).map_err(broken)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if is_jpeg && !has_end(&bytes) {
        return Err(damaged(&"it ends before its last pixel"));
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether a JPEG file has its end mark. Its decoder takes what is missing for grey.
fn has_end(bytes: &[u8]) -> bool {
    // Segments up to the pixels tell their length; a small picture of the picture may be inside one, with its own end.
    let mut at = 2;
    while let Some(&[0xff, kind, high, low]) = bytes.get(at..at + 4) {
        at += match kind {
            0xff => 1,
            _ => 2 + usize::from(high) * 256 + usize::from(low),
        };
        if kind == 0xda {
            break;
        }
    }
    bytes
        .get(at..)
        .is_some_and(|pixels| pixels.windows(2).any(|pair| pair == [0xff, 0xd9]))
}

/// A decoded picture: grey with one channel, else red, green and blue.
struct Picture {
    /// Height and width.
    sides: [usize; 2],
    channels: usize,
    pixels: Vec<u8>,
}

impl From<DynamicImage> for Picture {
    fn from(image: DynamicImage) -> Picture {
        let (width, height) = image.dimensions();
        let (channels, pixels) = match image.color().has_color() {
            true => (3, image.into_rgb8().into_raw()),
            false => (1, image.into_luma8().into_raw()),
        };
        Picture {
            sides: [height as usize, width as usize],
            channels,
            pixels,
        }
    }
}
