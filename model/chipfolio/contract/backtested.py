"""Tables of a backtest: what each way of deciding costs on what came true, and why."""

from __future__ import annotations

from .schema import Column, Kind, Table

TEXT, NUMBER, MONEY = Kind.TEXT, Kind.NUMBER, Kind.MONEY
PERCENT, INTEGER = Kind.PERCENT, Kind.INTEGER


def table(name: str, doc: str, key: tuple[str, ...], *columns: Column) -> Table:
    """A table of a backtest."""
    return Table(name, doc, key, columns, kind="plan")


POLICIES = table(
    "Backtest policies",
    "Every way of deciding, costed on what came true; what comes after the last workbook begins "
    "is decided best for each.",
    ("policy",),
    Column("policy", TEXT, "", "Way of deciding."),
    Column("meaning", TEXT, "", "What it fixes."),
    Column("cost", MONEY, "money", "Discounted to the first period; blank where it cannot be."),
    Column("bound", MONEY, "money", "It is proven to cost at least this."),
    Column("regret", MONEY, "money", "Cost less that of hindsight."),
    Column("low", MONEY, "money", "The regret is proven to be at least this."),
    Column("high", MONEY, "money", "And at most this."),
    Column("note", TEXT, "", "Why it cannot be costed."),
)
REGRET = table(
    "Backtest regret",
    "What deciding as we did costs more than hindsight, by the workbook that decided; the three "
    "parts add up to each row's regret, and the rows to the regret.",
    ("book",),
    Column("book", TEXT, "", "Workbook whose quarter it is."),
    Column("period", TEXT, "", "Its first period."),
    Column(
        "forecast",
        MONEY,
        "money",
        "What its own plan costs on the truth, less what its plan would have if it had known the "
        "truth.",
    ),
    Column(
        "policy",
        MONEY,
        "money",
        "What its plan costs that knows the truth, less the best: its rules, settings and end.",
    ),
    Column("execution", MONEY, "money", "What was done in fact, less what its own plan would do."),
    Column("regret", MONEY, "money", "The three together."),
    Column("low", MONEY, "money", "The regret is proven to be at least this."),
    Column("high", MONEY, "money", "And at most this."),
    Column("note", TEXT, "", "What could not be told apart, and why."),
)
BIAS = table(
    "Backtest bias",
    "What workbooks said of periods ahead, against what came true.",
    ("quantity", "item", "ahead"),
    Column("quantity", TEXT, "", "demand, price, or delivery (periods after the order)."),
    Column("item", TEXT, "", "Workload or offer."),
    Column("ahead", INTEGER, "periods", "From the workbook's first period to the one it spoke of."),
    Column("values", INTEGER, "", "How many were said."),
    Column("said", NUMBER, "", "Their mean."),
    Column("truth", NUMBER, "", "Mean of what came true."),
    Column("bias", NUMBER, "", "Said less truth: above 0, too much was said."),
    Column("bias_pct", PERCENT, "", "As a share of the truth; blank where that is 0."),
)
TRUTH = table(
    "Backtest truth",
    "Where what came true is not what the first workbook said, and which workbook says so.",
    ("sheet", "item", "column", "period"),
    Column("sheet", TEXT, "", "Sheet."),
    Column("item", TEXT, "", "Row of it."),
    Column("column", TEXT, "", "Column of it; blank of demand."),
    Column("period", TEXT, "", "Period."),
    Column("first_said", TEXT, "", "What the first workbook said; blank: it did not reach so far."),
    Column("truth", TEXT, "", "What came true."),
    Column("source", TEXT, "", "Workbook that says so; Actuals where that sheet does."),
)
BACKTESTED = {one.name: one for one in (POLICIES, REGRET, BIAS, TRUTH)}
"""Tables of a backtest by name, in the order in which its workbook shows them."""
