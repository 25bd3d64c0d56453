"""Execute the notebooks and keep their files in one canonical form.

    python tools/notebooks.py run [NAME ...]      execute, store the outputs, refresh the covers
    python tools/notebooks.py check [NAME ...]    exit 1 and say what is wrong: where a file is not
                                                  as `run` leaves it, or breaks a rule of rules.py
    python tools/notebooks.py covers [NAME ...]   write the picture of each cell tagged `cover` to
                                                  notebooks/pictures
    python tools/notebooks.py retarget [OWNER/REPO[@BRANCH]]
                                                  put address and branch wherever they stand
    python tools/notebooks.py badges [BRANCH]     let Colab's badges open the notebooks of another
                                                  branch, such as course; none means BRANCH above
    python tools/notebooks.py clean FOLDER        write what the branch course holds: the notebooks
                                                  without outputs, their badges, and a README

NAME is a notebook's name or the beginning of it, such as 01; none means all. For a fork,
`retarget you/your-fork` is all it takes, for a branch of it `retarget you/your-fork@branch`:
address and branch stand by hand only in pyproject.toml, and badges, links and the set-up cells are
made from them. A workflow keeps the branch `course`; where it has done so, `badges course` makes
predictions real in Colab, too.

The output below a prediction is folded, and that of a cell with the tag `truth`.

The canonical form has no widget state, no widget view (its id is random; the picture and the
sentence beside it stay), no metadata but tags, sizes of pictures and what folds away the output
that would answer a prediction, cells with stable ids, counts from 1, and it is written by nbformat
with sorted keys.
"""

import argparse
import ast
import base64
import json
import re
import shutil
import sys
import time
from itertools import count, zip_longest
from pathlib import Path
from urllib.parse import quote

import nbformat

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
LARGEST = 1_500_000  # bytes of a file with its outputs
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ASKED = re.compile(r"\s*ask\.\w+\(\)\s*")  # the whole cell of a prediction
FOLDED = {"jupyter": {"outputs_hidden": True}}  # running the cell unfolds it
TRUTH = "truth"  # tag of a cell that shows what an exercise asks to commit to
PLACE = r"[\w.-]+/[\w.-]+"  # OWNER/REPO
BRANCH = r"[\w.-]+(?:/[\w.-]+)*?"
ADDRESSED = ["pyproject.toml", "README.md", "TEACHING.md"]  # beside the notebooks
CLEAN = "course"  # the branch that .github/workflows/course.yml writes
CLEAN_README = """\
# lrteach: the notebooks without outputs

Made from the branch `{branch}` of <https://github.com/{place}> after each push to it. Change them
there: what is changed here is lost.

{lines}
"""
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def paths(names=()):
    """The notebooks with these names or beginnings of names, in order; none means all."""
    found = sorted(NOTEBOOKS.glob("*.ipynb"))
    unknown = [name for name in names if not any(path.stem.startswith(name) for path in found)]
    if unknown:
        sys.exit(
            f"no notebook {', '.join(unknown)}; there are: {', '.join(path.stem for path in found)}"
        )
    return [path for path in found if not names or path.stem.startswith(tuple(names))]


def read(path):
    """The notebook in this file; a cell without an id gets one from its position, no random one."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw.update(nbformat=4, nbformat_minor=5)
    taken = {cell.get("id") for cell in raw["cells"]}
    seen = set()
    for n, cell in enumerate(raw["cells"]):
        if not cell.get("id") or cell["id"] in seen:
            cell["id"] = next(name for k in count(n) if (name := f"cell-{k:02d}") not in taken)
            taken.add(cell["id"])
        seen.add(cell["id"])
    return nbformat.reads(json.dumps(raw), as_version=4)


def write(path, content):
    """Write bytes or text with LF, only where the file changes."""
    content = content.encode() if isinstance(content, str) else content
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        print("wrote", path.relative_to(ROOT))


def text(notebook):
    """The one way in which this notebook is written to a file."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def canonical(notebook):
    """The same notebook, without what changes from run to run."""
    notebook.metadata = nbformat.from_dict(METADATA)
    asked = False
    for cell in notebook.cells:
        kept = {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
        if cell.cell_type == "code":
            prediction = ASKED.fullmatch(cell.source)
            if asked and not prediction or TRUTH in kept.get("tags", []):
                kept.update(FOLDED)
            asked = bool(prediction)
            cell.outputs = canonical_outputs(cell)
        cell.metadata = nbformat.from_dict(kept)
    return notebook


def canonical_outputs(cell):
    outputs = []
    for output in cell.outputs:
        if output.output_type == "stream" and outputs and outputs[-1].get("name") == output.name:
            outputs[-1].text += output.text
            continue
        if "data" in output:
            output.data.pop(WIDGET_VIEW, None)
            output.metadata = nbformat.from_dict(
                {kind: sizes for kind, sizes in output.metadata.items() if kind == "image/png"}
            )
            if not output.data:
                continue  # a progress bar that is gone
            if "image/png" in output.data:
                output.data["image/png"] = output.data["image/png"].replace("\n", "")
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count
        outputs.append(output)
    return outputs


def execute(notebook):
    """Run all cells in a fresh kernel, where a learner would: in the folder of the notebooks."""
    from nbclient import NotebookClient  # slow to load, and needed only here

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    ).execute()
    return notebook


def without_magics(source):
    """A cell as plain Python: what only IPython understands stands as `pass`."""
    return re.sub(r"^(\s*)[%!].*", r"\1pass", source, flags=re.MULTILINE)


def shows_something(source):
    """Whether a cell's last line is an expression, which leaves an output."""
    body = ast.parse(without_magics(source)).body
    return bool(body) and isinstance(body[-1], ast.Expr)


def cover(notebook):
    """The picture of the cell tagged `cover`, or None."""
    return next(
        (
            base64.b64decode(output.data["image/png"])
            for cell in notebook.cells
            if "cover" in cell.metadata.get("tags", [])
            for output in cell.get("outputs", [])
            if "image/png" in output.get("data", {})
        ),
        None,
    )


def cover_path(path):
    return path.parent / "pictures" / f"{path.stem}.png"


def problems(path):
    """What keeps this file from being as `run`, `covers` and `retarget` leave it, in words."""
    stored, notebook, found = path.read_bytes(), read(path), []
    cells = [(n, cell) for n, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"]
    for number, (n, cell) in enumerate(cells, 1):
        if cell.execution_count != number:
            found.append(f"cell {n}: execution count {cell.execution_count} instead of {number}")
        if not cell.source.strip():
            found.append(f"cell {n}: empty")
        elif shows_something(cell.source) and not cell.outputs:
            found.append(f"cell {n}: no output is stored")
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                words = output.get("ename") or output.text.strip().splitlines()[-1]
                found.append(f"cell {n}: red output, {words}")
    picture = cover(notebook)
    if picture is None:
        found.append("no cell tagged cover with an image/png output")
    elif not cover_path(path).exists() or cover_path(path).read_bytes() != picture:
        found.append(f"pictures/{path.stem}.png is not the cover's picture: run `covers`")
    if len(stored) > LARGEST:
        found.append(f"{len(stored) / 1e6:.2f} MB, more than {LARGEST / 1e6}")
    if retargeted(stored.decode(), target(), target(), badge_branch()) != stored.decode():
        found.append("another address than in pyproject.toml: run `retarget` or `badges`")
    expected = text(canonical(notebook))
    if expected.encode() != stored:
        lines = zip_longest(
            stored.decode().split("\n"), expected.split("\n"), fillvalue="(end of file)"
        )
        n, (is_, should_be) = next(
            (n, pair) for n, pair in enumerate(lines, 1) if pair[0] != pair[1]
        )
        found.append(f"line {n}: not the canonical form: {is_[:80]!r} should be {should_be[:80]!r}")
    return found


def version():
    text = (ROOT / "lrteach/__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "(.+)"', text, re.MULTILINE)[1]


def target():
    """(OWNER/REPO, BRANCH), from the project's address of the notebooks."""
    address = rf'^Notebooks = "https://github\.com/({PLACE})/tree/({BRANCH})/notebooks"'
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(address, text, re.MULTILINE).groups()


def badge_branch():
    """The branch whose notebooks the badges open, from the project's address at Colab."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(rf"^Colab = .*{PLACE}/blob/({BRANCH})/notebooks/", text, re.MULTILINE)[1]


def retargeted(text, new, old, badges=None):
    """The text with its badges, its links and the set-up's archive moved from `old` to `new`.

    new, old  (OWNER/REPO, BRANCH). A badge belongs to the course whatever repository it names.
    badges    the branch that they open, where it is not that of `new`
    """
    (place, branch), (old_place, old_branch) = new, old
    badge = rf"(colab\.research\.google\.com/github/){PLACE}/blob/{BRANCH}/notebooks/"
    text = re.sub(badge, rf"\g<1>{place}/blob/{badges or branch}/notebooks/", text)
    text = re.sub(
        rf"(mybinder\.org/v2/gh/){PLACE}/{BRANCH}(?=[?)])", rf"\g<1>{place}/{branch}", text
    )
    text = re.sub(rf"git-pull\?repo=\S+&branch={CLEAN}&urlpath=\S+", pull(place), text)
    own = rf"github\.com/{re.escape(old_place)}(?![\w-])"
    for kind, end in ("archive/", r"\.zip"), ("tree/", "/notebooks"), ("blob/", "/"):
        text = re.sub(
            rf"{own}/{kind}{re.escape(old_branch)}(?={end})",
            f"github.com/{place}/{kind}{branch}",
            text,
        )
    return re.sub(own, f"github.com/{place}", text)


def pull(place):
    """What follows a hub's address in the link that gives a class its notebooks (nbgitpuller)."""
    address = f"https://github.com/{place}"
    opened = f"lab/tree/{place.partition('/')[2]}/notebooks/{paths()[0].name}"
    return f"git-pull?repo={quote(address, '')}&branch={CLEAN}&urlpath={quote(opened, '')}"


def copy_of_project(folder):
    """What a distribution is made from, copied, so that building it leaves nothing behind here."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lrteach", folder / "lrteach", ignore=ignore)
    (folder / "notebooks").mkdir()
    for path in paths():
        shutil.copy(path, folder / "notebooks")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, folder)
    return folder


def run(*names):
    for path in paths(names):
        start = time.perf_counter()
        write(path, text(canonical(execute(read(path)))))
        print(
            f"{path.stem}: {time.perf_counter() - start:.1f} s, {path.stat().st_size / 1e3:.0f} kB"
        )
    covers(*names)


def check(*names):
    sys.path.insert(0, str(ROOT))
    from tools.rules import broken

    found = {
        path.stem: problems(path) + broken(path.stem, read(path).cells) for path in paths(names)
    }
    for name, lines in found.items():
        print("\n    ".join([f"{name}:", *lines]) if lines else f"{name}: in order")
    sys.exit(int(any(found.values())))


def covers(*names):
    for path in paths(names):
        if picture := cover(read(path)):
            write(cover_path(path), picture)


def retarget(new=None):
    old = target()
    wanted = re.fullmatch(rf"({PLACE})(?:@({BRANCH}))?", new or old[0])
    if not wanted:
        sys.exit(f"{new!r} is not OWNER/REPO or OWNER/REPO@BRANCH")
    place, branch = wanted.groups(default=old[1] if not new else "main")
    rewrite((place, branch), old)


def badges(branch=None):
    if branch and not re.fullmatch(BRANCH, branch):
        sys.exit(f"{branch!r} is no name of a branch")
    rewrite(target(), target(), branch)


def rewrite(new, old, badges=None):
    for path in [*(ROOT / name for name in ADDRESSED), *paths()]:
        write(path, retargeted(path.read_text(encoding="utf-8"), new, old, badges))


def clean(folder):
    sys.path.insert(0, str(ROOT))
    from lrteach.course.edition import lessons

    (place, branch), lines = target(), []
    notebooks = Path(folder, "notebooks")
    notebooks.mkdir(parents=True)
    for name, text in lessons(NOTEBOOKS).items():
        text = retargeted(text, target(), target(), CLEAN)
        (notebooks / name).write_text(text, encoding="utf-8", newline="\n")
        title, _, first = "".join(json.loads(text)["cells"][0]["source"]).partition("\n")
        badge = re.search(r"\[!\[[^\n]+\)", first)[0]
        lines.append(f"- [{title.removeprefix('# ')}](notebooks/{name}) {badge}")
    words = CLEAN_README.format(place=place, branch=branch, lines="\n".join(lines))
    Path(folder, "README.md").write_text(words, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = (run, check, covers, retarget, badges, clean)
    commands = {command.__name__: command for command in known}
    parser.add_argument("command", choices=commands)
    parser.add_argument("arguments", nargs="*", metavar="ARGUMENT")
    chosen = parser.parse_args()
    commands[chosen.command](*chosen.arguments)
