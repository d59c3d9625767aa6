#!/usr/bin/env python3
"""Writes layers.json: numbers from Keras that tests/layers.rs compares ours with.

    pip install keras torch && KERAS_BACKEND=torch python layers.py

For each layer, with random weights: what it gives while learning and while predicting, the gradients of sum(y * factors)
for its input and its weights, and what five steps of gradient descent on a small model around it make of losses and
weights. Recurrent layers also give their last states, what a stateful one gives for one batch after the other, and how it
learns from such batches; and how the numbers are spread that weights start from.
"""
import json, os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras, numpy as np, torch

rng = np.random.default_rng(11)
keras.config.disable_flash_attention()


def plain(array):
    if hasattr(array, "detach"):
        array = array.detach().cpu()
    array = np.asarray(array, np.float32)
    return {"shape": list(array.shape), "values": [float(v) for v in array.flatten()]}


class Maxout(keras.layers.Layer):
    """The largest of `pieces` affine functions for each of `units`, as in the paper."""

    def __init__(self, units, pieces):
        super().__init__()
        self.units, self.pieces = units, pieces

    def build(self, shape):
        lines = self.units * self.pieces
        self.kernel = self.add_weight(shape=(shape[-1], lines))
        self.bias = self.add_weight(shape=(lines,))

    def call(self, x):
        lines = keras.ops.matmul(x, self.kernel) + self.bias
        return keras.ops.max(keras.ops.reshape(lines, (*x.shape[:-1], self.units, self.pieces)), axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)


def random_weights(layer):
    """In place: positive where a variance is asked for."""
    values = []
    for variable in layer.weights:
        value = rng.normal(size=variable.shape) * 0.6
        values.append(np.abs(value) + 0.5 if "variance" in variable.name else value)
    layer.set_weights(values)


def gradients(layer, x, factors, training):
    x = torch.tensor(x, dtype=torch.float32, requires_grad=not isinstance(layer, keras.layers.Embedding))
    for variable in layer.trainable_variables:
        variable.value.grad = None
    y = layer(x, training=training)
    (y * torch.tensor(factors, dtype=torch.float32)).sum().backward()
    by_name = {variable.path: variable.value.grad for variable in layer.trainable_variables}
    return {"y": plain(y), "dx": None if x.grad is None else plain(x.grad),
            "dweights": [plain(by_name[v.path]) if v.path in by_name else None for v in layer.weights]}


def row(name, make, config, x):
    layer = make(**config)
    layer.build(x.shape)
    random_weights(layer)
    weights = [plain(w) for w in layer.get_weights()]
    factors = rng.normal(size=layer.compute_output_shape(x.shape))
    result = {"layer": name, "config": config, "x": plain(x), "weights": weights, "factors": plain(factors)}
    result["predicting"] = gradients(layer, x, factors, False)
    result["learning"] = gradients(layer, x, factors, True)

    model = keras.Sequential([keras.Input(x.shape[1:]), make(**config), keras.layers.Flatten(), keras.layers.Dense(2)])
    random_weights(model)
    target = rng.normal(size=(len(x), 2))
    result["start"], result["target"] = [plain(w) for w in model.get_weights()], plain(target)
    model.compile(keras.optimizers.SGD(0.05), keras.losses.MeanSquaredError(), jit_compile=False)
    result["losses"] = [float(model.train_on_batch(x, target)) for _ in range(5)]
    result["end"] = [plain(w) for w in model.get_weights()]
    result["prediction"] = plain(model.predict_on_batch(x))
    return result


def states(name, make, config, x):
    """A stateful layer over three batches, with the state that it has after each."""
    layer = make(**config, stateful=True)
    layer.build(x[0].shape)
    random_weights(layer)
    result = {"layer": name, "config": config, "weights": [plain(w) for w in layer.get_weights()], "batches": []}
    for batch in x:
        y = layer(torch.tensor(batch, dtype=torch.float32))
        result["batches"].append({"x": plain(batch), "y": plain(y), "states": [plain(s.value) for s in layer.states]})
    return result


k = keras.layers
normal = lambda *shape: rng.normal(size=shape).astype(np.float32)
rows = [
    row("BatchNorm", k.BatchNormalization, {}, normal(6, 5) * 2 + 3),
    row("BatchNorm", k.BatchNormalization, {"momentum": 0.8, "epsilon": 1e-5}, normal(3, 4, 2, 3) * 5 - 1),
    row("LayerNorm", k.LayerNormalization, {}, normal(4, 5) * 2 + 3),
    row("LayerNorm", k.LayerNormalization, {"epsilon": 1e-5}, normal(2, 3, 4)),
    row("Maxout", Maxout, {"units": 3, "pieces": 2}, normal(6, 4)),
    row("Maxout", Maxout, {"units": 2, "pieces": 3}, normal(2, 3, 4)),
    row("Reshape", k.Reshape, {"target_shape": [2, -1]}, normal(3, 4, 3)),
    row("Embedding", k.Embedding, {"input_dim": 7, "output_dim": 3},
        np.array([[0, 6, 2, 2, 3], [2, 1, 0, 5, 2]], np.float32)),
]
recurrent = [("SimpleRNN", k.SimpleRNN), ("LSTM", k.LSTM), ("GRU", k.GRU)]
for name, make in recurrent:
    rows.append(row(name, make, {"units": 4}, normal(3, 6, 2)))
    rows.append(row(name, make, {"units": 3, "return_sequences": True}, normal(2, 5, 3)))
rows.append(row("SimpleRNN", k.SimpleRNN, {"units": 3, "activation": "relu"}, normal(4, 5, 2)))
stateful = [states(name, make, {"units": 3}, normal(3, 2, 4, 2)) for name, make in recurrent]



def augmented(name, make, config, x):
    """A layer whose limits are equal, so that nothing is left to chance, while learning."""
    return {"layer": name, "config": config, "x": plain(x), "y": plain(make(**config)(x, training=True))}


images = rng.uniform(size=(2, 5, 7, 2)).astype(np.float32)
augmentations = []
for mode in ["reflect", "constant", "wrap", "nearest"]:
    fill = {"fill_mode": mode, "fill_value": 0.25}
    augmentations += [
        augmented("RandomRotation", k.RandomRotation, {"factor": (0.07, 0.07), **fill}, images),
        augmented("RandomRotation", k.RandomRotation, {"factor": (-0.4, -0.4), **fill}, images),
        augmented("RandomZoom", k.RandomZoom, {"height_factor": (0.6, 0.6), **fill}, images),
        augmented("RandomZoom", k.RandomZoom, {"height_factor": (-0.3, -0.3), "width_factor": (0.8, 0.8), **fill}, images),
        augmented("RandomTranslation", k.RandomTranslation,
                  {"height_factor": (-0.33, -0.33), "width_factor": (0.9, 0.9), **fill}, images),
    ]
augmentations += [
    augmented("RandomBrightness", k.RandomBrightness, {"factor": (0.2, 0.2), "value_range": (0, 1)}, images),
    augmented("RandomBrightness", k.RandomBrightness, {"factor": (-0.1, -0.1), "value_range": (0.1, 0.9)}, images),
]



def penalised(make):
    """With what the kernel's size adds to the loss: a kind and one or two numbers."""
    kinds = {"l1": keras.regularizers.L1, "l2": keras.regularizers.L2, "l1l2": keras.regularizers.L1L2}
    return lambda penalty, **config: make(kernel_regularizer=kinds[penalty[0]](*penalty[1:]), **config)


functions = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softmax"]
rows += [row("Dense", k.Dense, {"units": 3, "activation": name}, normal(4, 5)) for name in functions]
rows.append(row("Dense", k.Dense, {"units": 2, "activation": "tanh"}, normal(2, 3, 4)))
rows += [row("Activation", k.Activation, {"activation": name}, normal(3, 4)) for name in functions]
rows += [row("Dense", penalised(k.Dense), {"units": 3, "penalty": penalty}, normal(4, 5))
         for penalty in (["l1", 0.02], ["l2", 0.05], ["l1l2", 0.01, 0.03])]
rows += [
    row("Flatten", k.Flatten, {}, normal(3, 2, 2, 2)),
    row("Dropout", k.Dropout, {"rate": 0.0}, normal(3, 4)),
    row("Conv2D", k.Conv2D, {"filters": 3, "kernel_size": 2, "activation": "relu"}, normal(2, 4, 5, 2)),
    row("Conv2D", penalised(k.Conv2D), {"filters": 2, "kernel_size": 3, "penalty": ["l2", 0.04]}, normal(2, 4, 4, 2)),
    row("Conv2DTranspose", k.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "strides": 2}, normal(2, 2, 3, 2) * 0.2),
    row("MaxPool2D", k.MaxPooling2D, {"pool_size": 2}, normal(2, 4, 5, 2)),
    row("AvgPool2D", k.AveragePooling2D, {"pool_size": 2}, normal(2, 4, 5, 2)),
    row("GlobalAvgPool2D", k.GlobalAveragePooling2D, {}, normal(2, 3, 4, 2)),
    row("UpSampling2D", k.UpSampling2D, {"size": 2}, normal(2, 2, 3, 2)),
    row("ZeroPadding2D", k.ZeroPadding2D, {"padding": 1}, normal(2, 2, 3, 2)),
]


def stateful_training(name, make):
    """Three epochs of batches in their order, each with the states of the one before; forgotten after each epoch.

    Keras's own stateful layers cannot learn on PyTorch, which refuses their states that change in place: the states are
    handed on by hand."""
    layer, head = make(3, return_state=True), keras.layers.Dense(1)
    x, y = normal(8, 4, 2), normal(8, 1)
    layer.build((2, 4, 2)), head.build((2, 3))
    random_weights(layer), random_weights(head)
    weights = layer.trainable_variables + head.trainable_variables
    result = {"layer": name, "x": plain(x), "y": plain(y), "start": [plain(w.value) for w in weights], "losses": []}
    for _ in range(3):
        states, losses = None, []
        for at in range(0, 8, 2):
            state, *states = layer(torch.tensor(x[at:at + 2]), initial_state=states)
            loss = ((head(state) - torch.tensor(y[at:at + 2])) ** 2).mean()
            gradients = torch.autograd.grad(loss, [w.value for w in weights])
            for weight, gradient in zip(weights, gradients):
                weight.assign(weight.value.detach() - 0.1 * gradient)
            states = [state.detach() for state in states]
            losses.append(float(loss.detach()))
        result["losses"].append(float(np.mean(losses)))
    result["end"] = [plain(w.value) for w in weights]
    return result


stateful_trainings = [stateful_training(name, make) for name, make in recurrent]


def start(name, layer, shape):
    """How the numbers are spread that the weights of a large layer start from."""
    layer.build((None, *shape))
    spread = lambda w: {"shape": list(w.shape), "deviation": float(np.sqrt((w**2).mean())), "largest": float(np.abs(w).max()),
                        "mean": float(w.mean())}
    return {"layer": name, "shape": shape, "weights": [spread(w) for w in layer.get_weights()]}


keras.utils.set_random_seed(1)
starts = [
    start("Dense", k.Dense(200), [300]),
    start("Dense he", k.Dense(200, kernel_initializer="he_normal"), [300]),
    start("Dense truncated", k.Dense(200, kernel_initializer="truncated_normal"), [300]),
    start("Conv2D", k.Conv2D(64, 3), [8, 8, 32]),
    start("Conv2D he", k.Conv2D(64, 3, kernel_initializer="he_normal"), [8, 8, 32]),
    start("Conv2DTranspose", k.Conv2DTranspose(64, 3), [8, 8, 16]),
    start("Embedding", k.Embedding(500, 40), [10]),
    start("SimpleRNN", k.SimpleRNN(120), [10, 80]),
    start("LSTM", k.LSTM(120), [10, 80]),
    start("GRU", k.GRU(120), [10, 80]),
    start("BatchNorm", k.BatchNormalization(), [50]),
    start("LayerNorm", k.LayerNormalization(), [50]),
]

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.json"), "w") as file:
    json.dump({"keras": keras.__version__, "rows": rows, "stateful": stateful, "augmentations": augmentations,
               "stateful_trainings": stateful_trainings, "starts": starts}, file)
    file.write("\n")
