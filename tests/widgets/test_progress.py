"""The bar for long trainings: seen while one waits, and gone afterwards.

In a notebook, in its file and in a terminal.
"""

import itertools
import re
import types

import nbformat
import numpy as np
import pytest
from kernels import Kernel, red
from nbformat.v4 import new_code_cell, new_notebook

from lrteach import descend, parabola, progress_bar
from lrteach.widgets import progress
from tools import notebooks as tool


class Place:
    """What `display` gives back, and what was displayed there."""

    def __init__(self, data, **kwargs):
        self.data, self.kwargs = [data], kwargs

    def update(self, data, **kwargs):
        self.data.append(data)


@pytest.fixture
def notebook(monkeypatch):
    """As if a kernel ran, and a second passed at each look at the clock.

    The list of places where something was displayed.
    """
    places, clock = [], itertools.count()
    monkeypatch.setattr(progress, "get_ipython", lambda: types.SimpleNamespace(kernel=True))
    monkeypatch.setattr(
        progress,
        "display",
        lambda data, **kwargs: places.append(Place(data, **kwargs)) or places[-1],
    )
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    return places


def test_the_bar_shows_every_step_and_the_time_that_is_left(notebook, monkeypatch):
    said = []
    monkeypatch.setattr(
        progress.Bar,
        "put",
        lambda bar, *args, put=progress.Bar.put: put(bar, *args) or said.append(bar.box.value),
    )
    assert list(progress_bar(range(5), wait=2.5)) == [0, 1, 2, 3, 4]
    assert [re.sub("<.*> ", "", words) for words in said] == [
        "step 2 of 5, about 4 s to go",
        "step 3 of 5, about 3 s to go",
        "step 4 of 5, about 1 s to go",
    ]
    assert '<progress max="5" value="2"' in said[0]


def test_the_bar_has_no_words_for_a_file_and_ends_as_nothing(notebook):
    list(progress_bar(range(5), wait=0))
    (place,) = notebook
    assert place.kwargs == {"raw": True, "display_id": True} and place.data[1:] == [{}]
    assert list(place.data[0]) == ["application/vnd.jupyter.widget-view+json"]


def test_the_bar_goes_when_the_loop_is_left_early(notebook):
    for step in progress_bar(range(10), wait=0):
        if step == 4:
            break
    assert [len(place.data) for place in notebook] == [2]


def test_no_bar_for_a_short_run(notebook):
    assert list(progress_bar(range(5), wait=99)) == [0, 1, 2, 3, 4] and notebook == []


def test_outside_of_a_notebook_it_is_a_line_that_goes(capsys):
    assert list(progress_bar(range(5), wait=0)) == [0, 1, 2, 3, 4]
    out, err = capsys.readouterr()
    assert out == "" and "0/5" in err and re.search(r"\r +\r$", err)
    assert list(progress_bar(range(5))) == [0, 1, 2, 3, 4] and capsys.readouterr() == ("", "")


@pytest.mark.parametrize("bar", [progress_bar, iter, lambda steps: (t for t in steps)])
def test_a_run_with_a_bar_is_the_run_without(bar):
    run, plain = (descend(parabola(), 1.0, lr=0.1, steps=7, progress=p) for p in (bar, None))
    assert len(run) == 8
    np.testing.assert_array_equal(run.theta, plain.theta)


@pytest.mark.parametrize("bar", [True, 3, "bar"])
def test_a_bar_must_be_a_function(bar):
    with pytest.raises(
        TypeError,
        match="progress must be a function that goes through the steps, such as progress_bar, not ",
    ):
        descend(parabola(), 1.0, lr=0.1, steps=7, progress=bar)


@pytest.mark.parametrize(
    "bar, words",
    [
        (print, "progress must yield the steps one after the other, but it returned None"),
        (lambda steps: steps[:3], "progress must yield each of the 8 steps once, but it yielded 3"),
        (
            lambda steps: range(20),
            "progress must yield each of the 8 steps once, but it yielded 20",
        ),
        (lambda steps: [], "progress must yield each of the 8 steps once, but it yielded 0"),
    ],
)
def test_a_bar_must_go_through_all_steps(bar, words):
    with pytest.raises((TypeError, ValueError), match=words):
        descend(parabola(), 1.0, lr=0.1, steps=7, progress=bar)


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_the_bar_goes_when_a_run_is_stopped(notebook, stop):
    def rule(theta, g, lr, n=0):
        if n == 4:
            raise stop
        return theta - lr * g, n + 1

    with pytest.raises(stop) as kept:  # as a notebook does, this keeps what the run was doing
        descend(
            parabola(),
            1.0,
            rule,
            lr=0.1,
            steps=7,
            progress=lambda steps: progress_bar(steps, wait=0),
        )
    assert kept and [len(place.data) for place in notebook] == [2]


SLOW = """import time, lrteach as lt
for t in lt.progress_bar(range(20), wait=0.1):
    time.sleep(0.03)
'done'"""


def test_in_a_real_kernel_the_widget_is_closed_and_nothing_is_red(specs):
    with Kernel(specs) as kernel:
        outputs = kernel.execute(SLOW)
        assert red(outputs) == [] and [list(content["data"]) for _, content in outputs] == [
            ["application/vnd.jupyter.widget-view+json"],
            ["text/plain"],
        ]
        assert [
            state for state in kernel.widgets.values() if state["_model_name"] == "HTMLModel"
        ] == []


def test_the_file_of_a_notebook_keeps_nothing_of_it():
    notebook = tool.canonical(tool.execute(new_notebook(cells=[new_code_cell(SLOW)])))
    assert [output.data for output in notebook.cells[0].outputs] == [{"text/plain": "'done'"}]
    assert "widget" not in nbformat.writes(notebook)
