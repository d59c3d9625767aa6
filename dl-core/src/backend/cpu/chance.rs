//! Many random decisions at a time: which numbers a dropout lets through.

use super::wide::widest;
use super::{Array, from_vec, memory};

/// Words of 64 bits that are drawn together, each for four decisions. Plain loops over them are what the compiler puts
/// into vectors, without being asked.
const WORDS: usize = 512;

/// As many numbers as `like` has, in its shape: 0 with probability `rate`, else `kept`. The decisions follow from `key` alone.
///
/// Word i is that of SplitMix64 (Steele, Lea and Flood, 2014) after i steps: no word needs the one before it, so the
/// compiler computes several together. 16 bits decide a number: the rate is exact to 1 in 65,536.
pub(in crate::backend) fn mask(like: &Array, rate: f32, kept: f32, key: u64) -> Array {
    let threshold = (f64::from(rate) * 65_536.0).round() as u64;
    let mut values = memory::stale(like.len());
    widest(|| {
        let mut words = [0; WORDS];
        for (block, values) in values.chunks_mut(4 * WORDS).enumerate() {
            let first = (block * WORDS) as u64;
            let words = &mut words[..values.len().min(WORDS)];
            for (number, bits) in words.iter_mut().enumerate() {
                *bits = word(key, first + number as u64);
            }
            for (part, values) in values.chunks_mut(WORDS).enumerate() {
                for (value, bits) in values.iter_mut().zip(&*words) {
                    let through = (bits >> (16 * part)) & 0xffff >= threshold;
                    *value = if through { kept } else { 0.0 };
                }
            }
        }
    });
    from_vec(values, like.shape())
}

#[inline(always)]
fn word(key: u64, number: u64) -> u64 {
    let z = key.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::elements;

    /// The first words from seed 1234567, as printed by the authors' program.
    #[test]
    fn words_are_those_of_the_paper() {
        let words: Vec<u64> = (0..3).map(|number| word(1_234_567, number)).collect();
        assert_eq!(
            words,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn the_rate_holds_wherever_one_looks() {
        let like = from_vec(vec![0.0; 100_003], &[100_003]);
        let mask = mask(&like, 0.3, 2.0, 7);
        let dropped = |values: &[f32]| values.iter().filter(|&&value| value == 0.0).count() as f64;
        let values = elements(&mask);
        assert!(values.iter().all(|&value| value == 0.0 || value == 2.0));
        // Four standard deviations are 0.6 of a hundred.
        assert!((dropped(values) / 100_003.0 - 0.3).abs() < 0.006);
        for part in values.chunks_exact(WORDS) {
            assert!((dropped(part) / WORDS as f64 - 0.3).abs() < 0.11);
        }
        // Neighbours know nothing of each other.
        let pairs = values.windows(2).filter(|pair| pair == &[0.0, 0.0]).count() as f64;
        assert!((pairs / 100_002.0 - 0.09).abs() < 0.006);
    }
}
