//! What each letter looks like: the 24 hand shapes as angles and lengths, before any hand of flesh shows them. After the
//! letters of the American manual alphabet that need no movement, simplified until 28 x 28 pixels can tell them apart.

/// A finger that is stretched out, bent or folded.
#[derive(Clone, Copy)]
pub struct Finger {
    /// Degrees from straight up, towards the thumb.
    pub direction: f32,
    /// How much of its length shows, from 0 to 1.
    pub reach: f32,
    /// By how many degrees its outer half turns further towards the thumb.
    pub hook: f32,
}

/// The shape of a hand with the palm in front, thumb to the left. Lengths are in half widths of the palm, whose middle is
/// (0, 0), x to the right and y up.
pub struct Shape {
    pub letter: &'static str,
    /// Degrees by which the whole hand is turned, counter-clockwise.
    pub turn: f32,
    /// Index, middle, ring and little finger.
    pub fingers: [Finger; 4],
    /// The joint and the tip of the thumb; it begins at the left of the palm.
    pub thumb: [[f32; 2]; 2],
}

const fn finger(direction: f32, reach: f32, hook: f32) -> Finger {
    Finger {
        direction,
        reach,
        hook,
    }
}

const fn straight(direction: f32) -> Finger {
    finger(direction, 1.0, 0.0)
}

const FOLDED: Finger = finger(0.0, 0.3, 0.0);
/// Bent down over the palm.
const OVER: Finger = finger(0.0, 0.75, 178.0);
/// The thumb across the folded fingers.
const ACROSS: [[f32; 2]; 2] = [[-0.75, 0.1], [0.45, 0.4]];

const fn shape(letter: &'static str, turn: f32, fingers: [Finger; 4], thumb: [[f32; 2]; 2]) -> Shape {
    Shape {
        letter,
        turn,
        fingers,
        thumb,
    }
}

/// The letters in the order of their class numbers. J and Z are movements, and no picture shows them.
pub const SHAPES: [Shape; 24] = [
    shape("A", 0., [FOLDED; 4], [[-1.2, 0.2], [-1.2, 1.1]]),
    shape("B", 0., [straight(0.); 4], [[-0.7, -0.3], [0.3, -0.1]]),
    shape("C", 0., [finger(15., 0.9, 70.); 4], [[-1.6, -0.6], [-2.3, -0.1]]),
    shape(
        "D",
        0.,
        [
            straight(0.),
            finger(25., 0.6, 100.),
            finger(25., 0.6, 100.),
            finger(25., 0.6, 100.),
        ],
        [[-1.3, 0.3], [-0.9, 1.1]],
    ),
    shape("E", 0., [finger(0., 0.5, 178.); 4], [[-0.75, -0.45], [0.5, -0.4]]),
    shape(
        "F",
        0.,
        [finger(40., 0.7, 90.), straight(4.), straight(-8.), straight(-20.)],
        [[-1.4, 0.2], [-1.5, 1.0]],
    ),
    shape(
        "G",
        80.,
        [straight(0.), FOLDED, FOLDED, FOLDED],
        [[-1.3, 0.5], [-1.2, 1.6]],
    ),
    shape("H", 80., [straight(2.), straight(-2.), FOLDED, FOLDED], ACROSS),
    shape("I", 0., [FOLDED, FOLDED, FOLDED, straight(-8.)], ACROSS),
    shape(
        "K",
        0.,
        [straight(8.), finger(-22., 0.9, 0.), FOLDED, FOLDED],
        [[-0.8, 0.5], [-0.15, 1.5]],
    ),
    shape(
        "L",
        0.,
        [straight(0.), FOLDED, FOLDED, FOLDED],
        [[-1.5, -0.2], [-2.3, -0.1]],
    ),
    shape("M", 0., [OVER, OVER, OVER, FOLDED], [[-0.5, -0.6], [0.8, 0.2]]),
    shape("N", 0., [OVER, OVER, FOLDED, FOLDED], [[-0.5, -0.5], [0.5, 0.3]]),
    shape("O", 0., [finger(20., 0.8, 105.); 4], [[-1.6, 0.1], [-1.5, 0.9]]),
    shape(
        "P",
        140.,
        [straight(8.), finger(-22., 0.9, 0.), FOLDED, FOLDED],
        [[-0.8, 0.5], [-0.15, 1.5]],
    ),
    shape(
        "Q",
        140.,
        [straight(0.), FOLDED, FOLDED, FOLDED],
        [[-1.3, 0.5], [-1.2, 1.6]],
    ),
    shape("R", 0., [straight(-9.), straight(13.), FOLDED, FOLDED], ACROSS),
    shape("S", 0., [FOLDED; 4], ACROSS),
    shape("T", 0., [FOLDED; 4], [[-0.8, 0.4], [-0.35, 1.5]]),
    shape("U", 0., [straight(1.), straight(-1.), FOLDED, FOLDED], ACROSS),
    shape("V", 0., [straight(14.), straight(-12.), FOLDED, FOLDED], ACROSS),
    shape(
        "W",
        0.,
        [straight(16.), straight(0.), straight(-16.), FOLDED],
        [[-0.6, -0.3], [0.5, 0.0]],
    ),
    shape("X", 0., [finger(0., 0.75, 120.), FOLDED, FOLDED, FOLDED], ACROSS),
    shape(
        "Y",
        0.,
        [FOLDED, FOLDED, FOLDED, straight(-30.)],
        [[-1.5, 0.0], [-2.3, 0.5]],
    ),
];
