//! Vectors of `f32` as the processor has them, for the few loops where the compiler does not find them by itself: a
//! loop is written once, for any [`Lanes`], and compiled for each width.

use std::array::from_fn;

/// Work that is written for any width of vector.
pub(super) trait Work {
    /// Does it. `#[inline(always)]` on the implementation, and on all that it calls with `L`, lets the compiler use the
    /// instructions of `L`.
    ///
    /// # Safety
    /// The processor has the instructions of `L`.
    unsafe fn run<L: Lanes>(self);
}

/// A vector in a register.
pub(super) trait Lanes: Copy {
    /// Numbers in it.
    const COUNT: usize;
    /// The height of a tile of sums, two vectors wide, that the registers hold beside what they are computed from.
    const TILE: usize;
    /// The same where the registers must also hold the way to each row: found by measuring.
    const TAPS: usize;

    /// # Safety
    /// The processor has the instructions; `COUNT` numbers can be read.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// The processor has the instructions; `COUNT` numbers can be written.
    unsafe fn store(self, to: *mut f32);
    /// # Safety
    /// The processor has the instructions.
    unsafe fn all(number: f32) -> Self;
    /// self + a · b.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn plus_product(self, a: Self, b: Self) -> Self;
    /// `then` in the lanes where `self` is larger than `other`, or NaN; else what `otherwise` has there.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn where_larger(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// `self` in the lanes where `a` and `b` are equal, else 0.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn where_equal(self, a: Self, b: Self) -> Self;
}

/// Does the work with the widest vectors that this processor has.
pub(super) fn with_widest<W: Work>(work: W) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor was just found to have these instructions.
            return unsafe { x86::with_avx512(work) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor was just found to have these instructions.
            return unsafe { x86::with_avx2(work) };
        }
    }
    // SAFETY: these lanes are ordinary numbers.
    unsafe { work.run::<Plain<4>>() };
}

/// For any processor: a few numbers, which the compiler may or may not put into one register.
#[derive(Clone, Copy)]
pub(super) struct Plain<const N: usize>([f32; N]);

impl<const N: usize> Lanes for Plain<N> {
    const COUNT: usize = N;
    const TILE: usize = 6;
    const TAPS: usize = 6;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises that these numbers can be read.
        Plain(unsafe { from.cast::<[f32; N]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises that these numbers can be written.
        unsafe { to.cast::<[f32; N]>().write_unaligned(self.0) };
    }

    #[inline(always)]
    unsafe fn all(number: f32) -> Self {
        Plain([number; N])
    }

    #[inline(always)]
    unsafe fn plus_product(self, a: Self, b: Self) -> Self {
        Plain(from_fn(|lane| self.0[lane] + a.0[lane] * b.0[lane]))
    }

    #[inline(always)]
    unsafe fn where_larger(self, other: Self, then: Self, otherwise: Self) -> Self {
        let larger = |lane: usize| self.0[lane] > other.0[lane] || self.0[lane].is_nan();
        Plain(from_fn(|lane| {
            if larger(lane) {
                then.0[lane]
            } else {
                otherwise.0[lane]
            }
        }))
    }

    #[inline(always)]
    unsafe fn where_equal(self, a: Self, b: Self) -> Self {
        Plain(from_fn(
            |lane| if a.0[lane] == b.0[lane] { self.0[lane] } else { 0.0 },
        ))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Lanes, Work};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    pub(super) fn with_avx512<W: Work>(work: W) {
        // SAFETY: the instructions are those that this function is compiled for.
        unsafe { work.run::<__m512>() };
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn with_avx2<W: Work>(work: W) {
        // SAFETY: the instructions are those that this function is compiled for.
        unsafe { work.run::<__m256>() };
    }

    /// The loads, stores and products of both widths differ in their names only.
    macro_rules! lanes {
        ($vector:ty, $count:literal, $tile:literal, $taps:literal, $load:ident, $store:ident, $all:ident, $fused:ident, $larger:item, $equal:item) => {
            impl Lanes for $vector {
                const COUNT: usize = $count;
                const TILE: usize = $tile;
                const TAPS: usize = $taps;

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller promises the instructions and the memory.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the caller promises the instructions and the memory.
                    unsafe { $store(to, self) };
                }

                #[inline(always)]
                unsafe fn all(number: f32) -> Self {
                    // SAFETY: the caller promises the instructions.
                    unsafe { $all(number) }
                }

                #[inline(always)]
                unsafe fn plus_product(self, a: Self, b: Self) -> Self {
                    // SAFETY: the caller promises the instructions.
                    unsafe { $fused(a, b, self) }
                }

                $larger
                $equal
            }
        };
    }

    // 16 registers of 8 numbers.
    lanes!(
        __m256,
        8,
        6,
        6,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_fmadd_ps,
        // SAFETY: as the trait demands.
        #[inline(always)]
        unsafe fn where_larger(self, other: Self, then: Self, otherwise: Self) -> Self {
            // SAFETY: the caller promises the instructions.
            unsafe {
                let larger = _mm256_cmp_ps::<_CMP_GT_OQ>(self, other);
                let nan = _mm256_cmp_ps::<_CMP_UNORD_Q>(self, self);
                _mm256_blendv_ps(otherwise, then, _mm256_or_ps(larger, nan))
            }
        },
        // SAFETY: as the trait demands.
        #[inline(always)]
        unsafe fn where_equal(self, a: Self, b: Self) -> Self {
            // SAFETY: the caller promises the instructions.
            unsafe { _mm256_and_ps(self, _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b)) }
        }
    );
    // 32 registers of 16 numbers.
    lanes!(
        __m512,
        16,
        12,
        9,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_fmadd_ps,
        // SAFETY: as the trait demands.
        #[inline(always)]
        unsafe fn where_larger(self, other: Self, then: Self, otherwise: Self) -> Self {
            // SAFETY: the caller promises the instructions.
            unsafe {
                let larger = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self, other);
                let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self, self);
                _mm512_mask_blend_ps(larger | nan, otherwise, then)
            }
        },
        // SAFETY: as the trait demands.
        #[inline(always)]
        unsafe fn where_equal(self, a: Self, b: Self) -> Self {
            // SAFETY: the caller promises the instructions.
            unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b), self) }
        }
    );
}
