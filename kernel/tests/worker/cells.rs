//! Cells for the worker, compiled by rustc, and the double of the prelude that they are linked with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use hebb_kernel::layout::Layout;

/// The compiler and the double, made once for all tests.
pub static LAYOUT: LazyLock<Layout> = LazyLock::new(|| {
    let ask = |what| {
        let answer = Command::new("rustc").args(["--print", what]).output().unwrap();
        PathBuf::from(String::from_utf8(answer.stdout).unwrap().trim())
    };
    let standard_library = std::fs::read_dir(ask("target-libdir"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().contains("/libstd-") && path.extension().unwrap() == "so")
        .unwrap();
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let rustc = ask("sysroot").join("bin/rustc");
    let prelude = directory.join("libtest_prelude.so");
    let source =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package's folder"))
            .join("tests/worker/prelude.rs");
    compile(&rustc, &source, &prelude);
    Layout {
        program: env!("CARGO_BIN_EXE_hebb").into(),
        prelude,
        dependencies: directory.clone(),
        api: directory.join("api.json"),
        rustc,
        standard_library,
    }
});

fn compile(rustc: &Path, source: &Path, library: &Path) {
    let arguments = [
        "--edition=2024",
        "--crate-type=cdylib",
        "-Cprefer-dynamic",
        "-Aunused",
    ];
    let done = Command::new(rustc)
        .args(arguments)
        .arg("-o")
        .arg(library)
        .arg(source)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Compiles a cell whose body is `code`.
pub fn cell(name: &str, code: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (source, library) = (
        directory.join(format!("{name}.rs")),
        directory.join(format!("{name}.so")),
    );
    let text = format!(
        r#"#![allow(unconditional_recursion)]
        use std::io::Write;
        unsafe extern "C" {{
            fn test_frame(json: *const std::ffi::c_char);
            fn test_reply() -> *const std::ffi::c_char;
            fn test_interrupted() -> bool;
            fn test_forgotten() -> *const std::ffi::c_char;
            fn test_count(add: u64) -> u64;
            fn test_fail();
            fn fork() -> i32;
            fn setsid() -> i32;
            fn close(descriptor: i32) -> i32;
        }}
        fn raw() -> std::mem::ManuallyDrop<std::fs::File> {{
            use std::os::fd::FromRawFd;
            std::mem::ManuallyDrop::new(unsafe {{ std::fs::File::from_raw_fd(3) }})
        }}
        fn frame(json: &std::ffi::CStr) {{ unsafe {{ test_frame(json.as_ptr()) }} }}
        fn recurse(n: u64) -> u64 {{ let big = std::hint::black_box([n; 64]); recurse(n + 1) + big[3] }}
        #[unsafe(no_mangle)] pub extern "C" fn hebb_cell() {{ {code} }}"#
    );
    std::fs::write(&source, text).unwrap();
    compile(&LAYOUT.rustc, &source, &library);
    library
}
