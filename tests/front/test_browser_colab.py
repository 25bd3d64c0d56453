"""The tests of `test_browser` in a JupyterLab 3 with widgets as old as Colab's, and its kernel.

LRTEACH_COLAB_LAB names its `jupyter`, LRTEACH_COLAB_PYTHON that Python. Without these the tests
skip; where CI is true they fail.
"""

import os

import pytest
from project import missing
from test_browser import *


@pytest.fixture(scope="module")
def stack(colab_python):
    return os.environ.get("LRTEACH_COLAB_LAB") or missing(
        "LRTEACH_COLAB_LAB names no JupyterLab with Colab's widgets"
    ), colab_python
