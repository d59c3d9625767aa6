//! Which engine runs: the only file that knows.
//!
//! Everything else gets a `dyn Engine` from here. An engine may start this program again as a helper of its own;
//! [`as_helper`] is where such a process finds its work.

use clap::{Args, ValueEnum};

use super::Engine;
#[cfg(feature = "evcxr")]
use super::evcxr;
use super::rustc::{self, Options, RustcEngine, cache::Places};

/// The engines, by the names that people write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// One call of rustc for a cell (the default)
    #[default]
    Rustc,
    /// The evaluator of the evcxr kernel, for comparison
    Evcxr,
}

/// `--engine`
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct EngineArgument {
    /// What evaluates the cells
    #[arg(long, value_enum, default_value_t)]
    pub engine: Kind,
}

/// Why no engine starts.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// This program was built without it.
    #[error(
        "this hebb was built without the evcxr engine\nhint: build one with it: install/build.sh --evcxr PREFIX"
    )]
    NotBuilt,
    /// The default engine says why.
    #[error(transparent)]
    Rustc(#[from] rustc::StartError),
    /// The evcxr engine says why.
    #[cfg(feature = "evcxr")]
    #[error(transparent)]
    Evcxr(#[from] evcxr::StartError),
}

impl Kind {
    /// The kernelspec's name, if the person gives none.
    pub fn kernelspec_name(self) -> &'static str {
        match self {
            Kind::Rustc => "hebb",
            Kind::Evcxr => "hebb-evcxr",
        }
    }

    /// The name that people see, if the person gives none.
    pub fn display_name(self) -> &'static str {
        match self {
            Kind::Rustc => "Rust (Hebb)",
            Kind::Evcxr => "Rust (Hebb, evcxr)",
        }
    }

    /// What a kernelspec passes on to `hebb kernel`.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Kind::Rustc => &[],
            Kind::Evcxr => &["--engine", "evcxr"],
        }
    }

    /// Whether this program has it.
    ///
    /// # Errors
    /// When it was built without.
    pub fn available(self) -> Result<(), StartError> {
        match self {
            Kind::Evcxr if !cfg!(feature = "evcxr") => Err(StartError::NotBuilt),
            _ => Ok(()),
        }
    }
}

/// Starts an engine.
///
/// # Errors
/// When this program does not have it, or a part of the installation is missing.
pub fn start(kind: Kind) -> Result<Box<dyn Engine>, StartError> {
    kind.available()?;
    match kind {
        #[cfg(feature = "evcxr")]
        Kind::Evcxr => Ok(Box::new(evcxr::EvcxrEngine::start()?)),
        _ => Ok(Box::new(RustcEngine::start(Options {
            cache: Places::from_environment(),
            ..Options::default()
        })?)),
    }
}

/// Does the work of a process that an engine has started from this program, and ends it. Returns in every other process.
pub fn as_helper() {
    #[cfg(feature = "evcxr")]
    evcxr::as_helper();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_built_in_says_how_to_get_it() {
        assert!(Kind::Rustc.available().is_ok());
        assert_eq!(Kind::Evcxr.available().is_ok(), cfg!(feature = "evcxr"));
        insta::assert_snapshot!(StartError::NotBuilt, @r"
        this hebb was built without the evcxr engine
        hint: build one with it: install/build.sh --evcxr PREFIX
        ");
    }
}
