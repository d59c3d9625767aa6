#!/usr/bin/env bash
# Runs the sessions on the default engine, on the evcxr engine and on the released evcxr kernel, and prints where each differs
# from what they expect. No part of install/test.sh: building evcxr takes a quarter of an hour, and the sessions on it as long.
#
#     tests/parity/compare.sh [WORDS...]     # only sessions whose name holds all WORDS
#
# HEBB_BUILD_DIR: where builds and the installation go, as for install/test.sh. EVCXR: the released kernel (default: evcxr_jupyter
# in the search path; left out if it is not there).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=../../install/need.sh
. "$root/install/need.sh"
cd "$root"
# shellcheck source=../../install/test_places.sh
. install/test_places.sh

need_rust "$root"
need_rust_sources
need_python
need_done

# Beside the installation that the other tests use, which has one engine.
prefix=$build/prefix-evcxr
install/build.sh --evcxr "$prefix"
# A package's unit tests, with the engine in it; what they need of the prelude, build.sh has built.
cargo test --quiet --locked --release --package hebb-kernel --features evcxr --lib -- engine::evcxr engine::start
make_venv "$venv" tests/python/requirements.txt
export PATH="$venv/bin:$PATH" JUPYTER_PATH=$prefix/share/jupyter
"$prefix/bin/hebb" install --prefix "$prefix"
"$prefix/bin/hebb" install --engine evcxr --prefix "$prefix"
kernels=(hebb hebb-evcxr)
evcxr=${EVCXR:-$(command -v evcxr_jupyter || true)}
if [ -n "$evcxr" ]; then
    mkdir -p "$JUPYTER_PATH/kernels/evcxr"
    printf '{"argv": ["%s", "--control_file", "{connection_file}"], "display_name": "Rust (evcxr)", "language": "rust", "interrupt_mode": "message"}\n' \
        "$evcxr" > "$JUPYTER_PATH/kernels/evcxr/kernel.json"
    kernels+=(evcxr)
else
    say "hebb: no evcxr_jupyter here: compared without it. To get it: cargo install --locked evcxr_jupyter --version 0.22.0"
fi
status=0
for kernel in "${kernels[@]}"; do
    for sessions in tests/parity/sessions/*.txt; do
        name=$(basename "$sessions" .txt)
        # A kernel of its own for each file, and for each session about commands: `:opt` and `:efmt` of evcxr outlive its `:clear`.
        fresh=()
        if [ "$name" = commands ]; then fresh=(--fresh); fi
        "$venv/bin/python" tests/parity/run.py --kernel "$kernel" ${fresh[@]+"${fresh[@]}"} "$name: " "$@" || status=1
    done
done
exit "$status"
