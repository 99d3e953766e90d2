"""Random worlds with every feature of the accounts, and a plan for each: nothing is solved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random

import chipfolio
from chipfolio.contract.inputs import CASH_LINES
from chipfolio.plan.audit.checks import Findings
from chipfolio.plan.audit.discounts import rebates
from chipfolio.plan.audit.facts import Facts
from chipfolio.plan.audit.money import (
    Lines,
    add_orders,
    add_projects,
    add_resale,
    add_running,
    empty,
)
from chipfolio.plan.audit.payments import set_prices
from chipfolio.plan.audit.reading import read
from chipfolio.plan.audit.stock import stock
from chipfolio.tables import Tables, World
from tests.conftest import frames

Rows = list[dict[str, object]]


@dataclass
class Made:
    """A world, a plan in it, and what the audit makes of its cash."""

    tables: Tables
    world: World
    plan: dict[str, Rows]
    facts: Facts
    lines: Lines

    @property
    def cash(self) -> list[float]:
        """All cash by period."""
        return [sum(self.lines[line][at] for line in CASH_LINES) for at in range(self.facts.end)]


def some(random: Random, *values: object) -> str:
    """One of some cells; None is a blank."""
    value = random.choice(values)
    return "" if value is None else str(value)


def book(random: Random) -> dict[str, str]:
    """The sheets of a random book; periods are years, half-years or quarters of 2027 on."""
    months = random.choice([3, 6, 12])
    last = {3: "2029Q2", 6: "2031H1", 12: "2034"}[months]
    names = periods(months, -6, 10)
    old, new = names[:6], names[6:]
    when = random.choice
    fleet = [
        f"K, Hall, {random.randint(1, 9)}, {when(old)}, 90, buy, , , {some(random, None, 100)}, ",
        f"L, Hall, {random.randint(1, 9)}, {when(old)}, , lease, {when(new)}, 3, "
        f"{some(random, None, 40)}, {some(random, None, 50)}",
        f"L, , 2, {old[-1]}, , cloud, {when(new)}, 2, , ",
    ]
    committed = [
        f"KB, {old[-1]}, 4, Hall, {some(random, None, 80)}, {some(random, None, '60%', '100%')}, ,"
        f" {some(random, None, -12)}",
        f"KB, {old[-4]}, 3, Hall, , {some(random, None, '50%')}, {old[-2]}, "
        f"{some(random, None, 150)}",
        f"LB, {new[1]}, 2, Hall, , {some(random, None, '20%')}, , ",
        f"KL, {old[-1]}, 2, Hall, , {some(random, None, '50%')}, , ",
    ]
    stages = [
        f"P, 1, {random.randint(1, 3)}, 60, {some(random, None, old[-1], old[-3])}, , , "
        f"{some(random, None, '60%', '0%')}, {some(random, None, 11)}",
        f"P, 2, {random.randint(1, 2)}, 40, , {some(random, None, new[4])}, "
        f"{some(random, None, 0, 1)}, {some(random, None, '50%')}, ",
        f"Q, 1, 2, 30, {old[-4]}, , , , {some(random, None, 7)}",
    ]
    window, rental = when(["fiscal_year", "plan"]), when(["period", "fiscal_year", "plan"])
    so_far = [
        f"Discounts, Buys, counted, {random.randint(0, 900)}",
        f"Discounts, Buys, credited, {random.randint(0, 9)}",
        f"Discounts, Buys, accrued, {random.randint(0, 30)}",
        "Offers, LB, set_up, 1",
        f"Offers, LB, set_up_value, {random.randint(0, 30)}",
        f"Contracts, Old, prepaid_fee, {random.randint(0, 30)}",
        f"Deal milestones, D / C, received, {random.randint(0, 30)}",
        f"Deal milestones, E / C, received, {random.randint(0, 30)}",
    ]
    so_far = [row for row in so_far if random.random() < 0.5]
    book = {
        "Settings": f"""
            name, value
            first_period, {new[0]}
            periods, {random.randint(4, 10)}
            months_per_period, {months}
            fiscal_year_start_month, {when([1, 7]) if months < 12 else 1}
            discount_rate, {when(["0%", "10%"])}
            cash_timing, {when(["start", "mid", "end"])}
            lease_rate, {some(random, None, "0%", "7%")}
            idle_power_pct, 60%""",
        "Vendors": "vendor\nNord\nSud",
        "Chips": f"""
            chip, vendor, power_kw, life_years, value_loss_per_year, resale_pct, availability, book_life_years, upkeep_per_unit_year
            K, Nord, 1, {when([1, 2, 3, 4.3])}, 20%, 50%, 90%, {some(random, None, 1, 2.6, 6)}, 3
            L, Sud, 2, {when([1, 2, 3])}, 20%, 50%, , {some(random, None, 0.7, 5)}, """,  # noqa: E501 - a header is one line
        "Offers": f"""
            offer, chip, seller, acquisition, price, lead_time, lot_size, order_fee, setup_cost, term_months, pay_on_order_pct
            KB, K, Nord, buy, 100, {random.randint(0, 2)}, 0, 2, 40, , {some(random, None, "30%")}
            LB, L, Sud, buy, 70, {random.randint(0, 2)}, 0, , 50, , 10%
            KL, K, Nord, lease, 4, {random.randint(0, 1)}, 0, 1, 20, {when([12, 30])},
            LC, L, Sud, cloud, 3, 0, 0, , 10, {when([6, 18])}, """,  # noqa: E501 - a header is one line
        "Performance": "chip, workload, throughput, running_cost\nK, W, 1, 1\nL, W, 2, -0.5",
        "Workloads": "workload, unmet_penalty, million_tokens\nW, 1, 5\nV, 1, ",
        "Demand": "workload, " + ", ".join(new) + "\nW" + ", 9" * 10 + "\nV" + ", 1" * 10,
        "Sites": "site, power_mw, pue, energy_price, hosting_cost\nHall, 99, 1.2, 30, 1",
        "Site projects": f"""
            project, site, step_mw, max_steps, cost_per_step, lead_time, book_life_years
            More, Hall, 1, 9, 300, {random.randint(0, 2)}, {some(random, None, 2)}""",
        "Committed steps": f"""
            project, start_period, steps, paid_pct, book_value
            More, {old[-2]}, 1, {some(random, None, "40%")}, {some(random, None, 200)}
            More, {new[1]}, 1, {some(random, None, "40%")}, """,
        "Fleet": "\n".join([FLEET, *fleet]),
        "Committed orders": "\n".join([COMMITTED, *committed]),
        "Programmes": f"""
            programme, cancellation_cost, book_life_years, abandoned
            P, 15, {some(random, None, 1.5)}, {some(random, None, None, "yes")}
            Q, 15, , """,
        "Programme stages": "\n".join([STAGES, *stages]),
        "Discounts": f"""
            discount, seller, offer, basis, window, kind, threshold, discount_pct
            Buys, Nord, KB, spend, {window}, all_units, 300, 5%
            Buys, Nord, KB, spend, {window}, all_units, 700, 9%
            Units, Sud, LB, units, fiscal_year, incremental, 1, 10%
            Rents, Nord, KL, spend, {rental}, all_units, 50, 8%
            Clouds, Sud, LC, spend, {rental}, incremental, 20, 8%""",
        "Contracts": f"""
            contract, seller, offer, signing, signing_fee, from, to, basis, minimum, shortfall_pct
            New, Nord, {some(random, None, "KB")}, optional, 24, {some(random, None, new[2])}, {some(random, None, new[3])}, spend, {some(random, None, 300)}, 50%
            Old, Sud, , signed, , , {some(random, None, last)}, spend, {some(random, None, 200)}, 30%
            Units, Nord, KB, signed, , , {some(random, None, last)}, units, {some(random, None, 9)}, {some(random, None, "40%")}""",  # noqa: E501 - a row is one line
        "Deals": "deal, vendor, signing\nD, Nord, signed\nE, Sud, signed",
        "Deal milestones": MILESTONES,
        "So far": "\n".join(["sheet, item, measure, amount", *so_far]),
    }
    return {sheet: text for sheet, text in book.items() if sheet != "So far" or so_far}


FLEET = (
    "chip, site, units, in_service_since, unit_cost, acquisition, until, price_per_month, "
    "book_value, lease_liability"
)
COMMITTED = "offer, order_period, units, site, unit_price, paid_pct, delivery_period, book_value"
STAGES = (
    "programme, stage, duration, cost, started, last_start, max_wait, capitalise_pct, book_value"
)
MILESTONES = """
    deal, milestone, measure, threshold, value, kind, haircut_pct, account
    D, A, cumulative_units, 1, 90, cash, , cost_reduction
    D, B, cumulative_units, 1, 700, equity, 30%, cost_reduction
    D, C, cumulative_units, 1, 50, cash, , own_shares
    E, A, cumulative_units, 1, 60, equity, 10%, cost_reduction
    E, B, cumulative_units, 1, 900, cash, , cost_reduction
    E, C, cumulative_units, 1, 30, equity, , own_shares"""


def periods(months: int, first: int, last: int) -> list[str]:
    """Labels of periods around the first of 2027."""
    found = []
    for at in range(first, last):
        year, month = divmod(2027 * 12 + at * months, 12)
        part = month // months + 1
        found.append({3: f"{year}Q{part}", 6: f"{year}H{part}", 12: f"{year}"}[months])
    return found


def plan_of(random: Random, tables: Tables) -> dict[str, Rows]:
    """A random plan: orders, sales, steps, stages, signatures, milestones, use."""
    calendar = tables.calendar
    at_random = lambda first=0: random.randrange(first, calendar.count)  # noqa: E731
    label = calendar.label
    plan: dict[str, Rows] = defaultdict(list)
    taken = set()
    for _ in range(random.randint(0, 9)):
        offer, at = random.choice(tables.rows("Offers")), at_random()
        if (offer["offer"], at) in taken:
            continue
        taken.add((offer["offer"], at))
        site = "" if offer["acquisition"] == "cloud" else "Hall"
        plan["Orders"].append(
            {"offer": offer["offer"], "seller": offer["seller"], "order_period": label(at),
             "site": site, "units": random.randint(1, 9) / random.choice([1, 1, 3]),
             "unit_price": offer["price"], "list_price": offer["price"]}
        )  # fmt: skip
    for row in tables.rows("Committed orders"):
        offer = tables.world().by_name("Offers")[row["offer"]]
        price = offer["price"] if row["unit_price"] is None else row["unit_price"]
        plan["Committed units"].append(
            {"offer": row["offer"], "order_period": label(row["order_period"]), "site": "Hall",
             "units": row["units"], "unit_price": price, "row": row.number}
        )  # fmt: skip
    for at in range(calendar.count):
        if random.random() < 0.2:
            plan["Site steps"].append(step("More", label(at), random.randint(1, 2), 300.0, None))
    for row in tables.rows("Committed steps"):
        start, paid = row["start_period"], row["paid_pct"]
        paid = float(start < 0) if paid is None else paid
        due = (1.0 - paid) * 300.0
        plan["Site steps"].append(step("More", label(start), 1, due, row.number))
    add_stages(random, tables, plan)
    if random.random() < 0.7:
        signed = {"kind": "contract", "name": "New", "event": "signed", "detail": ""}
        plan["Contracts and deals"].append({**signed, "period": label(at_random()), "money": 24.0})
    for name in ("Old", "Units"):
        old = {"kind": "contract", "name": name, "event": "signed", "period": "", "money": 0.0}
        plan["Contracts and deals"].append({**old, "detail": ""})
    for row in tables.rows("Deal milestones"):
        if random.random() < 0.5:
            plan["Contracts and deals"].append(
                {"kind": "deal", "name": row["deal"], "event": "milestone",
                 "detail": row["milestone"], "period": label(at_random()),
                 "money": -row["value"] * (1.0 - row["haircut_pct"])}
            )  # fmt: skip
    return plan


def step(project: str, start: str, steps: int, cost: float, row: int | None) -> dict[str, object]:
    """A row of Site steps."""
    due = cost * steps if row is None else cost
    return {"project": project, "start": start, "steps": steps, "cost": due, "row": row}


def add_stages(random: Random, tables: Tables, plan: dict[str, Rows]) -> None:
    """Stages that were begun, and some that the plan begins; each may never finish."""
    calendar, free = tables.calendar, {}
    given_up = {row["programme"] for row in tables.rows("Programmes") if row["abandoned"]}
    for row in tables.rows("Programme stages"):
        name, start = row["programme"], row["started"]
        if start is None:
            before = free.get(name, 0 if row["stage"] == 1 else None)
            if before is None or random.random() < 0.3 or name in given_up:
                continue
            start = max(before, 0) + random.randint(0, 2)
        if start >= calendar.count:
            continue
        done = start + row["duration"]
        free[name] = done
        plan["Programme timeline"].append(
            {"programme": name, "stage": row["stage"], "start": calendar.label(start),
             "end": calendar.label(done - 1)}
        )  # fmt: skip


def made(seed: int) -> Made:
    """A random world and plan; what is left of the plan follows from the audit's facts."""
    random = Random(seed)
    tables = chipfolio.read(frames(**book(random)))
    plan = plan_of(random, tables)
    world = tables.world()
    facts = facts_of(world, plan)
    add_sales(random, facts, plan)
    add_usage(random, facts, plan)
    facts = facts_of(world, plan)
    lines = empty(facts)
    add_orders(facts, lines)
    add_running(facts, stock(facts), lines)
    add_projects(facts, lines)
    add_resale(facts, lines)
    for row in plan["Contracts and deals"]:
        if row["kind"] == "contract" and row["money"]:
            lines["contract_fees"][facts.place[str(row["period"])]] += row["money"]  # type: ignore[operator]
        terms = world.by_name("Deal milestones").get((row["name"], row["detail"]))  # type: ignore[arg-type]
        if row["kind"] == "deal" and terms["kind"] == "cash":  # type: ignore[index]
            lines["deal_value"][facts.place[str(row["period"])]] += row["money"]  # type: ignore[operator]
    lines["shortfall_payments"][-1] += 5.0
    lines["software"][0] += 8.0
    for given in rebates(facts):
        lines["discounts"][given.window.last] -= given.money
        if given.discount:  # as a plan tells only of tiers that are reached
            plan["Contracts and deals"].append(
                {"kind": "discount", "name": given.scheme.name, "event": "tier", "detail": "",
                 "period": given.window.label, "money": -given.money}
            )  # fmt: skip
    plan["Cash"] = [
        {"line": line, "period": world.calendar.label(at), "amount": amount}
        for line in CASH_LINES
        for at, amount in enumerate(lines[line])
        if amount
    ]
    return Made(tables, world, plan, facts_of(world, plan), lines)


def facts_of(world: World, plan: dict[str, Rows]) -> Facts:
    """What the audit reads of a plan."""
    facts = read(world, plan, Findings())
    set_prices(facts)
    return facts


def add_sales(random: Random, facts: Facts, plan: dict[str, Rows]) -> None:
    """Some owned units are sold, at any price."""
    for batch in facts.batches:
        left = batch.units
        first, last = max(batch.arrival + 1, 0), min(batch.leaves, facts.end)
        for at in range(first, last):
            if not batch.owned or not left or random.random() > 0.12:
                continue
            units = left if random.random() < 0.3 else left * random.random()
            left -= units
            share = facts.chips[batch.chip]["resale_pct"] * facts.worth(
                batch.chip, at - batch.arrival
            )
            plan["Sales"].append(
                {"chip": batch.chip, "offer": batch.offer, "arrival": facts.label(batch.arrival),
                 "site": batch.site, "period": facts.label(at), "units": units,
                 "row": batch.row or None, "amount": 0.0, "share": share,
                 "order_period": "" if batch.ordered is None else facts.label(batch.ordered)}
            )  # fmt: skip
    from chipfolio.plan.audit.money import market_price

    for row in plan["Sales"]:
        price = row.pop("share") * market_price(facts, row["chip"], facts.place[row["period"]])  # type: ignore[operator, arg-type, index]
        row.update(unit_value=price, amount=price * row["units"])  # type: ignore[operator]


def add_usage(random: Random, facts: Facts, plan: dict[str, Rows]) -> None:
    """Units in service do some work, and some are kept ready."""
    facts = facts_of(facts.world, plan)
    usable: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * facts.end)
    for batch in facts.batches:
        for at in range(facts.end):
            usable[batch.chip, batch.site][at] += batch.in_service(at) * batch.availability
    for (chip, site), path in usable.items():
        for at, units in enumerate(path):
            used, ready = units * random.random() * 0.6, units * random.random() * 0.3
            if units > 0.0 and random.random() < 0.8:
                plan["Usage"].append(
                    {"chip": chip, "site": site, "workload": "W", "efficiency": 1.0,
                     "period": facts.label(at), "units": used, "served": used, "ready": ready}
                )  # fmt: skip
