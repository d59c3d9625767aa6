#!/usr/bin/env python3
"""Writes the files beside it, as other programs write them: tests/foreign_files.rs reads them.

    pip install numpy pandas pillow safetensors torch && python make.py
"""
import io
import pathlib

import numpy as np
import pandas as pd
import torch
from PIL import Image
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent

# NumPy: the same six numbers in many types, orders and versions.
x = np.array([[0, 1, 2], [3, 4, 100]])
for kind in ["?", "i1", "<i2", ">i4", "<i8", "u1", "<u2", ">u4", "<u8", "<f2", "<f4", ">f4", "<f8", ">f8"]:
    name = kind.replace("<", "little_").replace(">", "big_").replace("?", "bool")
    np.save(HERE / f"{name}.npy", x.astype(kind))
np.save(HERE / "fortran.npy", np.asfortranarray(x.astype("f4")))
np.save(HERE / "number.npy", np.float32(2.5))
np.save(HERE / "empty.npy", np.zeros((0, 3), "f4"))
with open(HERE / "version_2.npy", "wb") as file:
    np.lib.format.write_array(file, x.astype("f4"), version=(2, 0))
np.save(HERE / "complex.npy", x.astype("c8"))
np.save(HERE / "text.npy", np.array(["a", "b"]))
np.save(HERE / "object.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
np.savez(HERE / "plain.npz", x=x.astype("f4"), y=np.array([1, 0]))
np.savez_compressed(HERE / "packed.npz", images=np.arange(300, dtype="u1").reshape(3, 10, 10), labels=np.array([7, 8, 9], "i8"))

# pandas: an index, quotes, commas and line ends inside fields, missing values, booleans, Windows.
frame = pd.DataFrame({
    "name": ["Zoe", 'Ann "the" Bee', "Müller, Jo", "line\nend"],
    "height": [1.7, 1.82, np.nan, 1.65],
    "count": [1, 2, 3, 4],
    "happy": [True, False, True, True],
})
frame.to_csv(HERE / "frame.csv")
frame.to_csv(HERE / "windows.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig", lineterminator="\r\n")
frame.to_csv(HERE / "tabs.csv", index=False, sep="\t", na_rep="NA", quoting=2)
frame.to_csv(HERE / "utf16.csv", index=False, encoding="utf-16")

# Pictures: 4 wide, 2 high, lit from the left; grey, colours, transparent, 16 bits, a palette; turned by its EXIF note.
ramp = np.tile(np.array([0, 80, 160, 240], "u1"), (2, 1))
colours = np.stack([ramp, 255 - ramp, ramp // 2], axis=2)
Image.fromarray(ramp).save(HERE / "gray.png")
Image.fromarray(colours).save(HERE / "colours.png")
Image.fromarray(np.dstack([colours, ramp])).save(HERE / "transparent.png")
Image.fromarray(ramp.astype("u2") * 257).save(HERE / "deep.png")
Image.fromarray(colours).convert("P", palette=Image.Palette.ADAPTIVE).save(HERE / "palette.png")
Image.fromarray(np.kron(colours, np.ones((8, 8, 1), "u1"))).save(HERE / "colours.jpg", quality=95)
exif = Image.Exif()
exif[0x0112] = 6  # turned a quarter: to be shown turned to the right
Image.fromarray(np.kron(ramp, np.ones((8, 8), "u1"))).save(HERE / "turned.jpg", quality=95, exif=exif)
Image.fromarray(colours).save(HERE / "colours.gif")

# PyTorch: weights of two layers, in three types.
torch.manual_seed(1)
weights = {
    "conv.weight": torch.arange(16.0).reshape(2, 2, 2, 2),
    "fc.weight": torch.arange(6.0).reshape(2, 3).to(torch.bfloat16) / 4,
    "fc.bias": torch.tensor([0.5, -2.0], dtype=torch.float16),
    "steps": torch.tensor([300], dtype=torch.int64),
}
save_file(weights, HERE / "torch.safetensors")
