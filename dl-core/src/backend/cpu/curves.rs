//! Curves that go through e^x, as plain arithmetic, which the compiler turns into vector loops; the functions of the
//! standard library go through one number at a time. Exact to within 2e-7 of the result or of 1, whichever is larger.

/// 1 / (1 + e^-x) of each number.
#[inline(always)]
pub(super) fn sigmoid(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = 1.0 / (1.0 + exp(-*x)));
}

/// The hyperbolic tangent of each number.
#[inline(always)]
pub(super) fn tanh(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = tanh_of(*x));
}

/// Near 0 a polynomial, whose error shrinks with x; elsewhere 1 - 2 / (e^2|x| + 1). Coefficients from Moshier's Cephes
/// library.
#[inline(always)]
pub(super) fn tanh_of(x: f32) -> f32 {
    let square = x * x;
    let mut near = -5.704_988_7e-3;
    for coefficient in [2.063_909e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328e-1] {
        near = near * square + coefficient;
    }
    let near = near * square * x + x;
    let far = (1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

/// e^x = 2^n · e^r with a whole n and |r| at most ln(2) / 2. Coefficients from Moshier's Cephes library.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Added to a small number, leaves its nearest whole number in the last bits: 3 · 2^22.
    const ROUND: f32 = 12_582_912.0;
    // ln(2) in two parts, of which the first has so few digits that n times it is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    // Beyond these numbers the result is no ordinary number any more; NaN stays NaN.
    let inside = x.clamp(-87.0, 88.0);
    let rounded = inside * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = inside - n * LN_2[0] - n * LN_2[1];
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum * r + coefficient;
    }
    let power = sum * r * r + r + 1.0;
    // The exponent stands above the 23 bits of the fraction: adding n there multiplies by 2^n.
    let result = f32::from_bits(power.to_bits().wrapping_add(rounded.to_bits() << 23));
    if x < -87.0 {
        0.0
    } else if x > 88.0 {
        f32::INFINITY
    } else {
        result
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_curves_are_those_of_the_standard_library() {
        let numbers: Vec<f32> = (-200_000..=200_000).map(|n| n as f32 * 5e-4).collect();
        let (mut sigmoid, mut tanh) = (numbers.clone(), numbers.clone());
        for &x in numbers.iter().filter(|x| x.abs() < 87.0) {
            let expected = f64::from(x).exp();
            assert!(
                (f64::from(super::exp(x)) - expected).abs() <= 2e-7 * expected,
                "{x}"
            );
        }
        assert_eq!([-1e9, 0.0, 1e9].map(super::exp), [0.0, 1.0, f32::INFINITY]);
        super::sigmoid(&mut sigmoid);
        super::tanh(&mut tanh);
        for ((&x, sigmoid), tanh) in numbers.iter().zip(sigmoid).zip(tanh) {
            let x = f64::from(x);
            let expected = [1.0 / (1.0 + (-x).exp()), x.tanh()];
            for (found, expected) in [f64::from(sigmoid), f64::from(tanh)].into_iter().zip(expected) {
                let error = (found - expected).abs();
                assert!(
                    error <= 2e-7 * expected.abs() + 1e-37,
                    "{x}: {found}, not {expected}"
                );
            }
        }
        let mut odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0];
        super::tanh(&mut odd);
        assert!(odd[0].is_nan() && odd[1..] == [1.0, -1.0, 0.0]);
        let mut odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0];
        super::sigmoid(&mut odd);
        assert!(odd[0].is_nan() && odd[1..] == [1.0, 0.0, 0.5]);
    }
}
