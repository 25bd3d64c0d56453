"""What several benchmarks share: their arguments, a real kernel, and a real JupyterLab."""

import argparse
import contextlib
import sys
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).resolve().parents[1]
KERNEL = {"kernelspec": {"name": "lrteach", "display_name": "lrteach", "language": "python"}}


def arguments(description, *, browser=False):
    """The parser of a benchmark. With --short it only shows that it runs."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--short", action="store_true", help="a quick look: does it run at all?")
    if browser:
        parser.add_argument("--browser", action="store_true", help="also in a headless Chromium")
    return parser


def printed_in_kernel(cells):
    """What the last of these cells prints, in a real IPython kernel."""
    manager, client = start_new_kernel()
    try:
        for code in cells:
            printed = []
            reply = client.execute_interactive(
                code, timeout=300,
                output_hook=lambda message, into=printed: into.append(
                    message["content"].get("text", "")),
            )
            assert reply["content"]["status"] == "ok", reply["content"].get("traceback")
        return "".join(printed)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def chromium():
    """A headless browser."""
    sys.path.insert(0, str(ROOT / "tests" / "front"))
    from lab import chromium

    return chromium()


@contextlib.contextmanager
def page_with(cells, home):
    """A notebook with these cells, run in JupyterLab in a headless Chromium."""
    sys.path.insert(0, str(ROOT / "tests" / "front"))
    from kernels import kernelspec
    from lab import Lab, chromium, notebook, run_all

    cells = [nbformat.v4.new_code_cell(code) for code in cells]
    (home / "notebooks").mkdir()
    path = home / "notebooks" / "benchmark.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), path)
    jupyter, specs = Path(sys.executable).with_name("jupyter"), home / "specs"
    with (
        Lab(jupyter, path.parent, kernelspec(specs, sys.executable), home) as lab,
        chromium() as browser,
        notebook(lab, browser, path.name) as page,
    ):
        run_all(page)
        yield page
