#!/usr/bin/env bash
# Adds Hebb to The Littlest JupyterHub: one server for a class of up to a hundred. Run it as root on that server, from an unpacked
# release, after TLJH itself; run it again after each update of Hebb.
set -euo pipefail

# shellcheck source=install/need.sh
. "$(dirname "${BASH_SOURCE[0]}")/../need.sh"
case ${1:-} in
'') ;;
-h | --help)
    printf '%s\n' 'usage: tljh.sh' '' 'HEBB_TLJH: where TLJH is (default: /opt/tljh)' \
        "HEBB_RUSTC: the compiler (default: the one in root's search path)"
    exit 0
    ;;
*) fail "unknown option $1 (see --help)." ;;
esac
tljh=${HEBB_TLJH:-/opt/tljh}
rustc=${HEBB_RUSTC:-$(command -v rustc || true)}

[ -x "$tljh/hub/bin/tljh-config" ] || need "The Littlest JupyterHub is not in $tljh." "https://tljh.jupyter.org"
[ -n "$rustc" ] || need "no rustc was found." "a toolchain that all users can read, such as /opt/rust, and HEBB_RUSTC with its rustc"
command -v cc >/dev/null || need "no C compiler (cc) was found; Rust links with it." "apt-get install gcc"
need_done
# rustup's `rustc` belongs to the user who installed it; students need the compiler itself.
compiler=$("$rustc" --print sysroot)/bin/rustc
case $compiler in
/root/*) fail "$compiler is in root's home, where students cannot read it; install Rust elsewhere (RUSTUP_HOME=/opt/rustup)." ;;
esac

"$(dirname "${BASH_SOURCE[0]}")/setup.sh" --jupyter "$tljh/user" --rustc "$compiler"
install -D -m 644 "$(dirname "${BASH_SOURCE[0]}")/jupyter_server_config.json" "$tljh/user/etc/jupyter/jupyter_server_config.json"

# A student's share of the server; a class does not work all at once.
"$tljh/hub/bin/tljh-config" set limits.memory 1G
"$tljh/hub/bin/tljh-config" set limits.cpu 1
# The hub goes by what a server has shown last: generous, as idle kernels are stopped sooner by the file above.
"$tljh/hub/bin/tljh-config" set services.cull.timeout 14400
"$tljh/hub/bin/tljh-config" reload hub
say "Ready: students see the kernel \"Rust (Hebb)\" when they start their servers next."
