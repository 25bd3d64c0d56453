"""Panels: each draws one view of a `Run`, the loss over theta, the path on its landscape, the loss over the steps.

A function here takes what stays the same and returns a `Panel` for a `Scene`; the module `scene` says what a panel is.
"""

from .scene import Panel, Scene
from .maps import regime_map, stability_map
from .networks import accuracy_by_rate, accuracy_curve, digit_names, layer_curve
from .places import placing
from .policies import instead, policy_rates, policy_scores, rate_spans
from .ranges import mark_rates, range_curve, range_measured
from .rates import effective_lr, rate_curve
from .rows import data_line, gradient_cloud
from .steps import band, error_by_direction, loss_curve, lr_curve, over_steps, theta_curve
from .surfaces import basins, curve, landscape
