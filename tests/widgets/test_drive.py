"""A run that goes on while a hand is on the rate, moved as a front end moves it: by `.value`."""

import base64
import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

from lrteach import (
    MLP,
    Loss,
    Minibatches,
    Scene,
    accuracy_curve,
    adam,
    choice,
    cosine,
    descend,
    digits,
    drive,
    explore,
    landscape,
    log_slider,
    loss_curve,
    lr_curve,
    momentum,
    parabola,
    sgd,
    slider,
    valley,
)
from lrteach.widgets.controls import Ticks, parts_of

VIEW = "application/vnd.jupyter.widget-view+json"
BOWL = parabola()


class Page:
    """A driven scene and its buttons, as a page has them."""

    def __init__(self, live):
        self.live = live
        self.ticks, self.lr = live.controls
        live._repr_mimebundle_()
        self.clock, self.again = live.box.children[0].children[0].children

    def play(self, ticks):
        """So many ticks, from 0 where a browser stands at the end."""
        if self.clock.value == self.clock.max:
            self.clock.value = 0
        for _ in range(ticks):
            self.clock.value += 1

    @property
    def shown(self):
        return self.live.overlay.value


def bowl(**options):
    """20 steps in 10 moves down the bowl."""
    scene = Scene(loss_curve(steps=20), lr_curve(steps=20, y=(0, 10)), title="A bowl")
    options = {"lr": log_slider(0.01, 10, 0.1), "steps": 20, "frames": 10, **options}
    return Page(drive(scene, BOWL, -5.0, **options))


def rate_line(page):
    """The rates that the second panel shows."""
    return np.array(page.live.scene.axes[1].lines[0].get_ydata())


# what it shows


def test_it_begins_with_a_whole_run_at_the_first_rate():
    page = bowl()
    assert repr(page.live.schedule) == "constant(0.1)"
    np.testing.assert_array_equal(page.live.run.loss, descend(BOWL, -5.0, lr=0.1, steps=20).loss)
    data, metadata = page.live._repr_mimebundle_()
    words = data["text/plain"]
    assert words.startswith("A bowl: the loss over the steps; the learning rate over the steps. "
                            "At step 20 of 20: lr = 0.1, loss ")
    assert words.endswith(" Controls: play, start again, learning rate lr.")
    assert base64.b64decode(data["image/png"])[:4] == b"\x89PNG"
    assert metadata["image/png"]["alt"] == words
    assert data[VIEW]["model_id"] == page.live.box.model_id
    assert "play begins anew with lr = 0.1" in page.shown


def test_each_tick_takes_a_few_steps_at_the_rate_of_its_moment():
    page = bowl()
    page.play(0)
    assert "lr = 0.1  ·  step 0 of 20" in page.shown and "press play" in page.shown
    page.play(1)
    assert "lr = 0.1  ·  step 2 of 20" in page.shown
    page.lr.value = 0.5
    page.play(2)
    assert "lr = 0.5  ·  step 6 of 20" in page.shown
    np.testing.assert_array_equal(page.live.run.lr, [0.1, 0.1, 0.5, 0.5, 0.5, 0.5, 0.5])
    np.testing.assert_array_equal(rate_line(page), page.live.run.lr)
    assert page.live.message.value == ""


def test_the_picture_keeps_its_background_while_it_plays():
    page = bowl()
    background, pictures = page.live.background.value, []
    page.live.overlay.observe(lambda change: pictures.append(change["new"]), "value")
    page.play(10)
    assert len(set(pictures)) == 11 and page.live.background.value is background


def test_a_paused_scene_shows_the_rate_of_the_step_that_comes():
    page = bowl()
    page.play(3)
    run, shown = page.live.run, {page.shown}
    for rate in (0.2, 0.3, 0.5):
        page.lr.value = rate
        assert f"lr = {rate}  ·  step 6 of 20" in page.shown
        assert rate_line(page)[-1] == rate and (rate_line(page)[:-1] == 0.1).all()
        shown.add(page.shown)
    assert len(shown) == 4 and page.live.run is run
    page.play(1)
    np.testing.assert_array_equal(page.live.run.lr[5:], [0.1, 0.5, 0.5, 0.5])


@pytest.mark.parametrize("ticks", [0, 4, 10])
def test_the_slider_changes_what_is_shown_at_every_place(ticks):
    page = bowl()
    page.play(ticks)
    shown = set()
    for rate in (0.2, 0.3, 0.5):
        page.lr.value = rate
        shown.add(page.shown)
        assert f"lr = {rate}" in page.shown
    assert len(shown) == 3


def test_the_end_stops_the_browser_and_stays():
    page = bowl()
    page.play(10)
    assert page.clock.value == page.clock.max == Ticks.END and "step 20 of 20" in page.shown
    run = page.live.run
    page.clock.value = 11  # a tick that was under way
    assert page.clock.value == Ticks.END and page.live.run is run
    page.lr.value = 0.7
    assert "play begins anew with lr = 0.7" in page.shown and page.live.run is run
    page.clock.value = 12
    assert page.clock.value == Ticks.END and page.live.run is run
    page.play(1)
    np.testing.assert_array_equal(page.live.run.lr, [0.7, 0.7, 0.7])


def test_ticks_that_are_left_out_take_no_more_steps():
    page = bowl()
    page.play(1)
    page.clock.value = 7
    assert "step 4 of 20" in page.shown
    page.clock.value = 8
    assert "step 6 of 20" in page.shown


def test_play_begins_anew_at_the_end_even_where_its_first_tick_is_left_out():
    page = bowl()
    page.play(10)
    page.clock.value = 2
    assert "step 2 of 20" in page.shown and page.live.run.steps == 2


def test_start_again_keeps_the_run_until_a_new_one_has_begun():
    page = bowl()
    page.play(4)
    page.lr.value = 0.5
    page.play(1)
    run = page.live.run
    page.again.click()
    assert page.clock.value == 0 and "lr = 0.5  ·  step 0 of 20" in page.shown
    assert page.live.run is run and page.live.run.steps == 10
    page.clock.value = 1
    np.testing.assert_array_equal(page.live.run.lr, [0.5, 0.5, 0.5])
    page.again.click()
    page.clock.value = 5  # a tick that was under way
    page.clock.value = 1  # the browser's own, from 0
    assert "step 2 of 20" in page.shown


def test_start_again_at_the_end_stands_at_step_0():
    page = bowl()
    page.again.click()
    assert "step 0 of 20" in page.shown and page.clock.value == 0
    page.play(1)
    assert "step 2 of 20" in page.shown


def test_frames_that_do_not_divide_the_steps_end_at_the_last():
    page = bowl(steps=7, frames=3)
    seen = []
    for _ in range(3):
        page.play(1)
        seen.append(page.live.run.steps)
    assert seen == [2, 5, 7] and page.clock.value == Ticks.END


# the schedule that a hand has drawn


X_TRAIN, Y_TRAIN, X_TEST, Y_TEST = digits()
NET = MLP(X_TRAIN, Y_TRAIN, hidden=(16,), activation="relu")
FEW = Minibatches(NET, 32, steps=40, seed=0)


def by_hand(optimizer, **hyper):
    """A network that was driven with three rates, and its scene."""
    scene = Scene(loss_curve(steps=40), lr_curve(steps=40), accuracy_curve(steps=40))
    page = Page(drive(scene, FEW, NET.init(seed=0), optimizer, lr=log_slider(1e-3, 1, 0.01),
                      steps=40, frames=13, measure={"test": NET.on(X_TEST, Y_TEST)}, every=4,
                      **hyper))
    for rate, ticks in ((0.1, 5), (0.03, 4), (0.005, 4)):
        page.lr.value = rate
        page.play(ticks)
    return page


@pytest.mark.parametrize("optimizer, hyper", [
    (sgd, {}), (sgd, {"clip_norm": 0.5}), (momentum, {"beta": 0.8}), (adam, {}),
    (momentum, {"beta": cosine(0.9, 40, 0.5)}),
])
def test_the_drawn_schedule_makes_the_same_run_to_the_last_bit(optimizer, hyper):
    live = by_hand(optimizer, **hyper).live
    run = descend(FEW, NET.init(seed=0), optimizer, lr=live.schedule, steps=40,
                  measure={"test": NET.on(X_TEST, Y_TEST)}, every=4, **hyper)
    assert live.run.steps == 40 and live.message.value == ""
    np.testing.assert_array_equal(live.run.loss, run.loss)
    np.testing.assert_array_equal(live.run.final, run.final)
    np.testing.assert_array_equal(live.run.lr, run.lr)
    np.testing.assert_array_equal(live.run.measured["test"], run.measured["test"])
    assert live.run.lr[0] == 0.1 and live.run.lr[-1] == 0.005


def test_the_drawn_schedule_is_a_schedule():
    live = by_hand(sgd).live
    t = np.arange(41)
    rates = live.schedule(t)
    assert [live.schedule(int(step)) for step in t] == rates.tolist()
    np.testing.assert_array_equal(rates, live.run.lr)
    assert live.schedule(1000) == live.schedule(39.5) == 0.005
    assert repr(live.schedule).startswith("drawn([0.1, 0.1, ")
    twin = pickle.loads(pickle.dumps(live.schedule))
    np.testing.assert_array_equal(twin(t), rates)
    with pytest.raises(ValueError, match="t must be 0 or above"):
        live.schedule(-1)


def test_a_schedule_that_is_kept_stays_as_it_was_drawn():
    page = bowl()
    page.play(2)
    page.lr.value = 0.5
    page.play(2)
    kept = page.live.schedule
    page.lr.value = 2.0
    page.play(6)
    assert kept(np.arange(6)).tolist() == [0.1] * 4 + [0.5] * 2
    assert kept(100) == 0.5 and page.live.schedule(100) == 2.0


def test_a_hand_that_lies_still_draws_a_constant_schedule():
    page = bowl()
    page.lr.value = 0.3
    page.play(10)
    assert repr(page.live.schedule) == "constant(0.3)"


def test_a_start_in_float32_is_driven_in_float32():
    start = NET.init(seed=0).astype(np.float32)
    page = Page(drive(Scene(loss_curve(steps=20)), FEW, start, adam, lr=log_slider(1e-3, 1, 0.01),
                      steps=20, frames=10))
    page.play(5)
    page.lr.value = 0.1
    page.play(5)
    assert "lr = 0.1  ·  step 20 of 20" in page.shown and page.live.schedule(20) == 0.1
    run = descend(FEW, start, adam, lr=page.live.schedule, steps=20)
    assert run.final.dtype == page.live.run.final.dtype == np.float32
    np.testing.assert_array_equal(page.live.run.final, run.final)


def test_many_starts_are_driven_by_one_hand():
    starts = NET.init(range(3))
    seeds = Minibatches(NET, 32, steps=20, seed=range(3))
    page = Page(drive(Scene(loss_curve(steps=20)), seeds, starts, lr=log_slider(0.01, 1, 0.1),
                      steps=20, frames=4))
    page.play(2)
    page.lr.value = 0.5
    page.play(2)
    run = descend(seeds, starts, lr=page.live.schedule, steps=20)
    np.testing.assert_array_equal(page.live.run.loss, run.loss)
    assert page.live.run.batch == (3,) and page.live.message.value == ""


# what may go wrong


def test_a_run_that_diverges_says_so_and_begins_anew():
    page = bowl(steps=2000, frames=20)
    page.lr.value = 3.0
    page.play(20)
    assert page.live.run.diverged and page.live.message.value == ""
    assert "diverged: start again" in page.shown and page.clock.value == Ticks.END
    page.lr.value = 0.5
    page.play(1)
    assert "diverged" not in page.shown and not page.live.run.diverged


def test_an_error_of_the_loss_is_shown_in_words_and_the_scene_lives_on():
    def slope(x):
        if x > 10:
            raise ValueError("x <is> too large")
        return x

    f = Loss(lambda x: 0.5 * x ** 2, slope)
    page = Page(drive(Scene(loss_curve(steps=20), lr_curve(steps=20)), f, -5.0,
                      lr=log_slider(0.01, 10, 0.1), steps=20, frames=10))
    page.play(2)
    page.lr.value = 5.0
    before = page.shown
    page.play(2)
    assert "ValueError: x &lt;is&gt; too large" in page.live.message.value
    assert page.shown == before and page.live.run.steps == 4
    page.lr.value = 0.5  # takes no step
    assert page.live.message.value == "" and "lr = 0.5  ·  step 4 of 20" in page.shown
    page.play(2)
    assert "step 8 of 20" in page.shown and page.live.message.value == ""
    page.again.click()
    assert "step 0 of 20" in page.shown


@pytest.mark.parametrize("options, message", [
    ({"lr": 0.1}, "lr must be a control such as .*, not 0.1"),
    ({"lr": choice(["fast"])}, "lr must be one finite number, not 'fast'"),
    ({"steps": 0}, "steps must be a whole number of at least 1, not 0"),
    ({"frames": 0}, "frames must be a whole number of at least 1, not 0"),
    ({"interval": 0.5}, "interval must be a whole number of at least 1, not 0.5"),
    ({"resume": descend(BOWL, 1.0, lr=0.1, steps=2)}, "resume"),
    ({"optimizer": momentum, "bet": 0.9}, "momentum .*beta"),
])
def test_errors_at_the_start_say_what_is_allowed(options, message):
    with pytest.raises((TypeError, ValueError), match=message) as error:
        bowl(**options)
    assert len(str(error.value)) < 300


# what a page holds, and gives back


def test_a_surface_is_driven_with_its_path():
    f = valley()
    page = Page(drive(Scene(landscape(f), lr_curve(steps=20)), f, (-7, 2), momentum,
                      lr=slider(0.0, 0.5, 0.1, label="how fast"), steps=20, frames=10))
    page.play(5)
    assert page.live.run.theta.shape == (2, 11) and page.live.message.value == ""
    assert page.live.sentence().endswith("Controls: play, start again, how fast.")


def test_each_cell_that_shows_it_has_buttons_of_its_own():
    page = bowl()
    other = Page(page.live)
    assert other.clock is not page.clock
    page.play(2)
    assert other.clock.value == page.clock.value == 2
    other.clock.value = 3
    assert page.clock.value == 3 and "step 6 of 20" in page.shown
    page.play(7)
    assert other.clock.value == page.clock.value == Ticks.END


def test_a_scene_that_others_show_stands_again_where_it_is_driven():
    page = bowl()
    page.play(3)
    explore(page.live.scene, lambda lr: descend(BOWL, -5.0, lr=lr, steps=9),
            lr=slider(0.0, 1.0, 0.3))
    assert "At step 6 of 20: lr = 0.1" in page.live._repr_mimebundle_()[0]["text/plain"]
    assert page.live.run.steps == 6


def test_what_is_closed_has_no_widget_left_and_opens_again():
    page = bowl()
    everything = parts_of([page.live.box, page.lr])
    page.live.close()
    assert [widget for widget in everything if widget.comm is not None] == []
    before = page.shown
    page.clock.value = 0  # nobody listens
    page.lr.value = 0.7
    assert page.shown == before
    page = Page(page.live)
    assert all(widget.comm is not None for widget in parts_of([page.live.box]))
    page.play(1)
    page.lr.value = 0.2
    assert "lr = 0.2  ·  step 2 of 20" in page.shown


def test_nothing_is_left_of_what_is_closed():
    page = bowl()
    page.play(3)
    page.live.close()
    gone = weakref.ref(page.live)
    del page
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_driven_scene_is_not_copied(twin):
    with pytest.raises(TypeError, match="a live scene can be neither copied nor pickled"):
        twin(bowl().live)
