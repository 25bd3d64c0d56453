"""Panels: each draws one view of a `Run`, such as the loss over theta or over the steps.

A function here takes what stays the same and returns a `Panel` for a `Scene`; the module `scene`
says what a panel is, and `parts` what it is made of. Every window is x=(low, high), y=(low, high).
"""

from .maps import regime_map, stability_map
from .measures import accuracy_curve, layer_curve, measure_curve
from .ranges import mark_rates, range_curve, range_measured
from .rates import accuracy_by_rate, rate_curve, rate_spans
from .relief import relief
from .scene import Panel, Scene
from .steps import band, effective_lr, error_by_direction, loss_curve, lr_curve, theta_curve
from .tables import data_line, digit_names, instead, placing, policy_rates, policy_scores
from .theta import basins, curve, gradient_cloud, landscape

__all__ = [
    "Panel", "Scene", "accuracy_by_rate", "accuracy_curve", "band", "basins", "curve",
    "data_line", "digit_names", "effective_lr", "error_by_direction", "gradient_cloud", "instead",
    "landscape", "layer_curve", "loss_curve", "lr_curve", "mark_rates", "measure_curve", "placing",
    "policy_rates", "policy_scores", "range_curve", "range_measured", "rate_curve", "rate_spans",
    "regime_map", "relief", "stability_map", "theta_curve",
]
