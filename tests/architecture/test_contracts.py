"""The import contracts hold, and each of them is seen to break when the source breaks it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT, parsed, python_files

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]

BREACHES = [
    (
        "Rooms are layered; siblings do not know each other",
        "queue/keys.py",
        "preview_worker.render",
    ),
    (
        "Rooms are layered; siblings do not know each other",
        "queue/keys.py",
        "preview_worker.worker",
    ),
    (
        "Rooms are layered; siblings do not know each other",
        "render/model.py",
        "preview_worker.artifacts",
    ),
    (
        "Rooms are layered; siblings do not know each other",
        "contract/raw.py",
        "preview_worker.events",
    ),
    ("Rooms are layered; siblings do not know each other", "utils.py", "json"),
    ("The API never renders", "api/__init__.py", "preview_worker.render"),
    (
        "The worker is observed, it does not observe",
        "worker/runner.py",
        "preview_worker.observability",
    ),
    (
        "Scene kinds do not know each other",
        "render/paint/title.py",
        "preview_worker.render.paint.step",
    ),
    (
        "Judgements do not know each other",
        "render/quality/texts.py",
        "preview_worker.render.quality.pace",
    ),
    ("contract is entered by its front door", "queue/keys.py", "preview_worker.contract.raw"),
    ("queue is entered by its front door", "worker/runner.py", "preview_worker.queue.keys"),
    ("worker is entered by its front door", "cli/work.py", "preview_worker.worker.runner"),
    ("render is entered by its front door", "worker/runner.py", "preview_worker.render.model"),
    ("artifacts is entered by its front door", "worker/runner.py", "preview_worker.artifacts.keys"),
    ("assets is entered by its front door", "worker/runner.py", "preview_worker.assets.cache"),
    (
        "observability is entered by its front door",
        "api/__init__.py",
        "preview_worker.observability.settings",
    ),
    ("api is entered by its front door", "cli/work.py", "preview_worker.api.settings"),
    ("webhooks is entered by its front door", "cli/work.py", "preview_worker.webhooks.poster"),
    ("bootstrap is entered by its front door", "cli/work.py", "preview_worker.bootstrap.assembly"),
    ("cli is entered by its front door", "__main__.py", "preview_worker.cli.entry"),
    (
        "Render steps meet only in the pipeline",
        "render/encode/__init__.py",
        "preview_worker.render.paint",
    ),
    (
        "Render steps meet only in the pipeline",
        "render/wording.py",
        "preview_worker.render.timeline",
    ),
    (
        "Render steps meet only in the pipeline",
        "render/paint/__init__.py",
        "preview_worker.render.quality",
    ),
    ("Plans, captions, names and backoff are pure", "render/timeline/__init__.py", "subprocess"),
    ("Plans, captions, names and backoff are pure", "queue/backoff.py", "asyncio"),
    ("Plans, captions, names and backoff are pure", "render/tutorial/review.py", "av"),
    ("Only contract, settings, worker and api may know pydantic", "queue/keys.py", "pydantic"),
    ("Only settings may know pydantic_settings", "cli/work.py", "pydantic_settings"),
    ("Only artifacts may know obstore", "bootstrap/storage.py", "obstore"),
    ("Only queue may know croniter, hiredis, msgpack", "worker/runner.py", "hiredis"),
    ("Only render may know av, PIL, numpy, pyphen, skia", "artifacts/keys.py", "PIL"),
    ("Only assets and webhooks may know httpcore", "worker/runner.py", "httpcore"),
    (
        "Only api may know fastapi, h11, jinja2, starlette, uvicorn",
        "observability/logs.py",
        "starlette",
    ),
    (
        "Only observability may know opentelemetry, prometheus_client, structlog",
        "worker/runner.py",
        "opentelemetry",
    ),
    ("Only cli may know click, rich", "bootstrap/__init__.py", "rich"),
    ("Packages are acyclic", "cli/console.py", "preview_worker.cli.entry"),
]
"""A contract, a file that is made to break it, and the module that the file then imports."""


def broken_contracts(folder: Path) -> list[str]:
    """Return the names of the contracts that the copy of the package in ``folder`` breaks."""
    program = (
        "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    names = re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE)
    assert names or done.returncode == 0, done.stdout + done.stderr
    return names


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package and of the contracts."""
    without = shutil.ignore_patterns("__pycache__", "fonts")
    shutil.copytree(PACKAGE, tmp_path / "src" / "preview_worker", ignore=without)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_source_keeps_every_contract(copy: Path) -> None:
    """As it stands, the package breaks none of the contracts."""
    assert broken_contracts(copy) == []


@pytest.mark.parametrize(("contract", "file", "module"), BREACHES)
def test_a_planted_breach_is_seen(copy: Path, contract: str, file: str, module: str) -> None:
    """An import that a contract forbids, put into the copy, breaks that contract."""
    with (copy / "src" / "preview_worker" / file).open("a", encoding="utf-8") as source:
        source.write(f"\nimport {module}\n")

    assert contract in broken_contracts(copy)


def test_every_contract_has_a_breach_that_shows_it_working() -> None:
    """No contract is written in a way that nothing could break."""
    assert {contract["name"] for contract in CONTRACTS} == {contract for contract, *_ in BREACHES}


def test_every_library_has_a_home() -> None:
    """Whatever is imported from outside the standard library belongs to the rooms of a contract."""
    homes = Counter(
        module
        for contract in CONTRACTS
        if contract["name"].startswith("Only ")
        for module in contract["protected_modules"]
    )
    # What type checkers carry with them is nowhere when the program runs.
    own = {"preview_worker", "_typeshed"}
    strangers = imported_roots() - sys.stdlib_module_names - own

    assert strangers == set(homes)
    assert set(homes.values()) == {1}


def imported_roots() -> set[str]:
    """Return the first words of all modules that the package imports, wherever in a file."""
    nodes = (node for path in python_files("src") for node in ast.walk(parsed(path)))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}
