//! Matrix products: cuBLAS, with the tensor cores' TF32 unless told otherwise.

use super::array::{Array, filled};
use super::card::Card;
use super::elementwise;
use super::memory::Block;
use super::record;
use super::table::TF32;
use crate::backend::Nonlinearity;
use crate::backend::primitives::on_several;
use crate::error::Result;
use cudarc::cublas::sys::{self, cublasMath_t, cublasOperation_t, cublasStatus_t};
use std::sync::atomic::Ordering;

/// Whether matrix products and convolutions on graphics cards may use TF32, as they do without a call: numbers of 10 bits
/// behind the point instead of 23, added up in full precision, several times faster on cards since Ampere (2020). Training does
/// not suffer; `allow_tf32(false)` is for numbers that are to agree with the CPU's to six digits. The word is PyTorch's
/// (`torch.backends.cuda.matmul.allow_tf32`); the CPU always computes in full precision.
///
/// ```
/// dl_core::allow_tf32(false);
/// ```
pub fn allow_tf32(allow: bool) {
    TF32.store(allow, Ordering::Relaxed);
}

/// cuBLAS for one card.
pub(super) struct Products {
    handle: sys::cublasHandle_t,
    /// What the handle was told last.
    tf32: Option<bool>,
}

// SAFETY: a handle may be used from any thread, by one at a time: it is behind the card's lock.
unsafe impl Send for Products {}

impl Products {
    /// For the card whose context is entered.
    pub(super) fn new(card: &Card) -> Result<Products> {
        let mut handle = std::ptr::null_mut();
        // NVIDIA's recommendation: 32 MiB from compute capability 9 on, else 4. It is the card's for good: without it, cuBLAS
        // would ask the driver for memory while a step is recorded.
        let bytes: u64 = if card.capability().0 >= 9 {
            32 << 20
        } else {
            4 << 20
        };
        let Block { pointer, bytes } = card.take(bytes);
        // SAFETY: the library was found; the stream is the card's; the memory is large as told and never given back.
        unsafe {
            check(card, sys::cublasCreate_v2(&raw mut handle), "starting cuBLAS")?;
            check(
                card,
                sys::cublasSetStream_v2(handle, card.stream().cast()),
                "starting cuBLAS",
            )?;
            check(
                card,
                sys::cublasSetWorkspace_v2(handle, pointer as *mut _, bytes as usize),
                "starting cuBLAS",
            )?;
        }
        Ok(Products { handle, tf32: None })
    }
}

fn check(card: &Card, status: cublasStatus_t, doing: &str) -> Result<()> {
    match status {
        cublasStatus_t::CUBLAS_STATUS_SUCCESS => Ok(()),
        status => Err(super::card::refuse(
            card,
            format!("{doing}: {status:?}"),
            "see whether nvidia-smi works in a terminal; or use Device::cpu()",
        )),
    }
}

/// A matrix as cuBLAS is told of it: rows and columns as they are multiplied, and whether the memory has them the other way.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    array: &'a Array,
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    /// Of `rows` rows in memory, whatever the array's own shape.
    pub(super) fn of(array: &'a Array, rows: usize, columns: usize, transposed: bool) -> Matrix<'a> {
        assert_eq!(rows * columns, array.len(), "the matrix fills the array");
        let (rows, columns) = if transposed {
            (columns, rows)
        } else {
            (rows, columns)
        };
        Matrix {
            array,
            rows,
            columns,
            transposed,
        }
    }

    fn whole(array: &'a Array, transposed: bool) -> Matrix<'a> {
        Matrix::of(array, array.shape()[0], array.shape()[1], transposed)
    }
}

/// result = left · right, or, if `add`, result + left · right; the result is nobody else's.
pub(super) fn multiply(left: Matrix, right: Matrix, result: &Array, add: bool) {
    let (rows, inner, columns) = (left.rows, left.columns, right.columns);
    assert!(
        right.rows == inner && result.len() == rows * columns,
        "the matrices fit each other and the result"
    );
    let card = result.card();
    for side in [left.array, right.array] {
        if !side.is_on(card) {
            let devices = [card.device().to_string(), side.card().device().to_string()];
            on_several("matmul", &devices).raise();
        }
    }
    if result.len() == 0 {
        return;
    }
    if inner == 0 {
        if !add {
            super::array::copy(&filled(card, 0.0, result.shape()), result);
        }
        return;
    }
    let _entered = card.enter();
    let doing = || format!("matmul [{rows}, {inner}] x [{inner}, {columns}]");
    let mut products = card.products();
    let products = products.as_mut().expect("made when the card was opened");
    let done = products.follow_setting(card).and_then(|()| {
        let operation = |matrix: Matrix| match matrix.transposed {
            false => cublasOperation_t::CUBLAS_OP_N,
            true => cublasOperation_t::CUBLAS_OP_T,
        };
        // From row to row in memory.
        let step = |matrix: Matrix| {
            (if matrix.transposed {
                matrix.rows
            } else {
                matrix.columns
            }) as i64
        };
        let (alpha, beta) = (1.0_f32, if add { 1.0_f32 } else { 0.0 });
        // cuBLAS counts columns first. Seen like that our matrices are transposed, and right' · left' = (left · right)'.
        // SAFETY: the arrays have the sizes that the matrices tell, see above, are alive, and belong to this card; alpha and
        // beta are read before the call returns.
        let status = unsafe {
            match [rows, inner, columns].map(i32::try_from) {
                [Ok(rows), Ok(inner), Ok(columns)] => sys::cublasSgemm_v2(
                    products.handle,
                    operation(right),
                    operation(left),
                    columns,
                    rows,
                    inner,
                    &raw const alpha,
                    right.array.pointer() as *const f32,
                    step(right) as i32,
                    left.array.pointer() as *const f32,
                    step(left) as i32,
                    &raw const beta,
                    result.pointer() as *mut f32,
                    columns,
                ),
                _ => sys::cublasSgemm_v2_64(
                    products.handle,
                    operation(right),
                    operation(left),
                    columns as i64,
                    rows as i64,
                    inner as i64,
                    &raw const alpha,
                    right.array.pointer() as *const f32,
                    step(right),
                    left.array.pointer() as *const f32,
                    step(left),
                    &raw const beta,
                    result.pointer() as *mut f32,
                    columns as i64,
                ),
            }
        };
        match status {
            // A step that cannot be recorded is done one operation at a time.
            cublasStatus_t::CUBLAS_STATUS_SUCCESS => Ok(()),
            _ if record::spoil() => Ok(()),
            status => check(card, status, &doing()),
        }
    });
    let done = done.and_then(|()| match card.checked {
        true => card.finish(&doing()),
        false => Ok(()),
    });
    if let Err(error) = done {
        error.raise();
    }
}

impl Products {
    /// Tells cuBLAS what precision is asked for, if that has changed.
    fn follow_setting(&mut self, card: &Card) -> Result<()> {
        let wanted = TF32.load(Ordering::Relaxed);
        if self.tf32 == Some(wanted) {
            return Ok(());
        }
        let mode = match wanted {
            true => cublasMath_t::CUBLAS_TF32_TENSOR_OP_MATH,
            false => cublasMath_t::CUBLAS_DEFAULT_MATH,
        };
        // SAFETY: the handle is alive, and ours alone while the lock is held.
        let status = unsafe { sys::cublasSetMathMode(self.handle, mode) };
        check(card, status, "setting the precision")?;
        self.tf32 = Some(wanted);
        Ok(())
    }
}

pub(in crate::backend) fn matmul(left: &Array, left_t: bool, right: &Array, right_t: bool) -> Array {
    let (left, right) = (Matrix::whole(left, left_t), Matrix::whole(right, right_t));
    let result = Array::stale(left.array.card(), &[left.rows, right.columns]);
    multiply(left, right, &result, false);
    result
}

/// function(x · weights + bias): the product, then bias and function in one walk over it.
pub(in crate::backend) fn affine(x: &Array, weights: &Array, bias: &Array, function: Nonlinearity) -> Array {
    let result = matmul(x, false, weights, false);
    elementwise::add_bias(&result, bias, function);
    result
}
