//! The invariants of ARCHITECTURE.md that the words of a file show.

use super::files::{File, follow};

/// Invariant 1, in code.
pub fn knows_too_much(file: &File) -> Vec<String> {
    let forbidden: fn(&str) -> bool = if file.path.starts_with("kernel/src/") {
        |word| ["dl_core", "Tensor", "ndarray", "hebb_prelude"].contains(&word)
    } else if file.path.starts_with("dl-core/src/") {
        |word| {
            ["jupyter", "hebb", "zeromq"]
                .iter()
                .any(|name| word.to_lowercase().contains(name))
        }
    } else {
        return Vec::new();
    };
    let words = file.words();
    let found = words.iter().filter(|word| forbidden(&word.text));
    found
        .map(|word| {
            file.complaint(
                word.line,
                &format!("`{}` is not for this crate to know", word.text),
            )
        })
        .collect()
}

/// Invariant 1, in dependencies.
pub fn depends_on_too_much(file: &File) -> Vec<String> {
    let forbidden: &[&str] = match file.path.as_str() {
        "kernel/Cargo.toml" => &["dl-core", "ndarray", "hebb-prelude"],
        "dl-core/Cargo.toml" => &["zeromq", "tokio", "hmac", "jupyter", "hebb"],
        _ => return Vec::new(),
    };
    let mut complaints = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if forbidden.iter().any(|forbidden| name.starts_with(forbidden)) {
            complaints.push(file.complaint(at + 1, &format!("`{name}` is not for this crate")));
        }
    }
    complaints
}

/// Invariant 2: sockets and signatures in `wire/`, the compiler in `engine/rustc/`.
pub fn out_of_place(file: &File) -> Vec<String> {
    // `layout.rs` asks the compiler where it lives; `worker/` starts the worker, `analyzer/` rust-analyzer. The test of what is known of
    // the standard library asks the compiler whether it is true; the one of `parent.rs` needs processes that end. `doctor/ask.rs` asks
    // JupyterLab for its version. evcxr is told what process to start.
    const PROCESSES: [&str; 9] = [
        "kernel/src/doctor/ask.rs",
        "kernel/src/engine/assist/analyzer/",
        "kernel/src/engine/assist/standard_check.rs",
        "kernel/src/engine/evcxr/evaluator.rs",
        "kernel/src/engine/rustc/",
        "kernel/src/worker/",
        "kernel/src/grade/pool.rs",
        "kernel/src/layout.rs",
        "kernel/src/parent.rs",
    ];
    if !file.path.starts_with("kernel/src/") {
        return Vec::new();
    }
    let is_wire = file.path.starts_with("kernel/src/wire/");
    let starts_processes = PROCESSES.iter().any(|place| file.path.starts_with(place));
    let words = file.words();
    let mut complaints = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if ["TcpListener", "UnixListener", "hmac"].contains(&word.text.as_str()) && !is_wire {
            complaints.push(file.complaint(word.line, &format!("`{}` belongs in wire/", word.text)));
        }
        if word.text == "Command" && follow(&words, at + 1, &[":", ":", "new"]) && !starts_processes {
            complaints.push(file.complaint(
                word.line,
                "processes are started by engine/rustc/, worker/, analyzer/, grade/pool.rs and doctor/ask.rs",
            ));
        }
    }
    complaints
}

/// Invariant 3: what computes.
pub fn computes_outside_the_backend(file: &File) -> Vec<String> {
    const CALLS: [&str; 9] = [
        "Zip",
        "azip",
        "par_azip",
        "general_mat_mul",
        "general_mat_vec_mul",
        "cudarc",
        "matrixmultiply",
        "gemm",
        "faer",
    ];
    if !file.path.starts_with("dl-core/src/") || file.path.starts_with("dl-core/src/backend/") {
        return Vec::new();
    }
    let words = file.words();
    let found = words.iter().filter(|word| CALLS.contains(&word.text.as_str()));
    found
        .map(|word| file.complaint(word.line, &format!("`{}` belongs in backend/", word.text)))
        .collect()
}

/// House style: one set of lints.
pub fn no_shared_lints(file: &File) -> Vec<String> {
    let is_package = file.text.lines().any(|line| line.trim() == "[package]");
    let shares = file.text.contains("[lints]\nworkspace = true");
    if is_package && !shares {
        vec![file.complaint(1, "add [lints] workspace = true")]
    } else {
        Vec::new()
    }
}
