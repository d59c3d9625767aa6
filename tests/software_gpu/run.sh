#!/usr/bin/env bash
# Runs dl-core's tests for graphics cards on the software GPU, in several of its modes: run.sh [CARGO_OPTIONS...]
# Needs a Rust toolchain and g++. CARGO_TARGET_DIR: where builds go, as for cargo.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
if ! command -v "${CXX:-g++}" >/dev/null; then
    echo "skipped: the software GPU needs a C++ compiler, and ${CXX:-g++} is not there"
    exit 0
fi
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
libraries=$(cd "$target" && pwd)/software_gpu
"$here/build.sh" "$libraries"

# What cards compile is kept apart: code for this one must never be found by a real one.
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
export SOFTWARE_GPU=$libraries
export HEBB_CACHE=$kept/hebb SOFTWARE_GPU_CACHE=$libraries/kernels HEBB_TEST_DEVICES=cuda:0

# Built without the libraries in the way.
tests=(cargo test --quiet --locked -p dl-core "$@")
"${tests[@]}" --lib --test cards --no-run

mode() {
    local words=$1
    shift
    printf 'on the software GPU, %s:\n' "$words"
    env LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$@"
}
mode "as it comes" "${tests[@]}" --lib --test cards -- derivatives cuda stepper layers models shapes failures
# Those that make processes of their own choose their own modes.
again=(--lib --test cards -- derivatives stepper layers models shapes --skip a_recorded_step_is_a_step --skip learning_gets_somewhere)
mode "threads in any order, work done late, an older card" \
    SOFTWARE_GPU_ORDER=shuffle SOFTWARE_GPU_WORK=deferred SOFTWARE_GPU_CAPABILITY=75 "${tests[@]}" "${again[@]}"
mode "every access looked at" SOFTWARE_GPU_CHECK=every-access "${tests[@]}" "${again[@]}"
# Exact allocations, so that nothing hides in what the backend keeps of earlier ones.
mode "every access looked at, exact allocations, threads in reverse" \
    HEBB_CUDA_CHECK=1 SOFTWARE_GPU_CHECK=every-access SOFTWARE_GPU_ORDER=reverse "${tests[@]}" "${again[@]}"
