#!/usr/bin/env python3
"""Writes images.json: numbers from Keras that tests/image_layers.rs compares our layers for images with.

    pip install keras torch && KERAS_BACKEND=torch python make_images.py

Each layer with its output and with the gradients of sum(y * g) for its input and its weights; and the losses of a small
network over five steps of gradient descent. The means of padded windows are not Keras's own: its PyTorch backend counts
repeated border pixels where TensorFlow counts only those inside, so they are PyTorch's sums divided by those of ones.
"""
import json, os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras, numpy as np, torch
import torch.nn.functional as F

rng = np.random.default_rng(11)
L = keras.layers


def plain(array):
    array = np.asarray(array.detach().cpu() if hasattr(array, "detach") else array, np.float32)
    return {"shape": list(array.shape), "values": [float(f"{v:.8g}") for v in array.flatten()]}


def average_inside(x, size, stride):
    def padded_sum(x):
        pads = []
        for length in (x.shape[2], x.shape[1]):
            total = max((-(-length // stride) - 1) * stride + size - length, 0)
            pads += [total // 2, total - total // 2]
        return F.avg_pool2d(F.pad(x.permute(0, 3, 1, 2), pads), size, stride, divisor_override=1).permute(0, 2, 3, 1)
    return padded_sum(x) / padded_sum(torch.ones_like(x))


def layers():
    rows = [
        ("Conv2D 4, 3", L.Conv2D(4, 3), (5, 6, 2)),
        ("Conv2D 3, 2 stride 2 relu", L.Conv2D(3, 2, strides=2, activation="relu"), (5, 6, 2)),
        ("Conv2D 3, 3 same sigmoid", L.Conv2D(3, 3, padding="same", activation="sigmoid"), (4, 5, 2)),
        ("Conv2D 2, [3, 4] stride 3 same", L.Conv2D(2, (3, 4), strides=3, padding="same"), (7, 8, 3)),
        ("Conv2D 3, 2 softmax", L.Conv2D(3, 2, activation="softmax"), (3, 3, 1)),
        ("Conv2DTranspose 3, 3", L.Conv2DTranspose(3, 3), (3, 4, 2)),
        ("Conv2DTranspose 2, 3 stride 2", L.Conv2DTranspose(2, 3, strides=2), (3, 4, 2)),
        ("Conv2DTranspose 2, 3 stride 2 same relu", L.Conv2DTranspose(2, 3, strides=2, padding="same", activation="relu"), (3, 4, 2)),
        ("Conv2DTranspose 2, 2 stride 3", L.Conv2DTranspose(2, 2, strides=3), (3, 2, 2)),
        ("Conv2DTranspose 2, 2 same", L.Conv2DTranspose(2, 2, padding="same"), (3, 3, 1)),
        ("MaxPool2D 2", L.MaxPooling2D(2), (5, 4, 3)),
        ("MaxPool2D 3 stride 1 same", L.MaxPooling2D(3, strides=1, padding="same"), (4, 5, 2)),
        ("MaxPool2D 3 stride 2 same", L.MaxPooling2D(3, strides=2, padding="same"), (6, 5, 2)),
        ("AvgPool2D 2", L.AveragePooling2D(2), (5, 4, 3)),
        ("AvgPool2D 3 stride 2 same", lambda x: average_inside(x, 3, 2), (6, 5, 2)),
        ("GlobalAvgPool2D", L.GlobalAveragePooling2D(), (3, 4, 2)),
        ("UpSampling2D 2", L.UpSampling2D(2), (2, 3, 2)),
        ("UpSampling2D [1, 3]", L.UpSampling2D((1, 3)), (2, 2, 2)),
        ("ZeroPadding2D [1, 2]", L.ZeroPadding2D((1, 2)), (2, 3, 2)),
    ]
    for name, layer, shape in rows:
        x = torch.tensor(rng.normal(size=(2, *shape)), dtype=torch.float32, requires_grad=True)
        weights = []
        if hasattr(layer, "build"):
            layer.build((None, *shape))
            layer.set_weights([rng.normal(size=w.shape).astype(np.float32) for w in layer.weights])
            weights = [w.value for w in layer.weights]
        y = layer(x)
        g = torch.tensor(rng.normal(size=tuple(y.shape)), dtype=torch.float32)
        gradients = torch.autograd.grad((y * g).sum(), [x, *weights])
        yield {"name": name, "x": plain(x), "weights": [plain(w) for w in weights], "y": plain(y), "g": plain(g),
               "gradients": [plain(d) for d in gradients]}


def training():
    model = keras.Sequential([
        keras.Input((8, 8, 1)), L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(2), L.Conv2D(6, 2, padding="same", activation="tanh"),
        L.AveragePooling2D(3), L.Conv2DTranspose(2, 2, strides=2), L.Flatten(), L.Dense(3)])
    start = [rng.normal(size=w.shape).astype(np.float32) * 0.5 for w in model.weights]
    model.set_weights(start)
    x, y = rng.normal(size=(6, 8, 8, 1)).astype(np.float32), rng.integers(0, 3, 6).astype(np.float32)
    model.compile(keras.optimizers.SGD(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(x, y, batch_size=6, epochs=5, shuffle=False, verbose=0)
    return {"x": plain(x), "y": plain(y), "start": [plain(w) for w in start], "losses": history.history["loss"],
            "weights": [plain(w.value) for w in model.weights]}


numbers = {"keras": keras.__version__, "torch": torch.__version__, "layers": list(layers()), "training": training()}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "images.json"), "w") as file:
    json.dump(numbers, file)
    file.write("\n")
