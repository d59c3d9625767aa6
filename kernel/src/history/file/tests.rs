//! The file of the history: kept, searched, shortened, damaged, written by many.

use super::*;

fn sources(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.source.as_str()).collect()
}

#[test]
fn sessions_are_numbered_and_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = History::open(folder.path());
    first.record(1, "let x = 1;");
    first.record(2, "x + 1");
    first.record_output(2, "2");
    let mut second = History::open(folder.path());
    second.record(1, "über\n\"x\"");
    first.record(3, "late");
    assert_eq!((first.session(), second.session()), (1, 2));
    drop(first);
    assert_eq!(sources(&second.tail(3)), ["x + 1", "late", "über\n\"x\""]);
    assert_eq!(second.tail(3)[0].output.as_deref(), Some("2"));
    assert_eq!(sources(&second.range(1, 1, Some(3))), ["let x = 1;", "x + 1"]);
    assert_eq!(sources(&second.range(0, 0, None)), ["über\n\"x\""]);
    assert_eq!(sources(&second.range(-1, 3, None)), ["late"]);
    assert_eq!(second.range(7, 0, None), []);
    assert_eq!(second.tail(0), []);
}

#[test]
fn search_takes_patterns() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut history = History::open(folder.path());
    for (line, source) in ["let a = 1;", "let b = 2;", "a + b", "let a = 1;", "*"]
        .into_iter()
        .enumerate()
    {
        history.record(u32::try_from(line).expect("a small number") + 1, source);
    }
    assert_eq!(
        sources(&history.search("let*", false, None)),
        ["let a = 1;", "let b = 2;", "let a = 1;"]
    );
    assert_eq!(
        sources(&history.search("let*", true, None)),
        ["let b = 2;", "let a = 1;"]
    );
    assert_eq!(
        sources(&history.search("let ? = ?;", false, Some(1))),
        ["let a = 1;"]
    );
    assert_eq!(
        sources(&history.search("*b*", false, None)),
        ["let b = 2;", "a + b"]
    );
    assert_eq!(history.search("b", false, None), []);
    assert_eq!(history.search("*", false, None).len(), 5);
    assert_eq!(history.search("", false, None), []);
}

#[test]
fn damage_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut history = History::open(folder.path());
    history.record(1, "kept");
    let path = history.path.clone();
    drop(history);
    let mut file = OpenOptions::new().append(true).open(path).expect("the file");
    file.write_all(b"{\"session\": \n\xff\xfe\n[]\n{\"session\":9,\"line\":1,\"sour")
        .expect("damage");
    let mut next = History::open(folder.path());
    next.record(1, "also kept");
    assert_eq!(next.session(), 2);
    assert_eq!(sources(&next.tail(9)), ["kept", "also kept"]);
}

#[test]
fn without_a_file_the_session_is_still_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").expect("a file");
    let mut history = History::open(&file);
    history.record(1, "x");
    history.record_output(1, "1");
    assert_eq!(history.tail(9)[0].output.as_deref(), Some("1"));
}

#[test]
fn the_file_stays_small() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut history = History::open(folder.path());
    let large = "x".repeat(LARGEST_SOURCE);
    for line in 1..=70 {
        history.record(line, &large);
    }
    history.record(71, &"y".repeat(LARGEST_SOURCE + 1));
    history.record_output(70, &"é".repeat(LARGEST_OUTPUT));
    assert_eq!(history.tail(1)[0].line, 71, "kept for the session");
    drop(history);
    let mut next = History::open(folder.path());
    assert_eq!(next.session(), 2);
    next.record(1, "new");
    let tail = next.tail(2);
    let path = next.path.clone();
    drop(next);
    let size = std::fs::metadata(path).expect("the file").len();
    assert!(size < LARGEST_FILE, "{size}");
    assert_eq!((tail[0].line, tail[1].source.as_str()), (70, "new"));
}

#[test]
fn many_kernels_append_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let path = folder.path().to_path_buf();
            std::thread::spawn(move || {
                let mut history = History::open(&path);
                for line in 1..=20 {
                    history.record(line, &format!("session {}", history.session()));
                }
                history.session()
            })
        })
        .collect();
    let mut numbers: Vec<u32> = threads
        .into_iter()
        .map(|thread| thread.join().expect("no panic"))
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<u32>>());
    let all = History::open(folder.path()).tail(usize::MAX);
    assert_eq!(all.len(), 160);
    assert!(
        all.iter()
            .all(|entry| entry.source == format!("session {}", entry.session))
    );
}

#[test]
fn a_lock_that_nobody_gives_back_is_not_waited_for_long() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.jsonl");
    let held = File::create(&path).expect("a file");
    held.lock().expect("a lock");
    let mut history = History::open(folder.path());
    history.record(1, "x");
    drop(history);
    let text = std::fs::read_to_string(&path).expect("the file");
    assert!(text.contains("\"source\":\"x\""), "{text}");
}

#[test]
fn on_a_disk_that_hangs_the_session_is_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    // Opening it waits for a writer, for ever.
    let path = folder.path().join("history.jsonl");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).expect("a pipe");
    let mut history = History::open(folder.path());
    history.record(1, "x");
    history.record_output(1, "1");
    for _ in 0..3 {
        let tail = history.tail(9);
        assert_eq!((tail[0].session, tail[0].source.as_str()), (1, "x"));
        assert_eq!(tail[0].output.as_deref(), Some("1"));
    }
    drop(history);
    // Lets the threads that still wait end.
    let _ = OpenOptions::new().read(true).write(true).open(&path);
}
