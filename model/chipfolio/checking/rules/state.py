"""What happened before the plan: it can have happened, and in that order."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.inputs import FOR_ACCOUNTS, INPUTS, MEASURES
from ...contract.problems import Problem, fold, missing_from, near_match
from ...tables import Row
from .spelling import settled_member
from .view import TOLERANCE, View, item_of, listed, number

SCHEMES = ("Discounts", "Custom rules")
"""Sheets on which several rows share one name."""
STOCKS = ("units_in_service", "power", "served")


def so_far_speaks_of_what_it_knows(view: View) -> Iterator[Problem]:
    """A row of So far names an item of its sheet, a measure of such items, and whose it is."""
    seen: dict[tuple, int] = {}
    for row in view.rows("So far"):
        sheet, measure = row.get("sheet"), row.get("measure")
        if sheet is None or row.get("item") is None:
            continue
        known = {fold(name): name for name in names_on(view, sheet)}
        item = known.get(fold(row["item"]))
        if item is None:
            near = near_match(row["item"], known.values())
            yield view.fault(row, "item", missing_from(sheet, known.values(), near), near)
            continue
        row["item"] = item
        told = {one.name: one for one in MEASURES[sheet]}
        if measure is not None and measure not in told:
            need = f"is not counted for {sheet}: use {', '.join(told)}."
            yield view.fault(row, "measure", need)
            continue
        if measure is None or row.get("amount") is None:
            continue
        yield from whose_it_is(view, row, sheet, item, told[measure].by)
        low, high = told[measure].low, told[measure].high
        if low is not None and row["amount"] < low:
            yield view.fault(row, "amount", f"is below {number(low)}.")
        if high is not None and row["amount"] > high:
            yield view.fault(row, "amount", f"is above {number(high)}.")
        if measure == "set_up" and row["amount"] not in (0.0, 1.0):
            yield view.fault(row, "amount", "is neither 1 (the set-up is paid) nor 0.")
        key = (sheet, item, measure, fold(row.get("member") or ""), row.get("workload"))
        if key in seen:
            need = f"is told in row {seen[key]} already."
            yield view.fault(row, "measure", need)
        seen.setdefault(key, row.number)
        yield from has_a_window_that_is_cut(view, row, sheet, item)


def names_on(view: View, sheet: str) -> list[str]:
    """Names of a sheet's items as So far writes them."""
    if sheet in SCHEMES:
        column = INPUTS[sheet].key[0]
        return [str(row.get(column)) for row in view.rows(sheet) if row.get(column) is not None]
    return [item_of(row) for row in view.rows(sheet)]


def rules_of(view: View, sheet: str, item: str) -> list[Row]:
    """Rows of one name."""
    column = INPUTS[sheet].key[0]
    return [row for row in view.rows(sheet) if row.get(column) == item]


def whose_it_is(
    view: View, row: Row, sheet: str, item: str, by: tuple[str, ...]
) -> Iterator[Problem]:
    """Member and workload stand where the measure is told by them, and nowhere else."""
    rule = rules_of(view, sheet, item)[0] if sheet != "Deal milestones" else {}
    by_work = "workload" in by and rule.get("basis") == "served"
    if row["measure"] != "demand" and rule.get("workload") is not None:
        by_work = False
    if row.get("member") is not None and "member" not in by:
        yield view.fault(row, "member", f"must be blank for {row['measure']}.")
    elif row.get("member") is not None:
        asked = Row({**row, "dimension": rule.get("dimension")}, row.sheet, row.number, row.cells)
        yield from settled_member(view, asked, each=False)
        row["member"] = asked["member"]
    elif row["measure"] == "part":
        yield view.fault(row, "member", "is blank: say whose part it is.")
    if row.get("workload") is not None and not by_work:
        yield view.fault(row, "workload", f"must be blank for {row['measure']} of {item}.")
    elif row.get("workload") is None and by_work:
        yield view.fault(row, "workload", "is blank: say of which workload.")


def has_a_window_that_is_cut(view: View, row: Row, sheet: str, item: str) -> Iterator[Problem]:
    """A rule by period has no window that the plan cuts: nothing so far counts in it."""
    if sheet not in ("Discounts", "Contracts", "Share rules", "Supplier counts", "Budgets"):
        return
    rule = rules_of(view, sheet, item)[0]
    window = rule.get("window")
    if window is None and rule.get("basis") in STOCKS:
        window = "period"
    if window == "period" and (sheet, row["measure"]) not in FOR_ACCOUNTS:
        yield view.fault(row, "item", "holds period by period: nothing so far counts in it.")
    if row["measure"] == "demand" and rule.get("basis") != "served":
        yield view.fault(row, "measure", f"is for basis served only, not {rule.get('basis')}.")


def parts_are_not_above_their_whole(view: View) -> Iterator[Problem]:
    """What the members of a share rule had is no more than what all had together."""
    whole: dict[tuple, float] = {}
    parts: dict[tuple, list[Row]] = {}
    for row in view.rows("So far"):
        if row.get("sheet") != "Share rules" or row.get("amount") is None:
            continue
        key = (row.get("item"), row.get("workload"))
        if row.get("measure") == "whole":
            whole[key] = row["amount"]
        elif row.get("measure") == "part" and row.get("member") is not None:
            parts.setdefault(key, []).append(row)
    for key, rows in parts.items():
        had = sum(row["amount"] for row in rows)
        most = whole.get(key, 0.0)
        if had > most * (1.0 + TOLERANCE) + TOLERANCE:
            who = listed(row.get("member") for row in rows)
            need = f"and the other parts ({who}) come to more than the whole, {number(most)}."
            yield view.fault(rows[-1], "amount", need)


def committed_orders_arrive_after_they_are_placed(view: View) -> Iterator[Problem]:
    """A delivery is not before its order."""
    for row in view.rows("Committed orders"):
        placed, delivered = row.get("order_period"), row.get("delivery_period")
        if placed is not None and delivered is not None and delivered < placed:
            need = f"lies before order_period ({view.label(placed)})."
            yield view.fault(row, "delivery_period", need)


def committed_steps_keep_within_their_project(view: View) -> Iterator[Problem]:
    """Committed steps beyond max_steps leave nothing to start."""
    for name, project in view.named("Site projects").items():
        rows = [row for row in view.rows("Committed steps") if row.get("project") == name]
        most, steps = project.get("max_steps"), sum(row.get("steps") or 0 for row in rows)
        if most is not None and steps > most:
            need = f"and others exceed max_steps of {most}: nothing more can be started."
            yield view.warning(rows[-1], "steps", need)
        for row in rows:
            if (row.get("start_period") or 0) > view.last:
                yield view.warning(row, "start_period", "lies after the plan: it is not used.")


def waiting_work_can_still_be_served(view: View) -> Iterator[Problem]:
    """Work that waits was asked for before the plan, and not too long ago to be served in time."""
    workloads = view.named("Workloads")
    for row in view.rows("Waiting work"):
        asked, workload = row.get("asked_in"), workloads.get(str(row.get("workload")))
        if asked is None or workload is None or not row.get("amount"):
            continue
        waits = workload.get("defer_periods") or 0
        if asked >= 0:
            need = "lies in the plan: what is asked for then stands on Demand."
            yield view.fault(row, "asked_in", need)
        elif asked + waits < 0:
            need = f"is so long ago that defer_periods ({waits}) are over before the plan begins."
            yield view.fault(row, "asked_in", need)


def actuals_are_of_what_they_name(view: View) -> Iterator[Problem]:
    """An actual order says where and when; an actual demand says how much, and stands once."""
    offers, workloads = view.named("Offers"), view.named("Workloads")
    seen: dict[tuple[object, object], int] = {}
    for row in view.rows("Actuals"):
        item, at = row.get("item"), row.get("period")
        if item in workloads and item not in offers:
            for column in ("site", "unit_price", "delivery_period", "paid_pct"):
                if row.get(column) is not None:
                    yield view.fault(row, column, f"must be blank: {item} is a workload.")
            if (item, at) in seen:
                yield view.fault(row, "period", f"is told in row {seen[item, at]} already.")
            seen.setdefault((item, at), row.number)
        delivered = row.get("delivery_period")
        if at is not None and delivered is not None and delivered < at:
            yield view.fault(row, "delivery_period", f"lies before period ({view.label(at)}).")
        offer = offers.get(str(item))
        if offer is not None and offer.get("acquisition") == "cloud" and row.get("site"):
            yield view.warning(row, "site", "is not used: cloud needs no site.")


def what_was_done_was_done_before_the_plan(view: View) -> Iterator[Problem]:
    """Milestones met and software started say so of the past; what is signed says when."""
    deals = view.named("Deals")
    for row in view.rows("Deal milestones"):
        met, deal = row.get("met"), deals.get(str(row.get("deal")))
        if met is not None and met >= 0:
            yield view.fault(row, "met", "lies in the plan, which says itself when it pays.")
        if met is not None and deal is not None and deal.get("signing") != "signed":
            yield view.fault(row, "met", f"is given, but {row.get('deal')} is not signed.")
    for sheet in ("Contracts", "Deals"):
        for row in view.rows(sheet):
            since = row.get("signed_in")
            if since is not None and row.get("signing") in ("optional", "no"):
                yield view.fault(row, "signed_in", "is for what is signed: set signing to signed.")
            elif since is not None and since > view.last:
                yield view.warning(row, "signed_in", "lies after the plan: it is never in force.")
    for row in view.rows("Software"):
        started, finished = row.get("started"), row.get("finished")
        if started is not None and started >= 0:
            need = "lies in the plan: the project is read as fixed to start then."
            yield view.warning(row, "started", need)
        if started is not None and finished is not None:
            yield view.warning(row, "started", "is not used: finished says more.")
        required = view.named("Software").get(str(row.get("requires")))
        if started is not None and finished is None and required is not None:
            done = required.get("finished")
            if done is None and required.get("started") is not None:
                done = required.get("started") + (required.get("duration") or 1) - 1
            if done is None or done >= started:
                need = f"is given, but {row.get('requires')}, which it requires, is not finished."
                yield view.fault(row, "started", need)
