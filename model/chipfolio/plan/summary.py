"""What a board reads first: a page of sentences and numbers over a plan's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ..contract.lines import CASH_LINES
from ..contract.outputs import unproven
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
    rows = list(outcome(tables, worlds, result))
    rows += by_scenario(tables, plan, worlds)
    rows += orders(tables, plan, worlds)
    rows += starts(tables, plan, weights)
    rows += cash(tables, plan, weights)
    rows += bridge(tables, plan, weights, result)
    rows += broken(tables, plan, weights)
    rows += vendors(plan, weights)
    rows += programmes(plan, worlds)
    rows += shortfalls(plan, worlds)
    rows += commitments(tables, plan, worlds, weights)
    return rows


def outcome(
    tables: Tables, worlds: Mapping[str, World], result: Mapping[str, object]
) -> Iterator[dict]:
    """Total cost and how well it is proven."""
    currency = str(tables.setting("currency"))
    section = "Result"
    objective, bound, gap = result["objective"], result["bound"], result["gap"]
    calendar = tables.calendar
    horizon = f"{calendar.label(0)} to {calendar.label(calendar.count - 1)}"
    alone = (
        f", scenario {next(iter(worlds))} alone" if tables.scenarios and len(worlds) == 1 else ""
    )
    yield line(section, "Plan", text=f"{tables.setting('plan_name')}, {horizon}{alone}")
    yield line(section, "Total discounted cost", objective, currency)
    if result["status"] == "optimal":
        yield line(section, "Proof", text="proven within the target gap")
    else:
        yield line(section, "Proof", text=f"NOT PROVEN: {unproven(str(result['ended']))}")
    if bound is not None:
        yield line(section, "No plan can cost less than", bound, currency)
        yield line(section, "Gap", gap, "%")
        yield line(section, "Gap in money", max(objective - bound, 0.0), currency)


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
        text += f"; {short(abs(apart))} {currency} {'above' if apart > 0 else 'below'} the mean"
        yield line("Cost by scenario", row["scenario"], row["total"], currency, text)


def listed(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def short(amount: float) -> str:
    """An amount in a sentence."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(amount) >= size:
            return f"{amount / size:,.1f} {word}"
    return f"{amount:,.0f}"


def alike(amounts: Mapping[str, float]) -> dict[float, list[str]]:
    """Scenarios by their amount, those with the same together."""
    found: dict[float, list[str]] = {}
    for name, amount in amounts.items():
        same = next((at for at in found if abs(at - amount) <= SHORT * max(abs(at), 1.0)), amount)
        found.setdefault(same, []).append(name)
    return found


def orders(tables: Tables, plan: Mapping[str, Rows], worlds: Mapping[str, World]) -> Iterator[dict]:
    """What to order in the first periods, over sites: first what all scenarios share."""
    for at in range(min(NEXT_PERIODS, tables.calendar.count)):
        period = tables.calendar.label(at)
        found: dict[tuple[str, str, str], dict[str, list[float]]] = {}
        for row in plan["Orders"]:
            if row["order_period"] == period:
                key = str(row["offer"]), str(row["seller"]), str(row["chip"])
                entry = found.setdefault(key, {name: [0.0, 0.0] for name in worlds})
                entry[row["scenario"]][0] += row["units"]
                entry[row["scenario"]][1] += row["spend"]
        yield from in_period(f"Order in {period}", found, str(tables.setting("currency")))


def in_period(
    section: str, found: Mapping[tuple[str, str, str], Mapping[str, list[float]]], currency: str
) -> Iterator[dict]:
    """Orders of one period: those common to all scenarios, then the others by scenario."""
    if not found:
        yield line(section, "Nothing to order")
    apart = []
    for (offer, seller, chip), entry in found.items():
        groups = alike({name: units for name, (units, _) in entry.items()})
        for units, names in groups.items():
            text = f"{chip} from {seller}, {entry[names[0]][1]:,.0f} {currency}"
            if len(groups) > 1:
                text = f"if {listed(names)}: {text if units else 'none'}"
                apart.append(line(f"{section}, by scenario", offer, units, "units", text))
            else:
                everywhere = ", the same in every scenario" if len(entry) > 1 else ""
                yield line(f"{section}{everywhere}", offer, units, "units", text)
    yield from apart


def starts(
    tables: Tables, plan: Mapping[str, Rows], weights: Mapping[str, float]
) -> Iterator[dict]:
    """Stages, software projects and steps of sites that start in the first periods, and their mean
    cost.
    """
    currency = str(tables.setting("currency"))
    soon = tables.calendar.labels[:NEXT_PERIODS]
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for row in plan["Programme timeline"]:
        text = f"stage {row['stage']} {row['name']}"
        found[row["start"], row["programme"], text][row["scenario"]] = row["cost"]
    for row in plan["Software timeline"]:
        found[row["start"], row["project"], "software project"][row["scenario"]] = row["cost"]
    for row in plan["Site steps"]:
        if row.get("row") is not None:
            continue
        text = f"{row['steps']:g} step{'s' if row['steps'] > 1 else ''} at {row['site']}"
        text += f", {row['mw']:g} MW"
        found[row["start"], row["project"], text][row["scenario"]] = row["cost"]
    soonest = sorted((key for key in found if key[0] in soon), key=lambda key: soon.index(key[0]))
    for key in soonest:
        (period, name, text), costs = key, found[key]
        if len(costs) < len(weights):
            text = f"if {listed(costs)}: {text}"
        mean = sum(weights[case] * cost for case, cost in costs.items())
        mean /= sum(weights[case] for case in costs)
        yield line(f"Start in {period}", name, mean, currency, text + spread(costs, currency))


def spread(amounts: Mapping[str, float], currency: str) -> str:
    """From which to which scenario an amount runs; nothing where it is the same in all."""
    if len(alike(amounts)) < 2:
        return ""
    low = min(amounts, key=lambda name: amounts[name])
    high = max(amounts, key=lambda name: amounts[name])
    least, most = short(amounts[low]), short(amounts[high])
    return f"; from {least} {currency} ({low}) to {most} {currency} ({high})"


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
    for name, amount in values.items():
        yield line(section, name, amount, currency, "no cash; discounted")
    if len(weights) > 1 and tables.setting("tail_weight"):
        mean = cash + sum(values.values())
        tail = f"{100.0 * tables.setting('tail_probability'):.6g}%"
        text = f"beyond the mean of {mean:,.0f} {currency}"
        yield line(
            section, f"Weight of the worst {tail}", result["objective"] - mean, currency, text
        )
    yield line(section, "Total discounted cost", result["objective"], currency)


def broken(
    tables: Tables, plan: Mapping[str, Rows], weights: Mapping[str, float]
) -> Iterator[dict]:
    """Rules that the plan breaks at their price: what that costs, undiscounted, the worst first."""
    currency = str(tables.setting("currency"))
    found: dict[str, Rows] = defaultdict(list)
    for row in plan["Rules"]:
        if row["penalty"] > 0.0 and row["violation"] > SHORT * max(abs(row["limit"]), SHORT):
            found[row["rule"]].append(row)
    for rule, rows in found.items():
        worst = max(rows, key=lambda row: row["violation"])
        amounts = {"Share rules": "{:.1%}", "Budgets": "{:,.0f} " + currency}
        form = amounts.get(worst["sheet"], "{:,.6g}")
        bound = {"<=": "at most", ">=": "at least", "=": "exactly"}[worst["sense"]]
        level, limit = form.format(worst["level"]), form.format(worst["limit"])
        text = f"undiscounted; {level} in {worst['window']}, where it asks for {bound} {limit}"
        others = len({row["window"] for row in rows}) - 1
        if others:
            text += f"; broken in {others} more window{'s' if others > 1 else ''}"
        price = sum(row["penalty"] * weights[row["scenario"]] for row in rows)
        yield line("Rules broken at their price", rule, price, currency, text)


def vendors(plan: Mapping[str, Rows], weights: Mapping[str, float]) -> Iterator[dict]:
    """Share of order spend and of served work by vendor, over the plan, against its limit.

    Where the limit holds in other windows, the one nearest to it is told.
    """
    for basis, words in (("order_spend", "of order spend"), ("served", "of work served")):
        found: dict[str, float] = defaultdict(float)
        limited: dict[str, Rows] = defaultdict(list)
        for row in plan["Vendor split"]:
            if row["dimension"] != "vendor" or row["basis"] != basis:
                continue
            if row["window"] == "plan":
                found[row["member"]] += row["share"] * weights[row["scenario"]]
            if row["limit"] is not None:
                limited[row["member"]].append(row)
        for member, share in found.items():
            text = ""
            if limited[member]:
                limits = [row["limit"] for row in limited[member]]
                low, high = min(limits), max(limits)
                text = f"limit {high:.0%}" + (f" falling to {low:.0%}" if low < high else "")
                near = min(limited[member], key=lambda row: row["limit"] - row["share"])
                if near["window"] != "plan":
                    over = near["share"] > near["limit"] * (1.0 + SHORT)
                    where = f"{'most above' if over else 'nearest to'} it in {near['window']}"
                    text += f"; {where}: {near['share']:.1%}, where {near['limit']:.0%} is the most"
            yield line(f"Vendor share {words}, whole plan", member, share, "%", text)


def programmes(plan: Mapping[str, Rows], worlds: Mapping[str, World]) -> Iterator[dict]:
    """What becomes of each programme; by scenario where the scenarios differ."""
    names = next(iter(worlds.values())).tables.names("Programmes")
    for programme in names:
        fates = {case: fate(plan, world, case, programme) for case, world in worlds.items()}
        if len(set(fates.values())) == 1:
            cost, words = next(iter(fates.values()))
            everywhere = "in every scenario: " if len(worlds) > 1 else ""
            yield line("Own silicon", programme, cost, "", everywhere + words)
    for programme in names:
        fates = {case: fate(plan, world, case, programme) for case, world in worlds.items()}
        if len(set(fates.values())) > 1:
            for case, (cost, words) in fates.items():
                yield line(f"Own silicon by scenario: {programme}", case, cost, "", words)


def fate(
    plan: Mapping[str, Rows], world: World, scenario: str, programme: str
) -> tuple[float | None, str]:
    """Cost of a programme in a scenario and when its stages are under way."""
    stages = [row for row in world.rows("Programme stages") if row["programme"] == programme]
    rows = [
        row
        for row in plan["Programme timeline"]
        if row["scenario"] == scenario and row["programme"] == programme
    ]
    if not rows:
        return None, "not started" if stages else "ready"
    words = "; ".join(
        f"{row['name']} {row['start']}–{row['end'] or 'never finished'}" for row in rows
    )
    if len(rows) < len(stages):
        words += "; then no further"
    return sum(row["cost"] for row in rows), words


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
                f"at worst, in {worst['period']}; "
                f"some in {len(rows)} periods from {rows[0]['period']} to {rows[-1]['period']}"
                if len(rows) > 1
                else f"in {worst['period']}"
            )
            yield line(section, workload, share, "%", text)


def commitments(
    tables: Tables,
    plan: Mapping[str, Rows],
    worlds: Mapping[str, World],
    weights: Mapping[str, float],
) -> Iterator[dict]:
    """Payments and terms that run past the plan's end, the mean; not in the objective."""
    currency = str(tables.setting("currency"))
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name, world in worlds.items():
        for item, amount, text in commitments_of(plan, name, world):
            entry = found.setdefault((item, text), dict.fromkeys(worlds, 0.0))
            entry[name] += amount
    section = "Commitments past the plan's end" + (" (mean)" if len(worlds) > 1 else "")
    for (item, text), amounts in found.items():
        mean = sum(weights[name] * amount for name, amount in amounts.items())
        text = (text + spread(amounts, currency)).removeprefix("; ")
        yield line(section, item, mean, currency, text)


def commitments_of(
    plan: Mapping[str, Rows], name: str, world: World
) -> Iterator[tuple[str, float, str]]:
    """Those of one scenario: offer or stage, amount, words."""
    calendar = world.calendar
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
        end = arrival + -(-offer["term_months"] // calendar.months)
        beyond = max(end - max(arrival, calendar.count), 0)
        rent[row["offer"]] += row["units"] * row["unit_price"] * calendar.months * beyond
    for offer, amount in rent.items():
        if amount > SHORT:
            yield offer, amount, "from orders in this plan, not in its cost"
    stages = {row.key: row for row in world.rows("Programme stages")}
    for row in plan["Programme timeline"]:
        if row["scenario"] == name:
            planned = stages[row["programme"], str(row["stage"])]["cost"]
            left = planned - row["cost"]
            if calendar.position(row["start"]) >= 0 and left > SHORT:
                yield f"{row['programme']} {row['name']}", left, ""
