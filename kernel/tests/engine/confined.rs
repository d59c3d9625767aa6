//! Strangers' cells run inside of walls: what they see, what they reach, what they use up.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use hebb_kernel::engine::rustc::Limits;

use crate::session::Session;

fn confined() -> Session {
    Session::confined(Limits::default())
}

/// Runs a cell that must succeed and gives what it says.
#[track_caller]
fn said(session: &mut Session, code: &str) -> String {
    let (text, result) = session.outcome(code, &[]);
    if let Err(error) = result {
        panic!("{code}\n{}", error.traceback.join("\n"));
    }
    text.trim_end().to_owned()
}

#[test]
fn lessons_work_as_ever() {
    let mut session = confined();
    assert_eq!(
        said(
            &mut session,
            "fn double(x: i32) -> i32 { 2 * x }\nlet x = double(4);"
        ),
        ""
    );
    assert_eq!(said(&mut session, "x + 1"), "=> 9");
    let training = "let data = xor(50, 0.1);
        let mut model = Sequential::new([2]).add(Dense::new(4).activation(Tanh)).add(Dense::new(1).activation(Sigmoid));
        model.compile(Adam::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
        let history = model.fit(&data, Fit::epochs(3).silent())?; history.epochs()";
    assert_eq!(said(&mut session, training), "=> 3");
    // Large enough for all threads.
    assert_eq!(
        said(
            &mut session,
            "let a = Tensor::ones([600, 600]); a.matmul(&a).at([1, 1])"
        ),
        "=> 600.0"
    );
    let (text, _) = session.outcome("let v: Vec<i32> = vec![]; v[0]", &[]);
    assert_eq!(text, "");
    assert_eq!(said(&mut session, "x"), "=> 8", "and a panic costs nothing");
}

#[test]
fn nothing_of_others_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.txt");
    std::fs::write(&secret, "canary").unwrap();
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let mut session = confined();
    for path in [
        secret.to_str().unwrap(),
        "/etc/passwd",
        "/proc/self/mem",
        "/proc/self/maps",
        "/proc/self/environ",
        "/proc/1/cmdline",
    ] {
        let code = format!("std::fs::read({path:?}).map_err(|error| error.kind())");
        assert_eq!(said(&mut session, &code), "=> Err(PermissionDenied)", "{path}");
    }
    for path in ["/", "/tmp", folder.path().to_str().unwrap(), "/root", "/home"] {
        let code = format!("std::fs::read_dir({path:?}).is_err()");
        assert_eq!(said(&mut session, &code), "=> true", "{path}");
    }
    // Nor by way of the compiler.
    let said = session.run(&format!("include_str!({secret:?})"));
    assert!(
        said.contains("couldn't read") && !said.contains("canary"),
        "{said}"
    );
}

#[test]
fn what_is_written_stays_in_a_workplace_and_is_bounded() {
    let mut session = Session::confined(Limits {
        disk: 1 << 20,
        ..Limits::default()
    });
    assert_eq!(
        said(
            &mut session,
            "std::fs::write(\"notes.txt\", \"mine\")?; std::fs::read_to_string(\"notes.txt\")?"
        ),
        "=> \"mine\""
    );
    assert_eq!(
        said(
            &mut session,
            "std::fs::write(\"/tmp/mine\", \"\").is_err() && std::fs::write(\"../mine\", \"\").is_err()"
        ),
        "=> true"
    );
    let fill = "(0..100).map(|n| std::fs::write(format!(\"{n}\"), vec![0_u8; 100_000])).filter(|end| end.is_err()).count() > 80";
    assert_eq!(said(&mut session, fill), "=> true");
    assert_eq!(said(&mut session, "1 + 1"), "=> 2");
}

#[test]
fn given_files_are_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/points.csv"), "x\n1\n").unwrap();
    let mut session = Session::confined(Limits {
        given: Some(folder.path().to_owned()),
        ..Limits::default()
    });
    assert_eq!(
        said(&mut session, "std::fs::read_to_string(\"data/points.csv\")?"),
        "=> \"x\\n1\\n\""
    );
    for change in [
        "std::fs::write(\"data/points.csv\", \"\")",
        "std::fs::write(\"data/more.csv\", \"\")",
        "std::fs::remove_file(\"data/points.csv\")",
        "std::fs::rename(\"data\", \"old\")",
        "std::fs::create_dir(\"mine\").and_then(|()| std::env::set_current_dir(\"mine\"))",
    ] {
        assert_eq!(
            said(&mut session, &format!("{change}.is_err()")),
            "=> true",
            "{change}"
        );
    }
    assert_eq!(
        said(
            &mut session,
            "std::fs::read_to_string(\"data/points.csv\")?.len()"
        ),
        "=> 4"
    );
}

#[test]
fn the_compiler_has_bounds_of_its_own() {
    let mut session = confined();
    let large = "static LARGE: [u8; 400_000_000] = [1; 400_000_000];\nLARGE[7]";
    let (said_of_it, result) = session.outcome(large, &[]);
    assert!(result.is_err(), "{said_of_it}");
    assert_eq!(said(&mut session, "1 + 1"), "=> 2");
}

#[test]
fn no_network_and_no_program_is_reached() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _local = UnixListener::bind(&socket).unwrap();
    let mut session = confined();
    let attempts = [
        format!("std::net::TcpStream::connect((\"127.0.0.1\", {port})).is_err()"),
        "std::net::TcpListener::bind(\"127.0.0.1:0\").is_err()".to_owned(),
        "std::net::UdpSocket::bind(\"0.0.0.0:0\").is_err()".to_owned(),
        format!("std::os::unix::net::UnixStream::connect({socket:?}).is_err()"),
        "std::os::unix::net::UnixDatagram::pair()?.0.send_to(b\"x\", \"/dev/log\").is_err()".to_owned(),
        "std::process::Command::new(\"/bin/sh\").spawn().is_err()".to_owned(),
        "std::process::Command::new(std::env::current_exe()?).spawn().is_err()".to_owned(),
        "std::env::vars().all(|(name, _)| name != \"HOME\" && !name.starts_with(\"CARGO\"))".to_owned(),
    ];
    for attempt in attempts {
        assert_eq!(said(&mut session, &attempt), "=> true", "{attempt}");
    }
}

#[test]
fn a_library_is_gone_when_its_code_runs() {
    let mut session = confined();
    let code = "std::fs::read_dir(\"../libraries\").map_or(0, |files| files.count())";
    assert_eq!(said(&mut session, code), "=> 0");
    assert_eq!(said(&mut session, code), "=> 0");
}

#[test]
fn what_uses_up_too_much_ends_alone() {
    let mut session = Session::confined(Limits {
        memory: 256 << 20,
        ..Limits::default()
    });
    said(&mut session, "let kept = 1;");
    let threads = "let mut threads = Vec::new();
        loop {
            match std::thread::Builder::new().spawn(std::thread::park) { Ok(thread) => threads.push(thread), Err(_) => break }
        }
        for thread in &threads { thread.thread().unpark(); }
        threads.len() < 200";
    assert_eq!(said(&mut session, &format!("{{ {threads} }}")), "=> true");
    let text = session.run("let mut all: Vec<Vec<u8>> = Vec::new(); loop { all.push(vec![1; 10_000_000]); }");
    assert!(text.contains("memory"), "{text}");
    assert_eq!(said(&mut session, "kept"), "=> 1");
}

#[test]
fn nothing_goes_on_behind_a_cell() {
    let mut session = confined();
    said(&mut session, "let x = 1;");
    let text = session.run("let x = 2; std::thread::spawn(|| loop { std::thread::park() });");
    insta::assert_snapshot!(text, @"
    Error: a thread that an earlier cell started is still running
    hint: in graded work a cell waits for all that it starts: a thread with `join()`
    ");
    assert_eq!(said(&mut session, "x"), "=> 1", "as if it had not run");
    assert_eq!(
        said(&mut session, "std::thread::spawn(|| 3).join().unwrap()"),
        "=> 3"
    );
}
