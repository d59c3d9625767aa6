//! Records the compiler that builds Hebb: cells must be compiled by the very same one, because the prelude's metadata
//! means nothing to another.

use std::process::Command;

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
    println!(
        "cargo:rustc-env=HEBB_RUSTC={}/bin/rustc",
        ask(&["--print", "sysroot"])
    );
    println!("cargo:rustc-env=HEBB_RUSTC_VERSION={}", ask(&["--version"]));
}
