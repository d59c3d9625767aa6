#!/usr/bin/env bash
# Builds Hebb, puts it with JupyterLab into one directory, and opens the lessons. Needs a Rust toolchain and Python 3.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: install/lab.sh [--no-open] [--setup-only] [--port N] [--prefix DIR]

  --no-open      print the address instead of opening a browser
  --setup-only   install everything, start nothing
  --port N       the port to serve on (default: 8888, or the next free one)
  --prefix DIR   where to install (default: .hebb in the checkout)
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=install/need.sh
. "$root/install/need.sh"

browser=yes
serve=yes
port=8888
prefix=$root/.hebb
while [ $# -gt 0 ]; do
    case $1 in
    --no-open) browser=no ;;
    --setup-only) serve=no ;;
    --port | --prefix)
        [ $# -ge 2 ] || fail "$1 needs a value (see --help)."
        if [ "$1" = --port ]; then port=$2; else prefix=$2; fi
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
case $port in '' | *[!0-9]*) fail "--port $port: a port is a number." ;; esac
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac

need_rust "$root"
need_python
need_done

say "Setting up JupyterLab (the first time it is downloaded) ..."
make_venv "$prefix" "$root/install/requirements.txt"
say "Building Hebb (some minutes the first time) ..."
"$root/install/build.sh" "$prefix" || fail "the build failed; the messages above say why."
"$prefix/bin/hebb" install --prefix "$prefix" >/dev/null
# JupyterLab asks once whether it may fetch news from the internet; a lesson should not open with that question.
mkdir -p "$prefix/share/jupyter/lab/settings"
printf '%s\n' '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' \
    > "$prefix/share/jupyter/lab/settings/overrides.json"
say "Fetching the data of the lessons ..."
# Without the data the lessons use their samples; data.sh says so.
"$root/install/data.sh" || true

if [ "$serve" = no ]; then
    say "Ready. Start JupyterLab with: $root/install/lab.sh"
    exit 0
fi

options=(--ServerApp.root_dir="$root/notebooks" --ServerApp.port="$port" --log-level=ERROR --LabApp.log_level=ERROR)
[ "$browser" = yes ] || options+=(--no-browser)
[ "$(id -u)" -ne 0 ] || options+=(--allow-root)
JUPYTER_TOKEN=$("$prefix/bin/python" -c 'import secrets; print(secrets.token_hex(24))')
export JUPYTER_TOKEN
runtime=$("$prefix/bin/python" -c 'from jupyter_core.paths import jupyter_runtime_dir as d; print(d())')

# The server writes its address, which may hold another port than the one asked for, into a file named by its
# process, which is this one: `exec` keeps the number.
announce() {
    local server="$runtime/jpserver-$1.json"
    rm -f "$server"
    while [ ! -s "$server" ]; do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.2
    done
    "$prefix/bin/python" - "$server" <<'PYTHON'
import json, sys
server = json.load(open(sys.argv[1]))
print(f"\nThe lessons are open at\n\n    {server['url']}lab?token={server['token']}\n\nCtrl-C twice ends JupyterLab.", flush=True)
PYTHON
}
announce $$ &
exec "$prefix/bin/python" -m jupyterlab "${options[@]}"
