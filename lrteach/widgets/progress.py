"""A bar for a long training, `descend(..., progress=progress_bar)`.

It comes if one has to wait, and goes when all is done.
"""

import time

import ipywidgets as widgets
from IPython import get_ipython
from IPython.display import display

from . import view_of


def progress_bar(steps, wait=0.5):
    """Go through `steps`, anything with a length, and show how far that is.

    Nothing is shown in the first `wait` seconds, and nothing after the end.
    In a notebook it is a widget, which no file keeps; elsewhere it is tqdm's bar.
    """
    if not hasattr(get_ipython(), "kernel"):
        from tqdm import tqdm  # needed only here
        yield from tqdm(steps, delay=wait, leave=False)
        return
    start, bar, shown = time.monotonic(), None, wait
    try:
        for k, step in enumerate(steps):
            passed = time.monotonic() - start
            if passed >= shown:
                bar, shown = bar or Bar(), passed + 0.1
                bar.put(k, len(steps), passed)
            yield step
    finally:  # also where the loop is left early
        if bar:
            bar.remove()


class Bar:
    """A bar in the output of the cell that runs."""

    def __init__(self):
        self.box = widgets.HTML()
        self.place = display(view_of(self.box), raw=True, display_id=True)

    def put(self, k, count, passed):
        """Show step k of `count`, after so many seconds."""
        left = passed * (count - k) / k if k else 0
        self.box.value = (f'<progress max="{count}" value="{k}" style="width:40%"></progress> '
                          f'step {k} of {count}, about {left:.0f} s to go')

    def remove(self):
        """Leave nothing behind."""
        self.place.update({}, raw=True)
        self.box.close()
