//! Keeps the house: the rules that a reader relies on and no compiler checks.
//!
//! Each rule is a function from a file to complaints, tried on a bad example first, then on every file of the repository.
//! What a program does is tested elsewhere.

#[path = "tidy/files.rs"]
mod files;
#[path = "tidy/invariants.rs"]
mod invariants;
#[path = "tidy/notebooks.rs"]
mod notebooks;
#[path = "tidy/source.rs"]
mod source;

use files::{File, repository};

/// Fails with all complaints at once.
fn demand(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n{}", complaints.join("\n"));
}

/// Applies a rule to every file with one of these endings.
fn demand_of_all(ending: &str, rule: &str, check: impl Fn(&File) -> Vec<String>) {
    let files: Vec<File> = repository()
        .into_iter()
        .filter(|file| file.path.ends_with(ending))
        .collect();
    assert!(
        !files.is_empty(),
        "no file ends in {ending}: the rule is not tried"
    );
    let complaints: Vec<String> = files.iter().flat_map(check).collect();
    demand(rule, &complaints);
}

/// Tries a rule on a file that exists only for the test.
fn finds(count: usize, check: impl Fn(&File) -> Vec<String>, path: &str, text: &str) {
    let complaints = check(&File {
        path: path.to_string(),
        text: text.to_string(),
    });
    assert_eq!(complaints.len(), count, "{path}: {text}\n{complaints:?}");
}

#[test]
fn files_are_short() {
    finds(1, source::too_long, "a.rs", &"\n".repeat(601));
    for ending in [".rs", ".cu", ".cuh", ".cpp", ".h"] {
        demand_of_all(ending, "a file has at most 600 lines", source::too_long);
    }
}

#[test]
fn files_say_what_they_are_for() {
    finds(1, source::no_header, "a.rs", "use std::fmt;\n//! late");
    demand_of_all(".rs", "a file opens with `//!`", source::no_header);
    finds(
        1,
        source::no_header,
        "a.cu",
        "extern \"C\" __global__ void late() {}",
    );
    for ending in [".cu", ".cuh", ".cpp", ".h"] {
        demand_of_all(ending, "a file opens with `//`", source::no_header);
    }
}

#[test]
fn nothing_is_left_for_later() {
    let bad = "#[ignore]\nfn f() { todo!(); unimplemented!(); dbg!(1); }\n#[ignore = \"slow\"] fn g() {} // todo!()";
    finds(5, source::left_for_later, "a.rs", bad);
    finds(
        0,
        source::left_for_later,
        "a.rs",
        "/// `todo!()`\nfn f() { \"todo!()\"; }",
    );
    demand_of_all(
        ".rs",
        "no todo!, unimplemented!, dbg!, ignored test",
        source::left_for_later,
    );
}

#[test]
fn unsafe_code_stands_where_it_may_and_says_why() {
    let bare = "fn f() {\n    unsafe { g() }\n}";
    let explained = "fn f() {\n    // SAFETY: g asks for nothing.\n    unsafe { g() }\n}";
    finds(1, source::unsafe_code, "kernel/src/run.rs", explained);
    finds(1, source::unsafe_code, "dl-core/src/backend/a.rs", bare);
    finds(0, source::unsafe_code, "dl-core/src/backend/a.rs", explained);
    demand_of_all(
        ".rs",
        "`unsafe` stands in its places, each with SAFETY",
        source::unsafe_code,
    );
}

#[test]
fn mutable_statics_are_few() {
    for bad in [
        "static mut X: u8 = 1;",
        "static X: Mutex<u8> = Mutex::new(1);",
        "thread_local! { static X: Cell<u8> = Cell::new(1); }",
    ] {
        finds(1, source::mutable_statics, "dl-core/src/tensor/a.rs", bad);
    }
    finds(
        0,
        source::mutable_statics,
        "dl-core/src/random.rs",
        "static X: Mutex<u8> = Mutex::new(1);",
    );
    finds(
        0,
        source::mutable_statics,
        "dl-core/src/a.rs",
        "static X: [u8; 2] = [1, 2];",
    );
    demand_of_all(
        ".rs",
        "dl-core keeps state in four files only",
        source::mutable_statics,
    );
}

#[test]
fn names_say_what_is_inside() {
    finds(1, source::empty_name, "dl-core/src/utils.rs", "");
    finds(1, source::empty_name, "kernel/src/common/mod.rs", "");
    demand_of_all(
        "",
        "no file or folder is named utils, helpers or common",
        source::empty_name,
    );
}

#[test]
fn links_lead_somewhere() {
    let bad = "[a](missing.md) [b](https://example.org) [c](#here) ![d](./gone.png)\n```\n[e](code.md)\n```\n`[f](code.md)`";
    finds(2, notebooks::dead_links, "README.md", bad);
    demand_of_all(".md", "relative links resolve", notebooks::dead_links);
    demand_of_all(".ipynb", "relative links resolve", notebooks::dead_links);
}

#[test]
fn notebooks_are_clean() {
    let bad = r#"{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "code", "id": "a", "source": "1", "metadata": {}, "outputs": [], "execution_count": 3}]}"#;
    finds(2, notebooks::unclean, "notebooks/a.ipynb", bad);
    finds(1, notebooks::unclean, "notebooks/a.ipynb", "let x = 1;");
    demand_of_all(
        ".ipynb",
        "notebooks are nbformat 4.5, for this kernel, stripped or freshly run",
        notebooks::unclean,
    );
}

#[test]
fn the_kernel_knows_no_tensor_and_the_core_no_jupyter() {
    finds(
        2,
        invariants::knows_too_much,
        "kernel/src/a.rs",
        "use dl_core::Tensor;",
    );
    finds(
        0,
        invariants::knows_too_much,
        "kernel/src/a.rs",
        "// dl_core\nlet a = \"Tensor\";",
    );
    finds(
        1,
        invariants::knows_too_much,
        "dl-core/src/a.rs",
        "fn send_to_jupyter() {}",
    );
    demand_of_all(".rs", "invariant 1", invariants::knows_too_much);
    finds(
        1,
        invariants::depends_on_too_much,
        "kernel/Cargo.toml",
        "[dependencies]\ndl-core.workspace = true",
    );
    finds(
        1,
        invariants::depends_on_too_much,
        "dl-core/Cargo.toml",
        "[dependencies]\nzeromq = \"1\"",
    );
    demand_of_all("Cargo.toml", "invariant 1", invariants::depends_on_too_much);
}

#[test]
fn sockets_and_the_compiler_have_one_place_each() {
    finds(
        2,
        invariants::out_of_place,
        "kernel/src/run.rs",
        "use tokio::net::TcpListener; use hmac::Hmac;",
    );
    finds(
        0,
        invariants::out_of_place,
        "kernel/src/wire/mod.rs",
        "use zeromq::Socket;",
    );
    finds(
        1,
        invariants::out_of_place,
        "kernel/src/run.rs",
        "Command::new(\"rustc\")",
    );
    finds(
        0,
        invariants::out_of_place,
        "kernel/src/engine/rustc/compile.rs",
        "Command::new(x)",
    );
    demand_of_all(".rs", "invariant 2", invariants::out_of_place);
}

#[test]
fn only_the_backend_computes() {
    finds(
        1,
        invariants::computes_outside_the_backend,
        "dl-core/src/ops/a.rs",
        "ndarray::Zip::from(a)",
    );
    finds(
        0,
        invariants::computes_outside_the_backend,
        "dl-core/src/backend/a.rs",
        "ndarray::Zip::from(a)",
    );
    demand_of_all(".rs", "invariant 3", invariants::computes_outside_the_backend);
}

#[test]
fn every_crate_keeps_the_lints() {
    finds(
        1,
        invariants::no_shared_lints,
        "a/Cargo.toml",
        "[package]\nname = \"a\"",
    );
    demand_of_all(
        "Cargo.toml",
        "every package inherits the workspace's lints",
        invariants::no_shared_lints,
    );
}
