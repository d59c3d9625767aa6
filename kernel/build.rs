//! Records the compiler that builds Hebb: cells must be compiled by the very same one, because the prelude's metadata
//! means nothing to another. What its main library looks like is recorded too, so that a kernel that starts need not ask
//! the compiler who it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "src/stamp.rs"]
mod stamp;

fn main() {
    println!("cargo:rerun-if-env-changed=RUSTC");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let ask = |question: &[&str]| {
        let answer = Command::new(&rustc)
            .args(question)
            .output()
            .expect("cargo runs this compiler too");
        String::from_utf8_lossy(&answer.stdout).trim().to_owned()
    };
    let sysroot = ask(&["--print", "sysroot"]);
    record("HEBB_RUSTC_VERSION", &ask(&["--version"]));
    record("HEBB_RUST_LIBRARIES", &ask(&["--print", "target-libdir"]));
    // Empty stands for a compiler that must be asked.
    let driver = driver(&Path::new(&sysroot).join("lib")).unwrap_or_default();
    record("HEBB_RUSTC_STAMP", &stamp::stamp(&driver).unwrap_or_default());
    if driver.is_file() {
        println!("cargo:rerun-if-changed={}", driver.display());
    }
    record("HEBB_SYSROOT", &sysroot);
    // What rustup calls this toolchain ends so.
    record("HEBB_HOST", &std::env::var("HOST").unwrap_or_default());
    // Which version of a crate every cell has: the one that the workspace is locked to.
    let lock = Path::new("../Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    let lock = fs::read_to_string(lock).expect("the workspace has a lock file");
    for name in ["image", "ndarray", "plotters"] {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let (_, rest) = lock.split_once(&entry).expect("the prelude has this crate");
        let version = rest.split('"').next().unwrap_or_default();
        record(&format!("HEBB_{}_VERSION", name.to_uppercase()), version);
    }
}

fn record(name: &str, value: &str) {
    println!("cargo:rustc-env={name}={value}");
}

/// The library that is the compiler; `rustc` only calls it.
fn driver(directory: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(directory).ok()?;
    entries.flatten().map(|entry| entry.path()).find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("librustc_driver-")
    })
}
