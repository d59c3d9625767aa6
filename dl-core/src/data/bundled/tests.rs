//! The bundled tables and text against what their sources say of them.

use super::*;

/// Means of the columns as scikit-learn's descriptions of the sets print them.
fn means(data: &Dataset) -> Vec<f32> {
    data.x.mean_axis(0).to_vec()
}

#[test]
fn iris_and_wine_are_the_published_tables() {
    let iris = iris();
    assert_eq!(iris.class_counts(), [50, 50, 50]);
    for (mean, published) in means(&iris).into_iter().zip([5.84, 3.05, 3.76, 1.20]) {
        assert!((mean - published).abs() < 0.0081, "{mean} {published}");
    }
    // The two lines that are wrong in the UCI repository, right in Fisher's paper.
    assert_eq!(iris.x.rows(34..35).to_vec(), [4.9, 3.1, 1.5, 0.2]);
    assert_eq!(iris.x.rows(37..38).to_vec(), [4.9, 3.6, 1.4, 0.1]);
    let wine = wine();
    assert_eq!(wine.class_counts(), [59, 71, 48]);
    assert_eq!((wine.features.len(), wine.features[12].as_str()), (13, "proline"));
    let published = [
        13.0, 2.34, 2.37, 19.5, 99.7, 2.3, 2.03, 0.36, 1.59, 5.1, 0.96, 2.61, 746.9,
    ];
    for (mean, published) in means(&wine).into_iter().zip(published) {
        assert!((mean - published).abs() < 0.06, "{mean} {published}");
    }
    assert_eq!(wine.x.at([177, 12]), 560.0);
}

#[test]
fn digits_are_the_published_images() {
    let digits = digits();
    assert_eq!(
        digits.class_counts(),
        [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    );
    // The first line of the first image: 0 0 5 13 9 1 0 0 of 16.
    let line = digits.x.rows(0..1).slice(1, 0..1).to_vec();
    assert_eq!(
        line,
        [0., 0., 5., 13., 9., 1., 0., 0.].map(|count| count * 255.0 / 16.0)
    );
}

#[test]
fn the_text_is_the_book_from_its_first_chapter_to_its_end() {
    assert!(alice().trim_start().starts_with("CHAPTER I\n"));
    assert!(alice().ends_with("and the happy summer days.\n"));
    assert_eq!(alice().matches("CHAPTER ").count(), 12);
    assert!(!alice().contains('\r'));
}
