//! Pixels to PNG files.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::palette::Color;

/// A picture in the making: rows of pixels from the upper left corner.
pub(super) struct Picture {
    width: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// A picture in one colour. Both sides must be at least 1.
    pub(super) fn new(width: usize, height: usize, color: Color) -> Picture {
        Picture {
            width,
            pixels: color.repeat(width * height),
        }
    }

    /// The PNG file of a picture of `columns` by `rows` pixels, each enlarged to a square of `zoom` by `zoom`, so that no
    /// viewer blurs it. `color` is asked for (row, column).
    pub(super) fn enlarged(
        [rows, columns]: [usize; 2],
        zoom: usize,
        color: impl Fn(usize, usize) -> Color,
    ) -> Vec<u8> {
        let mut picture = Picture::new(columns * zoom, rows * zoom, [0; 3]);
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            picture.fill(column * zoom, row * zoom, zoom, color(row, column));
        }
        picture.png()
    }

    /// Colours one pixel, which must be inside.
    pub(super) fn set(&mut self, x: usize, y: usize, color: Color) {
        let at = 3 * (y * self.width + x);
        self.pixels[at..at + 3].copy_from_slice(&color);
    }

    /// Colours a square of `side` pixels.
    pub(super) fn fill(&mut self, x: usize, y: usize, side: usize, color: Color) {
        for row in y..y + side {
            for column in x..x + side {
                self.set(column, row, color);
            }
        }
    }

    /// The picture as the bytes of a PNG file: in shades of grey where it has no other colours, to be short.
    pub(super) fn png(&self) -> Vec<u8> {
        let height = self.pixels.len() / 3 / self.width;
        let grey = self
            .pixels
            .chunks_exact(3)
            .all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
        let shades: Vec<u8>;
        let (pixels, kind) = if grey {
            shades = self.pixels.iter().step_by(3).copied().collect();
            (&shades, ExtendedColorType::L8)
        } else {
            (&self.pixels, ExtendedColorType::Rgb8)
        };
        let mut file = Vec::new();
        PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::Adaptive)
            .write_image(pixels, self.width as u32, height as u32, kind)
            .expect("a picture of at least one pixel is written to memory");
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_from_its_file() {
        let mut picture = Picture::new(3, 2, [255; 3]);
        picture.set(2, 1, [1, 2, 3]);
        let read = image::load_from_memory(&picture.png()).unwrap().to_rgb8();
        assert_eq!(read.dimensions(), (3, 2));
        assert_eq!(
            (read.get_pixel(2, 1).0, read.get_pixel(0, 1).0),
            ([1, 2, 3], [255; 3])
        );
        picture.fill(1, 0, 2, [7; 3]);
        let read = image::load_from_memory(&picture.png()).unwrap();
        assert_eq!(read.color(), image::ColorType::L8);
        assert_eq!(read.to_luma8().into_raw(), [255, 7, 7, 255, 7, 7]);
    }
}
