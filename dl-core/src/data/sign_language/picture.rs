//! A hand as a picture of 28 x 28 grey pixels: round strokes, lit from the front, laid one over the other.

/// Pixels along a side.
pub const SIDE: usize = 28;

/// A straight piece of a hand with round ends, in pixels from the upper left corner.
pub struct Stroke {
    pub from: [f32; 2],
    pub to: [f32; 2],
    pub radius: f32,
}

/// Brightness from 0 to 255 of the hand where it faces us, and of what is behind it.
pub struct Light {
    pub hand: f32,
    pub wall: f32,
    /// How much brighter each pixel is than the one above it, and than the one to its left.
    pub slope: [f32; 2],
}

/// Draws the strokes in their order on an empty wall: `SIDE` rows of `SIDE` pixels, not yet limited to 0 to 255.
pub fn draw(strokes: &[Stroke], light: &Light) -> Vec<f32> {
    let mut pixels = Vec::with_capacity(SIDE * SIDE);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let [x, y] = [column as f32 + 0.5, row as f32 + 0.5];
            let mut brightness = light.wall;
            for stroke in strokes {
                let distance = stroke.distance([x, y]);
                // One pixel wide, the edge is mixed from both sides.
                let cover = (stroke.radius - distance + 0.5).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let aside = (distance / stroke.radius).min(1.0);
                    let facing = (1.0 - aside * aside).sqrt();
                    brightness += cover * (light.hand * (0.5 + 0.5 * facing) - brightness);
                }
            }
            let middle = SIDE as f32 / 2.0;
            pixels.push(brightness + light.slope[0] * (y - middle) + light.slope[1] * (x - middle));
        }
    }
    pixels
}

impl Stroke {
    /// From a point to the line between the ends.
    fn distance(&self, [x, y]: [f32; 2]) -> f32 {
        let [across, down] = [self.to[0] - self.from[0], self.to[1] - self.from[1]];
        let [to_x, to_y] = [x - self.from[0], y - self.from[1]];
        let length = across * across + down * down;
        let along = if length > 0.0 {
            ((to_x * across + to_y * down) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (to_x - along * across).hypot(to_y - along * down)
    }
}
