#!/usr/bin/env bash
# Makes a release that needs no build: an archive that unpacks anywhere, and a wheel for pip. Needs what install/build.sh needs.
# A release works with the one compiler that built it; `hebb --version` names it.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: install/package.sh [--prefix DIR] [--wheel] OUT

  --prefix DIR   pack what install/build.sh has installed in DIR instead of building
  --wheel        make a wheel, too (needs maturin)
  OUT            the folder to write to
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=install/need.sh
. "$root/install/need.sh"

prefix=
wheel=no
out=
while [ $# -gt 0 ]; do
    case $1 in
    --prefix)
        [ $# -ge 2 ] && [ -n "$2" ] || fail "--prefix needs a value (see --help)."
        prefix=$2
        shift
        ;;
    --wheel) wheel=yes ;;
    -h | --help)
        usage
        exit 0
        ;;
    -*) fail "unknown option $1 (see --help)." ;;
    *)
        [ -z "$out" ] || fail "one folder to write to, not two: $out and $1 (see --help)."
        out=$1
        ;;
    esac
    shift
done
[ -n "$out" ] || fail "name the folder to write to (see --help)."
need_rust "$root"
[ "$wheel" = no ] || command -v maturin >/dev/null || need "no maturin was found, which makes the wheel." "pip install maturin"
need_done
[ -z "$prefix" ] || [ -x "$prefix/bin/hebb" ] || fail "$prefix holds no Hebb; make it with install/build.sh $prefix"
mkdir -p "$out" 2>/dev/null && [ -w "$out" ] || fail "$out cannot be written to."
out=$(cd "$out" && pwd -P)

# Beside the result, so that moving it there is one step.
work=$(mktemp -d "$out/.package.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -z "$prefix" ]; then
    prefix=$work/built
    "$root/install/build.sh" "$prefix" || fail "the build failed; the messages above say why."
fi

version=$("$prefix/bin/hebb" -V | cut -d' ' -f2)
host=$(rustc -vV | sed -n 's/^host: //p')
compiler=$("$prefix/bin/hebb" --version | sed -n 's/^compiles cells with //p')
name=hebb-$version-$host
tree=$work/$name

# What is packed belongs to nobody in particular and can be read by everyone, whatever the builder's umask.
umask 022
mkdir -p "$tree/bin" "$tree/lib/hebb" "$tree/share/hebb/notebooks"
cp "$prefix/bin/hebb" "$tree/bin/"
cp -r "$prefix/lib/hebb/." "$tree/lib/hebb/"
# `hebb script` writes programs that are built from these. The exercises stay out: they hold solutions and hidden tests.
sources=$tree/lib/hebb/sources
mkdir -p "$sources/kernel/batch" "$sources/dl-core"
sed 's|^members = .*|members = ["dl-core", "kernel/batch"]|' "$root/Cargo.toml" > "$sources/Cargo.toml"
cp "$root/Cargo.lock" "$sources/"
cp -r "$root/kernel/batch/Cargo.toml" "$root/kernel/batch/src" "$sources/kernel/batch/"
cp -r "$root/dl-core/Cargo.toml" "$root/dl-core/src" "$root/dl-core/data" "$sources/dl-core/"
cp -r "$root"/notebooks/*.ipynb "$root/notebooks/pictures" "$tree/share/hebb/notebooks/"
# What a hub needs, in the same order as here, so that the scripts find each other.
mkdir "$tree/share/hebb/install"
cp -r "$root/install/hub" "$root/install/data.sh" "$root/install/need.sh" "$tree/share/hebb/install/"
cp "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$tree/share/hebb/"
"$tree/bin/hebb" install --prefix "$tree" --relocatable > /dev/null
chmod -R u=rwX,go=rX "$tree"

glibc=$(grep -aohE 'GLIBC_2\.[0-9]+' "$tree/bin/hebb" "$tree/lib/hebb/libhebb_prelude.so" | sort -Vu | tail -n 1)
cat > "$tree/share/hebb/README.md" <<README
# Hebb $version

A Rust kernel for Jupyter, made for teaching deep learning. This build needs

- Linux ($host) with glibc ${glibc#GLIBC_} or newer;
- exactly $compiler: \`rustup toolchain install $(echo "$compiler" | cut -d' ' -f2)\`, or \`RUSTC\` with the path of that rustc.

The folders \`bin\`, \`lib\` and \`share\` belong together and can stand anywhere. In the folder of a Python environment
(\`/opt/conda\`, a virtual environment) Jupyter finds the kernel at once:

    tar -xzf $name.tar.gz --strip-components 1 -C /opt/conda

Elsewhere tell Jupyter once: \`bin/hebb install --user\`. For a class on a hub: \`share/hebb/install/hub/README.md\`. The lessons are in \`share/hebb/notebooks\`; \`bin/hebb run NOTEBOOK\` runs one.
README

tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -n > "$work/$name.tar.gz"

if [ "$wheel" = yes ]; then
    # `data` of a wheel goes to the environment's own folder: all but the command, which maturin builds and puts into bin.
    mkdir "$work/wheel"
    mv "$tree" "$work/wheel/data"
    rm -r "$work/wheel/data/bin"
    mkdir "$work/wheel/data/data"
    mv "$work/wheel/data/lib" "$work/wheel/data/share" "$work/wheel/data/data/"
    cp "$work/wheel/data/data/share/hebb/README.md" "$work/wheel/"
    {
        cat "$root/install/wheel.toml"
        printf 'manifest-path = "%s"\n' "$root/kernel/Cargo.toml"
    } > "$work/wheel/pyproject.toml"
    if ! (cd "$work/wheel" && maturin build --release --locked --out "$work/wheels") > "$work/log" 2>&1; then
        cat "$work/log" >&2
        fail "the wheel could not be built; maturin's own message stands above."
    fi
    made=("$work"/wheels/*.whl)
    # One build of the command in both; a prefix that was built from other sources has libraries that fit no other command.
    python3 - "${made[0]}" "$prefix/bin/hebb" <<'PYTHON' || fail "$prefix was not built from these sources; leave --prefix out."
import sys, zipfile
wheel, command = sys.argv[1:]
archive = zipfile.ZipFile(wheel)
(inside,) = [name for name in archive.namelist() if name.endswith(".data/scripts/hebb")]
sys.exit(archive.read(inside) != open(command, "rb").read())
PYTHON
    mv "${made[0]}" "$out/"
    say "$out/$(basename "${made[0]}")"
fi
mv "$work/$name.tar.gz" "$out/"
say "$out/$name.tar.gz"
