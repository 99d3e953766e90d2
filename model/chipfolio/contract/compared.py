"""Tables of a comparison of two plans: the bridge of their costs, and what moved."""

from __future__ import annotations

from .schema import Column, Kind, Table

TEXT, NUMBER, MONEY = Kind.TEXT, Kind.NUMBER, Kind.MONEY
PERCENT, INTEGER, PERIOD = Kind.PERCENT, Kind.INTEGER, Kind.PERIOD

STEP = Column("step", TEXT, "", "Subject of the step; first and last, the two plans.")


def table(name: str, doc: str, key: tuple[str, ...], *columns: Column) -> Table:
    """A table of a comparison."""
    return Table(name, doc, key, columns, kind="plan")


BRIDGE = table(
    "Bridge",
    "From the cost of one plan to that of the other, in steps that add up.",
    ("step",),
    STEP,
    Column("cells", INTEGER, "", "Differences of the inputs that it stands for."),
    Column("total", MONEY, "money", "What it adds to the cost; of the two plans, their cost."),
    Column("low", MONEY, "money", "It is proven to add at least this; blank if not known."),
    Column("high", MONEY, "money", "And at most this; blank if not known."),
    Column(
        "told_apart",
        TEXT,
        "",
        "yes; no where the step is smaller than the gaps of the worlds beside it.",
    ),
    Column(
        "forward", MONEY, "money", "What it adds where subjects change in the order of the list."
    ),
    Column("reverse", MONEY, "money", "What it adds where they change in the opposite order."),
    Column(
        "effect",
        MONEY,
        "money",
        "What it adds with the first plan kept as it is; blank where that is no plan any more.",
    ),
    Column("response", MONEY, "money", "Total less effect: what deciding anew changes."),
    Column("finding", TEXT, "", "The step as a sentence."),
)
WORLDS = table(
    "Bridge worlds",
    "The worlds between the two books, and what each costs at best.",
    ("order", "number"),
    Column("order", TEXT, "", "forward or reverse order of subjects, or kept (the first plan)."),
    Column("number", INTEGER, "", "Place in that order."),
    Column("as_second", TEXT, "", "Subjects that are as in the second plan's book."),
    Column("status", TEXT, "", "optimal, feasible, infeasible, cut by time, failed, or plan."),
    Column("cost", MONEY, "money", "Cost of the best plan found there."),
    Column("bound", MONEY, "money", "No plan there costs less."),
    Column("note", TEXT, "", "Why there is none."),
)
INPUTS_APART = table(
    "Bridge inputs",
    "Every difference of the inputs, and the step that it belongs to.",
    ("step", "sheet", "item", "column", "period"),
    STEP,
    Column("what", TEXT, "", "added, removed, changed or reordered."),
    Column("sheet", TEXT, "", "Sheet."),
    Column("item", TEXT, "", "Row of it."),
    Column("column", TEXT, "", "Column of it."),
    Column("period", TEXT, "", "Period, of a value by period."),
    Column("old", TEXT, "", "Value in the first plan's book."),
    Column("new", TEXT, "", "Value in the second plan's book."),
    Column("change_pct", PERCENT, "", "Change of a number."),
    Column("moves", TEXT, "", "Whether any plan depends on it: yes or no."),
)
MOVED = table(
    "Moved decisions",
    "Orders, starts and signatures that differ, and the steps that moved them.",
    ("kind", "item", "period"),
    Column("kind", TEXT, "", "order, stage start, software start, site steps or signature."),
    Column("item", TEXT, "", "Offer, stage, project, contract or deal."),
    Column("period", TEXT, "", "When."),
    Column("before", NUMBER, "", "In the first plan, expected over scenarios."),
    Column("after", NUMBER, "", "In the second plan, expected over scenarios."),
    Column("change", NUMBER, "", "Second less first."),
    Column("list_value", MONEY, "money", "List value of the change of an order."),
    Column("moved_by", TEXT, "", "Steps that moved it, by how much each; they add up."),
)
PROMISES = table(
    "Promises",
    "Orders that the first plan promised for the second one's first four periods.",
    ("offer", "period"),
    Column("offer", TEXT, "", "Offer."),
    Column("period", PERIOD, "", "When it is ordered."),
    Column("promised", NUMBER, "units", "Units in the first plan."),
    Column("now", NUMBER, "units", "Units in the second plan, those ordered for good included."),
    Column("unit_value", MONEY, "money per unit", "List value in the first plan's book."),
    Column("promised_value", MONEY, "money", "List value of what was promised."),
    Column("lowered", MONEY, "money", "List value of what of it was lowered or dropped."),
    Column("new", MONEY, "money", "List value of what was not promised."),
)
NERVOUSNESS = table(
    "Nervousness",
    "How far the second plan keeps what the first one promised.",
    ("item",),
    Column("item", TEXT, "", "What is said."),
    Column("value", NUMBER, "", "How much."),
    Column("unit", TEXT, "", "Unit of the value."),
)

COMPARED = {one.name: one for one in (BRIDGE, INPUTS_APART, MOVED, PROMISES, NERVOUSNESS, WORLDS)}
"""Tables of a comparison by name, in the order in which its workbook shows them."""
