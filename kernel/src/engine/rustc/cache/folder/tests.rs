//! Who is trusted, and what becomes of a file that is not what it should be.

use std::os::unix::fs::{chown, symlink};

use super::super::entry::Answer;
use super::super::key::LENGTH;
use super::*;

const KEY: [u8; LENGTH] = [7; LENGTH];

/// Someone else's number.
const STRANGER: u32 = 4711;

fn entry() -> Entry {
    Entry {
        answer: Answer {
            success: true,
            diagnostics: Vec::new(),
            types: Default::default(),
        },
        library: vec![1, 2, 3],
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A directory with one entry, and the entry's path.
fn written(root: &Path) -> PathBuf {
    mode(root, 0o755);
    let folder = Folder::to_share(root);
    folder.write(&Key::new(KEY), &entry()).unwrap();
    folder.cells().join(Key::new(KEY).to_string())
}

fn read(folder: &Folder) -> Option<Entry> {
    folder.read(&Key::new(KEY))
}

fn refusal(folder: &Folder) -> String {
    let said = folder.contents().expect_err("it is refused").to_string();
    said.replace(&folder.root().display().to_string(), "DIR")
}

#[test]
fn what_is_written_is_read_by_those_who_may_look() {
    for (folder, modes) in [
        (Folder::own as fn(&Path) -> Folder, (0o700, 0o600)),
        (Folder::to_share, (0o755, 0o644)),
    ] {
        let above = tempfile::tempdir().unwrap();
        let folder = folder(&above.path().join("new"));
        assert_eq!(read(&folder), None);
        assert_eq!(refusal(&folder), "there is none yet");
        folder.write(&Key::new(KEY), &entry()).unwrap();
        assert_eq!(read(&folder), Some(entry()));
        let contents = folder.contents().unwrap();
        let of = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!((of(&folder.cells()), of(&contents.entries[0].path)), modes);
        assert_eq!(fs::read_dir(folder.cells()).unwrap().count(), 1);
    }
}

#[test]
fn a_damaged_entry_is_never_given_and_only_our_own_is_removed() {
    let root = tempfile::tempdir().unwrap();
    let path = written(root.path());
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let other = entry().encode(&Key::new([8; LENGTH]));
    for damaged in [&flipped[..], &whole[..whole.len() - 1], &other, b"", b"HEBBCELL"] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(read(&Folder::listed(root.path())), None);
        assert!(path.exists());
        assert_eq!(read(&Folder::own(root.path())), None);
        assert!(!path.exists());
    }
    fs::write(&path, whole).unwrap();
    assert_eq!(read(&Folder::listed(root.path())), Some(entry()));
}

#[test]
fn what_others_may_write_to_is_not_used() {
    let root = tempfile::tempdir().unwrap();
    let path = written(root.path());
    let cells = path.parent().unwrap().to_owned();
    let listed = Folder::listed(root.path());
    for loose in [0o775, 0o757, 0o1777] {
        mode(root.path(), loose);
        assert_eq!(read(&listed), None);
        assert_eq!(
            refusal(&listed),
            format!("others may write to DIR (mode {loose:04o})\nhint: chmod go-w DIR")
        );
        // What lies above the user's own entries is no matter: whoever replaces them has another number.
        assert_eq!(read(&Folder::own(root.path())), Some(entry()));
        mode(root.path(), 0o755);
        mode(&cells, loose);
        for folder in [&listed, &Folder::own(root.path())] {
            assert_eq!(read(folder), None);
            assert_eq!(
                refusal(folder),
                format!("others may write to DIR/cells (mode {loose:04o})\nhint: chmod go-w DIR/cells")
            );
            assert!(Folder::own(root.path()).write(&Key::new(KEY), &entry()).is_err());
        }
        mode(&cells, 0o755);
    }
    for loose in [0o664, 0o646] {
        mode(&path, loose);
        assert_eq!(read(&listed), None);
        assert_eq!(read(&Folder::own(root.path())), None);
    }
    mode(&path, 0o444);
    assert_eq!(read(&listed), Some(entry()));
}

#[test]
fn links_pipes_and_folders_are_no_entries() {
    let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = written(root.path());
    let target = written(other.path());
    let folders = [Folder::listed(root.path()), Folder::own(root.path())];
    fs::remove_file(&path).unwrap();
    symlink(&target, &path).unwrap();
    assert!(folders.iter().all(|folder| read(folder).is_none()), "a link");
    fs::remove_file(&path).unwrap();
    rustix::fs::mkfifoat(CWD, &path, Mode::from_raw_mode(0o644)).unwrap();
    assert!(folders.iter().all(|folder| read(folder).is_none()), "a pipe");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(folders.iter().all(|folder| read(folder).is_none()), "a folder");
    assert_eq!(folders[0].contents().unwrap().entries, []);
    fs::remove_dir(&path).unwrap();
    fs::remove_dir(path.parent().unwrap()).unwrap();
    symlink(target.parent().unwrap(), path.parent().unwrap()).unwrap();
    assert_eq!(read(&folders[0]), None, "entries that are elsewhere");
}

#[test]
fn entries_of_others_are_trusted_only_from_the_owner_of_a_listed_directory() {
    let root = tempfile::tempdir().unwrap();
    let path = written(root.path());
    let cells = path.parent().unwrap().to_owned();
    let (listed, own) = (Folder::listed(root.path()), Folder::own(root.path()));
    if !geteuid().is_root() {
        // Only root can give files away. What belongs to others is there for everyone to see.
        let system = Folder::own(Path::new("/"));
        assert!(system.contents().is_err());
        assert_eq!(read(&listed), Some(entry()));
        return;
    }
    let whose = |root_owner: u32, cells_owner: u32, entry_owner: u32| {
        for (path, owner) in [
            (root.path(), root_owner),
            (&cells, cells_owner),
            (&path, entry_owner),
        ] {
            chown(path, Some(owner), None).unwrap();
        }
        (read(&listed).is_some(), read(&own).is_some())
    };
    assert_eq!(whose(0, 0, STRANGER), (false, false));
    assert_eq!(whose(0, STRANGER, 0), (false, false));
    assert_eq!(refusal(&listed), "DIR/cells belongs to user number 4711");
    assert_eq!(refusal(&own), "DIR/cells belongs to user number 4711");
    assert_eq!(whose(STRANGER, STRANGER, STRANGER), (true, false));
    assert_eq!(whose(STRANGER, STRANGER, STRANGER + 1), (false, false));
    assert_eq!(whose(STRANGER, STRANGER + 1, STRANGER), (false, false));
    assert_eq!(whose(0, 0, 0), (true, true));
    assert!(path.exists(), "nothing that is not ours is removed");
}

#[test]
fn paths_that_depend_on_the_place_are_refused() {
    assert_eq!(
        refusal(&Folder::listed(Path::new("relative"))),
        "the path is not absolute\nhint: name it from / on"
    );
}

#[test]
fn nothing_is_written_to_a_listed_directory() {
    let root = tempfile::tempdir().unwrap();
    mode(root.path(), 0o755);
    assert!(
        Folder::listed(root.path())
            .write(&Key::new(KEY), &entry())
            .is_err()
    );
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn many_writers_and_readers_see_whole_entries_only() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::own(root.path());
    let keys: Vec<Key> = (0..4).map(|number| Key::new([number; LENGTH])).collect();
    let of = |number: u8, round: u8| Entry {
        library: vec![number ^ round; 40_000 + usize::from(round) * 100],
        ..entry()
    };
    std::thread::scope(|scope| {
        for round in 0..8 {
            let (folder, keys) = (&folder, &keys);
            scope.spawn(move || {
                for (number, key) in (0..).zip(keys).cycle().take(60) {
                    folder.write(key, &of(number, round)).unwrap();
                    let read = folder.read(key).expect("there is one, and it is whole");
                    let round = (0..8).find(|round| read == of(number, *round));
                    assert!(round.is_some(), "it is one of those that were written");
                }
            });
        }
    });
    assert_eq!(fs::read_dir(folder.cells()).unwrap().count(), keys.len());
}

#[test]
fn a_file_larger_than_the_system_allows_is_not_begun() {
    const LIMITED: &str = "HEBB_TEST_LIMITED";
    let root = tempfile::tempdir().unwrap();
    if std::env::var_os(LIMITED).is_none() {
        // The limit is the whole process's, and crossing it ends the process: another one tries.
        let (_, module) = module_path!().split_once("::").unwrap();
        let name = format!("{module}::a_file_larger_than_the_system_allows_is_not_begun");
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let output = again.args(["--exact", &name]).env(LIMITED, "1").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let mut limit = getrlimit(Resource::Fsize);
    limit.current = Some(100);
    rustix::process::setrlimit(Resource::Fsize, limit).unwrap();
    let folder = Folder::own(root.path());
    let error = folder.write(&Key::new(KEY), &entry()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(fs::read_dir(folder.cells()).unwrap().count(), 0);
}
