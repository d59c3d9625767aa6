#!/usr/bin/env bash
# Builds Hebb in release mode and installs it: PREFIX/bin/hebb and PREFIX/lib/hebb/. Needs a Rust toolchain and a C compiler.
# A build that fails leaves what was installed before as it was.
# --evcxr: with the evcxr engine as well (`hebb install --engine evcxr`), which takes some 15 minutes more to build.
set -euo pipefail

features=()
if [ "${1-}" = --evcxr ]; then
    features=(--features evcxr)
    shift
fi
if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
    echo "usage: install/build.sh [--evcxr] PREFIX" >&2
    exit 2
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=install/need.sh
. "$root/install/need.sh"
need_rust "$root"
if [ ${#features[@]} -gt 0 ]; then need_rust_sources; fi
need_done

mkdir -p "$1/bin" "$1/lib" || fail "$1 cannot be written to."
prefix=$(cd "$1" && pwd -P)
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
export CARGO_TARGET_DIR=$target
unset CARGO_BUILD_TARGET
cd "$root"

staged=$prefix/lib/.hebb-new-$$
previous=$prefix/lib/.hebb-old-$$
put_back() {
    if [ -e "$previous" ] && [ ! -e "$prefix/lib/hebb" ]; then mv "$previous" "$prefix/lib/hebb"; fi
    rm -rf "$staged" "$previous" "$prefix/bin/.hebb-new-$$" "$target/hebb-artifacts-$$"
}
trap put_back EXIT
mkdir -p "$staged/deps" "$target"

cargo build --quiet --locked --release --package hebb-kernel ${features[@]+"${features[@]}"}
# prefer-dynamic: the prelude and every cell must share one copy of the standard library.
cargo rustc --quiet --locked --release --package hebb-prelude --message-format=json-render-diagnostics \
    -- -C prefer-dynamic > "$target/hebb-artifacts-$$"

# To link a cell, rustc reads the metadata of each library below the prelude, and of each procedural macro they
# use. Cargo names the files of this very build; older ones may lie beside them.
crates=" $(cargo tree --locked --quiet --package hebb-prelude --edges normal,no-proc-macro --prefix none --format '{lib}' |
    sort -u | tr '\n' ' ')"
grep -o '[^"/]*\.\(rmeta\|so\)"' "$target/hebb-artifacts-$$" | tr -d '"' | sort -u | while IFS= read -r file; do
    crate=${file#lib}
    crate=${crate%%-*}
    crate=${crate%.so}
    case $file in
    libhebb_prelude.*) ;;
    *.so) cp "$target/release/deps/$file" "$staged/deps/" ;;
    *) case $crates in *" $crate "*) cp "$target/release/deps/$file" "$staged/deps/" ;; esac ;;
    esac
done
cp "$target/release/libhebb_prelude.so" "$staged/"
if [ ${#features[@]} -gt 0 ]; then install/evcxr_crates.sh "$staged/evcxr"; fi
"$target/release/hebb" index --out "$staged/api.json" dl-core/src kernel/prelude/src

# The library first, then the command that uses it; each is one rename. An unchanged one stays, so that kernels
# that run on it go on undisturbed.
if ! diff -rq "$staged" "$prefix/lib/hebb" >/dev/null 2>&1; then
    if [ -e "$prefix/lib/hebb" ]; then mv "$prefix/lib/hebb" "$previous"; fi
    mv "$staged" "$prefix/lib/hebb"
fi
if ! cmp -s "$target/release/hebb" "$prefix/bin/hebb"; then
    cp "$target/release/hebb" "$prefix/bin/.hebb-new-$$"
    mv "$prefix/bin/.hebb-new-$$" "$prefix/bin/hebb"
fi
