"""What GitHub is told to do: of the right form, pinned, with no right that it does not need."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.tree import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^[\w./-]+@[0-9a-f]{40}$")
EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
BREACHES = {
    "an action by its tag": ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7"),
    "every right": ("permissions: {}", "permissions: write-all"),
    "text of a stranger in a script": (
        "tools/release-notes",
        "echo ${{ github.event.head_commit.message }}; tools/release-notes",
    ),
}


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the steps of all jobs."""
    for job in workflow["jobs"].values():
        yield from job.get("steps", ())


def zizmor(path: Path) -> subprocess.CompletedProcess[str]:
    """Run zizmor over a workflow, as strictly as it can be without the network."""
    command = [program("zizmor"), "--offline", "--no-progress", "--persona=pedantic", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def schema_check(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the schema of workflows over one: known keys, right types."""
    command = [program("check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    return subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)


def program(name: str) -> str:
    """Return the path of a program that is installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def path(request: pytest.FixtureRequest) -> Path:
    """Give each workflow in turn."""
    assert isinstance(request.param, Path)
    return request.param


@pytest.fixture
def workflow(path: Path) -> dict[str, Any]:
    """Give what it says."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def test_there_are_checks_and_a_release() -> None:
    """Both are there, so that the tests below are about something."""
    assert [path.name for path in WORKFLOWS] == ["checks.yml", "release.yml"]


def test_a_workflow_has_the_form_that_github_reads(path: Path) -> None:
    """Every key is known and has a value of its kind."""
    done = schema_check(path)

    assert done.returncode == 0, done.stdout


def test_an_unknown_key_is_found(tmp_path: Path) -> None:
    """The schema does refuse: a misspelled key of a job is named."""
    broken = tmp_path / "release.yml"
    text = WORKFLOWS[1].read_text(encoding="utf-8").replace("timeout-minutes:", "timeout-minute:")
    broken.write_text(text, encoding="utf-8")

    assert "timeout-minute" in schema_check(broken).stdout


def test_zizmor_finds_nothing(path: Path) -> None:
    """Nothing is unpinned, no right is too many, no stranger's words get into a script."""
    done = zizmor(path)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("sound", "broken"), BREACHES.values(), ids=BREACHES)
def test_zizmor_finds_a_breach(tmp_path: Path, sound: str, broken: str) -> None:
    """Each breach, planted in the release, is found."""
    text = WORKFLOWS[1].read_text(encoding="utf-8")
    assert sound in text
    planted = tmp_path / ".github" / "workflows" / "release.yml"
    planted.parent.mkdir(parents=True)
    planted.write_text(text.replace(sound, broken, 1), encoding="utf-8")

    assert zizmor(planted).returncode != 0


def test_every_action_is_pinned_to_a_commit(path: Path, workflow: dict[str, Any]) -> None:
    """Actions of others are named by their whole commit, and beside it stands the version."""
    used = [step["uses"] for step in steps(workflow) if "uses" in step]

    assert used
    assert [action for action in used if not PINNED.match(action)] == []
    for line in path.read_text(encoding="utf-8").splitlines():
        assert "uses: " not in line or "uses: ./" in line or re.search(r" # v\d+\.\d+\.\d+$", line)


def test_no_token_is_left_behind(workflow: dict[str, Any]) -> None:
    """A checkout forgets its token, so that no later step can use it."""
    checkouts = [step for step in steps(workflow) if "checkout@" in step.get("uses", "")]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_commit_is_one_version_everywhere() -> None:
    """The same action has the same commit and version wherever it is used."""
    seen: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for action, pin in re.findall(r"uses: ([\w/-]+)@(.+)", path.read_text(encoding="utf-8")):
            seen.setdefault(action, set()).add(pin)

    assert {action: pins for action, pins in seen.items() if len(pins) > 1} == {}


def test_a_workflow_has_no_right_and_a_job_says_which_it_has(workflow: dict[str, Any]) -> None:
    """Nothing is granted for all jobs; each names what it needs, and none may write to the code."""
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert isinstance(job["permissions"], dict), name
        assert job["permissions"].get("contents") == "read" or name == "publish"


def test_a_job_waits_for_jobs_that_exist_and_ends(workflow: dict[str, Any]) -> None:
    """What a job needs is a job, and each has a time after which it is stopped."""
    for name, job in workflow["jobs"].items():
        needed = job.get("needs", [])
        assert {needed} if isinstance(needed, str) else set(needed) <= workflow["jobs"].keys(), name
        assert "timeout-minutes" in job or "uses" in job, name


def test_what_a_script_names_exists(workflow: dict[str, Any]) -> None:
    """Targets of make, tools, locks and payloads that scripts name are in the repository."""
    scripts = "\n".join(step["run"] for step in steps(workflow) if "run" in step)
    targets = re.findall(
        r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )

    for words in re.findall(r"\bmake ((?:[a-z]+ ?)+)", scripts):
        assert set(words.split()) <= set(targets)
    for name in re.findall(r"\b((?:tools|requirements|examples|tests)/[\w./-]+)", scripts):
        assert (ROOT / name).exists(), name


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_scripts_are_clean_to_shellcheck(workflow: dict[str, Any]) -> None:
    """Each script passes shellcheck as the Bash that GitHub runs it with."""
    assert shell_findings(step["run"] for step in steps(workflow) if "run" in step) == []


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_a_breach() -> None:
    """A script that does not quote is found."""
    assert shell_findings(["rm $name"]) != []


def shell_findings(scripts: Iterator[str] | list[str]) -> list[str]:
    """Return what shellcheck says of scripts, once GitHub's expressions have become words."""
    found = []
    for script in scripts:
        done = subprocess.run(
            ["shellcheck", "--shell=bash", "--format=gcc", "-"],  # noqa: S607 -- wherever it is
            input=EXPRESSION.sub("word", script),
            capture_output=True,
            text=True,
            check=False,
        )
        found += [line for line in done.stdout.splitlines() if line]
    return found
