"""Rules of control: shares, counts, custom rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...contract.dimensions import DIMENSIONS, PLACE_DIMENSIONS
from ...contract.problems import Problem
from ...tables import Row
from .places import draw
from .view import TOLERANCE, Standing, View, listed, percent


def least_shares_fit_into_the_whole(view: View) -> Iterator[Problem]:
    """Least shares of one whole add up to no more than all of it."""
    for row in view.active("Share rules"):
        if row.get("member") != "each" or row.get("dimension") is None:
            continue
        count = len(reachable(view, row.get("dimension")))
        low, high = row.get("min_pct"), row.get("max_pct")
        if low is not None and count * low > 1 + TOLERANCE:
            need = f"for each of {count} makes {percent(count * low)}: more than the whole."
            yield view.problem(row, "min_pct", need, severity=binding(row))
        if high is not None and count * high < 1 - TOLERANCE:
            need = f"for each of {count} makes {percent(count * high)}: less than the whole."
            yield view.warning(row, "max_pct", need)
    for rows in same_whole(view).values():
        for at in view.calendar.positions:
            here = [row for row in rows if view.window_of(row)[0] <= at <= view.window_of(row)[1]]
            floors: dict[object, float] = {}
            for row in here:
                member = row.get("member")
                if member in reachable(view, row.get("dimension")):
                    floors[member] = max(floors.get(member, 0.0), row.get("min_pct") or 0.0)
            if len(floors) > 1 and sum(floors.values()) > 1 + TOLERANCE:
                names = listed(row.get("rule") for row in here)
                total = percent(sum(floors.values()))
                need = f"and those of {names} add up to {total} in {view.label(at)}."
                yield view.fault(here[-1], "min_pct", need)
                break


def reachable(view: View, dimension: str) -> set[object]:
    """The names of a dimension that an offer or today's units can belong to."""
    if dimension in PLACE_DIMENSIONS:
        return set(view.members(dimension).values())
    found = {member_of(view, offer, dimension) for offer in view.rows("Offers")}
    return (found | {member_of(view, one.known, dimension) for one in view.standing}) - {None}


def same_whole(view: View) -> dict[tuple[object, ...], list[Row]]:
    """Hard least shares of named members, by the whole that they are shares of."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in view.active("Share rules"):
        named = row.get("member") not in (None, "each") and row.get("min_pct")
        if named and row.get("applies_if") is None and row.get("penalty") is None:
            key = tuple(row.get(name) for name in ("dimension", "basis", "workload", "window"))
            found.setdefault(key, []).append(row)
    return found


def binding(row: Row) -> str:
    """Severity of a rule that cannot hold: a fault where it is hard and unconditional."""
    soft = row.get("penalty") is not None or row.get("applies_if") is not None
    return "warning" if soft else "fault"


def todays_fleet_keeps_the_shares(view: View) -> Iterator[Problem]:
    """A share rule on units or power, from the first period on, is kept by what stands today."""
    today = [one for one in view.standing if one.first <= 0 <= one.last]
    for row in view.active("Share rules"):
        dimension, basis = row.get("dimension"), row.get("basis")
        if (
            basis not in ("units_in_service", "power")
            or (row.get("window") or "period") != "period"
        ):
            continue
        if dimension is None or row.get("member") is None or view.window_of(row)[0] > 0:
            continue
        whole_amount = sum(amount(view, one, basis) for one in today)
        if whole_amount <= 0:
            continue
        members = [row.get("member")]
        if members == ["each"]:
            held = reachable(view, dimension)
            members = [name for name in view.members(dimension).values() if name in held]
        for member in members:
            own = [one for one in today if member_of(view, one.known, dimension) == member]
            share = sum(amount(view, one, basis) for one in own) / whole_amount
            low, high = row.get("min_pct"), row.get("max_pct")
            column = ""
            if low is not None and share < low - TOLERANCE:
                column, bound = "min_pct", f"below {percent(low)}"
            elif high is not None and share > high + TOLERANCE:
                column, bound = "max_pct", f"above {percent(high)}"
            if column:
                need = f"is broken by what stands today: {member} has {percent(share)}, {bound}."
                yield view.warning(row, column, need)
                break


def amount(view: View, standing: Standing, basis: str) -> float:
    """What units count for in a share of units or of power."""
    if basis == "units_in_service":
        return standing.units
    site = view.named("Sites").get(str(standing.site))
    if site is None or standing.acquisition == "cloud":
        return 0.0
    return draw(standing) * (view.over_time(site, "pue")[0] or 1.0)


def member_of(view: View, known: Mapping[str, object], dimension: str) -> object:
    """The member of a dimension to which units belong; None where to none.

    ``known`` says of them what there is of chip, offer, acquisition and site: a row of Offers does.
    """
    way = DIMENSIONS[dimension]
    found = known.get(way.start)
    for sheet, column in way.steps:
        row = view.named(sheet).get(str(found))
        found = row.get(column) if row else None
    return found


def rules_rest_on_what_can_be_signed(view: View) -> Iterator[Problem]:
    """A rule that applies if something is signed rests on something that can be signed."""
    deals, contracts = view.named("Deals"), view.named("Contracts")
    for row in view.active("Share rules"):
        name = str(row.get("applies_if"))
        off = name in deals and deals[name].get("signing") == "no"
        if off or (name in contracts and contracts[name].get("active") is False):
            yield view.warning(row, "applies_if", "is switched off: this rule is never in force.")


def counts_can_be_reached(view: View) -> Iterator[Problem]:
    """A least number of suppliers is not above the number that there are."""
    for row in view.active("Supplier counts"):
        dimension, least = row.get("dimension"), row.get("min_count")
        if dimension is None or not least or not view.complete(("Offers", "chip")):
            continue
        there = reachable(view, dimension)
        if least > len(there):
            names = listed(sorted(map(str, there)))
            need = f"is above the {len(there)} that there are ({names})."
            told = view.tells("Supplier counts", str(row.get("rule")))
            severity = "warning" if told else binding(row)
            yield view.problem(row, "min_count", need, severity=severity)
        share = row.get("active_if_pct")
        if share is not None and least * share > 1 + TOLERANCE:
            need = f"times active_if_pct is {percent(least * share)}: more than all spend."
            yield view.problem(row, "min_count", need, severity=binding(row))


def rows_of_a_custom_rule_agree(view: View) -> Iterator[Problem]:
    """sense, limit and penalty stand in one row of a custom rule, or are equal in all."""
    for name, rows in view.groups("Custom rules", "rule").items():
        for column in ("sense", "limit", "penalty"):
            given = [row for row in rows if row.get(column) is not None]
            for row in given[1:]:
                if row.get(column) != given[0].get(column):
                    first = given[0].cell(column)
                    yield view.fault(row, column, f"differs from {first}: {name} has one {column}.")
            unread = any(not view.blank(row, column) for row in rows)
            if not given and column != "penalty" and not unread:
                yield view.fault(rows[0], column, f"is blank in all rows of {name}: it needs one.")
        for column in ("window", "active"):
            for row in rows[1:]:
                if row.get(column) != rows[0].get(column):
                    first = rows[0].cell(column)
                    need = f"differs from {first}: all rows of {name} share one {column}."
                    yield view.fault(row, column, need)
        if all(row.get("coefficient") == 0 for row in rows):
            yield view.warning(
                rows[0], "coefficient", f"is 0 in all rows of {name}: it binds nothing."
            )
