#!/bin/sh
# Trains the same networks with dl-core and with PyTorch, by turns, and prints how many times faster dl-core is.
#
#     tests/bench/compare.sh --data DIR [--python PYTHON] [--threads 2] [--device cpu] [--rounds 3] [--only NAME,NAME]
#
# DIR holds the four raw MNIST idx files. PYTHON (or the variable PYTHON) is one that can import torch and numpy:
#     python3 -m venv venv && venv/bin/pip install torch numpy
# With --device cuda both sides train on the graphics card.
# Of each side the best of all rounds counts, so that whatever else the machine did meanwhile weighs little.
set -eu

data= python=${PYTHON:-python3} threads=2 device=cpu rounds=3 only=mlp128_b32,mlp128_b128,mlp512_b128,cnn_b128,xor_step
while [ $# -gt 0 ]; do
    case $1 in
        --data | --python | --threads | --device | --rounds | --only)
            [ $# -gt 1 ] || { echo "compare.sh: $1 needs a value" >&2; exit 2; }
            eval "${1#--}=\$2"
            shift 2
            ;;
        *) echo "compare.sh: unknown argument $1" >&2; sed -n '4p' "$0" >&2; exit 2 ;;
    esac
done

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ -f "$data/train-images-idx3-ubyte" ] || {
    echo "compare.sh: no train-images-idx3-ubyte in '$data'; say where the raw MNIST files are: --data DIR" >&2
    exit 2
}
"$python" -c 'import torch, numpy' 2>/dev/null || {
    echo "compare.sh: '$python' cannot import torch and numpy; name one that can: --python venv/bin/python" >&2
    exit 2
}
(cd "$root" && cargo build --quiet --release -p dl-core --example train_speed)
ours=${CARGO_TARGET_DIR:-$root/target}/release/examples/train_speed

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
round=1
while [ "$round" -le "$rounds" ]; do
    for name in $(echo "$only" | tr ',' ' '); do
        "$python" "$here/torch_train.py" --data "$data" --threads "$threads" --device "$device" --only "$name" | sed 's/^/torch /' >>"$lines"
        "$ours" --data "$data" --threads "$threads" --device "$device" --only "$name" | sed 's/^/hebb /' >>"$lines"
    done
    round=$((round + 1))
done

"$python" - "$lines" <<'PY'
import json, sys

best = {}
for line in open(sys.argv[1]):
    side, numbers = line.split(" ", 1)
    row = json.loads(numbers)
    speed = row.get("samples_per_s") or 1e6 / row["us_per_step"]
    best.setdefault(row["workload"], {}).setdefault(side, []).append((speed, row.get("test_accuracy")))
print(f"{'workload':12} {'PyTorch':>12} {'dl-core':>12} {'ratio':>7}   test accuracy")
for name, sides in best.items():
    torch, hebb = max(sides["torch"]), max(sides["hebb"])
    told = "" if torch[1] is None else f"{torch[1]:.4f} {hebb[1]:.4f}"
    unit = "steps/s" if torch[1] is None else "samples/s"
    print(f"{name:12} {torch[0]:12.0f} {hebb[0]:12.0f} {hebb[0] / torch[0]:7.2f}   {told or unit}")
PY
