"""The table: Markdown for people, JSON for programs, from the same results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from suite.measure import EXISTING, FILES, FLOOR, OURS, RUNTIME, SAGA

if TYPE_CHECKING:
    from pathlib import Path

    from suite.measure import Figures, Measure, Result

Rows = list[tuple["Measure", "Result"]]

_HOW = (
    "Contestants take turns within one run; a figure is the median of all values, a ratio the",
    "median of the ratios within each turn, a further figure of a cell the worst of all turns. The",
    "floor is `python -c pass` for commands, a bare socket echo for conversations, the standard",
    "library alone for lines, a bare interpreter for memory. MB is 10^6 bytes.",
)

_ABOUT_GROUP = {
    RUNTIME: (),
    SAGA: (
        "Existing is `radical.saga`; it is given fewer jobs and fewer rounds, because of a hundred",
        "in one container some do not come back. Of rates, more is better: `existing / ours` is",
        "below 1. The floors: a slot of an object for calls, `ssh host true` for ssh services, a",
        "`subprocess.run` a job and `xargs -P2` for jobs here, one `sh` on one ssh session and",
        "`xargs -P2` over there for jobs behind ssh, a child and `waitpid` for callbacks, a file",
        "for output, `sh` on pipes for shells. How a job ended is checked after its time is taken.",
        "",
    ),
    FILES: (
        "Existing is `radical.saga`; it is given fewer files and names (*measured with*), and its",
        "time is multiplied. The floors: `os.stat` for `File()`, `shutil.copy` and `cp -r` for",
        "copies here, `tar` for small files of an ssh host and `sftp` for a large one,",
        "`os.scandir` and `ls -f` for names, `curl`. Programs are whole commands and",
        "connect themselves, except `ls` and what says so; ours has its connection by then. Every",
        "copy is compared, byte by byte, after its time is taken.",
        "",
    ),
}

_VERDICT = {True: "met", False: "**not met**", None: "not judged"}


def write(directory: Path, rows: Rows, about: dict[str, Any]) -> None:
    """Write `results.json` and `results.md` into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    document = {"about": about, "measures": [_as_data(row, result) for row, result in rows]}
    text = json.dumps(document, indent=2, ensure_ascii=False)
    (directory / "results.json").write_text(text + "\n", encoding="utf-8")
    (directory / "results.md").write_text(markdown(rows, about), encoding="utf-8")


def markdown(rows: Rows, about: dict[str, Any]) -> str:
    """Return the whole report as Markdown."""
    return "\n".join(
        [
            "# Benchmark results",
            "",
            *_introduction(about),
            "",
            *_section("Application adaptors", RUNTIME, rows),
            *_section("Back-end access", SAGA, rows),
            *_section("Files and data", FILES, rows),
            *_remarks(rows),
            "## Further figures",
            "",
            "| measure | contestant | median | fastest | slowest | values | also |",
            "|---|---|---:|---:|---:|---:|---|",
            *(line for row, result in rows for line in _detail_rows(row, result)),
            "",
        ]
    )


def amount(value: float, unit: str) -> str:
    """Return a value with three significant digits and a unit a person reads at a glance."""
    if unit == "/s":
        return f"{value:,.0f}/s" if value >= 100 else f"{value:.3g}/s"
    if unit != "s":
        return f"{value:.3g} {unit}"
    for scale, name in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if abs(value) * scale >= 1:
            return f"{value * scale:.3g} {name}"
    return f"{value * 1e9:.3g} ns"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.3g}"


def _introduction(about: dict[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    measured = (
        f"Measured by `make bench` on {about['date']} at commit `{about['commit']}`: "
        f"{about['cpu']}, {about['cores']} cores, {about['memory_gib']} GiB, {about['kernel']}, "
        f"Python {about['python']}; {versions}. "
        f"Load average {about['load_before']:.1f} before, {about['load_after']:.1f} after."
    )
    lines = [measured, "", *_HOW]
    if about["quick"]:
        lines += ["", "**This was a quick run: it shows that everything works, not how fast.**"]
    if not about["same_base_interpreter"]:
        lines += ["", "**The two runtimes ran on different interpreters: do not compare.**"]
    return lines


def _section(title: str, group: str, rows: Rows) -> list[str]:
    """Return the table of one group, if anything of it was measured."""
    lines = [_table_row(row, result) for row, result in rows if row.group == group]
    if not lines:
        return []
    return [
        f"## {title}",
        "",
        *_ABOUT_GROUP[group],
        "| measure | existing | ours | floor | existing / ours | goal | verdict | runs |",
        "|---|---:|---:|---:|---:|---|---|---|",
        *lines,
        "",
    ]


def _table_row(row: Measure, result: Result) -> str:
    ratio = f"{result.ratio(EXISTING, OURS):.3g}" if result.has(EXISTING, OURS) else "-"
    main = (EXISTING, OURS, FLOOR)
    counts = [str(result.contestants[n].count) if result.has(n) else "-" for n in main]
    cells = [
        row.title,
        *(_cell(row, result, name) for name in main),
        ratio,
        "; ".join(goal.text for goal in row.goals),
        "; ".join(_verdicts(row, result)),
        " / ".join(counts),
    ]
    return _line(cells)


def _verdicts(row: Measure, result: Result) -> list[str]:
    verdicts = []
    for goal in row.goals:
        met = goal.met(result)
        figure = "" if met is None else f" ({goal.figure(result):.3g})"
        if met is None or goal.limit < 1:
            figure = ""
        verdicts.append(_VERDICT[met] + figure)
    return verdicts


def _cell(row: Measure, result: Result, name: str) -> str:
    if not result.has(name):
        failed = name in result.contestants and row.existing_runs is not None
        return "failed, see below" if failed else "-"
    figures = result.contestants[name]
    extras = [f"{key} {_plain(figures.worst(key))}" for key in figures.samples[0].extras]
    return "<br>".join([amount(figures.median, row.unit), *extras])


def _detail_rows(row: Measure, result: Result) -> list[str]:
    return [
        _line(
            [
                row.title,
                name,
                *(amount(value, row.unit) for value in _spread(figures)),
                str(figures.count),
                "; ".join(
                    f"{key} {_plain(figures.worst(key))}" for key in figures.samples[0].extras
                ),
            ]
        )
        for name, figures in result.contestants.items()
        if figures.samples
    ]


def _spread(figures: Figures) -> tuple[float, float, float]:
    values = [value for sample in figures.samples for value in sample.values]
    return figures.median, min(values), max(values)


def _remarks(rows: Rows) -> list[str]:
    """Return why a goal is missed or a contestant left out, one item each."""
    remarks = [
        f"- {row.title}: {row.reason or 'missed; no reason is known yet'}."
        for row, result in rows
        if any(goal.met(result) is False for goal in row.goals)
    ]
    missing: dict[tuple[str, str], list[str]] = {}
    for row, result in rows:
        for name, figures in result.contestants.items():
            if figures.problem:
                missing.setdefault((name, figures.problem), []).append(row.name)
    remarks += [
        f"- No figures for `{name}` in {', '.join(where)}: {' '.join(problem.split())}"
        for (name, problem), where in missing.items()
    ]
    return ["## Reasons", "", *remarks, ""] if remarks else []


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _as_data(row: Measure, result: Result) -> dict[str, Any]:
    main = {name: _figures_as_data(figures) for name, figures in result.contestants.items()}
    paired = (EXISTING, OURS)
    return {
        "name": row.name,
        "group": row.group,
        "measure": row.title,
        "unit": row.unit,
        "contestants": main,
        "existing_by_ours": result.ratio(*paired) if result.has(*paired) else None,
        "ours_by_floor": result.ratio(OURS, FLOOR) if result.has(OURS, FLOOR) else None,
        "goals": [
            {
                "goal": goal.text,
                "limit": goal.limit,
                "figure": goal.figure(result) if result.has(*goal.needs) else None,
                "met": goal.met(result),
            }
            for goal in row.goals
        ],
        "reason": row.reason,
    }


def _figures_as_data(figures: Figures) -> dict[str, Any]:
    if not figures.samples:
        return {"problem": figures.problem}
    middle, fastest, slowest = _spread(figures)
    return {
        "median": middle,
        "min": fastest,
        "max": slowest,
        "values": figures.count,
        "rounds": figures.rounds(),
        "extras": [sample.extras for sample in figures.samples],
    }
