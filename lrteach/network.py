"""A network as a loss of one flat theta: forward, and back."""

import functools

import numpy as np

from ._internal.arguments import as_choice, as_number, as_whole, shown
from ._internal.arithmetic import quiet
from .models import Model, as_labels, as_table


@quiet  # for a very negative z, exp(-z) is inf, and what is returned is 0
def sigmoid(z):
    """1 / (1 + exp(-z))."""
    return 1 / (1 + np.exp(-z))


def relu(z):
    """The larger of z and 0."""
    return np.maximum(z, 0)


ACTIVATIONS = {  # name: (the function, its slope as a function of its own value h)
    "sigmoid": (sigmoid, lambda h: h * (1 - h)),
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (relu, lambda h: h > 0),
}


FEW = 90  # rows to predict together: small products stay on one thread, and none waits for another


def runs_first(theta):
    """A view of theta (dim, *batch) as (*batch, dim)."""
    return theta.transpose(*range(1, theta.ndim), 0)


class MLP(Model):
    """A network that names classes: the mean softmax cross-entropy over its rows.

    X  (rows, inputs);  y  (rows,), whole numbers from 0, the classes
    hidden      the units of each hidden layer
    activation  "sigmoid", "relu" or "tanh"
    theta       (dim, *batch): of one layer after the other the weights W (in, out), then the
                biases b (out,)
    """

    keep = "last"  # the path of all weights would not fit in memory
    rows_axis = -1  # X (runs, rows, inputs), where each run has rows of its own

    def __init__(self, X, y, hidden=(40, 20), activation="sigmoid"):
        self.X = as_table(X).copy()
        self.y = as_labels(self.X, y)
        self.activation = as_choice("activation", activation, list(ACTIVATIONS))
        if isinstance(hidden, str) or not np.iterable(hidden):
            raise TypeError("hidden must be the units of each hidden layer, such as (40, 20), "
                            f"not {shown(hidden)}")
        hidden = [as_whole("hidden", n) for n in hidden]
        self.units = [self.X.shape[1], *hidden, int(self.y.max()) + 1]
        super().__init__(dim=sum((n + 1) * m for n, m in zip(self.units, self.units[1:])),
                         name=f"{'-'.join(map(str, self.units))} {activation} network")

    def init(self, seed, std=None):
        """A random start (dim,): biases 0, weights normal with the standard deviation std.

        seed  a whole number; or a list of them, which gives a start for each, (dim, runs).
        Without std: sqrt(2 / in) for relu (He et al., 2015), sqrt(2 / (in + out)) for the others
        (Glorot, Bengio, 2010).
        """
        if isinstance(seed, (list, tuple, range, np.ndarray)) and np.ndim(seed) > 0:
            if len(seed) == 0:
                raise ValueError(f"seed is empty ({shown(seed)}): give at least one whole number")
            return np.stack([self.init(one, std) for one in seed], axis=-1)
        if std is not None:
            std = as_number("std", std, "0 or above and finite", lambda std: 0 <= std < np.inf)
        rng, start = np.random.default_rng(as_whole("seed", seed, least=0)), []
        for n, m in zip(self.units, self.units[1:]):
            spread = np.sqrt(2 / n if self.activation == "relu" else 2 / (n + m))
            start += [(spread if std is None else std) * rng.standard_normal(n * m), np.zeros(m)]
        return np.concatenate(start)

    def unpack(self, theta):
        """The layers [(W, b), ...] as views of theta: W (*batch, in, out) and b (*batch, out)."""
        return self._layers(runs_first(self._check(theta)))

    def _layers(self, rows):
        """Views [(W, b), ...] of an array (*batch, dim)."""
        layers, k = [], 0
        for n, m in zip(self.units, self.units[1:]):
            layers.append((rows[..., k:k + n * m].reshape(*rows.shape[:-1], n, m), rows[..., k + n * m:k + n * m + m]))
            k += n * m + m
        return layers

    def _forward(self, theta, X):
        """The layers, what goes into each of them, [X, h, ...], and what comes out of the last one, (*batch, rows, classes)."""
        layers = self._layers(np.ascontiguousarray(runs_first(theta)))  # matrix products are slow where a matrix is scattered in memory
        inputs, activate = [X.astype(theta.dtype, copy=False)], ACTIVATIONS[self.activation][0]
        for W, b in layers:
            z = inputs[-1] @ W
            z += b[..., None, :]
            if len(inputs) < len(layers):
                inputs.append(activate(z))
        return layers, inputs, z

    @quiet
    def value_and_grad(self, theta):
        """The pair (loss, gradient) by backpropagation: once forward through the layers, once back."""
        theta, rows = self._check(theta), self.y.shape[-1]
        layers, inputs, z = self._forward(theta, self.X)
        z = np.ascontiguousarray(z.mT)                                  # (*batch, classes, rows): sums over the classes are fast
        *runs, row = np.indices(self.y.shape, sparse=True)
        named = ..., *runs, self.y, row                                 # the right class of each row
        z -= z.max(axis=-2, keepdims=True)                              # the same softmax, and exp(z) is at most 1
        p = np.exp(z)
        total = p.sum(axis=-2, keepdims=True)
        loss = (np.log(total[..., 0, :]) - z[named]).sum(axis=-1) / rows  # cross-entropy: finite even where the softmax is 0
        p /= total * rows                                               # softmax / rows
        p[named] -= 1 / rows                                            # d loss / d z
        delta, slope, ones = p.mT, ACTIVATIONS[self.activation][1], np.ones(rows, theta.dtype)
        g = np.empty((*theta.shape[1:], self.dim), theta.dtype)
        for (W, _), (gW, gb), h in zip(layers[::-1], self._layers(g)[::-1], inputs[::-1]):
            np.matmul(h.mT, delta, out=gW)                              # d loss / d W
            np.matmul(ones, delta, out=gb)                              # d loss / d b: delta summed over the rows, by a product
            if h is not inputs[0]:
                delta = delta @ W.mT                                    # back through the layer before
                delta *= slope(h)
        return loss[()], g.transpose(-1, *range(g.ndim - 1))

    @quiet
    def predict(self, theta, X=None):
        """The most likely class of each row, (rows, *batch), for the network's own rows or for others."""
        theta, X = self._check(theta), self.X if X is None else as_table(X, self.units[0])
        z = [self._forward(theta, X[..., k:k + FEW, :])[-1] for k in range(0, X.shape[-2], FEW)]
        return np.moveaxis(np.concatenate(z, axis=-2).argmax(axis=-1), -1, 0)

    def accuracy(self, theta, X=None, y=None):
        """The share of rows that are named rightly, from 0 to 1, (*batch)."""
        if (X is None) != (y is None):
            raise ValueError("give X and y together, or neither of them")
        y = self.y if y is None else as_labels(as_table(X, self.units[0]), y)
        return (np.moveaxis(self.predict(theta, X), 0, -1) == y).mean(axis=-1)[()]

    def on(self, X, y):
        """A measure for `descend`: the accuracy on these rows, as a function of theta."""
        X = as_table(X, self.units[0]).copy()
        return functools.partial(self.accuracy, X=X, y=as_labels(X, y))
