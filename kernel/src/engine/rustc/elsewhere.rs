//! The commands of evcxr that have nothing to do here, and what Hebb does instead: a notebook that says them goes on.

/// Names, and what to say.
pub const COMMANDS: [(&str, &str); 19] = [
    (
        "allow_static_linking",
        "what cells are made of is always linked dynamically",
    ),
    (
        "build_env",
        "start Jupyter with the variable set, or use `:env` for what cells see",
    ),
    (
        "cache",
        "compiled cells are always kept; `hebb cache limit SIZE` in a terminal says how much",
    ),
    ("clear_cache", "`hebb cache clear` in a terminal does it"),
    ("codegen_backend", "the compiler's own one is used"),
    (
        "efmt",
        "errors of `?` are shown with `{}`, or with `{:?}` where they have nothing else",
    ),
    (
        "fmt",
        "values are shown with `{:?}`, broken into lines where that is long",
    ),
    ("internal_debug", "`:timing` shows what each cell cost"),
    ("last_compile_dir", "the files of a cell are gone when it has run"),
    ("last_error_json", "`:explain` explains the last error"),
    ("linker", "the toolchain's own linker is called directly"),
    ("load_config", "there is no file that runs before a notebook"),
    ("offline", "crates that were built once need no network"),
    (
        "preserve_vars_on_panic",
        "variables are always kept, whatever happens in a cell",
    ),
    ("quit", "shut the kernel down in the menu of the front end"),
    ("sccache", "compiled crates and cells are always kept"),
    ("time_passes", "`:timing` shows what each cell cost"),
    ("toolchain", "cells need the compiler that built Hebb"),
    ("types", "`:type NAME` and `:vars` show types"),
];

/// What Hebb does instead of the command of this name.
pub fn instead(name: &str) -> Option<&'static str> {
    let mut known = COMMANDS.iter().filter(|(known, _)| *known == name);
    known.next().map(|(_, instead)| *instead)
}
