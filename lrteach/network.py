"""A network as a loss of one flat theta: forward, and back."""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from ._internal.arguments import as_choice, as_number, as_seed, as_whole, shown
from ._internal.arithmetic import quiet
from .models import Model, as_labels, as_table

EPS = 1e-5  # added to the variances of batch normalisation
FEW = 90  # rows to predict together: small products stay on one thread, and none waits for another


def sigmoid(z):
    """1 / (1 + exp(-z)), which is 0 for a z so negative that exp(-z) is inf."""
    return 1 / (1 + np.exp(-z))


def relu(z):
    """The larger of z and 0."""
    return np.maximum(z, 0)


ACTIVATIONS = {  # name: (the function, its slope as a function of its own value h)
    "sigmoid": (sigmoid, lambda h: h * (1 - h)),
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (relu, lambda h: h > 0),
}


class Layer(NamedTuple):
    """The weights W (*batch, in, out) and the biases b (*batch, out) of a layer."""

    W: np.ndarray
    b: np.ndarray


class NormalisedLayer(NamedTuple):
    """A layer whose z = h @ W + b is normalised: gamma * (z - mean) / spread + beta."""

    W: np.ndarray
    b: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray


class Normal(NamedTuple):
    """z over its rows, (*batch, rows, units), with mean 0 and variance 1, and what made it so."""

    values: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


def softmax_cross_entropy(z, y):
    """The mean cross-entropy of the softmax of z with the classes y, and its slope d loss / d z.

    z  (*batch, rows, classes);  y  (rows,), or (runs, rows) where each run has rows of its own.
    """
    rows = y.shape[-1]
    *runs, row = np.indices(y.shape, sparse=True)
    named = ..., *runs, y, row                    # the right class of each row
    z = np.ascontiguousarray(z.mT)                # (*batch, classes, rows): sums are fast
    z -= z.max(axis=-2, keepdims=True)            # the same softmax, and exp(z) is at most 1
    p = np.exp(z)
    total = p.sum(axis=-2, keepdims=True)
    losses = np.log(total[..., 0, :]) - z[named]  # finite even where the softmax is 0
    p /= total * rows                             # softmax / rows
    p[named] -= 1 / rows
    return losses.sum(axis=-1) / rows, p.mT


def half_squares(z, y):
    """Half of |z - e_y|**2, its mean over the rows, and its slope; e_y is 1 at the class, else 0.

    z  (*batch, rows, classes);  y  (rows,), or (runs, rows) where each run has rows of its own.
    """
    rows = y.shape[-1]
    *runs, row = np.indices(y.shape, sparse=True)
    apart = z.copy()
    apart[..., *runs, row, y] -= 1
    return (apart * apart).sum(axis=(-2, -1)) / (2 * rows), apart / rows


LOSSES = {"cross-entropy": softmax_cross_entropy, "squares": half_squares}


@functools.cache
def ones(rows, dtype):
    """So many ones."""
    return np.ones(rows, dtype)


def over_rows(values, out=None):
    """The sum of values (*batch, rows, units) over the rows, by a product, which is faster."""
    return np.matmul(ones(values.shape[-2], values.dtype), values, out=out)


def normal(z, mean=None, spread=None):
    """`Normal` of z by the statistics of its own rows, or by given ones (Ioffe, Szegedy, 2015)."""
    rows = z.shape[-2]
    if mean is None:
        mean = over_rows(z) / rows
    z = z - mean[..., None, :]
    if spread is None:
        spread = np.sqrt(over_rows(z * z) / rows + EPS)
    z /= spread[..., None, :]
    return Normal(z, mean, spread)


def back_through_normal(delta, z, layer, gradient):
    """d loss / d z before the normalisation, from that after it; the gradient of gamma and beta."""
    rows = delta.shape[-2]
    over_rows(delta, out=gradient.beta)
    over_rows(delta * z.values, out=gradient.gamma)
    delta = delta - gradient.beta[..., None, :] / rows
    delta -= z.values * (gradient.gamma[..., None, :] / rows)
    delta *= (layer.gamma / z.spread)[..., None, :]
    return delta


def runs_first(theta):
    """A view of theta (dim, *batch) as (*batch, dim)."""
    return theta.transpose(*range(1, theta.ndim), 0)


def runs_last(rows):
    """A view of an array (*batch, dim) as (dim, *batch)."""
    return rows.transpose(-1, *range(rows.ndim - 1))


class MLP(Model):
    """A network that names classes: the mean loss over its rows.

    X  (rows, inputs);  y  (rows,), whole numbers from 0, the classes
    hidden      the units of each hidden layer
    activation  "sigmoid", "relu" or "tanh"
    batch_norm  True normalises what goes into each activation over the rows that a step sees:
                gamma * (z - mean) / sqrt(variance + 1e-5) + beta (Ioffe, Szegedy, 2015)
    loss        "cross-entropy" of the softmax, or "squares": half of |z - e_y|**2, e_y being 1
                at the class of the row and 0 elsewhere
    theta       (dim, *batch): of one layer after the other the weights W (in, out), the biases
                b (out,) and, where the layer is normalised, gamma (out,) and beta (out,)
    Raises TypeError or ValueError for bad arguments. An overflow gives inf or nan, and no warning.

    >>> net = MLP([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0], hidden=(3,))
    >>> net, net.dim
    (<Loss: 2-3-2 sigmoid network>, 17)
    >>> [W.shape for W, b in net.unpack(net.init(seed=0))]
    [(2, 3), (3, 2)]
    >>> net(np.zeros(17)).round(4)
    np.float64(0.6931)
    """

    keep = "last"  # the path of all weights would not fit in memory
    rows_axis = -1  # X (runs, rows, inputs), where each run has rows of its own

    def __init__(self, X, y, hidden=(40, 20), activation="sigmoid", batch_norm=False,
                 loss="cross-entropy"):
        self.X = as_table(X).copy()
        self.y = as_labels(self.X, y)
        self.activation = as_choice("activation", activation, list(ACTIVATIONS))
        if not isinstance(batch_norm, (bool, np.bool_)):
            raise TypeError(f"batch_norm must be True or False, not {shown(batch_norm)}")
        self.batch_norm = bool(batch_norm)
        self.loss = as_choice("loss", loss, list(LOSSES))
        if isinstance(hidden, str) or not np.iterable(hidden):
            raise TypeError("hidden must be the units of each hidden layer, such as (40, 20), "
                            f"not {shown(hidden)}")
        hidden = [as_whole("hidden", n) for n in hidden]
        self.units = [self.X.shape[1], *hidden, int(self.y.max()) + 1]
        weights = sum((n + 1) * m for n, m in itertools.pairwise(self.units))
        name = f"{'-'.join(map(str, self.units))} {activation} network"
        if self.batch_norm:
            weights, name = weights + 2 * sum(hidden), f"{name}, normalised"
        if self.loss != "cross-entropy":
            name = f"{name}, {self.loss}"
        super().__init__(dim=weights, name=name)

    def init(self, seed, std=None):
        """A random start (dim,): normal weights with the standard deviation std, biases 0.

        seed  a whole number; or a list of them, which gives a start for each, (dim, runs).
        Without std: sqrt(2 / in) for relu (He et al., 2015), sqrt(2 / (in + out)) for the others
        (Glorot, Bengio, 2010). gamma is 1, beta 0.
        """
        if np.ndim(seed) > 0 and not isinstance(seed, str):
            if np.size(seed) == 0:
                raise ValueError(f"seed is empty ({shown(seed)}): give at least one whole number")
            seeds = [as_seed("seed", one) for one in seed]
            return np.stack([self.init(one, std) for one in seeds], axis=-1)
        if std is not None:
            std = as_number("std", std, "0 or above and finite", lambda std: 0 <= std < np.inf)
        rng = np.random.default_rng(as_seed("seed", seed))
        theta = np.zeros(self.dim)
        for layer in self._layers(theta):
            inputs, outputs = layer.W.shape
            spread = np.sqrt(2 / inputs if self.activation == "relu" else 2 / (inputs + outputs))
            spread = spread if std is None else std
            layer.W[...] = spread * rng.standard_normal((inputs, outputs))
            if isinstance(layer, NormalisedLayer):
                layer.gamma[...] = 1.0
        return theta

    def unpack(self, theta):
        """The layers as views of theta, each a tuple of arrays by name: W, b[, gamma, beta].

        W is (*batch, in, out), the others are (*batch, out).
        """
        return self._layers(runs_first(self._check(theta)))

    def _layers(self, rows):
        """The layers as views of an array (*batch, dim)."""
        layers, start = [], 0
        for n, m in itertools.pairwise(self.units):
            W, b = start + n * m, start + n * m + m  # where each of them ends
            parts = rows[..., start:W].reshape(*rows.shape[:-1], n, m), rows[..., W:b]
            start = b
            if self.batch_norm and len(layers) < len(self.units) - 2:  # in all but the last layer
                start = b + 2 * m
                layers.append(NormalisedLayer(*parts, rows[..., b:b + m], rows[..., b + m:start]))
            else:
                layers.append(Layer(*parts))
        return layers

    def _forward(self, theta, X, statistics=None):
        """The layers, each with what goes into it and its z, normalised or not; and the last z.

        statistics  (mean, spread) for each normalised layer; without them, those of these rows.
        """
        activate = ACTIVATIONS[self.activation][0]
        theta = np.ascontiguousarray(runs_first(theta))  # products are slow where W is scattered
        z, seen = X.astype(theta.dtype, copy=False), []
        for k, layer in enumerate(self._layers(theta)):
            h = activate(z) if k else z
            z = h @ layer.W
            z += layer.b[..., None, :]
            normalised = None
            if isinstance(layer, NormalisedLayer):
                normalised = normal(z, *(statistics[k] if statistics else ()))
                z = layer.gamma[..., None, :] * normalised.values
                z += layer.beta[..., None, :]
            seen.append((layer, h, normalised))
        return seen, z

    @quiet
    def value_and_grad(self, theta):
        """The pair (loss, gradient): forward through the layers, and back."""
        theta = self._check(theta)
        seen, z = self._forward(theta, self.X)
        loss, delta = LOSSES[self.loss](z, self.y)       # delta is d loss / d z
        slope = ACTIVATIONS[self.activation][1]
        g = np.empty((*theta.shape[1:], self.dim), theta.dtype)
        parts = self._layers(g)                          # of the gradient, to be filled
        for (layer, h, normalised), part in zip(seen[::-1], parts[::-1], strict=True):
            if normalised:
                delta = back_through_normal(delta, normalised, layer, part)
            np.matmul(h.mT, delta, out=part.W)           # d loss / d W
            over_rows(delta, out=part.b)                 # d loss / d b
            if part is not parts[0]:
                delta = delta @ layer.W.mT               # back through the layer before
                delta *= slope(h)
        return loss[()], runs_last(g)

    @quiet
    def predict(self, theta, X=None):
        """The most likely class of each row, (rows, *batch), for its own rows or for others.

        A normalised network takes the means and spreads of its own rows for all.
        """
        theta = self._check(theta)
        X = self.X if X is None else as_table(X, self.units[0])
        statistics = self._statistics(theta)
        z = [self._forward(theta, X[..., k:k + FEW, :], statistics)[1]
             for k in range(0, X.shape[-2], FEW)]
        return np.moveaxis(np.concatenate(z, axis=-2).argmax(axis=-1), -1, 0)

    def _statistics(self, theta):
        """(mean, spread) of each normalised layer over the network's own rows, or None."""
        if not self.batch_norm:
            return None
        seen, _ = self._forward(theta, self.X)
        return [(z.mean, z.spread) for _, _, z in seen if z]

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
