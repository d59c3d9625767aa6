//! NumPy's files: `.npy` holds an array, `.npz` several in a zip archive. Format: NEP 1, and the page of `numpy.lib.format`.
//! Written here, because the crates for it bring a parser of Python that compiles assembly; the archive is the `zip`
//! crate's business.

use super::file;
use super::numbers::{Number, damaged, fill};
use crate::error::{Error, Result};
use crate::tensor::Tensor;
use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Bytes of the longest header that is read; NumPy's own limit is 10,000.
const LONGEST_HEADER: usize = 1 << 16;

/// Reads an array that `numpy.save` wrote. Numbers of any type become `f32`.
///
/// ```
/// use dl_core::prelude::*;
/// let path = std::env::temp_dir().join(format!("doc-{}.npy", std::process::id()));
/// let x = tensor![[1., 2., 3.], [4., 5., 6.]];
/// write_npy(&path, &x)?;
/// assert_eq!(read_npy(&path)?, x);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read, is damaged, or holds something else than real numbers.
pub fn read_npy(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    array(BufReader::new(open(path)?), &path.display().to_string())
}

/// Reads the arrays that `numpy.savez` or `savez_compressed` wrote, with their names, in the order of the file.
///
/// ```no_run
/// use dl_core::prelude::*;
/// for (name, array) in read_npz("mnist.npz")? {
///     println!("{name}: {:?}", array.shape());
/// }
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`read_npy`], and when there is no array in the file.
pub fn read_npz(path: impl AsRef<Path>) -> Result<Vec<(String, Tensor)>> {
    let path = path.as_ref();
    let name = path.display().to_string();
    let unreadable = |error| damaged(&name, format!("it is no whole npz file: {error}"));
    let mut archive = zip::ZipArchive::new(BufReader::new(open(path)?)).map_err(unreadable)?;
    let mut arrays = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(unreadable)?;
        let Some(inside) = entry.name().strip_suffix(".npy").map(str::to_string) else {
            continue;
        };
        let place = format!("{name}, array {inside:?}");
        arrays.push((inside, array(entry, &place)?));
    }
    match arrays.is_empty() {
        true => Err(Error::new(
            format!("{name} holds no array"),
            "npz files are written by numpy.savez",
        )),
        false => Ok(arrays),
    }
}

/// Writes a tensor for `numpy.load`: `float32`, in C order.
///
/// ```
/// use dl_core::prelude::*;
/// let path = std::env::temp_dir().join("hebb-example-of-write-npy.npy");
/// write_npy(&path, &tensor![[1., 2.]])?;
/// assert_eq!(read_npy(&path)?, tensor![[1., 2.]]);
/// # std::fs::remove_file(path).expect("it is there");
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the file cannot be written; one that was there stays as it was.
pub fn write_npy(path: impl AsRef<Path>, array: &Tensor) -> Result<()> {
    let path = path.as_ref();
    let shape = match array.shape() {
        [length] => format!("({length},)"),
        sizes => format!(
            "({})",
            sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
        ),
    };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    // Magic, version, length and header together fill 64 bytes or a multiple, the last one a line end.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let Ok(length) = u16::try_from(header.len()) else {
        let what = format!("write_npy: {} axes are more than the format holds", array.rank());
        return Err(Error::new(what, "reshape it first"));
    };
    let mut bytes = [MAGIC, &[1, 0], &length.to_le_bytes()[..], header.as_bytes()].concat();
    bytes.extend(array.values().iter().flat_map(|number| number.to_le_bytes()));
    file::replace(path, &bytes).map_err(|error| {
        Error::new(
            format!("write_npy: {}: {error}", path.display()),
            "check the path, and that its folder is there",
        )
    })
}

fn open(path: &Path) -> Result<File> {
    file::check(path)?;
    File::open(path).map_err(|error| file::unreadable(path, &error))
}

/// Reads one array to the end of its file.
fn array(mut bytes: impl Read, name: &str) -> Result<Tensor> {
    let header = header(&mut bytes, name)?;
    let values = header
        .number
        .read(bytes, header.big_endian, &header.shape, name)?;
    if !header.columns_first {
        return Ok(Tensor::from_vec(values, &header.shape));
    }
    let array = ArrayD::from_shape_vec(IxDyn(&header.shape).f(), values);
    let array = array.map_err(|error| damaged(name, error))?;
    Ok(Tensor::from(array.as_standard_layout().into_owned()))
}

/// What the first lines of a file say of the rest.
struct Header {
    number: Number,
    big_endian: bool,
    columns_first: bool,
    shape: Vec<usize>,
}

fn header(bytes: &mut impl Read, name: &str) -> Result<Header> {
    let mut take = |count: usize| -> Result<Vec<u8>> {
        let mut piece = vec![0; count];
        match fill(bytes, &mut piece).map_err(|error| damaged(name, error))? {
            length if length == count => Ok(piece),
            _ => Err(damaged(name, "it ends within its header")),
        }
    };
    let start = take(8)?;
    if start[..6] != *MAGIC {
        return Err(damaged(name, "it does not begin as an npy file does"));
    }
    let length = match start[6] {
        1 => usize::from(u16::from_le_bytes([take(1)?[0], take(1)?[0]])),
        2 | 3 => take(4)?
            .iter()
            .rev()
            .fold(0, |length, &byte| length << 8 | usize::from(byte)),
        version => {
            return Err(damaged(
                name,
                format!("version {version} of the format is not known"),
            ));
        }
    };
    if length > LONGEST_HEADER {
        return Err(damaged(name, format!("a header of {length} bytes")));
    }
    let text = String::from_utf8_lossy(&take(length)?).into_owned();
    let value = |key: &str| {
        let rest = text.split_once(&format!("'{key}':"));
        rest.map(|(_, rest)| rest.trim_start())
            .ok_or_else(|| damaged(name, format!("its header does not tell the {key}")))
    };
    let (number, big_endian) = element(value("descr")?, name)?;
    let order = value("fortran_order")?;
    let columns_first = order.starts_with("True");
    if !columns_first && !order.starts_with("False") {
        return Err(damaged(name, "its header does not tell the fortran_order"));
    }
    let sizes = value("shape")?
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'));
    let sizes = sizes.map(|(sizes, _)| sizes.split(',').map(str::trim).filter(|size| !size.is_empty()));
    let shape = sizes.and_then(|sizes| {
        sizes
            .map(|size| size.trim_end_matches('L').parse().ok())
            .collect()
    });
    let shape = shape.ok_or_else(|| damaged(name, "its header does not tell the shape"))?;
    Ok(Header {
        number,
        big_endian,
        columns_first,
        shape,
    })
}

/// The type of the elements and whether their first byte is the most significant, from a text such as `'<f4'`.
fn element(text: &str, name: &str) -> Result<(Number, bool)> {
    let code = text
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once('\''))
        .map(|(code, _)| code);
    let shown = code.map_or_else(|| "several fields".to_string(), |code| format!("{code:?}"));
    let code = code.unwrap_or_default();
    let number = match code.trim_start_matches(['<', '>', '=', '|']) {
        "b1" | "?" => Number::Bool,
        "i1" => Number::I8,
        "i2" => Number::I16,
        "i4" => Number::I32,
        "i8" => Number::I64,
        "u1" => Number::U8,
        "u2" => Number::U16,
        "u4" => Number::U32,
        "u8" => Number::U64,
        "f2" => Number::F16,
        "f4" => Number::F32,
        "f8" => Number::F64,
        _ => {
            return Err(Error::new(
                format!("{name}: its elements are {shown}, no real numbers"),
                "in Python, save it with x.astype('float32')",
            ));
        }
    };
    Ok((number, code.starts_with('>')))
}

#[cfg(test)]
mod tests;
