"""Make the pages of the course: they play without a kernel, from any web server or a double click.

    python tools/site.py OUT                      the pages, and the browser edition in OUT/lite
    python tools/site.py OUT --pictures 60        at most 60 pictures a scene (by default 2000)
    python tools/site.py OUT --seconds 5          at most about 5 s a scene (by default 20)
    python tools/site.py OUT --lessons 00 01      these lessons alone
    python tools/site.py OUT --no-lite            the pages alone
    python tools/site.py OUT --compare            some pictures of each scene are drawn once more
    python tools/site.py OUT --cores 1            one lesson at a time (by default one a core)

Needs the extra `site`, and npm, from which MathJax comes: a page loads nothing from elsewhere.
"""

import argparse
import base64
import contextlib
import html
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # in place of this folder, where `site` is another than Python's own

from tools import notebooks  # noqa: E402

PAGES = ROOT / "tools" / "pages"
MATHJAX = "mathjax@3.2.2"
MATHJAX_PARTS = ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]  # a third less than all
THUMBNAIL = 480  # pixels
COMPARED = 3  # states of a scene
SCENES = "_static/scenes"
BROWSER = "lite/lab/index.html?path="
COLAB = "https://colab.research.google.com/github/{place}/blob/{branch}/notebooks/"
RUN = '<p class="lrteach-run">To try it, run this lesson {ways}.</p>'
STILL = '<p class="lrteach-run">This scene moves where the lesson runs: {ways}.</p>'
HEAD = '<p class="lrteach-run">Run this lesson {ways}.</p>'
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
IN_PYTHON = "ipywidgets", "jupyterlab_widgets", "comm"  # what Pyodide does not have
PATIENCE = " (nothing to install; the first start may take a minute)"
QUESTION = """<form class="lrteach-question" data-asked="{asked}" autocomplete="off">
{entry}
<button type="button">Commit</button> <button type="button" disabled>Show the answer</button>
<div role="status" hidden></div>
</form>"""
TYPED = """<p><b>Predict.</b> {question}</p>
<label class="typed">your prediction <input type="text" name="said" placeholder="type a number">
</label>"""
CHOSEN = """<fieldset><legend><b>Predict.</b> {question}</legend>{options}</fieldset>"""
OPTION = """<label><input type="radio" name="said" value="{option}"> {option}</label>"""


# the scenes of a lesson, recorded while it runs


def recorded(path, folder, pictures, seconds, compare):
    """Run a lesson, and record each of its live scenes when it is shown.

    Returns ({cell: figure as HTML}, seconds that this took, seconds of them for the recording).
    """
    begin = time.perf_counter()
    import matplotlib

    matplotlib.use("agg")
    from IPython.core.interactiveshell import InteractiveShell

    from lrteach.widgets import recording
    from lrteach.widgets.live import Live

    os.chdir(path.parent)
    shell, figures, taken = InteractiveShell.instance(), {}, 0.0
    for n, cell in enumerate(notebooks.read(path).cells):
        if cell.cell_type != "code":
            continue
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            result = shell.run_cell(notebooks.without_magics(cell.source))
        result.raise_error()
        if type(result.result) is Live:
            name = f"{path.stem[:2]}-{n}"
            start = time.perf_counter()
            with contextlib.suppress(recording.Remembers):  # its still picture stays
                record = recording.record(result.result, pictures, seconds)
                if compare:
                    compared(result.result, record)
                figures[n] = figure(result.result, record, folder, name)
            taken += time.perf_counter() - start
    return figures, time.perf_counter() - begin, taken


def figure(live, record, folder, name):
    """A live scene as a piece of a page; what it plays comes into files, where it loads late."""
    from lrteach.widgets import page

    packed = base64.b64encode(record.packed).decode()
    words = f'(window.lrteachPictures ??= {{}})["{name}.js"] = "{packed}";\n'
    (folder / f"{name}.js").write_text(words, encoding="utf-8")
    backgrounds = []
    for k, background in enumerate(record.backgrounds):
        data = re.search(r'src="data:image/png;base64,([^"]+)"', background)
        (folder / f"{name}-{k}.png").write_bytes(base64.b64decode(data[1]))
        src = f'loading="lazy" src="{SCENES}/{name}-{k}.png"'
        backgrounds.append(background.replace(data[0], src))
    return page.figure(live, record, backgrounds, data=f' data-pictures="{SCENES}/{name}.js"')


def compared(live, record):
    """An error unless some states of a recording are what the scene shows there now."""
    from lrteach.widgets import recording

    data, chance = json.loads(zlib.decompress(record.packed)), random.Random(1)
    all_ = dict(zip(live.names, live.controls, strict=True))
    controls = [recording.Recorded(one["name"], all_[one["name"]]) for one in record.controls]
    for _ in range(COMPARED):
        places = [chance.randrange(len(control["words"])) for control in record.controls]
        number = 0
        for control, place in zip(reversed(record.controls), reversed(places), strict=True):
            number = number * len(control["words"]) + place
        stops = [next(stop for stop in one.stops if stop[1] == control["words"][place])
                 for one, control, place in zip(controls, record.controls, places, strict=True)]
        seen = recording.picture(live, controls, stops)
        parts, background, error, hidden = data["frames"][data["at"][number]]
        shown = {"overlay": "".join(data["parts"][part] for part in parts), "error": error,
                 "background": record.backgrounds[background], "hidden": hidden}
        if shown != {name: seen[name] for name in shown}:
            raise AssertionError(f"{live.scene!r} at {stops}: not what was recorded")


# the pages


def question(asked):
    """A prediction that answers in the page. What it must know is not there to be read."""
    known = {"answer": asked.answer, "why": asked.why, "hints": list(asked.hints)}
    words = html.escape(asked.question)
    if hasattr(asked, "options"):
        known["options"] = list(asked.options)
        options = "\n".join(OPTION.format(option=html.escape(one)) for one in asked.options)
        entry = CHOSEN.format(question=words, options=options)
    else:
        from lrteach.course.predict import reach

        known.update(unit=asked.unit, reach=reach(asked.answer, asked.tolerance))
        entry = TYPED.format(question=words)
    coded = base64.b64encode(json.dumps(known).encode()).decode()
    return QUESTION.format(asked=coded, entry=entry)


def ways(name, lite):
    """Where a lesson can be run, in words with links."""
    place, branch = notebooks.target()
    colab = COLAB.format(place=place, branch=notebooks.badge_branch())
    browser = f'<a href="{BROWSER}{name}">in your browser</a>{PATIENCE}, ' if lite else ""
    home = f"https://github.com/{place}/tree/{branch}#open-the-course"
    return f'{browser}<a href="{colab}{name}">in Colab</a>, or <a href="{home}">at home</a>'


def lesson(path, figures, lite):
    """The notebook of a page: its live scenes and predictions play, its pictures have words."""
    import importlib

    course = importlib.import_module(f"lrteach.course.nb{path.stem[:2]}")
    notebook = notebooks.read(path)
    where = ways(path.name, lite)
    head = notebook.cells[0]
    head.source = re.sub(r"^\[!\[Open in Colab.*$", HEAD.format(ways=where), head.source,
                         flags=re.MULTILINE)
    for n, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        tags = ["hide-output"] if cell.metadata.get("jupyter", {}).get("outputs_hidden") else []
        if notebooks.ASKED.fullmatch(cell.source):
            tags = ["remove-input"]
            name = re.search(r"ask\.(\w+)", cell.source)[1]
            cell.outputs = [as_html(question(getattr(course.ask, name)))]
        elif n in figures:
            live = [output for output in cell.outputs if "image/png" in output.get("data", {})]
            cell.outputs[cell.outputs.index(live[-1])] = as_html(figures[n])
        elif any(" Controls: " in output.get("data", {}).get("text/plain", "")
                 for output in cell.outputs):  # driven by a hand, or one that remembers
            cell.outputs.append(as_html(STILL.format(ways=where)))
        elif "exercise" in cell.metadata.get("tags", []):
            cell.outputs = [as_html(RUN.format(ways=where))]
        elif "%pip" in cell.source:
            tags = ["hide-input"]
        described(cell)
        cell.metadata["tags"] = tags
    return notebook


def as_html(words):
    return nbformat.v4.new_output("display_data", {"text/html": words, "text/plain": ""})


def described(cell):
    """Give a stored picture its sentence as alternative text, and the width that it asks for."""
    for output in cell.outputs:
        if "image/png" in output.get("data", {}):
            image = {"alt": "".join(output.data["text/plain"])}
            if width := output.metadata.get("image/png", {}).get("width"):
                image["width"] = f"{width}px"
            cell.metadata["mystnb"] = {"image": image}


def front(names, lite):
    """The front page: the map of the README, without what stands on each page."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .*$|^\|-.*$", readme[readme.index("| notebook |"):], re.MULTILINE)
    rows = [row for row in rows if "notebooks/" not in row or any(name in row for name in names)]
    table = "\n".join(row.rsplit("|", 2)[0] + "|" for row in rows[:2 + len(names)])
    table = re.sub(r"\]\(notebooks/(\w+)\.ipynb\)", r"](\1)", table)
    table = re.sub(r'src="notebooks/', 'loading="lazy" src="_static/', table)
    place, branch = notebooks.target()
    return (PAGES / "index.md").read_text(encoding="utf-8").format(
        map=table, ways=ways(f"{names[0]}.ipynb", lite),
        teaching=f"https://github.com/{place}/blob/{branch}/TEACHING.md")


def thumbnails(pictures, folder):
    """Small copies of the notebooks' pictures, for the map; of a film its last picture."""
    from PIL import Image

    folder.mkdir()
    for path in pictures.glob("*.png"):
        with Image.open(path) as image:
            image.seek(image.n_frames - 1 if getattr(image, "is_animated", False) else 0)
            small = Image.new("RGB", image.size, "white")
            small.paste(image.convert("RGB"))
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        small.quantize(64).save(folder / path.name)


def mathjax(folder):
    """Put MathJax into a folder: what makes formulas of TeX, and its letters."""
    with TemporaryDirectory() as temporary:
        npm = shutil.which("npm") or sys.exit("npm is needed: MathJax comes from it")
        subprocess.run([npm, "pack", "--silent", MATHJAX], cwd=temporary, check=True,
                       stdout=subprocess.DEVNULL)
        archive, = Path(temporary).glob("*.tgz")
        shutil.unpack_archive(archive, temporary, filter="data")
        package = Path(temporary, "package/es5")
        for name in (*MATHJAX_PARTS, "startup", "input/tex/extensions", "output/chtml/fonts"):
            source, target = package / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            if (source := package / f"{name}.js").is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, folder / f"{name}.js")


def build(source, out, whole):
    """Let Sphinx make the pages; a warning is an error, but of a lesson that was not asked for."""
    from sphinx.application import Sphinx

    settings = {
        "project": "lrteach", "version": notebooks.version(), "language": "en",
        "extensions": ["myst_nb"], "html_theme": "sphinx_book_theme",
        "myst_enable_extensions": ["dollarmath", "amsmath"], "nb_execution_mode": "off",
        "nb_merge_streams": True, "mathjax_path": "mathjax/startup.js",
        "mathjax3_config": {"loader": {"load": MATHJAX_PARTS}},
        "html_title": "lrteach", "html_static_path": ["_static"], "html_copy_source": False,
        "suppress_warnings": [] if whole else ["myst.xref_missing"],
        "html_show_sourcelink": False, "html_use_index": False,
        "html_css_files": ["page.css", "pages.css"],
        "html_js_files": [("page.js", {"defer": "defer"}), ("questions.js", {"defer": "defer"})],
        "html_context": {"default_mode": "auto"},
        "html_theme_options": {
            "use_download_button": False, "use_fullscreen_button": False, "home_page_in_toc": True,
            "secondary_sidebar_items": [], "footer_content_items": [], "show_navbar_depth": 1,
        },
    }
    with TemporaryDirectory() as trees:
        app = Sphinx(source, None, out, trees, "html", settings, status=None,
                     warningiserror=whole, exception_on_warning=whole)
        app.build()
    for name in (".buildinfo", "objects.inv"):
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / "_sources")
    for path in out.glob("*.html"):
        path.write_text(lightened(path.read_text(encoding="utf-8")), encoding="utf-8")
    for path in (out / "_static/scripts").glob("fontawesome.js*"):
        path.unlink()


def lightened(text):
    """A page without the half megabyte that draws its icons once more, and with late pictures."""
    text = re.sub(r"<script[^>]*fontawesome[^>]*></script>", "", text)
    return re.sub(r"<img (?![^>]*loading=)", '<img loading="lazy" ', text)


def site(out, lessons, pictures, seconds, compare, lite, cores):
    """All pages, into an empty folder.

    lite  whether the browser edition will be there, too
    """
    paths = notebooks.paths(lessons)
    with TemporaryDirectory() as temporary:
        source = Path(temporary)
        scenes = source / SCENES
        scenes.mkdir(parents=True)
        with ProcessPoolExecutor(cores, mp_context=get_context("spawn"),
                                 max_tasks_per_child=1) as pool:
            jobs = {path: pool.submit(recorded, path, scenes, pictures, seconds, compare)
                    for path in sorted(paths, key=lambda path: -path.stat().st_size)}
            for path in paths:
                figures, all_, scene = jobs[path].result()
                notebook = lesson(path, figures, lite)
                (source / path.name).write_text(notebooks.text(notebook), encoding="utf-8")
                words = f"{path.stem}: {all_:.0f} s, its {len(figures)} live scenes {scene:.0f} s"
                print(words, flush=True)
        for file in (ROOT / "lrteach/widgets/page.js", ROOT / "lrteach/widgets/page.css",
                     PAGES / "questions.js", PAGES / "pages.css"):
            shutil.copy(file, source / "_static")
        thumbnails(ROOT / "notebooks/pictures", source / "_static/pictures")
        mathjax(source / "_static/mathjax")
        text = front([path.stem for path in paths], lite)
        (source / "index.md").write_text(text, encoding="utf-8")
        build(source, out, len(paths) == len(notebooks.paths()))


# the browser edition


def lite(out, texts, wheels, python=sys.executable, **kernel):
    """JupyterLite, which runs lessons in the browser.

    texts   {name: notebook};  wheels  of lrteach, and what it needs that Pyodide does not have
    python  that has jupyterlite-core;  kernel  settings of its kernel
    """
    with TemporaryDirectory() as temporary:
        contents = Path(temporary, "contents")
        contents.mkdir()
        for name, text in texts.items():
            (contents / name).write_text(in_browser(text), encoding="utf-8")
        settings = {KERNEL: {"disablePyPIFallback": True, **kernel}}
        config = {"jupyter-lite-schema-version": 0,
                  "jupyter-config-data": {"appName": "lrteach", "litePluginSettings": settings}}
        Path(temporary, "jupyter-lite.json").write_text(json.dumps(config), encoding="utf-8")
        overrides = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
        Path(temporary, "overrides.json").write_text(json.dumps(overrides), encoding="utf-8")
        command = [python, "-m", "jupyterlite_core.app", "build", "--contents", contents,
                   "--output-dir", out, "--lite-dir", temporary, "--apps", "lab",
                   "--no-unused-shared-packages"]
        command += [word for wheel in wheels for word in ("--piplite-wheels", wheel)]
        made = subprocess.run(command, cwd=temporary, capture_output=True, text=True)
        if made.returncode:
            sys.exit(f"{made.stdout[-2000:]}\n{made.stderr[-2000:]}")


def in_browser(text):
    """A notebook whose set-up cell asks the browser edition itself for lrteach, without a badge."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        source = re.sub(r"%pip install -q https://\S+?\.zip",
                        f"%pip install -q lrteach=={notebooks.version()}", source)
        cell["source"] = re.sub(r"^\[!\[Open in Colab.*\n\n", "", source, flags=re.MULTILINE)
    return json.dumps(notebook, ensure_ascii=False)


def wheels(folder):
    """lrteach as a wheel, and those of the packages that Pyodide does not have."""
    from importlib.metadata import version

    folder.mkdir(exist_ok=True)
    project = notebooks.copy_of_project(folder / "project")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder]
    subprocess.run([*pip, project, *(f"{name}=={version(name)}" for name in IN_PYTHON)], check=True)
    return sorted(folder.glob("*.whl"))


def arguments():
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--lessons", nargs="*", default=[])
    parser.add_argument("--no-lite", action="store_true")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    return parser


def main():
    parser = arguments()
    asked = parser.parse_args()
    out = asked.out.resolve()
    if out.exists() and any(out.iterdir()):
        parser.error(f"{asked.out} must be an empty folder, or one that is not there yet")
    site(out, asked.lessons, asked.pictures, asked.seconds, asked.compare, not asked.no_lite,
         asked.cores)
    if not asked.no_lite:
        from lrteach.course.edition import lessons

        with TemporaryDirectory() as temporary:
            lite(out / "lite", lessons(notebooks.NOTEBOOKS), wheels(Path(temporary)))


if __name__ == "__main__":
    main()
