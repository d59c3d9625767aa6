//! Numbers as files of arrays hold them, in every width and byte order, into `f32`. Which file holds what is told by
//! [`super::numpy`] and [`super::foreign_weights`].

use crate::error::{Error, Result};
use half::{bf16, f16};
use std::io::{self, Read};

/// More elements than a lesson's machine has memory for: a larger claim in a header is damage, or meant to do harm.
const MOST_ELEMENTS: usize = 1 << 30;

/// A type of number. Wide ones lose digits: `f32` holds whole numbers up to 16,777,216 exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    Bf16,
    F32,
    F64,
}

impl Number {
    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Number::Bool | Number::I8 | Number::U8 => 1,
            Number::I16 | Number::U16 | Number::F16 | Number::Bf16 => 2,
            Number::I32 | Number::U32 | Number::F32 => 4,
            Number::I64 | Number::U64 | Number::F64 => 8,
        }
    }

    /// Adds the numbers in `bytes`, the least significant byte of each first unless `big_endian`.
    fn decode(self, bytes: &[u8], big_endian: bool, values: &mut Vec<f32>) {
        macro_rules! as_numbers {
            ($number:ty, $convert:expr) => {
                values.extend(bytes.chunks_exact(size_of::<$number>()).map(|chunk| {
                    let mut bytes = [0; size_of::<$number>()];
                    bytes.copy_from_slice(chunk);
                    let number = match big_endian {
                        true => <$number>::from_be_bytes(bytes),
                        false => <$number>::from_le_bytes(bytes),
                    };
                    $convert(number)
                }))
            };
        }
        match self {
            Number::Bool => values.extend(bytes.iter().map(|&byte| f32::from(byte != 0))),
            Number::I8 => as_numbers!(i8, f32::from),
            Number::I16 => as_numbers!(i16, f32::from),
            Number::I32 => as_numbers!(i32, |number| number as f32),
            Number::I64 => as_numbers!(i64, |number| number as f32),
            Number::U8 => values.extend(bytes.iter().map(|&byte| f32::from(byte))),
            Number::U16 => as_numbers!(u16, f32::from),
            Number::U32 => as_numbers!(u32, |number| number as f32),
            Number::U64 => as_numbers!(u64, |number| number as f32),
            Number::F16 => as_numbers!(f16, f16::to_f32),
            Number::Bf16 => as_numbers!(bf16, bf16::to_f32),
            Number::F32 => as_numbers!(f32, |number| number),
            Number::F64 => as_numbers!(f64, |number| number as f32),
        }
    }

    /// Reads an array of `shape` to the end of the file, a piece at a time: memory is taken for what is there, not for what
    /// a header announces.
    pub(super) fn read(
        self,
        mut file: impl Read,
        big_endian: bool,
        shape: &[usize],
        name: &str,
    ) -> Result<Vec<f32>> {
        let count = match crate::tensor::element_count(shape) {
            Some(count @ ..=MOST_ELEMENTS) => count,
            _ => return Err(damaged(name, format!("its header claims the shape {shape:?}"))),
        };
        let size = self.size();
        let mut values: Vec<f32> = Vec::new();
        let mut piece = vec![0; 1 << 16];
        loop {
            let missing = count - values.len();
            // One byte more than is missing, so that bytes after the end are noticed.
            let wanted = piece.len().min(missing.saturating_mul(size).saturating_add(1));
            let length = fill(&mut file, &mut piece[..wanted]).map_err(|error| damaged(name, error))?;
            let whole = length / size;
            if whole > missing || (whole == missing && length > missing * size) {
                let why = format!("it goes on after the {count} numbers that its header announces");
                return Err(damaged(name, why));
            }
            if values.try_reserve(whole).is_err() {
                return Err(Error::new(
                    format!("{name}: no memory for {count} numbers"),
                    "take a smaller file, or restart the kernel",
                ));
            }
            self.decode(&piece[..whole * size], big_endian, &mut values);
            if length < wanted {
                break;
            }
        }
        match values.len() == count {
            true => Ok(values),
            false => Err(damaged(
                name,
                format!("it ends after {} of {count} numbers", values.len()),
            )),
        }
    }
}

/// Fills `buffer` as far as the file goes; returns how far that was.
pub(super) fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The error of a file that is not what its header says.
pub(super) fn damaged(name: &str, why: impl std::fmt::Display) -> Error {
    Error::new(
        format!("{name}: {why}"),
        "it may have been cut off on its way; copy or save it again",
    )
}
