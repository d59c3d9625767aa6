"""Makes the bundled tables from the copies that scikit-learn ships. Needs only Python; the same input gives the same bytes.

usage: pip download --no-deps scikit-learn && unzip scikit_learn*.whl
       python3 make_tables.py sklearn/datasets/data
"""

import gzip
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(sys.argv[1])

IRIS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)", "species"]
WINE = [
    "alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols", "flavanoids", "nonflavanoid phenols",
    "proanthocyanins", "color intensity", "hue", "OD280/OD315 of diluted wines", "proline", "cultivar",
]


def table(source, target, columns, classes):
    lines = (SOURCE / source).read_text().splitlines()[1:]
    rows = [line.split(",") for line in lines]
    assert all(len(row) == len(columns) for row in rows)
    rows = [row[:-1] + [classes[int(row[-1])]] for row in rows]
    (HERE / target).write_text("".join(",".join(row) + "\n" for row in [columns, *rows]))


table("iris.csv", "iris.csv", IRIS, ["setosa", "versicolor", "virginica"])
table("wine_data.csv", "wine.csv", WINE, ["cultivar 0", "cultivar 1", "cultivar 2"])

# As IDX, the format of MNIST: 8 x 8 counts from 0 to 16, then the digit.
digits = [[int(float(cell)) for cell in line.split(",")] for line in gzip.open(SOURCE / "digits.csv.gz", "rt")]
for name, magic, sizes, content in [
    ("images", 0x803, [len(digits), 8, 8], bytes(cell for row in digits for cell in row[:-1])),
    ("labels", 0x801, [len(digits)], bytes(row[-1] for row in digits)),
]:
    raw = struct.pack(f">{1 + len(sizes)}I", magic, *sizes) + content
    (HERE / f"digits-{name}.gz").write_bytes(gzip.compress(raw, compresslevel=9, mtime=0))
