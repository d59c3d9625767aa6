//! The display of a training, with a clock and a screen of the tests' own.

use std::cell::{Cell, RefCell};

use super::*;
use crate::prelude::*;

/// Every frame, and whether it could replace the one before.
struct Film<'a> {
    replaces: bool,
    keeps_pictures: bool,
    frames: &'a RefCell<Vec<MimeBundle>>,
}

impl Frames for Film<'_> {
    fn replaces(&self) -> bool {
        self.replaces
    }

    fn keeps_pictures(&self) -> bool {
        self.keeps_pictures
    }

    fn show(&mut self, frame: &MimeBundle) {
        self.frames.borrow_mut().push(frame.clone());
    }
}

/// Trains for `epochs` of 40 steps; the clock goes on by `tick` each time it is read, which is once per frame that is
/// thought of. Returns the frames.
fn film(epochs: usize, tick: Duration, replaces: bool) -> Vec<MimeBundle> {
    film_on(epochs, tick, replaces, false)
}

fn film_on(epochs: usize, tick: Duration, replaces: bool, keeps_pictures: bool) -> Vec<MimeBundle> {
    let frames = RefCell::new(Vec::new());
    let time = Cell::new(Duration::ZERO);
    let clock = || {
        time.set(time.get() + tick);
        time.get()
    };
    let data = xor(80, 0.1);
    let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
    model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
    let display = TrainingDisplay::with(
        clock,
        Film {
            replaces,
            keeps_pictures,
            frames: &frames,
        },
    );
    let fit = Fit::epochs(epochs)
        .batch_size(2)
        .validation(&data)
        .silent()
        .callback(display);
    model.fit(&data, fit).unwrap();
    frames.into_inner()
}

/// The numbers of a run differ with the machine and the seed: each is shown as 0.
fn without_numbers(text: &str) -> String {
    let words = text.split(' ').map(|word| match word.chars().next() {
        Some(first) if first.is_ascii_digit() => "0".to_string() + if word.ends_with(',') { "," } else { "" },
        _ => word.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn there_are_at_most_five_frames_a_second_and_always_a_last_one() {
    // 2 epochs of 40 steps and their ends: the clock is read 2 + 80 + 2 times before the end, 10 ms apart.
    let frames = film(2, Duration::from_millis(10), true);
    // 84 readings of 10 ms are 0.84 s: frames at 0, 0.2, 0.4, 0.6 and 0.8 s, and the last.
    assert_eq!(frames.len(), 6);
    // So fast that only the first and the last are drawn.
    assert_eq!(film(2, Duration::ZERO, true).len(), 2);
    // So slow that every step is a frame: the beginning, 80 steps, 2 ends of epochs, the end.
    assert_eq!(film(2, Duration::from_secs(1), true).len(), 84);
}

#[test]
fn frames_tell_how_far_the_training_is() {
    let frames = film(2, Duration::from_secs(1), true);
    let begin = frames[0].plain();
    insta::assert_snapshot!(begin, @"epoch 0/2 [..........] the first step is on its way");
    let line = frames[10].plain();
    assert!(line.starts_with("epoch 1/2 [#.........] step 10/40, "), "{line}");
    assert!(
        line.contains(" samples/s, 0:0") && line.contains(" left, loss 0."),
        "{line}"
    );
    let end_of_first_epoch = frames[41].plain();
    assert!(
        end_of_first_epoch.starts_with("epoch 1/2 [#####.....] step 40/40, "),
        "{end_of_first_epoch}"
    );
    let last = frames.last().unwrap().plain();
    assert!(last.starts_with("2 epochs in 84.0 s\nloss 0."), "{last}");
    assert!(last.contains(", val_accuracy "), "{last}");
    assert!(
        frames
            .iter()
            .all(|frame| frame.plain().lines().all(|line| line.len() <= 100))
    );
}

#[test]
fn every_frame_has_a_picture_that_is_well_formed_and_small() {
    for frame in film(30, Duration::from_millis(50), true) {
        let svg = frame.get("image/svg+xml").unwrap();
        roxmltree::Document::parse(svg).unwrap();
        assert!(svg.len() < 60_000, "{}", svg.len());
    }
}

#[test]
fn where_nothing_can_be_replaced_each_epoch_is_one_line() {
    let frames = film(2, Duration::from_secs(1), false);
    let lines: Vec<&str> = frames.iter().map(MimeBundle::plain).collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with("epoch 1/2: loss 0.") && lines[1].starts_with("epoch 2/2: loss 0."),
        "{lines:?}"
    );
    insta::assert_snapshot!(without_numbers(lines[0]), @"epoch 0 loss 0, accuracy 0, val_loss 0, val_accuracy 0, 0 samples/s");
    let kept = film_on(2, Duration::from_secs(1), false, true);
    let pictures: Vec<bool> = kept
        .iter()
        .map(|frame| frame.get("image/svg+xml").is_some())
        .collect();
    assert_eq!(
        pictures,
        [false, false, true],
        "where pictures are kept, the curves follow"
    );
}

#[test]
fn times_read_like_a_clock() {
    let times = [0.4, 59.6, 61.0, 3661.0, f64::INFINITY, -1.0].map(clock_time);
    assert_eq!(times, ["0:00", "1:00", "1:01", "1:01:01", "?", "0:00"]);
}
