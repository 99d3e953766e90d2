"""Books as small CSV tables typed in the test: ``book(Offers='offer, chip, …')``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest

import chipfolio


def frame(text: str) -> pd.DataFrame:
    """A table typed as lines of comma-separated cells; blank cells are blanks, 5% is 0.05."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    body = [[value(cell) for cell in row] for row in rows[1:]]
    return pd.DataFrame(body, columns=rows[0], dtype=object)


def value(cell: str) -> object:
    """A cell as a number, a text or a blank; ``;`` stands for the comma inside a cell."""
    if cell == "":
        return None
    try:
        return float(cell[:-1]) / 100 if cell.endswith("%") else float(cell)
    except ValueError:
        return cell.replace(";", ",")


def frames(**sheets: str) -> dict[str, pd.DataFrame]:
    """Frames by sheet name; ``Committed_orders`` stands for ``Committed orders``."""
    return {name.replace("_", " "): frame(text) for name, text in sheets.items()}


def solved(book: Mapping[str, pd.DataFrame], **options: object) -> object:
    """The plan of a book, proven to 1e-9."""
    return chipfolio.solve(chipfolio.read(book), **{"gap": 1e-9, **options})


@pytest.fixture(scope="session")
def tiny() -> dict[str, str]:
    """Sheets that most hand-solved books share: free money, one vendor, one site."""
    return {
        "Vendors": "vendor, country\nNord, NO\nSud, FR",
        "Sites": "site, power_mw, pue, energy_price\nHall, 1000, 1, 0",
    }


@pytest.fixture(scope="session", autouse=True)
def no_trace_in_the_cache(tmp_path_factory) -> Iterator[None]:
    """Indexes of runs that tests make lie in a cache of their own, also those of child processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


# ------------------------------------------------------------------ small books and their rooms
YEARS = {
    "first_period": 2027,
    "periods": 3,
    "months_per_period": 12,
    "discount_rate": 0,
    "cash_timing": "start",
    "terminal_value": "no",
}
BASE = {
    "Vendors": "vendor, country\nNord, NO\nSud, FR",
    "Sites": "site, power_mw, pue, energy_price\nHall, 1000, 1, 0",
    "Chips": "chip, vendor, life_years\nC, Nord, 10",
    "Offers": "offer, chip, seller, acquisition, price\nO, C, Nord, buy, 10",
    "Workloads": "workload\nW",
    "Performance": "chip, workload, throughput\nC, W, 1",
    "Demand": "workload, 2027, 2028, 2029\nW, 0, 0, 0",
}


def book(**parts: object) -> dict[str, pd.DataFrame]:
    """A book of years 2027–2029 without discounting: capitals name sheets, the rest settings.

    A sheet given as None is left out; sheets not given are those of ``BASE``.
    """
    named = {name: text for name, text in parts.items() if name[0].isupper()}
    values = {**YEARS, **{name: v for name, v in parts.items() if not name[0].isupper()}}
    sheets = {name: text for name, text in {**BASE, **named}.items() if text is not None}
    settings = pd.DataFrame(list(values.items()), columns=["name", "value"], dtype=object)
    return {"Settings": settings, **frames(**sheets)}


def impossible(made: Mapping[str, pd.DataFrame]) -> bool:
    """Whether the solver finds a book infeasible (nothing is explained, which takes longer)."""
    from chipfolio.formulation.whole import build
    from chipfolio.solver.bridge import to_matrix
    from chipfolio.solver.engine import run_highs

    matrix = to_matrix(build(chipfolio.read(made)).model)
    return run_highs(matrix, 1e-9, 60.0).status == "infeasible"


def seen(plan: object, table: str, *columns: str, **where: object) -> list[tuple]:
    """Rows of a plan's table as sorted tuples of some columns, numbers rounded to 1e-6."""
    found = []
    for row in plan.tables[table]:
        if all(row[name] == wanted for name, wanted in where.items()):
            cells = (row[name] for name in columns)
            found.append(tuple(round(c, 6) + 0.0 if isinstance(c, float) else c for c in cells))
    return sorted(found, key=str)


def cash(plan: object, line: str) -> dict[str, float]:
    """Undiscounted amounts of a line by period."""
    return dict(seen(plan, "Cash", "period", "amount", line=line))


def stated(made: Mapping[str, pd.DataFrame], name: str) -> dict[object, tuple]:
    """Rows of a constraint, ``room.name``: {index: (lower, {variable: coefficient}, upper)}."""
    from chipfolio.formulation.whole import build

    tables = chipfolio.read(made)
    scenarios = [row["scenario"] for row in tables.scenarios]
    whole = build(tables, scenarios or None)
    room, _, sentence = name.partition(".")
    world = whole.model.world[scenarios[0] if scenarios else ""]
    found = {}
    for constraint in getattr(getattr(world, room), sentence).values():
        named = {key: pytest.approx(value) for key, value in coefficients(constraint).items()}
        found[constraint.index()] = (constraint.lb, named, constraint.ub)
    return found


def coefficients(constraint: object) -> dict[str, float]:
    """Coefficients of a constraint by variable, ``room.name[key]``; those that are 0 left out."""
    found: dict[str, float] = {}
    body = constraint.body
    for coefficient, variable in zip(body.linear_coefs, body.linear_vars, strict=True):
        key = f"{variable.parent_block().local_name}.{variable.local_name}"
        found[key] = found.get(key, 0.0) + coefficient
    return {key: value for key, value in found.items() if value}


REGISTER: set[str] = set()
"""Constraints, as ``room.name``, whose coefficients some test has compared with its own."""


def states(*names: str) -> object:
    """Mark a test as the structural test of constraints."""
    REGISTER.update(names)
    return lambda test: test


# ------------------------------------------------------------------ the fast half of the suite
FAST = ("contract", "plan", "rooms", "workbook/test_read", "solver/test_bridge", "test_house")
"""Where tests take moments: all others are marked slow, and ``-m "not slow"`` leaves them out."""
HEAVY = (
    "contract/test_new_charge",
    "contract/test_no_dead_input",
    "plan/test_conflict",
    "plan/test_exact",
    "plan/test_keeping",
    "plan/test_verdicts",
    "rooms/test_earlier",
    "rooms/test_minimums",
    "rooms/test_signing",
    "rooms/test_state",
    "workbook/test_read_disguises",
    "workbook/test_read_fuzz",
    "workbook/test_read_hostile",
)
"""Among them the files whose tests take seconds each: slow all the same."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what does not lie in the fast half."""
    here = Path(__file__).parent
    for item in items:
        name = item.path.relative_to(here).as_posix()
        if not name.startswith(FAST) or name.startswith(HEAVY):
            item.add_marker("slow")
