"""Sites, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.problems import Problem
from ...tables import Row
from .sizes import in_watts
from .view import KW_PER_MW, TOLERANCE, Standing, View, listed, number


def things_that_need_a_place_have_sites(view: View) -> Iterator[Problem]:
    """Sheet Sites has rows as soon as something bought, leased or owned needs a place."""
    if view.rows("Sites"):
        return
    for sheet, column in (("Offers", "offer"), ("Fleet", "chip")):
        for row in view.rows(sheet):
            acquisition = row.get("acquisition")
            if acquisition in ("buy", "lease"):
                need = f"needs a place ({acquisition}): add the sheet Sites with at least one site."
                yield view.fault(row, column, need)
                return


def fleet_stands_where_it_can(view: View) -> Iterator[Problem]:
    """Owned and leased units stand at a site whose cooling suits them; cloud units at none."""
    chips, sites = view.named("Chips"), view.named("Sites")
    for row in view.rows("Fleet"):
        if row.get("acquisition") == "cloud":
            if row.get("site") is not None:
                yield view.fault(row, "site", "must be blank: cloud stands at no site of ours.")
            continue
        if view.blank(row, "site") and view.rows("Sites"):
            yield view.fault(row, "site", "is blank: owned and leased units stand at a site.")
        chip, site = chips.get(str(row.get("chip"))), sites.get(str(row.get("site")))
        if chip is not None and site is not None and not view.suits(chip, site):
            yield view.fault(row, "site", cooling_need(chip, site))


def cooling_need(chip: Row, site: Row) -> str:
    """The sentence on a site that cannot cool a chip."""
    return (
        f"offers {site.get('cooling')} cooling, but {chip.get('chip')} needs "
        f"{chip.get('cooling')} cooling."
    )


def committed_orders_stand_where_they_can(view: View) -> Iterator[Problem]:
    """Committed purchases and leases go to a site that suits them."""
    offers, sites = view.named("Offers"), view.named("Sites")
    for row in view.rows("Committed orders"):
        offer = offers.get(str(row.get("offer")))
        if offer is None or not row.get("units"):
            continue
        chip = view.named("Chips").get(str(offer.get("chip")))
        site = sites.get(str(row.get("site")))
        if offer.get("acquisition") == "cloud":
            if site is not None:
                yield view.warning(row, "site", "is not used: cloud needs no site.")
        elif site is not None:
            if chip is not None and not view.suits(chip, site):
                yield view.fault(row, "site", cooling_need(chip, site))
            allowed = offer.get("sites")
            if allowed and site.get("site") not in allowed:
                need = f"is no site of offer {offer.get('offer')} ({listed(allowed)})."
                yield view.fault(row, "site", need)
        elif view.blank(row, "site") and view.rows("Sites") and not view.open_sites(offer):
            yield view.fault(row, "offer", "has no site that suits it, yet its units must stand.")


def sites_can_power_what_stands_there(view: View) -> Iterator[Problem]:
    """A site can power its fleet and the orders on their way to it, in every period."""
    for name, site in view.named("Sites").items():
        there = [one for one in view.standing if one.site == name and one.acquisition != "cloud"]
        if not there:
            continue
        limits, pues = view.over_time(site, "power_mw"), view.over_time(site, "pue")
        severity = view.impossible("Sites", name, "power_mw", "pue")
        for at in view.calendar.positions:
            if limits[at] is None or pues[at] is None:
                break
            power = limits[at] + step_power(view, name, at)
            here = [one for one in there if one.first <= at <= one.last]
            drawn = sum(draw(one) for one in here) * pues[at]
            kept = sum(draw(one) for one in here if not one.sellable) * pues[at]
            if drawn <= power * (1 + TOLERANCE) + TOLERANCE:
                continue
            fixed = kept > power * (1 + TOLERANCE) + TOLERANCE
            worst = max(here, key=draw)
            need = f"draw {number(drawn)} MW with all that stands at {name} in {view.label(at)}, "
            need += f"which has {number(power)} MW" + ("." if fixed else ": some must be sold.")
            if in_watts(worst.chip):  # told at the chip: that is where the slip is
                power_kw = worst.chip.get("power_kw")
                need = f"makes {worst.row.get('chip') or worst.chip.get('chip')} at {name} {need}"
                need += f" {number(power_kw)} W are {number(power_kw / KW_PER_MW)} kW."
                yield view.problem(worst.chip, "power_kw", need)
                break
            grave = severity if fixed and surely_there(view, worst) else "warning"
            yield view.problem(worst.row, "units", need, severity=grave)
            break


def chips_are_in_kilowatts(view: View) -> Iterator[Problem]:
    """A chip's power is in kW; where a site cannot power it, that is told as a fault already."""
    chips = [row for row in view.rows("Chips") if in_watts(row)]
    told = {one.cell for one in sites_can_power_what_stands_there(view)} if chips else set()
    for row in chips:
        if row.cell("power_kw") not in told:
            power = row.get("power_kw")
            need = f"is in kW, and more than any unit draws: {number(power)} W are "
            yield view.warning(row, "power_kw", f"{need}{number(power / 1000)} kW.")


def surely_there(view: View, standing: Standing) -> bool:
    """Whether no scenario moves the arrival of units."""
    row = standing.row
    return row.sheet == "Fleet" or not view.moved("Offers", str(row.get("offer")), "lead_time")


def draw(standing: Standing) -> float:
    """Power that units draw before PUE, in MW."""
    return standing.units * (standing.chip.get("power_kw") or 0.0) / KW_PER_MW


def step_power(view: View, site: str, at: int) -> float:
    """Most power that a site's projects can have added by a period, in MW."""
    power = 0.0
    for row in view.rows("Site projects"):
        if row.get("site") != site:
            continue
        first, last = view.window_of(row, "first_start", "last_start")
        starts = max(0, min(last, at - (row.get("lead_time") or 0)) - first + 1)
        steps = row.get("max_steps") or 0
        if row.get("max_steps_per_period") is not None:
            steps = min(steps, starts * row.get("max_steps_per_period"))
        power += (row.get("step_mw") or 0.0) * (steps if starts else 0)
        ready = at - (row.get("lead_time") or 0)
        for step in view.rows("Committed steps"):
            begun = step.get("start_period")
            if step.get("project") == row.get("project") and begun is not None and begun <= ready:
                power += (row.get("step_mw") or 0.0) * (step.get("steps") or 0)
    return power


def site_projects_end_within_the_plan(view: View) -> Iterator[Problem]:
    """A step of a site project can be finished before the plan ends."""
    for row in view.rows("Site projects"):
        lead, first = row.get("lead_time") or 0, max(0, row.get("first_start") or 0)
        if first <= view.last < first + lead:
            need = f"is so long that no step is finished by {view.label(view.last)}."
            yield view.warning(row, "lead_time", need)
