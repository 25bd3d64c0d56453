"""Three problems as black boxes: a loss and a gradient for each step, so many and no more.

Reading on spoils the game of the last notebook.
"""

import functools
import uuid
from dataclasses import dataclass

import numpy as np

from .._internal.arguments import as_choice, as_number, as_whole, shown
from ..descent import Run, descend
from ..losses import Loss, Objective
from ..models import LinearRegression, Minibatches
from ..optimizers import adam, momentum, rmsprop, sgd
from ..schedules import as_schedule, constant, cosine, one_cycle, step_decay
from ..surfaces import quadratic

BUDGET = 300  # steps
LEAST = 1e-9  # losses below it count as equal
LOST = 1e6    # a loss that is so many times that of the start has left all bounds
SAME = 1e-5   # share by which a loss may differ, in float32 too, of a run that has not moved
DRAWN = 3000  # mini-batches; then the first comes again
BITS = 16     # of a gradient that a box tells, so about five digits
PLANS = {  # {name: (a rate, the number of steps) -> a schedule}
    "constant": lambda lr, steps: constant(lr),
    "steps down": lambda lr, steps: step_decay(lr, steps / 3),
    "cosine": cosine,
    "one cycle": one_cycle,
}
BLIND_RULES = sgd, momentum, rmsprop, adam
BLIND_RATES = np.array([
    0.0001, 0.000215, 0.000464, 0.001, 0.00215, 0.00464, 0.01, 0.0215, 0.0464,
    0.1, 0.215, 0.464, 1.0, 2.15, 4.64, 10.0,
])


class BlackBox(Objective):
    """A loss that `descend` accepts, with a budget: `box.left` steps are left of `box.budget`.

    It starts at `box.start`. A run of n steps costs n, and a batch of k of them k * n: one for each
    gradient. So does whatever else is asked: `box(theta)` and `box.grad(theta)` cost one for each
    theta, `box.hessian(theta)` two for each coordinate and one. The loss at the start is free.
    What is left does not pay for is refused, and costs nothing. All copies share one budget.
    A gradient comes with five digits, so that a run goes the same way on every machine.
    Raises ValueError when too little is left.
    """

    def __init__(self, letter, purse, t=None):
        self._problem, start = _problem(letter)
        self._purse, self._t = purse, t
        name = f"black box {letter}"
        super().__init__(start=start, dim=len(start), name=name)
        self.letter = letter

    def __repr__(self):
        return (f"<{self.name}: {self.dim} parameters, "
                f"{self.left} of {self.budget} steps left>")

    def __reduce__(self):
        return BlackBox, (self.letter, self._purse, self._t)

    @property
    def budget(self):
        """How many steps there were at first."""
        return self._purse.budget

    @property
    def left(self):
        """How many steps are left."""
        return self._purse.budget - self._purse.paid

    def at(self, t):
        """The loss that step t sees. It draws on the same budget."""
        return BlackBox(self.letter, self._purse, t)

    def __call__(self, theta):
        theta = self._check(theta)
        if not (self._t == 0 and self._is_start(theta)):
            self._pay(theta)
        return self._now()(theta)

    def value_and_grad(self, theta):
        """The pair (loss, gradient) at theta, as the present step sees them."""
        theta = self._check(theta)
        self._pay(theta)
        return self._now().value_and_grad(theta)

    def hessian(self, theta):
        """Matrix of second derivatives at theta, for two steps a coordinate and one."""
        theta, price = self._check(theta), 2 * self.dim + 1
        self._afford(theta, price)
        self._check_point(theta)
        self._pay(theta, price)
        return self._now().hessian(theta)

    def walk(self, steps):
        """This box as one run of `descend` sees it: refused before it begins, or paid in full."""
        return _Walk(self, steps)

    def plan(self, lr, steps):
        """A `Run` that has not moved yet, at the loss of the start, with the rates of a schedule.

        lr  a schedule, or a constant rate. It costs nothing.
        """
        schedule, steps = as_schedule("lr", lr), as_whole("steps", steps)
        kind = "one rate, 0 or above"
        rates = [
            as_number(f"lr at t = {t}", schedule(t), kind, lambda rate: 0 <= rate < np.inf)
            for t in range(steps + 1)
        ]
        still = np.repeat(np.reshape(self.start, (-1, 1)), steps + 1, axis=1)
        return Run(still, np.full(steps + 1, self.at(0)(self.start)), np.array(rates), self)

    def _now(self):
        return self._problem.at(self._t or 0)

    def _is_start(self, theta):
        start = _problem(self.letter)[1].astype(theta.dtype)
        return (theta == start.reshape(-1, *(1,) * (theta.ndim - 1))).all()

    def _pay(self, theta, steps=1):
        self._afford(theta, steps)
        self._purse.paid += steps * _runs(theta)
        self._purse.seen |= _points(theta)

    def _afford(self, theta, steps):
        price = steps * _runs(theta)
        if price > self.left:
            raise ValueError(
                f"{self.name} has {self.left} of its {self.budget} steps left, and this asks for "
                f"{price} more: ask for fewer, or begin anew with black_box({self.letter!r})")


class _Walk:
    """A black box for one run: each look pays for the step after it, and the last is for nothing.

    So n + 1 looks cost n steps. That last one gives the loss alone: its gradient is nan.
    """

    def __init__(self, box, steps):
        self.box, self.steps, self.looks, self.dim = box, steps, 0, box.dim

    def __repr__(self):
        return repr(self.box)

    def at(self, t):
        return _Look(self, t)

    def value_and_grad(self, theta):
        return self.at(0).value_and_grad(theta)


class _Look:
    """What step t of a run asks of a black box."""

    def __init__(self, walk, t):
        self.walk, self.t = walk, t

    def __call__(self, theta):
        """Zeros in the shape of the loss: what it will be, nobody knows before it is paid."""
        return np.zeros(self.walk.box._check(theta).shape[1:])

    def value_and_grad(self, theta):
        """The loss and the gradient for one step; or the loss that ends the run, for nothing."""
        walk, box = self.walk, self.walk.box
        theta, now = box._check(theta), box._problem.at(self.t)
        if walk.looks == 0:
            box._afford(theta, walk.steps)
            walk.runs = _runs(theta)
        walk.looks += 1
        if walk.looks != walk.steps + 1 or _runs(theta) != walk.runs:
            box._pay(theta)
            return now.value_and_grad(theta)
        box._purse.seen |= _points(theta)
        return now(theta), np.full_like(theta, np.nan)


class _Purse:
    """What a box has paid, and where it has looked: one for all its copies, pickled ones too."""

    pickled = {}  # by their marks, so that a pickle read here brings back the same purse

    def __init__(self, budget, paid=0, seen=(), mark=None):
        self.budget, self.paid, self.seen = budget, paid, set(seen)
        self.mark = mark or uuid.uuid4().hex

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        self.pickled[self.mark] = self
        return _purse, (self.budget, self.paid, sorted(self.seen), self.mark)


def _purse(budget, paid, seen, mark):
    return _Purse.pickled.setdefault(mark, _Purse(budget, paid, seen, mark))


def _runs(theta):
    """How many runs are in theta (dim, *batch)."""
    return int(np.prod(theta.shape[1:]))


def _points(theta):
    """The set of the points in theta (dim, *batch), each as its bytes in float64."""
    rows = np.moveaxis(np.asarray(theta, float), 0, -1).reshape(-1, len(theta))
    return {row.tobytes() for row in rows + 0.0}  # -0.0 + 0.0 is 0.0


def black_box(name, budget=BUDGET):
    """The problem "A", "B" or "C" as a new `BlackBox` with its whole budget of steps."""
    name = as_choice("name", name, list(PROBLEMS))
    purse = _Purse(as_whole("budget", budget), seen=_points(_problem(name)[1]))
    return BlackBox(name, purse)


@dataclass(frozen=True)
class Score:
    """How a run on a black box came out, among the blind walks.

    loss   at its end, inf where the run is lost;  share  of the blind walks that end higher
    blind  the losses at the ends of the blind walks
    """

    loss: float
    share: float
    blind: np.ndarray

    def __repr__(self):
        end = f"ends at {self.loss:.3g}" if self.loss < np.inf else "is lost"
        best, median = self.blind.min(), np.median(self.blind)
        return f"{end}, beats {100 * self.share:.0f} % (best {best:.2g}, median {median:.2g})"


def score(run):
    """The `Score` of one run on a black box: the loss at its end, and its place among the blind.

    The loss is the true one, without noise, above the lowest, to six digits and at least 1e-9. A
    run is lost where it ends above the start, or ever was a million times as high: that is inf.
    Raises TypeError for another loss, ValueError for a batch of runs, and for a run whose end the
    box has never been asked about.
    """
    if not isinstance(getattr(run, "f", None), BlackBox):
        raise TypeError(f"run must be a Run on a black box, not {shown(run)}")
    if run.batch:
        raise ValueError(
            f"run must be one run, not a batch of shape {run.batch}: choose one, run[k]")
    box = run.f
    if not _points(run.final) <= box._purse.seen:
        raise ValueError(
            f"run must end where {box.name} has been asked; box(run.final) asks, for one step")
    loss = float(_ends(box.letter, run))
    blind = blind_walks(box.letter)
    return Score(loss, float(np.mean(blind > loss)), blind)


def blind_walks(name):
    """The losses at the end of 256 runs that anybody could take blindly on "A", "B" or "C".

    Their shape is (4 optimizers, 4 schedules, 16 rates): BLIND_RULES with their defaults, PLANS,
    BLIND_RATES. Each spends the whole budget at once, and its end is as `score` sees it.
    """
    return _blind(as_choice("name", name, list(PROBLEMS)))


@functools.cache
def _blind(name):
    problem, start = _problem(name)
    plans = [plan(BLIND_RATES, BUDGET) for plan in PLANS.values()]

    def lr(t):
        return np.stack([plan(t) for plan in plans])
    runs = [descend(problem, start, rule, lr=lr, steps=BUDGET, keep="last") for rule in BLIND_RULES]
    ends = np.stack([_ends(name, run) for run in runs])
    ends.flags.writeable = False
    return ends


def _ends(name, run):
    """Where a run or a batch of them ends, in true loss above the lowest, inf where it is lost."""
    problem, start = _problem(name)
    first = problem.above(start)
    loss = problem.above(run.final)
    with np.errstate(invalid="ignore"):
        in_bounds = (run.loss <= LOST * first).all(axis=0) & (loss <= (1 + SAME) * first)
    return _six_digits(np.where(in_bounds, np.maximum(loss, LEAST), np.inf))


_six_digits = np.vectorize(lambda value: float(f"{value:.6g}"), otypes=[float])


# what is inside


class _Told(Objective):
    """A problem as a box tells it: its gradients have BITS bits.

    A run at a rate beyond the edge magnifies the last bit of a gradient until it decides where the
    run ends, and processors differ in that bit. Rounding takes the difference away at each step.
    """

    def __init__(self, f):
        self.f = f
        super().__init__(minimum=f.minimum, dim=f.dim, name=f.name)

    @property
    def whole(self):
        """The problem without noise: of minibatches, the loss over all rows."""
        return self.f.whole

    def at(self, t):
        """The problem that step t sees."""
        now = self.f.at(t % DRAWN)
        return self if now is self.f else _Told(now)

    def hessian(self, theta):
        """Matrix of second derivatives at theta."""
        return self.f.hessian(theta)

    def value_and_grad(self, theta):
        """The loss, and the gradient as it is told."""
        loss, g = self.f.value_and_grad(theta)
        mantissa, exponent = np.frexp(g)
        return loss, np.ldexp(np.round(mantissa * 2.0 ** BITS) / 2.0 ** BITS, exponent)

    def above(self, theta):
        """The true loss above the lowest one, without noise; nan or inf where it has diverged."""
        with np.errstate(all="ignore"):
            return self.whole(theta) - self.whole(self.minimum)


@functools.cache
def _problem(name):
    """The problem as a box tells it, and its start, which nobody may change."""
    f, start = PROBLEMS[name]()
    start.flags.writeable = False
    return _Told(f), start


def _turned(eigenvalues, direction):
    """A bowl at 0 with these curvatures, mirrored so that no axis is an eigen-direction.

    Returns its Hessian and its eigenvectors.
    """
    v = np.asarray(direction, float)
    vectors = np.eye(len(v)) - 2 * np.outer(v, v) / (v * v).sum()
    hessian = sum(c * np.outer(q, q) for c, q in zip(eigenvalues, vectors.T, strict=True))
    return (hessian + hessian.T) / 2, vectors


def _curved():
    """A bowl of ten numbers with the curvatures 0.005 to 50.

    Each of them holds a tenth of the loss at the start.
    """
    curvatures = np.geomspace(0.005, 50, 10)
    hessian, vectors = _turned(curvatures, np.arange(1, 11) * (-1.0) ** np.arange(10))
    minimum = np.linspace(-3, 3, 10)
    return quadratic(hessian, minimum), minimum + (vectors * np.sqrt(20 / curvatures)).sum(axis=1)


def _noisy():
    """A regression on 1000 rows of 20 columns, four rows at a time, with much noise in y."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(1000, 20)) * np.geomspace(1.5, 0.5, 20)
    y = (X * rng.normal(0, 3, 20)).sum(axis=1) + rng.normal(0, 6, 1000)
    return Minibatches(LinearRegression(X, y), 4, DRAWN, seed=0), np.zeros(20)


def _flat():
    """A well in a plateau: q / (1 + q) for a bowl q of six numbers, which is 100 at the start.

    The curvatures of q go from 0.01 to 1.
    """
    curvatures = np.geomspace(0.01, 1, 6)
    hessian, vectors = _turned(curvatures, np.arange(1, 7))
    bowl = quadratic(hessian)
    well = Loss(lambda theta: bowl(theta) / (1 + bowl(theta)),
                lambda theta: bowl.grad(theta) / (1 + bowl(theta)) ** 2,
                minimum=np.zeros(6), dim=6)
    return well, (vectors * np.sqrt(200 / 6 / curvatures)).sum(axis=1)


PROBLEMS = {"A": _curved, "B": _noisy, "C": _flat}
