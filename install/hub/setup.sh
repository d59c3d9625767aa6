#!/usr/bin/env bash
# Makes an unpacked release ready for everyone on a machine or in an image: fetches the data, compiles the course once, tells Jupyter.
# Run it by whom students' processes cannot be (root): what is compiled here, everyone trusts.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: setup.sh --jupyter DIR [--course DIR] [--rustc FILE]

  --jupyter DIR   the environment that students' Jupyter runs in (/opt/conda, a virtual environment)
  --course DIR    the notebooks to compile (default: the lessons that come with Hebb)
  --rustc FILE    the compiler, where kernels would not find it themselves

The data and what was compiled go into the release's own folder (`data`, `cache`), from where kernels only read.
USAGE
}

# Inside of a release this is PREFIX/share/hebb.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=install/need.sh
. "$root/install/need.sh"
prefix=$(cd "$root/../.." && pwd -P)

jupyter=
course=$root/notebooks
rustc=
while [ $# -gt 0 ]; do
    case $1 in
    --jupyter | --course | --rustc)
        [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value (see --help)."
        case $1 in
        --jupyter) jupyter=$2 ;;
        --course) course=$2 ;;
        --rustc) rustc=$2 ;;
        esac
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) fail "unknown option $1 (see --help)." ;;
    esac
    shift
done
[ -n "$jupyter" ] || fail "name the environment that students' Jupyter runs in with --jupyter (see --help)."
[ -x "$prefix/bin/hebb" ] || fail "$root is not part of a release; make one with install/package.sh and unpack it."
[ -w "$prefix" ] || fail "$prefix cannot be written to."

umask 022
settings=(--env "HEBB_CACHE_PATH=$prefix/cache" --env "HEBB_DATA=$prefix/data" --env HEBB_RUST_ANALYZER=)
if [ -n "$rustc" ]; then
    settings+=(--env "RUSTC=$rustc")
    export RUSTC=$rustc
fi
# Without the data the lessons use their samples; data.sh says so.
"$root/install/data.sh" --dir "$prefix/data" || true
# Nothing is left in the home of whoever runs this.
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
HEBB_CACHE=$own HEBB_DATA=$prefix/data "$prefix/bin/hebb" warm "$course" --cache "$prefix/cache" ||
    fail "not every notebook of $course runs; the messages above say why."
"$prefix/bin/hebb" install --prefix "$jupyter" "${settings[@]}"
