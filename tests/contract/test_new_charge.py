"""The promise of README to the next developer: a charge of Chips or Sites is declared, no more.

A copy of the product gets two columns and two lines; model, audit, accounts and workbook must agree
on them without being told.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.lines import CHARGES, Charge, Line
from chipfolio.contract.schema import Kind

TOP = Path(__file__).resolve().parents[2]
COLUMNS = """        Column("insurance_per_year", MONEY, "money per year", "Premium of the site.",
               default=0.0, low=0, varies=True),
        Column("guard_cost", MONEY, "money per unit in service and period", "Guards.",
               default=0.0, low=0, varies=True),
"""
LINES = """    Line("insurance", "Premiums of sites.", expensed=True, work="none",
         charge=Charge("Sites", "insurance_per_year", fixed=True, a_year=True)),
    Line("guards", "Guards of units at sites.", expensed=True, work="place",
         charge=Charge("Sites", "guard_cost")),
"""
SOLVE = """
import json
import chipfolio
from tests.workbook.plans import failing
from tests.workbook.rich_book import rich_book
book = rich_book()
book["Sites"]["insurance_per_year"], book["Sites"]["guard_cost"] = [1000, 600], [3, 2]
plan = chipfolio.solve(chipfolio.read(book), gap=0.3)
paid = {"insurance": set(), "guards": set()}
for row in plan.tables["Cash"]:
    if row["line"] in paid:
        paid[row["line"]].add(row["amount"])
whose = sorted({(row["line"], row["workload"]) for row in plan.tables["Unit cost"]})
print(json.dumps({"paid": {line: sorted(amounts) for line, amounts in paid.items()},
                  "whose": [one for one in whose if one[0] in paid], "failing": failing(plan)}))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the copy says of the rich book, once the two charges are declared."""
    model = tmp_path_factory.mktemp("charged") / "model"
    shutil.copytree(
        TOP / "model", model, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    add(
        model / "chipfolio/contract/sheets/places.py",
        '        Column(\n            "cooling",',
        COLUMNS,
    )
    add(model / "chipfolio/contract/lines.py", '    Line("running", ', LINES)
    where = {**os.environ, "PYTHONPATH": os.pathsep.join((str(model), str(TOP)))}
    done = subprocess.run(
        [sys.executable, "-c", SOLVE], env=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def add(path: Path, before: str, entries: str) -> None:
    """Put entries before one that stands in a file once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, entries + before), encoding="utf-8")


def test_what_is_fixed_is_paid_for_every_site_in_every_period(said):
    """(1,000 + 600) a year, in quarters: 400, whatever stands there."""
    assert said["paid"]["insurance"] == [400]


def test_a_new_charge_is_paid_audited_and_shown_by_formulas(said):
    assert said["failing"] == [] and min(said["paid"]["guards"]) > 0


def test_the_accounts_know_whose_a_new_charge_is(said):
    """Guards are of the work that their units do, premiums of no chip's."""
    assert ["insurance", "unallocated"] in said["whose"]
    assert {"serve", "train"} <= {who for line, who in said["whose"] if line == "guards"}


@pytest.mark.parametrize(
    ("sheet", "fixed", "work"), [("Chips", True, "none"), ("Offers", False, "place")]
)
def test_only_chips_and_sites_charge_and_only_sites_once(sheet, fixed, work):
    with pytest.raises(ValueError, match="stands in Sites"):
        Line("x", "X.", expensed=True, work=work, charge=Charge(sheet, "price", fixed=fixed))


@pytest.mark.parametrize(("fixed", "work"), [(True, "place"), (False, "none")])
def test_a_charge_says_whose_it_is(fixed, work):
    with pytest.raises(ValueError, match="must say work="):
        Line("x", "X.", expensed=True, work=work, charge=Charge("Sites", "price", fixed=fixed))


@pytest.mark.parametrize("line", CHARGES)
def test_a_charge_names_a_column_of_money_that_varies(line):
    charge = CHARGES[line]
    columns = [column for column in INPUTS[charge.sheet] if column.name == charge.column]
    assert [(column.kind, column.varies) for column in columns] == [(Kind.MONEY, True)], (
        f"the line {line} is charged by {charge.sheet}.{charge.column}: give contract/sheets/ that "
        "column, of MONEY and varies=True"
    )
