"""Controls: which kind there is for which numbers, their stops, and what they refuse."""

import math

import ipywidgets
import numpy as np
import pytest

from lrteach import (
    adam,
    button,
    choice,
    log_slider,
    player,
    ravine,
    sgd,
    slider,
    toggle,
    valley,
)
from lrteach.widgets.controls import PlayerRow


def stops(control):
    """All values that a hand can choose on a log_slider."""
    return [control.stop(k) for k in range(control.nearest(1e300) + 1)]


def test_kinds_of_controls():
    assert isinstance(slider(1, 100, 50), ipywidgets.IntSlider)
    assert isinstance(slider(0.0, 1, 0.5), ipywidgets.FloatSlider)
    assert slider(0.0, 2.0, 0.1).step == pytest.approx(0.02)
    assert slider(1, 9, 3).step == 1
    assert slider(0.0, 0.04, 0.01, 0.001).readout_format == ".3f"
    assert slider(0.0, 1.0, 0.5, 0.25).readout_format == ".2f"
    assert choice(["a", "b"]).value == "a"
    assert choice({"one": 1, "two": 2}, 2).value == 2
    assert toggle(label="decay").value is False
    assert toggle(np.True_).value is True
    assert button(label="go").value == 0


@pytest.mark.parametrize("numbers", [
    (np.int64(1), np.int32(9), np.int64(3)), (1, 9, np.int64(3), np.uint8(2)),
])
def test_whole_numbers_of_numpy_are_whole(numbers):
    control = slider(*numbers)
    assert isinstance(control, ipywidgets.IntSlider) and type(control.value) is int


def test_numbers_of_numpy_are_numbers():
    control = slider(np.float32(0), np.float64(2), np.float64(0.5))
    assert isinstance(control, ipywidgets.FloatSlider) and control.step == 0.02


def test_the_stops_of_a_log_slider_are_round_where_they_can_be():
    assert stops(log_slider(1e-3, 1, 0.1, 0.25)) == [
        0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0]
    assert stops(log_slider(1e-4, 1, 0.01, 0.5)) == [
        1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0]


@pytest.mark.parametrize("low, high, value", [
    (1e-4, 1, 0.01), (1e-3, 0.1, 0.036), (0.002, 0.03, 0.02), (0.01, 1.5, 0.6), (1e-8, 10, 1e-7),
    (1e-16, 1e-2, 1e-8), (0.3, 1.7, 0.9), (1, 100, 7), (1e-300, 1e300, 1.0), (1e-3, 10, 0.0123),
])
def test_a_log_slider_reaches_its_value_and_all_round_numbers(low, high, value):
    control = log_slider(low, high, value)
    found = stops(control)
    assert control.value == value and found == sorted(set(found))
    assert value in found and found[0] == low
    assert control.readout_format == ".3"  # 1e-8 is read as 1e-8
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for number in [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 3, 5)]:
        if low <= number <= high and control.nearest(number) != control.nearest(value):
            assert number in found
    for k, stop in enumerate(found):  # a browser sends where the handle stands
        control.value = 10.0 ** (control.min + k * control.step)
        assert control.value == stop
        assert control.nearest(stop) == k  # where the browser puts its handle
    if decades := math.log10(high / low) < 5:
        assert decades and 40 <= len(found) <= 121


@pytest.mark.parametrize("typed", [0.3, 0.302, 0.31, 0.0123456, 1e-4, 1.0])
def test_what_is_typed_into_a_log_slider_is_taken_as_it_is(typed):
    control = log_slider(1e-4, 1, 0.01)
    control.value = typed
    assert control.value == typed


def test_a_log_slider_ends_at_its_ends():
    control = log_slider(1e-4, 0.7, 0.01)
    control.value = 5.0
    assert control.value == pytest.approx(0.7, rel=1e-12)
    control.value = 1e-9
    assert control.value == 1e-4


def test_a_choice_shows_names():
    assert choice([sgd, adam])._options_labels == ("sgd", "adam")
    assert choice([sgd, adam], adam).value is adam
    assert choice({"a": sgd, 2: adam})._options_labels == ("a", "2")
    assert choice([1, 2.5, "x"])._options_labels == ("1", "2.5", "x")
    assert choice(range(3)).value == 0
    assert choice(iter("ab"))._options_labels == ("a", "b")


def test_a_choice_of_losses_shows_their_names_or_asks_for_them():
    losses = [valley(), ravine(1, 10)]
    try:
        labels = choice(losses)._options_labels
    except TypeError as error:
        assert "an option needs a name: give {name: option}" in str(error)
    else:
        assert all(" at 0x" not in label for label in labels)


def test_a_choice_of_places():
    places = choice([(-7.0, 2.0), (7.0, 2.0)])
    assert places.value == (-7.0, 2.0)
    assert list(places._options_labels) == ["(-7.0, 2.0)", "(7.0, 2.0)"]
    assert choice({"left": [-7.0, 2.0], "right": [7.0, 2.0]}).value == [-7.0, 2.0]


ARRAY = np.array([-7.0, 2.0])


@pytest.mark.parametrize("make, message", [
    (lambda: slider(1, 0, 0.5), "min < max"),
    (lambda: slider(0, 1, 2), "value from min to max"),
    (lambda: slider(0, 1, math.nan), "value must be one finite number, not nan"),
    (lambda: slider(0, math.inf, 1), "max must be one finite number"),
    (lambda: slider(0, 10 ** 400, 1), "max must be one finite number, not 1000"),
    (lambda: log_slider(1, 10 ** 400, 1), "max must be one finite number, not 1000"),
    (lambda: slider("0", 1, 0), "min must be one finite number, not '0'"),
    (lambda: slider(True, 5, 2), "min must be one finite number, not True"),
    (lambda: slider(ARRAY, 5, 2), "min must be one finite number"),
    (lambda: slider(0, 1, 0.5, -1), "step must be one number above 0"),
    (lambda: slider(0, 1, 0.5, 0), "step must be one number above 0"),
    (lambda: slider(0, 1, 0.5, "a"), "step must be one finite number"),
    (lambda: slider(0, 1, 0.5, 2), "step must be at most max - min, 1, not 2"),
    (lambda: slider(0, 1e-7, 5e-8), "at least 1e-06 apart, .* not 1e-09: use log_slider"),
    (lambda: slider(0, 1, 0.5, 1e-8), "at least 1e-06 apart"),
    (lambda: slider(0, 1, 0.5, label=3), "label must be text, not 3"),
    (lambda: log_slider(0, 1, 0.5), "0 < min"),
    (lambda: log_slider(-1, 1, 0.5), "0 < min"),
    (lambda: log_slider(1, 1, 1), "0 < min < max"),
    (lambda: log_slider(0.1, 1, 2), "value from min to max"),
    (lambda: log_slider(0.1, 1, math.nan), "value must be one finite number"),
    (lambda: log_slider(0.1, 1, 0.5, 0), "step must be one number above 0"),
    (lambda: log_slider(0.1, 1, 0.5, 3), r"step must be at most log10\(max / min\), 1, not 3"),
    (lambda: choice([]), "at least one option"),
    (lambda: choice([None, 1]), "an option must not be None, which a menu takes for no choice"),
    (lambda: choice({"a": 1, "none": None}), "give a word such as 'none', not .1, None."),
    (lambda: choice({}), "at least one option"),
    (lambda: choice(["a"], "b"), "must be one of"),
    (lambda: choice("abc"), "options must be a list or {name: option}, not 'abc'"),
    (lambda: choice(3), "options must be a list or {name: option}, not 3"),
    (lambda: choice(["a", "a"]), "the names of a choice must differ"),
    (lambda: choice([1, "1"]), "the names of a choice must differ"),
    (lambda: choice({"a": 1, "b": True}), "the options of a choice must differ"),
    (lambda: choice([math.nan, 1.0]), "an option must be equal to itself, as nan is not"),
    (lambda: choice([object(), 1]), "an option needs a name: give {name: option}"),
    (lambda: choice([lambda t: t]), "an option needs a name"),
    (lambda: choice({"left": ARRAY}), "an option must not be an array"),
    (lambda: choice({"left": (ARRAY, 1), "right": (ARRAY.copy(), 1)}), "compares them as a whole"),
    (lambda: toggle("no"), "value must be True or False, not 'no'"),
    (lambda: toggle(ARRAY), "value must be True or False"),
    (lambda: button(label=3), "label must be text, not 3"),
    (lambda: player(0), "steps must be a whole number of at least 1"),
    (lambda: player(5, frames=0), "frames must be a whole number"),
    (lambda: player(5, 6), "value must be a step from 0 to 5, not 6"),
    (lambda: player(5, 0.5), "value must be a whole number of at least 0"),
    (lambda: player(5, interval=0), "interval must be a whole number of at least 1"),
])
def test_what_cannot_be_a_control_is_refused_in_words(make, message):
    with pytest.raises((TypeError, ValueError), match=message) as error:
        make()
    assert len(str(error.value)) < 300


def test_a_player_begins_at_its_end_and_its_clock_counts_pictures():
    control = player(105, frames=50)
    row = PlayerRow(control)
    assert control.value == row.scrub.value == 105
    assert (row.clock.min, row.clock.max, row.clock.step) == (0, 50, 1)
    assert row.clock.value == 50  # from its end, a clock begins anew
    seen = []
    control.observe(lambda change: seen.append(change["new"]), "value")
    for k in range(51):
        row.clock.value = k
    assert seen == control.times and seen[0] == 0 and seen[-1] == 105  # the last one, too


def test_a_clock_goes_on_from_where_the_slider_stands():
    control = player(100, 7, frames=10)
    row = PlayerRow(control)
    assert control.value == 7 and row.clock.value == 0
    row.scrub.value = 47
    assert control.value == 47 and row.clock.value == 4  # what follows moves nothing
    row.clock.value = 5
    assert control.value == 50 == row.scrub.value
    row.on.click()
    assert control.value == 51 and row.clock.value == 5
    row.back.click()
    row.back.click()
    assert control.value == 49 and row.clock.value == 4


def test_each_row_of_a_player_has_a_clock_of_its_own():
    control = player(20, 0)
    one, two = PlayerRow(control), PlayerRow(control)
    one.clock.value = 3
    assert two.scrub.value == two.clock.value == control.value == 3
    two.close()
    one.clock.value = 4
    assert control.value == 4 and two.scrub.value == 3
