"""The same decisions as a textbook writes them: one big constant per rule, rows added up.

What is weakened, and nothing else (the best plan stays the same; ``run.py --check`` shows it):

* **Links.** Every rule "so much is only allowed if a yes-no decision is taken" bounds its quantity
  in chipfolio by the most that this very quantity can be (demand due, lots on offer, room in the
  tier). Here each such rule has one constant for all its rows: the power of ten above the largest
  that any of its rows needs.
* **Rows of one flag.** Such rows that hang on the same yes-no decisions are added up to one: all
  workloads at an efficiency level, all offers of a programme, all orders of a tier.
* **Precedence.** "The next stage waits for the one before", a row per period in chipfolio
  (Christofides, Alvarez-Valdes and Tamarit 1987), is one row per pair of stages: their periods
  compared (Pritsker, Watters and Wolfe 1969).
* **Bounds.** Units used are not bounded by the demand that they could serve.

Lot sizes, supply, thresholds of tiers and every other number of the book stand as they are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import pyomo.environ as pyo
from scipy import sparse

from chipfolio.solver import bridge
from chipfolio.solver.bridge import Matrix

LINKS = (
    "an_order_stays_within_what_is_on_offer",
    "an_order_is_preceded_by_its_setup",
    "own_chips_wait_for_their_programme",
    "work_runs_at_levels_that_are_open",
    "work_is_done_where_it_runs",
    "the_reserve_stands_where_work_runs",
    "extra_supply_comes_with_its_contract",
    "a_cut_applies_where_it_is_in_force",
    "an_order_lies_in_the_tier_chosen",
)
PRECEDENCE = "a_stage_waits_for_the_one_before"
DEMAND_BOUNDED = "used"


@dataclass
class Rewritten:
    """Rows that replace some of the model's: coefficients by column, and the right side."""

    rows: list[dict[int, float]]
    right: list[float]


def rule_of(row: object) -> str:
    """Name of the rule a row belongs to."""
    return row.parent_component().local_name


def textbook(model: pyo.ConcreteModel) -> Matrix:
    """The model's program with its links, precedence and bounds as a textbook has them.

    The export keeps one of two equal rows, which may belong to two rules (a ramp, a link): both are
    wanted here, so equal rows are dropped at the end only.
    """
    with patch.object(bridge, "once", lambda *program: program):
        matrix = bridge.to_matrix(model)
    groups: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(matrix.rows):
        groups[rule_of(row)].append(at)
    new, gone = Rewritten([], []), np.zeros(len(matrix.rows), dtype=bool)
    for rule in LINKS:
        link(matrix, groups.get(rule, []), new, gone)
    precede(matrix, groups.get(PRECEDENCE, []), new, gone)
    upper = matrix.upper.copy()
    names = [column.parent_component().local_name for column in matrix.columns]
    upper[[name == DEMAND_BOUNDED for name in names]] = np.inf
    found = with_rows(matrix, new, gone)
    lines = [
        dict(zip(part.indices.tolist(), part.data.tolist(), strict=True))
        for part in found.coefficients
    ]
    keep = list(bridge.once(lines, found.row_lower, found.row_upper))
    return found.with_coefficients(
        found.coefficients[keep],
        row_lower=found.row_lower[keep],
        row_upper=found.row_upper[keep],
        rows=[found.rows[at] for at in keep],
        upper=upper,
    )


def parts(matrix: Matrix, at: int) -> dict[int, float]:
    """Coefficients of a row by column."""
    span = slice(*matrix.coefficients.indptr[at : at + 2])
    body = matrix.coefficients
    return dict(zip(body.indices[span].tolist(), body.data[span].tolist(), strict=True))


def link(matrix: Matrix, rows: list[int], new: Rewritten, gone: np.ndarray) -> None:
    """Replace the rows "quantity − most × flags ≤ 0" of one rule; others of it stay."""
    yes_no = matrix.integer & (matrix.lower == 0) & (matrix.upper == 1)
    by_flags: dict[tuple[int, ...], list[dict[int, float]]] = defaultdict(list)
    for at in rows:
        body = parts(matrix, at)
        flags = tuple(sorted(c for c, value in body.items() if yes_no[c] and value < 0))
        quantity = {c: value for c, value in body.items() if c not in flags}
        plain = matrix.row_upper[at] == 0 and np.isneginf(matrix.row_lower[at])
        linked = flags and all(
            value > 0 and matrix.lower[c] >= 0 and not yes_no[c] for c, value in quantity.items()
        )
        if plain and linked and quantity:
            if body not in by_flags[flags]:
                by_flags[flags].append(body)
            gone[at] = True
    needed = [
        sum(-min(body[flag] for flag in flags) for body in bodies)
        for flags, bodies in by_flags.items()
    ]
    big = 10.0 ** np.ceil(np.log10(max(needed, default=1.0)))
    for flags, bodies in by_flags.items():
        form: dict[int, float] = defaultdict(float)
        for body in bodies:
            for column, value in body.items():
                if column not in flags:
                    form[column] += value
        form.update(dict.fromkeys(flags, -big))
        new.rows.append(dict(form))
        new.right.append(0.0)


def precede(matrix: Matrix, rows: list[int], new: Rewritten, gone: np.ndarray) -> None:
    """Add up the periods' rows of each pair of stages.

    Both stages start at most once, so "started by t ≤ finished by t" summed over t compares their
    periods, and says no less than all the rows do where starts are whole.
    """
    pairs: dict[tuple, list[int]] = defaultdict(list)
    for at in rows:
        row = matrix.rows[at]
        pairs[(row.parent_block().name, *row.index()[:-1])].append(at)
    for members in pairs.values():
        form: dict[int, float] = defaultdict(float)
        for at in members:
            for column, value in parts(matrix, at).items():
                form[column] += value
        new.rows.append(dict(form))
        new.right.append(float(matrix.row_upper[members].sum()))
        gone[members] = True


def with_rows(matrix: Matrix, new: Rewritten, gone: np.ndarray) -> Matrix:
    """The program without the rows that are gone, with the new ones after the rest."""
    more = sparse.dok_matrix((len(new.rows), len(matrix.columns)))
    for at, form in enumerate(new.rows):
        for column, value in form.items():
            more[at, column] = value
    keep = np.flatnonzero(~gone)
    count = len(new.rows)
    return matrix.with_coefficients(
        sparse.csr_matrix(sparse.vstack([matrix.coefficients[keep], more])),
        row_lower=np.concatenate([matrix.row_lower[keep], np.full(count, -np.inf)]),
        row_upper=np.concatenate([matrix.row_upper[keep], new.right]),
        rows=[matrix.rows[at] for at in keep] + [None] * count,
    )
