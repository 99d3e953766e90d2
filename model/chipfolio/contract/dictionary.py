"""The contract in words: the dictionaries beside the inputs and the reports, drawn from it."""

from __future__ import annotations

from collections.abc import Iterable

from .backtested import BACKTESTED
from .compared import COMPARED
from .dimensions import DIMENSIONS
from .inputs import CHANGED_BESIDE_VARYING, INPUTS, MEASURES, REMOVED
from .lines import CASH_LINES, LINES, VALUE_LINES
from .outputs import OUTPUTS
from .schema import NUMERIC, READERS, Column, Kind, Table

INPUT_CONVENTIONS = (
    "**Periods** are written `2027Q1` (quarters), `2027-01` (months), `2027H1` (half-years) or "
    "`2027` (years), as `months_per_period` says; a date is read as the period it lies in. A blank "
    "*from* or *to* means the plan's first or last period. A fiscal year owns the periods that "
    "begin in it.",
    "**Money** stands in whole units of the workbook's currency. Costs are positive; zero is legal "
    "everywhere. **Shares** are percent cells: 35 % holds 0.35.",
    "**Blank** is not zero for a limit: a blank limit is no limit, and `none` in Timeline or in a "
    "scenario change takes one away. A blank cost, rate or share is 0 unless a default is given. "
    "A blank required cell is a fault, and so is a blank demand: write 0.",
    "**Flows** (orders, payments, energy) belong to a period; **stocks** (units in service) hold "
    "during it. Units arrive, leave and are sold at a period's start. Lives and terms are rounded "
    "up to whole periods.",
    "**†** marks a value that may vary over time. The cell is its value in the plan's first "
    "period; a `…_change_per_year` column beside it moves it by value × (1 + change)^years; a row "
    "in Timeline overrides it period by period; scenario changes act last, in row order.",
    "**⚖** marks a sheet of rules. `active` = no switches a rule off. A blank `penalty` makes it "
    "hard; a price makes it soft, paid per unit of violation and window. `priority` and `owner` "
    "serve when rules contradict each other. A blank window is the fiscal year for orders and "
    "money, the period for stocks and served work.",
    "**Names** are compared without regard to case and outer blanks. They may not hold a comma or "
    "` / `, nor be `all`, `each` or `none`.",
    "**Sheets and columns of your own**: further sheets, and columns headed `note…`, `source…` or "
    "`as of…`, are kept in comparisons and never read. Any other unknown column is a fault, with "
    "the nearest known name. No row vanishes: what is read is used or listed as ignored. "
    "Rows typed directly under an Excel table count as part of it; those after a blank row are not "
    "read, and that is said.",
)
PLAN_CONVENTIONS = (
    "**Costs are positive**; what is received (discounts, resale, the value of deals, terminal "
    "value) is negative. Amounts stand in whole units of the workbook's currency.",
    "**Discounted** amounts are worth their sum at the plan's start; undiscounted ones are what "
    "is paid. Every line of the objective stands on Cash, and they add up to it.",
    "**Scenario** names the future a row belongs to; it is blank where the book has one world. "
    "Before the period in which two futures part, their rows are equal.",
    "**Stocks** (units in service, power) hold during their period; **flows** (orders, cash) "
    "belong to it. Cloud stands at no site.",
)


def inputs_dictionary() -> str:
    """Markdown for the folder of inputs: every sheet and column that a workbook may hold."""
    required = [table.name for table in INPUTS.values() if table.required]
    optional = [table.name for table in INPUTS.values() if not table.required]
    parts = [
        "# What a workbook holds",
        "Generated from the contract in `model/chipfolio/contract/inputs.py`; a test keeps it "
        "current.",
        "`quickstart.xlsx` is a small example to play with, `frontier_lab.xlsx` a large one; the "
        "folders of the same names hold their data as CSV, one file per sheet, and "
        "[sources.md](sources.md) says where the large one's figures come from. "
        "`chipfolio template BOOK.xlsx` writes a workbook to fill in.",
        f"Required sheets: {listed(required)}; Sites as soon as something bought, leased or owned "
        f"needs a place. All others may be absent or empty, which switches their subject off: "
        f"{listed(optional)}.",
        "## Conventions",
        "\n".join(f"- {line}" for line in INPUT_CONVENTIONS),
        "## Dimensions",
        "What shares and supplier counts are split by, and the column that lists the members:",
        "\n".join(
            f"- `{found.name}`: {found.doc} ({found.listed_on[0]}, `{found.listed_on[1]}`)"
            + (" Splits served work too." if found.splits_work else "")
            for found in DIMENSIONS.values()
        ),
        "## Sheets",
        "Required columns are **bold**.",
    ]
    for table in INPUTS.values():
        parts.append(heading(table))
        parts.append(about(table))
        parts.append(columns(table, inputs=True))
        if table.name == "Scenario changes":
            parts.append(changes())
        if table.name == "So far":
            parts.append(measures())
    return "\n\n".join(parts) + "\n"


def plan_dictionary() -> str:
    """Markdown for the folder of reports: every table of a plan."""
    parts = [
        "# What a plan holds",
        "Generated from the contract in `model/chipfolio/contract/outputs.py`; a test keeps it "
        "current. A plan workbook holds these tables, and so does `.tables` in Python.",
        "## Conventions",
        "\n".join(f"- {line}" for line in PLAN_CONVENTIONS),
        "## Lines of the objective",
        "\n".join(f"- `{line}`: {LINES[line].doc}" for line in CASH_LINES),
        "No cash, but counted:",
        "\n".join(f"- `{line}`: {LINES[line].doc}" for line in VALUE_LINES),
        "## Tables",
    ]
    for table in OUTPUTS.values():
        parts += told(table)
    parts += [
        "## Tables of a comparison",
        "`chipfolio compare` writes these into a workbook of its own, and into its JSON.",
    ]
    for table in COMPARED.values():
        parts += told(table)
    parts += [
        "## Tables of a backtest",
        "`chipfolio backtest` writes these into a workbook of its own, and into its JSON.",
    ]
    for table in BACKTESTED.values():
        parts += told(table)
    return "\n\n".join(parts) + "\n"


def told(table: Table) -> list[str]:
    """A table of a plan or a comparison: its heading, what it holds, its columns."""
    rows = f"{table.doc} One row per {listed(table.key, code=True)}."
    return [heading(table), rows, columns(table, inputs=False)]


def changes() -> str:
    """What scenarios may change, sheet by sheet."""
    lines = ["**What may be changed**: Demand (column blank), and of other sheets:"]
    for table in INPUTS.values():
        names = [column.name for column in table if column.varies]
        names += sorted(name for sheet, name in CHANGED_BESIDE_VARYING if sheet == table.name)
        words = listed(names, code=True) if names else ""
        if table.name in REMOVED:
            words += "; " if words else ""
            words += "operation `remove` (from … to; column and value blank)"
        if words:
            lines.append(f"- {table.name}: {words}")
    return lines[0] + "\n\n" + "\n".join(lines[1:])


def heading(table: Table) -> str:
    """A sheet's heading; ⚖ marks rules."""
    return f"### {table.name}" + (" ⚖" if "priority" in table.names else "")


def about(table: Table) -> str:
    """What a sheet is, whether it must be there and what tells its rows apart."""
    words = [table.doc, "Required." if table.required else "Optional."]
    if READERS[table.read_by]:
        words.append(READERS[table.read_by])
    if table.key and not table.vertical:
        names = listed(table.key, code=True)
        if table.scheme and len(table.key) == 1:
            words.append(f"Key: {names}; rows of one name belong together.")
        else:
            words.append(f"Key: {names}{' together' if len(table.key) > 1 else ''}; no two alike.")
    if table.wide:
        words.append("One more column per period, headed by its label.")
    return " ".join(words)


def columns(table: Table, inputs: bool) -> str:
    """The table of a sheet's columns."""
    heads = (
        ("column", "takes", "unit", "default", "meaning")
        if inputs
        else ("column", "unit", "meaning")
    )
    if table.vertical:
        heads = ("name", *heads[1:])
    rows = [row(heads), row("---" for _ in heads)]
    for column in table:
        mark = " †" if column.varies else ""
        name = f"**{column.name}**" if column.required else column.name
        cells = [name + mark, column.takes, column.unit, default(column), column.meaning]
        rows.append(row(cells if inputs else (column.name, column.unit, column.doc)))
    return "\n".join(rows)


def measures() -> str:
    """What So far can tell of each sheet's items, as a list."""
    lines = []
    for sheet, told in MEASURES.items():
        for one in told:
            by = f", by {listed(one.by, code=True)}" if one.by else ""
            alone = " (for the accounts alone)" if one.accounts else ""
            lines.append(f"- {sheet}, `{one.name}`{by}: {one.doc}{alone}.")
    return "\n".join(lines)


def default(column: Column) -> str:
    """What a blank cell stands for, in words."""
    value = column.default
    if value is None:
        return ""
    if column.kind is Kind.PERCENT:
        return f"{value * 100:g} %"
    return f"{value:,g}" if column.kind in NUMERIC else str(value)


def row(cells: Iterable[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def listed(names: Iterable[str], code: bool = False) -> str:
    """Names with commas between."""
    return ", ".join(f"`{name}`" if code else name for name in names)
