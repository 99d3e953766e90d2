"""own_orders: what would my own split cost?

The orders of the sheet Previous plan are fixed as they are in the periods asked about; all else is
decided best. First the least sum, over rules, of the share by which each is broken where it is
broken most; then the least cost at that (elastic filter with one slack a rule: Chinneck 2008).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyomo.core as pyo

from ..contract.inputs import in_words
from ..formulation.linear import Linear
from ..formulation.whole import Furnished, Whole, build
from ..plan.words import percent
from ..tables import Row, Tables
from .asked import constrain
from .engine import Asking
from .limits import EACH
from .resolve import Ask, Best, put
from .spans import Span, number
from .study import Question, Study
from .variant import MayBeUnmet, Setting, edited, with_rows, with_values

OFF = (Setting("change_cost_pct", 0.0), Setting("frozen_periods", 0))
WHOLE_LOTS = 1e-6
BROKEN = 1e-6
TIE = 1e-7
SENTENCES = {
    "power_fits_the_site": ("Sites", "power_mw"),
    "an_offer_stays_within_its_total": ("Offers", "total_limit"),
    "units_in_service_stay_within_the_quota": ("Offers", "max_in_service"),
    "new_units_stay_out_where_committed_ones_exceed_the_quota": ("Offers", "max_in_service"),
    "a_vendor_sells_no_more_than_it_has": ("Vendors", "max_units"),
    "an_offer_sells_no_more_than_it_has": ("Offers", "max_order"),
    "a_vendor_sells_for_no_more_than_it_may": ("Vendors", "max_spend_per_fiscal_year"),
    "own_chips_ramp_up": ("Programme ramp", "ramp"),
    "a_contract_is_taken_or_paid": ("Contracts", "minimum"),
}
"""Rows of the model that state a limit which is no rule of the team's own."""
PARDONED = (
    "share rules hold in every window",
    "supplier counts hold in every window",
    "budgets hold in every window",
    "custom rules hold in every window",
    "contracts reach their minimum, or pay for what is missing",
    "orders stay within each vendor's max_spend_per_fiscal_year",
    "orders stay within their offer's total_limit",
    "units in service stay within their offer's max_in_service",
    "sites draw no more power than they have",
    "table Rules shows where rules stand",
    "own silicon is ordered once its programme is ready, and as it ramps up",
)
"""Checks of the audit that say of a rule that it is kept; all others hold of own orders too."""
Orders = tuple[tuple[str, str, int, float], ...]
"""(scenario, offer, period, units) of every order in the periods asked about, 0 included."""


@dataclass(frozen=True)
class Loose:
    """Limits on orders moved out of the way of own orders, in every period: they are told apart."""

    orders: Orders

    def apply(self, tables: Tables) -> Tables:
        """The tables without min_order, and with room for the orders in every limit on them."""
        mine = {name for _, name, _, units in self.orders if units > 0.0}
        sellers = {row["seller"] for row in tables.rows("Offers") if row["offer"] in mine}
        tables = with_rows(
            tables,
            "Offers",
            lambda row: [self.opened(row)] if row["offer"] in mine else [row],
        )
        tables = with_rows(
            tables,
            "Vendors",
            lambda row: [
                with_values(row, {"max_units": None}) if row["vendor"] in sellers else row
            ],
        )
        tables = MayBeUnmet().apply(tables)
        off = {("Offers", name, column) for name in mine for column in ("max_order", "min_order")}
        off |= {("Vendors", name, "max_units") for name in sellers}
        for sheet in ("Timeline", "Scenario changes"):
            tables = with_rows(
                tables,
                sheet,
                lambda row: [] if (row["sheet"], row["item"], row["column"]) in off else [row],
            )
        return tables

    def opened(self, row: Row) -> Row:
        """An offer that takes the orders, whatever its limits say."""
        asked = [units for _, name, _, units in self.orders if name == row["offer"]]
        room = {"max_order": None, "min_order": None}
        if row["total_limit"] is not None:
            room["total_limit"] = max(row["total_limit"], sum(asked))
        return with_values(row, room)


@dataclass(frozen=True)
class Fixed:
    """Orders as they are, and every rule with a slack of its own; the slacks together at most."""

    orders: Orders
    norms: tuple[tuple[str, float], ...]
    allowed: tuple[tuple[str, float], ...]
    """Share of each workload that may be left unmet."""
    most: float | None = None

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        for place, (scenario, offer, at, units) in enumerate(self.orders):
            form = whole.worlds[scenario].orders.ordered.get((offer, at))
            if form:
                row = pyo.Constraint(expr=(units - form.constant, form.expression, units))
                block.add_component(f"order_{place}", row)
        block.broken = pyo.VarList(domain=pyo.NonNegativeReals)
        slack: dict[tuple[str, str, str], object] = {}
        norms = dict(self.norms)
        for place, (rule, row, norm) in enumerate(rules_of(whole, norms)):
            if rule not in slack:
                slack[rule] = block.broken.add()
            for side, name in ((row.upper, "most"), (row.lower, "least")):
                if side is None:
                    continue
                sign = -1.0 if name == "most" else 1.0
                body = row.body + sign * norm * slack[rule]
                ends = (None, body, side) if name == "most" else (side, body, None)
                block.add_component(f"{name}_{place}", pyo.Constraint(expr=ends))
            row.deactivate()
        works = work_of(whole, dict(self.allowed))
        for place, (_, workload, _, unmet, allowed, due) in enumerate(works):
            rule = ("Workloads", workload, "must be met")
            if rule not in slack:
                slack[rule] = block.broken.add()
            form = unmet.times(1.0).add(-due, slack[rule])
            constrain(block, f"met_{place}", None, form, allowed * due)
        if self.most is not None:
            total = pyo.quicksum(block.broken.values()) if slack else 0.0
            if slack:
                block.in_all = pyo.Constraint(expr=(None, total, self.most))


@dataclass(frozen=True)
class Broken:
    """The sum of the shares by which rules are broken."""

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        found = Linear()
        for variable in whole.model.asked_0.broken.values():
            found.add(1.0, variable)
        return found


def rules_of(
    whole: Whole, norms: Mapping[str, float]
) -> Iterator[tuple[tuple[str, str, str], object, float]]:
    """Every row that states a hard limit: its rule, the constraint, and what makes it a share."""
    for name, world in whole.worlds.items():
        for limit in (*world.shares.limits, *world.policies.limits):
            if limit.constraint is None or limit.violation is not None:
                continue
            key = f"{name}|{limit.sheet}|{limit.rule}|{limit.member}|{limit.sense}|"
            key += limit.window.label
            norm = norms.get(key, abs(limit.limit)) or 1.0
            rule = (limit.sheet, f"{limit.rule}{limit.member}", limit.sense)
            yield rule, limit.constraint, norm * limit.scale
        yield from facts_of(world)


def facts_of(world: Furnished) -> Iterator[tuple[tuple[str, str, str], object, float]]:
    """Limits of supply, power, contracts and work in one world."""
    for room in world.rooms.values():
        for component in room.block.component_objects(pyo.Constraint):
            if component.local_name not in SENTENCES:
                continue
            sheet, column = SENTENCES[component.local_name]
            for index, row in component.items():
                item = str(index[0] if isinstance(index, tuple) else index)
                side = row.upper if row.upper is not None else row.lower
                norm = abs(pyo.value(side)) or 1.0
                yield (sheet, item, column), row, norm


def own_orders(study: Study, question: Question) -> Asking:
    """What the orders of the sheet Previous plan would cost, and what they break."""
    book = study.book
    if not book.rows("Previous plan"):
        text = "The book has no sheet Previous plan: there are no orders of your own to cost."
        study.say(question, "own orders", text)
        return
    orders, left_out = kept_orders(study, question)
    for sheet, item, window, scenario, why in left_out:
        put_row(study, question, sheet, item, window, scenario, None, None, None, f"fact: {why}")
    base = study.base
    if book.setting("change_cost_pct") or book.setting("frozen_periods"):
        (base,) = yield [Ask(OFF)]
    edits = (*OFF, Loose(orders))
    norms, allowed = norms_of(study), allowed_of(book)
    fixed = Fixed(orders, norms, allowed)
    (least,) = yield [Ask(edits, (fixed,), Broken(), pardon=PARDONED, start={})]
    if least.objective is None:
        text = "These orders cannot be, even with every rule of the book out of their way."
        study.say(question, "own orders", text)
        return
    most = least.objective + TIE * max(1.0, least.objective)
    fixed = Fixed(orders, norms, allowed, most)
    (here,) = yield [Ask(edits, (fixed,), pardon=PARDONED, start=least.point)]
    if here.objective is None:
        study.say(question, "own orders", "What these orders cost was not found in time.")
        return
    broken = list(broken_rules(study, orders, here))
    for row in broken:
        put_row(study, question, *row, "rule")
    tell(study, question, here, base, broken, left_out)


def tell(
    study: Study, question: Question, here: Best, base: Best, broken: list, left_out: list
) -> None:
    """The sentence."""
    span = Span.between(here, base, at_least_zero=not broken and not left_out)
    words = study.words
    text = (
        f"Your own orders cost {words.money(here.high)}, the best plan {words.money(base.high)}: "
    )
    if span.low > 0.0 or span.at_least_zero:
        text += f"{words.span(span)} more."
    elif span.high < 0.0:
        text += f"{words.span(Span(-span.high, -span.low))} less, because they break rules."
    else:
        text += f"{words.span(span)}."
    if broken:
        worst = max(broken, key=lambda row: row[-1])
        rules = "1 rule" if len(broken) == 1 else f"{len(broken)} rules"
        text += f" They break {rules}, most of all {worst[1]} ({worst[0]}) by "
        text += f"{percent(worst[-1], 2)}."
    else:
        text += " They break no rule."
    if left_out:
        are = "is" if len(left_out) == 1 else "are"
        text += f" {len(left_out)} of the rows cannot be and {are} left out."
    study.say(question, "own orders", text, span)


def kept_orders(study: Study, question: Question) -> tuple[Orders, list[tuple]]:
    """Orders that can be, 0 where there is no row; and the rows that break a fact, with why."""
    book = study.book
    whole = build(edited(book, OFF), study.engine.common.names or None)
    offers = {row["offer"]: row for row in book.rows("Offers")}
    first = 0 if question.first is None else question.first
    last = book.calendar.count - 1 if question.last is None else question.last
    found: list[tuple[str, str, int, float]] = []
    left_out: list[tuple] = []
    for name, world in whole.worlds.items():
        asked: dict[tuple[str, int], float] = defaultdict(float)
        for row in book.rows("Previous plan"):
            if row.get("scenario") in (None, "", name) and first <= row["order_period"] <= last:
                asked[row["offer"], row["order_period"]] += row["units"]
        for (offer, at), units in list(asked.items()):
            why = ""
            lot = offers[offer]["lot_size"]
            if not world.orders.ordered.get((offer, at)) and units > 0.0:
                why = "the offer is not open then, arrives after the plan or is not ready"
                if can_be_loosened(world, offer, at):
                    why = ""
            if lot and abs(units / lot - round(units / lot)) > WHOLE_LOTS:
                why = f"{number(units)} units are no whole number of lots of {lot:g}"
            if why:
                left_out.append(("Offers", offer, book.calendar.label(at), name, why))
                del asked[offer, at]
        for offer in offers:
            for at in range(first, last + 1):
                found.append((name, offer, at, asked.get((offer, at), 0.0)))
    return tuple(found), left_out


def can_be_loosened(world: Furnished, offer: str, at: int) -> bool:
    """Whether an order is open, and only a limit leaves no unit of it."""
    return (offer, at) in world.orders.ordered


def allowed_of(book: Tables) -> tuple[tuple[str, float], ...]:
    """Share of each workload that may be left unmet: all where a penalty is given and no limit."""
    found = []
    for row in book.rows("Workloads"):
        share = row["max_unmet_pct"]
        if share is None:
            share = 0.0 if row["unmet_penalty"] is None else 1.0
        found.append((row["workload"], share))
    return tuple(found)


def work_of(
    whole: Whole, allowed: Mapping[str, float]
) -> Iterator[tuple[str, str, int, Linear, float, float]]:
    """(scenario, workload, period, unmet work, share allowed, demand) of what is limited."""
    for name, world in whole.worlds.items():
        for (workload, at), variable in world.workloads.unmet.items():
            due = world.world.demand[workload][at]
            if allowed[workload] < 1.0 and due > 0.0:
                yield name, workload, at, Linear().add(1.0, variable), allowed[workload], due


def norms_of(study: Study) -> tuple[tuple[str, float], ...]:
    """Limit × whole of the best plan, of every share rule in every window and scenario."""
    whole = study.engine.plan.solved.whole
    put(whole, study.base.point)
    found = []
    for name, world in whole.worlds.items():
        for limit in world.shares.limits:
            key = f"{name}|{limit.sheet}|{limit.rule}|{limit.member}|{limit.sense}|"
            found.append((key + limit.window.label, abs(limit.limit * limit.whole.value())))
    return tuple(found)


def broken_rules(study: Study, orders: Orders, here: Best) -> Iterator[tuple]:
    """(sheet, rule, window, scenario, limit, level, share broken) of every rule that is broken."""
    book = study.book
    opened = build(edited(book, (*OFF, Loose(orders))), study.engine.common.names or None)
    put(opened, here.point)
    norms = dict(norms_of(study))
    each = {row["rule"] for row in book.rows("Share rules") if row["member"] == EACH}
    worst: dict[tuple, tuple] = {}

    def keep(rule: tuple, row: tuple) -> None:
        if row[-1] > BROKEN and (rule not in worst or row[-1] > worst[rule][-1]):
            worst[rule] = row

    for name, world in opened.worlds.items():
        for limit in (*world.shares.limits, *world.policies.limits):
            if limit.violation is not None:
                continue
            key = f"{name}|{limit.sheet}|{limit.rule}|{limit.member}|{limit.sense}|"
            level, base, shown = limit.level.value(), limit.limit, limit.level.value()
            if limit.whole is not None:
                whole = limit.whole.value()
                base = limit.limit * whole
                shown = level / whole if whole else 0.0
            over = {"<=": level - base, ">=": base - level}.get(limit.sense, abs(level - base))
            norm = norms.get(key + limit.window.label, abs(limit.limit)) or 1.0
            named = limit.rule + (f" of {limit.member}" if limit.rule in each else "")
            row = (limit.sheet, named, limit.window.label, name, limit.limit, shown, over / norm)
            keep((limit.sheet, named, limit.sense), row)
        for rule, constraint, norm in facts_of(world):
            sides = ((constraint.upper, 1.0), (constraint.lower, -1.0))
            for side, sign in sides:
                if side is None:
                    continue
                level, limit = pyo.value(constraint.body), pyo.value(side)
                index = constraint.index()
                at = index[-1] if isinstance(index, tuple) else ""
                window = book.calendar.label(at) if isinstance(at, int) else str(at or "plan")
                ramp = rule[2] == "ramp"  # the sheet is the ramp, and no column of it
                named = f"ramp of {rule[1]}" if ramp else in_words(*rule)
                row = (rule[0], named, window, name, limit, level, sign * (level - limit) / norm)
                keep(rule, row)
        for scenario, workload, at, unmet, share, due in work_of(opened, dict(allowed_of(book))):
            if scenario == name:
                level = unmet.value()
                row = ("Workloads", f"work of {workload}", book.calendar.label(at), name)
                row = (*row, share * due, level, (level - share * due) / due)
                keep(("Workloads", workload), row)
        for row in of_orders(study, world.world, name, orders):
            keep(row[:2], row)
    yield from worst.values()


def of_orders(study: Study, world, name: str, orders: Orders) -> Iterator[tuple]:  # noqa: ANN001
    """Limits on orders that the orders themselves pass: max_order, min_order, max_units, total."""
    book = study.book
    label = book.calendar.label
    by_vendor: dict[tuple[str, int], float] = defaultdict(float)
    total: dict[str, float] = defaultdict(float)
    offers = {row["offer"]: row for row in book.rows("Offers")}
    for scenario, offer, at, units in orders:
        if scenario != name or units <= 0.0:
            continue
        total[offer] += units
        by_vendor[offers[offer]["seller"], at] += units
        for column, sign in (("max_order", 1.0), ("min_order", -1.0)):
            limit = world.path("Offers", column)[offer][at]
            if limit is not None:
                share = sign * (units - limit) / (limit or 1.0)
                named = in_words("Offers", offer, column)
                yield ("Offers", named, label(at), name, limit, units, share)
    for (vendor, at), units in by_vendor.items():
        limit = world.path("Vendors", "max_units")[vendor][at]
        if limit is not None:
            named = in_words("Vendors", vendor, "max_units")
            yield (
                "Vendors",
                named,
                label(at),
                name,
                limit,
                units,
                (units - limit) / (limit or 1.0),
            )
    for offer, units in total.items():
        limit = offers[offer]["total_limit"]
        if limit is not None:
            named = in_words("Offers", offer, "total_limit")
            yield ("Offers", named, "plan", name, limit, units, (units - limit) / (limit or 1.0))


def put_row(
    study: Study,
    question: Question,
    sheet: str,
    item: str,
    window: str,
    scenario: str,
    limit: float | None,
    level: float | None,
    broken: float | None,
    kind: str,
) -> None:
    """A row of Own orders."""
    study.tables["Own orders"].append(
        {
            "question": question.name,
            "sheet": sheet,
            "item": item,
            "window": window,
            "scenario": scenario,
            "limit": limit,
            "level": level,
            "broken_pct": broken,
            "kind": kind,
        }
    )
