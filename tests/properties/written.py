"""Plans of the net's random books, written, verified and told: nothing may fail after the solve.

``python -m tests.properties.written FROM TO`` runs a range of seeds and counts.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

import pandas as pd

import chipfolio
from chipfolio.errors import PlanError, WorkbookError
from chipfolio.report.page import write_report
from chipfolio.workbook.verify import verify_plan
from tests.properties import net


def faults_of(seed: int) -> list[str] | None:
    """What is wrong with the workbook and the report of a seed's plan; None where it has none."""
    try:
        plan = chipfolio.solve({k: pd.DataFrame(rows) for k, rows in net.draw(seed).items()})
    except (PlanError, WorkbookError):
        return None  # the net asks for how books end
    with tempfile.TemporaryDirectory() as name:
        path = chipfolio.write(plan, Path(name) / "plan.xlsx")
        found = [str(problem) for problem in verify_plan(path)]
        write_report(plan, Path(name) / "plan.html")
    return found


def main(first: int, last: int) -> None:
    """Run a range of seeds; print every fault, and the counts."""
    counts: Counter = Counter()
    for seed in range(first, last):
        try:
            faults = faults_of(seed)
        except Exception:
            faults = [traceback.format_exc()]
        how = "no plan" if faults is None else "faults" if faults else "sound"
        counts[how] += 1
        if faults:
            print(seed, len(faults), faults[0][-800:], flush=True)
        if (seed - first) % 50 == 49:
            print(seed, dict(counts), flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
