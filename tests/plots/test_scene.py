"""A scene: its panels, what it says, how it is drawn."""

import base64
import copy
import io
import pickle
import re
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform
from PIL import Image

from lrteach import (
    LinearRegression,
    Loss,
    Minibatches,
    Scene,
    adam,
    band,
    curve,
    descend,
    error_by_direction,
    instead,
    landscape,
    linear,
    loss_curve,
    lr_range_test,
    momentum,
    parabola,
    range_curve,
    receipts,
    sgd,
    theta_curve,
    valley,
)
from lrteach.plots import drawing
from lrteach.plots.drawing import Drawing, with_dollars
from lrteach.plots.scene import Panel, number

BOWL, PRICES = parabola(), LinearRegression(*receipts())
DOZENS = LinearRegression(receipts()[0] / [12, 1], receipts()[1])
RUN = descend(BOWL, -5.0, lr=0.1, steps=50)


def nothing(ax, style):
    """A panel without anything."""
    return lambda run, t: None


def lines(scene, k=0):
    """The moving lines of the panel k that have data, as arrays of points."""
    moving = [a for a in scene.axes[k].lines if a.get_animated() and a.get_visible()]
    return [line.get_xydata() for line in moving if len(line.get_xydata())]


def status(scene):
    """The line above the picture, as the page shows it."""
    return re.search(r'<text [^>]*style="font:12px[^>]*>(.*?)</text>', scene.overlay())[1]


# what is shown


def test_show_returns_the_scene_and_set_whether_its_background_changed():
    scene = Scene(loss_curve(steps=20))
    assert scene.show(RUN) is scene and scene.t == 50
    assert scene.set(RUN, 3) is False and scene.t == 3
    assert scene.set(descend(BOWL, -5.0, lr=0.1, steps=90)) is True


def test_two_scenes_may_share_a_panel():
    panel = landscape(PRICES)
    run, other = (descend(f, [0, 0], lr=0.01, steps=3) for f in (PRICES, DOZENS))
    alone, one, two = Scene(landscape(PRICES)), Scene(panel), Scene(panel, loss_curve())
    for scene in (alone, one, two):
        scene.show(run)
    assert one.png() == alone.png()
    two.show(other)
    one.show(run, 2)
    one.show(run)
    assert one.png() == alone.png()
    assert not np.array_equal(one.axes[0].get_xlim(), two.axes[0].get_xlim())


def test_several_runs_have_a_legend_and_their_own_look():
    runs = {rule.__name__: descend(valley(), (-7, 2), rule, lr=0.1, steps=20)
            for rule in (sgd, adam)}
    scene = Scene(landscape(valley()), loss_curve(steps=20))
    assert scene.set(runs)
    assert [text.get_text() for text in scene.figure.legends[0].get_texts()] == ["sgd", "adam"]
    looks = {(line.get_color(), line.get_marker()) for line in scene.axes[1].lines
             if line.get_marker() != "None"}
    assert len(looks) == 2
    both = len(lines(scene))
    scene.show({"adam": runs["adam"]})
    assert len(lines(scene)) == both / 2


def test_a_panel_of_ones_own():
    def distance(ax, style):
        line, = ax.plot([], [], color=style.color)

        def update(run, t):
            line.set_data(range(t + 1), abs(run.theta[:t + 1] - 5))
        return update

    scene = Scene(distance).show(descend(BOWL, -5.0, lr=0.5, steps=4))
    assert lines(scene)[0][:, 1].tolist() == [10, 5, 2.5, 1.25, 0.625]


def test_new_labels_take_the_place_of_those_shown_no_more():
    scene = Scene(curve(BOWL), loss_curve())
    run = descend(BOWL, -5.0, lr=0.1, steps=5)
    for lr in (0.1, 0.2, 0.3):
        scene.show({f"lr = {lr}": run, "fixed": run})
        legend, = scene.figure.legends
        assert {text.get_text() for text in legend.get_texts()} == {f"lr = {lr}", "fixed"}
    count = len(scene.axes[0].get_children())
    scene.show({"a": run, "fixed": run})
    assert len(scene.axes[0].get_children()) == count
    scene.show({"fixed": run})
    assert scene.figure.legends  # what comes back needs no new background
    scene.show(run)
    assert not scene.figure.legends and scene.overlay()


def test_a_label_that_a_panel_refuses_does_not_stay():
    def artists(ax, style):
        ax.plot([1], [2])
        if style.label == "bad":
            raise ValueError("not this one")
        return lambda run, t: None

    scene = Scene(artists)
    with pytest.raises(ValueError, match="not this one"):
        scene.show({"bad": RUN, "good": RUN})
    assert scene.axes[0].lines[:] == []
    scene.show({"good": RUN, "better": RUN})
    named = {text.get_text() for text in scene.figure.legends[0].get_texts()}
    assert named == {"good", "better"} and scene.png()


def test_labels_may_be_numbers():
    scene = Scene(range_curve(x=(1e-3, 1), y=(0, 60)))
    scene.show({0.0: lr_range_test(BOWL, -5.0, min_lr=1e-3, max_lr=1),
                2: lr_range_test(BOWL, 9.0, min_lr=1e-3, max_lr=1)})
    assert "0.0, the test ended" in scene.sentence() and scene.overlay()


@pytest.mark.parametrize("panels, size", [
    (1, (8.5, 4.4)), (2, (10.0, 4.6)), (3, (11.0, 4.6)), (4, (12.0, 5.0)), (6, (12.0, 5.0)),
])
def test_the_size_fits_the_number_of_panels(panels, size):
    assert Scene(*[nothing] * panels).size == size
    assert Scene(*[nothing] * panels, size=(5, 3)).size == (5, 3)


# what is said


def test_sentence_says_what_is_seen():
    scene = Scene(curve(BOWL), title="A bowl").show(RUN)
    assert scene.sentence() == (
        "A bowl: the loss over theta, with the point and its tangent and the way it came. "
        "At step 50 of 50: lr = 0.1, loss 0.00133 (at the start 50).")
    scene.show(descend(BOWL, -5.0, lr=3.0, steps=2000))
    assert "loss not a number" in scene.sentence() or "loss infinite" in scene.sentence()
    written = [number(np.inf), number(np.nan), number(0.03343)]
    assert written == ["infinite", "not a number", "0.0334"]


def test_the_sentence_is_the_alternative_text_of_the_picture():
    scene = Scene(curve(BOWL), title="A bowl & a ball").show(RUN)
    data, metadata = scene._repr_mimebundle_()
    assert metadata["image/png"] == {"width": 850, "alt": scene.sentence()}
    assert data["text/plain"] == scene.sentence()


def test_the_loss_of_a_batch_is_called_so():
    scene = Scene(landscape(PRICES))
    run = descend(Minibatches(PRICES, 1, steps=9, seed=0), [90, 30], lr=0.001, steps=9)
    scene.show(run)
    end, start = number(run.loss[9]), number(run.loss[0])
    assert f"loss of the batch {end}<" in scene.overlay()
    assert f"loss of the batch {end} (at the start {start})" in scene.sentence()
    scene.show(descend(PRICES, [90, 30], lr=0.001, steps=9))
    assert "batch" not in scene.overlay()


def test_no_step_stands_above_what_shows_whole_runs():
    """Of a rate that has changed in it, the last one would be no fact of the run."""
    table = Panel(lambda ax: None, nothing, whole=True)
    assert status(Scene(table).show(RUN)) == f"lr = 0.1  ·  loss {number(RUN.loss[-1])}"
    assert "tep 50" not in Scene(table).show(RUN).sentence()
    assert "step 50 of 50" in status(Scene(table, nothing).show(RUN))
    assert status(Scene(table).show({"a": RUN, "b": RUN})) == ""
    falling = descend(BOWL, -5.0, lr=linear(0.1, 50), steps=50)
    assert "lr" not in status(Scene(table).show(falling))
    assert "lr = 0" in status(Scene(table, nothing).show(falling))


def test_what_two_panels_tell_is_said_once():
    same, other = (Panel(lambda ax: None, nothing, tells=lambda run, t, words=words: words)
                   for words in ("twelve runs", "two rows"))
    sentence = Scene(same, other, same).show(RUN).sentence()
    assert sentence.endswith(": lr = 0.1, twelve runs, two rows.")


def test_a_panel_may_name_the_number_to_watch():
    watched = Panel(lambda ax: None, nothing, watch=lambda run, t: f"theta {run.theta[t]:.1f}")
    silent = Panel(lambda ax: None, nothing, watch=lambda run, t: "")
    assert status(Scene(nothing, watched).show(RUN, 1)) == \
        "lr = 0.1  ·  step 1 of 50  ·  theta -4.0"
    assert status(Scene(silent, watched).show(RUN, 0)).endswith("step 0 of 50  ·  theta -5.0")
    assert status(Scene(nothing).show(RUN, 0)).endswith("step 0 of 50  ·  loss 50")


def test_the_line_above_the_picture_is_large_enough_for_a_hall():
    scene = Scene(curve(BOWL)).show(RUN)
    size = float(re.search(r"font:([\d.]+)px", scene.overlay())[1])
    left, top, width, height = map(float, re.search('viewBox="(.*?)"', scene.overlay())[1].split())
    assert size * scene.width / width >= 15


def test_a_run_that_has_left_the_picture_is_named():
    good, bad = (descend(valley(), (-7, 2), lr=lr, steps=40) for lr in (0.1, 1.2))
    scene = Scene(landscape(valley()), loss_curve(steps=40))
    scene.show({"careful": good, "too fast": bad}, 0)
    assert "left the picture" not in status(scene)
    scene.show({"careful": good, "too fast": bad})
    assert status(scene) == "step 40 of 40  ·  too fast left the picture"
    scene.show(bad)
    assert status(scene).endswith("left the picture")
    scene.show(bad, 0)
    assert "left the picture" not in status(scene)


def test_a_loss_that_falls_out_of_the_picture_has_not_left_it():
    scene = Scene(loss_curve(steps=40, y=(1e-3, 1e3)))
    assert "left" not in status(scene.show(descend(BOWL, -5.0, lr=1.0, steps=40)))
    assert "left" not in status(scene.show(descend(BOWL, -5.0, lr=0.9, steps=40)))
    assert "left" in status(scene.show(descend(BOWL, -5.0, lr=2.5, steps=40)))


def test_a_schedule_of_beta_has_no_number_to_show():
    run = descend(BOWL, -5.0, momentum, lr=0.1, beta=0.8, steps=5)
    assert status(Scene(nothing).show(run)).startswith("lr = 0.1  ·  beta = 0.8  ·  ")
    run.hyper["beta"] = lambda t: 0.8
    assert status(Scene(nothing).show(run)).startswith("lr = 0.1  ·  step 5")


def test_words_that_are_too_long_are_squeezed_beside_the_legend():
    labels = [f"the rule with a long name, number {k}" for k in range(3)]
    bad = descend(valley(), (-7, 2), lr=1.2, steps=40)
    scene = Scene(landscape(valley()), title="Three of them").show(dict.fromkeys(labels, bad))
    legend = scene.figure.legends[0].get_window_extent(scene.figure.canvas.get_renderer())
    room = float(re.search(r'textLength="(\d+)"', scene.overlay())[1])
    assert 0 < room < legend.x0
    scene.png()
    words = scene._status.get_window_extent(scene.figure.canvas.get_renderer())
    assert words.x1 < legend.x0 + 1


# how it is drawn


def test_only_what_moves_is_in_the_overlay_and_its_words_keep_their_digits():
    scene = Scene(curve(BOWL), title="A bowl & a ball")
    scene.show(descend(BOWL, -5.0, lr=0.0334, steps=50), 7)
    overlay = scene.overlay()
    assert "lr = 0.0334" in overlay and "A bowl &amp; a ball" in overlay
    assert 'role="img"' in overlay
    for absent in ("theta</text>", "<style", "<metadata"):
        assert absent not in overlay
    data = "".join(re.findall(r' (?:d|x|y)="[^"]*"', overlay))
    assert max(len(digits) for digits in re.findall(r"\.(\d+)", data)) == 1
    assert len(overlay) < 12_000


def test_words_in_a_panel_keep_their_digits():
    def artists(ax, style):
        ax.text(0.5, 0.5, "a factor of 0.98765")
        return lambda run, t: None
    assert "0.98765" in Scene(artists).show(RUN).overlay()


def marks(overlay, height):
    """The places of all markers, from below."""
    found = re.findall(r'<use xlink:href="#m\w+" x="([-.\d]+)" y="([-.\d]+)"', overlay)
    return [(float(x), height - float(y)) for x, y in found]


def test_each_marker_stands_at_its_point():
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    y = np.array([0.5, np.nan, 0.25, 1e200, np.inf, 0.75])

    def artists(ax, style):
        ax.set(xlim=(0, 7), ylim=(0, 1))
        ax.plot(x, y, "o", mfc="red", mec="white")
        return lambda run, t: None
    scene = Scene(artists).show(RUN)
    overlay = scene.overlay()
    places = scene.axes[0].transData.transform([[1, 0.5], [3, 0.25], [6, 0.75]])
    found = marks(overlay, scene.size[1] * 72)
    assert found == [pytest.approx(place, abs=0.11) for place in places]
    assert overlay.count("fill: #ff0000") == 3 and "stroke: #ffffff" in overlay
    assert "clip-path=" in overlay


def test_a_marker_far_outside_adds_none_where_the_line_leaves_the_picture():
    def artists(ax, style):
        ax.set(xlim=(0, 4), ylim=(-1, 1))
        ax.plot([0, 1, 2, 3, 4], [0, 0, -1e3, 0, 0], "o", clip_on=False, in_layout=False)
        return lambda run, t: None
    assert Scene(artists).show(RUN).overlay().count("<use") == 4


def test_background_is_without_what_moves_and_is_made_once():
    scene = Scene(curve(BOWL)).show(RUN, 0)
    before = scene.background()
    scene.show(descend(BOWL, 12.0, lr=0.3, steps=50))
    scene.overlay()
    assert scene.background() is before


def test_png_has_a_palette_and_the_same_bytes_each_time(monkeypatch):
    monkeypatch.setattr(drawing, "FINE", 2)  # as it is
    a, b = (Scene(curve(BOWL), loss_curve(), size=(9.0, 4.6)).show(RUN).png() for _ in range(2))
    image = Image.open(io.BytesIO(a))
    assert a == b and len(a) < 60_000
    assert image.size == (1800, 920) and image.mode == "P"


def test_a_palette_does_not_tint_the_greys(monkeypatch):
    monkeypatch.setattr(drawing, "FINE", 2)
    f = LinearRegression(*receipts())
    vectors = np.linalg.eigh(f.hessian(f.minimum))[1]
    panels = [landscape(f, directions=vectors),
              error_by_direction(vectors, f.minimum),
              error_by_direction(vectors, f.minimum, shares=True)]
    scene = Scene(*panels, size=(11, 4.4)).show(descend(f, [0, 0], lr=0.01, steps=50))
    stored = np.asarray(Image.open(io.BytesIO(scene.png())).convert("RGB")).astype(int)
    names, counts = np.unique(stored @ [65536, 256, 1], return_counts=True)
    colors = names[counts > 20_000, None] >> [16, 8, 0] & 255
    tint = np.ptp(colors, axis=1)
    assert np.sum(tint < 15) > 6, "the areas of the map"
    assert np.max(tint[tint < 15]) <= 1


def test_a_background_changed_before_an_error_is_drawn_anew():
    def artists(ax, style):
        def update(run, t):
            if len(run) == 41:
                raise ValueError("not forty")
        return update
    scene = Scene(loss_curve(steps=10), artists)
    scene.show(descend(BOWL, -5.0, lr=0.1, steps=10))
    before = scene.background()
    with pytest.raises(ValueError, match="not forty"):
        scene.show(descend(BOWL, -5.0, lr=0.1, steps=40))
    scene.show(descend(BOWL, -5.0, lr=0.1, steps=10))
    assert scene.axes[0].get_xlim()[1] > 40 and scene.background() != before


def test_an_error_while_drawing_leaves_no_trace():
    def artists(ax, style):
        words, _ = ax.text(0.5, 0.5, ""), ax.plot([0.5], [0.5], "o")
        words.draw = lambda renderer: 1 / (words.get_text() != "bad")
        return lambda run, t: words.set_text("bad" if run.lr[t] > 0.5 else "fine")
    scene = Scene(artists)
    good, bad = (descend(BOWL, -5.0, lr=lr, steps=5) for lr in (0.1, 0.9))
    before = scene.show(good).overlay()
    scene.show(bad)
    with pytest.raises(ZeroDivisionError):
        scene.png()
    assert scene.show(good).overlay() == before


def test_a_scene_keeps_no_pixels():
    def renderers(scene):
        texts = scene.figure.findobj(lambda artist: hasattr(artist, "_renderer"))
        return {id(text._renderer) for text in texts} - {id(None)}
    one, two = (Scene(curve(BOWL), size=(5, 3)).show(RUN) for _ in range(2))
    for scene in (one, two):
        scene.png()
    assert renderers(one) and renderers(one) & renderers(two)
    assert set(vars(one.drawing)) == {"figure", "_img"}


def test_the_pictures_of_two_scenes_do_not_share_a_background():
    one, two = (Scene(curve(f), size=(5, 3)).show(RUN) for f in (BOWL, parabola(2.0)))
    alone = one.png(), two.png()
    assert alone[0] != alone[1]
    for scene, png in [(one, alone[0]), (one, alone[0]), (two, alone[1]), (one, alone[0])]:
        assert scene.png() == png
        assert scene.draw(50).size == (250, 150), "at another size, too"


def test_one_background_is_kept_of_all_scenes():
    scenes = [Scene(curve(BOWL), size=(5, 3)).show(RUN) for _ in range(3)]
    for scene in scenes:
        scene.png()
    of, dpi, paper = Drawing._last
    assert of() is scenes[-1].drawing and dpi == 100
    scenes[-1].drawing.forget()
    assert Drawing._last is None


# words of all kinds


@pytest.mark.parametrize("words, written", [
    ("$$", r"\$\$"), ("costs $5 and $6", r"costs \$5 and \$6"), ("$", r"\$"), ("5 $", r"5 \$"),
    ("$5-$6", r"\$5-\$6"), ("$x_$", r"\$x_\$"), ("$ x $", r"\$ x \$"), ("$$$", r"\$\$\$"),
    (r"\$5 and $6", r"\$5 and \$6"), ("$x^2$", "$x^2$"), ("a$b$c", "a$b$c"),
    (r"$\theta$ costs $5", r"$\theta$ costs \$5"), (r"$\nosuchthing$", r"\$\nosuchthing\$"),
    ("$1^2$ or $3", r"$1^2$ or \$3"), ("none", "none"), ("{$}$", r"{\$}\$"),
])
def test_a_dollar_that_belongs_to_no_formula_is_a_dollar(words, written):
    assert with_dollars(words) == written and with_dollars(written) == written

    def artists(ax, style):
        ax.set_xlabel(words)
        text = ax.text(0, 0, "")
        return lambda run, t: text.set_text(words)
    watched = Panel(lambda ax: None, artists, watch=lambda run, t: words)
    scene = Scene(watched, title=words).show({words: RUN, "other": RUN})
    assert scene.png() and scene.overlay()
    scene.show({words: RUN})
    assert scene.png() and status(scene).endswith(words)
    assert scene.sentence().startswith(f"{words}: ")


def family(text):
    return text.get_fontfamily()


def test_the_families_of_the_user_come_first_as_far_as_they_are_installed():
    with mpl.rc_context({"font.family": ["No Such Font", "DejaVu Serif"]}):
        scene = Scene(curve(BOWL), title="A bowl").show(RUN)
        scene.png()
    assert family(scene._title) == family(scene.axes[0].xaxis.label)
    assert family(scene._title) == ["DejaVu Serif", "sans-serif"]
    assert family(Scene(curve(BOWL))._title) == ["sans-serif"]


@pytest.mark.parametrize("words", ["学習率", "η 学習率 \N{ROCKET}", "学习率 ليرنينج 학습률"])
def test_letters_that_no_font_has_are_drawn_without_a_warning(words, caplog):
    def artists(ax, style):
        ax.text(0.1, 0.5, words)
        ax.set_ylabel(words)
        return lambda run, t: None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scene = Scene(artists, title=words).show({words: RUN, "b": RUN})
        assert scene.png() and words in scene.overlay()
    assert caplog.records == []


def test_letters_of_another_script_are_drawn_with_an_installed_font(tmp_path):
    """A font of our own: DejaVu's "A" in the place of the letter for learning."""
    tools = pytest.importorskip("fontTools.ttLib")
    from matplotlib import font_manager

    font = tools.TTFont(font_manager.findfont("DejaVu Sans"))
    for table in font["cmap"].tables:
        table.cmap[ord("学")] = "A"
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = "Letters For Learning"
    font.save(tmp_path / "learning.ttf")
    font_manager.fontManager.addfont(tmp_path / "learning.ttf")
    drawing.fonts_with.cache_clear()
    try:
        scene = Scene(curve(BOWL), title="学").show(RUN)
        scene.png()
        assert family(scene._title)[-1] == "Letters For Learning"
        boxes = Scene(curve(BOWL), title="\N{CJK UNIFIED IDEOGRAPH-7FD2}").show(RUN)
        assert scene.png() != boxes.png()
    finally:
        font_manager.fontManager.ttflist.pop()
        drawing.fonts_with.cache_clear()


# long runs


N = 100_000
NOISE = np.random.default_rng(0).normal(size=(2, N + 1))


class Long:
    """A run of many steps, as panels see one."""

    def __init__(self, theta, loss):
        self.theta, self.loss, self.lr = theta, loss, np.full(N + 1, 0.1)
        self.batch, self.f = (), valley()

    def __len__(self):
        return N + 1


@pytest.mark.parametrize("name, panel, theta", [
    ("jumps", lambda: landscape(valley()), 3 * NOISE),
    ("walks", lambda: landscape(valley()), 0.02 * NOISE.cumsum(axis=1)),
    ("stands", lambda: landscape(valley()), np.ones((2, N + 1))),
    ("loss", lambda: loss_curve(steps=N), NOISE),
    ("theta", lambda: theta_curve(steps=N), NOISE),
    ("band", lambda: band(lambda run: np.exp(NOISE.T), y=(1e-2, 1e2), steps=N), NOISE),
    ("gone", lambda: landscape(valley()), np.where(np.arange(N + 1) < 9, NOISE, np.nan)),
    ("far", lambda: landscape(valley()), NOISE * 1e200),
])
def test_a_long_run_is_thinned_to_what_a_pixel_shows(name, panel, theta):
    scene = Scene(panel()).show(Long(theta, np.exp(NOISE[0])))
    overlay = scene.overlay()
    assert len(overlay) < 400_000
    assert overlay.count("<use") <= 2100


def pixels(path, scale=2):
    """A line as matplotlib draws it: how dark each pixel is."""
    renderer = RendererAgg(600 * scale, 300 * scale, 72 * scale)
    gc = renderer.new_gc()
    gc.set_linewidth(1.5)
    renderer.draw_path(gc, path, Affine2D().scale(scale))
    return np.array(renderer.buffer_rgba())[..., 3] / 255


STEPS = np.linspace(0, 1, N + 1)
WALK = 0.5 * NOISE.cumsum(axis=1)


LINES = {
    "noise": (600 * STEPS, 150 + 40 * NOISE[0] * STEPS),
    "waves": (600 * STEPS, 150 + 100 * np.sin(900 * STEPS)),
    "gaps": (np.where(NOISE[1] > 3.5, np.nan, 600 * STEPS), 150 + 40 * NOISE[0] * STEPS),
    "spiral": (300 + 200 * STEPS * np.cos(300 * STEPS), 150 + 100 * STEPS * np.sin(300 * STEPS)),
    "small walk": (300 + 0.2 * WALK[0], 150 + 0.2 * WALK[1]),
    "walk": (300 + WALK[0], 150 + WALK[1]),
}


@pytest.mark.parametrize("name", LINES)
def test_a_thinned_line_covers_the_same_pixels(name):
    points = np.stack(LINES[name], axis=1)
    path, transform = drawing.thinned(Path(points), IdentityTransform())
    whole, thin = pixels(Path(points)), pixels(transform.transform_path(path))
    assert abs(whole - thin).mean() < 0.02 * whole.mean()
    if name in ("noise", "waves"):
        assert len(path.vertices) < 5000


def test_of_a_line_that_jumps_to_and_fro_some_jumps_are_left_and_all_that_is_short():
    few = slice(None, None, 25)
    slow = np.stack([300 + 200 * STEPS, 20 + 0 * STEPS], axis=1)
    jumps = np.stack([300 + 60 * NOISE[0], 150 + 20 * NOISE[1]], axis=1)
    path, _ = drawing.thinned(Path(np.concatenate([slow[few], jumps])), IdentityTransform())
    thin, whole, line = pixels(path), pixels(Path(jumps[few])), pixels(Path(slow[few]))
    assert len(path.vertices) <= drawing.LISTED
    assert abs(thin - line)[line > 0].max() < 0.05
    assert thin[whole > 0].mean() > 0.7 * whole[whole > 0].mean()


@pytest.mark.parametrize("name", ["spiral", "walk"])
def test_a_line_that_goes_to_and_fro_is_a_picture_in_its_place(name):
    """Its rows and columns are those of the screen, so the page shows it as it is."""
    points = np.stack(LINES[name], axis=1) / (600, 300)

    def artists(ax, style):
        ax.set(xlim=(0, 1), ylim=(0, 1))
        line, = ax.plot([], [], color="black", lw=1.5)
        return lambda run, t: line.set_data(*points.T)
    scene = Scene(artists).show(RUN)
    image = re.search(r'<image xlink:href="data:image/png;base64,(.*?)" (.*?)/>', scene.overlay(),
                      re.DOTALL)
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(image[1]))))
    assert drawn.shape[:2] == (scene.height, scene.width) and len(image[1]) < 150_000
    place = 'transform="scale(1 -1) translate(0 -316.8)" x="0" y="0" width="612" height="316.8"'
    assert place in image[2].replace('"-0"', '"0"')
    whole = 255 - np.asarray(scene.draw(100).convert("L"), int)
    box = scene.axes[0].get_position()
    inside = np.s_[int((1 - box.y1) * 440) + 8:int((1 - box.y0) * 440) - 8,
                   int(box.x0 * 850) + 8:int(box.x1 * 850) - 8]
    right, upside_down = (np.corrcoef(shades[inside].ravel(), whole[inside].ravel())[0, 1]
                          for shades in (drawn[::-1, :, 3], drawn[..., 3]))
    assert right > 0.9 > upside_down + 0.2


def test_a_short_run_is_drawn_as_it_is():
    scene = Scene(landscape(valley())).show(descend(valley(), (-7, 2), lr=0.1, steps=60))
    long_path = max(re.findall(r' d="([^"]*)"', scene.overlay()), key=len)
    path = max((line.get_path() for line in scene.axes[0].lines), key=lambda p: len(p.vertices))
    assert len(re.findall("[ML]", long_path)) == len(path.vertices) == 61


# what is refused


@pytest.mark.parametrize("make, message", [
    (lambda: Scene(), "at least one panel"),
    (lambda: Scene(3), "a panel comes from a function such as .*; not 3"),
    (lambda: Scene(curve), r"curve makes a panel when it is called: did you mean curve\(f\)\?"),
    (lambda: Scene(curve(BOWL), loss_curve), r"did you mean loss_curve\(\)\?"),
    (lambda: Scene(band), r"did you mean band\(values"),
    (lambda: Scene(instead), r"did you mean instead\(panel, change\)\?"),
    (lambda: Scene(BOWL), r"a loss is no panel, but curve\(f\)"),
    (lambda: Scene(valley()), r"a loss is no panel, but curve\(f\)"),
    (lambda: Scene(Loss(lambda t: t ** 2)), r"a loss is no panel, but curve\(f\)"),
    (lambda: Scene([curve(BOWL), loss_curve()]), "panels are given one by one"),
    (lambda: Scene(lambda ax: None), r"a panel of your own is a function artists\(ax, style\)"),
    (lambda: Scene(lambda ax, style, more: None), r"is a function artists\(ax, style\); not"),
    (lambda: Scene(RUN), "a panel comes from a function such as"),
    (lambda: Scene(Panel(None, 3)), r"artists of a panel must be a function .*, not 3"),
    (lambda: Scene(lambda ax, style: 3).show(RUN), r"must return a function update\(run, t\)"),
    (lambda: Scene(lambda ax, style: None).show(RUN), r"update\(run, t\), not None"),
    (lambda: Scene(curve(BOWL)).show(3), "a Scene shows a Run"),
    (lambda: Scene(curve(BOWL)).show({}), "a Scene shows a Run"),
    (lambda: Scene(curve(BOWL)).show({"a": None}), "a Scene shows a Run"),
    (lambda: Scene(curve(BOWL)).show(RUN, "a"), "t must be one finite number, not 'a'"),
    (lambda: Scene(curve(BOWL)).show(RUN, [1, 2]), "t must be one finite number"),
    (lambda: Scene(curve(BOWL)).show(RUN, np.nan), "t must be one finite number, not nan"),
    (lambda: Scene(curve(BOWL), size=3), r"size must be \(width, height\)"),
    (lambda: Scene(curve(BOWL), size=(5, -1)), r"size must be \(width, height\).*not \(5, -1\)"),
    (lambda: Scene(curve(BOWL), size=(5, np.nan)), r"size must be \(width, height\)"),
    (lambda: Scene(curve(BOWL), widths=[1, 2]), "widths must be 1 number above 0, one for each"),
    (lambda: Scene(nothing, nothing, widths=[1, 0]), "widths must be 2 numbers above 0"),
])
def test_errors_say_what_is_allowed(make, message):
    with pytest.raises((TypeError, ValueError), match=message) as error:
        make()
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_scene_is_not_copied_and_stands_where_it_stood(twin):
    scene = Scene(landscape(valley())).show(descend(valley(), (-7, 2), lr=0.1, steps=9), 4)
    before = scene.png()
    with pytest.raises(TypeError, match="a Scene can be neither copied nor pickled: keep its runs"):
        twin(scene)
    with pytest.raises(TypeError, match="a Scene can be neither copied nor pickled"):
        twin([scene]) if twin is not copy.copy else twin(scene)
    assert scene.png() == before and scene.t == 4


# the names of several runs


def test_a_long_title_moves_the_legend_down():
    run = descend(BOWL, -5.0, lr=0.1, steps=5)
    long = "A title that is nearly as wide as the picture itself"
    for title, lower in [("Short", False), (long, True)]:
        scene = Scene(curve(BOWL), title=title, size=(6, 4))
        scene.show({"plain descent": run, "momentum": run})
        renderer = scene.figure.canvas.get_renderer()
        legend = scene.figure.legends[0].get_window_extent(renderer)
        words = scene._title.get_window_extent(renderer)
        assert not legend.overlaps(words) and (legend.y1 < words.y1) == lower


@pytest.mark.parametrize("count, title, rows", [
    (5, "The race", 1), (6, "The race", 1), (8, "The race", 2),
    (5, "The race of five rules through a valley that is curved", 1),
])
def test_a_legend_is_one_row_while_there_is_room_and_covers_no_words(count, title, rows):
    run = descend(BOWL, -5.0, lr=0.1, steps=5)
    scene = Scene(curve(BOWL), title=title, size=(9.0, 4.4))
    scene.show({f"a rule {k}": run for k in range(count)})
    scene.png()
    renderer = scene.figure.canvas.get_renderer()
    legend, = scene.figure.legends
    places = [text.get_window_extent(renderer) for text in legend.get_texts()]
    assert len({round(place.y0) for place in places}) == rows
    assert min(place.x0 for place in places) > 0
    words = [text.get_window_extent(renderer) for text in scene.figure.texts]
    assert len(words) == 2
    assert not any(legend.get_window_extent(renderer).overlaps(box) for box in words)


def test_the_page_that_nbconvert_makes_has_the_alternative_text():
    html = pytest.importorskip("nbconvert").HTMLExporter(template_name="classic")
    from nbformat.v4 import new_code_cell, new_notebook, new_output
    data, metadata = Scene(nothing, title="A bowl & a ball", size=(3, 2)).show(RUN) \
        ._repr_mimebundle_()
    cell = new_code_cell("scene", outputs=[
        new_output("display_data", data=data, metadata=metadata)])
    page, _ = html.from_notebook_node(new_notebook(cells=[cell]))
    assert 'alt="A bowl &amp; a ball: a panel. At step 50 of 50: lr = 0.1' in page
