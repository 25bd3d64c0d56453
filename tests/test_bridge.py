"""What notebook 11 says about PyTorch: its table, its traps, and what it keeps, computed anew.

Without torch the live tests are skipped, but with the environment variable CI=true, where it must
be installed, they fail.
"""

import inspect
import re

import nbformat
import numpy as np
import pytest
from kernels import NOTEBOOKS, ROOT
from oracle import live, torch

from lrteach import cosine, one_cycle, warmup
from lrteach.course.kept import ACCURACY, EPOCH, TORCH, stored

NAME = "11_choose_a_rate_yourself"
CELLS = nbformat.read(ROOT / "notebooks" / f"{NAME}.ipynb", as_version=4).cells
TEXT = "\n\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
SETUP = "import numpy as np\nfrom lrteach import *\nfrom lrteach.course.kept import *\n" \
        "from lrteach.pytorch import find_lr, schedule_for"


def cell_with(words):
    """The source of the one code cell that has these words in it."""
    found, = (cell.source for cell in CELLS if cell.cell_type == "code" and words in cell.source)
    return found


def names_of(*words, without_torch=False):
    """The names that these cells define, after the set-up."""
    names = {}
    exec(SETUP, names)
    for each in words:
        exec(cell_with(each), names)
    if without_torch:
        names["torch"] = None
    return names


# the table


def rows_of_the_table():
    lines = [line for line in TEXT.splitlines() if line.startswith("| `") and line.count("|") == 4]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


@live
def test_the_table_gives_the_defaults_of_torch():
    rows, seen = rows_of_the_table(), 0
    for cell in (cells[1] for cells in rows):
        for name in re.findall(r"`([A-Z]\w+)", cell):
            assert hasattr(torch.optim, name) or hasattr(torch.optim.lr_scheduler, name), name
        for name, lr in re.findall(r"`(\w+)[^`]*`[^|]*? lr (0[.\d]+)", cell):
            default = inspect.signature(getattr(torch.optim, name)).parameters["lr"].default
            assert default == float(lr)
            seen += 1
        for name, argument, value in re.findall(r"`(\w+)\((\w+)=([\d.]+)\)`", cell):
            default = inspect.signature(getattr(torch.optim, name)).parameters[argument].default
            assert default == float(value)
            seen += 1
    assert len(rows) == 14 and seen == 7
    assert torch.__version__.startswith(re.search(r"PyTorch (\d+\.\d+)", TEXT)[1])


def rates_of(make, steps, **kwargs):
    """The rates that a scheduler gives to updates 0, 1, ... of an optimizer with rate 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, **kwargs)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


@live
def test_the_cosine_of_torch_climbs_again_and_ours_stays_low():
    rates = rates_of(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=10), 21)
    np.testing.assert_allclose(rates[:11], cosine(1.0, 10)(np.arange(11)), atol=1e-12)
    assert rates[20] == pytest.approx(1.0) and cosine(1.0, 10)(20) == 0


@live
def test_linear_lr_is_our_warmup_only_with_these_arguments():
    for s in (4, 10):
        def ours_there(o, s=s):
            return torch.optim.lr_scheduler.LinearLR(o, start_factor=1 / s, total_iters=s - 1)
        np.testing.assert_allclose(rates_of(ours_there, 20), warmup(1.0, s)(np.arange(20)),
                                   rtol=1e-9)
    rates = rates_of(torch.optim.lr_scheduler.LinearLR, 8)
    assert rates[0] == pytest.approx(1 / 3) and rates[4] < 1 and rates[5] == pytest.approx(1)


@live
def test_cycles_switch_momentum_on():
    def momentum_after(make, kind=torch.optim.SGD if torch else None, **kwargs):
        optimizer = kind([torch.nn.Parameter(torch.zeros(1))], lr=0.1, **kwargs)
        make(optimizer)
        group = optimizer.param_groups[0]
        return group["betas"][0] if "betas" in group else group["momentum"]

    def cyclic(o, **kwargs):
        torch.optim.lr_scheduler.CyclicLR(o, 0.01, 0.1, **kwargs)

    def one(o, **kwargs):
        torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=100, **kwargs)
    assert momentum_after(cyclic) == 0.9 and momentum_after(one) == 0.95
    assert momentum_after(one, torch.optim.Adam, betas=(0.7, 0.999)) == 0.95
    assert momentum_after(lambda o: cyclic(o, cycle_momentum=False)) == 0
    assert momentum_after(lambda o: one(o, cycle_momentum=False)) == 0
    assert "0.9 and 0.95" in TEXT and "`cycle_momentum=False`" in TEXT


@live
def test_one_cycle_without_momentum_is_ours():
    rates = rates_of(lambda o: torch.optim.lr_scheduler.OneCycleLR(
        o, 0.3, total_steps=100, cycle_momentum=False), 99)
    np.testing.assert_allclose(rates, one_cycle(0.3, 100)(np.arange(99)), rtol=1e-9)


# what is kept of PyTorch


@live
def test_the_ends_that_are_kept_are_those_of_torch():
    in_torch = names_of("def in_torch")["in_torch"]
    for rule, (name, options, known) in TORCH.items():
        np.testing.assert_allclose(in_torch(name, **options), known, rtol=1e-12, err_msg=str(rule))


@pytest.mark.parametrize("without_torch", [True, pytest.param(False, marks=live)])
def test_the_cell_prints_the_same_with_and_without_torch(without_torch, capsys):
    names = names_of("def in_torch", without_torch=without_torch)
    capsys.readouterr()
    exec(cell_with("in TORCH.items()"), names)
    said = capsys.readouterr().out
    stored_cell, = (cell for cell in CELLS if "in TORCH.items()" in cell.source)
    assert said == stored_cell.outputs[0].text and len(said.splitlines()) == 1 + len(TORCH)


def the_network():
    return names_of("def in_torch", "def network", "def train")


@live
def test_the_sweep_that_is_kept_is_what_find_lr_gives():
    names = the_network()
    exec(cell_with("def searched(press)").split("\nexplore(")[0], names)
    assert names["searched"](0) is stored["sweep"]
    test, kept = names["searched"](1), stored["sweep"]
    calm = 200  # steps in which rounding errors have not grown
    np.testing.assert_allclose(test.loss[:calm], kept.loss[:calm], atol=0.002)
    assert test.stop_reason == kept.stop_reason == "diverged"
    for rule in ("steepest", "valley", "minimum/10"):
        assert 2 / 3 < test.suggestions()[rule] / kept.suggestions()[rule] < 3 / 2
    np.testing.assert_allclose(test.bounds(), kept.bounds(), rtol=0.3)
    assert "0.0024 and 0.012" in TEXT
    assert [float(f"{bound:.2g}") for bound in kept.bounds()] == [0.0024, 0.012]


@live
@pytest.mark.kernel  # it trains as the notebook does
def test_the_accuracies_that_are_kept_are_those_of_the_cells():
    names = the_network()
    assert len(names["batches"](0)) == EPOCH
    exec(cell_with("schedules = {").split("\nexplore(")[0], names)
    assert list(names["schedules"]) == list(ACCURACY)
    found = names["compare"](1)
    assert names["compare"](0) is stored["training"]
    for name, (schedule, accuracy) in ACCURACY.items():
        now, kept = 100 * found[name].measured["test"].T, np.array(accuracy)
        np.testing.assert_allclose(now[:, 0], kept[:, 0], atol=0.06)  # before the first step
        np.testing.assert_allclose(now.mean(axis=0)[-2:], kept.mean(axis=0)[-2:], atol=1.5)
        rates = names["schedules"][name]
        assert [rates(t) for t in range(225)] == [schedule(t) for t in range(225)]


def test_without_torch_the_buttons_show_what_is_kept_and_say_so():
    names = names_of("def in_torch", "def network", "def train", without_torch=True)
    for words in ("def searched(press)", "schedules = {"):
        exec(cell_with(words).split("\nexplore(")[0], names)
    assert names["searched"](1) == {"as stored: there is no PyTorch here": names["searched"](0)}
    labelled = names["compare"](1)
    assert list(labelled) == [f"stored: {name}" for name in names["compare"](0)]
    assert list(labelled.values()) == list(names["compare"](0).values())


def test_the_table_of_accuracies_is_what_is_kept():
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \+- ([\d.]+) \|$",
                      TEXT, re.MULTILINE)
    assert [row[0] for row in rows] == list(ACCURACY)
    for row, (_, accuracy) in zip(rows, ACCURACY.values(), strict=True):
        ends = np.array(accuracy)[:, -1]
        np.testing.assert_allclose([float(x) for x in row[1:4]], ends)
        assert float(row[4]) == pytest.approx(ends.mean(), abs=0.051)
        assert float(row[5]) == pytest.approx(ends.std(ddof=1) / np.sqrt(3), abs=0.051)
    means = [np.array(accuracy)[:, -1].mean() for _, accuracy in ACCURACY.values()]
    assert means[1] - means[0] > 7 and abs(means[3] - means[2]) < 0.6 < means[3] - means[1]


# the certificate


CERTIFICATE = TEXT.split("Your certificate\n")[1].split("\n## ")[0]
BOXES = re.findall(r"^- \[ \] (.+)$", CERTIFICATE, re.MULTILINE)


def test_the_certificate_has_a_box_from_every_notebook():
    linked = set(re.findall(r"\]\((\w+)\.ipynb\)", "\n".join(BOXES)))
    assert all(re.search(r"\]\(\w+\.ipynb\)", box) for box in BOXES) and len(BOXES) == 20
    assert linked >= {path.stem for path in NOTEBOOKS if path.stem[:2] < NAME[:2]}
    assert len(re.findall(r"^### .+\?$", CERTIFICATE, re.MULTILINE)) == 4


def stems(text):
    """The words of a text that carry it, cut to their first five letters."""
    plain = re.sub(r"\$[^$]*\$|\]\([^)]*\)", " ", text.lower())
    return {word[:5] for word in re.findall(r"[a-z]{5,}", plain)}


def test_the_certificate_says_what_its_notebooks_say():
    for box in BOXES:
        names = re.findall(r"\]\((\w+\.ipynb)\)", box)
        cells = [cell for name in names
                 for cell in nbformat.read(ROOT / "notebooks" / name, as_version=4).cells]
        said = stems("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))
        words = stems(box)
        assert len(words & said) >= 0.75 * len(words), (box, words - said)
