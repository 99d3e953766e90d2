"""What we have: the fleet and committed orders."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.problems import Problem
from .view import TOLERANCE, View, number


def fleet_serves_in_the_plan(view: View) -> Iterator[Problem]:
    """Fleet rows speak of units that are in service today, and rented ones of their term."""
    chips = view.named("Chips")
    for row in view.rows("Fleet"):
        since, until = row.get("in_service_since"), row.get("until")
        if since is not None and since > view.last:
            need = "lies after the plan: it is not used."
            yield view.warning(row, "in_service_since", need)
        elif since is not None and since > 0:
            need = (
                "lies after the plan's first period: what still comes stands on Committed orders."
            )
            yield view.warning(row, "in_service_since", need)
        if row.get("acquisition") == "buy":
            for column in ("until", "price_per_month"):
                if row.get(column):
                    yield view.warning(row, column, "is not used: these units are owned.")
            chip = chips.get(str(row.get("chip")))
            if chip is not None and since is not None:
                last = view.leaves(chip, "buy", since, None)
                if last < 0:
                    need = f"is so long ago that their life ended in {view.label(last)}: not used."
                    yield view.warning(row, "in_service_since", need)
            continue
        if view.blank(row, "until"):
            need = f"is blank: say in which period the {row.get('acquisition')} ends."
            yield view.fault(row, "until", need)
        elif until is not None and since is not None and until < since:
            need = f"lies before in_service_since ({view.label(since)})."
            yield view.fault(row, "until", need)
        elif until is not None and until < 0:
            yield view.warning(row, "until", "lies before the plan: the units serve nothing.")


def committed_orders_keep_within_limits(view: View) -> Iterator[Problem]:
    """Committed orders that exceed a limit of their offer leave nothing to order beside them."""
    for name, offer in view.named("Offers").items():
        rows = [row for row in view.rows("Committed orders") if row.get("offer") == name]
        most = view.over_time(offer, "max_order")
        placed: dict[int, float] = {}
        for row in rows:
            at = row.get("order_period")
            if at is None:
                continue
            if at > view.last:
                yield view.warning(row, "order_period", "lies after the plan: it is not used.")
                continue
            if offer.get("acquisition") in ("lease", "cloud") and row.get("paid_pct"):
                need = "is odd for a rental, which is paid month by month."
                yield view.warning(row, "paid_pct", need)
            if at < 0:
                continue
            placed[at] = placed.get(at, 0.0) + (row.get("units") or 0.0)
            if most[at] is not None and placed[at] > most[at] * (1 + TOLERANCE):
                need = (
                    f"exceed max_order of {number(most[at])} in {view.label(at)}: nothing can be "
                )
                yield view.warning(row, "units", need + "ordered beside them.")
        total = offer.get("total_limit")
        if total is not None and sum(placed.values()) > total * (1 + TOLERANCE):
            need = f"and others exceed total_limit of {number(total)}: nothing more can be ordered."
            yield view.warning(rows[-1], "units", need)
