"""What notebook 09 says about PyTorch, and the code that it gives to copy, run as it stands there.

Without torch the live tests are skipped, but with the environment variable CI=true, where it must be installed, they fail.
"""

import inspect
import os
import re

import nbformat
import numpy as np
import pytest

from kernels import NOTEBOOKS, ROOT
from lrteach import MLP, Minibatches, adam, digits, lr_range_test, momentum, one_cycle, rmsprop, sgd, smoothed, suggest, triangular2

try:
    import torch
except ImportError:
    if os.environ.get("CI") == "true":
        raise
    torch = None

live = pytest.mark.skipif(torch is None, reason="torch is not installed")
NAME = "09_choose_a_rate_yourself"
CELLS = nbformat.read(ROOT / "notebooks" / f"{NAME}.ipynb", as_version=4).cells
TEXT = "\n\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
BLOCKS = re.findall(r"^```python\n(.*?)^```", re.sub(r"<details>.*?</details>", "", TEXT, flags=re.DOTALL), re.MULTILINE | re.DOTALL)
X, Y = digits()[:2]


def block(word):
    """The one code block of the notebook's text that has this word in it."""
    found, = (source for source in BLOCKS if word in source)
    return found


def find_lr():
    names = {}
    exec(block("def find_lr"), names)
    return names["find_lr"]


def network(dtype, batch_size=32, steps=100):
    """Minibatches of a small network, its start, the same network in torch, and the same batches."""
    f = Minibatches(MLP(X, Y, (16,), "tanh"), batch_size, steps, seed=1)
    start = f.loss.init(seed=2).astype(dtype)
    layers = []
    for W, b in f.loss.unpack(start):
        layers += [torch.nn.Linear(*W.shape, dtype=torch.float64 if dtype == np.float64 else torch.float32), torch.nn.Tanh()]
        with torch.no_grad():
            layers[-2].weight.copy_(torch.tensor(W.T.copy()))
            layers[-2].bias.copy_(torch.tensor(b.copy()))
    batches = [(torch.tensor(X[rows].astype(dtype)), torch.tensor(Y[rows])) for rows in f.rows]
    return f, start, torch.nn.Sequential(*layers[:-1]), batches


CASES = {
    "SGD": (sgd, {}, "SGD", {}),
    "momentum": (momentum, {}, "SGD", {"momentum": 0.9}),
    "RMSprop": (rmsprop, {}, "RMSprop", {}),
    "Adam": (adam, {}, "Adam", {}),
}


@live
@pytest.mark.parametrize("max_lr", [0.1, 1e4])
@pytest.mark.parametrize("case", CASES)
def test_find_lr_is_lr_range_test(case, max_lr):
    rule, hyper, name, kwargs = CASES[case]
    f, start, model, batches = network(np.float64)
    ours = lr_range_test(f, start, rule, min_lr=1e-5, max_lr=max_lr, **hyper)
    rates, losses = find_lr()(model, getattr(torch.optim, name)(model.parameters(), lr=0.1, **kwargs), torch.nn.functional.cross_entropy,
                              batches, min_lr=1e-5, max_lr=max_lr)
    assert ours.stop_reason == ("completed" if max_lr == 0.1 else "diverged")
    assert len(rates) == len(losses) == len(ours) and (len(ours) < 100) == (max_lr > 1)
    np.testing.assert_allclose(rates, ours.lr, rtol=1e-6)
    np.testing.assert_allclose(losses, ours.loss, rtol=1e-6)
    assert "`suggest(rates, smoothed(losses))`" in TEXT
    read, right = suggest(rates, smoothed(losses)), suggest(ours.lr, ours.smooth)
    given = [rule for rule in right if right[rule] is not None]
    assert [rule for rule in read if read[rule] is not None] == given
    np.testing.assert_allclose([read[rule] for rule in given], [right[rule] for rule in given], rtol=1e-6)


@live
def test_find_lr_in_single_precision_and_with_our_defaults():
    f, start, model, batches = network(np.float32)
    ours = lr_range_test(f, start, sgd, max_lr=0.1)  # beyond it, rounding errors grow
    rates, losses = find_lr()(model, torch.optim.SGD(model.parameters()), torch.nn.functional.cross_entropy, batches, max_lr=0.1)
    np.testing.assert_allclose(rates, ours.lr, rtol=1e-6)
    np.testing.assert_allclose(losses, ours.loss, rtol=1e-4)
    both = [{name: p.default for name, p in inspect.signature(g).parameters.items()} for g in (find_lr(), lr_range_test)]
    assert all(both[0][name] == both[1][name] for name in ("min_lr", "max_lr", "steps", "smoothing", "stop_factor"))


@live
@pytest.mark.parametrize("fails", [False, True])
def test_find_lr_leaves_everything_as_it_was(fails):
    _, _, model, batches = network(np.float64)
    model.insert(1, torch.nn.BatchNorm1d(16, dtype=torch.float64))  # has buffers that a forward pass changes
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    torch.nn.functional.cross_entropy(model(batches[0][0]), batches[0][1]).backward()
    optimizer.step()
    state = lambda: ({k: v.clone() for k, v in model.state_dict().items()}, optimizer.param_groups[0]["lr"],
                     [v["exp_avg"].clone() for v in optimizer.state_dict()["state"].values()])
    before, calls = state(), []

    def loss_fn(z, y):
        calls.append(len(y))
        if fails and len(calls) == 5:
            raise KeyboardInterrupt
        return torch.nn.functional.cross_entropy(z, y)

    try:
        rates, _ = find_lr()(model, optimizer, loss_fn, batches, max_lr=100)
        assert 20 < len(rates) < 100  # it ran away, and stopped
    except KeyboardInterrupt:
        assert fails and len(calls) == 5
    (weights, lr, memory), now = before, state()
    assert all(torch.equal(weights[k], now[0][k]) for k in weights) and lr == now[1] == 0.003
    assert all(torch.equal(a, b) for a, b in zip(memory, now[2])) and len(memory) == 6


@live
def test_find_lr_begins_a_short_loader_anew_and_stops_where_a_loss_is_not_finite():
    _, _, model, batches = network(np.float64)
    optimizer = torch.optim.SGD(model.parameters())
    rates, losses = find_lr()(model, optimizer, torch.nn.functional.cross_entropy, batches[:7], max_lr=1e-3, steps=20)
    assert len(losses) == 20 and losses[0] == pytest.approx(losses[7], rel=1e-3)
    losses = iter([1.0, 0.9, float("nan"), 0.8])
    rates, seen = find_lr()(model, optimizer, lambda z, y: z.sum() * 0 + next(losses), batches)
    assert len(rates) == 3 and np.isnan(seen[2])


def test_find_lr_is_short_enough_to_copy():
    assert len(block("def find_lr").splitlines()) <= 25 and "lrteach" not in block("def find_lr")


@live
@pytest.mark.parametrize("schedule", [one_cycle(0.3, 60), triangular2(0.01, 0.1, 10)])
def test_a_schedule_in_lambda_lr_is_the_schedule(schedule):
    names = {"torch": torch, "model": torch.nn.Linear(2, 1), "schedule": schedule}
    exec(block("LambdaLR"), names)
    rates = []
    for _ in range(60):
        rates.append(names["optimizer"].param_groups[0]["lr"])
        names["optimizer"].step()
        names["scheduler"].step()
    np.testing.assert_allclose(rates, schedule(np.arange(60)), rtol=1e-12)
    assert all(type(lr) is float for lr in rates)


@live
def test_the_map_gives_torchs_defaults():
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TEXT.splitlines() if line.startswith("| `") and line.count("|") == 5]
    seen = 0
    for cell in (cells[1] for cells in rows):
        for name in re.findall(r"`(\w+)", cell):
            assert hasattr(torch.optim, name) or hasattr(torch.optim.lr_scheduler, name), name
        for name, lr in re.findall(r"`(\w+)[^`]*`,[^|]*? lr (0[.\d]+)", cell):
            assert inspect.signature(getattr(torch.optim, name)).parameters["lr"].default == float(lr)
            seen += 1
        for name, argument, value in re.findall(r"`(\w+)\((\w+)=([\d.]+)\)`", cell):
            assert inspect.signature(getattr(torch.optim, name)).parameters[argument].default == float(value)
            seen += 1
    assert len(rows) >= 12 and seen >= 6
    for name in ("CyclicLR", "OneCycleLR"):
        assert inspect.signature(getattr(torch.optim.lr_scheduler, name)).parameters["cycle_momentum"].default is True
    assert torch.__version__.startswith(re.search(r"PyTorch (\d+\.\d+)", TEXT)[1])


@live
def test_recorded_and_live_say_the_same():
    code = [cell for cell in CELLS if cell.cell_type == "code"]
    define, compare = (next(cell for cell in code if word in cell.source) for word in ("def torch_walk", "recorded = {"))
    said = {}
    for here in (True, False):
        names, words = {}, []
        exec("import numpy as np\nfrom lrteach import *", names)
        exec(define.source, names)
        names.update(print=lambda *line: words.append(" ".join(map(str, line))), torch=torch if here else None)
        exec(compare.source, names)
        said[here] = words
    assert said[True] == said[False] and len(said[True]) == 7 and all(line.endswith("True") for line in said[True])


def test_the_certificate_has_a_row_from_every_notebook():
    certificate = TEXT.split("Your certificate\n")[1].split("\n## ")[0]
    rows = [line for line in certificate.splitlines() if line.startswith("| ☐ |")]
    linked = set(re.findall(r"\]\((\w+)\.ipynb\)", "\n".join(rows)))
    assert all(re.search(r"\]\(\w+\.ipynb\)", row) for row in rows)
    assert linked >= {path.stem for path in NOTEBOOKS} - {NAME}
    assert len(re.findall(r"^\| \| [^|]+\? \| \|$", certificate, re.MULTILINE)) == 3


def stems(text):
    """The words of a text that carry it, cut to their first five letters."""
    return {word[:5] for word in re.findall(r"[a-z]{5,}", re.sub(r"\$[^$]*\$|\]\([^)]*\)", " ", text.lower()))}


def test_the_certificate_says_what_its_notebooks_say():
    certificate = TEXT.split("Your certificate\n")[1].split("\n## ")[0]
    for row in (line for line in certificate.splitlines() if line.startswith("| ☐ |")):
        notebooks = [nbformat.read(ROOT / "notebooks" / name, as_version=4).cells for name in re.findall(r"\]\((\w+\.ipynb)\)", row)]
        said = stems("\n".join(cell.source for cells in notebooks for cell in cells if cell.cell_type == "markdown"))
        words = stems(row.split("|")[2])
        assert len(words & said) >= 0.75 * len(words), (row, words - said)
