"""What chips fetch when sold: the lowest list price then open, less the deepest cuts."""

from __future__ import annotations

from .facts import Future
from .model import CONSTANT, Model

NEVER = -(10**6)
"""The period of an offer that has not been open: before all others."""


def add_market(model: Model) -> None:
    """Market price by chip and period, for the chips that are sold early."""
    if not model.facts.plan.tables.get("Sales"):
        return
    sheet = model.timeline(
        "Market",
        "model",
        "Prices at which units are sold: the chip's lowest open list price less the deepest cuts.",
    )
    for future in model.futures:
        chips = list(dict.fromkeys(str(row["chip"]) for row in future.table("Sales")))
        if chips:
            model.section(sheet, f"Offers open {future.name}".strip())
            spans = {chip: add_offers(model, future, chip) for chip in chips}
            model.section(sheet, f"Market price by chip {future.name}".strip())
            first = sheet.row
            for chip in chips:
                low, high = spans[chip]
                here = sheet.moving(low, high, own=True)
                cuts = sheet.down(CONSTANT, low, high, own=True)
                model.line(
                    sheet,
                    future,
                    "market price",
                    chip,
                    f"{model.facts.currency} per unit",
                    f"=MIN({here})*(1-INDEX({cuts},MATCH(MIN({here}),{here},0)))",
                    "money",
                    number=model.facts.number("chip", chip),
                    total=False,
                )
            model.block(sheet, future, "market price", first)


def add_offers(model: Model, future: Future, chip: str) -> tuple[int, int]:
    """Rows of a chip's purchase offers, deepest cut first; price where open, else blank."""
    facts, sheet, own = model.facts, model.sheet("Market"), model.own("Market", future)
    offers = [
        row
        for row in facts.by_name["Offers"].values()
        if row["chip"] == chip and row["acquisition"] == "buy"
    ]
    offers.sort(key=lambda row: -deepest_cut(model, row))
    flags = open_flags(model, future, offers)
    for row in offers:
        model.line(
            sheet, future, "open", row["offer"], "1 = yes", flags[row["offer"]], "code", total=False
        )
    first = sheet.row
    for row in offers:
        name = row["offer"]
        opened = own.here("open", name)
        price = model.here("Rates", future, "price", name)
        model.line(
            sheet,
            future,
            "list price if open",
            name,
            f"{facts.currency} per unit",
            f'=IF({opened}=1,{price},"")',
            "money",
            constant=deepest_cut(model, row),
            constant_kind="percent",
            total=False,
        )
    return first, sheet.row - 1


def deepest_cut(model: Model, offer: dict) -> float:
    """Sum of the highest cuts and tiers that could apply to an offer; all of its price at most."""

    def covers(row: dict) -> bool:
        return row["seller"] == offer["seller"] and row["offer"] in (None, "", offer["offer"])

    facts = model.facts
    cuts = sum(
        row["price_cut_pct"] or 0.0
        for row in facts.rows("Contracts")
        if row["active"] and covers(row)
    )
    tiers: dict[str, float] = {}
    for row in facts.rows("Discounts"):
        if covers(row):
            tiers[row["discount"]] = max(tiers.get(row["discount"], 0.0), row["discount_pct"])
    return min(cuts + sum(tiers.values()), 1.0)


def open_flags(model: Model, future: Future, offers: list[dict]) -> dict[str, list[int]]:
    """Whether each offer counts in a period: open, or the last that was where none is."""
    world, count = future.world, model.count

    def is_open(row: dict, at: int) -> bool:
        first = 0 if row["first_order"] is None else row["first_order"]
        last = count - 1 if row["last_order"] is None else row["last_order"]
        return first <= at <= last and not world.removed("Offers", row["offer"], at)

    def last_open(row: dict, at: int) -> int:
        before = [when for when in range(at + 1) if is_open(row, when)]
        if before:
            return before[-1]
        if row["last_order"] is not None and row["last_order"] < 0:
            return row["last_order"]
        if row["first_order"] is not None and row["first_order"] < 0:
            return -1
        return NEVER

    flags: dict[str, list[int]] = {row["offer"]: [] for row in offers}
    for at in range(count):
        chosen = [row["offer"] for row in offers if is_open(row, at)]
        if not chosen:
            ends = {row["offer"]: last_open(row, at) for row in offers}
            chosen = [name for name, end in ends.items() if end == max(ends.values())]
        for row in offers:
            flags[row["offer"]].append(1 if row["offer"] in chosen else 0)
    return flags
