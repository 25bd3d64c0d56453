"""lrteach: see how learning rates behave.

`import lrteach` needs numpy alone; the names that draw are loaded when one of them is first used.
"""

from importlib import import_module

from .data import digits, mnist, receipts
from .descent import Run, descend, iterate
from .losses import Loss
from .models import LinearRegression, Minibatches
from .network import MLP
from .optimizers import OPTIMIZERS, adagrad, adam, adamw, momentum, momentum_inside, nesterov, rmsprop, sgd
from .range_test import RangeTest, lr_range_test, smoothed
from .schedules import (SCHEDULES, constant, cosine, exp_range, exponential_decay, exponential_sweep, linear_sweep, one_cycle,
                        step_decay, triangular, triangular2, warm_restarts, warmup)
from .stability import REGIMES, best_lr, contraction, critical_lr, curvature, regime
from .suggestions import suggest
from .surfaces import SURFACES, beale, himmelblau, parabola, plateau, quadratic, ravine, rosenbrock, saddle, two_wells, valley

__version__ = "0.1.0"

_DRAWING = {
    "plots": ["Scene", "curve", "landscape", "data_line", "loss_curve", "theta_curve", "lr_curve", "error_by_direction", "rate_curve",
              "range_curve", "range_measured", "mark_rates", "effective_lr", "regime_map", "placing", "stability_map", "basins",
              "gradient_cloud", "band", "accuracy_curve", "accuracy_by_rate", "layer_curve", "digit_names", "instead", "policy_rates",
              "policy_scores", "rate_spans"],
    "plots.film": ["save_animation"],
    "widgets.live": ["explore", "play", "player", "slider", "log_slider", "choice", "toggle", "button"],
    "widgets.progress": ["progress_bar"],
    "course.blackbox": ["PLANS", "BlackBox", "black_box", "blind_walks", "score"],
    "course.checks": ["predict", "check_number", "check_optimizer", "check_schedule", "check_values", "check_score", "check_installation"],
}
_MODULE_OF = {name: module for module, names in _DRAWING.items() for name in names}

__all__ = [name for name in globals() if not name.startswith("_") and name != "import_module"] + list(_MODULE_OF)


def __getattr__(name):
    if name not in _MODULE_OF:
        raise AttributeError(f"lrteach has no {name!r}")
    return getattr(import_module(f"lrteach.{_MODULE_OF[name]}"), name)


def __dir__():
    return __all__
