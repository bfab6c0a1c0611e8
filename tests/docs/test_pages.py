"""Every page does what it shows."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs.document import run_page, steps_of

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "tutorial").glob("*.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
]


NEEDS = re.compile(r"^<!-- needs: (\S[^>]*) -->$", re.MULTILINE)
"""Programs without which a page cannot be run here."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_happens(page, tmp_path):
    for programs in NEEDS.findall(page.read_text()):
        for program in programs.split():
            if not shutil.which(program):
                pytest.skip(f"`{program}` is not installed")
    run_page(page.read_text(), tmp_path, str(page.relative_to(ROOT)))


def test_the_home_page_runs(tmp_path):
    assert steps_of((ROOT / "docs" / "index.md").read_text())
    run_page((ROOT / "docs" / "index.md").read_text(), tmp_path, "docs/index.md")


def test_continuous_integration_runs_the_readme_s_test_command():
    commands = re.findall(r"^make \w+", (ROOT / "README.md").read_text(), re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text()
    assert commands == ["make demo", "make test"]
    assert script.splitlines()[-1] == "exec make test"


def test_the_readme_names_only_pages_that_exist():
    for page in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"):
        for link in re.findall(r"\]\((?!http)([^)#]+)", (ROOT / page).read_text()):
            assert (ROOT / link).exists(), f"{page} leads to {link}"


PROGRAM = re.compile(r"^```python.*\n((?:.*\n)*?)```$", re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        *(
            f"docs/how-to/{name}.md"
            for name in (
                "submit-jobs",
                "work-with-files",
                "keep-a-catalogue-of-files",
                "keep-adverts-on-redis",
            )
        ),
    ],
)
def test_a_type_checker_finds_nothing_wrong_with_a_page_s_programs(page, tmp_path):
    programs = [
        text for text in PROGRAM.findall((ROOT / page).read_text()) if "juncture.saga" in text
    ]
    paths = []
    for number, text in enumerate(programs):
        paths.append(tmp_path / f"program_{number}.py")
        paths[-1].write_text(text)
    assert paths
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--check-untyped-defs",
        "--config-file=",
        *map(str, paths),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
