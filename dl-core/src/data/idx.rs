//! The IDX file format of MNIST: a magic number, the size of each axis, then one byte per element; often gzipped.
//! Format: the page of LeCun, Cortes and Burges, "The MNIST database of handwritten digits". Where the files are looked
//! for is decided in [`super::image_sets`].

use std::io::{self, BufReader, Read};

use flate2::read::GzDecoder;

use crate::error::{Error, Result};

/// More elements than any set of small images has: a larger claim in a header is damage.
const MOST_ELEMENTS: usize = 1 << 30;

/// The images of a file, as numbers 0 to 255, with their shape [n, height, width].
///
/// # Errors
/// When the file is damaged: bad magic number, sizes that make no sense, too few or too many bytes, broken gzip.
pub(super) fn images(file: impl Read, name: &str) -> Result<(Vec<f32>, [usize; 3])> {
    let mut bytes = open(file, name)?;
    let shape = header::<3>(&mut bytes, name)?;
    Ok((elements(bytes, shape.iter().product(), name)?, shape))
}

/// The labels of a file, each below `classes`.
///
/// # Errors
/// As for [`images`], and when a label is not below `classes`.
pub(super) fn labels(file: impl Read, classes: usize, name: &str) -> Result<Vec<f32>> {
    let mut bytes = open(file, name)?;
    let [count] = header::<1>(&mut bytes, name)?;
    let labels = elements(bytes, count, name)?;
    match labels.iter().position(|&label| label >= classes as f32) {
        None => Ok(labels),
        Some(at) => {
            let what = format!(
                "label {at} is {}, but the {classes} classes are 0 to {}",
                labels[at],
                classes - 1
            );
            Err(damaged(name, what))
        }
    }
}

/// Unpacks gzip, told by its first two bytes and not by the file's name.
fn open<'a>(file: impl Read + 'a, name: &str) -> Result<Box<dyn Read + 'a>> {
    let mut file = BufReader::new(file);
    let mut start = [0; 2];
    let length = fill(&mut file, &mut start, name)?;
    let whole = io::Cursor::new(start).take(length as u64).chain(file);
    Ok(if start == [0x1f, 0x8b] {
        Box::new(BufReader::new(GzDecoder::new(whole)))
    } else {
        Box::new(whole)
    })
}

/// Reads the magic number of unsigned bytes (0, 0, 8, number of axes) and the sizes, big-endian.
fn header<const AXES: usize>(bytes: &mut impl Read, name: &str) -> Result<[usize; AXES]> {
    let mut word = || {
        let mut word = [0; 4];
        match fill(bytes, &mut word, name)? {
            4 => Ok(u32::from_be_bytes(word)),
            _ => Err(damaged(name, "it ends within its header")),
        }
    };
    let (magic, wanted) = (word()?, 0x0800 + AXES as u32);
    if magic != wanted {
        return Err(damaged(
            name,
            format!("it begins with {magic:#010x}, but such a file begins with {wanted:#010x}"),
        ));
    }
    let mut shape = [0; AXES];
    for size in &mut shape {
        *size = word()? as usize;
    }
    match shape
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size))
    {
        Some(1..=MOST_ELEMENTS) => Ok(shape),
        _ => Err(damaged(name, format!("its header claims the shape {shape:?}"))),
    }
}

/// Reads exactly `count` bytes into numbers, a piece at a time: there is never a second copy of the whole.
fn elements(mut bytes: impl Read, count: usize, name: &str) -> Result<Vec<f32>> {
    let mut values: Vec<f32> = Vec::new();
    if values.try_reserve_exact(count).is_err() {
        let what = format!("{name}: no memory for its {count} elements");
        return Err(Error::new(what, "restart the kernel, or use the bundled sample"));
    }
    let mut piece = vec![0; 1 << 16];
    loop {
        // One more than is left, so that bytes after the end are noticed.
        let wanted = piece.len().min(count - values.len() + 1);
        let length = fill(&mut bytes, &mut piece[..wanted], name)?;
        if values.len() + length > count {
            return Err(damaged(
                name,
                format!("it goes on after the {count} elements that its header announces"),
            ));
        }
        values.extend(piece[..length].iter().map(|&byte| f32::from(byte)));
        if length < wanted {
            break;
        }
    }
    if values.len() < count {
        return Err(damaged(
            name,
            format!("it ends after {} of {count} elements", values.len()),
        ));
    }
    Ok(values)
}

/// Fills `buffer` as far as the file goes; returns how far that was.
fn fill(file: &mut impl Read, buffer: &mut [u8], name: &str) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(damaged(name, format!("it cannot be read: {error}"))),
        }
    }
    Ok(filled)
}

fn damaged(name: &str, what: impl std::fmt::Display) -> Error {
    Error::new(
        format!("{name}: {what}"),
        "remove the file and run install/data.sh again",
    )
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// The bytes of an IDX file.
    pub(in crate::data) fn file(magic: u32, sizes: &[u32], elements: &[u8]) -> Vec<u8> {
        let words = std::iter::once(&magic)
            .chain(sizes)
            .flat_map(|word| word.to_be_bytes());
        words.chain(elements.iter().copied()).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_and_gzipped_files_hold_the_same() {
        let bytes = file(0x803, &[2, 1, 3], &[0, 1, 2, 3, 4, 255]);
        let whole = (vec![0., 1., 2., 3., 4., 255.], [2, 1, 3]);
        assert_eq!(images(&bytes[..], "a").unwrap(), whole);
        assert_eq!(images(&gzip(&bytes)[..], "a").unwrap(), whole);
        assert_eq!(
            labels(&file(0x801, &[3], &[9, 0, 1])[..], 10, "a").unwrap(),
            [9., 0., 1.]
        );
    }

    #[test]
    fn a_file_longer_than_one_piece_is_read_whole() {
        let pixels: Vec<u8> = (0..200_000).map(|at| (at % 251) as u8).collect();
        let (values, _) = images(&gzip(&file(0x803, &[2, 400, 250], &pixels))[..], "a").unwrap();
        assert!(
            values
                .iter()
                .zip(&pixels)
                .all(|(&value, &pixel)| value == f32::from(pixel))
        );
        assert_eq!(values.len(), 200_000);
    }

    #[test]
    fn damage_is_told_in_words() {
        let good = file(0x803, &[1, 2, 2], &[1, 2, 3, 4]);
        let mut broken = gzip(&good);
        let middle = broken.len() - 6;
        broken[middle] ^= 0xff;
        let packed = gzip(&good);
        let rows: Vec<(&str, Vec<u8>)> = vec![
            ("empty", vec![]),
            ("short header", good[..10].to_vec()),
            ("labels for images", file(0x801, &[4], &[1, 2, 3, 4])),
            ("a web page", b"<!DOCTYPE html><html></html>".to_vec()),
            ("huge", file(0x803, &[u32::MAX, u32::MAX, u32::MAX], &[])),
            ("none", file(0x803, &[0, 28, 28], &[])),
            ("truncated", good[..18].to_vec()),
            ("too long", [&good[..], &[5]].concat()),
            ("wrong checksum", broken),
            ("gzip cut off", packed[..packed.len() - 9].to_vec()),
        ];
        let told: Vec<String> = rows
            .iter()
            .map(|(name, bytes)| images(&bytes[..], name).unwrap_err().to_string())
            .map(|text| text.lines().next().unwrap_or_default().to_string())
            .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        empty: it ends within its header
        short header: it ends within its header
        labels for images: it begins with 0x00000801, but such a file begins with 0x00000803
        a web page: it begins with 0x3c21444f, but such a file begins with 0x00000803
        huge: its header claims the shape [4294967295, 4294967295, 4294967295]
        none: its header claims the shape [0, 28, 28]
        truncated: it ends after 2 of 4 elements
        too long: it goes on after the 4 elements that its header announces
        wrong checksum: it cannot be read: corrupt gzip stream does not have a matching checksum
        gzip cut off: it cannot be read: incomplete deflate stream
        ");
    }

    #[test]
    fn a_label_out_of_range_is_an_error() {
        let error = labels(&file(0x801, &[3], &[1, 9, 10])[..], 10, "labels.gz").unwrap_err();
        insta::assert_snapshot!(error, @"
        labels.gz: label 2 is 10, but the 10 classes are 0 to 9
        hint: remove the file and run install/data.sh again
        ");
    }
}
