"""The numbers that the posts print, digit for digit."""

import json
from pathlib import Path

import numpy as np
import pytest

from lrteach import LinearRegression, critical_lr, descend, parabola, receipts

GOLDEN = Path(__file__).parent / "golden"
POST = json.loads((GOLDEN / "receipts.json").read_text(encoding="utf-8"))
RUNS = POST["runs"]


def printed(run, k=()):
    """What the post prints every ten steps: the coordinates after the step, the loss before it."""
    steps = range(10, run.steps + 1, 10)
    return [
        [t, *(f"{x:.2f}" for x in (*run.theta[(slice(None), t, *k)], run.loss[(t - 1, *k)]))]
        for t in steps
    ]


@pytest.mark.parametrize("post", RUNS, ids=lambda post: f"{post['lr']}-{post['steps']}")
def test_receipts_digit_for_digit(post):
    run = descend(
        LinearRegression(*receipts()),
        np.zeros(2, np.float32),
        lr=float(post["lr"]),
        steps=post["steps"],
    )
    assert run.theta.dtype == run.loss.dtype == np.float32
    assert printed(run) == post["rows"]


def test_receipts_all_rates_at_once():
    rates = [float(post["lr"]) for post in RUNS]
    run = descend(LinearRegression(*receipts()), np.zeros(2, np.float32), lr=rates, steps=300)
    for k, post in enumerate(RUNS):
        assert printed(run, (k,))[: len(post["rows"])] == post["rows"]


def test_every_printed_number_is_compared():
    assert sum(len(row) - 1 for post in RUNS for row in post["rows"]) == 330
    assert all(row[0] == 10 * (i + 1) for post in RUNS for i, row in enumerate(post["rows"]))


def test_receipts_facts():
    f, facts = LinearRegression(*receipts()), POST["recovered"]
    assert (
        (f.X == facts["X"]).all()
        and (f.y == facts["y"]).all()
        and (f.start == facts["start"]).all()
    )
    np.testing.assert_allclose(f.minimum, facts["minimum"], rtol=1e-12)
    np.testing.assert_allclose(f(f.minimum), facts["minimum_loss"], rtol=1e-12)
    np.testing.assert_allclose(f.hessian(f.start), facts["hessian"], rtol=1e-12)
    np.testing.assert_allclose(critical_lr(f), facts["critical_lr"], rtol=1e-12)


def test_parabola_to_three_decimals():
    rows = json.loads((GOLDEN / "parabola.json").read_text(encoding="utf-8"))["rows"]
    f = parabola(5)
    run = descend(f, -5, lr=0.1, steps=50)
    assert len(rows) == 21
    for t, *numbers in rows:
        assert [f"{x:.3f}" for x in (run.theta[t], run.loss[t], f.grad(run.theta[t]))] == numbers
