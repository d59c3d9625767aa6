#!/usr/bin/env bash
# What takes too long for every change: the accuracies that the course promises, with three seeds each. Networks first, then
# the lessons themselves. Uses what install/test.sh has built, installed and downloaded; run that first.
# HEBB_BUILD_DIR: as for install/test.sh. Arguments go to pytest.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=install/need.sh
. install/need.sh
# shellcheck source=install/test_places.sh
. install/test_places.sh
need_rust "$PWD"
if ! [ -x "$venv/bin/python" ] || ! [ -x "$HEBB_PREFIX/bin/hebb" ]; then
    need "the tests' environment is not there." "install/test.sh"
fi
need_done

failed=()
printf '\n=== accuracy bands of networks\n'
cargo run --quiet --locked --release -p dl-core --example accuracy_bands || failed+=("accuracy bands")
for shift in 0 1000 2000; do
    printf '\n=== lessons, seeds + %s\n' "$shift"
    HEBB_SEED_SHIFT=$shift "$venv/bin/python" -m pytest -ra -p no:cacheprovider tests/python/test_lessons.py "$@" ||
        failed+=("lessons with seeds + $shift")
done
[ ${#failed[@]} -eq 0 ] || fail "failed: $(printf '%s; ' "${failed[@]}")"
say "hebb: all accuracies are as promised, with three seeds each."
