//! A host of the test's own gets everything that a program shows. One test, because a process has one host.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use dl_core::display::{Host, MimeBundle, host, set_host};
use dl_core::prelude::*;

/// What one call showed.
#[derive(Debug)]
struct Shown {
    display_id: Option<String>,
    update: bool,
    text: String,
}

#[derive(Clone, Default)]
struct Recorder {
    shown: Arc<Mutex<Vec<Shown>>>,
    stop: Arc<AtomicBool>,
}

impl Recorder {
    fn take(&self) -> Vec<Shown> {
        std::mem::take(&mut *self.shown.lock().expect("no panic while it is held"))
    }
}

impl Host for Recorder {
    fn display(&self, bundle: &MimeBundle, display_id: Option<&str>, update: bool) {
        let (display_id, text) = (display_id.map(str::to_owned), bundle.plain().to_string());
        self.shown.lock().expect("no panic while it is held").push(Shown {
            display_id,
            update,
            text,
        });
    }

    fn clear(&self, _wait: bool) {}

    fn interrupted(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn input(&self, prompt: &str, password: bool) -> io::Result<String> {
        match prompt {
            "nobody?" => Err(io::Error::other("no front end takes input")),
            _ => Ok(format!("{prompt} {password}")),
        }
    }
}

#[test]
fn a_host_gets_all_that_is_shown_and_asked() {
    let recorder = Recorder::default();
    set_host(Box::new(recorder.clone()));

    display(&tensor![1., 2.]);
    let live = display_live(&MimeBundle::text("first"));
    live.update(&MimeBundle::text("second"));
    let shown = recorder.take();
    let texts: Vec<&str> = shown.iter().map(|shown| shown.text.as_str()).collect();
    assert_eq!(texts, ["tensor [1., 2.]\nshape [2]", "first", "second"]);
    assert!(
        shown[0].display_id.is_none() && shown[1].display_id.is_some(),
        "{shown:?}"
    );
    assert_eq!(shown[1].display_id, shown[2].display_id, "one place");
    assert_eq!(
        [shown[0].update, shown[1].update, shown[2].update],
        [false, false, true]
    );

    // A training is one display: shown once, then drawn again in its place, the last frame last.
    let data = xor(40, 0.1);
    let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
    model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
    model.fit(&data, Fit::epochs(3)).unwrap();
    let frames = recorder.take();
    assert!(
        frames.len() >= 2
            && frames
                .iter()
                .all(|frame| frame.display_id == frames[0].display_id),
        "{frames:?}"
    );
    assert!(
        !frames[0].update && frames[1..].iter().all(|frame| frame.update),
        "{frames:?}"
    );
    assert!(
        frames[frames.len() - 1].text.starts_with("3 epochs in "),
        "{frames:?}"
    );

    // Stopped by the user: it returns what was learned, and says so.
    recorder.stop.store(true, Ordering::SeqCst);
    let history = model.fit(&data, Fit::epochs(1000)).unwrap();
    assert!(history.interrupted() && host().interrupted());
    let frames = recorder.take();
    assert!(
        frames[frames.len() - 1].text.contains("stopped by you"),
        "{frames:?}"
    );

    assert_eq!(input("name?"), "name? false");
    assert_eq!(password("word?"), "word? true");
    let refused = std::panic::catch_unwind(|| input("nobody?")).unwrap_err();
    insta::assert_snapshot!(refused.downcast_ref::<String>().unwrap(), @r#"
    input("nobody?"): no answer: no front end takes input
    hint: give the value in the code where nobody can type, as in a batch run
    "#);
    let again = std::panic::catch_unwind(|| set_host(Box::new(Recorder::default()))).unwrap_err();
    assert!(
        again
            .downcast_ref::<&str>()
            .is_some_and(|text| text.contains("already set"))
    );
}
