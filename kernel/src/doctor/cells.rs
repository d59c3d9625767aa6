//! Real cells, compiled and run from end to end: the best sign of health, and the way to ask what only cells know. The kernel knows neither
//! graphics cards nor data sets.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::finding::Finding;
use super::look::{fault, no_answer};
use crate::engine::rustc::{Options, RustcEngine};
use crate::engine::{Cell, CellHost, Engine};
use crate::output::{CellError, Output};
use crate::screen::without_colours;

/// How long all of it may take: on a network's disk the compiler is read for the first time.
const PATIENCE: Duration = Duration::from_secs(50);

/// What cells are asked about, in this order.
const ORDER: [&str; 4] = ["cell", "threads", "graphics-card", "data"];

/// A first cell that takes longer than this is worth a word.
const SLOW: Duration = Duration::from_secs(5);

/// Where each image set is, one a line: name, what there is of it, place or error.
const DATA: &str = r#"
for (name, place) in dl_core::data::image_sets() {
    match place {
        Ok(Some(place)) => println!("{name}\twhole\t{}", place.display()),
        Ok(None) => println!("{name}\tsample\t"),
        Err(error) => println!("{name}\tbroken\t{}", error.to_string().replace('\n', "\r")),
    }
}"#;

/// A product on the first card: driver, compiler library and cuBLAS must all be there.
const PRODUCT: &str = "{ let x = Tensor::ones([64, 64]).to(Device::cuda(0)?); x.matmul(&x).at([0, 0]) }";

/// Runs the cells, if the installation is `usable`.
pub fn run(usable: bool) -> Vec<Finding> {
    if !usable {
        return vec![Finding::error(
            "cell",
            "no cell was tried",
            "mend what stands above; then threads, graphics card, data sets and walls can be looked at",
        )];
    }
    let (tell, told) = channel();
    let thread = std::thread::Builder::new()
        .name("cells".to_owned())
        .spawn(move || session(&tell));
    // Without a thread nobody tells anything, which shows below.
    drop(thread);
    gather(&told, PATIENCE)
}

/// What cells tell within this time, and of what they say nothing.
fn gather(told: &Receiver<Finding>, patience: Duration) -> Vec<Finding> {
    let latest = Instant::now() + patience;
    let mut findings: Vec<Finding> = Vec::new();
    loop {
        let next = ORDER
            .iter()
            .find(|check| findings.iter().all(|finding| finding.check != **check));
        match told.recv_timeout(latest.saturating_duration_since(Instant::now())) {
            Ok(finding) => findings.push(finding),
            Err(RecvTimeoutError::Timeout) => {
                findings.extend(next.map(|check| no_answer(check, patience)));
                return findings;
            }
            Err(RecvTimeoutError::Disconnected) => {
                if findings.is_empty() {
                    findings.push(fault("cell"));
                }
                return findings;
            }
        }
    }
}

fn session(tell: &Sender<Finding>) {
    // Nobody may be waiting any more.
    let say = |finding| drop(tell.send(finding));
    let begun = Instant::now();
    // Without a cache: what was found compiled says nothing about the compiler.
    let mut engine = match RustcEngine::start(Options::default()) {
        Ok(engine) => engine,
        Err(error) => return say(Finding::error("cell", error.to_string(), "")),
    };
    match try_first(&mut engine, begun) {
        Ok(finding) => say(finding),
        Err(finding) => return say(finding),
    }
    match ask(&mut engine, "device_info()") {
        Ok(seen) => {
            let driver = ["/proc/driver/nvidia", "/dev/nvidiactl"];
            let has_driver = driver.iter().any(|path| Path::new(path).exists());
            say(threads(&seen.result));
            say(card(&seen.result, has_driver, || ask(&mut engine, PRODUCT)));
        }
        Err(error) => say(failed("threads", &error)),
    }
    let named = std::env::var_os("HEBB_DATA").filter(|named| !named.is_empty());
    match ask(&mut engine, DATA) {
        Ok(seen) => data(&seen.shown, named.map(PathBuf::from).as_deref())
            .into_iter()
            .for_each(say),
        Err(error) => say(failed("data", &error)),
    }
}

fn try_first(engine: &mut RustcEngine, begun: Instant) -> Result<Finding, Finding> {
    let broken = |error: &CellError| failed("cell", error);
    ask(engine, ":timing").map_err(|error| broken(&error))?;
    let seen = ask(engine, "1 + 1").map_err(|error| broken(&error))?;
    let took = begun.elapsed();
    if seen.result != "2" {
        let found = format!("1 + 1 is not 2 but `{}`", seen.result);
        return Err(Finding::error(
            "cell",
            found,
            "install Hebb again with install/build.sh PREFIX",
        ));
    }
    let parts = seen.shown.trim().trim_start_matches("note: ").to_owned();
    ask(engine, ":timing").map_err(|error| broken(&error))?;
    let found = format!("1 + 1 is 2, {} ms after the start: {parts}", took.as_millis());
    Ok(match took > SLOW {
        true => Finding::warning(
            "cell",
            found,
            "that is slow: is the toolchain on a slow disk, or the computer busy? `hebb warm` compiles a course ahead",
        ),
        false => Finding::ok("cell", found),
    })
}

/// The first line of `device_info()`: the processor, and at its end how many threads compute.
fn threads(info: &str) -> Finding {
    let columns = info.lines().next().unwrap_or_default().split("  ");
    let columns: Vec<&str> = columns
        .map(str::trim)
        .filter(|column| !column.is_empty())
        .collect();
    let (name, threads) = match columns[..] {
        [_, name, .., threads] => (name, threads),
        _ => ("this computer", "an unknown number of threads"),
    };
    Finding::ok("threads", format!("training uses {threads} of {name}"))
}

/// What `device_info()` says of graphics cards. `product` computes on the first of them.
fn card(info: &str, has_driver: bool, product: impl FnOnce() -> Result<Seen, CellError>) -> Finding {
    let lines: Vec<&str> = info.lines().skip(1).collect();
    let cards: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| line.starts_with("cuda:"))
        .collect();
    if cards.is_empty() {
        let why = lines.join("\n");
        let why = why.split_once(": ").map_or("", |(_, why)| why);
        return match has_driver {
            true => Finding::warning(
                "graphics-card",
                format!("it cannot be used: {why}"),
                "training uses the processor",
            ),
            false => Finding::ok("graphics-card", "none: training uses the processor"),
        };
    }
    let spaced = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let all = cards.into_iter().map(spaced).collect::<Vec<_>>().join("\n");
    match product() {
        Ok(seen) if seen.result.parse() == Ok(64.0_f32) => Finding::ok("graphics-card", all),
        Ok(seen) => Finding::error(
            "graphics-card",
            format!("{all}\na product came out as {}", seen.result),
            "train on Device::cpu(), and tell those who look after the card",
        ),
        Err(error) => {
            let Finding { found, hint, .. } = failed("graphics-card", &error);
            Finding::warning(
                "graphics-card",
                format!("{all}\nit cannot be used: {found}"),
                &hint.unwrap_or_default(),
            )
        }
    }
}

/// One finding for each set; `named` is what `HEBB_DATA` says.
fn data(shown: &str, named: Option<&Path>) -> Vec<Finding> {
    let missing = named.filter(|named| !named.is_dir()).map(|named| {
        Finding::warning(
            "data",
            format!("HEBB_DATA names {}, which is not there", named.display()),
            "correct it, or run install/data.sh, which fills it",
        )
    });
    let set = |line: &str| {
        let mut parts = line.splitn(3, '\t');
        let (name, state, place) = (parts.next()?, parts.next()?, parts.next()?);
        Some(match state {
            "whole" => Finding::ok("data", format!("{name}: whole, in {place}")),
            "sample" => Finding::warning(
                "data",
                format!("{name}: only the sample that comes along"),
                "install/data.sh fetches the whole set; HEBB_DATA names a directory for everyone",
            ),
            _ => Finding::warning("data", place.replace('\r', "\n"), "run install/data.sh again"),
        })
    };
    missing.into_iter().chain(shown.lines().filter_map(set)).collect()
}

fn failed(check: &'static str, error: &CellError) -> Finding {
    let text = without_colours(&error.traceback.join("\n"));
    let hint = text.lines().find_map(|line| line.trim().strip_prefix("hint: "));
    Finding::error(
        check,
        format!(
            "{}: {}",
            error.name,
            error.value.split("\nhint: ").next().unwrap_or_default()
        ),
        hint.unwrap_or("does it say that a file is damaged? Install Hebb again with install/build.sh PREFIX"),
    )
}

/// What a cell has shown.
#[derive(Default)]
struct Seen {
    /// The value of its last line, as text.
    result: String,
    /// Everything else.
    shown: String,
}

fn ask(engine: &mut RustcEngine, code: &str) -> Result<Seen, CellError> {
    let mut seen = Seen::default();
    engine.execute(&Cell::new(1, code), &mut seen)?;
    Ok(seen)
}

impl CellHost for Seen {
    fn emit(&mut self, output: Output) {
        let plain =
            |data: crate::output::MimeBundle| data["text/plain"].as_str().unwrap_or_default().to_owned();
        match output {
            Output::Result { data, .. } => self.result = plain(data),
            Output::Display { data, .. } => self.shown.push_str(&plain(data)),
            Output::Stream { text, .. } => self.shown.push_str(&text),
            _ => {}
        }
    }

    fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
        Err("nobody answers here".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::page;
    use super::*;

    fn error() -> CellError {
        CellError::new(
            "DeviceError",
            "device cuda:0: NVRTC is missing\nhint: pip install nvidia-cuda-nvrtc-cu12",
        )
    }

    #[test]
    fn cards_are_found_or_not() {
        let product = |text: &str| {
            let result = text.to_owned();
            move || {
                Ok(Seen {
                    result,
                    ..Seen::default()
                })
            }
        };
        let none =
            "cpu  Some CPU @ 2.00GHz    2 threads\ndevice cuda:0: the driver is missing\nhint: install it";
        let one = "cpu     Some CPU  x    1 thread\ncuda:0  A100      40 GiB  not opened";
        let findings = [
            threads(none),
            threads(one),
            threads(""),
            card(none, false, || unreachable!("there is no card")),
            card(none, true, || unreachable!("there is no card")),
            card(one, true, product("64.0")),
            card(one, true, product("63")),
            card(one, true, || Err(error())),
        ];
        insta::assert_snapshot!(page(&findings, false), @"
        ok       threads          training uses 2 threads of Some CPU @ 2.00GHz
        ok       threads          training uses 1 thread of Some CPU
        ok       threads          training uses an unknown number of threads of this
                                  computer
        ok       graphics-card    none: training uses the processor
        warning  graphics-card    it cannot be used: the driver is missing
                                  hint: install it
        ok       graphics-card    cuda:0 A100 40 GiB not opened
        error    graphics-card    cuda:0 A100 40 GiB not opened
                                  a product came out as 63
                                  hint: train on Device::cpu(), and tell those who look
                                  after the card
        warning  graphics-card    cuda:0 A100 40 GiB not opened
                                  it cannot be used: DeviceError: device cuda:0: NVRTC
                                  is missing
                                  hint: pip install nvidia-cuda-nvrtc-cu12

        1 error, 2 warnings
        ");
    }

    #[test]
    fn data_sets_are_whole_samples_or_broken() {
        let shown = "MNIST\twhole\t/data/mnist\nFashion-MNIST\tsample\t\nX\tbroken\tX: /d has 3 of the 4 files\rhint: run install/data.sh again\nnonsense";
        let findings = data(shown, Some(Path::new("/nonexistent")));
        insta::assert_snapshot!(page(&findings, false), @"
        warning  data             HEBB_DATA names /nonexistent, which is not there
                                  hint: correct it, or run install/data.sh, which fills
                                  it
        ok       data             MNIST: whole, in /data/mnist
        warning  data             Fashion-MNIST: only the sample that comes along
                                  hint: install/data.sh fetches the whole set; HEBB_DATA
                                  names a directory for everyone
        warning  data             X: /d has 3 of the 4 files
                                  hint: run install/data.sh again

        no error, 3 warnings
        ");
    }

    #[test]
    fn a_cell_that_fails_says_why() {
        insta::assert_snapshot!(page(&[failed("cell", &error()), run(false).remove(0)], false), @"
        error    cell             DeviceError: device cuda:0: NVRTC is missing
                                  hint: pip install nvidia-cuda-nvrtc-cu12
        error    cell             no cell was tried
                                  hint: mend what stands above; then threads, graphics
                                  card, data sets and walls can be looked at

        2 errors, no warning
        ");
    }

    #[test]
    fn what_was_told_before_something_hung_is_kept() {
        let (tell, told) = channel();
        tell.send(Finding::ok("cell", "1 + 1 is 2")).unwrap();
        tell.send(Finding::ok("threads", "2")).unwrap();
        let findings = gather(&told, Duration::from_millis(1));
        assert_eq!(findings[2], no_answer("graphics-card", Duration::from_millis(1)));
        drop(tell);
        assert_eq!(gather(&told, PATIENCE), [fault("cell")]);
    }
}
