"""Three problems as black boxes: they give a loss and a gradient, so many times and no more, and say nothing else.

Reading on spoils the game of notebook 09.
"""

import copy
import functools
from dataclasses import dataclass

import numpy as np

from .._internal.arguments import as_choice, as_number, as_whole
from ..descent import Run, descend
from ..losses import Loss
from ..models import LinearRegression, Minibatches
from ..optimizers import adam, momentum, rmsprop, sgd
from ..schedules import constant, cosine, one_cycle, step_decay
from ..surfaces import quadratic

BUDGET = 300  # steps
LEAST = 1e-9  # losses below it count as equal
PLANS = {  # {name: (a rate, the number of steps) -> a schedule}
    "constant": lambda lr, steps: constant(lr),
    "steps down": lambda lr, steps: step_decay(lr, steps / 3),
    "cosine": cosine,
    "one cycle": one_cycle,
}
BLIND_RULES = sgd, momentum, rmsprop, adam
BLIND_RATES = np.geomspace(1e-4, 10, 16)


class BlackBox(Loss):
    """A loss that `descend` accepts, with a budget: `box.left` steps are left of `box.budget`. It starts at `box.start`.

    Each step of each run costs one, and so does each call of the box or of its gradient; the loss at the start of a walk is free.
    Raises ValueError when nothing is left.
    """

    def __init__(self, name, problem, start, budget):
        self.budget, self._problem, self._paid, self._t = budget, problem, [0], None
        super().__init__(self, self.grad, start=start, dim=len(start), name=f"black box {name}")
        self.letter = name

    def __repr__(self):
        return f"<{self.name}: {self.dim} numbers to learn, {self.left} of {self.budget} steps left>"

    @property
    def left(self):
        """How many steps are left."""
        return self.budget - self._paid[0]

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def grad(self, theta):
        """Gradient at theta, in the shape and the dtype of theta."""
        return self.value_and_grad(theta)[1]

    def value_and_grad(self, theta):
        """The pair (loss, gradient) at theta, as the present step sees them."""
        theta = self._check(theta)
        price = 0 if self._t == 0 else int(np.prod(theta.shape[1:]))
        if price > self.left:
            raise ValueError(f"{self.name} has {self.left} of its {self.budget} steps left, and this asks for {price} more: "
                             f"ask for fewer, or begin anew with black_box({self.letter!r})")
        self._paid[0] += price
        return self._problem.at(self._t or 0).value_and_grad(theta)

    def at(self, t):
        """The loss that step t sees. It draws on the same budget."""
        now = copy.copy(self)
        now._t = t
        return now

    def plan(self, lr, steps):
        """A `Run` that has not moved yet: the rates of a schedule (or a constant rate), at the loss of the start. It costs nothing."""
        schedule, steps = lr if callable(lr) else constant(lr), as_whole("steps", steps)
        rates = [as_number(f"lr at t = {t}", schedule(t), "one rate, 0 or above", lambda rate: 0 <= rate < np.inf)
                 for t in range(steps + 1)]
        still = np.repeat(np.reshape(self.start, (-1, 1)), steps + 1, axis=1)
        return Run(still, np.full(steps + 1, self.at(0)(self.start)), np.array(rates), self)


def black_box(name, budget=BUDGET):
    """The problem "A", "B" or "C" as a new `BlackBox` with its whole budget of steps."""
    problem, start = _problem(as_choice("name", name, list(PROBLEMS)))
    return BlackBox(name, problem, start, as_whole("budget", budget))


@dataclass(frozen=True)
class Score:
    """How a walk on a black box came out: its loss, and its place among the blind walks, as the share of them that end higher."""

    loss: float
    share: float
    blind: np.ndarray

    def __repr__(self):
        return (f"ends at {self.loss:.3g}, lower than {100 * self.share:.0f} % of {self.blind.size} blind walks "
                f"(the best of them {self.blind.min():.3g}, the median {np.median(self.blind):.3g})")


def score(run):
    """The `Score` of one walk on a black box: the loss at its end, without noise and above the lowest, among the `blind_walks`.

    A loss below 1e-9 counts as 1e-9. Raises TypeError for another loss, ValueError for a batch of runs.
    """
    if not isinstance(getattr(run, "f", None), BlackBox):
        raise TypeError(f"run must be a Run on a black box, not {run!r}")
    if run.batch:
        raise ValueError(f"run must be one run, not a batch of shape {run.batch}: choose one, run[k]")
    blind = blind_walks(run.f.letter)
    loss = float(_above(run.f._problem, run.final))
    return Score(loss, float(np.mean(blind > loss)), blind)


def blind_walks(name):
    """The losses at the end of 256 walks that anybody could take blindly, on the problem "A", "B" or "C": (4 rules, 4 plans, 16 rates).

    Each spends the whole budget at once, as `score` sees it: BLIND_RULES with their defaults, PLANS, BLIND_RATES. inf where it diverged.
    """
    return _blind(as_choice("name", name, list(PROBLEMS)))


@functools.cache
def _blind(name):
    problem, start = _problem(name)
    plans = [plan(BLIND_RATES, BUDGET) for plan in PLANS.values()]
    ends = np.array([_above(problem, descend(problem, start, rule, lr=lambda t: np.stack([lr(t) for lr in plans]), steps=BUDGET,
                                             keep="last").final) for rule in BLIND_RULES])
    ends.flags.writeable = False
    return ends


def _above(problem, theta):
    """The true loss above its minimum, at theta (dim, *batch), at least 1e-9; inf where it is not a number."""
    whole = getattr(problem, "loss", problem)  # of minibatches, the loss over all rows
    with np.errstate(all="ignore"):
        loss = whole(theta) - whole(whole.minimum)
    return np.where(np.isfinite(loss), np.maximum(loss, LEAST), np.inf)


# what is inside


@functools.cache
def _problem(name):
    return PROBLEMS[name]()


def _turned(eigenvalues, direction):
    """A bowl at 0 with these curvatures, mirrored so that no axis is an eigen-direction; its Hessian and its eigenvectors."""
    v = np.asarray(direction, float)
    vectors = np.eye(len(v)) - 2 * np.outer(v, v) / (v * v).sum()
    hessian = sum(c * np.outer(q, q) for c, q in zip(eigenvalues, vectors.T))
    return (hessian + hessian.T) / 2, vectors


def _curved():
    """A bowl of ten numbers with the curvatures 0.005 to 50; each of them holds a tenth of the loss at the start."""
    curvatures = np.geomspace(0.005, 50, 10)
    hessian, vectors = _turned(curvatures, np.arange(1, 11) * (-1.0) ** np.arange(10))
    minimum = np.linspace(-3, 3, 10)
    return quadratic(hessian, minimum), minimum + (vectors * np.sqrt(20 / curvatures)).sum(axis=1)


def _noisy():
    """A regression on 1000 rows of 20 columns, four rows at a time, with much noise in y."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(1000, 20)) * np.geomspace(1.5, 0.5, 20)
    y = (X * rng.normal(0, 3, 20)).sum(axis=1) + rng.normal(0, 6, 1000)
    return Minibatches(LinearRegression(X, y), 4, 10 * BUDGET, seed=0), np.zeros(20)


def _flat():
    """A well in a plain: q / (1 + q) for a bowl q of six numbers with the curvatures 0.01 to 1, which is 100 at the start."""
    curvatures = np.geomspace(0.01, 1, 6)
    hessian, vectors = _turned(curvatures, np.arange(1, 7))
    bowl = quadratic(hessian)
    well = Loss(lambda theta: bowl(theta) / (1 + bowl(theta)), lambda theta: bowl.grad(theta) / (1 + bowl(theta)) ** 2,
                minimum=np.zeros(6), dim=6)
    return well, (vectors * np.sqrt(200 / 6 / curvatures)).sum(axis=1)


PROBLEMS = {"A": _curved, "B": _noisy, "C": _flat}
