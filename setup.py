"""What pyproject.toml cannot say: notebooks go along without outputs, README links to the web."""

import re
import shutil
import tomllib
from pathlib import Path
from runpy import run_path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
lessons = run_path(str(ROOT / "lrteach/course/edition.py"))["lessons"]


def write_lessons(folder):
    """Write the notebooks, without outputs, into a folder that held those of an earlier build."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in lessons(ROOT / "notebooks").items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


class PackLessons(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:
            write_lessons(Path(self.build_lib, "lrteach/course/notebooks"))


class SourceWithLessons(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        write_lessons(Path(base_dir, "notebooks"))


def on_the_web(readme):
    """The README with its relative links and pictures as addresses in the repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tree = project["urls"]["Notebooks"].removesuffix("/notebooks")
    pages = tree.replace("/tree/", "/blob/")
    files = tree.replace("github.com", "raw.githubusercontent.com").replace("/tree/", "/")
    readme = re.sub(r'(!\[[^\]]*\]\(|<img src=")(?!\w+:)', rf"\g<1>{files}/", readme)
    return re.sub(r"(\]\()(?!\w+:|#)", rf"\g<1>{pages}/", readme)


setup(
    cmdclass={"build_py": PackLessons, "sdist": SourceWithLessons},
    long_description=on_the_web((ROOT / "README.md").read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
)
