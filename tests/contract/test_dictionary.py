"""The dictionaries beside inputs and reports say what the contract says now."""

import pytest

from chipfolio.contract.dictionary import inputs_dictionary, plan_dictionary
from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.lines import LINES
from chipfolio.contract.outputs import OUTPUTS


def section(text, name):
    """Lines of one sheet's part."""
    lines = text.splitlines()
    start = next(at for at, line in enumerate(lines) if line in (f"### {name}", f"### {name} ⚖"))
    rest = lines[start + 1 :]
    end = next((at for at, line in enumerate(rest) if line.startswith("### ")), len(rest))
    return lines[start], rest[:end]


@pytest.mark.parametrize("table", INPUTS.values(), ids=lambda table: table.name)
def test_each_input_sheet_lists_its_columns_with_what_they_take(table):
    head, lines = section(inputs_dictionary(), table.name)
    assert head.endswith("⚖") is ("priority" in table.names)
    assert table.doc in "\n".join(lines)
    rows = [line for line in lines if line.startswith("| ")][2:]
    assert len(rows) == len(table.columns)
    for row, column in zip(rows, table, strict=True):
        name, takes, unit, _, meaning = cells(row)
        bare = name.removesuffix(" †")
        assert bare == (f"**{column.name}**" if column.required else column.name)
        assert name.endswith(" †") is column.varies
        assert (takes, unit, meaning) == (column.takes, column.unit, column.meaning)


def cells(row):
    """Cells of one line of a Markdown table."""
    return [cell.strip() for cell in row[1:-1].split("|")]


@pytest.mark.parametrize("table", OUTPUTS.values(), ids=lambda table: table.name)
def test_each_plan_table_lists_its_columns(table):
    _, lines = section(plan_dictionary(), table.name)
    rows = [cells(line) for line in lines if line.startswith("| ")][2:]
    assert [(name, unit, meaning) for name, unit, meaning in rows] == [
        (column.name, column.unit, column.doc) for column in table
    ]


def test_the_lines_of_the_objective_are_all_named():
    text = plan_dictionary()
    for name, line in LINES.items():
        assert f"`{name}`: {line.doc}" in text


def test_defaults_are_shown_in_words():
    text = inputs_dictionary()
    assert "| lot_size | number at least 0 | units per lot | 1 |" in text
    assert "| target_gap | percent at least 0% and below 100% |  | 0.1 % |" in text
    assert "| active | yes or no |  | yes |" in text
