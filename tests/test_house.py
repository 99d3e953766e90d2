"""The house stands as drawn: arrows point one way, libraries stay in their rooms, documents live."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import chipfolio
from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.lines import LINES
from chipfolio.documents import DOCUMENTS
from chipfolio.formulation.book import CHAPTERS
from chipfolio.report.colours import COLOUR_OF
from chipfolio.workbook.planbook.cash import CONTENTS

ROOT = Path(chipfolio.__file__).parent
TOP = Path(__file__).parent.parent
MODULES = sorted(ROOT.rglob("*.py"))
FLOORS = {
    "collector": set(),
    "contract": {"contract"},
    "errors": {"contract"},
    "tables": {"contract"},
    "checking": {"contract", "errors", "tables", "checking"},
    "formulation": {"contract", "tables", "formulation"},
    "accounts": {"contract", "tables", "accounts"},
    "solver": {"errors", "solver"},
    "plan": {
        "collector",
        "contract",
        "errors",
        "tables",
        "formulation",
        "accounts",
        "solver",
        "plan",
    },
    "futures": {"contract", "errors", "tables", "formulation", "solver", "plan", "futures"},
    "workbook": {
        "collector",
        "contract",
        "errors",
        "tables",
        "checking",
        "accounts",
        "plan",
        "workbook",
    },
    "answers": {
        "contract",
        "errors",
        "tables",
        "formulation",
        "solver",
        "plan",
        "futures",
        "answers",
    },
    "report": {"contract", "errors", "tables", "plan", "workbook", "report"},
    "desk": {
        "contract",
        "errors",
        "tables",
        "checking",
        "workbook",
        "report",
        "quarters",
        "runs",
        "desk",
    },
    "runs": {"contract", "errors", "tables", "plan", "workbook", "report", "quarters", "runs"},
    "quarters": {"contract", "errors", "tables", "checking", "plan", "workbook", "quarters"},
}
"""What each part of the package may import of the package."""
for own in ("comparing", "backtest"):  # both ask, on top of what quarters know
    FLOORS[own] = (FLOORS["quarters"] | FLOORS["answers"]) - {"solver"} | {own}


@cache
def imports(path: Path) -> list[str]:
    """Absolute dotted names of everything a module imports."""
    package = ("chipfolio", *path.relative_to(ROOT).parts[:-1])
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [f"{module}.{alias.name}" for alias in node.names]
    return found


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("part", FLOORS)
def test_imports_point_one_way(part):
    for path in MODULES:
        if part_of(path) != part:
            continue
        for name in imports(path):
            if name.startswith("chipfolio."):
                assert name.split(".")[1] in FLOORS[part], f"{path.name} imports {name}"


def test_no_modules_import_each_other_in_a_circle():
    named = {
        ".".join(("chipfolio", *path.relative_to(ROOT).with_suffix("").parts)): path
        for path in MODULES
    }
    named = {name.removesuffix(".__init__"): path for name, path in named.items()}
    looks_at = {
        name: {
            other if other in named else other.rpartition(".")[0]
            for other in imports(path)
            if other.startswith("chipfolio.")
        }
        for name, path in named.items()
    }
    list(graphlib.TopologicalSorter(looks_at).static_order())  # CycleError names the circle


def test_a_room_looks_only_at_rooms_before_it():
    for place, chapter in enumerate(CHAPTERS):
        for name in imports(ROOT / "formulation" / f"{chapter}.py"):
            if name.startswith("chipfolio.formulation."):
                other = name.split(".")[2]
                assert other == "linear" or other in CHAPTERS[:place], f"{chapter} imports {other}"


@pytest.mark.parametrize(
    ("library", "parts"),
    [
        ("openpyxl", {"workbook"}),
        ("xlsxwriter", {"workbook"}),
        ("altair", {"report"}),
        ("jinja2", {"report"}),
        ("flask", {"desk"}),
        ("watchfiles", {"desk"}),
        ("distributed", {"futures"}),
        ("highspy", {"solver"}),
        ("pyscipopt", {"solver"}),
        ("cplex", {"solver"}),
        ("pyomo", {"formulation", "solver", "plan", "futures", "answers", "comparing", "backtest"}),
    ],
)
def test_libraries_stay_where_they_belong(library, parts):
    for path in MODULES:
        if any(name.split(".")[0] == library for name in imports(path)):
            assert part_of(path) in parts, f"{path} imports {library}"


def test_a_plan_is_made_without_libraries_that_are_long_in_loading():
    made = "import sys, chipfolio.plan.plan, chipfolio.workbook.plan, chipfolio.solver.child"
    slow = {"scipy", "pandas", "matplotlib", "pyomo.environ"}
    asked = f"{made}; print({slow} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_the_audit_shares_nothing_with_the_model():
    for path in (ROOT / "plan" / "audit").rglob("*.py"):
        for name in imports(path):
            assert name.split(".")[0] not in ("pyomo", "highspy"), f"{path.name} imports {name}"
            far = ("chipfolio.formulation", "chipfolio.solver", "chipfolio.accounts")
            assert not name.startswith(far), name


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_objective_is_told_wherever_lines_are_listed(line):
    assert line in CONTENTS, (
        f"the plan workbook has no formula for {line}: add one to CONTENTS in "
        "workbook/planbook/cash.py"
    )
    assert line in COLOUR_OF, f"the report has no colour left for {line}: add it to MUTED or SPARE"


def test_lists_by_line_hold_no_line_that_the_contract_does_not_declare():
    for where, listed in (("CONTENTS", CONTENTS), ("COLOUR_OF", COLOUR_OF)):
        spare = sorted(set(listed) - set(LINES))
        assert not spare, f"{where} holds {spare}: declare it in contract/lines.py, or drop it here"


CITED = re.compile(r"contract ((?:§[\d.]+\d|§\d)(?: \([^)]*\))?(?:(?:,| and| or)\s+§[\d.]*\d)*)")
"""Paragraphs of the contract, as code and tests cite them: contract §2 (Sites), §3.5 and §4."""
CODE = [*MODULES, *sorted((TOP / "tests").rglob("*.py"))]


def test_every_paragraph_that_is_cited_stands_in_the_contract():
    page = (TOP / "model" / "contract.md").read_text(encoding="utf-8")
    numbers = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", page, re.MULTILINE))
    for path in CODE:
        for citation in CITED.findall(path.read_text(encoding="utf-8")):
            for number in re.findall(r"§([\d.]*\d)", citation):
                assert number in numbers, (
                    f"{path.name} cites contract §{number}: write that paragraph in "
                    "model/contract.md, or cite the one that holds the rule"
                )
            for sheets in re.findall(r"\(([^)]*)\)", citation):
                for sheet in re.split(r",\s+", sheets):
                    assert sheet in INPUTS or len(sheet) == 1, f"{path.name} cites sheet {sheet!r}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_generated_documents_are_current(document):
    assert (TOP / document).read_text(encoding="utf-8") == DOCUMENTS[document](), (
        "run: python -m chipfolio.documents"
    )
