# What must be on the machine, and in one line how to get it. Sourced by the scripts beside it; it runs nothing by itself.
# Each `need_*` says what is missing and goes on, so that everything missing is seen at once; `need_done` then stops.
# shellcheck shell=bash

missing=0

say() { printf '%s\n' "$*"; }

fail() {
    printf 'hebb: %s\n' "$*" >&2
    exit 1
}

need() {
    printf 'hebb: %s\n      to get it: %s\n' "$1" "$2" >&2
    missing=1
}

# The sources of the standard library, which the evcxr engine's analyzer reads. It would download them by itself when a cell waits.
need_rust_sources() {
    local sysroot
    sysroot=$(rustc --print sysroot 2>/dev/null) || return 0
    [ -d "$sysroot/lib/rustlib/src/rust/library" ] || need "the sources of the standard library (rust-src) were not found." "rustup component add rust-src"
}

need_done() {
    [ "$missing" -eq 0 ] || fail "nothing was changed; run this again when the above is there."
}

# A Rust toolchain of at least the version that Cargo.toml names, and a C compiler, which Rust links with.
need_rust() {
    local get='curl --proto "=https" --tlsv1.2 -sSf https://sh.rustup.rs | sh'
    # Right after rustup's installer the open terminal does not have its folder in PATH yet.
    if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
        export PATH
    fi
    if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
        need "no Rust toolchain (cargo and rustc) was found." "$get"
    else
        local least found
        least=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$1/Cargo.toml")
        found=$(rustc --version 2>/dev/null | cut -d' ' -f2)
        if [ -z "$found" ]; then
            need "rustc is there but does not start." "rustup default stable"
        elif [ "$(printf '%s\n%s\n' "$least" "$found" | sort -V | head -n 1)" != "$least" ]; then
            need "Rust $found is too old: $least or newer is needed." "rustup update stable"
        fi
    fi
    command -v cc >/dev/null || need "no C compiler (cc) was found; Rust links with it." "sudo apt-get install gcc"
}

# Python with the modules that make a virtual environment.
need_python() {
    if ! command -v python3 >/dev/null; then
        need "no Python 3 was found." "sudo apt-get install python3 python3-venv"
    elif ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
        need "$(python3 --version) is too old: 3.10 or newer is needed." "sudo apt-get install python3 python3-venv, on a newer system"
    elif ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
        need "this Python 3 has no venv module." "sudo apt-get install python3-venv"
    fi
}

# make_venv DIR REQUIREMENTS: a virtual environment with these packages, made or completed. A file in it names the
# packages it was completed with, so that a second run is quick and a run that was cut short is taken up again.
make_venv() {
    local dir=$1 requirements=$2 mark
    mark="$dir/.hebb-$(cksum < "$requirements" | cut -d' ' -f1)"
    if [ -e "$mark" ] && "$dir/bin/python" -c '' 2>/dev/null; then
        return
    fi
    if [ -e "$dir" ] && [ ! -e "$dir/.hebb-made" ] && [ -n "$(ls -A "$dir")" ]; then
        fail "$dir is there already and was not made by Hebb; name another directory or move it away."
    fi
    mkdir -p "$dir" || fail "$dir cannot be made."
    : > "$dir/.hebb-made"
    if ! "$dir/bin/python" -m pip --version >/dev/null 2>&1; then
        rm -rf "${dir:?}/bin/python"* "${dir:?}/lib/python"* "${dir:?}/lib64" "${dir:?}/pyvenv.cfg"
        python3 -m venv "$dir" || fail "the Python environment in $dir could not be made; Python's own message stands above."
    fi
    rm -f "$dir"/.hebb-[0-9]*
    if ! "$dir/bin/python" -m pip install --disable-pip-version-check --requirement "$requirements" > "$dir/pip.log" 2>&1; then
        fail "pip could not install the Python packages ($dir/pip.log says why). Is this machine online? Then run this again."
    fi
    : > "$mark"
}
