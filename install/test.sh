#!/usr/bin/env bash
# Runs every test there is, and installs what the tests need. Needs a Rust toolchain and Python 3.
# HEBB_BUILD_DIR: where builds, the Python environment and the tested installation go (default: target/ in the checkout).
# Arguments go to pytest.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=install/need.sh
. "$root/install/need.sh"
cd "$root"
# shellcheck source=install/test_places.sh
. install/test_places.sh

need_rust "$root"
need_python
cargo fmt --version >/dev/null 2>&1 || need "cargo fmt was not found." "rustup component add rustfmt"
cargo clippy --version >/dev/null 2>&1 || need "cargo clippy was not found." "rustup component add clippy"
if ! command -v chromium >/dev/null; then
    if ! command -v apt-get >/dev/null; then
        need "the browser tests need Chromium as /usr/bin/chromium." "install it with this system's package manager"
    elif [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
        need "the browser tests need Chromium." "sudo apt-get install chromium fonts-liberation"
    fi
fi
need_done

failed=()
step() {
    local name=$1
    shift
    printf '\n=== %s\n' "$name"
    "$@" || {
        printf 'hebb: FAILED: %s\n' "$name" >&2
        failed+=("$name")
    }
}

# --no-remove: a package that is in the way of the new one (rustup, say) is worth more than a test.
install_packages() {
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
    "${as_root[@]}" apt-get update -qq || return 1
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-remove "$@" >/dev/null
}

# rustup puts a program of this name there that only says what is missing.
has_rust_analyzer() {
    local program
    while IFS= read -r program; do
        if "$program" --version >/dev/null 2>&1; then return 0; fi
    done < <(type -ap rust-analyzer)
    return 1
}

command -v chromium >/dev/null || step "install Chromium" install_packages chromium fonts-liberation
if ! has_rust_analyzer && ! install_packages --no-install-recommends rust-web-analyzer 2>/dev/null; then
    say "hebb: no rust-analyzer here and none from apt-get: tested with a pretended one only."
fi
# The proxy of JupyterHub is a program for node; Slurm is nothing to put on somebody's own machine.
if ! command -v npm >/dev/null; then
    say "hebb: no npm here, which fetches JupyterHub's proxy: tested without a hub."
elif ! [ -e "$HEBB_NODE_MODULES/.bin/configurable-http-proxy" ]; then
    step "JupyterHub's proxy" npm install --silent --no-fund --no-audit --prefix "$build/npm" configurable-http-proxy@5.3.0
fi
if [ -n "${CI:-}" ] && ! command -v slurmctld >/dev/null &&
    ! install_packages --no-install-recommends slurmctld slurmd slurm-client munge sudo 2>/dev/null; then
    say "hebb: no Slurm here and none from apt-get: tested without one."
fi
# Disks that are slow, full or dead are file systems of the tests' own, and a record of all calls shows what is written where.
if { ! command -v strace >/dev/null || ! ldconfig -p 2>/dev/null | grep -q libfuse3; } && ! install_packages strace fuse3 2>/dev/null; then
    say "hebb: no strace or libfuse here and none from apt-get: disks in trouble, and where things are written, are not tested."
fi
step "Python packages" make_venv "$venv" tests/python/requirements.txt
step "cargo fmt" cargo fmt --all --check
step "cargo clippy" cargo clippy --quiet --locked --release --workspace --all-targets -- -D warnings
rm -rf "$HEBB_PREFIX"
step "build" install/build.sh "$HEBB_PREFIX"
# Here, because the tests build from other folders into the same target.
rm -rf "$HEBB_RELEASE"
step "release" env PATH="$venv/bin:$PATH" install/package.sh --prefix "$HEBB_PREFIX" --wheel "$HEBB_RELEASE"
step "cargo test" cargo test --quiet --locked --release --workspace
step "cargo test on the software GPU" tests/software_gpu/run.sh --release
step "cargo doc" env RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --release --workspace --no-deps
printf '\n=== data\n'
# Without the whole data sets the lessons are tested on their samples; data.sh says so.
install/data.sh || true

# Two files at a time, as most tests wait for something. The quick ones first, so that a plain mistake shows early; then the longest.
slow=(tests/python/test_{lessons,attacks,parity,grade,script,install,browser,hub,package,image,slurm,hub_files}.py)
quick=()
for file in tests/python/test_*.py; do
    case " ${slow[*]} " in *" $file "*) ;; *) quick+=("$file") ;; esac
done
printf '\n=== pytest\n'
status=0
"$venv/bin/python" -m pytest -ra --durations=10 -p no:cacheprovider -n 2 --dist loadfile --no-loadscope-reorder \
    "${quick[@]}" "${slow[@]}" "$@" || status=$?
if [ ${#failed[@]} -gt 0 ]; then
    printf 'hebb: failed before pytest: %s\n' "$(printf '%s; ' "${failed[@]}")" >&2
    exit 1
fi
exit "$status"
