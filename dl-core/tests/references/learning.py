#!/usr/bin/env python3
"""Writes learning.json: numbers from Keras and PyTorch that tests/learning.rs compares ours with.

    pip install keras torch && KERAS_BACKEND=torch python learning.py

Losses with their gradients for the prediction, the weights after each of eight steps of the optimizers, learning rates by
schedule, and metrics over two batches. Inputs are drawn once from numpy's generator and stored beside the results.
"""
import json, os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras, numpy as np, torch

rng = np.random.default_rng(11)


def plain(array):
    array = np.asarray(array, np.float32)
    return {"shape": list(array.shape), "values": [float(str(v)) for v in array.flatten()]}


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def losses():
    k, t = keras.losses, torch.nn.functional
    numbers, targets = rng.normal(size=(6, 3)) * 2, rng.normal(size=(6, 3)) * 2
    amounts, true_amounts = rng.exponential(size=(6, 3)) * 50 - 5, rng.exponential(size=(6, 3)) * 50
    signs = rng.integers(0, 2, size=(6, 3)) * 2.0 - 1
    yes = rng.integers(0, 2, size=(6, 1)).astype(float)
    scores = rng.normal(size=(6, 1)) * 3
    p, y = softmax(rng.normal(size=(6, 4))), softmax(rng.normal(size=(6, 4)) * 3)
    one_hot = np.eye(4)[rng.integers(0, 4, size=(6,))]
    logits = rng.normal(size=(6, 4)) * 3
    binary = lambda **o: k.BinaryCrossentropy(label_smoothing=0.1, **o)
    categorical = lambda **o: k.CategoricalCrossentropy(label_smoothing=0.1, **o)
    rows = [
        ("MeanSquaredLogarithmicError", k.MeanSquaredLogarithmicError(), amounts, true_amounts),
        ("Hinge", k.Hinge(), numbers, signs),
        ("Hinge", k.Hinge(), scores, yes),
        ("SquaredHinge", k.SquaredHinge(), numbers, signs),
        ("SquaredHinge", k.SquaredHinge(), scores, yes),
        ("KLDivergence", k.KLDivergence(), p, y),
        ("KLDivergence", k.KLDivergence(), p, one_hot),
        ("Huber", k.Huber(), numbers, targets),
        ("Huber 0.3", k.Huber(delta=0.3), numbers, targets),
        ("BinaryCrossentropy smooth", binary(), 1 / (1 + np.exp(-scores)), yes),
        ("BinaryCrossentropy smooth logits", binary(from_logits=True), scores, yes),
        ("CategoricalCrossentropy smooth", categorical(), p, one_hot),
        ("CategoricalCrossentropy smooth logits", categorical(from_logits=True), logits, one_hot),
        # The same from PyTorch, where it has the loss.
        ("Huber", lambda y, p: t.smooth_l1_loss(p, y), numbers, targets),
        ("Huber 0.3", lambda y, p: t.huber_loss(p, y, delta=0.3), numbers, targets),
        ("KLDivergence", lambda y, p: t.kl_div(p.log(), y, reduction="batchmean"), p, y),
        ("MeanSquaredError", lambda y, p: t.mse_loss(p, y), numbers, targets),
        ("MeanAbsoluteError", lambda y, p: t.l1_loss(p, y), numbers, targets),
        ("BinaryCrossentropy", lambda y, p: t.binary_cross_entropy(p, y), 1 / (1 + np.exp(-scores)), yes),
        ("BinaryCrossentropy logits", lambda y, p: t.binary_cross_entropy_with_logits(p, y), scores * 30, yes),
        ("CategoricalCrossentropy logits", lambda y, p: t.cross_entropy(p, y), logits * 30, y),
        ("CategoricalCrossentropy smooth logits", lambda y, p: t.cross_entropy(p, y, label_smoothing=0.1), logits, one_hot),
    ]
    for name, loss, prediction, target in rows:
        p = torch.tensor(prediction, dtype=torch.float32, requires_grad=True)
        y = torch.tensor(target, dtype=torch.float32)
        value = loss(y, p)
        value.backward()
        yield {"name": name, "prediction": plain(prediction), "target": plain(target),
               "value": float(value.detach()), "gradient": plain(p.grad)}


def optimizers():
    k, s = keras.optimizers, keras.optimizers.schedules
    rows = [
        ("SGD decay", k.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.2)),
        ("AdamW", k.AdamW(0.05)),
        ("AdamW 0.3", k.AdamW(0.05, weight_decay=0.3, beta_1=0.8, beta_2=0.99, epsilon=1e-3)),
        ("RMSprop", k.RMSprop(0.01)),
        ("RMSprop momentum", k.RMSprop(0.01, momentum=0.7, rho=0.8)),
        ("RMSprop centered", k.RMSprop(0.01, centered=True, epsilon=1e-3)),
        ("RMSprop both", k.RMSprop(0.01, centered=True, momentum=0.9, epsilon=1e-3)),
        ("Adagrad", k.Adagrad(0.1)),
        ("Adagrad start", k.Adagrad(0.1, initial_accumulator_value=0.5, epsilon=1e-2)),
        ("Adadelta", k.Adadelta(1.0)),
        ("Adadelta rho", k.Adadelta(10.0, rho=0.7, epsilon=1e-4)),
        ("clip value", k.SGD(0.1, clipvalue=0.05)),
        ("clip norm", k.Adam(0.05, clipnorm=0.3)),
        ("clip norm sgd", k.SGD(0.1, clipnorm=0.3)),
        ("clip global norm", k.SGD(0.1, global_clipnorm=0.3)),
        ("schedule", k.SGD(s.ExponentialDecay(0.1, 3, 0.5))),
        ("schedule adam", k.Adam(s.CosineDecay(0.0, 5, warmup_target=0.1, warmup_steps=3))),
    ]
    starts = [rng.normal(size=(4, 3)), rng.normal(size=(3,))]
    gradients = [[rng.normal(size=start.shape) * 10.0 ** rng.integers(-2, 2) for start in starts] for _ in range(8)]
    for name, optimizer in rows:
        weights = [keras.Variable(start.astype(np.float32)) for start in starts]
        steps = []
        for gradient in gradients:
            optimizer.apply([torch.tensor(g, dtype=torch.float32) for g in gradient], weights)
            steps.append([plain(w.value.detach().cpu().numpy()) for w in weights])
        # Start and gradients are the same for all: they stand in the first row.
        shared = {"starts": [plain(start) for start in starts],
                  "gradients": [[plain(g) for g in gradient] for gradient in gradients]} if name == rows[0][0] else {}
        yield {"name": name, "weights": steps, **shared}


def schedules():
    s = keras.optimizers.schedules
    rows = [("exponential", s.ExponentialDecay(0.1, 7, 0.6)),
            ("staircase", s.ExponentialDecay(0.1, 7, 0.6, staircase=True)),
            ("piecewise", s.PiecewiseConstantDecay([5, 12], [0.1, 0.03, 0.001])),
            ("cosine", s.CosineDecay(0.1, 20)),
            ("cosine alpha", s.CosineDecay(0.1, 20, alpha=0.05)),
            ("warm-up cosine", s.CosineDecay(0.0, 20, alpha=0.05, warmup_target=0.1, warmup_steps=6))]
    for name, schedule in rows:
        yield {"name": name, "rates": [float(schedule(step)) for step in range(32)]}


def plateaus():
    """The learning rate after each epoch of a loss that is given."""
    curve = [9, 4, 4, 4, 4, 3.99995, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 1, 1, 1, 1, 1, 1, 1, 1]
    for factor, patience, cooldown, min_rate in [(0.5, 2, 0, 0), (0.1, 2, 3, 0), (0.5, 1, 1, 0.05), (0.3, 3, 2, 0.01)]:
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.5))
        callback = keras.callbacks.ReduceLROnPlateau("loss", factor=factor, patience=patience, cooldown=cooldown, min_lr=min_rate)
        callback.set_model(model)
        callback.on_train_begin()
        rates = []
        for epoch, loss in enumerate(curve):
            callback.on_epoch_end(epoch, {"loss": loss})
            rates.append(float(model.optimizer.learning_rate))
        yield {"factor": factor, "patience": patience, "cooldown": cooldown, "min_rate": min_rate, "curve": curve, "rates": rates}


def metrics():
    """Over two batches of unequal size."""
    m, n, classes = keras.metrics, 50, 4
    yes = (rng.uniform(size=(n, 1)) < 0.4).astype(float)
    scores = np.round(rng.normal(size=(n, 1)) + yes, 1)  # rounded: some are equal
    many, many_scores = (rng.uniform(size=(n, 3)) < 0.3).astype(float), rng.normal(size=(n, 3))
    labels = rng.integers(0, classes, size=(n,)).astype(float)
    logits = rng.normal(size=(n, classes)) + 1.5 * np.eye(classes)[labels.astype(int)]
    one_hot, sigmoid = np.eye(classes)[labels.astype(int)], lambda z: 1 / (1 + np.exp(-z))
    numbers, targets = rng.normal(size=(n, 2)) * 3, rng.normal(size=(n, 2)) * 3

    class Macro:
        """The mean of a metric over the classes, each by the largest score."""
        def __init__(self, metric):
            self.each = [metric(top_k=1, class_id=c) for c in range(classes)]
        def update_state(self, y, p):
            for metric in self.each:
                metric.update_state(y, p)
        def result(self):
            return np.mean([float(metric.result()) for metric in self.each])

    # So many thresholds that they lie between all scores: the exact area.
    exact = m.AUC(thresholds=sorted(set(np.unique(sigmoid(scores)) + 1e-4) | set(np.unique(sigmoid(scores)) - 1e-4)))
    rows = [
        ("Precision", "binary", m.Precision(), sigmoid(scores), yes),
        ("Recall", "binary", m.Recall(), sigmoid(scores), yes),
        ("F1", "binary", m.F1Score(threshold=0.5, average="micro"), sigmoid(scores), yes),
        ("AUC", "binary", exact, sigmoid(scores), yes),
        ("Precision", "binary", m.Precision(), sigmoid(many_scores), many),
        ("Recall", "binary", m.Recall(), sigmoid(many_scores), many),
        ("F1", "binary", m.F1Score(threshold=0.5, average="micro"), sigmoid(many_scores), many),
        ("Precision", "binary logits", m.Precision(thresholds=1e-30), scores, yes),
        ("Recall", "binary logits", m.Recall(thresholds=1e-30), scores, yes),
        ("Precision", "categorical", Macro(m.Precision), softmax(logits), one_hot),
        ("Recall", "categorical", Macro(m.Recall), softmax(logits), one_hot),
        ("F1", "categorical", m.F1Score(average="macro"), softmax(logits), one_hot),
        ("TopK", "categorical", m.TopKCategoricalAccuracy(k=2), softmax(logits), one_hot),
        ("TopK", "sparse", m.SparseTopKCategoricalAccuracy(k=2), logits, labels),
        ("Accuracy", "sparse", m.SparseCategoricalAccuracy(), logits, labels),
        ("MAE", "numbers", m.MeanAbsoluteError(), numbers, targets),
        ("RMSE", "numbers", m.RootMeanSquaredError(), numbers, targets),
    ]
    for name, loss, metric, prediction, target in rows:
        prediction, target = prediction.astype(np.float32), target.astype(np.float32)
        for part in (slice(0, 32), slice(32, n)):
            metric.update_state(target[part], prediction[part])
        yield {"name": name, "loss": loss, "prediction": plain(prediction), "target": plain(target),
               "value": float(metric.result())}


numbers = {"keras": keras.__version__, "torch": torch.__version__, "losses": list(losses()), "optimizers": list(optimizers()),
           "schedules": list(schedules()), "plateaus": list(plateaus()), "metrics": list(metrics())}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "learning.json"), "w") as file:
    json.dump(numbers, file)
    file.write("\n")
