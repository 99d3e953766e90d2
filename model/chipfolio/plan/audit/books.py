"""The accounts recomputed: book values in closed form, layer by layer, and what they take.

Each amount that an asset is given (its opening, its cost at arrival, a rebate) is a layer of its
own: at the end of a period so much of it is left as of the book life that was left when it came.
A sale takes its share of all layers, a vendor's grant lowers all by the same factor.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from ...contract.lines import EXPENSED_LINES
from ...contract.periods import SHIFT, before_a_plan_window
from .discounts import Rebate
from .facts import Facts
from .payments import payments, spend
from .records import Batch, StageRun
from .silicon import ready
from .terms import shown_milestones

FIFTEEN, FIVE = 15.0, 5.0
"""Book lives of site projects and programmes where the workbook says none [years]."""
EVERYWHERE = "*"
"""The site of costs that belong to a chip wherever its units stand."""
CLASSES = ("chips", "set-up", "sites", "programmes")


@dataclass
class Layered:
    """An asset: layers by the period they come in (-1: before the plan), and what ends it."""

    item: str
    line: str
    begins: int
    life: float
    layers: list[tuple[int, float]] = field(default_factory=list)
    vendor: str = ""
    batch: Batch | None = None
    ends: int | None = None
    place: tuple[str, str] | None = None
    factor: float = 1.0
    """What grants have left of it so far."""
    name: str = ""
    """The offer whose set-up, or the stage that it is."""

    def stock(self, at: int) -> float:
        """Share of its units that is there in a period."""
        if self.ends is not None and at >= self.ends:
            return 0.0
        if self.batch is None or not self.batch.sold or at < 0:
            return 1.0
        return 1.0 - sum(u for t, u in self.batch.sold.items() if t <= at) / self.batch.units

    def worth(self, at: int) -> float:
        """Value of all units at the end of a period, grants apart."""
        total = 0.0
        for came, amount in self.layers:
            if came > at:
                continue
            begins = max(self.begins, came, 0)
            left = self.life - (begins - self.begins)
            served = at + 1 - begins
            if served > 0:
                amount *= max(0.0, 1.0 - served / left) if left > 0 else 0.0
            total += amount
        return total

    def coming(self, at: int) -> float:
        """What comes in a period."""
        return sum(amount for came, amount in self.layers if came == at)


class Books:
    """Costs by line and period; opening and change of each item."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.costs: dict[tuple[str, int], float] = defaultdict(float)
        self.opening: dict[str, float] = defaultdict(float)
        self.change: dict[tuple[str, int], float] = defaultdict(float)
        self.assets: list[Layered] = []
        self.placed: dict[tuple[str, tuple[str, str], int], float] = defaultdict(float)
        """Costs of chips by line, (chip, site) and period."""
        self.so_far = {
            (row["sheet"], row["item"], row["measure"]): row["amount"]
            for row in map(dict, facts.world.rows("So far"))
        }

    def told(self, sheet: str, item: str, measure: str) -> float:
        """What the sheet So far says, 0 where it says nothing."""
        return self.so_far.get((sheet, item, measure)) or 0.0

    def move(self, item: str, at: int, amount: float) -> None:
        """A change of an item; -1 is the plan's start."""
        if at < 0:
            self.opening[item] += amount
        elif at < self.facts.end:
            self.change[item, at] += amount

    def cost(self, line: str, at: int, amount: float, place: tuple[str, str] | None = None) -> None:
        """A cost of a period of the plan, of units at a place where one is named."""
        if 0 <= at < self.facts.end:
            self.costs[line, at] += amount
            if place is not None:
                self.placed[line, place, at] += amount


def books(facts: Facts, lines: dict[str, list[float]], given: list[Rebate]) -> Books:
    """The accounts of one scenario, from its facts and its cash lines recomputed."""
    found = Books(facts)
    by_batch = add_chips(found)
    add_rebates(found, by_batch, given)
    add_set_up(found)
    add_steps(found)
    add_stages(found, lines)
    add_leases(found)
    add_fees(found)
    grants = add_deals(found)
    run(found, grants)
    for line in EXPENSED_LINES:
        for at, amount in enumerate(lines[line]):
            found.cost(line, at, amount)
    for at, amount in enumerate(lines["resale"]):
        found.cost("gain_or_loss_on_sale", at, amount)
    return found


def run(found: Books, grants: dict[tuple[str, int], float]) -> None:
    """Value all assets at the end of every period; what is missing is the period's cost.

    Layers come before any sale or grant: at arrival, or at the plan's start.
    """
    value = {id(asset): asset.coming(-1) for asset in found.assets}
    for asset in found.assets:
        found.opening[asset.item] += value[id(asset)]
    for at in found.facts.calendar.positions:
        for asset in found.assets:
            start = value[id(asset)] + asset.coming(at)
            before, held = asset.stock(at - 1) or 1.0, asset.stock(at)
            kept = start * held / before
            if asset.ends is not None and at >= asset.ends:
                found.cost(f"write_offs_{asset.item}", at, start - kept)
            elif held != before:
                found.cost("gain_or_loss_on_sale", at, start - kept)
            closing = asset.worth(at) * asset.factor * held
            found.cost(asset.line, at, kept - closing, asset.place)
            value[id(asset)] = closing
        for (vendor, when), grant in grants.items():
            if when == at:
                grant_to(found, at, vendor, grant, value)
        for item in CLASSES:
            total = sum(value[id(asset)] for asset in found.assets if asset.item == item)
            so_far = found.opening[item] + sum(found.change[item, t] for t in range(at))
            found.change[item, at] = total - so_far


def grant_to(found: Books, at: int, vendor: str, grant: float, value: dict[int, float]) -> None:
    """A vendor's grant lowers its chips in service by one factor."""
    mine = [
        a
        for a in found.assets
        if a.item == "chips" and a.vendor == vendor and a.begins <= at and value[id(a)] > 0.0
    ]
    whole = sum(value[id(asset)] for asset in mine)
    left = max(0.0, 1.0 - grant / whole) if whole else 0.0
    for asset in mine:
        asset.factor *= left
        value[id(asset)] *= left
    if grant > whole:
        found.cost("vendor_consideration", at, whole - grant)


def book_life(facts: Facts, chip: str) -> float:
    """Periods over which an owned unit is depreciated."""
    row = facts.chips[chip]
    return 12.0 * (row["book_life_years"] or row["life_years"]) / facts.months


def add_chips(found: Books) -> dict[int, Layered]:
    """Owned units and what is paid ahead for them."""
    facts, by_batch = found.facts, {}
    for batch in facts.batches:
        if not batch.owned:
            continue
        life, whole = book_life(facts, batch.chip), batch.units * batch.price
        asset = Layered("chips", "depreciation_chips", batch.arrival, life, batch=batch)
        asset.vendor, asset.ends = facts.chips[batch.chip]["vendor"], batch.leaves
        asset.place = (batch.chip, batch.site)
        by_batch[id(batch)] = asset
        found.assets.append(asset)
        told, due = told_value(facts, batch, "book_value"), payments(facts, batch)
        if batch.kind == "fleet" or batch.arrival < 0:
            computed = whole * max(0.0, 1.0 - max(-batch.arrival, 0) / life)
            computed = computed if batch.leaves > 0 else 0.0
            asset.layers.append((-1, computed if told is None else told))
            owed = sum(money for _, money in due)
            found.move("prepayments", -1, -owed)
            found.move("prepayments", 0, owed)
            continue
        asset.layers.append((batch.arrival, whole))
        if told:
            asset.layers.append((batch.arrival, told))
            found.move("rebates to come", -1, told)
            found.move("rebates to come", batch.arrival, -told)
        found.move("prepayments", -1, whole * batch.paid)
        for at, money in due:
            found.move("prepayments", at, money)
        found.move("prepayments", batch.arrival, -whole)
    return by_batch


def told_value(facts: Facts, batch: Batch, column: str) -> float | None:
    """A batch's part of what its row says it stands at in the books; None where it says nothing."""
    if batch.kind == "order":
        return None
    row = (facts.fleet_rows if batch.kind == "fleet" else facts.committed_rows)[batch.row]
    if row[column] is None:
        return None
    return float(row[column] * batch.units / row["units"]) if row["units"] else 0.0


def add_rebates(found: Books, by_batch: dict[int, Layered], given: list[Rebate]) -> None:
    """Rebates, on what was bought in their window from arrival, on rents in their window."""
    facts = found.facts
    for item in given:
        name, window = item.scheme.name, item.window
        open_then = window.positions[0] == 0
        had = found.told("Discounts", name, "credited") if open_then else 0.0
        lowered = found.told("Discounts", name, "accrued") if open_then else 0.0
        found.move("rebates to come", -1, lowered - had)
        found.move("rebates to come", window.last, -item.money)
        measure = "spend" if item.scheme.basis == "units" else "counted"
        past = found.told("Discounts", name, measure) if open_then else 0.0
        mine = [b for b in facts.batches if b.offer in item.scheme.offers]
        weight = {id(batch): spend(facts, batch) for batch in mine}
        inside = {*window.positions, *window.before}
        if item.scheme.window == "plan":
            inside |= before_a_plan_window([(b.ordered, weight[id(b)]) for b in mine], past)
        mine = [batch for batch in mine if batch.ordered in inside]
        whole = item.money + had
        if not item.bought:
            lower_rents(found, mine, item, whole - lowered)
            continue
        early = [batch for batch in mine if batch.ordered is not None and batch.ordered < 0]
        if not open_then or ("Discounts", name) not in facts.told:
            past = sum(weight[id(batch)] for batch in early)
        total = past + sum(weight[id(b)] for b in mine) - sum(weight[id(b)] for b in early)
        rate = whole / total if total else 0.0
        coming = [batch for batch in mine if batch.arrival >= 0]
        for batch in coming:
            part = rate * weight[id(batch)]
            lower(found, by_batch[id(batch)], batch.arrival, part)
        there = past - sum(weight[id(b)] for b in coming if b in early)
        rest = (rate * there if total else whole) - lowered
        alive = [b for b in early if b.arrival < 0 < b.leaves]
        covered = 0.0
        for batch in alive if there else []:
            part = rest * weight[id(batch)] / there
            covered += part
            lower(found, by_batch[id(batch)], 0, part)
        at = 0 if there else window.last
        found.move("rebates to come", at, rest - covered)
        found.cost("rebates_on_units_gone", at, covered - rest)


def lower(found: Books, asset: Layered, at: int, part: float) -> None:
    """Lower an asset's cost by its part of a rebate."""
    if at < found.facts.end:
        asset.layers.append((at, -part))
        found.move("rebates to come", at, part)


def lower_rents(found: Books, mine: list[Batch], item: Rebate, amount: float) -> None:
    """Spread a rental's rebate over the rents of its window."""
    rents: dict[tuple[int, tuple[str, str] | None], float] = defaultdict(float)
    for batch in mine:
        for at, money in payments(found.facts, batch):
            if at in item.window.positions:
                rents[at, (batch.chip, batch.site)] += money
    whole = sum(rents.values())
    parts = {key: rent / whole for key, rent in rents.items()} if whole else {}
    for (at, place), part in (parts or {(item.window.last, None): 1.0}).items():
        found.move("rebates to come", at, amount * part)
        found.cost("discounts", at, -amount * part, place)


def add_set_up(found: Books) -> None:
    """Set-up of offers with a first order in the plan, and what is left of earlier ones."""
    facts = found.facts
    placed = {row["offer"] for row in facts.committed_rows.values()}
    for name, offer in facts.offers.items():
        mine = [batch for batch in facts.batches if batch.offer == name and batch.units > 1e-6]
        new = [b.ordered for b in mine if b.kind == "order" and b.ordered is not None]
        had = found.told("Offers", name, "set_up_value")
        cost = offer["setup_cost"] or 0.0
        if not new or name in placed or found.told("Offers", name, "set_up"):
            cost = 0.0
        if not cost and not had:
            continue
        begins = min((batch.arrival for batch in mine), default=0)
        life = book_life(facts, offer["chip"])
        if offer["acquisition"] != "buy":
            life = float(facts.whole_periods(offer["term_months"]))
        asset = Layered("set-up", "depreciation_setup", begins, life)
        asset.place, asset.name = (offer["chip"], EVERYWHERE), name
        asset.layers += [(-1, had), (min(new), cost)] if cost else [(-1, had)]
        found.assets.append(asset)


def add_steps(found: Books) -> None:
    """Site steps from their finish; of committed ones what is paid ahead, or still owed."""
    facts = found.facts
    told = {row.number: dict(row)["book_value"] for row in facts.world.rows("Committed steps")}
    for step in facts.steps:
        row = facts.projects[step.project]
        life = 12.0 * (row["book_life_years"] or FIFTEEN) / facts.months
        cost = step.steps * row["cost_per_step"]
        asset = Layered("sites", "depreciation_sites", step.ready, life)
        found.assets.append(asset)
        if step.start >= 0:
            asset.layers.append((step.start, cost))
            ahead = cost - step.due if step.start < facts.end else 0.0
            found.move("prepayments", -1, ahead)
            found.move("prepayments", step.start, -ahead)
            continue
        value = told.get(step.row)
        if value is None:
            value = cost * max(0.0, 1.0 - max(-step.ready, 0) / life)
        asset.layers.append((-1, value))
        found.move("prepayments", -1, -step.due)
        found.move("prepayments", 0, step.due)


def add_stages(found: Books, lines: dict[str, list[float]]) -> None:
    """Stages as spent; what is no stage's cost is what giving up costs."""
    facts, stage_money = found.facts, [0.0] * found.facts.end
    for programme, row in facts.programmes.items():
        done, lost = ready(facts, programme), in_vain(facts, programme)
        if row["abandoned"] and done is None:
            lost = 0
        life = 12.0 * (row["book_life_years"] or FIVE) / facts.months
        for number, source in facts.stages.get(programme, {}).items():
            stage, run_of = dict(source), facts.runs.get((programme, number))
            if run_of is None:
                continue
            begins = facts.end if done is None else done
            asset = Layered("programmes", "depreciation_programmes", begins, life, ends=lost)
            asset.name = f"{programme} / {number}"
            share = 1.0 if stage["capitalise_pct"] is None else stage["capitalise_pct"]
            opening = stage_opening(stage, run_of, share, life, done)
            if row["abandoned"] and done is None and stage["book_value"] is None:
                opening = 0.0
            asset.layers.append((-1, opening))
            for at in range(max(run_of.start, 0), min(run_of.done, facts.end)):
                stage_money[at] += run_of.cost
                asset.layers.append((at, run_of.cost * share))
                found.cost("expensed_stages", at, run_of.cost * (1.0 - share))
            found.assets.append(asset)
    for at, amount in enumerate(lines["programme_costs"]):
        found.cost("expensed_stages", at, amount - stage_money[at])


def stage_opening(
    stage: dict, run_of: StageRun, share: float, life: float, done: int | None
) -> float:
    """What a stage begun before the plan stands at."""
    if run_of.start >= 0:
        return 0.0
    if stage["book_value"] is not None:
        return float(stage["book_value"])
    spent = run_of.cost * (min(run_of.done, 0) - run_of.start) * share
    age = -done if done is not None and done < 0 else 0
    return spent * max(0.0, 1.0 - age / life)


def in_vain(facts: Facts, programme: str) -> int | None:
    """Period in which what was capitalised is written off; None where it is not."""
    numbers = sorted(facts.stages.get(programme, {}))
    runs = [facts.runs[programme, n] for n in numbers if (programme, n) in facts.runs]
    if not runs or ready(facts, programme) is not None:
        return None
    last = runs[-1]
    ahead = [dict(facts.stages[programme][n]) for n in numbers if n > last.stage]
    closed = [stage["last_start"] + 1 for stage in ahead if stage["last_start"] is not None]
    if not last.ends:
        closed.append(last.done)
    elif ahead and ahead[0]["max_wait"] is not None:
        closed.append(last.done + ahead[0]["max_wait"] + 1)
    soonest = min(closed, default=facts.end)
    if soonest < facts.end:
        return max(soonest, 0)
    if last.done > facts.end:
        return None
    patience = ahead[0]["max_wait"] if ahead and last.ends else None
    waits = patience is not None and facts.end - last.done <= patience
    return None if waits else facts.end - 1


def add_leases(found: Books) -> None:
    """Clouds as paid; leases as what the payments to come are worth."""
    facts = found.facts
    rate = facts.setting("lease_rate")
    rate = facts.setting("discount_rate") if rate is None else rate
    shift = SHIFT[facts.calendar.cash_timing]
    for batch in facts.batches:
        if batch.acquisition == "cloud":
            for at, money in payments(facts, batch):
                found.cost("cloud", at, money, (batch.chip, batch.site))
        if batch.acquisition != "lease" or batch.leaves <= 0:
            continue
        term = batch.leaves - batch.arrival
        full = batch.units * batch.price * facts.months
        rent, ahead = full * (1.0 - batch.paid), full * batch.paid * term

        def owed(at: int, rent: float = rent, leaves: int = batch.leaves) -> float:
            """Worth of what is still to pay at a period's start."""
            years = [facts.years(k + shift) for k in range(leaves - at)]
            return rent * sum((1.0 + rate) ** -y for y in years)

        begun, first = batch.arrival < 0, max(batch.arrival, 0)
        right, part, when = owed(batch.arrival) + ahead, 1.0, first
        if begun:
            right, when = right * batch.leaves / term, -1
            right = right if (told := told_value(facts, batch, "book_value")) is None else told
            if (told := told_value(facts, batch, "lease_liability")) is not None:
                part = told / owed(0) if owed(0) else 0.0
            found.move("lease liability", -1, -(told if told is not None else owed(0)))
        else:
            found.move("prepayments", -1, ahead)
            found.move("prepayments", first, -ahead)
            found.move("lease liability", first, -owed(first))
        found.move("right of use", when, right)
        opening = told if begun and told is not None else owed(first)
        for at in range(first, min(batch.leaves, facts.end)):
            closing = owed(at + 1) * part
            found.move("right of use", at, -right / (batch.leaves - first))
            place = (batch.chip, batch.site)
            found.cost("right_of_use_depreciation", at, right / (batch.leaves - first), place)
            found.move("lease liability", at, opening - closing)
            found.cost("lease_interest", at, rent + closing - opening, place)
            opening = closing


def add_fees(found: Books) -> None:
    """Signing fees over the time of their contract."""
    facts = found.facts
    for row in map(dict, facts.world.rows("Contracts")):
        at = facts.signed.get(("contract", row["contract"]), -1)
        fee = (row["signing_fee"] or 0.0) if row["signing"] != "signed" and at >= 0 else 0.0
        had = found.told("Contracts", row["contract"], "prepaid_fee")
        had = had if row["signing"] == "signed" else 0.0
        for paid, since in ((had, -1), (fee, at)):
            if not paid:
                continue
            found.move("prepayments", since, paid)
            first = max(row["from"] or 0, at, 0)
            last = max(first, facts.end - 1 if row["to"] is None else row["to"])
            for when in range(first, last + 1):
                found.move("prepayments", when, -paid / (last - first + 1))
                found.cost("contract_fees", when, paid / (last - first + 1))


def add_deals(found: Books) -> dict[tuple[str, int], float]:
    """Shares received and issued; what lowers the cost of a vendor's chips, by period."""
    facts, grants = found.facts, defaultdict(float)
    paid = shown_milestones(facts)
    vendors = {row["deal"]: row["vendor"] for row in map(dict, facts.world.rows("Deals"))}
    for row in map(dict, facts.world.rows("Deal milestones")):
        ours, equity = row["account"] == "own_shares", row["kind"] == "equity"
        had = found.told("Deal milestones", f"{row['deal']} / {row['milestone']}", "received")
        found.move("vendor shares", -1, had if equity else 0.0)
        found.move("shares issued", -1, -had if ours else 0.0)
        for at, _ in paid.get((row["deal"], row["milestone"]), []):
            got = row["value"] if equity else row["value"] * (1.0 - (row["haircut_pct"] or 0.0))
            found.move("vendor shares", at, got if equity else 0.0)
            found.move("shares issued", at, -got if ours else 0.0)
            if not ours:
                grants[vendors[row["deal"]], at] += got
    return grants
