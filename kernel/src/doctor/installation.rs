//! The parts of the installation itself: this program, the compiler, the prelude, and what answers questions about code.

use std::fs;

use super::finding::Finding;
use crate::engine::assist::analyzer_program;
use crate::layout::{self, Installed, Toolchain};

/// The ending of the metadata of a crate.
const ENDING: &str = "rmeta";

/// Which Hebb this is.
pub fn program() -> Finding {
    let version = env!("CARGO_PKG_VERSION");
    match std::env::current_exe() {
        Ok(path) => Finding::ok("hebb", format!("{version}, {}", path.display())),
        Err(error) => Finding::error(
            "hebb",
            format!("{version}; the system does not say where this program is: {error}"),
            "is /proc there?",
        ),
    }
}

/// Whether the compiler is the one that built the prelude, to the commit.
pub fn compiler() -> Finding {
    match Toolchain::find() {
        Ok(toolchain) if !toolchain.rustc.is_file() => Finding::error(
            "compiler",
            format!("{} is not there", toolchain.rustc.display()),
            "the toolchain is not complete; install it again",
        ),
        Ok(toolchain) => Finding::ok(
            "compiler",
            format!(
                "{}, which built Hebb: {}",
                layout::built_with(),
                toolchain.rustc.display()
            ),
        ),
        Err(error) => Finding::error("compiler", error.to_string(), "install Rust again"),
    }
}

/// Whether what every cell links is there.
pub fn prelude() -> Finding {
    let installed = match Installed::find() {
        Ok(installed) => installed,
        Err(error) => {
            return Finding::error(
                "prelude",
                error.to_string(),
                "install Hebb again with install/build.sh PREFIX",
            );
        }
    };
    if !installed.is_whole() {
        return Finding::error(
            "prelude",
            format!("{} is damaged: it ends too early", installed.prelude.display()),
            "install Hebb again with install/build.sh PREFIX",
        );
    }
    let files = fs::read_dir(&installed.dependencies)
        .into_iter()
        .flatten()
        .flatten();
    let metadata = files.filter(|file| file.path().extension().is_some_and(|ending| ending == ENDING));
    if metadata.count() == 0 {
        return Finding::error(
            "prelude",
            format!("no metadata of crates in {}", installed.dependencies.display()),
            "install Hebb again with install/build.sh PREFIX",
        );
    }
    if !installed.api.is_file() {
        return Finding::warning(
            "prelude",
            format!(
                "{} is not there: Tab knows the standard library only",
                installed.api.display()
            ),
            "install Hebb again with install/build.sh PREFIX",
        );
    }
    Finding::ok("prelude", installed.prelude.display().to_string())
}

/// What answers questions about code that Hebb has no answer to.
pub fn analyzer() -> Finding {
    let toolchain = Toolchain::find().ok();
    let program = toolchain.and_then(|toolchain| analyzer_program(&toolchain.rustc));
    let chosen = std::env::var_os("HEBB_RUST_ANALYZER");
    match (program, chosen) {
        (Some(program), _) => Finding::ok("rust-analyzer", program.display().to_string()),
        (None, Some(chosen)) if chosen.is_empty() => Finding::ok("rust-analyzer", "turned off"),
        (None, Some(chosen)) => Finding::warning(
            "rust-analyzer",
            format!(
                "HEBB_RUST_ANALYZER names {}, which is no program",
                chosen.display()
            ),
            "correct it, or leave it empty to turn rust-analyzer off",
        ),
        (None, None) => Finding::ok("rust-analyzer", "none: Tab and Shift+Tab answer by themselves"),
    }
}
