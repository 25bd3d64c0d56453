"""Which cell of a notebook shows what, so that a cell that is run again gives back what it had.

A kernel keeps all widgets, and each value of a cell in `Out`, until it ends. What a cell has
shown, and no other cell shows, goes when the same cell is run again.
"""

import gc
import sys
import weakref

UNNAMED = 2  # earlier runs of a cell that are kept where the front end does not name its cells

_runs = {}  # cell: {run: what it shows}


def running():
    """(cell, its run, whether the front end names its cells), or None where no cell runs.

    JupyterLab and VS Code name a cell in each request, Colab in a place of its own. Without a
    name, cells with the same text count as one.
    """
    shell = ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    header = parent.get("header", {})
    if header.get("msg_type") != "execute_request":
        return None
    metadata = parent.get("metadata", {})
    name = metadata.get("cellId") or metadata.get("colab", {}).get("cell_id")
    return name or parent["content"]["code"], header["msg_id"], bool(name)


def ipython():
    """The IPython that runs, if there is one."""
    module = sys.modules.get("IPython")
    return module and module.get_ipython()


def claim(thing):
    """The cell that runs shows this thing.

    What earlier runs of it showed is forgotten, and closed if it can be, `thing.close()`, unless
    another cell shows it, too.
    """
    here = running()
    if here is None:
        return
    cell, run, named = here
    runs = _runs.setdefault(cell, {})
    runs.setdefault(run, weakref.WeakSet()).add(thing)
    kept = 1 if named else 1 + UNNAMED
    gone = [thing for old in list(runs)[:-kept] for thing in runs.pop(old)]
    for thing in gone:
        if not is_shown(thing):
            getattr(thing, "close", int)()
            forget(thing)
    if gone:
        del thing, gone
        gc.collect()  # a figure is full of circles: Python alone would let many of them gather


def is_shown(thing):
    """Whether any cell shows this thing."""
    return any(thing in things for runs in _runs.values() for things in runs.values())


def forget(thing):
    """Take a thing out of IPython's history of values: Out[7], _7, and what it hides."""
    shell = ipython()
    values = shell.user_ns.get("Out", {})
    for count in [count for count, value in values.items() if value is thing]:
        del values[count]
        for names in (shell.user_ns, shell.user_ns_hidden):
            names.pop(f"_{count}", None)
