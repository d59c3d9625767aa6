//! That all pictures differ, and that other people show the same letters. That everybody has the same ones: `tests/seeds.rs`.

use super::*;

#[test]
fn there_are_as_many_of_each_letter_and_no_picture_twice() {
    let (train, validation) = sign_language();
    assert_eq!(train.classes.concat(), "ABCDEFGHIKLMNOPQRSTUVWXY");
    assert_eq!(train.class_counts(), [250; 24]);
    assert_eq!(validation.class_counts(), [60; 24]);
    let mut seen = std::collections::HashSet::new();
    for part in [&train.x, &validation.x] {
        for picture in part.to_vec().chunks_exact(SIDE * SIDE) {
            let bytes: Vec<u8> = picture.iter().map(|&pixel| pixel as u8).collect();
            let whole = picture
                .iter()
                .zip(&bytes)
                .all(|(&pixel, &byte)| pixel == f32::from(byte));
            assert!(whole, "pixels are whole numbers from 0 to 255");
            assert!(seen.insert(bytes), "a picture is there twice");
        }
    }
}

/// What a nearest neighbour answers: right within the same people, worse with others. That gap is what the set is for.
#[test]
fn other_people_look_different() {
    let (train, validation) = sign_language();
    let known: Vec<f32> = train.x.rows(0..1200).to_vec();
    let right = |part: Tensor| {
        let count = part.shape()[0];
        let pictures = part.to_vec();
        let nearest = pictures.chunks_exact(SIDE * SIDE).map(|picture| {
            let distance =
                |other: &[f32]| -> f32 { other.iter().zip(picture).map(|(a, b)| (a - b).powi(2)).sum() };
            let nearest = known
                .chunks_exact(SIDE * SIDE)
                .enumerate()
                .min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
            nearest.map_or(0, |(row, _)| row % SHAPES.len())
        });
        let right = nearest
            .enumerate()
            .filter(|(row, letter)| row % SHAPES.len() == *letter)
            .count();
        right as f32 / count as f32
    };
    let (same, others) = (right(train.x.rows(4800..4920)), right(validation.x.rows(0..120)));
    assert!(same > 0.75, "the same people again: {same}");
    assert!((0.2..same - 0.1).contains(&others), "other people: {others}");
}

#[test]
fn a_stroke_is_brightest_along_its_middle_and_its_edge_is_one_pixel_wide() {
    let across = Stroke {
        from: [4.0, 14.5],
        to: [24.0, 14.5],
        radius: 3.0,
    };
    let light = Light {
        hand: 200.0,
        wall: 50.0,
        slope: [0.0, 0.0],
    };
    let pixels = draw(&[across], &light);
    let column: Vec<f32> = (0..SIDE).map(|row| pixels[row * SIDE + 14]).collect();
    assert_eq!(column[14], 200.0);
    assert_eq!((column[10], column[18]), (50.0, 50.0));
    assert!(
        column[12] < column[13] && column[13] < column[14],
        "lit from the front"
    );
    assert_eq!(
        column[11], 75.0,
        "half wall, half edge, where the edge is half as bright as the middle"
    );
}
