//! The software GPU (`tests/software_gpu/`) itself: its trial program must find every mistake and compute every number.
//!
//! The tests of dl-core that run on it are in dl-core; here nothing of the product takes part.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A case of the trial program, the settings it runs under, and what it must come to.
struct Row {
    case: &'static str,
    settings: &'static [(&'static str, &'static str)],
    outcome: Outcome,
}

enum Outcome {
    Holds,
    /// It does not hold; the case's own words.
    Fails(&'static str),
    /// The process ends by abort after a report that has this in it.
    Reports(&'static str),
}

use Outcome::{Fails, Holds, Reports};

const FORWARD: &[(&str, &str)] = &[("SOFTWARE_GPU_ORDER", "forward")];
const REVERSE: &[(&str, &str)] = &[("SOFTWARE_GPU_ORDER", "reverse")];
const SHUFFLE: &[(&str, &str)] = &[("SOFTWARE_GPU_ORDER", "shuffle")];

/// The folder with the built libraries; none without a C++ compiler, which is said once.
fn built() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let compiler = std::env::var("CXX").unwrap_or_else(|_| "g++".to_string());
            if Command::new(&compiler).arg("--version").output().is_err() {
                println!("skipped: the software GPU needs a C++ compiler, and {compiler} is not there");
                return None;
            }
            let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("software_gpu");
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("software_gpu/build.sh");
            let output = Command::new(script)
                .arg(&folder)
                .output()
                .expect("the build script runs");
            let log = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{log}");
            assert!(log.is_empty(), "the build warns:\n{log}");
            Some(folder)
        })
        .as_deref()
}

fn check(rows: &[Row]) {
    let Some(folder) = built() else { return };
    let mut complaints = Vec::new();
    for row in rows {
        let output = Command::new(folder.join("trial"))
            .arg(row.case)
            .env("SOFTWARE_GPU_CACHE", folder.join("kernels"))
            .envs(row.settings.iter().copied())
            .output()
            .expect("the trial program runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let reported = String::from_utf8_lossy(&output.stderr);
        let fits = match row.outcome {
            Holds => output.status.success() && said == "holds\n",
            Fails(words) => output.status.code() == Some(1) && said.contains(words),
            Reports(words) => output.status.code().is_none() && reported.contains(words),
        };
        if !fits {
            complaints.push(format!(
                "{} with {:?}: {}\n{said}{reported}",
                row.case, row.settings, output.status
            ));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn row(case: &'static str, settings: &'static [(&'static str, &'static str)], outcome: Outcome) -> Row {
    Row {
        case,
        settings,
        outcome,
    }
}

#[test]
fn kernels_compute_the_same_in_every_order() {
    let cases = [
        "sum",
        "votes",
        "transpose",
        "reversal_with_barrier",
        "numbers",
        "products",
        "tf32_rounds",
    ];
    let rows: Vec<Row> = [FORWARD, REVERSE, SHUFFLE]
        .into_iter()
        .flat_map(|order| cases.map(|case| row(case, order, Holds)))
        .collect();
    check(&rows);
}

#[test]
fn a_missing_barrier_shows_itself() {
    let wrong = "does not hold";
    check(&[
        row("reversal_without_barrier", FORWARD, Fails(wrong)),
        row("reversal_without_barrier", REVERSE, Fails(wrong)),
        row("reversal_without_barrier", SHUFFLE, Fails(wrong)),
    ]);
}

#[test]
fn accesses_outside_memory_are_reported() {
    let thread =
        "in kernel trial, block (1, 0, 0) of (2, 1, 1), thread (2, 0, 0) of (32, 1, 1): illegal access";
    let before = &[("SOFTWARE_GPU_GUARD", "before")];
    check(&[
        row("write_inside", &[], Holds),
        row("write_behind_the_end", &[], Reports(thread)),
        row(
            "write_behind_the_end",
            &[],
            Reports("0 bytes behind the end of an allocation of 400 bytes (100 numbers of 4), at trial.cu:3"),
        ),
        row(
            "write_far_behind_the_end",
            &[],
            Reports("800 bytes behind the end of an allocation of 400 bytes"),
        ),
        row(
            "write_before_the_start",
            before,
            Reports("8000 bytes before the start of an allocation of 400 bytes"),
        ),
        row(
            "write_into_the_padding",
            &[],
            Reports("a write behind the end of an allocation of 396 bytes"),
        ),
        row(
            "write_after_release",
            &[],
            Reports("12 bytes into a released allocation of 400 bytes"),
        ),
        row(
            "dynamic_shared_too_small",
            &[],
            Reports("0 bytes behind the end of the dynamic shared memory of 128 bytes"),
        ),
        row(
            "index_outside_shared",
            &[],
            Reports("an index outside its array, at trial.cu:4"),
        ),
        row(
            "misaligned_vector",
            &[],
            Reports("an access to a misaligned address, at trial.cu:2"),
        ),
        row(
            "product_outside_its_matrix",
            &[],
            Reports("a matrix of the product 2 x 3 x 2"),
        ),
    ]);
}

/// What a look at every access adds, without a complaint about sound kernels.
#[test]
fn races_and_unwritten_memory_are_reported() {
    let every = &[("SOFTWARE_GPU_CHECK", "every-access")];
    let sound = [
        "sum",
        "votes",
        "transpose",
        "numbers",
        "products",
        "capture",
        "reversal_with_barrier",
        "warp_meets",
        "blocks_write_apart",
        "blocks_add_to_one_place",
    ];
    let faults = [
        (
            "warp_does_not_meet",
            "a read of memory that was never written, at trial.cu:6",
        ),
        (
            "blocks_write_one_place",
            "block (1, 0, 0) of (4, 1, 1), thread (0, 0, 0) of (1, 1, 1): a race: it writes what thread (0, 0, 0) of \
             block 0 writes (trial.cu:4), at trial.cu:4",
        ),
        (
            "blocks_read_what_others_write",
            "a race: it reads what thread (0, 0, 0) of block 0 writes (trial.cu:6), at trial.cu:6",
        ),
        (
            "shared_memory_is_not_kept",
            "thread (1, 0, 0) of (32, 1, 1): a race: it writes what thread (0, 0, 0) of this block writes",
        ),
        (
            "kernel_reads_unwritten",
            "a read of memory that was never written",
        ),
        (
            "copy_of_unwritten",
            "a copy of 16 bytes to the host: byte 0 was never written",
        ),
        (
            "write_into_the_padding",
            "illegal access to 4 bytes: 0 bytes behind the end of an allocation of 396 bytes",
        ),
        ("kernel_reads_host_memory", "an access to memory of the host"),
    ];
    let rows: Vec<Row> = sound
        .map(|case| row(case, every, Holds))
        .into_iter()
        .chain(faults.map(|(case, words)| row(case, every, Reports(words))))
        .collect();
    check(&rows);
}

#[test]
fn nothing_is_zero_by_luck() {
    check(&[
        row("fresh_memory_is_nan", &[], Holds),
        row("shared_memory_is_not_kept", &[], Holds),
    ]);
}

#[test]
fn threads_that_miss_each_other_are_reported() {
    check(&[
        row(
            "early_return_before_barrier",
            &[],
            Reports("thread (0, 0, 0) waits at the barrier in line 6, but thread (63, 0, 0) has ended"),
        ),
        row(
            "barriers_in_branches",
            &[],
            Reports("waits at the barrier in line 4, thread (32, 0, 0) waits at the barrier in line 6"),
        ),
        row(
            "lanes_that_never_come",
            &[],
            Reports(
                "thread (0, 0, 0) waits at the warp intrinsic in line 3 for lanes of its mask that never come",
            ),
        ),
    ]);
}

#[test]
fn the_driver_answers_as_nvidias() {
    check(&[
        row("launch_limits", &[], Holds),
        row("memory_runs_out", &[("SOFTWARE_GPU_MEMORY", "1M")], Holds),
        row("copies_stay_inside", &[], Holds),
        row("nothing_before_the_start", &[], Holds),
        row("no_device", &[("SOFTWARE_GPU_DEVICES", "0")], Holds),
        row("old_driver", &[("SOFTWARE_GPU_DRIVER", "11040")], Holds),
        row("images", &[], Holds),
        row("error_stays", &[("SOFTWARE_GPU_FAULT", "error")], Holds),
        row(
            "source_that_does_not_compile",
            &[],
            Fails("trial.cu:2:12: error: "),
        ),
        row(
            "no_device",
            &[("SOFTWARE_GPU_DEVICES", "two")],
            Reports("is not a number"),
        ),
    ]);
}

#[test]
fn captures_are_recorded_and_replayed() {
    let deferred = &[("SOFTWARE_GPU_WORK", "deferred")];
    check(&[
        row("capture", &[], Holds),
        row("capture", deferred, Holds),
        row("capture_is_spoiled", &[], Holds),
        row("page_locked_memory_is_read_late", &[], Holds),
        row(
            "page_locked_memory_is_read_late",
            deferred,
            Fails("does not hold"),
        ),
    ]);
}
