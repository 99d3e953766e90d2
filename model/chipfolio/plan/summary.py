"""What a board reads first: a page of sentences and numbers over a plan's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ..contract.inputs import CASH_LINES
from ..tables import Tables, World

Rows = list[dict[str, object]]
NEXT_PERIODS = 2
"""How many periods of orders the page lists: this one and the next."""
SHORT = 1e-6


def line(section: str, item: str, value: object = None, unit: str = "", text: str = "") -> dict:
    """One row of the page."""
    return {"section": section, "item": item, "value": value, "unit": unit, "text": text}


def summarise(
    tables: Tables,
    plan: Mapping[str, Rows],
    worlds: Mapping[str, World],
    result: Mapping[str, object],
) -> Rows:
    """Rows of the table Summary; ``result`` holds status, objective, bound and gap."""
    weights = {name: 1.0 if len(worlds) == 1 else w.probability for name, w in worlds.items()}
    rows = list(outcome(tables, result))
    rows += orders(tables, plan, worlds)
    rows += cash(tables, plan, weights)
    rows += vendors(plan, weights)
    rows += programmes(plan, worlds)
    rows += shortfalls(plan, worlds)
    rows += commitments(tables, plan, worlds)
    return rows


def outcome(tables: Tables, result: Mapping[str, object]) -> Iterator[dict]:
    """Total cost and how well it is proven."""
    currency = str(tables.setting("currency"))
    section = "Result"
    objective, bound, gap = result["objective"], result["bound"], result["gap"]
    calendar = tables.calendar
    horizon = f"{calendar.label(0)} to {calendar.label(calendar.count - 1)}"
    yield line(section, "Plan", text=f"{tables.setting('plan_name')}, {horizon}")
    yield line(section, "Total discounted cost", objective, currency)
    if result["status"] == "optimal":
        yield line(section, "Proof", text="proven within the target gap")
    else:
        words = {
            "time_limit": "NOT PROVEN: stopped at the time limit",
            "stopped": "NOT PROVEN: stopped by hand",
            "died": "NOT PROVEN: the solver died; this is its best plan",
        }
        yield line(section, "Proof", text=words.get(str(result["ended"]), "NOT PROVEN"))
    if bound is not None:
        yield line(section, "No plan can cost less than", bound, currency)
        yield line(section, "Gap", gap, "%")
        yield line(section, "Gap in money", max(objective - bound, 0.0), currency)


def orders(tables: Tables, plan: Mapping[str, Rows], worlds: Mapping[str, World]) -> Iterator[dict]:
    """What to order in the first periods, over sites."""
    calendar = tables.calendar
    first = next(iter(worlds))
    for at in range(min(NEXT_PERIODS, calendar.count)):
        period = calendar.label(at)
        found: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for row in plan["Orders"]:
            if row["order_period"] == period and row["scenario"] == first:
                entry = found[str(row["offer"]), str(row["seller"]), str(row["chip"])]
                entry[0] += row["units"]
                entry[1] += row["spend"]
        section = f"Order in {period}"
        if len(worlds) > 1:
            section += f" (scenario {first})"
        if not found:
            yield line(section, "Nothing to order")
        for (offer, seller, chip), (units, spend) in found.items():
            text = f"{chip} from {seller}, {spend:,.0f} {tables.setting('currency')}"
            yield line(section, offer, units, "units", text)
    for row in plan["Programme timeline"]:
        if row["start"] in calendar.labels[:NEXT_PERIODS] and row["scenario"] == first:
            text = f"stage {row['stage']} {row['name']} starts in {row['start']}"
            yield line("Start now", row["programme"], row["cost"], tables.setting("currency"), text)
    for row in plan["Software timeline"]:
        if row["start"] in calendar.labels[:NEXT_PERIODS] and row["scenario"] == first:
            text = f"starts in {row['start']}"
            yield line("Start now", row["project"], row["cost"], tables.setting("currency"), text)


def cash(tables: Tables, plan: Mapping[str, Rows], weights: Mapping[str, float]) -> Iterator[dict]:
    """Cash by fiscal year, undiscounted; the mean where there are scenarios."""
    calendar = tables.calendar
    year_of = {calendar.label(at): calendar.fiscal_year(at) for at in calendar.positions}
    years: dict[str, float] = dict.fromkeys(year_of.values(), 0.0)
    for row in plan["Cash"]:
        if row["line"] in CASH_LINES:
            years[year_of[row["period"]]] += row["amount"] * weights[row["scenario"]]
    mean = " (mean)" if len(weights) > 1 else ""
    for year, amount in years.items():
        yield line(f"Cash by fiscal year{mean}", year, amount, str(tables.setting("currency")))
    lines: dict[str, float] = defaultdict(float)
    for row in plan["Cash"]:
        lines[row["line"]] += row["discounted"] * weights[row["scenario"]]
    for name, amount in lines.items():
        section = f"Discounted cost by line{mean}"
        yield line(section, name, amount, str(tables.setting("currency")))


def vendors(plan: Mapping[str, Rows], weights: Mapping[str, float]) -> Iterator[dict]:
    """Share of order spend and of served work by vendor, over the plan, against its limit."""
    for basis, words in (("order_spend", "of order spend"), ("served", "of work served")):
        found: dict[str, float] = defaultdict(float)
        limits: dict[str, list[float]] = defaultdict(list)
        for row in plan["Vendor split"]:
            if row["dimension"] != "vendor" or row["basis"] != basis:
                continue
            if row["window"] == "plan":
                found[row["member"]] += row["share"] * weights[row["scenario"]]
            if row["limit"] is not None:
                limits[row["member"]].append(row["limit"])
        for member, share in found.items():
            text = ""
            if limits[member]:
                low, high = min(limits[member]), max(limits[member])
                text = f"limit {high:.0%}" + (f" falling to {low:.0%}" if low < high else "")
            yield line(f"Vendor share {words}, whole plan", member, share, "%", text)


def programmes(plan: Mapping[str, Rows], worlds: Mapping[str, World]) -> Iterator[dict]:
    """When each programme is under way, and which are not started."""
    for name, world in worlds.items():
        section = "Own silicon" + (f", scenario {name}" if len(worlds) > 1 else "")
        started: dict[str, Rows] = defaultdict(list)
        for row in plan["Programme timeline"]:
            if row["scenario"] == name:
                started[row["programme"]].append(row)
        for programme in world.tables.names("Programmes"):
            rows = started.get(programme, [])
            stages = [r for r in world.rows("Programme stages") if r["programme"] == programme]
            if not rows:
                yield line(section, programme, text="not started" if stages else "ready")
                continue
            words = "; ".join(
                f"{row['name']} {row['start']}–{row['end'] or 'never finished'}" for row in rows
            )
            if len(rows) < len(stages):
                words += "; then no further"
            yield line(section, programme, sum(r["cost"] for r in rows), "", words)


def shortfalls(plan: Mapping[str, Rows], worlds: Mapping[str, World]) -> Iterator[dict]:
    """Where and when demand is short."""
    for name in worlds:
        section = "Demand not served" + (f", scenario {name}" if len(worlds) > 1 else "")
        short: dict[str, Rows] = defaultdict(list)
        for row in plan["Service"]:
            if row["scenario"] == name and row["unmet"] > SHORT * max(row["demand"], 1.0):
                short[row["workload"]].append(row)
        if not short:
            yield line(section, "All demand is served")
        for workload, rows in short.items():
            worst = max(rows, key=lambda row: row["unmet"] / row["demand"])
            share = worst["unmet"] / worst["demand"]
            text = (
                f"in {len(rows)} periods from {rows[0]['period']} to {rows[-1]['period']}; "
                f"worst in {worst['period']}"
                if len(rows) > 1
                else f"in {worst['period']}"
            )
            yield line(section, workload, share, "%", text)


def commitments(
    tables: Tables, plan: Mapping[str, Rows], worlds: Mapping[str, World]
) -> Iterator[dict]:
    """Payments and terms that run past the plan's end; not in the objective."""
    calendar = tables.calendar
    months = calendar.months
    currency = str(tables.setting("currency"))
    for name, world in worlds.items():
        section = "Commitments past the plan's end"
        section += f", scenario {name}" if len(worlds) > 1 else ""
        offers = world.by_name("Offers")
        rent: dict[str, float] = defaultdict(float)
        for row in plan["Orders"]:
            if row["scenario"] != name:
                continue
            offer = offers[row["offer"]]
            ordered = calendar.position(row["order_period"])
            arrival = ordered + world.lead_time(offer, ordered)
            if row["acquisition"] == "buy":
                if arrival >= calendar.count:
                    rest = 1.0 - offer["pay_on_order_pct"]
                    rent[row["offer"]] += row["units"] * row["unit_price"] * rest
                continue
            end = arrival + -(-offer["term_months"] // months)
            beyond = max(end - max(arrival, calendar.count), 0)
            rent[row["offer"]] += row["units"] * row["unit_price"] * months * beyond
        for offer, amount in rent.items():
            if amount > SHORT:
                yield line(section, offer, amount, currency, "terms already agreed")
        stages = {row.key: row for row in world.rows("Programme stages")}
        for row in plan["Programme timeline"]:
            if row["scenario"] == name:
                planned = stages[row["programme"], str(row["stage"])]["cost"]
                start = calendar.position(row["start"])
                left = planned - row["cost"]
                if start >= 0 and left > SHORT:
                    yield line(section, f"{row['programme']} {row['name']}", left, currency)
