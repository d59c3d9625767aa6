//! Tells Jupyter where the kernel is: `hebb install` and `hebb uninstall`.
//!
//! A kernelspec is a folder with `kernel.json` and logos. It is written here and nowhere else: a kernel that starts never
//! touches it.

mod installed;

use std::env;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::engine::start::{EngineArgument, StartError};
use crate::messages::PROTOCOL_VERSION;
pub use installed::{Installed, installed};

/// The files beside `kernel.json`.
const LOGOS: [(&str, &[u8]); 3] = [
    ("logo-32x32.png", include_bytes!("../logos/logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("../logos/logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("../logos/logo-svg.svg")),
];

/// Where the kernelspec goes or is.
#[derive(Args, Clone, Debug, Default)]
#[group(multiple = false)]
pub struct Place {
    /// For this user only (the default)
    #[arg(long)]
    pub user: bool,
    /// In the active virtual or conda environment
    #[arg(long)]
    pub sys_prefix: bool,
    /// Under PREFIX/share/jupyter
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<PathBuf>,
}

/// `hebb install`
#[derive(Args, Clone, Debug)]
pub struct InstallArguments {
    /// Where to install.
    #[command(flatten)]
    pub place: Place,
    /// Which engine.
    #[command(flatten)]
    pub engine: EngineArgument,
    /// Name of the kernelspec [default: hebb, or that of the engine]
    #[arg(long)]
    pub name: Option<String>,
    /// Name that people see [default: Rust (Hebb)]
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
    /// Names the program by its way from the kernelspec, so that both can be moved together
    #[arg(long)]
    pub relocatable: bool,
    /// Variable to set in the kernel's environment; may be given several times
    #[arg(long = "env", value_name = "KEY=VALUE")]
    pub environment: Vec<String>,
}

impl InstallArguments {
    /// The name of the kernelspec.
    pub fn name(&self) -> &str {
        let given = self.name.as_deref();
        given.unwrap_or(self.engine.engine.kernelspec_name())
    }
}

/// `hebb uninstall`
#[derive(Args, Clone, Debug)]
pub struct UninstallArguments {
    /// Where it was installed.
    #[command(flatten)]
    pub place: Place,
    /// Name of the kernelspec
    #[arg(long, default_value = "hebb")]
    pub name: String,
}

/// Why a kernelspec could not be installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum KernelspecError {
    /// The kernel would not start.
    #[error(transparent)]
    Engine(#[from] StartError),
    /// A name that Jupyter would not take.
    #[error("`{0}` is no name for a kernelspec\nhint: use letters, digits, `-`, `_` and `.` only")]
    Name(String),
    /// `--env` without `=`.
    #[error("`{0}` does not set a variable\nhint: write --env KEY=VALUE")]
    Environment(String),
    /// `--sys-prefix` outside an environment.
    #[error(
        "--sys-prefix: no environment is active (neither VIRTUAL_ENV nor CONDA_PREFIX is set)\nhint: activate one, or name its folder with --prefix"
    )]
    NoEnvironment,
    /// No home directory.
    #[error("--user: HOME is not set\nhint: set HOME or JUPYTER_DATA_DIR, or use --prefix")]
    NoHome,
    /// Another program's kernelspec has this name.
    #[error("{} belongs to another kernel\nhint: choose another name with --name", .0.display())]
    Foreign(PathBuf),
    /// Nothing to remove.
    #[error("no kernelspec in {}\nhint: `jupyter kernelspec list` shows where they are", .0.display())]
    Missing(PathBuf),
    /// A file could not be written or removed.
    #[error("{}: {source}\nhint: choose a folder that you may write to with --user or --prefix", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Installs the kernelspec of the running program; gives its folder. An older one of ours is replaced.
pub fn install(arguments: &InstallArguments) -> Result<PathBuf, KernelspecError> {
    let folder = folder(&arguments.place, arguments.name())?;
    arguments.engine.engine.available()?;
    let program = env::current_exe().map_err(failed(Path::new("hebb")))?;
    let mut spec = kernel_json(&program, arguments)?;
    if folder.exists() && !is_ours(&folder) {
        return Err(KernelspecError::Foreign(folder));
    }
    std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
    if arguments.relocatable {
        spec["argv"][0] = json!(from_kernelspec(&folder, &program)?);
    }
    let text = format!("{spec:#}\n");
    // kernel.json comes last: a folder without it is no kernelspec to Jupyter.
    for (name, content) in LOGOS.into_iter().chain([("kernel.json", text.as_bytes())]) {
        let path = folder.join(name);
        std::fs::write(&path, content).map_err(failed(&path))?;
    }
    Ok(folder)
}

/// Removes a kernelspec that [`install`] wrote; gives its folder.
pub fn uninstall(arguments: &UninstallArguments) -> Result<PathBuf, KernelspecError> {
    let folder = folder(&arguments.place, &arguments.name)?;
    if !folder.join("kernel.json").is_file() {
        return Err(KernelspecError::Missing(folder));
    }
    if !is_ours(&folder) {
        return Err(KernelspecError::Foreign(folder));
    }
    std::fs::remove_dir_all(&folder).map_err(failed(&folder))?;
    Ok(folder)
}

/// A variable that is not empty.
fn set(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// The user's own directory of Jupyter's data; none without a home.
fn user_data() -> Option<PathBuf> {
    set("JUPYTER_DATA_DIR")
        .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("jupyter")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/jupyter")))
}

/// What the system said of a file.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> KernelspecError {
    move |source| KernelspecError::File {
        path: path.to_path_buf(),
        source,
    }
}

fn folder(place: &Place, name: &str) -> Result<PathBuf, KernelspecError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(allowed) || name.chars().all(|c| c == '.') {
        return Err(KernelspecError::Name(name.to_string()));
    }
    let data = if let Some(prefix) = &place.prefix {
        prefix.join("share/jupyter")
    } else if place.sys_prefix {
        let prefix = set("VIRTUAL_ENV")
            .or_else(|| set("CONDA_PREFIX"))
            .ok_or(KernelspecError::NoEnvironment)?;
        prefix.join("share/jupyter")
    } else {
        user_data().ok_or(KernelspecError::NoHome)?
    };
    // Jupyter looks names up in lower case.
    Ok(data.join("kernels").join(name.to_lowercase()))
}

fn kernel_json(program: &Path, arguments: &InstallArguments) -> Result<Value, KernelspecError> {
    let engine = arguments.engine.engine;
    let program = program.to_string_lossy();
    let start = [program.as_ref(), "kernel"].into_iter();
    let argv: Vec<&str> = start
        .chain(engine.arguments().iter().copied())
        .chain(["{connection_file}"])
        .collect();
    let display_name = arguments.display_name.as_deref();
    let mut variables = Map::new();
    for setting in &arguments.environment {
        let Some((key, value)) = setting.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(KernelspecError::Environment(setting.clone()));
        };
        variables.insert(key.to_string(), value.into());
    }
    Ok(json!({
        "argv": argv,
        "display_name": display_name.unwrap_or(engine.display_name()),
        "language": "rust",
        "interrupt_mode": "message",
        "kernel_protocol_version": PROTOCOL_VERSION,
        "env": variables,
        "metadata": { "debugger": false },
    }))
}

/// The program as jupyter_client understands it wherever the folder is: it puts the folder's path in for `{resource_dir}`.
fn from_kernelspec(folder: &Path, program: &Path) -> Result<PathBuf, KernelspecError> {
    let folder = folder.canonicalize().map_err(failed(folder))?;
    let shared = folder
        .components()
        .zip(program.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = folder.components().skip(shared).map(|_| "..");
    Ok(iter::once("{resource_dir}")
        .chain(up)
        .map(Path::new)
        .chain(
            program
                .components()
                .skip(shared)
                .map(|part| Path::new(part.as_os_str())),
        )
        .collect())
}

/// True for a folder that this program may replace or remove: one of its own, or one that holds no kernelspec.
fn is_ours(folder: &Path) -> bool {
    let Ok(text) = std::fs::read(folder.join("kernel.json")) else {
        return std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    };
    let spec: Value = serde_json::from_slice(&text).unwrap_or_default();
    let program = spec["argv"][0].as_str().map(Path::new).and_then(Path::file_name);
    program.is_some_and(|name| {
        name == "hebb" || env::current_exe().is_ok_and(|own| own.file_name() == Some(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(prefix: &Path) -> InstallArguments {
        InstallArguments {
            place: Place {
                prefix: Some(prefix.to_path_buf()),
                ..Place::default()
            },
            engine: EngineArgument::default(),
            name: None,
            display_name: None,
            relocatable: false,
            environment: Vec::new(),
        }
    }

    #[test]
    fn a_relocatable_kernelspec_leads_to_the_program_from_where_it_is() {
        let prefix = tempfile::tempdir().expect("a folder");
        let mut wanted = arguments(prefix.path());
        wanted.relocatable = true;
        let folder = install(&wanted).expect("installed");
        let text = std::fs::read_to_string(folder.join("kernel.json")).expect("kernel.json");
        let spec: Value = serde_json::from_str(&text).expect("JSON");
        let program = spec["argv"][0].as_str().expect("a path");
        assert!(program.starts_with("{resource_dir}/../../"), "{program}");
        let found = PathBuf::from(program.replace("{resource_dir}", &folder.display().to_string()));
        let own = env::current_exe().expect("a path");
        assert_eq!(found.canonicalize().expect("it is there"), own);
    }

    #[test]
    fn it_is_installed_replaced_and_removed() {
        let prefix = tempfile::tempdir().expect("a folder");
        let mut wanted = arguments(prefix.path());
        let folder = install(&wanted).expect("installed");
        assert_eq!(folder, prefix.path().join("share/jupyter/kernels/hebb"));
        wanted.environment = vec!["HEBB_CACHE=/scratch/a=b".to_string(), "EMPTY=".to_string()];
        wanted.display_name = Some("Rust \"2\"".to_string());
        install(&wanted).expect("replaced");
        let text = std::fs::read_to_string(folder.join("kernel.json")).expect("kernel.json");
        let mut spec: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(spec["argv"][0], json!(env::current_exe().expect("a path")));
        spec["argv"][0] = "PROGRAM".into();
        insta::assert_snapshot!(format!("{spec:#}"), @r#"
        {
          "argv": [
            "PROGRAM",
            "kernel",
            "{connection_file}"
          ],
          "display_name": "Rust \"2\"",
          "env": {
            "EMPTY": "",
            "HEBB_CACHE": "/scratch/a=b"
          },
          "interrupt_mode": "message",
          "kernel_protocol_version": "5.5",
          "language": "rust",
          "metadata": {
            "debugger": false
          }
        }
        "#);
        for (name, content) in LOGOS {
            assert_eq!(std::fs::read(folder.join(name)).expect("a logo"), content);
        }
        let named = UninstallArguments {
            place: wanted.place.clone(),
            name: "hebb".to_string(),
        };
        assert_eq!(uninstall(&named).expect("removed"), folder);
        assert!(!folder.exists());
        assert!(matches!(uninstall(&named), Err(KernelspecError::Missing(_))));
    }

    #[test]
    fn another_kernel_is_left_alone() {
        let prefix = tempfile::tempdir().expect("a folder");
        let other = prefix.path().join("share/jupyter/kernels/hebb");
        std::fs::create_dir_all(&other).expect("a folder");
        let text = r#"{"argv": ["/usr/bin/python3", "-m", "ipykernel_launcher"]}"#;
        std::fs::write(other.join("kernel.json"), text).expect("a file");
        let wanted = arguments(prefix.path());
        assert!(matches!(install(&wanted), Err(KernelspecError::Foreign(_))));
        let named = UninstallArguments {
            place: wanted.place,
            name: "hebb".to_string(),
        };
        assert!(matches!(uninstall(&named), Err(KernelspecError::Foreign(_))));
        assert_eq!(
            std::fs::read_to_string(other.join("kernel.json")).expect("untouched"),
            text
        );
    }

    #[test]
    fn errors_say_what_to_do() {
        let prefix = tempfile::tempdir().expect("a folder");
        let failure = |change: &dyn Fn(&mut InstallArguments)| {
            let mut wanted = arguments(prefix.path());
            change(&mut wanted);
            let error = install(&wanted).expect_err("it cannot work").to_string();
            error.replace(&prefix.path().display().to_string(), "PREFIX")
        };
        insta::assert_snapshot!(failure(&|wanted| wanted.name = Some("../up".to_string())), @"
        `../up` is no name for a kernelspec
        hint: use letters, digits, `-`, `_` and `.` only
        ");
        insta::assert_snapshot!(failure(&|wanted| wanted.environment = vec!["KEY".to_string()]), @"
        `KEY` does not set a variable
        hint: write --env KEY=VALUE
        ");
        std::fs::write(prefix.path().join("file"), "").expect("a file");
        insta::assert_snapshot!(failure(&|wanted| wanted.place.prefix = Some(prefix.path().join("file"))), @"
        PREFIX/file/share/jupyter/kernels/hebb: Not a directory (os error 20)
        hint: choose a folder that you may write to with --user or --prefix
        ");
        insta::assert_snapshot!(KernelspecError::NoEnvironment, @"
        --sys-prefix: no environment is active (neither VIRTUAL_ENV nor CONDA_PREFIX is set)
        hint: activate one, or name its folder with --prefix
        ");
        insta::assert_snapshot!(KernelspecError::NoHome, @"
        --user: HOME is not set
        hint: set HOME or JUPYTER_DATA_DIR, or use --prefix
        ");
        insta::assert_snapshot!(KernelspecError::Foreign("/k/python3".into()), @"
        /k/python3 belongs to another kernel
        hint: choose another name with --name
        ");
        insta::assert_snapshot!(KernelspecError::Missing("/k/hebb".into()), @"
        no kernelspec in /k/hebb
        hint: `jupyter kernelspec list` shows where they are
        ");
    }
}
