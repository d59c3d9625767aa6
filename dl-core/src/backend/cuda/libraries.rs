//! Finding NVIDIA's libraries, before anything is called that would end the program if they were missing. Nothing is looked
//! for before a card is asked for.

use super::failure::OR_CPU;
use crate::error::{Error, Result};
use cudarc::driver::sys::{self, CUresult};
use libloading::Library;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The oldest driver that knows all calls: that of CUDA 12.0.
const OLDEST_DRIVER: i32 = 12_000;

/// The driver, initialised, with the version of CUDA that it understands (12040 is 12.4).
pub(super) fn driver(device: &str) -> Result<i32> {
    let refuse = |why: String, hint: String| {
        Err(Error::Device {
            device: device.to_string(),
            why,
            hint,
        })
    };
    if !is_there("libcuda.so.1") && !is_there("libcuda.so") {
        return refuse(
            "NVIDIA's driver library libcuda.so.1 was not found".to_string(),
            "a card needs NVIDIA's driver, and a container the option --gpus all; without one use Device::cpu(), or \
             Device::best() for the fastest device there is"
                .to_string(),
        );
    }
    let mut version = 0;
    // SAFETY: the library is there; the call writes one number.
    let told = unsafe { sys::cuDriverGetVersion(&raw mut version) };
    if told == CUresult::CUDA_SUCCESS && version < OLDEST_DRIVER {
        return refuse(
            format!(
                "its driver understands CUDA {}, but 12.0 is needed",
                dotted(version)
            ),
            format!("install a newer driver from NVIDIA; {OR_CPU}"),
        );
    }
    // SAFETY: the library is there; 0 is the only flag there is.
    match unsafe { sys::cuInit(0) } {
        CUresult::CUDA_SUCCESS => Ok(version),
        CUresult::CUDA_ERROR_NO_DEVICE => refuse(
            match env::var("CUDA_VISIBLE_DEVICES") {
                Ok(visible) => {
                    format!("the driver shows no card; CUDA_VISIBLE_DEVICES is {visible:?}")
                }
                Err(_) => "the driver is there, but no card that it could use".to_string(),
            },
            format!("see whether nvidia-smi lists a card; {OR_CPU}"),
        ),
        code => refuse(
            format!("NVIDIA's driver does not start: {}", super::failure::words(code)),
            format!(
                "see whether nvidia-smi works in a terminal: after an update of the driver the machine must be \
                 started anew; {OR_CPU}"
            ),
        ),
    }
}

/// 12040 as 12.4.
pub(super) fn dotted(version: i32) -> String {
    format!("{}.{}", version / 1000, version % 1000 / 10)
}

/// A library of NVIDIA's toolkit that does not come with the driver.
#[derive(Clone, Copy)]
pub(super) struct Companion {
    /// `libNAME.so.12`.
    name: &'static str,
    /// What it is for.
    what: &'static str,
    /// Python's package that carries it, without the version of CUDA, and its folder there.
    package: &'static str,
    folder: &'static str,
    /// Whether cudarc finds it.
    is_loaded: fn() -> bool,
}

pub(super) const NVRTC: Companion = Companion {
    name: "nvrtc",
    what: "NVIDIA's compiler for kernels",
    package: "nvidia-cuda-nvrtc",
    folder: "cuda_nvrtc",
    // SAFETY: it only tries to open libraries of that name, whose initialisers are NVIDIA's own.
    is_loaded: || unsafe { cudarc::nvrtc::sys::is_culib_present() },
};

pub(super) const CUBLAS: Companion = Companion {
    name: "cublas",
    what: "NVIDIA's matrix products",
    package: "nvidia-cublas",
    folder: "cublas",
    // SAFETY: as above.
    is_loaded: || unsafe { cudarc::cublas::sys::is_culib_present() },
};

/// Makes sure that a library is there, for a driver that understands this version.
pub(super) fn companion(library: Companion, device: &str, driver: i32) -> Result<()> {
    let newest = driver / 1000;
    let names: Vec<String> = (12..=newest.clamp(12, 13))
        .rev()
        .map(|major| format!("lib{}.so.{major}", library.name))
        .collect();
    // Once opened under its own name, the library is found by everyone in this process, wherever it lay.
    let found = names.iter().any(is_there)
        || places(library, |name| env::var_os(name))
            .iter()
            .any(|place| names.iter().any(|name| is_there(place.join(name))));
    if found && (library.is_loaded)() {
        return Ok(());
    }
    let package = library.package;
    Err(Error::Device {
        device: device.to_string(),
        why: format!("{} ({}) was not found", names[0], library.what),
        hint: format!(
            "pip install {package}{} brings it, and so does NVIDIA's CUDA toolkit; if it lies elsewhere, set \
             HEBB_CUDA_LIBRARIES to the folder; {OR_CPU}",
            if newest >= 13 { "" } else { "-cu12" },
        ),
    })
}

/// Opens a library for good.
fn is_there(name: impl AsRef<std::ffi::OsStr>) -> bool {
    // SAFETY: the names are those of NVIDIA's libraries, whose initialisers may run at any time.
    match unsafe { Library::new(name.as_ref()) } {
        Ok(library) => {
            std::mem::forget(library);
            true
        }
        Err(_) => false,
    }
}

/// Folders that the system's loader does not know, best first. `variable` reads the environment.
fn places(library: Companion, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let path = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let mut places: Vec<PathBuf> = variable("HEBB_CUDA_LIBRARIES")
        .iter()
        .flat_map(|folders| env::split_paths(folders).collect::<Vec<_>>())
        .collect();
    let toolkits = [
        path("CUDA_HOME"),
        path("CUDA_PATH"),
        Some("/usr/local/cuda".into()),
        Some("/opt/cuda".into()),
    ];
    for toolkit in toolkits.into_iter().flatten() {
        places.extend(
            ["lib64", "targets/x86_64-linux/lib", "targets/sbsa-linux/lib"].map(|part| toolkit.join(part)),
        );
    }
    places.extend(path("CONDA_PREFIX").map(|conda| conda.join("lib")));
    // Jupyter hands on the PATH with its own Python's programs.
    let programs = variable("PATH").unwrap_or_default();
    let pythons = [path("VIRTUAL_ENV"), path("CONDA_PREFIX")]
        .into_iter()
        .flatten()
        .chain(env::split_paths(&programs).filter_map(|folder| folder.parent().map(Path::to_path_buf)))
        .chain(path("HOME").map(|home| home.join(".local")))
        .chain([PathBuf::from("/usr/local")]);
    for python in pythons {
        for packages in packages_of(&python) {
            places.push(packages.join("nvidia/cu13/lib"));
            places.push(packages.join("nvidia").join(library.folder).join("lib"));
        }
    }
    places
}

/// Where a Python installation keeps its packages.
fn packages_of(python: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(python.join("lib")) else {
        return Vec::new();
    };
    let named_python = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with("python3");
    entries
        .flatten()
        .filter(named_python)
        .flat_map(|entry| ["site-packages", "dist-packages"].map(|name| entry.path().join(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_looked_for_where_they_are_installed() {
        let home = tempfile::tempdir().unwrap();
        let packages = home.path().join("env/lib/python3.12/site-packages");
        std::fs::create_dir_all(&packages).unwrap();
        let environment = |name: &str| match name {
            "HEBB_CUDA_LIBRARIES" => Some("/a:/b".into()),
            "CUDA_HOME" => Some("".into()),
            "CUDA_PATH" => Some("/toolkit".into()),
            "PATH" => env::join_paths([Path::new("/bin"), &home.path().join("env/bin")]).ok(),
            _ => None,
        };
        let found = places(NVRTC, environment);
        let expected = ["/a", "/b", "/toolkit/lib64"].map(PathBuf::from);
        assert_eq!(found[..3], expected);
        assert!(found.contains(&packages.join("nvidia/cuda_nvrtc/lib")));
        assert!(found.contains(&packages.join("nvidia/cu13/lib")));
    }

    #[test]
    fn versions_are_told_with_a_dot() {
        assert_eq!(
            [dotted(12_040), dotted(11_080), dotted(13_000)],
            ["12.4", "11.8", "13.0"]
        );
    }
}
