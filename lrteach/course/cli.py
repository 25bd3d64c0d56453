"""The command `lrteach`: the notebooks, in a folder of the learner's own, open in JupyterLab."""

import os
import runpy
import sys
from argparse import ArgumentParser, ArgumentTypeError
from importlib.util import find_spec
from pathlib import Path

from .. import __version__
from .edition import hand_out, lessons

FOLDER = "lrteach-course"
COPY = "Put the notebooks, without outputs, into FOLDER."
OPEN = "Put the notebooks, without outputs, into FOLDER, and open JupyterLab there."
NEVER = "A file that is there already is never overwritten."
FOR_LAB = "What stands after -- is for JupyterLab, such as: lrteach open -- --no-browser"
NO_LAB = """\
JupyterLab is not installed: `pip install "lrteach[lab]"` brings it, \
and `lrteach copy FOLDER` puts the notebooks there without it."""
NO_LESSONS = "its notebooks are not in this installation; install it whole."
NEWER = """\
There is a newer edition of {name}. Yours stays as it is, and the newer one is beside it: {new}
"""


def parser():
    """What the command understands."""
    whole = ArgumentParser("lrteach", description=f"The notebooks of the course. {NEVER}")
    whole.add_argument("--version", action="version", version=f"lrteach {__version__}")
    commands = whole.add_subparsers(metavar="COMMAND", dest="command", required=True)

    open_ = commands.add_parser("open", help=OPEN, description=f"{OPEN} {NEVER}", epilog=FOR_LAB,
                                usage="lrteach open [-h] [FOLDER] [-- ARGUMENT ...]")
    open_.add_argument("folder", metavar="FOLDER", nargs="?", default=FOLDER, type=as_folder,
                       help=f"{FOLDER}, in the current folder, if you name none")

    copy_ = commands.add_parser("copy", help=COPY, description=f"{COPY} {NEVER}")
    copy_.add_argument("folder", metavar="FOLDER", type=as_folder, help="made if it is not there")
    return whole


def as_folder(word):
    """The folder that a word names; none is no name, as where a variable of a shell is empty."""
    if not word:
        raise ArgumentTypeError("it is empty; the current folder is .")
    return Path(word)


def main(words=None):
    """Do what the words of a command line say; an error is one sentence and exit code 1 or 2."""
    words = sys.argv[1:] if words is None else list(words)
    end = words.index("--") if "--" in words else len(words)
    asked, for_lab = parser().parse_args(words[:end]), words[end + 1:]
    if asked.command == "copy" and for_lab:
        parser().error("`lrteach copy` opens nothing, so nothing may stand after --")
    if asked.command == "open" and find_spec("jupyterlab") is None:
        sys.exit(f"lrteach: {NO_LAB}")
    first = copy(asked.folder)
    if asked.command == "open":
        open_lab(asked.folder, first, for_lab)


def copy(folder):
    """Put the notebooks into the folder and say so. Returns the name of the first."""
    notebooks = lessons()
    if not notebooks:
        sys.exit(f"lrteach: {NO_LESSONS}")
    if folder.is_file():
        sys.exit(f"lrteach: {folder} is a file, and the notebooks need a folder.")
    try:
        put = hand_out(notebooks, folder)
    except OSError as error:
        sys.exit(f"lrteach: the notebooks cannot be put into {folder}: {error.strerror or error}.")
    encoding = sys.stdout.encoding or "utf-8"  # which may not have all letters of a name
    sys.stdout.write(told(put, folder).encode(encoding, "backslashreplace").decode(encoding))
    return min(notebooks)


def told(put, folder):
    """What was put into the folder, in sentences."""
    beside = {name: new for name, new in put.items() if new != name}
    said = "".join(NEWER.format(name=name, new=new) for name, new in beside.items())
    if count := len(put) - len(beside):
        said += f"{count} notebook{'s' if count > 1 else ''} put into {folder}\n"
    return said or f"The notebooks in {folder} stay as you left them.\n"


def open_lab(folder, first, words):
    """JupyterLab in this process, with the folder as its root, open at the first notebook."""
    os.chdir(folder)
    sys.argv[1:] = [first, *words]
    runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)
