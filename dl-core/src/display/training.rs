//! What a training shows while it runs: one display with the curves and how far it is, drawn again a few times a second.
//! Where a display cannot be drawn again (a file, a pipe) it is one line per epoch.

use std::time::{Duration, Instant};

use super::history::{Head, curves, last_numbers, title_of};
use super::{Live, MimeBundle, card, display, display_live, host};
use crate::model::{Callback, History, Progress, Sequential, with_commas};

/// At most five frames a second: more cannot be read, and a browser has better things to do.
const BETWEEN_FRAMES: Duration = Duration::from_millis(200);
/// Characters of the text line: more would wrap in a common terminal, and a wrapped line cannot be drawn again.
const LINE: usize = 79;

/// The display that `fit` shows unless it is silent: on the host's screen, by the clock on the wall.
pub(crate) fn training_display() -> impl Callback {
    let start = Instant::now();
    TrainingDisplay::with(move || start.elapsed(), Screen::default())
}

struct TrainingDisplay<C, S> {
    /// The time since any fixed moment.
    clock: C,
    screen: S,
    began: Duration,
    /// No frame before this moment.
    next: Duration,
}

/// Where frames go.
trait Frames {
    /// Whether a frame can take the place of the one before.
    fn replaces(&self) -> bool;
    /// Whether pictures are kept all the same.
    fn keeps_pictures(&self) -> bool;
    /// Shows a frame, in the place of the one before where that is possible.
    fn show(&mut self, frame: &MimeBundle);
}

/// The display of the process's host.
#[derive(Default)]
struct Screen(Option<Live>);

impl Frames for Screen {
    fn replaces(&self) -> bool {
        host().replaces()
    }

    fn keeps_pictures(&self) -> bool {
        host().keeps_pictures()
    }

    fn show(&mut self, frame: &MimeBundle) {
        match &self.0 {
            _ if !self.replaces() => display(frame),
            Some(live) => live.update(frame),
            None => self.0 = Some(display_live(frame)),
        }
    }
}

impl<C: Fn() -> Duration, S: Frames> TrainingDisplay<C, S> {
    fn with(clock: C, screen: S) -> TrainingDisplay<C, S> {
        TrainingDisplay {
            clock,
            screen,
            began: Duration::ZERO,
            next: Duration::ZERO,
        }
    }

    /// Shows where the training stands, unless it did so a moment ago.
    fn frame(&mut self, progress: &Progress, history: &History) {
        let now = (self.clock)();
        if now >= self.next && self.screen.replaces() {
            self.screen.show(&running(progress, history));
            self.next = now + BETWEEN_FRAMES;
        }
    }
}

impl<C: Fn() -> Duration, S: Frames> Callback for TrainingDisplay<C, S> {
    fn on_begin(&mut self, _: &mut Sequential, progress: &Progress, history: &History) {
        self.began = (self.clock)();
        self.frame(progress, history);
    }

    fn on_batch_end(&mut self, _: &mut Sequential, progress: &Progress, history: &History) {
        self.frame(progress, history);
    }

    fn on_epoch_end(&mut self, _: &mut Sequential, progress: &Progress, history: &History) {
        if self.screen.replaces() {
            self.frame(progress, history);
        } else {
            let (epoch, epochs, speed) = (progress.epoch, progress.epochs, speed(progress));
            let line = format!("epoch {epoch}/{epochs}: {}, {speed}", last_numbers(history));
            self.screen.show(&MimeBundle::text(line));
        }
    }

    fn on_end(&mut self, _: &mut Sequential, progress: &Progress, history: &History) {
        if self.screen.replaces() || self.screen.keeps_pictures() || history.interrupted() {
            self.screen.show(&finished(
                progress,
                history,
                (self.clock)().saturating_sub(self.began),
            ));
        }
    }
}

/// The frame of a training that goes on.
fn running(progress: &Progress, history: &History) -> MimeBundle {
    let Progress {
        epoch,
        epochs,
        step,
        steps,
        ..
    } = *progress;
    let whole_epochs = history.epochs();
    // After an epoch its numbers stand in the history already.
    let within = if epoch > whole_epochs {
        step as f64 / steps.max(1) as f64
    } else {
        0.0
    };
    let place = whole_epochs as f64 + within;
    let done = place / epochs.max(1) as f64;
    let left = format!(
        "step {step}/{steps}, {}, {} left",
        speed(progress),
        clock_time(progress.seconds_left)
    );
    let left = if epoch == 0 {
        "the first step is on its way".to_string()
    } else {
        left
    };
    let bar: String = (0..10)
        .map(|tenth| {
            if f64::from(tenth + 1) <= 10.0 * done {
                '#'
            } else {
                '.'
            }
        })
        .collect();
    let loss = if epoch > 0 {
        format!(", loss {:.4}", progress.scores.loss())
    } else {
        String::new()
    };
    let plain = card::shorten(&format!("epoch {epoch}/{epochs} [{bar}] {left}{loss}"), LINE);
    let head = Head {
        title: &format!("Epoch {epoch} of {epochs}"),
        line: &left,
        done: Some(done),
    };
    let now = (within > 0.0).then_some((place, &progress.scores));
    MimeBundle::text(plain).with_svg(curves(history, epochs, &head, now))
}

/// The last frame.
fn finished(progress: &Progress, history: &History, took: Duration) -> MimeBundle {
    let epochs = history.epochs();
    let took = match took.as_secs_f64() {
        seconds if seconds < 0.95 => format!(" in {:.0} ms", 1000.0 * seconds),
        seconds => format!(" in {seconds:.1} s"),
    };
    let title = title_of(history, &took);
    let numbers = last_numbers(history);
    let speed = speed(progress);
    let line = if numbers.is_empty() {
        speed
    } else {
        format!("{numbers}, {speed}")
    };
    let head = Head {
        title: &title,
        line: &line,
        done: None,
    };
    let bundle = MimeBundle::text(format!("{title}\n{line}"));
    if epochs == 0 {
        bundle
    } else {
        bundle.with_svg(curves(history, epochs, &head, None))
    }
}

fn speed(progress: &Progress) -> String {
    format!("{} samples/s", with_commas(progress.samples_per_second as usize))
}

/// Seconds as 1:02 or 1:02:03.
fn clock_time(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "?".to_string();
    }
    let seconds = seconds.round().max(0.0) as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests;
