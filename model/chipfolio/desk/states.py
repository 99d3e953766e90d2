"""How a workbook stands after a solve: a word, and the sentences that belong to it."""

from __future__ import annotations

from typing import Any

WITH_PLAN = {0: "published", 4: "published, not proven", 8: "published, the solver died"}
"""Exit codes after which a plan stands published, and what that is called."""
FAULTS, HELD = 2, 7
STOPPED = (130, 143, -2, -15)


def state_of(code: int, result: dict[str, Any], said: str) -> tuple[str, str]:
    """A workbook's state after a solve that ended with an exit code, and what there is to say.

    Where that is more than a line, the first one is whole by itself.
    """
    if code in WITH_PLAN:
        return WITH_PLAN[code], cost_of(result)
    if code == HELD:
        return "held by a gate", "; ".join(result.get("held", []))
    if code == FAULTS:
        faults = [p for p in result.get("problems", []) if p.get("severity", "fault") == "fault"]
        count = len(faults)
        return "faults", f"{count} fault{'' if count == 1 else 's'} in the workbook"
    if code in STOPPED:
        return "stopped", "stopped by hand: the plan that stood still stands"
    message = str(result.get("message") or said).strip()
    return "no plan", message or f"ended with exit code {code}"


def cost_of(result: dict[str, Any]) -> str:
    """The cost and its gap; empty where there is none."""
    cost, gap = result.get("objective"), result.get("gap")
    if cost is None:
        return ""
    proof = "" if gap is None else f", gap {gap:.3%}"
    return f"{cost:,.0f} {result.get('currency', '')}".rstrip() + proof
