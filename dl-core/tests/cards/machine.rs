//! Machines with a GPU in software (`tests/software_gpu/`), as its settings make them: a test runs itself again in a process of
//! its own on such a machine, and looks at what it answered there.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

/// Set in the process of a case.
const APART: &str = "HEBB_TEST_APART";

/// What stands around the answer of a case in its process's output.
const MARK: &str = "\u{1}";

/// A machine with a GPU in software, as the settings make it.
pub struct Machine {
    libraries: PathBuf,
    settings: Vec<(&'static str, String)>,
    home: tempfile::TempDir,
    /// Where compiled kernels go: one place for all machines that do not care.
    pub cache: PathBuf,
}

impl Machine {
    /// None without the software GPU, which is said.
    pub fn new(settings: &[(&'static str, &str)]) -> Option<Machine> {
        let Some(libraries) = std::env::var_os("SOFTWARE_GPU") else {
            println!("skipped: failing machines, as they need tests/software_gpu/run.sh");
            return None;
        };
        let libraries = PathBuf::from(libraries);
        Some(Machine {
            cache: libraries.join("hebb"),
            libraries,
            settings: settings
                .iter()
                .map(|(name, value)| (*name, value.to_string()))
                .collect(),
            home: tempfile::tempdir().expect("a folder"),
        })
    }

    /// The same without one of the libraries, on its first day.
    pub fn without(self, library: &str) -> Machine {
        let mut machine = self.fresh();
        let folder = machine.home.path().join("lib");
        std::fs::create_dir(&folder).expect("a folder");
        for entry in std::fs::read_dir(&machine.libraries).expect("the libraries") {
            let entry = entry.expect("an entry");
            if !entry.file_name().to_string_lossy().starts_with(library) {
                symlink(entry.path(), folder.join(entry.file_name())).expect("a link");
            }
        }
        machine.libraries = folder;
        machine
    }

    /// The same on its first day: nothing is compiled yet.
    pub fn fresh(mut self) -> Machine {
        self.cache = self.home.path().join("cache");
        self
    }

    /// What a test answers in a process on this machine; its name with all modules.
    ///
    /// # Panics
    /// If it fails there.
    pub fn answer(&self, test: &str) -> String {
        self.try_answer(test).unwrap_or_else(|said| panic!("{said}"))
    }

    /// The same; an error with all that it said if it fails there.
    pub fn try_answer(&self, test: &str) -> Result<String, String> {
        let (_, name) = test.split_once("::").expect("the crate stands first");
        let mut process = Command::new(std::env::current_exe().expect("a path"));
        process
            .args(["--exact", name, "--nocapture"])
            .env(APART, "1")
            .env("LD_LIBRARY_PATH", &self.libraries)
            .env("HEBB_CACHE", &self.cache)
            .env("HOME", self.home.path());
        for name in [
            "HEBB_TEST_DEVICES",
            "HEBB_CUDA_CHECK",
            "VIRTUAL_ENV",
            "CONDA_PREFIX",
            "SOFTWARE_GPU_CHECK",
        ] {
            process.env_remove(name);
        }
        let output = process
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("the test runs");
        let said = String::from_utf8_lossy(&output.stdout);
        match said.split(MARK).nth(1) {
            Some(answer) if output.status.success() => Ok(answer.to_string()),
            _ => Err(format!(
                "{}: {said}{}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }
}

/// In the process of a case: what `f` says.
pub fn apart(f: impl FnOnce() -> String) -> bool {
    let is_apart = std::env::var_os(APART).is_some();
    if is_apart {
        println!("{MARK}{}{MARK}", f());
    }
    is_apart
}

/// The answer of this test, run on a machine; returns early where there is nothing to compare.
macro_rules! on_a_machine {
    ($test:ident, $settings:expr, $f:expr) => {{
        if $crate::machine::apart($f) {
            return;
        }
        match $crate::machine::Machine::new(&$settings) {
            Some(machine) => machine,
            None => return,
        }
        .answer(concat!(module_path!(), "::", stringify!($test)))
    }};
}
pub(crate) use on_a_machine;
