"""The notebooks that are handed out: without outputs, and never over what a learner wrote.

`setup.py` runs this file before anything is installed, so it imports nothing but Python's own.
"""

import hashlib
import json
import os
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

LESSONS = "[0-9][0-9]_*.ipynb"
PACKED = Path(__file__).parent / "notebooks"  # in a wheel
CHECKOUT = Path(__file__).parents[2] / "notebooks"
PUT = ".lrteach.json"  # in a learner's folder: {name: mark of the edition that was put there last}


def without_outputs(text):
    """A notebook's file as if nothing had run in it yet."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
            cell["metadata"].pop("jupyter", None)  # it folds an output that is stored
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def lessons(folder=None):
    """{name: text} of the notebooks in a folder, without outputs.

    Without a folder: those of the wheel, or of the checkout.
    """
    folder = folder or (PACKED if PACKED.is_dir() else CHECKOUT)
    paths = sorted(folder.glob(LESSONS))
    return {path.name: without_outputs(path.read_text(encoding="utf-8")) for path in paths}


def mark(text):
    """What tells one edition from another: all that its cells say. "" of what is no notebook."""
    try:
        said = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ""
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def hand_out(notebooks, folder):
    """Put notebooks into a folder; a file that is there stays as it is.

    Beside it comes an edition that was never put there and says something else.

    notebooks  {name: text}
    Returns {name: the name under which it was put} of those that were put.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known, put = marks(folder), {}
    for name, text in notebooks.items():
        new = mark(text)
        if known.get(name) == new and (folder / name).exists():
            continue
        for place in places(folder / name):
            if not place.exists():
                write_new(place, text)
                put[name] = place.name
            elif mark(place.read_text(encoding="utf-8", errors="replace")) != new:
                continue
            break
        known[name] = new
        write_marks(folder, known)
    return put


def places(path):
    """Where a notebook may go: 01.ipynb, 01.new.ipynb, 01.new2.ipynb, ..."""
    yield path
    yield path.with_suffix(".new.ipynb")
    yield from (path.with_suffix(f".new{n}.ipynb") for n in count(2))


def marks(folder):
    """{name: mark} of what was put into the folder."""
    try:
        known = json.loads((folder / PUT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def write_marks(folder, known):
    """Remember {name: mark} in the folder."""
    with whole(folder / PUT, json.dumps(known, indent=1) + "\n") as file:
        os.replace(file, folder / PUT)


def write_new(path, text):
    """Write a file that is not there yet, whole or not at all."""
    with whole(path, text) as file:
        try:
            os.link(file, path)
        except OSError:  # somebody else put one there, or this disk knows no links
            path.touch(exist_ok=False)
            os.replace(file, path)


@contextmanager
def whole(path, text):
    """A file with this text, near `path`, for as long as the block takes."""
    with TemporaryDirectory(dir=path.parent, prefix=".lrteach-") as near:
        file = Path(near, path.name)
        file.write_text(text, encoding="utf-8", newline="\n")
        yield file
