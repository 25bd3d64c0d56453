"""Clicks in the picture, sent as a front end sends them: a place in a hidden text box."""

import re

import ipywidgets
import numpy as np
import pytest
from kernels import Session, control_problems
from test_tools import write

from lrteach import (
    Scene,
    choice,
    contraction,
    curve,
    descend,
    explore,
    landscape,
    log_slider,
    loss_curve,
    parabola,
    rate_curve,
    ravine,
    sgd,
    slider,
    stability_map,
)
from lrteach.widgets.clicks import stop_near

BOWL, RAVINE = parabola(), ravine(1, 10)
SETUP = """from lrteach import *
f = ravine(1, 10)
scene = Scene(landscape(f, x=(-4, 4), y=(-2, 2)), loss_curve(steps=20), size=(5, 3))
def walk(x, y, lr):
    return descend(f, [x, y], lr=lr, steps=20)"""


def live(make=None, click=("x", "y"), **controls):
    """A walk on a ravine from a start that a click chooses, and what a click calls."""
    scene = Scene(
        landscape(RAVINE, x=(-4, 4), y=(-2, 2)), loss_curve(steps=20, y=(1e-9, 1e3)), size=(6, 3)
    )
    controls = {"x": slider(-3.0, 3.0, 3.0, 0.1), "y": slider(-2.0, 2.0, 1.0, 0.1), **controls}
    shown = explore(
        scene,
        make or (lambda x, y: descend(RAVINE, [x, y], lr=0.05, steps=20)),
        click=click,
        **controls,
    )
    return shown, shown.clicks.layers[1:]


def values(shown):
    return [control.value for control in shown.controls]


@pytest.mark.parametrize(
    "control, x, stop",
    [
        (slider(-3.0, 3.0, 0.0, 0.5), 0.7, 0.5),
        (slider(-3.0, 3.0, 0.0, 0.5), 0.8, 1.0),
        (slider(-3.0, 3.0, 0.0, 0.5), -2.6, -2.5),
        (slider(-3.0, 3.0, 0.0, 0.5), 3.4, 3.0),
        (slider(-3.0, 3.0, 0.0, 0.5), -1e9, -3.0),
        (slider(0.0, 1.0, 0.0, 0.3), 1.0, 0.9),
        (slider(0.0, 1.0, 0.0, 0.3), 7.0, 0.9),  # the last stop lies below the end
        (slider(0, 10, 5, 2), 4.9, 4),
        (slider(0, 10, 5, 2), 5.2, 6),
        (slider(0, 10, 5, 2), 12.0, 10),
        (log_slider(0.001, 10, 0.1, 0.5), 0.12, 0.1),
        (log_slider(0.001, 10, 0.1, 0.5), 0.2, 0.3),
        (log_slider(0.001, 10, 0.1, 0.5), 99.0, 10.0),
        (log_slider(0.001, 10, 0.1, 0.5), -1.0, 0.001),
        (log_slider(0.001, 10, 0.1, 0.5), 0.0, 0.001),
    ],
)
def test_nearest_stop(control, x, stop):
    near = stop_near(control, x)
    assert near == pytest.approx(stop) and isinstance(near, type(control.value))
    control.value = near
    assert control.value == near


def test_a_click_moves_both_sliders_and_draws_once():
    calls = []

    def make(x, y):
        calls.append((x, y))
        return descend(RAVINE, [x, y], lr=0.05, steps=20)

    shown, (box,) = live(make)
    pictures, background = [], shown.background.value
    shown.overlay.observe(lambda change: pictures.append(change["new"]), "value")
    places = {
        "0.25 0.25 17.5": (-2, -1),
        "0.25 0.75": (-2, 1),
        "0.51 0.49 1": (0.1, 0),
        "1.0 1.0": (3, 2),
        "-3 7": (-3, 2),
    }
    for place, there in places.items():
        box.value = place
        assert values(shown) == list(there) and calls[-1] == there and shown.message.value == ""
    assert (
        len(calls) == 6
        and len(set(pictures)) == len(pictures) == 5
        and shown.background.value is background
    )
    box.value = "-4 8 99"  # past the same ends
    assert len(calls) == 6 and len(pictures) == 5


def test_the_same_place_again_after_a_slider_has_moved():
    shown, (box,) = live()
    box.value = "0.25 0.25 1000"
    shown.controls[0].value = 1.0
    assert values(shown) == [1, -1]
    box.value = "0.25 0.25 2000"
    assert values(shown) == [-2, -1]


def test_a_place_is_read_off_the_axes_even_if_they_are_logarithmic():
    rates = np.geomspace(1e-3, 10, 50)
    scene = Scene(
        rate_curve(x=(1e-3, 10), y=(1e-6, 1e6)), loss_curve(steps=20, y=(1e-9, 1e3)), size=(6, 3)
    )
    scene.axes[0].set_xscale("log")
    shown = explore(
        scene,
        lambda lr, t0: descend(BOWL, -5.0, lr=rates, steps=20),
        lr=log_slider(1e-3, 10, 1.0),
        t0=slider(0, 20, 3),
        click={0: "lr", 1: ["t0"]},
    )
    first, second = shown.clicks.layers[1:]
    first.value = "0.5 0.1"
    assert values(shown) == [0.1, 3]
    low, high = scene.axes[1].get_xlim()
    second.value = f"{(7.3 - low) / (high - low)} 0.5"
    assert values(shown) == [0.1, 7]


def test_a_second_panel_takes_clicks():
    scene = Scene(curve(BOWL), stability_map(contraction), size=(8, 3))
    shown = explore(
        scene,
        lambda lr, beta: descend(BOWL, -5.0, lr=lr, steps=9),
        click={1: ("lr", "beta")},
        lr=slider(0.0, 4.4, 0.1, 0.01),
        beta=slider(0.0, 0.98, 0.5, 0.01),
    )
    (box,) = shown.clicks.layers[1:]
    box.value = "0.5 0.5"
    assert values(shown) == [
        np.mean(scene.axes[1].get_xlim()),
        pytest.approx(np.mean(scene.axes[1].get_ylim()), abs=0.005),
    ]


def test_rectangles_lie_on_the_panels():
    shown, _ = live(click={0: ("x", "y"), 1: "x"})
    layer = shown.clicks.layers[0].value
    found = [
        tuple(map(float, rect))
        for rect in re.findall(r'<rect x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"', layer)
    ]
    boxes = [ax.get_position() for ax in shown.scene.axes]
    assert found == [
        pytest.approx((box.x0 * 6, (1 - box.y1) * 3, box.width * 6, box.height * 3), abs=1e-4)
        for box in boxes
    ]
    assert (
        'viewBox="0 0 6 3"' in layer
        and 'aria-hidden="true"' in layer
        and ".lrteach-panel-1 input" in layer
    )
    assert [box._dom_classes for box in shown.clicks.layers[1:]] == [
        ("lrteach-panel-0",),
        ("lrteach-panel-1",),
    ]


def test_an_error_after_a_click_is_shown_and_the_scene_lives_on():
    def make(x, y):
        if x > 0:
            raise ValueError("only to the left")
        return descend(RAVINE, [x, y], lr=0.05, steps=20)

    shown, (box,) = live(make, x=slider(-3.0, 3.0, -1.0, 0.1))
    before = shown.overlay.value
    box.value = "0.75 0.5"
    assert "ValueError: only to the left" in shown.message.value and shown.overlay.value == before
    box.value = "0.25 0.5"
    assert shown.message.value == "" and values(shown) == [-2, 0] and shown.overlay.value != before


def test_a_change_of_bounds_moves_the_places():
    bowls = {"wide": RAVINE, "near": ravine(10, 1)}
    scene = Scene(landscape(RAVINE), size=(6, 3))
    shown = explore(
        scene,
        lambda f, x, y: descend(f, [x, y], lr=0.05, steps=5),
        f=choice(bowls),
        x=slider(-99.0, 99.0, 1.0, 0.1),
        y=slider(-99.0, 99.0, 1.0, 0.1),
        click=("x", "y"),
    )
    bowls["near"].bounds = (2, 4), (6, 8)
    shown.controls[0].value = bowls["near"]
    shown.clicks.layers[1].value = "0.5 0.5"
    assert values(shown)[1:] == [3, 7]


def test_each_of_two_live_scenes_reads_its_own_limits():
    scene = Scene(landscape(RAVINE), size=(6, 3))
    other = ravine(10, 1)
    other.bounds = (2, 4), (6, 8)
    a, b = (
        explore(
            scene,
            lambda x, y, f=f: descend(f, [x, y], lr=0.05, steps=5),
            click=("x", "y"),
            x=slider(-99.0, 99.0, 50.0, 0.1),
            y=slider(-99.0, 99.0, 50.0, 0.1),
        )
        for f in (RAVINE, other)
    )
    a.clicks.layers[1].value = "0.5 0.5"
    b.clicks.layers[1].value = "0.5 0.5"
    assert values(a) == pytest.approx(
        [np.mean(side) for side in RAVINE.bounds], abs=0.051
    ) and values(b) == [3, 7]


def test_words_say_what_a_click_does():
    shown, _ = live(x=slider(-3.0, 3.0, 3.0, label="start, along x"))
    assert shown.sentence().endswith(
        "Controls: start, along x, start y. A click in panel 1 sets start, along x and start y."
    )


def hint(shown):
    """The end of the line above the picture."""
    return re.search(r'<text [^>]*style="font:12px[^>]*>(.*?)</text>', shown.overlay.value)[
        1
    ].split("  ·  ")[-1]


def test_the_picture_says_that_it_can_be_clicked():
    shown, _ = live()
    assert (
        hint(shown) == "click to set the start"
        and "cursor:crosshair" in shown.clicks.layers[0].value
    )
    scene = Scene(curve(BOWL), stability_map(contraction), size=(8, 3))
    controls = {
        "lr": slider(0.0, 4.4, 0.1, 0.01),
        "beta": slider(0.0, 0.98, 0.5, 0.01),
        "start": slider(-9.0, 9.0, 5.0),
    }

    def make(lr, beta, start):
        return descend(BOWL, start, lr=lr, steps=9)

    assert (
        hint(explore(scene, make, click={1: ("lr", "beta")}, **controls))
        == "click to set lr and beta"
    )
    assert (
        hint(explore(scene, make, click={1: ("lr", "beta"), 0: "start"}, **controls))
        == "click to set lr and beta, or start"
    )
    assert "click" not in explore(scene, make, **controls).overlay.value
    assert "click" not in scene.sentence()


def test_without_click_there_is_no_more_than_before():
    shown, _ = live()
    plain = explore(
        shown.scene, lambda lr: descend(RAVINE, [1, 1], lr=lr, steps=20), lr=slider(0.0, 0.1, 0.05)
    )
    kinds = [type(child) for child in plain.box.children[1].children]
    assert (
        plain.clicks is None and kinds == [ipywidgets.HTML] * 3 and "click" not in plain.sentence()
    )


@pytest.mark.parametrize(
    "click, error, message",
    [
        (("x", "z"), ValueError, "a name in click must be one of 'x', 'y', not 'z'"),
        ({2: "x"}, ValueError, "panels from 0 to 1, not 2"),
        ({0: ()}, ValueError, "one or two controls"),
        (("x", "y", "x"), ValueError, "one or two controls"),
    ],
)
def test_errors_say_what_is_allowed(click, error, message):
    with pytest.raises(error, match=message):
        live(click=click)


def test_only_sliders_can_be_clicked():
    with pytest.raises(TypeError, match="click moves a slider or log_slider; rule is Dropdown"):
        live(
            lambda x, y, rule: descend(RAVINE, [x, y], rule, lr=0.05, steps=20),
            click=("x", "rule"),
            rule=choice([sgd]),
        )


def test_the_test_of_all_controls_clicks_too(tmp_path, specs):
    sliders = "lr=slider(0.0, 0.1, 0.05), x=slider(-3.0, 3.0, 3.0)"
    good = f"explore(scene, walk, {sliders}, y=slider(-2.0, 2.0, 1.0), click=('x', 'y'))"
    idle = f"explore(scene, lambda x, lr: walk(1, 1, lr), {sliders}, click='x')"
    with Session(write(tmp_path, SETUP, good), specs) as session:
        assert session.problems == [] and control_problems(session) == []
        (box,) = (
            state for state in session.widgets.values() if state["_model_name"] == "TextModel"
        )
        assert box["value"] == "0.9 0.1"
    with Session(write(tmp_path, SETUP, idle), specs) as session:
        found = control_problems(session)
    assert "cell 2, Place '': at 0.5 0.5: nothing that is shown changed" in found


@pytest.mark.parametrize("click", [True, 3, {0: 1}])
def test_a_click_is_given_by_names(click):
    with pytest.raises(
        TypeError, match="click must name one or two controls, for x and for y, not "
    ):
        live(click=click)
