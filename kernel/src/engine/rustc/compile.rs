//! Runs the compiler, once, and reads what it says.

use std::cell::Cell;
use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

use super::effort::Effort;
use super::link::{self, Linker};
use super::walls::{Limits, around_compiler};
use super::warnings;
use crate::layout::Layout;
use crate::limits;
use crate::worker::confine::{self, Confinement};
use crate::worker::offer_to_the_memory_killer;

/// A message of the compiler's about our file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// True for errors, false for warnings.
    pub error: bool,
    /// `E0382`.
    pub code: Option<String>,
    /// The message.
    pub message: String,
    /// The places that it names.
    pub spans: Vec<Span>,
    /// Notes and helps: kind, text, places.
    pub children: Vec<Advice>,
}

impl Diagnostic {
    /// What is said at the places.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().filter_map(|span| span.label.as_deref())
    }
}

/// A note or a help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// `note` or `help`.
    pub level: String,
    /// The text.
    pub message: String,
    /// The places, with what to write there if the compiler suggests it.
    pub spans: Vec<Span>,
}

/// A place in our file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Bytes of the file.
    pub range: Range<usize>,
    /// Where in our file the outermost macro is called that it comes from; the same bytes, if there is none.
    pub outermost: Range<usize>,
    /// The main place of the message.
    pub primary: bool,
    /// What is said about it.
    pub label: Option<String>,
    /// What the compiler would write there.
    pub replacement: Option<String>,
}

/// What a compilation gave.
#[derive(Debug)]
pub struct Compiled {
    /// Whether the library is there.
    pub success: bool,
    /// Everything that was said.
    pub diagnostics: Vec<Diagnostic>,
    /// What the compiler wrote that is no message: a crash report.
    pub rest: String,
    /// How long our own call of the linker took; zero where the compiler linked.
    pub linking: Duration,
}

/// Why nothing could be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiler cannot be started, or a file cannot be written.
    #[error("cannot run the compiler {}: {source}\nhint: is the Rust toolchain that Hebb was installed with still there?", rustc.display())]
    Start {
        /// Which.
        rustc: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system ended it.
    #[error(
        "out of memory: there was no room left for the compiler{}\nhint: what is needed no more gives its room back: `drop(name)`; a data set of half the size needs half of it",
        limit()
    )]
    Memory,
    /// The person stopped it.
    #[error("the compilation was stopped")]
    Stopped,
}

/// The limit on memory, to follow a sentence.
pub(super) fn limit() -> String {
    limits::memory().map_or(String::new(), |found| format!("; {found}"))
}

/// What is to be compiled.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// What comes out carries this name: see `library` and `types`.
    pub name: &'a str,
    /// The name of the source file.
    pub source: &'a str,
    /// What is in it.
    pub text: &'a str,
    /// How much work to put into it.
    pub effort: Effort,
    /// Whether the types of its variables will be read: writing them takes time.
    pub types: bool,
    /// Further arguments: where crates are.
    pub more: &'a [String],
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It did what it was asked for.
    Well,
    /// It did not.
    Failed,
    /// Someone else ended it: the system, when memory runs out.
    Killed,
}

/// The compiler while it runs, so that another thread can stop it.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    child: Option<Child>,
    stopped: bool,
}

impl Running {
    /// Stops the compiler. Does nothing when none runs.
    pub fn stop(&self) {
        let mut state = self.lock();
        if let Some(child) = &state.child {
            // Each leads a group of its own: what it has started ends with it. An error means that all have ended by themselves.
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            let _ = group.map(|group| kill_process_group(group, Signal::KILL));
            state.stopped = true;
        }
    }

    /// Gives `child` to be stopped or waited for.
    pub fn watch(&self, child: Child) {
        *self.lock() = State {
            child: Some(child),
            stopped: false,
        };
    }

    /// Waits for the program, which must have closed its outputs. How it ended, none if it was stopped.
    pub fn wait(&self) -> Option<End> {
        Some(match self.wait_for_status()? {
            Ok(status) if status.success() => End::Well,
            Ok(status) if status.signal() == Some(libc::SIGKILL) => End::Killed,
            _ => End::Failed,
        })
    }

    /// Waits likewise, and gives what the system says.
    pub fn wait_for_status(&self) -> Option<io::Result<ExitStatus>> {
        let mut state = std::mem::take(&mut *self.lock());
        let status = state.child.as_mut().map(Child::wait);
        let absent = || Err(io::Error::other("no program was started"));
        (!state.stopped).then(|| status.unwrap_or_else(absent))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The compiler with everything that stays the same from cell to cell.
#[derive(Debug)]
pub struct Compiler {
    rustc: PathBuf,
    /// What is said for every cell, wherever things lie.
    flags: Vec<String>,
    /// Where things lie.
    places: [String; 2],
    /// Links what the compiler makes, unless it is not there or has failed where the compiler did not.
    linker: Option<Linker>,
    linker_failed: Cell<bool>,
    /// Where the files of cells are.
    scratch: PathBuf,
    running: Running,
    /// The `hebb` command, and the walls that it builds around the compiler and the linker.
    walls: Option<(PathBuf, Confinement)>,
}

impl Compiler {
    /// A compiler that keeps its files in `scratch`.
    pub fn new(layout: &Layout, scratch: &Path) -> Compiler {
        let flags = [
            "--edition=2024",
            "--crate-type=cdylib",
            "--crate-name=cell",
            "--error-format=json",
            "-Cprefer-dynamic",
            "-Cdebuginfo=0",
            "-Cembed-bitcode=no",
            "-Coverflow-checks=on",
        ]
        .map(str::to_owned);
        let lints = warnings::lints();
        Compiler {
            rustc: layout.rustc.clone(),
            flags: flags.into_iter().chain(lints).collect(),
            places: [
                format!("--extern=hebb_prelude={}", layout.prelude.display()),
                format!("-Ldependency={}", layout.dependencies.display()),
            ],
            linker: Linker::find(layout),
            linker_failed: Cell::new(false),
            scratch: scratch.to_owned(),
            running: Running::default(),
            walls: None,
        }
    }

    /// From here on, the compiler sees no more than it needs: what it reads is a stranger's.
    pub fn confine(&mut self, layout: &Layout, limits: &Limits) {
        let walls = around_compiler(layout, &self.scratch, limits);
        self.walls = Some((layout.program.clone(), walls));
    }

    /// What stops a running compilation.
    pub fn running(&self) -> Running {
        self.running.clone()
    }

    /// What is said for every cell. It names no path and nothing of this machine: the compile cache is shared.
    pub fn flags(&self) -> &[String] {
        &self.flags
    }

    /// Compiles a file, and makes a library of it if there is something to run.
    pub fn compile(&self, job: &Job<'_>) -> Result<Compiled, CompileError> {
        let path = self.scratch.join(job.source);
        fs::write(&path, job.text).map_err(|error| self.failed(error))?;
        let linker = self.linker.as_ref().filter(|_| {
            // What crates want to be linked with, only the compiler knows.
            !self.linker_failed.get() && job.more.is_empty() && !link::names_libraries(job.text)
        });
        let result = match linker {
            Some(linker) if job.effort != Effort::Check => self.compile_and_link(job, linker),
            _ => self.call(job, "link", "so"),
        };
        // The compiler has read it; a file that is not removed goes with its directory.
        let _ = fs::remove_file(path);
        result
    }

    fn compile_and_link(&self, job: &Job<'_>, linker: &Linker) -> Result<Compiled, CompileError> {
        let mut compiled = self.call(job, "obj", "o")?;
        if !compiled.success {
            return Ok(compiled);
        }
        let started = Instant::now();
        let (object, library) = (format!("{}.o", job.name), format!("{}.so", job.name));
        let mut command = linker.command(&object, &library);
        let why = match self.finish(&mut command) {
            Ok((true, _)) => {
                compiled.linking = started.elapsed();
                return Ok(compiled);
            }
            Ok((false, said)) => String::from_utf8_lossy(&said).into_owned(),
            Err(CompileError::Start { source, .. }) => source.to_string(),
            Err(error) => return Err(error),
        };
        log::warn!("{linker:?} does not link: {why}");
        let compiled = self.call(job, "link", "so")?;
        self.linker_failed.set(compiled.success);
        Ok(compiled)
    }

    /// Calls the compiler for the file `NAME.extension` of the kind that `--emit` calls `kind`.
    fn call(&self, job: &Job<'_>, kind: &str, extension: &str) -> Result<Compiled, CompileError> {
        let name = job.name;
        let output = match job.effort {
            Effort::Check => format!("metadata={name}.rmeta"),
            _ if job.types => format!("{kind}={name}.{extension},mir={name}.mir"),
            _ => format!("{kind}={name}.{extension}"),
        };
        let emit = format!("--emit={output},dep-info={name}.d");
        let mut command = Command::new(&self.rustc);
        command
            .args(&self.flags)
            .args(&self.places)
            .args(job.more)
            .args(job.effort.arguments())
            .args([&emit, job.source]);
        let (success, said) = self.finish(&mut command)?;
        let (diagnostics, rest) = messages(&String::from_utf8_lossy(&said), job.source);
        Ok(Compiled {
            success,
            diagnostics,
            rest,
            linking: Duration::ZERO,
        })
    }

    /// Runs a program to its end: whether it succeeded, and what it said.
    fn finish(&self, command: &mut Command) -> Result<(bool, Vec<u8>), CompileError> {
        let mut inside;
        let command = match &self.walls {
            Some((program, walls)) => {
                inside = confine::confined(command, program, walls).map_err(|error| self.failed(error))?;
                &mut inside
            }
            None => command,
        };
        let mut child = command
            .current_dir(&self.scratch)
            // The system's own choice may not work where this one does.
            .env("TMPDIR", &self.scratch)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // An interrupt that the front end sends to the whole group is not for the compiler.
            .process_group(0)
            .spawn()
            .map_err(|error| self.failed(error))?;
        offer_to_the_memory_killer(child.id());
        let mut pipe = child.stderr.take().expect("stderr is a pipe");
        self.running.watch(child);
        let mut said = Vec::new();
        let read = pipe.read_to_end(&mut said);
        let end = self.running.wait().ok_or(CompileError::Stopped)?;
        read.map_err(|error| self.failed(error))?;
        // Behind walls it is also killed when its time is up.
        if (end == End::Killed && self.walls.is_none()) || (end == End::Failed && lacks_memory(&said)) {
            return Err(CompileError::Memory);
        }
        Ok((end == End::Well, said))
    }

    fn failed(&self, source: io::Error) -> CompileError {
        CompileError::Start {
            rustc: self.rustc.clone(),
            source,
        }
    }

    /// What the compiler has to say about errors with this code, in Markdown. None if it knows no such code.
    pub fn explain(&self, code: &str) -> Result<Option<String>, CompileError> {
        let mut command = Command::new(&self.rustc);
        let output = command
            .args(["--explain", code])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.failed(error))?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((output.status.success() && !text.is_empty()).then_some(text))
    }

    /// Whether what it compiles is a stranger's.
    pub fn is_confined(&self) -> bool {
        self.walls.is_some()
    }

    /// The library of the file `name`.
    pub fn library(&self, name: &str) -> PathBuf {
        self.scratch.join(format!("{name}.so"))
    }

    /// The intermediate text of the file `name`.
    pub fn types(&self, name: &str) -> io::Result<String> {
        fs::read_to_string(self.scratch.join(format!("{name}.mir")))
    }

    /// What was read to make the files of `name`, as the lines of a makefile.
    pub fn inputs(&self, name: &str) -> io::Result<String> {
        fs::read_to_string(self.scratch.join(format!("{name}.d")))
    }

    /// Removes the files of `name`. A library that is loaded stays in memory.
    pub fn remove(&self, name: &str) {
        for extension in ["so", "o", "mir", "rmeta", "d"] {
            // A missing file is what we want.
            let _ = fs::remove_file(self.scratch.join(format!("{name}.{extension}")));
        }
    }
}

/// What the compiler and the linker say when the system refuses them memory.
fn lacks_memory(said: &[u8]) -> bool {
    let said = String::from_utf8_lossy(said);
    let words = [
        "memory allocation of ",
        "LLVM ERROR: out of memory",
        "memory exhausted",
        "Cannot allocate memory",
    ];
    // Messages, which are JSON, may quote a cell with these words.
    let mut own = said.lines().filter(|line| !line.starts_with('{'));
    own.any(|line| words.iter().any(|words| line.contains(words)))
}

#[derive(Deserialize)]
struct RawDiagnostic {
    message: String,
    code: Option<RawCode>,
    level: String,
    spans: Vec<RawSpan>,
    children: Vec<RawDiagnostic>,
}

#[derive(Deserialize)]
struct RawCode {
    code: String,
}

#[derive(Deserialize)]
struct RawSpan {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
    label: Option<String>,
    suggested_replacement: Option<String>,
    expansion: Option<Box<RawExpansion>>,
}

impl RawSpan {
    fn outermost(&self, file: &str) -> Range<usize> {
        let outer = self.expansion.as_ref().map(|expansion| &expansion.span);
        match outer.filter(|outer| outer.file_name == file) {
            Some(outer) => outer.outermost(file),
            None => self.byte_start..self.byte_end,
        }
    }
}

#[derive(Deserialize)]
struct RawExpansion {
    span: RawSpan,
}

fn messages(said: &str, file: &str) -> (Vec<Diagnostic>, String) {
    let mut diagnostics = Vec::new();
    let mut rest = String::new();
    for line in said.lines() {
        match serde_json::from_str::<RawDiagnostic>(line) {
            Ok(raw) => diagnostics.push(Diagnostic {
                error: raw.level.starts_with("error"),
                code: raw.code.map(|code| code.code),
                spans: spans(raw.spans, file),
                children: raw
                    .children
                    .into_iter()
                    .map(|child| Advice {
                        level: child.level,
                        message: child.message,
                        spans: spans(child.spans, file),
                    })
                    .collect(),
                message: raw.message,
            }),
            Err(_) => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
    }
    (diagnostics, rest)
}

/// The spans in our file; those inside a macro of another crate become the place of the macro's call.
fn spans(raw: Vec<RawSpan>, file: &str) -> Vec<Span> {
    raw.into_iter()
        .filter_map(|mut span| {
            let (primary, label) = (span.is_primary, span.label.clone());
            while span.file_name != file {
                span = span.expansion?.span;
            }
            Some(Span {
                range: span.byte_start..span.byte_end,
                outermost: span.outermost(file),
                primary,
                label,
                replacement: span.suggested_replacement,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: &str = "#[unsafe(export_name = \"hebb_cell\")] pub extern \"C-unwind\" fn cell() {}";

    #[test]
    fn a_library_comes_out_whoever_links() {
        let layout = Layout::find().expect("the prelude was built");
        let linkers = [
            (Linker::find(&layout), false),
            (None, false),
            (Linker::find(&layout).map(Linker::broken), true),
        ];
        for (linker, failed) in linkers {
            let scratch = tempfile::tempdir().unwrap();
            let mut compiler = Compiler::new(&layout, scratch.path());
            compiler.linker = linker;
            // The second time it is known who can link.
            for name in ["first", "second"] {
                let job = Job {
                    name,
                    source: "cell.rs",
                    text: CELL,
                    effort: Effort::Fast,
                    types: false,
                    more: &[],
                };
                let compiled = compiler.compile(&job).unwrap();
                assert!(compiled.success, "{compiled:?}");
                assert!(fs::read(compiler.library(name)).unwrap().starts_with(b"\x7fELF"));
                assert_eq!(compiler.linker_failed.get(), failed);
            }
            for name in ["first", "second"] {
                compiler.remove(name);
            }
            assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        }
    }
}
