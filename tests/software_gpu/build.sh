#!/usr/bin/env bash
# Builds the software GPU's libraries with NVIDIA's names into a folder, and its own test program: build.sh OUT_DIR
# Then LD_LIBRARY_PATH=OUT_DIR makes programs take them for the real ones. Needs g++ only.
set -euo pipefail
out=${1:?usage: build.sh OUT_DIR}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)
# One build at a time; a second one finds everything done.
exec 9>"$out/.lock"
flock 9
stamp=$(cat "$here"/build.sh "$here"/device/*.h "$here"/source/* "$here"/trial/* | sha256sum)
if [ "$(cat "$out/.stamp" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
mkdir -p "$out/device" "$out/objects"
cp "$here"/device/*.h "$out/device/"
compiler=${CXX:-g++}
flags=(-std=c++17 -O2 -g1 -fPIC -Wall -Wextra -fvisibility=hidden -U_FORTIFY_SOURCE)
sources=()
for source in "$here"/source/*.cpp; do
    sources+=("$(basename "$source" .cpp)")
done
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -I{} "$compiler" "${flags[@]}" -c "$here/source/{}.cpp" -o "$out/objects/{}.o"
objects() {
    printf "$out/objects/%s.o " "$@"
}
driver=(access block context device_code errors fiber image launch library_call memory module settings shared_memory stream tokens transfer translate)
# The list is meant to be split, and $ORIGIN is for the loader.
# shellcheck disable=SC2046,SC2016
{
    "$compiler" -shared -Wl,-soname,libcuda.so.1 -Wl,-z,defs -o "$out/libcuda.so.1" $(objects "${driver[@]}") -ldl -lpthread
    "$compiler" -shared -Wl,-soname,libnvrtc.so.13 -Wl,-z,defs -o "$out/libnvrtc.so.13" $(objects nvrtc image settings tokens translate) -ldl
    "$compiler" -shared -Wl,-soname,libcublas.so.13 -Wl,-z,defs -Wl,-rpath,'$ORIGIN' -o "$out/libcublas.so.13" $(objects cublas) \
        -L"$out" -l:libcuda.so.1
    "$compiler" -shared -Wl,-soname,libnvidia-ml.so.1 -Wl,-z,defs -Wl,-rpath,'$ORIGIN' -o "$out/libnvidia-ml.so.1" \
        $(objects management settings) -L"$out" -l:libcuda.so.1
}
# Every name under which programs look for them.
ln -sf libcuda.so.1 "$out/libcuda.so"
for library in nvrtc cublas; do
    ln -sf "lib$library.so.13" "$out/lib$library.so"
    ln -sf "lib$library.so.13" "$out/lib$library.so.12"
done
# shellcheck disable=SC2016
"$compiler" -std=c++17 -O1 -Wall -Wextra -o "$out/trial" "$here"/trial/*.cpp -L"$out" -l:libcuda.so.1 -l:libnvrtc.so.13 \
    -l:libcublas.so.13 -Wl,-rpath,'$ORIGIN'
rm -r "$out/objects"
printf '%s' "$stamp" >"$out/.stamp"
