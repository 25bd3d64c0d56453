"""lrteach: see how learning rates behave.

`import lrteach` needs NumPy alone. The names that draw are loaded when one of them is first used;
`__init__.pyi` beside this file shows editors all of them.
"""

from importlib import import_module as _import_module

from ._internal.arguments import nearest as _nearest
from .data import digits, mnist, receipts
from .descent import Run, descend, iterate
from .losses import Loss
from .models import LinearRegression, Minibatches
from .network import MLP
from .optimizers import (
    OPTIMIZERS,
    adagrad,
    adam,
    adamw,
    momentum,
    momentum_inside,
    nesterov,
    rmsprop,
    sgd,
)
from .range_test import RangeTest, lr_range_test, recorded, smoothed
from .schedules import (
    SCHEDULES,
    constant,
    cosine,
    exp_range,
    exponential_decay,
    exponential_sweep,
    hold_then,
    inverse_sqrt,
    join,
    linear,
    linear_sweep,
    one_cycle,
    one_cycle_beta,
    polynomial,
    reduce_on_plateau,
    step_decay,
    triangular,
    triangular2,
    warm_restarts,
    warmup,
)
from .stability import (
    REGIMES,
    best_lr,
    contraction,
    critical_lr,
    curvature,
    regime,
    sharpness,
)
from .suggestions import suggest
from .surfaces import (
    SURFACES,
    beale,
    himmelblau,
    parabola,
    plateau,
    quadratic,
    ravine,
    rosenbrock,
    saddle,
    two_wells,
    valley,
)
from .sweep import Sweep, sweep
from .wrappers import averaged, l2

__version__ = "0.1.0"

_LOADED_LATER = {  # module: the names that it gives
    "plots.scene": ["Panel", "Scene"],
    "plots": [
        "accuracy_by_rate",
        "accuracy_curve",
        "band",
        "basins",
        "curve",
        "data_line",
        "digit_names",
        "effective_lr",
        "error_by_direction",
        "gradient_cloud",
        "instead",
        "landscape",
        "layer_curve",
        "loss_curve",
        "lr_curve",
        "mark_rates",
        "measure_curve",
        "placing",
        "policy_rates",
        "policy_scores",
        "range_curve",
        "range_measured",
        "rate_curve",
        "rate_spans",
        "regime_map",
        "relief",
        "stability_map",
        "theta_curve",
    ],
    "plots.film": ["save_animation"],
    "widgets.drive": ["drive"],
    "widgets.live": [
        "button",
        "choice",
        "explore",
        "log_slider",
        "play",
        "player",
        "slider",
        "toggle",
    ],
    "widgets.page": ["save_page"],
    "widgets.progress": ["progress_bar"],
    "course.blackbox": ["PLANS", "BlackBox", "black_box", "blind_walks", "score"],
    "course.checks": [
        "Feedback",
        "check_installation",
        "check_number",
        "check_optimizer",
        "check_schedule",
        "check_score",
        "check_values",
    ],
    "course.predict": ["predict"],
}
_MODULE_OF = {name: module for module, names in _LOADED_LATER.items() for name in names}

__all__ = [
    "MLP",
    "OPTIMIZERS",
    "REGIMES",
    "SCHEDULES",
    "SURFACES",
    "LinearRegression",
    "Loss",
    "Minibatches",
    "RangeTest",
    "Run",
    "Sweep",
    "adagrad",
    "adam",
    "adamw",
    "averaged",
    "beale",
    "best_lr",
    "constant",
    "contraction",
    "cosine",
    "critical_lr",
    "curvature",
    "descend",
    "digits",
    "exp_range",
    "exponential_decay",
    "exponential_sweep",
    "himmelblau",
    "hold_then",
    "inverse_sqrt",
    "iterate",
    "join",
    "l2",
    "linear",
    "linear_sweep",
    "lr_range_test",
    "mnist",
    "momentum",
    "momentum_inside",
    "nesterov",
    "one_cycle",
    "one_cycle_beta",
    "parabola",
    "plateau",
    "polynomial",
    "quadratic",
    "ravine",
    "receipts",
    "recorded",
    "reduce_on_plateau",
    "regime",
    "rmsprop",
    "rosenbrock",
    "saddle",
    "sgd",
    "sharpness",
    "smoothed",
    "step_decay",
    "suggest",
    "sweep",
    "triangular",
    "triangular2",
    "two_wells",
    "valley",
    "warm_restarts",
    "warmup",
    *_MODULE_OF,
]


def __getattr__(name):
    if name not in _MODULE_OF:
        raise AttributeError(f"lrteach has no {name!r}{_nearest(name, __all__, cutoff=0.75)}")
    value = getattr(_import_module(f"lrteach.{_MODULE_OF[name]}"), name)
    globals()[name] = value  # found at once from now on
    return value


def __dir__():
    return ["__version__", *__all__]
