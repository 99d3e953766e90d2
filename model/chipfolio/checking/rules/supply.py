"""Chips and offers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...contract.inputs import INPUTS
from ...contract.problems import Problem
from ...tables import Row
from ..cells import LARGEST_NUMBER
from .view import TOLERANCE, View, covers, listed, number


def bought_chips_state_their_loss_of_value(view: View) -> Iterator[Problem]:
    """A chip that is bought states value_loss_per_year where terminal_value is yes."""
    if not view.tables.settings.get("terminal_value"):
        return
    for row in view.rows("Chips"):
        by = bought_by(view, str(row.get("chip")))
        if by and row.get("value_loss_per_year") is None and view.blank(row, "value_loss_per_year"):
            need = f"is blank: {by} buys this chip and terminal_value is yes, so it needs one."
            yield view.fault(row, "value_loss_per_year", need)


def bought_by(view: View, chip: str) -> str:
    """What buys a chip, in words; empty where nothing does."""
    for row in view.rows("Offers"):
        if row.get("chip") == chip and row.get("acquisition") == "buy":
            return f"offer {row.get('offer')}"
    for row in view.rows("Fleet"):
        if row.get("chip") == chip and row.get("acquisition") == "buy":
            return "the Fleet"
    return ""


def chips_that_stand_with_us_draw_power(view: View) -> Iterator[Problem]:
    """A chip without power_kw draws none, which is odd unless it is only rented as cloud."""
    for row in view.rows("Chips"):
        if not view.blank(row, "power_kw"):
            continue
        if ways_to(view, str(row.get("chip"))) != {"cloud"}:
            yield view.warning(row, "power_kw", "is blank: the chip is read as drawing no power.")


def ways_to(view: View, chip: str) -> set[object]:
    """The ways in which a chip is got: buy, lease, cloud."""
    return {
        row.get("acquisition")
        for sheet in ("Offers", "Fleet")
        for row in view.rows(sheet)
        if row.get("chip") == chip
    }


def resale_rests_on_a_loss_of_value(view: View) -> Iterator[Problem]:
    """A resale price is a share of what is left of the value, so the loss of value is stated."""
    for row in view.rows("Chips"):
        if row.get("resale_pct") is None or not view.blank(row, "value_loss_per_year"):
            continue
        if view.tables.settings.get("terminal_value") and bought_by(view, str(row.get("chip"))):
            continue  # a fault already
        need = "is given without value_loss_per_year: the chip is read as losing no value."
        yield view.warning(row, "resale_pct", need)


def rentals_have_a_term(view: View) -> Iterator[Problem]:
    """A lease or a cloud offer states its term; a purchase has none."""
    for row in view.rows("Offers"):
        acquisition = row.get("acquisition")
        if acquisition in ("lease", "cloud") and view.blank(row, "term_months"):
            yield view.fault(row, "term_months", f"is blank: a {acquisition} needs its term.")
        if acquisition == "buy" and not view.blank(row, "term_months"):
            yield view.warning(row, "term_months", "is not used: a purchase has no term.")


def only_purchases_are_paid_on_order(view: View) -> Iterator[Problem]:
    """Leases and clouds are paid month by month, so nothing is paid on order."""
    for row in view.rows("Offers"):
        if row.get("acquisition") in ("lease", "cloud") and row.get("pay_on_order_pct"):
            need = "is for purchases only: leases and clouds are paid month by month."
            yield view.fault(row, "pay_on_order_pct", need)


def orders_can_reach_their_minimum(view: View) -> Iterator[Problem]:
    """min_order is not above max_order, max_in_service or total_limit."""
    for row in view.rows("Offers"):
        name = str(row.get("offer"))
        least = view.over_time(row, "min_order")
        first, last = view.window_of(row, "first_order", "last_order")
        ats = [at for at in range(first, last + 1) if at < len(least) and least[at]]
        if not ats:
            continue
        limits = {"max_order": view.over_time(row, "max_order")}
        limits["max_in_service"] = quota_at_arrival(view, row)
        for column, most in limits.items():
            bad = [at for at in ats if most[at] and least[at] > most[at] * (1 + TOLERANCE)]
            opens = [at for at in ats if most[at] is None or most[at]]
            if not bad or (column == "max_order" and extra_supply(view, row)):
                continue
            if len(bad) == len(opens):
                need = f"is above {column} ({number(most[bad[0]])})."
                rests_on = (column, "lead_time") if column == "max_in_service" else (column,)
                severity = view.impossible("Offers", name, "min_order", *rests_on)
                yield view.problem(row, "min_order", need, severity=severity)
            else:
                when = listed(map(view.label, bad))
                need = f"is above {column} in {when}: no orders there."
                if column == "max_in_service" and row.get("lead_time"):
                    need = f"is above {column} when orders of {when} arrive: no orders then."
                yield view.warning(row, "min_order", need)
        total = row.get("total_limit")
        smallest = min(least[at] for at in ats)
        if total and smallest > total * (1 + TOLERANCE):
            severity = view.impossible("Offers", name, "min_order")
            need = f"is above total_limit ({number(total)})."
            yield view.problem(row, "min_order", need, severity=severity)


def quota_at_arrival(view: View, offer: Row) -> list[float | None]:
    """Most units in service when orders of each period arrive; none past the plan's end."""
    quota, lead = view.over_time(offer, "max_in_service"), offer.get("lead_time") or 0
    return [quota[at + lead] if at + lead <= view.last else 0.0 for at in range(len(quota))]


def extra_supply(view: View, offer: Row) -> float:
    """Units per period that contracts in force may add to an offer's limit."""
    return sum(
        row.get("extra_supply") or 0.0 for row in view.active("Contracts") if covers(row, offer)
    )


def limits_are_whole_lots(view: View) -> Iterator[Problem]:
    """A limit on orders that is no multiple of the lot can never be reached."""
    for row in view.rows("Offers"):
        lot = row.get("lot_size")
        if not lot:
            continue
        limits = {name: view.over_time(row, name) for name in ("max_order", "max_in_service")}
        limits["total_limit"] = [row.get("total_limit")]
        for column, path in limits.items():
            odd = (most for most in path if most is not None and not whole(most / lot))
            most = next(odd, None)
            if most is not None:
                reach = math.floor(most / lot + TOLERANCE) * lot
                need = f"is no multiple of the lot of {number(lot)}: at most {number(reach)} fit."
                if row.get(column) != most:
                    need = f"becomes {number(most)}, which {need}"
                yield view.warning(row, column, need)


def whole(value: float) -> bool:
    """Whether a number is whole, but for rounding."""
    return abs(value - round(value)) <= TOLERANCE * max(1.0, abs(value))


def orders_arrive_within_the_plan(view: View) -> Iterator[Problem]:
    """Some order of an offer can arrive before the plan ends."""
    for row in view.rows("Offers"):
        lead, first = row.get("lead_time"), max(0, row.get("first_order") or 0)
        if lead is None or view.moved("Offers", str(row.get("offer")), "lead_time"):
            continue
        if first <= view.last < first + lead:
            need = f"is so long that no order arrives by {view.label(view.last)}: it is never used."
            yield view.warning(row, "lead_time", need)


def offers_find_a_site(view: View) -> Iterator[Problem]:
    """An offer's units have a site that suits them; cloud needs none."""
    for row in view.rows("Offers"):
        if row.get("acquisition") == "cloud":
            if row.get("sites"):
                yield view.warning(row, "sites", "is not used: cloud needs no site.")
        elif row.get("acquisition") and view.rows("Sites") and not view.open_sites(row):
            chip = view.named("Chips").get(str(row.get("chip")))
            cooling = chip.get("cooling") if chip else ""
            need = f"no site that it may stand at offers {cooling} cooling: it is never used."
            yield view.warning(row, "sites", need)


def prices_stay_finite(view: View) -> Iterator[Problem]:
    """A value that grows by the year stays a number that can be reckoned with."""
    for sheet, column in (("Offers", "price"), ("Sites", "energy_price")):
        growth = INPUTS[sheet].column(column).moved_by
        for row in view.rows(sheet):
            highest = max((value or 0.0 for value in view.over_time(row, column)), default=0.0)
            if highest > LARGEST_NUMBER:
                need = f"makes {column} grow beyond {LARGEST_NUMBER:g} within the plan."
                yield view.fault(row, growth, need)
