# Where the tests' builds, Python environment, installation and data sets are. Sourced from the checkout's root by the
# scripts that run tests; it sets variables only.
# HEBB_BUILD_DIR: where all this goes (default: target/ in the checkout).
# shellcheck shell=bash disable=SC2034

build=${HEBB_BUILD_DIR:-$PWD/target}
case $build in /*) ;; *) build=$PWD/$build ;; esac
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$build/cargo}
# The folder's name changes with the pinned versions, so that an old environment is never mistaken for the new one.
venv=$build/venv-$(cat install/requirements.txt tests/python/requirements.txt | cksum | cut -d' ' -f1)
export HEBB_PREFIX=$build/prefix
# Where the programs that `hebb script` writes are built: their libraries are the same from run to run.
export HEBB_SCRIPT_TARGET=$build/script
export HEBB_DATA=${HEBB_DATA:-$build/data}
# The archive and the wheel of that installation.
export HEBB_RELEASE=$build/release
# JupyterHub's proxy.
export HEBB_NODE_MODULES=$build/npm/node_modules
