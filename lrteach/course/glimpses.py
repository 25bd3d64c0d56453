"""A glimpse of each notebook, for the map of the course in notebook 00."""

import numpy as np

from ..data import digits, receipts
from ..descent import descend
from ..models import LinearRegression, Minibatches
from ..network import MLP
from ..optimizers import adagrad, adam, momentum
from ..plots import (
    accuracy_curve,
    curve,
    landscape,
    loss_curve,
    lr_curve,
    range_curve,
    rate_curve,
)
from ..plots.scene import Scene
from ..range_test import lr_range_test
from ..schedules import cosine, one_cycle, triangular, warm_restarts, warmup
from ..surfaces import parabola, rosenbrock, valley
from .blackbox import black_box


def glimpse(number):
    """A picture of what notebook `number`, such as "01", is about."""
    panel, title, runs = GLIMPSES[number]()
    return Scene(panel, title=f"{number}  {title}", size=(6, 3.6)).show(runs)


def _one_step():
    panel = curve(parabola(), y=(-5, 100), before=True)
    return panel, "One step, by hand", descend(parabola(), -5.0, lr=0.6, steps=1)


PRICES = LinearRegression(*receipts())
FRUIT = "price of an apple", "price of an orange"


def _two_prices():
    panel = landscape(PRICES, x=(-50, 250), y=(-120, 180), names=FRUIT)
    return panel, "Learning two prices", descend(PRICES, [0.0, 0.0], lr=0.03, steps=100)


def _noise():
    noisy = Minibatches(PRICES, batch_size=1, steps=100, seed=0)
    panel = landscape(PRICES, x=(85, 113), y=(17, 33), names=FRUIT, equal=True)
    return panel, "One receipt at a time", descend(noisy, PRICES.minimum, lr=0.01, steps=100)


def _memory():
    panel = landscape(valley(), x=(-8, 4), y=(-2.4, 2.4))
    return panel, "With a memory, and without", {
        "gradient descent": descend(valley(), (-7, 2), lr=0.95, steps=30),
        "momentum": descend(valley(), (-7, 2), momentum, lr=0.5, beta=0.64, steps=30),
    }


def _three_rules():
    f = rosenbrock()
    rates = [(momentum, 0.0013), (adagrad, 2.0), (adam, 1.3)]
    return landscape(f), "Three optimizers, each at its own rate", {
        rule.__name__: descend(f, f.start, rule, lr=lr, steps=100) for rule, lr in rates
    }


def _network():
    X, y, X_test, y_test = digits()
    return MLP(X, y, hidden=(32,)), X_test, y_test


def _accuracy():
    net, X_test, y_test = _network()
    batches = Minibatches(net, 32, 200, seed=0)
    measure = {"test": lambda theta: net.accuracy(theta, X_test, y_test)}
    return accuracy_curve(steps=200), "One network, three rates", {
        f"lr = {lr}": descend(batches, net.init(seed=0), lr=lr, steps=200,
                              every=10, measure=measure)
        for lr in (0.01, 0.1, 1.0)
    }


def _range_test():
    net, _, _ = _network()
    panel = range_curve(x=(1e-4, 10), y=(0, 4), rules=False, phases=True)
    return panel, "A rate that grows at every step", lr_range_test(
        Minibatches(net, 32, 100, seed=0), net.init(seed=0), momentum,
        min_lr=1e-4, max_lr=10, smoothing=0.9)


def _cycles():
    schedules = {
        "triangular": triangular(0.1, 1.0, 25),
        "warm restarts": warm_restarts(1.0, 50),
        "one cycle": one_cycle(1.0, 100),
    }
    return lr_curve(steps=100, y=(-0.04, 1.1)), "Rates that come back", {
        name: descend(parabola(), -5.0, lr=lr, steps=100) for name, lr in schedules.items()
    }


def _warm_up():
    schedules = {
        "warm-up, then cosine": warmup(cosine(1.0, 90), 10),
        "warm up, hold, cool down": lambda t: np.interp(t, [0, 10, 70, 100], [0.1, 1, 1, 0]),
    }
    return lr_curve(steps=100, y=(-0.04, 1.1)), "A gentle start, and a good end", {
        name: descend(parabola(), -5.0, lr=lr, steps=100) for name, lr in schedules.items()
    }


def _batches():
    net, _, _ = _network()
    rates = np.geomspace(0.01, 4, 25)
    panel = rate_curve(x=(0.01, 4), y=(0.05, 10), log_x=True, each=True)
    return panel, "Which rate suits which batch?", {
        f"{size} at a time": descend(
            Minibatches(net, size, 1024 // size, seed=0), net.init(seed=0)[:, None],
            lr=rates, steps=1024 // size)
        for size in (4, 16, 64)
    }


def _black_boxes():
    panel = loss_curve(steps=300, y=(1e-4, 1e4))
    return panel, "One optimizer, one rate, three black boxes", {
        f"box {name}": descend(black_box(name), black_box(name).start, adam, lr=0.3, steps=300)
        for name in "ABC"
    }


GLIMPSES = {
    "01": _one_step,
    "02": _two_prices,
    "03": _noise,
    "04": _memory,
    "05": _three_rules,
    "06": _accuracy,
    "07": _range_test,
    "08": _cycles,
    "09": _warm_up,
    "10": _batches,
    "11": _black_boxes,
}
