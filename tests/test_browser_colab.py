"""The tests of `test_browser` in a JupyterLab 3 whose widgets are as old as Colab's, with a kernel of Colab's versions.

LRTEACH_COLAB_LAB names its `jupyter`, LRTEACH_COLAB_PYTHON that Python. Without these the tests skip; where CI is true they fail.
"""

import os

import pytest

from test_browser import *
from test_browser import missing


@pytest.fixture(scope="module")
def stack():
    jupyter, python = os.environ.get("LRTEACH_COLAB_LAB"), os.environ.get("LRTEACH_COLAB_PYTHON")
    if not jupyter or not python:
        missing("LRTEACH_COLAB_LAB and LRTEACH_COLAB_PYTHON do not name Colab's stack")
    return jupyter, python
