"""GitHub's workflows: what can be tried here is run, the rest is read."""

import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml
from kernels import NOTEBOOKS, ROOT

from tools.notebooks import copy_of_project, pull, retargeted, target, version

WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
}
JOBS = {f"{name}, {key}": job for name, flow in WORKFLOWS.items()
        for key, job in flow["jobs"].items()}
needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="bash is for Linux and macOS")


def step(workflow, job, name):
    """The step of this name."""
    found, = (one for one in WORKFLOWS[workflow]["jobs"][job]["steps"] if one.get("name") == name)
    return found


@pytest.mark.parametrize("job", JOBS)
def test_each_job_ends_and_runs_what_is_there(job):
    assert JOBS[job]["timeout-minutes"] <= 90
    for one in JOBS[job]["steps"]:
        for script in re.findall(r"(?:python|bash) ([\w./]+/[\w.]+)", one.get("run", "")):
            assert (ROOT / script).exists(), script


def test_nobody_may_more_than_they_need():
    assert WORKFLOWS["course"]["permissions"] == {"contents": "write"}
    assert WORKFLOWS["release"]["permissions"] == {"contents": "read"}
    jobs = WORKFLOWS["release"]["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "permissions" not in jobs["build"] and jobs["publish"]["needs"] == "build"
    assert "permissions" not in jobs["pages"]
    assert set(jobs["announce"]["needs"]) == {"publish", "pages"}
    assert WORKFLOWS["pages"]["permissions"] == {"contents": "read"}
    deploy = WORKFLOWS["pages"]["jobs"]["deploy"]
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob(".github/workflows/*.yml")]
    assert not re.search(r"secrets\.|password:", " ".join(texts))


@needs_bash
def test_the_branch_of_clean_notebooks_is_written_again_and_again(tmp_path, another_python):
    project, remote = copy_of_project(tmp_path / "project"), tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    (project / "tools").mkdir()
    for name in ("notebooks.py", "rules.py"):
        (project / "tools" / name).write_bytes((ROOT / "tools" / name).read_bytes())
    write = step("course", "clean", "Write the notebooks without outputs")
    put = step("course", "clean", "Put them on the branch, in place of what is there")
    folder = put["working-directory"]
    assert write["run"].endswith(f" {folder}") and "REMOTE" in put["env"]
    environment = {**os.environ, "REMOTE": str(remote), "GITHUB_SHA": "0123abc", "PYTHONPATH": ""}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    for _ in range(2):
        subprocess.run([*bash, write["run"].replace("python ", f"{another_python} ", 1)],
                       cwd=project, env=environment, check=True)
        subprocess.run([*bash, put["run"]], cwd=project / folder, env=environment, check=True)
        shutil.rmtree(project / "build")

    def git(*words):
        said = subprocess.run(["git", "-C", remote, *words], check=True, capture_output=True,
                              text=True, encoding="utf-8")
        return said.stdout
    assert git("log", "--format=%s", "course") == "Notebooks without outputs, of 0123abc\n"
    names = git("ls-tree", "-r", "--name-only", "course").split()
    assert names == ["README.md", *(f"notebooks/{path.name}" for path in NOTEBOOKS)]
    first = git("show", f"course:notebooks/{NOTEBOOKS[1].name}")
    assert '"image/png"' not in first and f"/blob/course/notebooks/{NOTEBOOKS[1].name}" in first


@pytest.mark.parametrize("workflow, job", [("pages", "build"), ("release", "pages")])
def test_the_pages_are_made_with_what_they_need(workflow, job):
    scripts = [one.get("run", "") for one in WORKFLOWS[workflow]["jobs"][job]["steps"]]
    assert 'python -m pip install -e ".[site]"' in scripts
    assert "python tools/site.py build/pages" in scripts


@needs_bash
def test_a_release_has_one_file_with_all_pages(tmp_path):
    (tmp_path / "build/pages").mkdir(parents=True)
    (tmp_path / "build/pages/index.html").write_text("x", encoding="utf-8")
    script = step("release", "pages", "One file with all pages")["run"]
    environment = {**os.environ, "GITHUB_WORKSPACE": str(tmp_path), "GITHUB_REF_NAME": "v1.2.3"}
    with_zip = shutil.which("zip")
    if not with_zip:
        script = script.replace("zip -qr", f"{sys.executable} -m zipfile -c")
    subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=environment, check=True)
    assert zipfile.is_zipfile(tmp_path / "pages/lrteach-v1.2.3-pages.zip")


@needs_bash
@pytest.mark.parametrize("tag, right", [(f"v{version()}", True), ("v9.9.9", False)])
def test_a_tag_that_is_not_the_version_makes_no_release(tag, right, tmp_path, another_python):
    (tmp_path / "lrteach").mkdir()
    source = (ROOT / "lrteach/__init__.py").read_text(encoding="utf-8")
    (tmp_path / "lrteach/__init__.py").write_text(source, encoding="utf-8")
    changes = f"# Changes\n\n## {version()} (2027-01-31)\n\n- A thing.\n\n## 0.0.9\n\n- Old.\n"
    (tmp_path / "CHANGELOG.md").write_text(changes, encoding="utf-8")
    script = step("release", "build", "The tag is the version, and CHANGELOG.md tells of it")["run"]
    environment = {**os.environ, "GITHUB_REF_NAME": tag}
    made = subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=environment)
    assert (made.returncode == 0) == right
    if right:
        notes = step("release", "announce", "What has changed, from CHANGELOG.md")["run"]
        subprocess.run(["bash", "-ec", notes], cwd=tmp_path, env=environment, check=True)
        assert (tmp_path / "notes.md").read_text(encoding="utf-8").strip() == "- A thing."


def test_the_link_for_a_class_follows_the_repository():
    place, branch = target()
    text = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    assert f"/hub/user-redirect/{pull(place)}\n" in text
    moved = retargeted(text, ("you/your-fork", "draft"), (place, branch))
    assert "repo=https%3A%2F%2Fgithub.com%2Fyou%2Fyour-fork&branch=course" in moved
    assert "urlpath=lab%2Ftree%2Fyour-fork%2Fnotebooks%2F00_start_here.ipynb\n" in moved
    assert "github.com/you/your-fork/archive/draft.zip" in moved and place not in moved
    assert retargeted(moved, (place, branch), ("you/your-fork", "draft")) == text


def test_binder_opens_what_is_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    address, = re.findall(r"mybinder\.org/v2/gh/(\S+)\)", text)
    place, branch = target()
    assert address == f"{place}/{branch}?urlpath=lab/tree/notebooks/{NOTEBOOKS[0].name}"
    assert (ROOT / "environment.yml").exists()
