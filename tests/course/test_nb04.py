"""What notebook 04 answers to what a learner gives."""

import pytest
from tables import names_of, tests_of

from lrteach import best_lr, descend, momentum, momentum_inside, nesterov, ravine, sgd
from lrteach.course import nb04


def stub(theta, g, lr, v=0.0):
    ...


def forgets_to_remember(theta, g, lr, v=0.0):
    return theta - lr * g, v


def solution(theta, g, lr, v=0.0):
    v = 0.9 * v + g
    return theta - lr * v, v


def swapped(theta, g, lr, v=0.0):
    v = 0.9 * v + g
    return v, theta - lr * v


def keeps_old(theta, g, lr, v=0.0):
    return theta - lr * (0.9 * v + g), v


def without_beta(theta, g, lr, v=0.0):
    v = beta * v + g  # noqa: F821
    return theta - lr * v, v


PREDICTIONS = [
    ("zigzag", "the zig-zag, with 0.95", "✓ You said “the zig-zag, with 0.95”. Right: Along"),
    ("zigzag", "the straight one, with 0.5", "Its path is tidy"),
    ("zigzag", "both equally near", "It is “the zig-zag, with 0.95”"),
    ("race", "gradient descent", "✓ You said"),
    ("race", "momentum", "rolls on: 0.90 away"),
    ("largest_rate", "above 2", "✓ You said"),
    ("largest_rate", "far below 2: the steps are ten times as long", "on a steady gradient"),
    ("largest_rate", "at 2, like gradient descent", "It diverges above 3.8"),
    ("recipe", "on 200 and 2000, not on 20", "✓ You said"),
    ("recipe", "on all three", "93 steps against 90"),
    ("wells", "a few more than 210, far from all", "✓ You said"),
    ("wells", "all 400", "It is 233"),
    ("noise", "it rises", "✓ You said"),
    ("noise", "it falls: the memory averages the noise away", "also multiplies the step"),
    ("noise", "it stays", "It rises tenfold"),
    ("two_forms", "lr inside the velocity", "✓ You said"),
    ("two_forms", "both equally far", "1.278 against 0.683"),
]
CHECKS = [
    ("my_momentum", stub, "✗ Not written yet"),
    ("my_momentum", forgets_to_remember, "That run is gradient descent"),
    ("my_momentum", solution, "✓ Right"),
    ("my_momentum", momentum, "✓ Right"),
    ("my_momentum", keeps_old, "the new v is given back after theta"),
    ("my_momentum", swapped, "memory first"),
    ("my_momentum", without_beta, "beta"),
    ("my_momentum", sgd, "That run is gradient descent"),
    ("my_momentum", momentum_inside, "You put lr into v"),
    ("my_momentum", nesterov, "a famous relative"),
    ("my_momentum", nb04.beta_of_the_cell, "Here beta is 0.9"),
    ("my_momentum", nb04.forgets_lr, "Your step forgets lr"),
    ("my_momentum", nb04.uphill, "rolls uphill"),
    ("my_momentum", nb04.steps_old, "Renew v first"),
    ("my_momentum", nb04.never_forgets, "where is beta?"),
    ("my_momentum", nb04.running_mean, "a running mean of the gradients"),
    ("my_momentum", nb04.shrinks_both, "not the new gradient"),
    ("equal_steps", ..., "✗ Not answered yet"),
    ("equal_steps", 0.1 / (1 - 0.9) * (1 - 0.99), "✓ Right"),
    ("equal_steps", 0.1, "ten times as long as before"),
    ("equal_steps", 1.0, "the effective rate of the first pair"),
    ("equal_steps", 10, "if lr stays at 0.1"),
    ("equal_steps", 0.001, "You multiplied 0.1 by 1 - 0.99"),
    ("equal_steps", 0.11, "You multiplied by 0.99 / 0.9"),
    ("equal_steps", 0.0909, "You multiplied by 0.9 / 0.99"),
    ("largest", ..., "✗ Not answered yet"),
    ("largest", (2 + 2 * 0.8) / 4, "✓ Right"),
    ("largest", 0.5, "the edge of gradient descent"),
    ("largest", 3.6, "Divide by the curvature"),
    ("largest", 0.7, "you have 2 + beta"),
    ("largest", 0.1, "jumps change sign"),
    ("largest", 0.25, "arrives in one step"),
    ("largest", 0.95, "Here beta is 0.8"),
    ("largest", 0.45, "half of the edge"),
]
test_answers, test_all_is_tested, test_notebook = tests_of("nb04", PREDICTIONS, CHECKS)


# the numbers of the text, from the notebook's own cells


@pytest.fixture(scope="module")
def notebook():
    return names_of("nb04")


@pytest.mark.kernel
def test_too_little_memory_and_too_much(notebook):
    root = (1 + 0.9 ** 0.5) / (1 - 0.9 ** 0.5)
    assert root == pytest.approx(38, abs=0.1) and root ** 2 == pytest.approx(1440, rel=0.005)
    assert notebook["polyak"](1, 14400)["beta"] == pytest.approx(0.967, abs=0.0005)
    for beta, steps in [(0.9, 3460), (0.967, 990), (0.99, 980), (0.999, 9890)]:
        half = {"lr": (1 + beta) / 14400, "beta": beta}
        needed = notebook["steps_to"](ravine(1, 14400), [1.0, 1.0], momentum, 20_000, **half)
        assert needed == pytest.approx(steps, rel=0.01), beta


@pytest.mark.kernel
def test_a_claim_about_the_valley_floor(notebook):
    f, floor, steps_to = notebook["f"], notebook["floor"], notebook["steps_to"]
    assert steps_to(f, floor, momentum, **notebook["pair"]) == 121
    assert steps_to(f, floor, sgd, lr=0.1) == 652
    assert steps_to(f, floor, sgd, lr=best_lr(f)) == 66
    assert steps_to(f, floor, sgd, lr=10) == 1, "exactly on the floor it arrives in one step"
    beside = descend(f, [-7.0, 1e-9], lr=10, steps=50).loss
    assert not beside[-1] < 1e6, "a hair beside it, the wall makes that rate diverge"


@pytest.mark.kernel
def test_momentum_leaves_shallow_wells_and_deep_ones(notebook):
    deeper = dict(zip(notebook["well_betas"][:, 0], notebook["deeper"], strict=True))
    gained, lost = deeper[0.9] & ~deeper[0.0], ~deeper[0.9] & deeper[0.0]
    assert (gained.sum(), lost.sum(), (~deeper[0.9]).sum()) == (49, 26, 167)
    assert (deeper[0.5] == deeper[0.0]).all(), "with 0.5 nothing changes"
    assert [bool(deeper[beta][370]) for beta in (0.5, 0.8, 0.95)] == [False, True, False]
