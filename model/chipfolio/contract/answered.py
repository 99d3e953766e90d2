"""Tables of answers: what each kind of question fills."""

from __future__ import annotations

from .schema import Column, Kind, Table

TEXT, NUMBER, MONEY = Kind.TEXT, Kind.NUMBER, Kind.MONEY
PERCENT, INTEGER = Kind.PERCENT, Kind.INTEGER

QUESTION = Column("question", TEXT, "", "Name of the question.")
FINDING = Column("finding", TEXT, "", "The answer as a sentence.")
SCENARIO = Column("scenario", TEXT, "", "Which future; blank where the book has one world.")


def table(name: str, doc: str, key: tuple[str, ...], *columns: Column) -> Table:
    """A table of answers."""
    return Table(name, doc, key, columns, kind="answers")


ANSWERS = table(
    "Answers",
    "What was asked, and what is proven about it.",
    ("question", "subject"),
    QUESTION,
    Column("kind", TEXT, "", "Kind of question."),
    Column("subject", TEXT, "", "What the answer is about."),
    FINDING,
    Column("value", NUMBER, "", "The figure, the middle of what is proven."),
    Column("unit", TEXT, "", "Unit of the value."),
    Column("low", NUMBER, "", "It is proven to be at least this."),
    Column("high", NUMBER, "", "It is proven to be at most this."),
    Column("resolved", TEXT, "", "Whether the interval is narrow enough to tell apart: yes or no."),
)
RULE_PRICES = table(
    "Rule prices",
    "What each limit costs: the book solved again without it.",
    ("question", "sheet", "rule", "column", "member"),
    QUESTION,
    Column("sheet", TEXT, "", "Sheet of the limit."),
    Column("rule", TEXT, "", "Row of that sheet."),
    Column("column", TEXT, "", "Column that holds the limit."),
    Column("member", TEXT, "", "Member of a rule for each; `each` = all of them at once."),
    Column("scenario", TEXT, "", "Where the plan without it passes the limit by most."),
    Column("window", TEXT, "", "When it does."),
    Column("limit", NUMBER, "", "The limit there."),
    Column("priority", NUMBER, "", "The rule's priority."),
    Column("cost", MONEY, "money", "Cost of the best plan."),
    Column("cost_without", MONEY, "money", "Cost of the best plan found without the limit."),
    Column("saving_low", MONEY, "money", "Dropping it saves at least this."),
    Column("saving_high", MONEY, "money", "Dropping it saves at most this."),
    Column("relaxation", NUMBER, "as the limit", "How far it must move for that plan to keep it."),
    Column("level_without", NUMBER, "as the limit", "What that plan comes to."),
    Column("average_price", MONEY, "money", "Each unit that it moves is worth at least this."),
    Column("average_unit", TEXT, "", "Unit of the average price."),
    Column(
        "marginal_value",
        MONEY,
        "money",
        "Saving of the next unit with whole-number decisions kept.",
    ),
    FINDING,
)
BREAK_EVEN = table(
    "Break-even",
    "At what value of a cell the plan would switch.",
    ("question",),
    QUESTION,
    Column("sheet", TEXT, "", "Sheet of the cell."),
    Column("item", TEXT, "", "Row of that sheet."),
    Column("column", TEXT, "", "Column of the cell."),
    Column("amount", NUMBER, "", "How much of it counts as having it."),
    Column("value_now", NUMBER, "as the cell", "Value in the plan's first period."),
    Column("value_low", NUMBER, "as the cell", "The switch is proven to lie at or above this."),
    Column("value_high", NUMBER, "as the cell", "And at or below this."),
    Column("change_pct", PERCENT, "", "How far that is from today's value."),
    Column("other_crossing", NUMBER, "as the cell", "Another value at which it switches back."),
    FINDING,
)
WHY_NOT = table(
    "Why not",
    "What it would cost to have what the plan does not have.",
    ("question",),
    QUESTION,
    Column("forced", TEXT, "", "What was forced into the plan."),
    Column("cost_low", MONEY, "money", "It costs at least this more."),
    Column("cost_high", MONEY, "money", "It costs at most this more."),
    Column("price_low", NUMBER, "as its price", "It would win at a price at or above this."),
    Column("price_high", NUMBER, "as its price", "And at or below this."),
    FINDING,
)
WHY_NOT_RULES = table(
    "Why not rules",
    "The rules that make it dear.",
    ("question", "sheet", "rule"),
    QUESTION,
    Column("sheet", TEXT, "", "Sheet of the rule."),
    Column("rule", TEXT, "", "Its row, and its column."),
    Column("cost_when_dropped", MONEY, "money", "Best cost without the rule, with the decision."),
    Column("decision_costs_then", MONEY, "money", "What the decision costs without the rule."),
)
DISPLACEMENT = table(
    "Displacement",
    "What gives way to it.",
    ("question", "subject", "item", "window"),
    QUESTION,
    Column("subject", TEXT, "", "Orders, stages, projects, steps or signatures."),
    Column("item", TEXT, "", "Which one, and in which scenario."),
    Column("window", TEXT, "", "When."),
    Column("base", NUMBER, "", "In the best plan."),
    Column("here", NUMBER, "", "In the plan that has it."),
    Column("difference", NUMBER, "", "Here less base."),
)
OWN_ORDERS = table(
    "Own orders",
    "What the orders of the sheet Previous plan break, as they are.",
    ("question", "sheet", "item", "window", "scenario"),
    QUESTION,
    Column("sheet", TEXT, "", "Sheet of the fact or rule."),
    Column("item", TEXT, "", "Row of that sheet."),
    Column("window", TEXT, "", "When."),
    SCENARIO,
    Column("limit", NUMBER, "", "What is allowed, or asked for."),
    Column("level", NUMBER, "", "What it comes to."),
    Column("broken_pct", PERCENT, "", "Share by which it is broken."),
    Column("kind", TEXT, "", "fact (the row is left out) or rule (it is broken)."),
)
FRONTIER = table(
    "Frontier",
    "How the cost grows as a limit tightens.",
    ("question", "level"),
    QUESTION,
    Column("level", NUMBER, "as the limit", "The limit, the same in every window."),
    Column("objective", MONEY, "money", "Cost of the best plan found at it."),
    Column("bound", MONEY, "money", "The best cost is proven to be at least this."),
    Column("gap", PERCENT, "", "How far the two are apart."),
    Column("tail", MONEY, "money", "Mean cost of the worst scenarios of that plan."),
    Column("share", NUMBER, "as the limit", "What that plan comes to over the whole plan."),
    Column("binding", NUMBER, "as the limit", "And in its tightest window."),
    Column("status", TEXT, "", "optimal, feasible, infeasible, or cut by a limit of time."),
)
FRONTIER_PLANS = table(
    "Frontier plans",
    "What the plan of each level is made of.",
    ("question", "level", "section", "item"),
    QUESTION,
    Column("level", NUMBER, "as the limit", "Which level."),
    Column("section", TEXT, "", "spend by seller, start of a stage, …"),
    Column("item", TEXT, "", "Which one."),
    Column("value", NUMBER, "", "How much, or when: the number of the period, 1 = the first."),
    Column("unit", TEXT, "", "Unit of the value."),
)
ALTERNATIVES = table(
    "Alternatives",
    "How different a plan could be at nearly the same cost.",
    ("question", "direction"),
    QUESTION,
    Column("direction", TEXT, "", "What was made least or most."),
    Column("objective", MONEY, "money", "Cost of that plan."),
    Column("over_best_pct", PERCENT, "", "How far that lies over the proven bound."),
    Column("measure", NUMBER, "", "The least or the most that it comes to."),
    Column("unit", TEXT, "", "Unit of the measure."),
    Column("idle_part", NUMBER, "", "Of that, by units that serve nothing in their whole life."),
    Column("same_as", TEXT, "", "Direction that gives the same plan."),
    Column(
        "proven", NUMBER, "", "No plan within the tolerance has less, or more; of a share blank."
    ),
)
ALTERNATIVE_PLANS = table(
    "Alternative plans",
    "What each of these plans is made of.",
    ("question", "direction", "section", "item"),
    QUESTION,
    Column("direction", TEXT, "", "Which plan."),
    Column("section", TEXT, "", "spend by seller, start of a stage, …"),
    Column("item", TEXT, "", "Which one."),
    Column("value", NUMBER, "", "How much, or when: the number of the period, 1 = the first."),
    Column("unit", TEXT, "", "Unit of the value."),
)
NO_REGRET = table(
    "No regret",
    "What is safe to sign: the least and the most of each decision over all near-best plans.",
    ("question", "node", "decision", "period"),
    QUESTION,
    Column("node", TEXT, "", "Where in the tree; blank before the first branch."),
    Column("decision", TEXT, "", "What is ordered, started or signed."),
    Column("period", TEXT, "", "When."),
    Column("in_plan", NUMBER, "", "How much of it the plan has."),
    Column("least", NUMBER, "", "All near-best plans have at least this."),
    Column("most", NUMBER, "", "None has more than this."),
    Column("verdict", TEXT, "", "do now, never, depends or free."),
    Column("depends_on", TEXT, "", "On what it depends."),
    Column("cost_of_waiting_low", MONEY, "money", "Waiting a period costs at least this."),
    Column("cost_of_waiting_high", MONEY, "money", "And at most this."),
    Column("last_period", TEXT, "", "Last period to which it can wait within the tolerance."),
    FINDING,
)
TORNADO = table(
    "Tornado",
    "What each input moves the cost by.",
    ("question",),
    QUESTION,
    Column("sheet", TEXT, "", "Sheet of the input."),
    Column("item", TEXT, "", "Row of that sheet."),
    Column("column", TEXT, "", "Column of the input."),
    Column("operation", TEXT, "", "How low and high act on it."),
    Column("low_value", NUMBER, "", "Low."),
    Column("high_value", NUMBER, "", "High."),
    Column("kept_at_low", MONEY, "money", "Cost at low of the plan kept; blank: impossible."),
    Column("kept_at_high", MONEY, "money", "Cost at high of the plan kept."),
    Column("cost_at_low", MONEY, "money", "Cost at low of a plan made anew."),
    Column("cost_at_high", MONEY, "money", "Cost at high of a plan made anew."),
    Column("swing_low", MONEY, "money", "The cost moves by at least this."),
    Column("swing_high", MONEY, "money", "And by at most this."),
    Column("resolved", TEXT, "", "Whether the swing is told apart: yes or no."),
    Column("reason", TEXT, "", "Why the plan cannot be kept."),
)
TWO_WAY = table(
    "Two-way",
    "Cost as two inputs move.",
    ("question", "row_value", "column_value"),
    QUESTION,
    Column("row_value", NUMBER, "", "Value of the question's own input."),
    Column("column_value", NUMBER, "", "Value of the input across."),
    Column("objective", MONEY, "money", "Cost of the best plan found."),
    Column("gap", PERCENT, "", "How well it is proven."),
)
CASES = table(
    "Cases",
    "The paper of a capital request: what having it brings, by line and year.",
    ("question", "line", "fiscal_year"),
    QUESTION,
    Column("line", TEXT, "", "Line of cost; money in is above 0."),
    Column("fiscal_year", TEXT, "", "Fiscal year."),
    Column("amount", MONEY, "money", "Cost without it less cost with it, expected."),
)
CONFLICTS = table(
    "Conflicts",
    "Limits that cannot hold together.",
    ("conflict", "member"),
    Column("conflict", INTEGER, "", "Number of the conflict."),
    Column("member", TEXT, "", "A limit in it."),
    Column("sheet", TEXT, "", "Sheet of the limit."),
    Column("cell", TEXT, "", "Its cell."),
    Column("priority", NUMBER, "", "Its priority."),
)
REPAIRS = table(
    "Repairs",
    "The least change of each that works.",
    ("conflict", "member"),
    Column("conflict", INTEGER, "", "Number of the conflict."),
    Column("member", TEXT, "", "The limit that gives way."),
    Column("cell", TEXT, "", "Its cell."),
    Column("now", NUMBER, "", "Its value."),
    Column("value", NUMBER, "", "The value that works, rounded outward to what the cell shows."),
    Column("cost_low", MONEY, "money", "The plan then costs at least this."),
    Column("cost_high", MONEY, "money", "And at most this."),
    Column("verified", TEXT, "", "Whether the whole book was solved with it: yes or no."),
)

ANSWERED = (
    ANSWERS,
    RULE_PRICES,
    BREAK_EVEN,
    WHY_NOT,
    WHY_NOT_RULES,
    DISPLACEMENT,
    OWN_ORDERS,
    FRONTIER,
    FRONTIER_PLANS,
    ALTERNATIVES,
    ALTERNATIVE_PLANS,
    NO_REGRET,
    TORNADO,
    TWO_WAY,
    CASES,
)
"""Tables of answers in the order in which a plan workbook shows them."""
