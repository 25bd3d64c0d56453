"""PyTorch, which says what is right: `torch`, or None where it is not; CI must have it."""

import os

import pytest

try:
    import torch

    torch.set_num_threads(1)  # the models are small, and other tests run beside these
except ImportError:
    if os.environ.get("CI") == "true":
        raise
    torch = None

live = pytest.mark.skipif(torch is None, reason="torch is not installed")
