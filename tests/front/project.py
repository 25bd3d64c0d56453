"""The project as it is handed out, and what to do where a test lacks a program."""

import os

import pytest


def missing(words):
    """Skip a test for what is not on this machine; where CI is true, fail."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(words)
