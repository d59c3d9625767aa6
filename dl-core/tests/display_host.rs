//! A host of the test's own gets everything that a program shows. One test, because a process has one host.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use dl_core::display::{Host, MimeBundle, host, set_host};
use dl_core::prelude::*;

#[derive(Clone, Default)]
struct Recorder {
    /// Display id, whether it replaces, the text.
    shown: Arc<Mutex<Vec<(Option<String>, bool, String)>>>,
    stop: Arc<AtomicBool>,
}

impl Recorder {
    fn take(&self) -> Vec<(Option<String>, bool, String)> {
        std::mem::take(&mut *self.shown.lock().unwrap())
    }
}

impl Host for Recorder {
    fn display(&self, bundle: &MimeBundle, display_id: Option<&str>, update: bool) {
        self.shown
            .lock()
            .unwrap()
            .push((display_id.map(str::to_owned), update, bundle.plain().to_string()));
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
    let texts: Vec<&str> = shown.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!(texts, ["tensor [1., 2.]\nshape [2]", "first", "second"]);
    assert_eq!(
        (&shown[0].0, shown[0].1, shown[1].1, shown[2].1),
        (&None, false, false, true)
    );
    assert!(
        shown[1].0.is_some() && shown[1].0 == shown[2].0,
        "one place: {shown:?}"
    );

    // A training is one display: shown once, then drawn again in its place, the last frame last.
    let data = xor(40, 0.1);
    let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
    model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
    model.fit(&data, Fit::epochs(3)).unwrap();
    let frames = recorder.take();
    assert!(
        frames.len() >= 2 && frames.iter().all(|frame| frame.0 == frames[0].0),
        "{frames:?}"
    );
    assert!(
        !frames[0].1 && frames[1..].iter().all(|frame| frame.1),
        "{frames:?}"
    );
    assert!(
        frames[frames.len() - 1].2.starts_with("3 epochs in "),
        "{frames:?}"
    );

    // Stopped by the user: it returns what was learned, and says so.
    recorder.stop.store(true, Ordering::SeqCst);
    let history = model.fit(&data, Fit::epochs(1000)).unwrap();
    assert!(history.interrupted() && host().interrupted());
    let frames = recorder.take();
    assert!(
        frames[frames.len() - 1].2.contains("stopped by you"),
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
