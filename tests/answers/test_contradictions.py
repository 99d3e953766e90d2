"""Contradictions of every kind: sets are minimal, and repairs work as they are typed into cells."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

import chipfolio
from chipfolio.answers.repairs import in_words, repairs
from chipfolio.errors import InfeasibleError
from tests.answers.test_repairs import BOOK, contradictions
from tests.conftest import frames

RULE = "rule, quantity, dimension, member, coefficient, sense, limit"
SHARE = "rule, dimension, member, basis, window"
OFFERS = "offer, chip, seller, acquisition, price, max_order, total_limit"


@dataclass(frozen=True)
class Built:
    """A book without a plan, the members of its contradictions, and values that mend it."""

    name: str
    sheets: dict[str, str]
    members: list[set[str]]
    values: dict[str, float] = field(default_factory=dict)


UNMET = ("unmet share", "custom rule", "frozen orders")
"""Books whose work that must be met gives way: in all others it is verified by the repairs alone."""
BUILT = [
    Built(
        # 3 of W are needed in 2028, 2 of B are sold a year, and 2 at all
        "supply over the plan",
        {"Offers": f"{OFFERS}\nB, K, Nord, buy, 100, 9, 2\nC, L, Sud, buy, 150, 9, 9"},
        [{"W", "B"}],
        {"B: total_limit": 3},
    ),
    Built(
        # 3 are needed in the first year already, and 2 a year are sold
        "supply in a period",
        {"Offers": f"{OFFERS}\nB, K, Nord, buy, 100, 2, 9\nC, L, Sud, buy, 150, 9, 9"},
        [{"W", "B"}],
        {"B: max_order": 3},
    ),
    Built(
        # Nord sells 2 units a year, and W needs 3 in the first
        "a vendor's units",
        {"Vendors": "vendor, max_units\nNord, 2\nSud,"},
        [{"W", "Nord"}],
        {"Nord: max_units": 3},
    ),
    Built(
        # Nord sells for 250 a year; 3 units at 100 are 300
        "a vendor's sales",
        {"Vendors": "vendor, max_spend_per_fiscal_year\nNord, 250\nSud,"},
        [{"W", "Nord"}],
        {"Nord: max_spend_per_fiscal_year": 300},
    ),
    Built(
        # 3 units of K at 1 MW each, and 2 of L that draw nothing, in 2 MW
        "power",
        {
            "Chips": "chip, vendor, life_years, power_kw\nK, Nord, 10, 1000\nL, Sud, 10,",
            "Sites": "site, power_mw, pue, energy_price\nHall, 2, 1, 0",
        },
        [{"W", "Hall"}],
        {"Hall: power_mw": 3},
    ),
    Built(
        # 3 of B and 2 of C are 300 and 300: 600 in the first year, where 500 may be spent
        "budget",
        {"Budgets": "budget, lines, window, limit\nCapex, chip_purchases, plan, 500"},
        [{"W", "V", "Capex"}],
        {"Capex: limit": 600},
    ),
    Built(
        # 3 units of 5 have to come from Nord, at most half may: 60 %
        "most share",
        {
            "Share_rules": f"{SHARE}, max_pct\nhalf, vendor, Nord, order_units, plan, 50%",
            "Offers": f"{OFFERS}\nB, K, Nord, buy, 100, 9, 9\nC, L, Sud, buy, 150, 9, 2",
        },
        [{"W", "half", "C"}],
        {"half: max_pct": 0.6},
    ),
    Built(
        # 2 of C are needed for V, and 3 of B are all that Nord sells: 60 % where 80 % are the least
        "least share",
        {
            "Share_rules": f"{SHARE}, min_pct\nmost, vendor, Nord, order_units, plan, 80%",
            "Offers": f"{OFFERS}\nB, K, Nord, buy, 100, 9, 3\nC, L, Sud, buy, 150, 9, 9",
        },
        [{"V", "most", "B"}],
        {"most: min_pct": 0.6},
    ),
    Built(
        # W is only served by Nord's, V only by Sud's: two suppliers where one is the most
        "supplier count",
        {"Supplier_counts": "rule, dimension, max_count, window\none, vendor, 1, plan"},
        [{"W", "V", "one"}],
        {"one: max_count": 2},
    ),
    Built(
        # a contract is signed for 400 with Nord, who sells 3 of B at 100 at most
        "contract minimum",
        {
            "Contracts": """contract, seller, signing, basis, minimum, window
                deal, Nord, signed, spend, 400, plan""",
            "Offers": f"{OFFERS}\nB, K, Nord, buy, 100, 9, 3\nC, L, Sud, buy, 150, 9, 9",
        },
        [{"deal", "B"}],
        {"deal: minimum": 300, "B: total_limit": 4},
    ),
    Built(
        # 2 of B by a rule of the team's own, and W needs 3
        "custom rule",
        {"Custom_rules": f"{RULE}\nfew, order_units, offer, B, 1, <=, 2"},
        [{"W", "few"}],
        {"few: limit": 3},
    ),
    Built(
        # a quarter of 4 may stay unmet, and 2 of B may be bought: a half stays unmet
        "unmet share",
        {
            "Workloads": "workload, unmet_penalty, max_unmet_pct\nW, 10, 25%\nV,,",
            "Demand": "workload, 2027, 2028\nW, 4, 4\nV, 2, 2",
            "Custom_rules": f"{RULE}\nfew, order_units, offer, B, 1, <=, 2",
        },
        [{"W", "few"}],
        {"W: max_unmet_pct": 0.5, "few: limit": 3},
    ),
    Built(
        # only by whole numbers: lots of 2 make 4 of B for W's 3, where 3 may be bought
        "lots",
        {
            "Offers": """offer, chip, seller, acquisition, price, max_order, lot_size
                B, K, Nord, buy, 100, 9, 2
                C, L, Sud, buy, 150, 9, 1""",
            "Custom_rules": f"{RULE}\nfew, order_units, offer, B, 1, <=, 3",
        },
        [{"W", "few"}],
        {"few: limit": 4},
    ),
    Built(
        # only by whole numbers: 2.5 and 1.5 units are 475, and 3 and 2 are 600
        "whole units in a budget",
        {
            "Demand": "workload, 2027, 2028\nW, 2.5, 2.5\nV, 1.5, 1.5",
            "Budgets": "budget, lines, window, limit\nCapex, chip_purchases, plan, 550",
        },
        [{"W", "V", "Capex"}],
        {"Capex: limit": 600},
    ),
    Built(
        # only by whole numbers: 4 of B in lots of 4 are 4 MW, where 3 are enough for W
        "lots in a site",
        {
            "Chips": "chip, vendor, life_years, power_kw\nK, Nord, 10, 1000\nL, Sud, 10,",
            "Sites": "site, power_mw, pue, energy_price\nHall, 3.5, 1, 0",
            "Offers": """offer, chip, seller, acquisition, price, max_order, lot_size
                B, K, Nord, buy, 100, 9, 4
                C, L, Sud, buy, 150, 9, 1""",
        },
        [{"W", "Hall"}],
        {"Hall: power_mw": 4},
    ),
    Built(
        # two that share no member: at most 2 of B, and at most 1 of C
        "two apart",
        {
            "Custom_rules": f"""{RULE}
                few B, order_units, offer, B, 1, <=, 2
                few C, order_units, offer, C, 1, <=, 1"""
        },
        [{"W", "few B"}, {"V", "few C"}],
        {"few B: limit": 3, "few C: limit": 2},
    ),
    Built(
        # W needs 3 of B: both the rule and the order's limit leave 2, and both have to give
        "two cells",
        {
            "Offers": f"{OFFERS}\nB, K, Nord, buy, 100, 2, 9\nC, L, Sud, buy, 150, 9, 9",
            "Custom_rules": f"{RULE}\nfew, order_units, offer, B, 1, <=, 2",
        },
        [{"W", "few"}, {"W", "B"}],
        {"few: limit": 3, "B: max_order": 3},
    ),
    Built(
        # the year is frozen with 2 of B, where W needs 3 in it
        "frozen orders",
        {
            "Settings": BOOK["Settings"] + "\n        frozen_periods, 1",
            "Previous_plan": "offer, order_period, units, scenario\nB, 2027, 2,\nC, 2027, 2,",
        },
        [{"W", "B"}],
    ),
]


@pytest.mark.parametrize("built", BUILT, ids=lambda built: built.name)
def test_what_cannot_hold_is_told_and_each_repair_works_as_it_is_typed(built):
    tables, error = contradictions(**built.sheets)
    told = repairs(tables, (), error.contradictions)
    found = [set() for _ in built.members]
    for row in told["Conflicts"]:
        found[row["conflict"] - 1].add(row["member"].split(":")[0])
    assert sorted(map(sorted, found)) == sorted(map(sorted, built.members))
    rows = told["Repairs"]
    values = {row["member"]: row["value"] for row in rows}
    assert {name: values[name] for name in built.values} == pytest.approx(built.values)
    members = {number: {row["member"].split(":")[0] for row in told["Conflicts"]
                        if row["conflict"] == number} for number in range(1, len(found) + 1)}  # fmt: skip
    for row in rows:
        name = row["member"].split(":")[0]
        # beside it the first repair of every contradiction in which it has no part
        others = [next(one for one in rows if one["conflict"] == number)
                  for number, mine in members.items() if name not in mine]  # fmt: skip
        assert row["verified"] == "yes", row
        if row["member"].endswith(": max_unmet_pct") and built.name not in UNMET:
            continue
        typed = book_with(built.sheets, [row, *others])
        cost = chipfolio.solve(chipfolio.read(typed)).objective
        assert cost == pytest.approx(row["cost_high"])
        assert in_words(tables, row).endswith(f"costs {cost:,.0f} at most")


def book_with(sheets: dict[str, str], rows: list[dict]) -> dict:
    """The book with repairs typed into their cells."""
    made = frames(**{**BOOK, **sheets})
    for row in rows:
        sheet, cell = row["cell"].split("!")
        at, column = int("".join(c for c in cell if c.isdigit())) - 2, row["member"].split(": ")[1]
        sheet_of = made[sheet]
        for name, value in ((column, row["value"]), ("unmet_penalty", 0.0)):
            if name == column or (column == "max_unmet_pct" and name not in sheet_of):
                if name not in sheet_of:
                    sheet_of[name] = None
                sheet_of.loc[at, name] = value
    return made


def test_two_cells_are_both_needed():
    built = next(one for one in BUILT if one.name == "two cells")
    tables, error = contradictions(**built.sheets)
    rows = [row for row in repairs(tables, (), error.contradictions)["Repairs"]
            if row["member"] in built.values]  # fmt: skip
    assert len(rows) == 2
    for row in rows:
        with pytest.raises(InfeasibleError):
            chipfolio.solve(chipfolio.read(book_with(built.sheets, [row])))
    assert chipfolio.solve(chipfolio.read(book_with(built.sheets, rows))).objective > 0.0
