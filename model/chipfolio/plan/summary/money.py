"""What the plan costs: the result, by scenario, by year, by line, and from cash to cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...contract.lines import CASH_LINES
from ...contract.outputs import unproven
from ...tables import Tables, World
from ..net import net_of
from ..words import amount
from .lines import Rows, line


def outcome(
    tables: Tables,
    plan: Mapping[str, Rows],
    worlds: Mapping[str, World],
    weights: Mapping[str, float],
    result: Mapping[str, object],
) -> Iterator[dict]:
    """Total cost, what it is made of, and how well it is proven."""
    currency = str(tables.setting("currency"))
    section = "Result"
    objective, bound, gap = result["objective"], result["bound"], result["gap"]
    keeping = result.get("keeping")
    calendar = tables.calendar
    horizon = f"{calendar.label(0)} to {calendar.label(calendar.count - 1)}"
    alone = (
        f", scenario {next(iter(worlds))} alone" if tables.scenarios and len(worlds) == 1 else ""
    )
    yield line(section, "Plan", text=f"{tables.setting('plan_name')}, {horizon}{alone}")
    made_of = net_of(plan["Cash"], weights, currency)
    yield line(section, "Total discounted cost", objective, currency, made_of)
    if result["status"] == "optimal":
        yield line(section, "Proof", text="proven within the target gap")
    else:
        yield line(section, "Proof", text=f"NOT PROVEN: {unproven(str(result['ended']))}")
    if bound is not None:
        yield line(section, "No plan can cost less than", bound, currency)
        yield line(section, "Gap", gap, "%")
        best = objective if keeping is None else keeping.best
        yield line(section, "Gap in money", max(best - bound, 0.0), currency)
    if keeping is not None:
        text = "more than the best plan found, to which proof and gap belong; orders worth "
        text += f"{amount(keeping.distance)} {currency} at list differ from the previous plan"
        text += "" if keeping.proven else "; not proven the nearest"
        yield line(section, "Keeping near the previous plan", keeping.cost, currency, text)


def by_scenario(
    tables: Tables, plan: Mapping[str, Rows], worlds: Mapping[str, World]
) -> Iterator[dict]:
    """What each scenario costs, against the mean; nothing for a plan of one world."""
    if len(worlds) < 2:
        return
    currency = str(tables.setting("currency"))
    branches = {row["scenario"]: row["branch_period"] for row in tables.scenarios}
    costs = plan["Scenario costs"]
    mean = sum(row["probability"] * row["total"] for row in costs)
    for row in costs:
        apart = row["total"] - mean
        text = "probability " + f"{row['probability']:.1%}".replace(".0%", "%")
        if branches.get(row["scenario"]) is not None:
            text += f", from {tables.calendar.label(branches[row['scenario']])} on"
        text += f"; {amount(abs(apart))} {currency} {'above' if apart > 0 else 'below'} the mean"
        yield line("Cost by scenario", row["scenario"], row["total"], currency, text)


def cash(tables: Tables, plan: Mapping[str, Rows], weights: Mapping[str, float]) -> Iterator[dict]:
    """Cash by fiscal year, undiscounted; the mean where there are scenarios."""
    calendar = tables.calendar
    year_of = {calendar.label(at): calendar.fiscal_year(at) for at in calendar.positions}
    years: dict[str, float] = dict.fromkeys(year_of.values(), 0.0)
    for row in plan["Cash"]:
        if row["line"] in CASH_LINES:
            years[year_of[row["period"]]] += row["amount"] * weights[row["scenario"]]
    mean = " (mean)" if len(weights) > 1 else ""
    section = f"Cash by fiscal year{mean}"
    for at, (year, paid) in enumerate(years.items()):
        inside, whole = calendar.in_year(year)
        cut = "" if inside == whole else f"{inside} of its {whole} periods lie in the plan"
        text = "; ".join(part for part in (cut, "" if at else calendar.years_named) if part)
        yield line(section, year, paid, str(tables.setting("currency")), text)
    lines: dict[str, float] = defaultdict(float)
    for row in plan["Cash"]:
        lines[row["line"]] += row["discounted"] * weights[row["scenario"]]
    for name, worth in lines.items():
        section = f"Discounted cost by line{mean}"
        yield line(section, name, worth, str(tables.setting("currency")))


def bridge(
    tables: Tables,
    plan: Mapping[str, Rows],
    weights: Mapping[str, float],
    result: Mapping[str, object],
) -> Iterator[dict]:
    """From the cash of all years, as paid, to the total discounted cost."""
    currency = str(tables.setting("currency"))
    paid = cash = 0.0
    values: dict[str, float] = defaultdict(float)
    for row in plan["Cash"]:
        weight = weights[row["scenario"]]
        if row["line"] in CASH_LINES:
            paid += row["amount"] * weight
            cash += row["discounted"] * weight
        else:
            values[row["line"]] += row["discounted"] * weight
    section = "From cash to cost"
    yield line(section, "Cash of all years, as paid", paid, currency)
    yield line(section, "Discounting", cash - paid, currency)
    for name, worth in values.items():
        yield line(section, name, worth, currency, "no cash; discounted")
    if len(weights) > 1 and tables.setting("tail_weight"):
        mean = cash + sum(values.values())
        tail = f"{100.0 * tables.setting('tail_probability'):.6g}%"
        text = f"beyond the mean of {mean:,.0f} {currency}"
        yield line(
            section, f"Weight of the worst {tail}", result["objective"] - mean, currency, text
        )
    yield line(section, "Total discounted cost", result["objective"], currency)
