"""What notebook 06 says about its data and its networks, beyond what its stored outputs show."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

import lrteach
from lrteach import digits
from lrteach._internal import download

PATH = Path(__file__).resolve().parents[1] / "notebooks" / "06_train_a_network.ipynb"
CELLS = [
    cell.source for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"
]


def run(source, names=None):
    """Run a cell, and return its names."""
    names = {
        "np": np,
        **{name: getattr(lrteach, name) for name in lrteach.__all__},
        **(names or {}),
    }
    exec(source, names)
    return names


def the_cell(words):
    (source,) = [source for source in CELLS if words in source]
    return source


SWITCH = the_cell("mnist() if data")


def test_the_notebook_asks_for_the_digits_that_need_no_network(monkeypatch):
    monkeypatch.setattr(download, "fetched", lambda *_: pytest.fail("it went to the network"))
    assert 'data = "digits"' in SWITCH
    names = run(SWITCH)
    for name, part in zip(["X", "y", "X_test", "y_test"], digits(), strict=True):
        np.testing.assert_array_equal(names[name], part)


@pytest.mark.parametrize(
    "error", [ConnectionError("no mirror gave it"), OSError("the cache cannot be used")]
)
def test_without_a_way_to_mnist_it_says_so_and_goes_on_with_the_digits(error, capsys):
    def mnist():
        raise error

    names = run(SWITCH.replace('data = "digits"', 'data = "mnist"'), {"mnist": mnist})
    said = capsys.readouterr().out
    assert said.startswith(
        f"MNIST is out of reach, so here are the digits of the package. {error}\n"
    )
    assert "1438 examples of 64 pixels" in said
    assert names["X"].shape == (1438, 64)


def test_with_mnist_the_network_has_its_inputs(capsys):
    random = np.random.default_rng(0)
    made = [
        random.uniform(0, 1, (1500, 784)).astype(np.float32),
        random.integers(0, 10, 1500),
        random.uniform(0, 1, (1200, 784)).astype(np.float32),
        random.integers(0, 10, 1200),
    ]
    names = run(SWITCH.replace('data = "digits"', 'data = "mnist"'), {"mnist": lambda: made})
    assert (
        names["X"].shape == (1500, 784)
        and names["X_test"].shape == (1000, 784)
        and names["y_test"].shape == (1000,)
    )
    names = run(the_cell("loss by hand"), names)
    by_hand, by_library = re.findall(
        r"hand (\d\.\d+) .* library (\d\.\d+)", capsys.readouterr().out
    )[0]
    assert by_hand == by_library and names["net"].dim == 784 * 40 + 40 + 40 * 20 + 20 + 20 * 10 + 10


def test_backpropagation_by_hand_is_that_of_the_library():
    X, y, *_ = digits()
    names = run(the_cell("loss by hand"), {"X": X, "y": y})
    names = run(the_cell("def backprop"), names)
    for seed in range(3):
        theta = names["net"].init(seed)
        np.testing.assert_allclose(
            names["backprop"](theta, X, y), names["net"].grad(theta), rtol=1e-9, atol=1e-15
        )
