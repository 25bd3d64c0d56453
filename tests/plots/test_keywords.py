"""The arguments of panels: one name for one thing in all of them, and a refusal in words."""

import inspect

import numpy as np
import pytest

import lrteach
from lrteach import MLP, Loss, Scene, contraction, digits, parabola, valley
from lrteach.plots import keywords

NAMES = [
    "curve", "landscape", "basins", "gradient_cloud", "data_line", "loss_curve", "theta_curve",
    "lr_curve", "effective_lr", "band", "error_by_direction", "rate_curve", "accuracy_curve",
    "accuracy_by_rate", "layer_curve", "digit_names", "range_curve", "range_measured", "rate_spans",
    "policy_rates", "policy_scores", "placing", "regime_map", "stability_map", "measure_curve",
    "relief",
]
BOWL, VALLEY, AXES = parabola(), valley(), np.eye(2)
X, Y = (0.1, 1.0), (1.0, 10.0)


def last_loss(run):
    return run.loss[-1]


NEEDED = {  # what each panel cannot do without
    "curve": [BOWL],
    "landscape": [VALLEY],
    "relief": [VALLEY],
    "basins": [VALLEY, AXES, ["a", "b"]],
    "gradient_cloud": {"x": X},
    "data_line": [AXES, [1, 2]],
    "band": [last_loss, {"y": Y}],
    "error_by_direction": [AXES, [0, 0]],
    "rate_curve": {"x": X, "y": Y},
    "accuracy_by_rate": {"x": X},
    "layer_curve": {"y": Y},
    "measure_curve": ["test", {"y": Y}],
    "digit_names": [AXES[:, :1], [1, 2]],
    "range_curve": {"x": X, "y": Y},
    "range_measured": {"x": X},
    "rate_spans": [last_loss, {"x": X, "y": Y, "ylabel": "loss"}],
    "policy_rates": [["a"]],
    "policy_scores": [["a"], last_loss, {"x": X, "xlabel": "loss"}],
    "placing": [[1.0], last_loss, {"x": X}],
    "stability_map": [contraction],
}


def make(name, **options):
    """The panel of this name, with what it needs and these options."""
    needed = NEEDED.get(name, [])
    needed = [needed] if isinstance(needed, dict) else needed
    args = [value for value in needed if not isinstance(value, dict)]
    for given in needed[len(args):]:
        options = {**given, **options}
    return getattr(lrteach, name)(*args, **options)


def arguments(name):
    return inspect.signature(getattr(lrteach, name)).parameters


def those_with(*options):
    """(panel, option) for each panel that takes one of these by name."""
    return [(name, option) for name in NAMES for option in options if option in arguments(name)
            and arguments(name)[option].kind is inspect.Parameter.KEYWORD_ONLY]


def test_all_panels_are_here():
    made = [name for name in lrteach.__all__ if hasattr(getattr(lrteach, name), "makes_a_panel")]
    assert sorted(made) == sorted(NAMES)
    for name in NAMES:
        assert Scene(make(name)).axes, name


@pytest.mark.parametrize("name, axis", those_with("x", "y"))
def test_a_window_is_what_the_picture_shows(name, axis):
    ax = Scene(make(name, **{axis: (2, 7)})).axes[0]
    low, high = ax.get_xlim() if axis == "x" else ax.get_ylim()
    if name == "policy_scores":  # which leaves room for words
        assert low == 2 and high > 7
    elif name == "placing":  # which shows a little more
        assert low < 2 and high > 7
    elif name == "relief":  # which writes them beside its sides
        assert {"2", "7"} < {text.get_text() for text in ax.texts}
    elif name != "policy_rates":  # whose window is that of a strip
        assert (low, high) == (2, 7)


NO_WINDOWS = [5, "ab", (1, 1), (3, 1), (0, np.inf), (np.nan, 1), (1, 2, 3), [[1, 2]], (None, 1), (),
              True, np.arange(1000.0), "long" * 100, {"low": 1}]


@pytest.mark.parametrize("name, axis", those_with("x", "y"))
def test_what_is_no_window_is_refused_in_words(name, axis):
    for window in NO_WINDOWS:
        words = rf"^{axis} of {name} must be \(low, high\), two finite numbers, the lower one first"
        with pytest.raises(ValueError, match=words) as refused:
            make(name, **{axis: window})
        assert len(str(refused.value)) < 300


@pytest.mark.parametrize("name, axis, options", [
    ("loss_curve", "y", {}),
    ("lr_curve", "y", {"log": True}),
    ("band", "y", {}),
    ("error_by_direction", "y", {}),
    ("effective_lr", "y", {}),
    ("layer_curve", "y", {}),
    ("rate_curve", "y", {}),
    ("rate_curve", "x", {"log_x": True}),
    ("accuracy_by_rate", "x", {}),
    ("range_curve", "x", {}),
    ("range_curve", "y", {"log": True}),
    ("range_measured", "x", {}),
    ("rate_spans", "x", {}),
    ("placing", "x", {}),
])
def test_a_logarithmic_axis_begins_above_0(name, axis, options):
    for low in (0, -1):
        words = f"^{axis} of {name} must be .*, both above 0, because the axis is logarithmic, not "
        with pytest.raises(ValueError, match=words):
            make(name, **{axis: (low, 5)}, **options)
    assert make("loss_curve", y=(0, 5), log=False) and make("rate_curve", x=(0, 5))


@pytest.mark.parametrize("name", NAMES)
def test_a_misspelt_argument_is_refused_in_words(name):
    with pytest.raises(TypeError, match=f"^{name} has no argument 'stesp'.*it takes: ") as refused:
        make(name, stesp=3)
    said = str(refused.value)
    assert len(said) < 300
    assert ("did you mean 'steps'" in said) == ("steps" in arguments(name))


@pytest.mark.parametrize("name, _", those_with("steps"))
def test_steps_are_a_whole_number(name, _):
    for steps in [0, 2.5, "ten", (1, 2), np.inf]:
        words = f"steps of {name} must be a whole number of at least 1"
        with pytest.raises((TypeError, ValueError), match=words):
            make(name, steps=steps)


@pytest.mark.parametrize("name, argument", those_with("upright", "level"))
def test_marks_have_names(name, argument):
    for marks in ([1, 2], 3.0, "ab"):
        words = f"{argument} of {name} must be {{name: place}}, such as"
        with pytest.raises(TypeError, match=words):
            make(name, **{argument: marks})
    for marks in ({"a": "b"}, {"a": [1, "b"]}, {"a": True}):
        words = f"{argument} of {name} must be .* with numbers for places, but 'a' has"
        with pytest.raises(TypeError, match=words):
            make(name, **{argument: marks})
    marks = {"one": 0.3, "none": None, "nowhere": np.inf, "two": (0.4, 0.5)}
    scene = Scene(make(name, **{argument: marks}))
    along = "get_xdata" if argument == "upright" else "get_ydata"
    lines = [line for line in scene.axes[0].lines if len(line.get_xdata()) == 2]
    places = [getattr(line, along)()[0] for line in lines]
    assert [place for place in places if place in (0.3, 0.4, 0.5)] == [0.3, 0.4, 0.5]


@pytest.mark.parametrize("make, words", [
    (lambda: lrteach.rate_curve(y=(0, 1)), r"^rate_curve needs x=\(low, high\): rate_curve\("),
    (lambda: lrteach.curve(), r"^curve needs a loss: curve\(f, "),
    (lambda: lrteach.policy_scores(["a"]), r"^policy_scores needs values: policy_scores\(names, "),
    (lambda: lrteach.placing([1.0]), r"^placing needs place"),
])
def test_what_is_missing_is_named(make, words):
    with pytest.raises(TypeError, match=words) as refused:
        make()
    assert len(str(refused.value)) < 300


NET = MLP(*digits()[:2], (8,))


@pytest.mark.parametrize("name, f, words", [
    ("landscape", parabola(), r"takes a number; did you mean curve\(f\)\?$"),
    ("basins", parabola(), r"takes a number; did you mean curve\(f\)\?$"),
    ("curve", valley(), r"takes two coordinates; did you mean landscape\(f\)\?$"),
    ("landscape", NET, "takes 610 coordinates$"),
    ("landscape", Loss(lambda theta: (theta - 1) ** 2), "takes other coordinates$"),
    ("curve", Loss(lambda theta: theta[0] ** 2 + theta[1]), "takes other coordinates$"),
    ("landscape", Loss(lambda theta: (theta ** 2).sum(axis=0), dim=3), "takes 3 coordinates$"),
])
def test_a_panel_says_which_loss_it_draws(name, f, words):
    takes = "a number" if name == "curve" else "two coordinates"
    rest = [] if name != "basins" else [AXES, ["a", "b"]]
    words = f"^{name} draws a loss of {takes}, but .* {words}"
    with pytest.raises(ValueError, match=words) as refused:
        getattr(lrteach, name)(f, *rest)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("f, words", [
    (parabola, r"not <function parabola at 0x.*did you mean parabola\(\)\?"),
    (valley, r"did you mean valley\(\)\?"),
    (MLP, r"did you mean MLP\(...\)\?"),
    (lambda theta: theta ** 2, r"not <function.*wrap your own function as Loss\(f\)"),
    (last_loss, r"wrap your own function as Loss\(f\)"),
    (3, r"not 3; wrap your own"),
    ("parabola" * 99, r"not 'para.*; wrap your own"),
])
def test_what_is_no_loss_is_refused_in_words(f, words):
    for name, rest in [("curve", []), ("landscape", []), ("basins", [AXES, ["a", "b"]])]:
        with pytest.raises(TypeError, match=f"^f of {name} must be a loss, .*{words}") as refused:
            getattr(lrteach, name)(f, *rest)
        assert len(str(refused.value)) < 300


def test_a_long_value_is_cut_in_a_message():
    assert len(keywords.short("x" * 999)) < 70 and len(keywords.short(np.zeros(999))) < 80
    assert keywords.short(lambda x: x).startswith("<function")


@pytest.mark.parametrize("make, words", [
    (lambda p: p.band(np.ones(3)), "values of band must be a function of a run, such as lambda"),
    (lambda p: p.policy_scores(["a"], 3, x=X, xlabel="loss"), "values of policy_scores must be a"),
    (lambda p: p.rate_spans([1], x=X, y=Y, ylabel="loss"), "values of rate_spans must be a"),
    (lambda p: p.placing([1.0], 0.5, x=X), "place of placing must be a function of a run"),
    (lambda p: p.placing([], last_loss, x=X), "ends is empty"),
    (lambda p: p.stability_map(0.5), "factor of stability_map must be a func.* as contraction"),
    (lambda p: p.accuracy_curve(good=90), "good of accuracy_curve must be one number from 0 to 1"),
    (lambda p: p.accuracy_by_rate(x=X, good=-1), "good of accuracy_by_rate must be one number"),
    (lambda p: p.accuracy_curve(names=["a", "b", "c"]), "names of accuracy_curve must be one word"),
    (lambda p: p.landscape(VALLEY, names=["x"]), "names of landscape must be two words"),
    (lambda p: p.gradient_cloud(names="xy"), "names of gradient_cloud must be two words"),
    (lambda p: p.landscape(VALLEY, tail=0), "tail of landscape must be a whole number of at"),
    (lambda p: p.landscape(VALLEY, names=3), "names of landscape must be a list of words"),
    (lambda p: p.layer_curve(y=Y, layers=0), "layers of layer_curve must be a whole number"),
    (lambda p: p.loss_curve(floor="low"), "floor of loss_curve must be one finite number"),
    (lambda p: p.band(last_loss, share=(90, 10)), r"share of band must be \(low, high\)"),
    (lambda p: p.error_by_direction(np.eye(3), [0, 0]), r"vectors must be \(dim, dim\)"),
    (lambda p: p.basins(VALLEY, np.eye(2), ["a"]), r"ends must be \(2, n\), one a column"),
    (lambda p: p.data_line(np.eye(2), [1, 2, 3]), "X must be a table with one row for each"),
    (lambda p: p.policy_rates(["a"], y=X, rings={"b": ([0], [1])}), "a name of rings must be one"),
    (lambda p: p.policy_rates(["a"], rings={"a": ([0], [1])}), "y must be given with rings, not"),
    (lambda p: p.loss_curve(1, 2, 3), "loss_curve takes nothing without a name, so 1 needs one of"),
])
def test_other_arguments_are_refused_in_words_too(make, words):
    with pytest.raises((TypeError, ValueError), match=words) as refused:
        make(lrteach)
    assert len(str(refused.value)) < 300


def test_one_word_is_a_list_of_one():
    assert Scene(lrteach.effective_lr(names="theta")).axes
    labels = Scene(lrteach.policy_rates("ab")).axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["ab"]
