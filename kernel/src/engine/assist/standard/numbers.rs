//! Numbers: see `prelude.rs` for how these declarations are read. Floats share one list, as do integers; the traits that hold them
//! here are not real ones, so the module is private.

mod numbers {
    /// What all floats can do.
    pub trait Float {
        /// The largest finite value.
        const MAX: Self;
        /// The most negative finite value.
        const MIN: Self;
        /// The smallest positive value with full precision.
        const MIN_POSITIVE: Self;
        /// Infinity.
        const INFINITY: Self;
        /// Minus infinity.
        const NEG_INFINITY: Self;
        /// Not a number: the result of `0.0 / 0.0`. It equals nothing, not even itself.
        const NAN: Self;
        /// The distance from 1 to the next number.
        const EPSILON: Self;
        /// The number of decimal digits that are exact.
        const DIGITS: u32;
        /// The number without its sign.
        fn abs(self) -> Self;
        /// The square root; NaN for negative numbers.
        fn sqrt(self) -> Self;
        /// The cube root.
        fn cbrt(self) -> Self;
        /// To the power of a whole number: `x.powi(2)`.
        fn powi(self, n: i32) -> Self;
        /// To the power of any number.
        fn powf(self, n: Self) -> Self;
        /// e to the power of this number.
        fn exp(self) -> Self;
        /// 2 to the power of this number.
        fn exp2(self) -> Self;
        /// e to the power of this number, less 1; exact for numbers near 0.
        fn exp_m1(self) -> Self;
        /// The natural logarithm; NaN for negative numbers, minus infinity for 0.
        fn ln(self) -> Self;
        /// The natural logarithm of 1 plus this number; exact for numbers near 0.
        fn ln_1p(self) -> Self;
        /// The logarithm to any base.
        fn log(self, base: Self) -> Self;
        /// The logarithm to base 10.
        fn log10(self) -> Self;
        /// The logarithm to base 2.
        fn log2(self) -> Self;
        /// The sine of an angle in radians.
        fn sin(self) -> Self;
        /// The cosine of an angle in radians.
        fn cos(self) -> Self;
        /// Sine and cosine of an angle in radians.
        fn sin_cos(self) -> (Self, Self);
        /// The tangent of an angle in radians.
        fn tan(self) -> Self;
        /// The angle in radians whose sine this is.
        fn asin(self) -> Self;
        /// The angle in radians whose cosine this is.
        fn acos(self) -> Self;
        /// The angle in radians whose tangent this is.
        fn atan(self) -> Self;
        /// The angle in radians of the point with y = this number and x = `other`.
        fn atan2(self, other: Self) -> Self;
        /// The hyperbolic sine.
        fn sinh(self) -> Self;
        /// The hyperbolic cosine.
        fn cosh(self) -> Self;
        /// The hyperbolic tangent: between -1 and 1.
        fn tanh(self) -> Self;
        /// The next whole number below, or the number itself.
        fn floor(self) -> Self;
        /// The next whole number above, or the number itself.
        fn ceil(self) -> Self;
        /// The nearest whole number; halves go away from 0.
        fn round(self) -> Self;
        /// The nearest whole number; halves go to the even one.
        fn round_ties_even(self) -> Self;
        /// The number without its fraction.
        fn trunc(self) -> Self;
        /// The fraction alone.
        fn fract(self) -> Self;
        /// 1 with the sign of this number.
        fn signum(self) -> Self;
        /// This number with the sign of another.
        fn copysign(self, sign: Self) -> Self;
        /// 1 divided by this number.
        fn recip(self) -> Self;
        /// The length of the vector of this and another number.
        fn hypot(self, other: Self) -> Self;
        /// The larger of both; a NaN is ignored.
        fn max(self, other: Self) -> Self;
        /// The smaller of both; a NaN is ignored.
        fn min(self, other: Self) -> Self;
        /// The number, kept between two limits.
        fn clamp(self, min: Self, max: Self) -> Self;
        /// `self * a + b`, rounded only once.
        fn mul_add(self, a: Self, b: Self) -> Self;
        /// The remainder of a division; never negative.
        fn rem_euclid(self, rhs: Self) -> Self;
        /// The quotient that belongs to `rem_euclid`.
        fn div_euclid(self, rhs: Self) -> Self;
        /// True for NaN.
        fn is_nan(self) -> bool;
        /// True for all but infinities and NaN.
        fn is_finite(self) -> bool;
        /// True for infinity and minus infinity.
        fn is_infinite(self) -> bool;
        /// True for negative numbers and -0.0.
        fn is_sign_negative(self) -> bool;
        /// True for positive numbers and +0.0.
        fn is_sign_positive(self) -> bool;
        /// Compares in an order that has a place for NaN: `v.sort_by(|a, b| a.total_cmp(b))`.
        fn total_cmp(&self, other: &Self) -> Ordering;
        /// From degrees to radians.
        fn to_radians(self) -> Self;
        /// From radians to degrees.
        fn to_degrees(self) -> Self;
        /// The next larger number that there is.
        fn next_up(self) -> Self;
        /// The next smaller number that there is.
        fn next_down(self) -> Self;
    }
    impl f32 {
        /// The bits of the number.
        pub fn to_bits(self) -> u32 {}
        /// The number with these bits.
        pub fn from_bits(v: u32) -> f32 {}
        /// The four bytes of the number, the lowest first.
        pub fn to_le_bytes(self) -> [u8; 4] {}
        /// The number of four bytes, the lowest first.
        pub fn from_le_bytes(bytes: [u8; 4]) -> f32 {}
    }
    impl f64 {
        /// The bits of the number.
        pub fn to_bits(self) -> u64 {}
        /// The number with these bits.
        pub fn from_bits(v: u64) -> f64 {}
    }

    /// What all whole numbers can do.
    pub trait Integer {
        /// The largest value.
        const MAX: Self;
        /// The smallest value.
        const MIN: Self;
        /// The number of bits.
        const BITS: u32;
        /// To a power. Panics on overflow.
        fn pow(self, exp: u32) -> Self;
        /// The square root, rounded down.
        fn isqrt(self) -> Self;
        /// The logarithm to base 2, rounded down. Panics for 0.
        fn ilog2(self) -> u32;
        /// The logarithm to base 10, rounded down. Panics for 0.
        fn ilog10(self) -> u32;
        /// The remainder of a division; never negative.
        fn rem_euclid(self, rhs: Self) -> Self;
        /// The quotient that belongs to `rem_euclid`.
        fn div_euclid(self, rhs: Self) -> Self;
        /// The sum; `None` on overflow.
        fn checked_add(self, rhs: Self) -> Option<Self>;
        /// The difference; `None` on overflow.
        fn checked_sub(self, rhs: Self) -> Option<Self>;
        /// The product; `None` on overflow.
        fn checked_mul(self, rhs: Self) -> Option<Self>;
        /// The quotient; `None` if `rhs` is 0.
        fn checked_div(self, rhs: Self) -> Option<Self>;
        /// The remainder; `None` if `rhs` is 0.
        fn checked_rem(self, rhs: Self) -> Option<Self>;
        /// The power; `None` on overflow.
        fn checked_pow(self, exp: u32) -> Option<Self>;
        /// The sum; on overflow it goes on from the other end.
        fn wrapping_add(self, rhs: Self) -> Self;
        /// The difference; on overflow it goes on from the other end.
        fn wrapping_sub(self, rhs: Self) -> Self;
        /// The product; on overflow the high bits are lost.
        fn wrapping_mul(self, rhs: Self) -> Self;
        /// The sum; on overflow the limit.
        fn saturating_add(self, rhs: Self) -> Self;
        /// The difference; on overflow the limit.
        fn saturating_sub(self, rhs: Self) -> Self;
        /// The product; on overflow the limit.
        fn saturating_mul(self, rhs: Self) -> Self;
        /// The sum with overflow wrapped, and whether it overflowed.
        fn overflowing_add(self, rhs: Self) -> (Self, bool);
        /// The number of ones in binary.
        fn count_ones(self) -> u32;
        /// The number of zeros in binary.
        fn count_zeros(self) -> u32;
        /// The number of zeros before the first one in binary.
        fn leading_zeros(self) -> u32;
        /// The number of zeros after the last one in binary.
        fn trailing_zeros(self) -> u32;
        /// Turns the bits to the left; what falls out comes in at the right.
        fn rotate_left(self, n: u32) -> Self;
        /// Turns the bits to the right; what falls out comes in at the left.
        fn rotate_right(self, n: u32) -> Self;
        /// The bytes in turned order.
        fn swap_bytes(self) -> Self;
        /// Reads a number in any base from 2 to 36: `i32::from_str_radix("ff", 16)`.
        fn from_str_radix(src: &str, radix: u32) -> Result<Self, ParseIntError>;
    }
    /// What whole numbers with a sign can do.
    pub trait Signed {
        /// The number without its sign.
        fn abs(self) -> Self;
        /// -1, 0 or 1.
        fn signum(self) -> Self;
        /// True for numbers below 0.
        fn is_negative(self) -> bool;
        /// True for numbers above 0.
        fn is_positive(self) -> bool;
        /// The number without its sign; `None` on overflow.
        fn checked_abs(self) -> Option<Self>;
        /// The number with the other sign; `None` on overflow.
        fn checked_neg(self) -> Option<Self>;
    }
    /// What whole numbers without a sign can do.
    pub trait Unsigned {
        /// True for 1, 2, 4, 8, ...
        fn is_power_of_two(self) -> bool;
        /// The next power of two that is not smaller.
        fn next_power_of_two(self) -> Self;
        /// The quotient, rounded up.
        fn div_ceil(self, rhs: Self) -> Self;
        /// The next multiple of `rhs` that is not smaller.
        fn next_multiple_of(self, rhs: Self) -> Self;
        /// The distance between both.
        fn abs_diff(self, other: Self) -> Self;
    }
    impl i32 {
        /// The distance between both.
        pub fn abs_diff(self, other: i32) -> u32 {}
        /// The number without its sign, as a type without signs.
        pub fn unsigned_abs(self) -> u32 {}
    }
    impl i64 {
        /// The distance between both.
        pub fn abs_diff(self, other: i64) -> u64 {}
        /// The number without its sign, as a type without signs.
        pub fn unsigned_abs(self) -> u64 {}
    }
    impl u8 {
        /// True for the codes of a to z and A to Z.
        pub fn is_ascii_alphabetic(&self) -> bool {}
        /// True for the codes of 0 to 9.
        pub fn is_ascii_digit(&self) -> bool {}
    }
    impl Float for f32 {}
    impl Float for f64 {}
    impl Integer for i8 {}
    impl Signed for i8 {}
    impl Ord for i8 {}
    impl Integer for i16 {}
    impl Signed for i16 {}
    impl Ord for i16 {}
    impl Integer for i32 {}
    impl Signed for i32 {}
    impl Ord for i32 {}
    impl Integer for i64 {}
    impl Signed for i64 {}
    impl Ord for i64 {}
    impl Integer for i128 {}
    impl Signed for i128 {}
    impl Ord for i128 {}
    impl Integer for isize {}
    impl Signed for isize {}
    impl Ord for isize {}
    impl Integer for u8 {}
    impl Unsigned for u8 {}
    impl Ord for u8 {}
    impl Integer for u16 {}
    impl Unsigned for u16 {}
    impl Ord for u16 {}
    impl Integer for u32 {}
    impl Unsigned for u32 {}
    impl Ord for u32 {}
    impl Integer for u64 {}
    impl Unsigned for u64 {}
    impl Ord for u64 {}
    impl Integer for u128 {}
    impl Unsigned for u128 {}
    impl Ord for u128 {}
    impl Integer for usize {}
    impl Unsigned for usize {}
    impl Ord for usize {}
    impl PartialOrd for f32 {}
    impl PartialOrd for f64 {}
    impl Copy for f32 {}
    impl Clone for f32 {}
    impl Default for f32 {}
    impl PartialEq for f32 {}
    impl Display for f32 {}
    impl Debug for f32 {}
    impl Copy for f64 {}
    impl Clone for f64 {}
    impl Default for f64 {}
    impl PartialEq for f64 {}
    impl Display for f64 {}
    impl Debug for f64 {}
    impl Copy for i8 {}
    impl Clone for i8 {}
    impl Default for i8 {}
    impl PartialEq for i8 {}
    impl Display for i8 {}
    impl Debug for i8 {}
    impl Copy for i16 {}
    impl Clone for i16 {}
    impl Default for i16 {}
    impl PartialEq for i16 {}
    impl Display for i16 {}
    impl Debug for i16 {}
    impl Copy for i32 {}
    impl Clone for i32 {}
    impl Default for i32 {}
    impl PartialEq for i32 {}
    impl Display for i32 {}
    impl Debug for i32 {}
    impl Copy for i64 {}
    impl Clone for i64 {}
    impl Default for i64 {}
    impl PartialEq for i64 {}
    impl Display for i64 {}
    impl Debug for i64 {}
    impl Copy for i128 {}
    impl Clone for i128 {}
    impl Default for i128 {}
    impl PartialEq for i128 {}
    impl Display for i128 {}
    impl Debug for i128 {}
    impl Copy for isize {}
    impl Clone for isize {}
    impl Default for isize {}
    impl PartialEq for isize {}
    impl Display for isize {}
    impl Debug for isize {}
    impl Copy for u8 {}
    impl Clone for u8 {}
    impl Default for u8 {}
    impl PartialEq for u8 {}
    impl Display for u8 {}
    impl Debug for u8 {}
    impl Copy for u16 {}
    impl Clone for u16 {}
    impl Default for u16 {}
    impl PartialEq for u16 {}
    impl Display for u16 {}
    impl Debug for u16 {}
    impl Copy for u32 {}
    impl Clone for u32 {}
    impl Default for u32 {}
    impl PartialEq for u32 {}
    impl Display for u32 {}
    impl Debug for u32 {}
    impl Copy for u64 {}
    impl Clone for u64 {}
    impl Default for u64 {}
    impl PartialEq for u64 {}
    impl Display for u64 {}
    impl Debug for u64 {}
    impl Copy for u128 {}
    impl Clone for u128 {}
    impl Default for u128 {}
    impl PartialEq for u128 {}
    impl Display for u128 {}
    impl Debug for u128 {}
    impl Copy for usize {}
    impl Clone for usize {}
    impl Default for usize {}
    impl PartialEq for usize {}
    impl Display for usize {}
    impl Debug for usize {}
}

pub mod num {
    /// Why text is no whole number.
    pub struct ParseIntError {}
    /// Why text is no float.
    pub struct ParseFloatError {}
    impl Error for ParseIntError {}
    impl Error for ParseFloatError {}
}
pub mod f32 {
    pub mod consts {
        /// The circle constant: half a turn in radians.
        pub const PI: f32 = 3.14159;
        /// A whole turn in radians: 2 pi.
        pub const TAU: f32 = 6.28318;
        /// Euler's number.
        pub const E: f32 = 2.71828;
        /// The square root of 2.
        pub const SQRT_2: f32 = 1.41421;
        /// The natural logarithm of 2.
        pub const LN_2: f32 = 0.69314;
        /// The natural logarithm of 10.
        pub const LN_10: f32 = 2.30258;
        /// A quarter turn in radians: pi / 2.
        pub const FRAC_PI_2: f32 = 1.57079;
        /// An eighth turn in radians: pi / 4.
        pub const FRAC_PI_4: f32 = 0.78539;
        /// 1 divided by the square root of 2.
        pub const FRAC_1_SQRT_2: f32 = 0.70710;
    }
}
pub mod f64 {
    pub mod consts {
        /// The circle constant: half a turn in radians.
        pub const PI: f64 = 3.14159;
        /// A whole turn in radians: 2 pi.
        pub const TAU: f64 = 6.28318;
        /// Euler's number.
        pub const E: f64 = 2.71828;
        /// The square root of 2.
        pub const SQRT_2: f64 = 1.41421;
        /// The natural logarithm of 2.
        pub const LN_2: f64 = 0.69314;
        /// The natural logarithm of 10.
        pub const LN_10: f64 = 2.30258;
        /// A quarter turn in radians: pi / 2.
        pub const FRAC_PI_2: f64 = 1.57079;
        /// An eighth turn in radians: pi / 4.
        pub const FRAC_PI_4: f64 = 0.78539;
        /// 1 divided by the square root of 2.
        pub const FRAC_1_SQRT_2: f64 = 0.70710;
    }
}
