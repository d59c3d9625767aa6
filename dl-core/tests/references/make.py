#!/usr/bin/env python3
"""Writes keras.json: numbers from Keras that tests/references.rs compares ours with.

    pip install keras torch && KERAS_BACKEND=torch python make.py

Losses with their gradients for the prediction, activations, metrics, and the weights after each of eight steps of the
optimizers. Inputs are drawn once from numpy's generator and stored beside the results.
"""
import json, os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras, numpy as np, torch

rng = np.random.default_rng(7)


def plain(array):
    array = np.asarray(array, np.float32)
    return {"shape": list(array.shape), "values": [float(v) for v in array.flatten()]}


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def losses():
    numbers, targets = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    scores = rng.normal(size=(6, 1)) * 3
    yes = rng.integers(0, 2, size=(6, 1)).astype(float)
    logits = rng.normal(size=(6, 4)) * 3
    labels = rng.integers(0, 4, size=(6,)).astype(float)
    one_hot = np.eye(4)[labels.astype(int)]
    soft = softmax(rng.normal(size=(6, 4)))
    k = keras.losses
    certain = np.array([[1.0], [0.0], [1.0], [0.0]])
    wrong = np.array([[1.0], [0.0], [0.0], [1.0]])
    rows = [
        ("MeanSquaredError", k.MeanSquaredError(), numbers, targets),
        ("MeanAbsoluteError", k.MeanAbsoluteError(), numbers, targets),
        ("BinaryCrossentropy", k.BinaryCrossentropy(), 1 / (1 + np.exp(-scores)), yes),
        ("BinaryCrossentropy", k.BinaryCrossentropy(), certain, wrong),
        ("BinaryCrossentropy logits", k.BinaryCrossentropy(from_logits=True), scores, yes),
        ("BinaryCrossentropy logits", k.BinaryCrossentropy(from_logits=True), scores * 40, yes),
        ("CategoricalCrossentropy", k.CategoricalCrossentropy(), softmax(logits), one_hot),
        ("CategoricalCrossentropy", k.CategoricalCrossentropy(), softmax(logits) * 3, soft),
        ("CategoricalCrossentropy logits", k.CategoricalCrossentropy(from_logits=True), logits, one_hot),
        ("CategoricalCrossentropy logits", k.CategoricalCrossentropy(from_logits=True), logits, soft),
        ("SparseCategoricalCrossentropy", k.SparseCategoricalCrossentropy(), softmax(logits), labels),
        ("SparseCategoricalCrossentropy logits", k.SparseCategoricalCrossentropy(from_logits=True), logits, labels),
        ("SparseCategoricalCrossentropy logits", k.SparseCategoricalCrossentropy(from_logits=True), logits * 30, labels),
    ]
    for name, loss, prediction, target in rows:
        p = torch.tensor(prediction, dtype=torch.float32, requires_grad=True)
        y = torch.tensor(target, dtype=torch.float32)
        value = loss(y, p)
        value.backward()
        yield {"name": name, "prediction": plain(prediction), "target": plain(target),
               "value": float(value.detach()), "gradient": plain(p.grad)}


def activations():
    x = rng.normal(size=(3, 5)) * 2
    rows = [("Sigmoid", keras.activations.sigmoid), ("Tanh", keras.activations.tanh), ("ReLU", keras.activations.relu),
            ("LeakyReLU", lambda v: keras.activations.leaky_relu(v, negative_slope=0.2)),
            ("ELU", lambda v: keras.activations.elu(v, alpha=0.7)), ("Softmax", keras.activations.softmax)]
    for name, function in rows:
        y = function(torch.tensor(x, dtype=torch.float32))
        yield {"name": name, "x": plain(x), "y": plain(y.detach().cpu())}


def optimizers():
    k = keras.optimizers
    rows = [("SGD", k.SGD(0.1)), ("SGD momentum", k.SGD(0.1, momentum=0.9)),
            ("SGD nesterov", k.SGD(0.1, momentum=0.9, nesterov=True)), ("Adam", k.Adam(0.05))]
    start = rng.normal(size=(4, 3))
    gradients = [rng.normal(size=(4, 3)) * 10.0 ** rng.integers(-2, 2) for _ in range(8)]
    for name, optimizer in rows:
        w = keras.Variable(start.astype(np.float32))
        steps = []
        for gradient in gradients:
            optimizer.apply([torch.tensor(gradient, dtype=torch.float32)], [w])
            steps.append(plain(w.numpy() if not hasattr(w.value, "detach") else w.value.detach().cpu().numpy()))
        yield {"name": name, "start": plain(start), "gradients": [plain(g) for g in gradients], "weights": steps}


def metrics():
    logits = rng.normal(size=(7, 4))
    labels = rng.integers(0, 4, size=(7,)).astype(float)
    logits[np.arange(4), labels[:4].astype(int)] += 9  # four right for sure
    probabilities = rng.uniform(size=(7, 1))
    yes = rng.integers(0, 2, size=(7, 1)).astype(float)
    m = keras.metrics
    rows = [("binary", m.BinaryAccuracy(), probabilities, yes),
            ("categorical", m.CategoricalAccuracy(), logits, np.eye(4)[labels.astype(int)]),
            ("sparse", m.SparseCategoricalAccuracy(), logits, labels)]
    for name, metric, prediction, target in rows:
        metric.update_state(target.astype(np.float32), prediction.astype(np.float32))
        yield {"name": name, "prediction": plain(prediction), "target": plain(target), "value": float(metric.result())}


numbers = {"keras": keras.__version__, "losses": list(losses()), "activations": list(activations()),
           "optimizers": list(optimizers()), "metrics": list(metrics())}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras.json"), "w") as file:
    json.dump(numbers, file)
    file.write("\n")
