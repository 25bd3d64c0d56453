"""What notebook 08 says about PyTorch's schedulers.

Without torch these tests are skipped; with the environment variable CI=true, where it must be
installed, they fail.
"""

import ast
import re

import nbformat
import numpy as np
import pytest
from kernels import ROOT
from oracle import live, torch

from lrteach import (
    cosine,
    exp_range,
    exponential_decay,
    one_cycle,
    step_decay,
    triangular,
    triangular2,
    warm_restarts,
    warmup,
)

CYCLES = nbformat.read(ROOT / "notebooks" / "08_cycle_the_learning_rate.ipynb", as_version=4).cells
STEPS = 200
SCHEDULERS = {  # as notebook 08 sets them: ours, and PyTorch's for an optimizer that begins at 0.6
    "step_decay": (step_decay(0.6, 60, 0.5), "StepLR", (60, 0.5), {}),
    "exponential_decay": (exponential_decay(0.6, 0.985), "ExponentialLR", (0.985,), {}),
    "linear": (lambda t: 0.6 * (1 - t / STEPS), "LinearLR", (1.0, 0.0, STEPS), {}),
    "cosine": (cosine(0.6, STEPS), "CosineAnnealingLR", (STEPS,), {}),
    "warmup": (warmup(0.6, 50), "LinearLR", (1 / 50, 1.0, 49), {}),
    "warm_restarts": (warm_restarts(0.6, 50, 2), "CosineAnnealingWarmRestarts", (50, 2), {}),
    "triangular": (triangular(0.03, 0.6, 50), "CyclicLR", (0.03, 0.6, 50), {}),
    "triangular2": (triangular2(0.03, 0.6, 50), "CyclicLR", (0.03, 0.6, 50),
                    {"mode": "triangular2"}),
    "exp_range": (exp_range(0.03, 0.6, 50, 0.99), "CyclicLR", (0.03, 0.6, 50),
                  {"mode": "exp_range", "gamma": 0.99}),
    "one_cycle": (one_cycle(0.6, STEPS), "OneCycleLR", (0.6, STEPS), {}),
}


def optimizer_at(lr, name="SGD"):
    return getattr(torch.optim, name)([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def rates_of(scheduler, *arguments, steps=STEPS - 1, lr=0.6, **keywords):
    """The rates that PyTorch's scheduler gives to the updates 0 to steps - 1."""
    if scheduler in ("CyclicLR", "OneCycleLR"):
        keywords["cycle_momentum"] = False
    optimizer = optimizer_at(lr)
    driver = getattr(torch.optim.lr_scheduler, scheduler)(optimizer, *arguments, **keywords)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        driver.step()
    return np.array(rates)


def stated(name):
    """What a code cell of notebook 08 assigns to this name, a literal."""
    trees = [ast.parse(re.sub(r"^(\s*)[%!].*", r"\1pass", cell.source, flags=re.MULTILINE))
             for cell in CYCLES if cell.cell_type == "code"]
    assigned, = (node.value for tree in trees for node in tree.body
                 if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name)
    return assigned


@live
@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_schedule_is_the_scheduler_that_notebook_08_names(name):
    ours, scheduler, arguments, keywords = SCHEDULERS[name]
    rates = rates_of(scheduler, *arguments, **keywords)
    np.testing.assert_allclose(rates, ours(np.arange(STEPS - 1)), rtol=1e-10, atol=1e-12)
    row, = (line for cell in CYCLES for line in cell.source.splitlines()
            if line.startswith(f"| `{name}(") or line.startswith(f"| {name},"))
    assert f"`{scheduler}`" in row


@live
def test_the_rings_of_notebook_08_are_pytorch_s_rates():
    at, given = ast.literal_eval(stated("at")), stated("pytorch")
    rings = {ast.literal_eval(key): ast.literal_eval(value.elts[1])
             for key, value in zip(given.keys, given.values, strict=True)}
    assert len(rings) >= 5
    for name, written in rings.items():
        _, scheduler, arguments, keywords = SCHEDULERS[name]
        rates = rates_of(scheduler, *arguments, **keywords)[at]
        assert written == [float(f"{rate:.4g}") for rate in rates], name


@live
@pytest.mark.parametrize("scheduler, arguments, momentum, beta1", [
    ("CyclicLR", (0.03, 0.6, 50), 0.9, 0.8), ("OneCycleLR", (0.6, STEPS), 0.95, 0.85),
])
def test_two_schedulers_switch_momentum_on(scheduler, arguments, momentum, beta1):
    make = getattr(torch.optim.lr_scheduler, scheduler)
    plain, quiet, adaptive = optimizer_at(0.1), optimizer_at(0.1), optimizer_at(0.1, "Adam")
    make(plain, *arguments)
    make(quiet, *arguments, cycle_momentum=False)
    driver = make(adaptive, *arguments)
    assert plain.param_groups[0]["momentum"] == pytest.approx(momentum)
    assert quiet.param_groups[0]["momentum"] == 0
    moved = []
    for _ in range(STEPS - 1):
        moved.append(adaptive.param_groups[0]["betas"][0])
        adaptive.step()
        driver.step()
    assert max(moved) == pytest.approx(momentum) and min(moved) == pytest.approx(beta1, abs=0.001)


@live
def test_a_cosine_of_pytorch_goes_up_again_and_a_linear_one_begins_at_a_third():
    np.testing.assert_allclose(rates_of("CosineAnnealingLR", 10, steps=21)[[0, 10, 20]],
                               [0.6, 0, 0.6], atol=1e-12)
    np.testing.assert_allclose(cosine(0.6, 10)(np.arange(21))[[0, 10, 20]], [0.6, 0, 0], atol=1e-12)
    np.testing.assert_allclose(rates_of("LinearLR", steps=7),
                               0.6 * np.array([1 / 3, 7 / 15, 3 / 5, 11 / 15, 13 / 15, 1, 1]))
