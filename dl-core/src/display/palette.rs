//! The colours of every picture, chosen so that colour-blind readers and black-and-white printers can follow.

/// Red, green, blue.
pub(super) type Color = [u8; 3];

/// Colours for classes and curves: Okabe and Ito, "Color Universal Design" (2008), without its yellow, which vanishes on
/// white.
pub(super) const CLASSES: [Color; 7] = [
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x55, 0x55, 0x55],
];

/// Text, axes and lines on the white card.
pub(super) const INK: &str = "#222222";
/// What matters less: units, edges, the second line of a title.
pub(super) const FAINT: &str = "#5f5f5f";

/// Matplotlib's viridis (van der Walt and Smith, 2015) at nine equal steps.
const VIRIDIS: [Color; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// The colour of class `number`; they repeat when they run out.
pub(super) fn class(number: usize) -> Color {
    CLASSES[number % CLASSES.len()]
}

/// The colour of a share of the way from the lowest to the highest value.
pub(super) fn viridis(share: f32) -> Color {
    let at = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f32;
    let step = (at as usize).min(VIRIDIS.len() - 2);
    mix(VIRIDIS[step], VIRIDIS[step + 1], at - step as f32)
}

/// From blue (0) over white (0.5) to orange (1): how sure an answer between two classes is.
pub(super) fn answer(share: f32) -> Color {
    let share = share.clamp(0.0, 1.0);
    let strength = (share - 0.5).abs() * 0.9;
    mix([255; 3], CLASSES[usize::from(share > 0.5)], strength)
}

/// From blue (-1) over white (0) to orange (1): numbers on both sides of 0.
pub(super) fn signed(share: f32) -> Color {
    let share = share.clamp(-1.0, 1.0);
    mix([255; 3], CLASSES[usize::from(share > 0.0)], share.abs())
}

/// A light shade of a class's colour, as a ground for points.
pub(super) fn tint(number: usize) -> Color {
    mix([255; 3], class(number), 0.35)
}

/// `share` of the way from one colour to another.
pub(super) fn mix(from: Color, to: Color, share: f32) -> Color {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        (from + (to - from) * share).round() as u8
    })
}

/// Black or white, whichever is easier to read on `ground` (relative luminance of WCAG 2).
pub(super) fn on(ground: Color) -> &'static str {
    let linear = ground.map(|channel| (f32::from(channel) / 255.0).powf(2.2));
    let luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    if luminance > 0.18 { "#000000" } else { "#ffffff" }
}

/// As SVG and HTML write it.
pub(super) fn hex(color: Color) -> String {
    format!("#{:02x}{:02x}{:02x}", color[0], color[1], color[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_maps_are_their_colours() {
        assert_eq!((viridis(0.0), viridis(1.0)), (VIRIDIS[0], VIRIDIS[8]));
        assert_eq!(
            (viridis(-3.0), viridis(f32::NAN.max(0.0))),
            (VIRIDIS[0], VIRIDIS[0])
        );
        assert_eq!(viridis(0.5), VIRIDIS[4]);
        assert_eq!(answer(0.5), [255, 255, 255]);
        assert_eq!((on(VIRIDIS[0]), on(VIRIDIS[8])), ("#ffffff", "#000000"));
    }
}
