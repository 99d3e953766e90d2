"""Gates: each measures something that the book has."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.inputs import INPUTS
from ...contract.problems import Problem, fold, missing_from, near_match
from ...contract.sheets.gates import ITEM_OF
from .view import View


def gates_measure_what_there_is(view: View) -> Iterator[Problem]:
    """A gate names a workload or a rule where its measure is of one, and nothing elsewhere."""
    for row in view.rows("Gates"):
        measure, item = row.get("measure"), row.get("item")
        if measure is None:
            continue
        sheets = ITEM_OF.get(measure, ())
        if item is None:
            if measure == "rule_slack_pct":
                yield view.fault(row, "item", "is blank: name the rule whose slack is meant.")
            continue
        if not sheets:
            yield view.fault(row, "item", f"must be blank: {measure} is about the whole plan.")
            continue
        known = {
            fold(other[INPUTS[sheet].key[0]]): str(other[INPUTS[sheet].key[0]])
            for sheet in sheets
            for other in view.rows(sheet)
            if other.get(INPUTS[sheet].key[0]) is not None
        }
        if fold(item) not in known:
            near = near_match(item, known.values())
            need = missing_from(" or ".join(sheets), known.values(), near)
            yield view.fault(row, "item", need, near)
        else:
            row["item"] = known[fold(item)]
