#!/usr/bin/env bash
# Writes the crates by which cells of the evcxr engine get at the prelude, into FOLDER. build.sh runs it.
#
# evcxr takes crates from cargo only, and its analyzer reads sources. So `hebb_prelude` is a crate of one line that hands on what
# is in libhebb_prelude.so, which the engine names `hebb_library` to the compiler. Behind it are the sources of the prelude and
# of dl-core, for the analyzer alone: the compiler sees empty crates, and nothing is built twice.
set -euo pipefail

if [ $# -ne 1 ]; then
    echo "usage: install/evcxr_crates.sh FOLDER" >&2
    exit 2
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# NAME, then the crates that it depends on.
manifest() {
    local name=$1 crate
    shift
    mkdir -p "$folder/$name/src"
    {
        printf '[package]\nname = "%s"\nversion = "0.1.0"\nedition = "2024"\n\n[lib]\ndoctest = false\n\n[dependencies]\n' "$name"
        for crate in "$@"; do printf '%s = { path = "../%s" }\n' "$crate" "$crate"; done
        # Alone, whatever lies around the folder. evcxr takes a warning for the reason why a cell does not compile.
        printf '\n[workspace]\n\n[lints.rust]\nwarnings = "allow"\nunexpected_cfgs = "allow"\n'
    } > "$folder/$name/Cargo.toml"
}

# NAME and the folder of its sources: a crate for the analyzer alone.
sources() {
    cp -R "$root/$2/." "$folder/$1/src/"
    { printf '#![cfg(rust_analyzer)]\n'; cat "$root/$2/lib.rs"; } > "$folder/$1/src/lib.rs"
}

folder=$1
mkdir -p "$folder"
manifest dl_core
sources dl_core dl-core/src
manifest hebb_sources dl_core
sources hebb_sources kernel/prelude/src
manifest hebb_prelude hebb_sources
cat > "$folder/hebb_prelude/src/lib.rs" <<'END'
//! Hands on Hebb's prelude: the compiler gets the library, the analyzer its sources.
#[cfg(not(rust_analyzer))]
pub use ::hebb_library::*;
#[cfg(rust_analyzer)]
pub use ::hebb_sources::*;
END
