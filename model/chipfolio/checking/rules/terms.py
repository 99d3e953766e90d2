"""Terms of trade: discounts, contracts, deals."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from ...contract.periods import Window
from ...contract.problems import Problem, fold
from ...contract.schema import SEPARATOR
from ...tables import Row
from .projects import earliest_ready, earliest_usable
from .supply import extra_supply
from .view import TOLERANCE, View, covers, item_of, listed, number, percent


def tiers_agree_on_their_scheme(view: View) -> Iterator[Problem]:
    """The tiers of one discount agree on seller, offer, basis, window and kind."""
    for name, rows in view.groups("Discounts", "discount").items():
        for row in rows[1:]:
            for column in ("seller", "offer", "basis", "window", "kind"):
                if row.get(column) != rows[0].get(column):
                    first = rows[0].cell(column)
                    need = f"differs from {first}: all tiers of {name} share one {column}."
                    yield view.fault(row, column, need)


def discounts_rise_with_their_thresholds(view: View) -> Iterator[Problem]:
    """A higher threshold brings a higher discount."""
    for rows in view.groups("Discounts", "discount").values():
        tiers = ascending(rows)
        for before, row in zip(tiers, tiers[1:], strict=False):
            if row.get("discount_pct") < before.get("discount_pct"):
                need = (
                    f"is below the {percent(before.get('discount_pct'))} of the lower threshold "
                    f"{number(before.get('threshold'))}: discounts rise with their thresholds."
                )
                yield view.fault(row, "discount_pct", need)
            elif row.get("discount_pct") == before.get("discount_pct"):
                need = f"is the discount of {number(before.get('threshold'))} already."
                yield view.warning(row, "discount_pct", need)


def ascending(rows: list[Row]) -> list[Row]:
    """Tiers by threshold, those left out that could not be read."""
    whole_rows = [
        row
        for row in rows
        if row.get("threshold") is not None and row.get("discount_pct") is not None
    ]
    return sorted(whole_rows, key=lambda row: row.get("threshold"))


def schemes_are_of_a_known_form(view: View) -> Iterator[Problem]:
    """Cumulative schemes run over the plan; an incremental one on units has one offer."""
    for name, rows in view.groups("Discounts", "discount").items():
        row = rows[0]
        covered = view.covered(row)
        window, kind = row.get("window"), row.get("kind")
        if kind == "cumulative" and window is not None and window != "plan":
            need = "does not fit kind cumulative, which counts from the plan's start: use plan."
            yield view.fault(row, "window", need)
        several = len(covered) > 1 and view.blank(row, "offer")
        if kind == "incremental" and row.get("basis") == "units" and several:
            need = f"is blank: {name} is incremental on units and needs one offer."
            yield view.fault(row, "offer", need)
        bought = [o for o in covered if o.get("acquisition") == "buy"]
        rented = [o for o in covered if o.get("acquisition") in ("lease", "cloud")]
        if bought and rented and view.blank(row, "offer"):
            need = (
                f"is blank, but {row.get('seller')} both sells ({bought[0].get('offer')}) and "
                f"rents ({rented[0].get('offer')}): name one offer, a scheme does not mix them."
            )
            yield view.fault(row, "offer", need)


def terms_cover_offers_of_their_seller(view: View) -> Iterator[Problem]:
    """Discounts and contracts name an offer of their own seller, and cover at least one."""
    offers = view.named("Offers")
    for sheet, key in (("Discounts", "discount"), ("Contracts", "contract")):
        for row in view.rows(sheet):
            offer, seller = offers.get(str(row.get("offer"))), row.get("seller")
            if offer is not None and seller is not None:
                if offer.get("seller") is not None and offer.get("seller") != seller:
                    need = f"is sold by {offer.get('seller')}, not by {seller}."
                    yield view.fault(row, "offer", need)
                continue
            is_open = seller is not None and view.blank(row, "offer") and not view.covered(row)
            if is_open and not view.tells(sheet, str(row.get(key))):
                yield view.warning(row, "seller", "has no offer: nothing will count.")


def contracts_on_units_name_an_offer(view: View) -> Iterator[Problem]:
    """A contract that counts units names the offer whose units it counts."""
    for row in view.rows("Contracts"):
        if row.get("basis") == "units" and view.blank(row, "offer"):
            yield view.fault(row, "offer", "is blank: a contract with basis units needs an offer.")


def contracts_bind_something(view: View) -> Iterator[Problem]:
    """An optional contract brings something, and a shortfall share has a minimum."""
    for row in view.rows("Contracts"):
        if row.get("shortfall_pct") is not None and view.blank(row, "minimum"):
            yield view.warning(row, "shortfall_pct", "has no effect without a minimum.")
        brings = row.get("price_cut_pct") or row.get("extra_supply")
        if (
            row.get("signing") == "optional"
            and not brings
            and not referred_to(view, row, "contract")
        ):
            need = "is optional and brings no price cut and no supply: signing it gains nothing."
            yield view.warning(row, "contract", need)


def referred_to(view: View, row: Row, column: str) -> bool:
    """Whether a rule or a contract rests on the signing of this deal or contract."""
    name = row.get(column)
    return (
        any(rule.get("applies_if") == name for rule in view.rows("Share rules"))
        or any(other.get("requires") == name for other in view.rows("Contracts"))
        or any(
            rule.get("quantity") == "contract_signed" and rule.get("member") in (None, name)
            for rule in view.rows("Custom rules")
        )
    )


REQUIRED = {"Software": "project", "Programmes": "programme", "Contracts": "contract"}
"""Sheets that a contract's requires may name, and what their rows are."""


def contracts_require_what_can_be_had(view: View) -> Iterator[Problem]:
    """What a contract requires is one thing, and can be there by the last signing."""
    for row in view.rows("Contracts"):
        name = row.get("requires")
        if name is None:
            continue
        known = [kind for sheet, kind in REQUIRED.items() if str(name) in view.named(sheet)]
        if len(known) > 1:
            need = (
                f"is the name of a {known[0]} and of a {known[1]}: it is not clear which is meant."
            )
            yield view.fault(row, "requires", need)
            continue
        if row.get("signing") == "signed":
            yield view.warning(row, "requires", "has no effect: the contract is signed already.")
            continue
        other = view.named("Contracts").get(str(name))
        if other is not None and other.get("active") is False:
            yield view.warning(row, "requires", "is switched off: this is never signed.")
            continue
        moved = any(
            change.get("sheet") == "Programme stages" for change in view.rows("Scenario changes")
        )
        done, last = (
            earliest(view, str(name)),
            view.window_of(row, "first_signing", "last_signing")[1],
        )
        if done is not None and done > last and not moved:
            need = f"cannot be had by the last signing, {view.label(last)}: this is never signed."
            yield view.warning(row, "requires", need)


def earliest(view: View, name: str) -> float | None:
    """First period in which a project can be finished, a programme ready or a contract signed."""
    if name in view.named("Software"):
        return earliest_usable(view, name)
    if name in view.named("Programmes"):
        return earliest_ready(view, name)
    row = view.named("Contracts").get(name)
    if row is None or row.get("signing") != "optional":
        return None
    return view.window_of(row, "first_signing", "last_signing")[0]


def contracts_can_be_kept(view: View) -> Iterator[Problem]:
    """A signed minimum of units can be bought under the offer's and the vendor's limits."""
    offers = view.named("Offers")
    for row in view.active("Contracts"):
        offer, minimum = offers.get(str(row.get("offer"))), row.get("minimum")
        if row.get("basis") != "units" or offer is None or not minimum:
            continue
        first, last = view.window_of(row)
        for window in view.calendar.windows(row.get("window") or "fiscal_year", first, last):
            if window.last < (row.get("signed_in") or 0):
                continue
            most = most_units(view, offer, window)
            if window.first == 0:
                most += view.told("Contracts", str(row.get("contract")), "counted")
            if minimum <= most * (1 + TOLERANCE) + TOLERANCE:
                continue
            hard = row.get("signing") == "signed"
            hard = hard and row.get("shortfall_pct") is None and row.get("penalty") is None
            seller = str(offer.get("seller"))
            moved = view.moved("Offers", str(offer.get("offer")), "max_order", "lead_time")
            moved = moved or view.moved("Vendors", seller, "max_units")
            moved = moved or view.withdrawn("Contracts", str(row.get("contract")))
            need = f"is above what can be ordered in {window.label}: {number(most)} at most."
            severity = "fault" if hard and not moved else "warning"
            yield view.problem(row, "minimum", need, severity=severity)
            break


def most_units(view: View, offer: Row, window: Window) -> float:
    """Most units of an offer that a window can count; infinite where nothing limits them."""
    name = str(offer.get("offer"))
    seller = view.named("Vendors").get(str(offer.get("seller")))
    orders, sold = view.over_time(offer, "max_order"), [None] * view.calendar.count
    if seller is not None:
        sold = view.over_time(seller, "max_units")
    extra = extra_supply(view, offer)
    first, last = view.window_of(offer, "first_order", "last_order")
    committed: dict[int | None, float] = defaultdict(float)
    for row in view.rows("Committed orders"):
        if row.get("offer") == name:
            committed[row.get("order_period")] += row.get("units") or 0.0
    most = 0.0
    for at in window.positions:
        caps = [cap for cap in (orders[at], sold[at]) if cap is not None]
        open_for = (min(caps) + extra if caps else math.inf) if first <= at <= last else 0.0
        most += max(open_for, committed[at])
    if offer.get("total_limit") is not None:
        most = min(
            most, max(offer.get("total_limit"), sum(committed[at] for at in window.positions))
        )
    return most + sum(committed[at] for at in window.before)


def prices_stay_above_nothing(view: View) -> Iterator[Problem]:
    """All cuts and highest tiers that can meet on one offer stay below 100 % off."""
    told: set[tuple[str, int]] = set()
    for offer in view.rows("Offers"):
        tiers = []
        for rows in view.groups("Discounts", "discount").values():
            covering = [row for row in ascending(rows) if covers(row, offer)]
            if covering:
                tiers.append(max(covering, key=lambda row: row.get("discount_pct")))
        cuts = [
            row
            for row in view.active("Contracts")
            if row.get("price_cut_pct") and covers(row, offer)
        ]
        for at in view.calendar.positions:
            met = [(row, "discount_pct") for row in tiers] + [
                (row, "price_cut_pct")
                for row in cuts
                if view.window_of(row)[0] <= at <= view.window_of(row)[1]
            ]
            off = sum(row.get(column) for row, column in met)
            if off >= 1 - TOLERANCE:
                row, column = met[-1]
                if (row.sheet, row.number) not in told:
                    told.add((row.sheet, row.number))
                    names = listed(item_of(one).split(SEPARATOR)[0] for one, _ in met)
                    need = f"brings {offer.get('offer')} to {percent(off)} off together ({names}): "
                    yield view.fault(row, column, need + "all cuts must stay below 100 %.")
                break


def more_is_not_cheaper_than_less(view: View) -> Iterator[Problem]:
    """An all_units tier makes its threshold cheaper than a little less."""
    for rows in view.groups("Discounts", "discount").values():
        tiers = [row for row in ascending(rows) if row.get("kind") == "all_units"]
        before = 0.0
        for row in tiers:
            threshold, off = row.get("threshold"), row.get("discount_pct")
            if threshold > 0 and off > before:
                from_here = threshold * (1 - off) / (1 - before)
                what = "units" if row.get("basis") == "units" else "of spend"
                need = f"makes {number(threshold)} {what} cheaper than anything from "
                need += f"{number(from_here)} up to it: the plan may buy more to pay less."
                yield view.warning(row, "threshold", need)
                break
            before = off


def deals_and_contracts_have_names_of_their_own(view: View) -> Iterator[Problem]:
    """No deal bears the name of a contract."""
    contracts = {fold(name): row for name, row in view.named("Contracts").items()}
    for name, row in view.named("Deals").items():
        if fold(name) in contracts:
            other = contracts[fold(name)]
            need = f"is a contract's name too ({view.title('Contracts')}!{other.cell('contract')})."
            yield view.fault(row, "deal", need)


def deals_bind_something(view: View) -> Iterator[Problem]:
    """A deal that may be signed has a milestone, or a rule that rests on it."""
    named = {row.get("deal") for row in view.rows("Deal milestones")}
    for name, row in view.named("Deals").items():
        if row.get("signing") == "no":
            continue
        if name not in named and not referred_to(view, row, "deal"):
            yield view.warning(
                row, "deal", "has no milestone and no rule rests on it: it binds nothing."
            )


def milestones_can_be_met(view: View) -> Iterator[Problem]:
    """A milestone's deadline lies in the plan and after the deal can be signed."""
    deals = view.named("Deals")
    for row in view.rows("Deal milestones"):
        deadline, deal = row.get("deadline"), deals.get(str(row.get("deal")))
        if deadline is None:
            continue
        if deadline < 0:
            yield view.warning(row, "deadline", "lies before the plan: it can pay nothing.")
        elif deal is not None and deal.get("signing") == "optional":
            first = deal.get("first_signing")
            if first is not None and deadline < first:
                need = f"lies before the deal can be signed ({view.label(first)}): it pays nothing."
                yield view.warning(row, "deadline", need)
