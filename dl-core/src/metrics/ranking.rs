//! The area under the ROC curve, by ranking.

/// The share of pairs of a yes and a no in which the yes has the larger score; equal scores count half. NaN if there is no
/// pair.
pub(super) fn area_under_curve(scored: &[(f32, bool)]) -> f64 {
    let mut scored = scored.to_vec();
    scored.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let (mut below, mut won) = (0.0_f64, 0.0_f64);
    for equal in scored.chunk_by(|left, right| left.0 == right.0) {
        let yes = equal.iter().filter(|(_, yes)| *yes).count() as f64;
        let no = equal.len() as f64 - yes;
        won += yes * (below + no / 2.0);
        below += no;
    }
    won / (below * (scored.len() as f64 - below))
}
