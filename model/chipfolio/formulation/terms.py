r"""Terms: volume discounts and contract minimums.

Reads      Discounts   of kinds all_units and incremental
           Contracts   minimum, shortfall_pct
           So far      counted, spend, list_price, credited, worth
Decides    in_tier      the window's quantity lies in this tier   [discount, window, tier]
           share        units of an order, if in this tier        [discount, window, tier, order]
           cut_share    cut units of it, if in this tier          [… tier, cut, order]
           shortfall    missing amount that is paid for           [contract, window]
           missing      what a soft minimum is missed by          [contract, window]
Hands on   credit       terminal value that rebates take back   money
Pays       discounts, shortfall_payments, rule_penalties (of soft contract minimums)

Tiers are a multiple-choice model (Croxton, Gendron and Magnanti 2003), split order by order: each
order's units, and those of them that a price cut applies to, are shared out over the tiers, of
which one is chosen; the quantity of a tier, a sum of such shares and of what was signed before,
lies within its tier's ends. That is the hull of a union of boxes (Balas 1979): where lots are
divisible and prices are not cut otherwise, the relaxation of one scheme alone is exact. Where all
orders are whole lots, the quantity moves in a common step: a tier of all units begins and ends at
steps (Chvátal 1973); else it includes both of its ends, and what was reached is read off the plan.

Symbols    k tier, o order, x units, u most of them, p payments per unit, C signed before
           c cut, w cut units, \sigma share off, z in_tier, y share, v cut_share
           \theta threshold, \theta^- the step under it, \delta discount
           m_k = \sum_o p_o (y_{ok} - \sum_c \sigma_c v_{cok}) + C z_k money in the tier
           q_k = m_k, or \sum_o y_{ok} + C z_k units in the tier
           rebate on all units \sum_k \delta_k m_k, incremental
           \sum_k (R_k z_k + \delta_k (q_k - \theta_k z_k)), R_k earned below \theta_k
           M minimum, f in force, L what counts towards it, h shortfall
Source     contract §2 (Discounts, Contracts), §3.7, §3.8, §4
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import pyomo.core as pyo

from ..contract.exact import missed
from ..contract.lines import ON_PURCHASES, ON_RENTALS
from ..contract.periods import Window
from ..tables import Row, World
from .earlier import earlier
from .fleet import FleetDoor
from .linear import Claim, Linear, Room, linear, total
from .orders import OrdersDoor
from .pricing import (
    PricingDoor,
    committed_once,
    committed_payments,
    committed_spend,
    covers,
    list_value,
    spend_may_differ,
    value_left,
)
from .signing import SigningDoor


@dataclass
class Scheme:
    """One discount scheme in one window: its quantity and what it brings."""

    name: str
    window: Window
    tiers: list[Row]
    quantity: Linear
    rebate: Linear


@dataclass
class Minimum:
    """A contract's minimum in one window."""

    contract: Row
    window: Window
    level: Linear
    in_force: Linear
    shortfall: object | None = None
    missing: object | None = None


@dataclass
class TermsDoor:
    """What terms hand on."""

    schemes: list[Scheme] = field(default_factory=list)
    minimums: list[Minimum] = field(default_factory=list)
    credit: Linear = field(default_factory=Linear)
    claims: list[Claim] = field(default_factory=list)


def add_terms(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    signing: SigningDoor,
    fleet: FleetDoor,
) -> TermsDoor:
    """Furnish the room."""
    door = TermsDoor()
    add_tiers(room, world, orders, pricing, fleet, door)
    add_minimums(room, world, orders, pricing, signing, fleet, door)
    return door


def add_tiers(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    fleet: FleetDoor,
    door: TermsDoor,
) -> None:
    """Rebates of all-units and incremental schemes, window by window."""
    tiers_of: dict[str, list[Row]] = defaultdict(list)
    for row in world.rows("Discounts"):
        if row["kind"] != "cumulative":
            tiers_of[row["discount"]].append(row)
    drafts = []
    for tiers in tiers_of.values():
        tiers.sort(key=lambda row: row["threshold"])
        for window in world.calendar.windows(tiers[0]["window"]):
            draft = Draft(world, orders, pricing, fleet, tiers, window)
            if draft.units or draft.units_signed or draft.spend_signed or draft.credited:
                drafts.append(draft)
    tier_keys, share_keys, cut_keys, since = {}, {}, {}, {}
    for draft in drafts:
        for key in draft.tier_keys:
            tier_keys[key] = draft.decided
            since[key] = draft.since
            share_keys.update({(*key, *slot): draft.decided for slot in draft.units})
            for cut in draft.cuts:
                apart = cut[0] in pricing.apart
                cut_keys[*key, *cut] = world.calendar.count if apart else draft.decided
    in_tier = room.decide(
        "in_tier",
        tier_keys,
        "the quantity lies in this tier [yes = 1]",
        domain=pyo.Binary,
        since=since,
    )
    share = room.decide("share", share_keys, "units of an order, if in this tier [units]")
    cut_share = room.decide(
        "cut_share", cut_keys, "units of an order a cut applies to, if in this tier [units]"
    )
    one, above, below, split, cut_split, inside, within = {}, {}, {}, {}, {}, {}, {}
    for draft in drafts:
        first, here = draft.tiers[0], draft.here
        rebate, chosen = Linear(), Linear()
        earned = 0.0
        for number, discount in enumerate(draft.discounts):
            key = (*here, number)
            flag = in_tier[key]
            low, high = draft.ends[number], draft.ends[number + 1]
            # at a threshold the tier above holds; incremental ones agree there
            strict = first["kind"] == "all_units"
            top = draft.edges(high)[0] if strict and number + 1 < len(draft.discounts) else high
            least = draft.edges(low)[1] if strict and low else low
            units = Linear().add(draft.units_signed, flag)
            money = Linear().add(draft.spend_signed, flag)
            for slot in draft.units:
                variable = share[(*key, *slot)]
                units.add(1.0, variable)
                money.add(draft.per_unit[slot] * (1.0 - draft.sure[slot]), variable)
                most = draft.most_here(slot, top)
                inside[(*key, *slot)] = (None, Linear().add(1.0, variable).add(-most, flag), 0.0)
            for cut, off in draft.off.items():
                variable = cut_share[(*key, *cut)]
                money.add(-off * draft.per_unit[cut[1:]], variable)
                form = Linear().add(1.0, variable).add(-1.0, share[(*key, *cut[1:])])
                within[(*key, *cut)] = (None, form, 0.0)
            quantity = units if draft.by_units else money
            scale = 1.0 / max(least, 1.0)
            above[key] = (0.0, quantity.times(scale).add(-least * scale, flag), None)
            scale = 1.0 / max(top, 1.0)
            below[key] = (None, quantity.times(scale).add(-top * scale, flag), 0.0)
            if first["kind"] == "all_units":
                rebate.plus(money, discount)
            else:
                rebate.plus(quantity, discount * draft.value)
                rebate.add((earned - discount * low) * draft.value, flag)
                earned += discount * (high - low)
            chosen.add(1.0, flag)
            if strict and number:
                flags = [(1.0, in_tier[one]) for one in draft.tier_keys[number:]]
                money_counts = not draft.by_units
                door.claims.append(Claim(draft.quantity, low, money_counts, linear(flags)))
        for slot, form in draft.units.items():
            parts = [(1.0, share[(*key, *slot)]) for key in draft.tier_keys]
            split[(*here, *slot)] = (0.0, linear(parts).plus(form, -1.0), 0.0)
        for cut, form in draft.cuts.items():
            parts = [(1.0, cut_share[(*key, *cut)]) for key in draft.tier_keys]
            cut_split[(*here, *cut)] = (0.0, linear(parts).plus(form, -1.0), 0.0)
        one[here] = (1.0, chosen, 1.0)
        rebate.constant -= draft.credited
        line = ON_RENTALS if draft.rented else ON_PURCHASES
        room.cost(line)[draft.window.last].plus(rebate, -1.0)
        door.credit.plus(rebate, draft.kept)
        door.schemes.append(Scheme(*here[:1], draft.window, draft.tiers, draft.quantity, rebate))
    room.require("a_window_lies_in_one_tier", one, "one tier is chosen", r"\sum_k z_k = 1")
    room.require(
        "a_part_lies_above_its_threshold",
        above,
        "part ≥ threshold × chosen",
        r"q_k \ge \theta_k z_k",
    )
    room.require(
        "a_part_lies_below_the_next_threshold",
        below,
        "part ≤ next threshold × chosen",
        r"q_k \le \theta^-_{k+1} z_k",
    )
    room.require(
        "an_order_is_split_over_tiers",
        split,
        "an order's parts add up to it [units]",
        r"\sum_k y_{ok} = x_o",
    )
    room.require(
        "an_orders_cuts_are_split_over_tiers",
        cut_split,
        "the cut units' parts add up [units]",
        r"\sum_k v_{cok} = w_{co}",
    )
    room.require(
        "an_order_lies_in_the_tier_chosen",
        inside,
        "an order's part ≤ most × chosen",
        r"y_{ok} \le u_{ok} z_k",
    )
    room.require(
        "a_cut_lies_in_its_orders_tier",
        within,
        "cut units in a tier ≤ the order's in it [units]",
        r"v_{cok} \le y_{ok}",
    )


class Draft:
    """One scheme in one window before it is built: what counts in it, and its tiers' ends."""

    def __init__(
        self,
        world: World,
        orders: OrdersDoor,
        pricing: PricingDoor,
        fleet: FleetDoor,
        tiers: list[Row],
        window: Window,
    ) -> None:
        first = tiers[0]
        before = earlier(world, "Discounts", first["discount"], window)
        self.tiers, self.window = tiers, before.window
        self.by_units = first["basis"] == "units"
        self.here = (first["discount"], window.label)
        batches = [
            batch
            for batch in orders.batches.values()
            if batch.ordered in window.positions and covers(first, batch.offer)
        ]
        inside = {*window.positions, *self.window.before}
        self.signed = [
            cohort
            for cohort in committed_once(fleet.cohorts)
            if cohort.ordered in inside and covers(first, cohort.offer)
        ]
        self.units: dict[tuple[str, int], Linear] = {}
        """Units of each order: an offer in a period, over all its sites."""
        self.cuts: dict[tuple[str, str, int], Linear] = {}
        """Units of each order that a cut which need not apply does apply to."""
        self.off: dict[tuple[str, str, int], float] = {}
        self.sure: dict[tuple[str, int], float] = {}
        """Share of the price that cuts take off in any case."""
        for batch in batches:
            slot = batch.key[:2]
            self.units.setdefault(slot, Linear()).plus(batch.units)
            self.sure[slot] = 0.0
            for saving in pricing.savings.get(slot, ()):
                if saving.applies:
                    cut = (saving.name, *slot)
                    variable = pricing.cut[saving.name, *batch.key]
                    self.cuts.setdefault(cut, Linear()).add(1.0, variable)
                    self.off[cut] = saving.share
                else:
                    self.sure[slot] += saving.share * saving.applies.constant
        self.per_unit = {slot: sum(pricing.due[slot].values()) for slot in self.units}
        self.most = {slot: orders.most[slot] for slot in self.units}
        self.units_signed = sum(cohort.row["units"] for cohort in self.signed)
        self.spend_signed = sum(
            cohort.row["units"] * committed_spend(world, cohort) for cohort in self.signed
        )
        counted = before.of("counted")
        self.units_signed += counted if self.by_units else 0.0
        self.spend_signed += before.of("spend") if self.by_units else counted
        self.credited = before.of("credited")
        if self.by_units:
            self.quantity = total(self.units.values()).plus(self.units_signed)
        else:
            self.quantity = total(pricing.spend[batch.key] for batch in batches)
            self.quantity.constant += self.spend_signed
        self.step = self.quantity.step()
        most = orders.caps.most(self.quantity)
        self.ends = [0.0] if first["threshold"] > 0 else []
        self.ends += [row["threshold"] for row in tiers]
        self.ends.append(max(most, self.ends[-1]))
        self.discounts = [0.0] if first["threshold"] > 0 else []
        self.discounts += [row["discount_pct"] for row in tiers]
        self.tier_keys = [(*self.here, number) for number in range(len(self.discounts))]
        chips, offers = world.by_name("Chips"), world.by_name("Offers")
        covered = [row for row in offers.values() if covers(first, row)]
        self.rented = any(row["acquisition"] != "buy" for row in covered)
        arrivals = [
            (offers[name]["chip"], at + world.lead_time(offers[name], at))
            for name, at in orders.on_offer
            if at in window.positions and covers(first, offers[name])
        ]
        arrivals += [(cohort.chip["chip"], cohort.arrival) for cohort in self.signed]
        left = [value_left(world, chips[chip], arrival) for chip, arrival in arrivals]
        self.kept = 0.0 if self.rented else max([before.of("worth"), *left])
        """Highest share of a price that any unit under it is still worth at the plan's end."""
        self.value = 1.0
        if self.by_units and first["kind"] == "incremental":
            listed = list_value(world, covered[0], window.first) if covered else 0.0
            self.value = before.of("list_price") or listed
        # a quantity in money may differ between worlds of one past: each then has its own tier
        differs = not self.by_units and spend_may_differ(world)
        self.decided = world.calendar.count if differs else window.last
        self.since = window.first

    def edges(self, threshold: float) -> tuple[float, float]:
        """The largest quantity under a threshold, and the least one that reaches it."""
        return self.quantity.edges(threshold, not self.by_units, self.step)

    def most_here(self, slot: tuple[str, int], top: float) -> float:
        """Most units of an order where the window's quantity comes to at most ``top``."""
        room = max(top - self.quantity.constant, 0.0)
        each = 1.0
        if not self.by_units:
            off = sum(share for cut, share in self.off.items() if cut[1:] == slot)
            each = self.per_unit[slot] * (1.0 - self.sure[slot] - off)
        return min(self.most[slot], room / each) if each > 0 else self.most[slot]


def settle_terms(door: TermsDoor) -> None:
    """Set what contracts are missed by to what the plan's own amounts miss.

    A solver lets a cent of a hundred million pass; and where missing costs nothing, it may say
    anything.
    """
    for minimum in door.minimums:
        due = minimum.contract["minimum"] * round(minimum.in_force.value())
        lacking = missed(due - minimum.level.value(), due)
        for variable in (minimum.shortfall, minimum.missing):
            if variable is not None:
                variable.set_value(lacking, skip_validation=True)


def add_minimums(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    signing: SigningDoor,
    fleet: FleetDoor,
    door: TermsDoor,
) -> None:
    """Take-or-pay: a minimum per window, missed at a price, softly, or not at all."""
    for name, row in signing.contracts.items():
        if row["minimum"] is None:
            continue
        kind = row["window"] or "fiscal_year"
        for window in world.calendar.windows(kind, row["from"] or 0, row["to"]):
            in_force = signing.signed_by(name, window.last)
            if not in_force and not in_force.constant:
                continue
            before = earlier(world, "Contracts", name, window)
            window, level = before.window, Linear(before.of("counted"))
            for key, batch in orders.batches.items():
                if not covers(row, batch.offer):
                    continue
                if row["basis"] == "units":
                    if batch.ordered in window.positions:
                        level.plus(batch.units)
                else:
                    falls = sum(
                        amount
                        for at, amount in pricing.due[key[:2]].items()
                        if at in window.positions
                    )
                    level.plus(pricing.charged[key], falls)
            for cohort in committed_once(fleet.cohorts):
                if not covers(row, cohort.offer):
                    continue
                counted = float(cohort.ordered in (*window.positions, *window.before))
                if row["basis"] == "spend":
                    due, paid = committed_payments(world, cohort)
                    counted = sum(amount for at, amount in due.items() if at in window.positions)
                    if cohort.ordered in window.before:
                        counted += paid
                level.constant += cohort.row["units"] * counted
            door.minimums.append(Minimum(row, window, level, in_force))
    keys = {(m.contract["contract"], m.window.label): m for m in door.minimums}
    decided = {key: minimum.window.last for key, minimum in keys.items()}
    if pricing.apart:  # prices differ between worlds of one past: each then has its own shortfall
        by_spend = [key for key, m in keys.items() if m.contract["basis"] == "spend"]
        decided.update(dict.fromkeys(by_spend, world.calendar.count))
    priced = {k: at for k, at in decided.items() if keys[k].contract["shortfall_pct"] is not None}
    soft = {
        key: at
        for key, at in decided.items()
        if key not in priced and keys[key].contract["penalty"] is not None
    }

    def up_to_minimum(key: tuple[str, str]) -> tuple[float, float]:
        return 0, keys[key].contract["minimum"]

    shortfall = room.decide(
        "shortfall",
        priced,
        "missing amount that is paid for [money or units]",
        bounds=up_to_minimum,
    )
    missing = room.decide(
        "missing", soft, "missing amount of a soft minimum [money or units]", bounds=up_to_minimum
    )
    rows = {}
    for key, minimum in keys.items():
        row, last = minimum.contract, minimum.window.last
        scale = 1.0 / max(row["minimum"], 1.0)
        form = minimum.level.times(scale).plus(minimum.in_force, -row["minimum"] * scale)
        if key in priced:
            minimum.shortfall = shortfall[key]
            form.add(scale, shortfall[key])
            value = 1.0
            if row["basis"] == "units":
                value = list_value(world, world.by_name("Offers")[row["offer"]], last)
            paid = room.cost("shortfall_payments")[last]
            paid.add(row["shortfall_pct"] * value, shortfall[key])
        elif key in soft:
            minimum.missing = missing[key]
            form.add(scale, missing[key])
            room.cost("rule_penalties")[last].add(row["penalty"], missing[key])
        else:
            least = minimum.level.firm(row["minimum"], row["basis"] == "spend", most=False)
            form = minimum.level.times(scale).plus(minimum.in_force, -least * scale)
        rows[key] = (0.0, form, None)
    room.require(
        "a_contract_is_taken_or_paid",
        rows,
        "what falls due (or is ordered) + shortfall ≥ minimum while signed",
        r"L + h \ge M f",
    )
