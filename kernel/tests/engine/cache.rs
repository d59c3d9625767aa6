//! The compile cache: what was compiled once is found, behaves as if it had been compiled, and is never what it should not be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hebb_kernel::engine::Engine;
use hebb_kernel::engine::rustc::cache::{Counts, Folder, Places};
use hebb_kernel::layout::Layout;
use hebb_kernel::notebook::Notebook;
use tempfile::TempDir;

use crate::session::{Session, layout};

/// What a session shows, and how many of its cells were compiled and how many found.
type Told = (Vec<String>, u32, u32);

fn own(root: &TempDir) -> Places {
    Places {
        own: Some(Folder::own(root.path())),
        listed: Vec::new(),
    }
}

fn listed(root: &TempDir) -> Places {
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    Places {
        own: None,
        listed: vec![Folder::listed(root.path())],
    }
}

/// Files with a compiler that only fails.
fn no_compiler() -> Layout {
    Layout {
        rustc: "/bin/false".into(),
        ..layout()
    }
}

fn counted(counts: &Arc<Counts>) -> (u32, u32) {
    (counts.compiled(), counts.found())
}

/// Runs cells in a fresh session, which writes what it has compiled when it ends.
fn tell(layout: Layout, places: Places, cells: &[&str]) -> Told {
    let mut session = Session::start(layout, places);
    let counts = session.engine.counts();
    let shown = cells.iter().map(|cell| session.run(cell)).collect();
    let (compiled, found) = counted(&counts);
    (shown, compiled, found)
}

/// Runs cells twice, the second time without a compiler, and gives what both show alike.
#[track_caller]
fn twice_alike(cells: &[&str]) -> Vec<String> {
    let root = tempfile::tempdir().expect("a folder");
    let (shown, compiled, found) = tell(layout(), own(&root), cells);
    let (again, compiled_again, found_again) = tell(no_compiler(), own(&root), cells);
    assert_eq!(again, shown);
    assert_eq!((compiled_again, found_again), (0, compiled + found));
    shown
}

/// The one entry of a directory.
fn entry(root: &TempDir) -> PathBuf {
    let contents = Folder::own(root.path()).contents().expect("a directory");
    let [entry] = &contents.entries[..] else {
        panic!("{contents:?}");
    };
    entry.path.clone()
}

#[test]
fn every_kind_of_cell_is_found() {
    let shown = twice_alike(&[
        "fn square(x: i32) -> i32 { x * x }\n#[derive(Debug)] struct P { x: i32 }",
        "let a = square(3); let p = P { x: a }; let names = vec![\"a\".to_string()];",
        "p",
        "println!(\"{}\", names.len())",
        "use std::collections::HashMap; let m: HashMap<String, P> = HashMap::new(); m.len()",
        "let f = |x: i32| x + a;",
        "f(1)",
        "let root = f64::sqrt; root(2.25)",
        "root(4.0)",
        "let total = { let mut total = 0; for i in 0..10 { total += i; } total }; total",
        "Tensor::zeros([2]) * 2.0",
    ]);
    assert_eq!(shown[2], "=> P { x: 9 }");
    assert_eq!(shown[6], "=> 10");
    assert_eq!(shown[8], "=> 2.0");
}

#[test]
fn what_was_learned_from_errors_is_found_too() {
    let shown = twice_alike(&[
        "let v = vec![1, 2]; let w = vec![3]; let s = String::from(\"s\");",
        "drop(v); drop(w);",
        "let text = s.as_str(); text.len()",
        "let n = vec![5]; let takes = || n; takes().len()",
        "let mut count = 0; let mut up = || { count += 1; count }; up()",
        "std::fs::remove_file(\"/no/such/file\");\n1",
    ]);
    assert!(
        shown[5].contains("`Result`") && shown[5].contains("=> 1"),
        "{}",
        shown[5]
    );
    assert_eq!(shown[1], "");
    assert!(
        shown[2].starts_with("note: `text` lives only in this cell"),
        "{}",
        shown[2]
    );
}

#[test]
fn a_cell_runs_again_at_once_and_starts_afresh() {
    let root = tempfile::tempdir().expect("a folder");
    let mut session = Session::start(layout(), own(&root));
    let counts = session.engine.counts();
    session
        .run("use std::sync::atomic::{AtomicU32, Ordering};\nstatic COUNT: AtomicU32 = AtomicU32::new(0);");
    session.run("let mut x = 1;");
    for round in 0..4 {
        let (compiled, found) = counted(&counts);
        assert_eq!(session.run("COUNT.fetch_add(1, Ordering::Relaxed)"), "=> 0");
        assert_eq!(session.run("x += 1; x"), format!("=> {}", round + 2));
        let new = if round == 0 { (2, 0) } else { (0, 2) };
        assert_eq!(counted(&counts), (compiled + new.0, found + new.1));
    }
    let timed = session.run(":timing\nCOUNT.fetch_add(1, Ordering::Relaxed)");
    session.run(":timing");
    assert!(
        timed.contains("=> 0") && timed.contains("found compiled in"),
        "{timed}"
    );
    session.engine.reset().expect("it starts again");
    assert_eq!(session.variables(), "");
    session.run("let mut x = 1;");
    assert_eq!(session.run("x += 1; x"), "=> 2");
    assert_eq!(session.run("let mut x = 1.5;"), "");
    assert_eq!(
        session.run("x += 1.0; x"),
        "=> 2.5",
        "another type is another cell"
    );
}

#[test]
fn redefined_items_are_compiled_anew() {
    let root = tempfile::tempdir().expect("a folder");
    let cells = ["fn f() -> i32 { 1 }", "f()", "fn f() -> i32 { 2 }", "f()"];
    for compiled in [4, 0] {
        let told = tell(layout(), own(&root), &cells);
        assert_eq!(told.0, ["", "=> 1", "", "=> 2"]);
        assert_eq!((told.1, told.2), (compiled, 4 - compiled));
    }
}

#[test]
fn the_order_in_which_items_were_run_is_no_matter() {
    let root = tempfile::tempdir().expect("a folder");
    let [a, b, c] = [
        "fn one() -> i32 { 1 }",
        "use std::fmt::Debug; struct S; impl S { fn two(&self) -> i32 { 2 } }",
        "use std::collections::HashMap; impl S { fn three(&self) -> i32 { one() + 2 } }",
    ];
    let last = "let m: HashMap<i32, i32> = HashMap::new(); one() + S.two() + S.three() + m.len() as i32";
    for (order, found) in [([a, b, c, c], 0), ([b, a, c, a], 1), ([a, b, c, b], 1)] {
        let mut session = Session::start(layout(), own(&root));
        let counts = session.engine.counts();
        for cell in order {
            assert_eq!(session.run(cell), "");
        }
        let before = counts.found();
        assert_eq!(session.run(last), "=> 6");
        assert_eq!(counts.found() - before, found, "{order:?}");
    }
}

#[test]
fn a_cell_that_panics_is_found_and_panics_at_the_same_place() {
    let shown = twice_alike(&["let a = [1, 2, 3];\nlet i = a.len();\na[i]", "1"]);
    assert!(shown[0].contains("In [1]:3:1"), "{}", shown[0]);
}

#[test]
fn mistakes_are_not_kept() {
    let root = tempfile::tempdir().expect("a folder");
    let (shown, ..) = tell(
        layout(),
        own(&root),
        &["let x: i32 = \"\";", "let y = ;", "unknown"],
    );
    assert!(shown.iter().all(|shown| shown.contains("error")), "{shown:?}");
    assert!(
        Folder::own(root.path()).contents().is_err(),
        "not even a directory"
    );
}

#[test]
fn cells_that_read_while_they_are_compiled_are_not_kept() {
    let files = tempfile::tempdir().expect("a folder");
    let path = files.path().join("text.txt");
    fs::write(&path, "1").expect("a file");
    let path = path.display();
    let cells = [
        format!("include_str!({:?}).len()", path.to_string()),
        format!("let a: i32 = include!({:?}); a", path.to_string()),
        "option_env!(\"HEBB_NO_SUCH\").is_none()".to_owned(),
        "macro_rules! hidden { ($name:ident) => { $name!(\"PATH\") } }\nhidden!(env).len() > 0".to_owned(),
        "use std::env as other;\nother!(\"PATH\").len() > 0".to_owned(),
        "mod assembled { use std::arch::global_asm as other; other!(\"\"); }\n1".to_owned(),
    ];
    for cell in &cells {
        let root = tempfile::tempdir().expect("a folder");
        let (shown, ..) = tell(layout(), own(&root), &[cell]);
        assert!(shown[0].starts_with("=> "), "{cell}: {}", shown[0]);
        assert!(Folder::own(root.path()).contents().is_err(), "{cell} was kept");
    }
    // The run-time functions of the same names are no matter.
    twice_alike(&["std::env::args().count() > 0", "let env = 1; env"]);
}

#[test]
fn a_damaged_entry_is_compiled_anew_and_mended() {
    let root = tempfile::tempdir().expect("a folder");
    tell(layout(), own(&root), &["6 * 7"]);
    let whole = fs::read(entry(&root)).expect("a file");
    for at in (0..whole.len()).step_by(whole.len() / 7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        for damaged in [&damaged[..], &whole[..at]] {
            fs::write(entry(&root), damaged).expect("a file");
            let told = tell(layout(), own(&root), &["6 * 7"]);
            assert_eq!(told, (vec!["=> 42".to_owned()], 1, 0), "byte {at}");
            assert_eq!(fs::read(entry(&root)).expect("a file").len(), whole.len());
        }
    }
}

#[test]
fn an_entry_of_another_cell_is_not_run() {
    let root = tempfile::tempdir().expect("a folder");
    tell(layout(), own(&root), &["\"harmless\""]);
    let harmless = entry(&root);
    let other = tempfile::tempdir().expect("a folder");
    tell(layout(), own(&other), &["\"hostile\""]);
    fs::copy(entry(&other), &harmless).expect("a copy");
    let told = tell(layout(), own(&root), &["\"harmless\""]);
    assert_eq!(told, (vec!["=> \"harmless\"".to_owned()], 1, 0));
}

#[test]
fn another_prelude_or_compiler_finds_nothing() {
    let root = tempfile::tempdir().expect("a folder");
    tell(layout(), own(&root), &["1"]);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let prelude = elsewhere.path().join("libhebb_prelude.so");
    fs::copy(layout().prelude, &prelude).expect("a copy");
    let moved = |layout: Layout| Layout {
        prelude: prelude.clone(),
        ..layout
    };
    let told = tell(moved(no_compiler()), own(&root), &["1"]);
    assert_eq!((told.1, told.2), (0, 1), "the same prelude elsewhere");
    // Bytes behind the end of a library change nothing but what it is.
    let mut longer = fs::read(&prelude).expect("a file");
    longer.push(0);
    fs::write(&prelude, longer).expect("a file");
    let told = tell(moved(layout()), own(&root), &["1"]);
    assert_eq!((told.1, told.2), (1, 0), "another prelude");
}

#[test]
fn a_cell_runs_wherever_nothing_can_be_kept() {
    let root = tempfile::tempdir().expect("a folder");
    let file = root.path().join("file");
    fs::write(&file, "").expect("a file");
    for place in [
        file.as_path(),
        Path::new("/proc/no/such/place"),
        Path::new("/dev/null"),
    ] {
        let places = Places {
            own: Some(Folder::own(place)),
            listed: vec![Folder::listed(place), Folder::listed(Path::new("relative"))],
        };
        let told = tell(layout(), places, &["1 + 1", "let x = 2;", "x"]);
        assert_eq!(told.0, ["=> 2", "", "=> 2"]);
    }
}

#[test]
fn a_shared_directory_is_read_first_and_never_written() {
    let (shared, user) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    tell(layout(), Places::to_share(shared.path()), &["1 + 1"]);
    let before = fs::metadata(entry(&shared)).expect("a file");
    let places = Places {
        own: Some(Folder::own(user.path())),
        ..listed(&shared)
    };
    let told = tell(layout(), places.clone(), &["1 + 1", "2 + 2"]);
    assert_eq!((told.1, told.2), (1, 1));
    let after = fs::metadata(entry(&shared)).expect("a file");
    assert_eq!(before.modified().ok(), after.modified().ok());
    // The one in the user's own directory is the new one.
    fs::remove_file(entry(&shared)).expect("removed");
    let told = tell(no_compiler(), places, &["2 + 2"]);
    assert_eq!((told.1, told.2), (0, 1));
    assert!(entry(&user).exists());
}

#[test]
fn a_lesson_that_one_has_run_needs_no_compiler_for_the_next() {
    let shared = tempfile::tempdir().expect("a folder");
    let lessons = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks");
    for lesson in [
        "01a-neuron-from-scratch.ipynb",
        "01b-network-from-scratch.ipynb",
        "02a-xor.ipynb",
    ] {
        let notebook = Notebook::read(&lessons.join(lesson)).expect("a lesson");
        let cells = notebook.code_cells();
        let cells: Vec<&str> = cells.iter().map(|cell| cell.source.as_str()).collect();
        let (shown, compiled, found) = tell(layout(), Places::to_share(shared.path()), &cells);
        assert!(compiled > 0, "{lesson}");
        let (again, compiled_again, found_again) = tell(no_compiler(), listed(&shared), &cells);
        assert_eq!((compiled_again, found_again), (0, compiled + found), "{lesson}");
        assert_eq!(again.last(), shown.last(), "{lesson}");
    }
}

#[test]
fn a_let_that_runs_again_is_found() {
    let root = tempfile::tempdir().expect("a folder");
    let mut session = Session::start(layout(), own(&root));
    let counts = session.engine.counts();
    let cells = [
        "let x = 41 + 1; let (names, mut count) = (vec![\"a\"], 0_usize);",
        "let seen = names.len() + count; x",
        "let x = 41 + 1; x",
    ];
    for round in 0..3 {
        let shown: Vec<String> = cells.iter().map(|cell| session.run(cell)).collect();
        assert_eq!(shown, ["", "=> 42", "=> 42"]);
        assert_eq!(counted(&counts), (3, 3 * round));
    }
    assert_eq!(session.run("let x = 1; let x = \"text\";"), "");
    assert_eq!(session.run(cells[2]), "=> 42");
    assert_eq!(counts.compiled(), 4);
}
