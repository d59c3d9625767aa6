"""Makes the bundled samples of Fashion-MNIST and MNIST from the full sets: the first 100 training and the first 20 test
images of each class, in the order of the set. Needs only Python; the same input gives the same bytes.

usage: python3 make_samples.py DATA_DIRECTORY      (the one that install/data.sh filled)
"""

import gzip
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent


def read(directory, name):
    packed = directory / f"{name}.gz"
    return gzip.decompress(packed.read_bytes()) if packed.exists() else (directory / name).read_bytes()


def write(path, magic, sizes, content):
    raw = struct.pack(f">{1 + len(sizes)}I", magic, *sizes) + content
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(raw, compresslevel=9, mtime=0))


def sample(source, target, part, of_each):
    images = read(source, f"{part}-images-idx3-ubyte")[16:]
    labels = read(source, f"{part}-labels-idx1-ubyte")[8:]
    left = [of_each] * 10
    rows = []
    for row, label in enumerate(labels):
        if left[label]:
            left[label] -= 1
            rows.append(row)
    assert not any(left), left
    pixels = b"".join(images[784 * row : 784 * (row + 1)] for row in rows)
    write(target / f"{part}-images-idx3-ubyte.gz", 0x803, [len(rows), 28, 28], pixels)
    write(target / f"{part}-labels-idx1-ubyte.gz", 0x801, [len(rows)], bytes(labels[row] for row in rows))


for name in ("fashion-mnist", "mnist"):
    source = pathlib.Path(sys.argv[1]) / name
    sample(source, HERE / name, "train", 100)
    sample(source, HERE / name, "t10k", 20)
