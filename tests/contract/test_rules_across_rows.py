"""What one cell cannot show: each fault and warning at its cell, in its whole sentence."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_books import SMALL, frame, problems, read, said

from chipfolio.checking import rules
from chipfolio.checking.check import check
from chipfolio.errors import WorkbookError
from chipfolio.workbook.frames import frames_to_book

CASES = Path(__file__).with_name("across_rows.txt").read_text("utf-8")


def cases() -> Iterator[tuple[dict[str, str | None], list[str]]]:
    """Changed sheets and expected sentences of each case, with its name as the id."""
    for block in CASES.split("\n## ")[1:]:
        name, *lines = block.strip().splitlines()
        sheets: dict[str, list[str]] = {}
        sentences = []
        for line in lines:
            if line.startswith("> "):
                sentences.append(line[2:])
            elif line.startswith("["):
                sheets[line.strip("[]")] = []
            else:
                sheets[list(sheets)[-1]].append(line)
        changes = {sheet: "\n".join(text) or None for sheet, text in sheets.items()}
        yield pytest.param(changes, sentences, id=name)


@pytest.mark.parametrize(("changes", "sentences"), list(cases()))
def test_a_book_is_told_at_its_cell_of(changes, sentences):
    assert said(**changes) == sentences


def test_a_sound_book_is_told_nothing():
    assert said() == []


def test_each_rule_is_listed_once_and_is_a_sentence_with_a_docstring():
    alone = {"self", "return", "view"}
    written = [
        function
        for name, function in vars(rules).items()
        if inspect.isgeneratorfunction(function)
        and set(inspect.signature(function).parameters) <= alone
        and name != "across_rows"
    ]
    assert sorted(map(str, rules.RULES)) == sorted(map(str, written))
    for rule in rules.RULES:
        assert rule.__doc__
        assert rule.__name__.count("_") >= 2


def test_all_faults_come_in_one_pass_from_cells_and_across_rows():
    found = problems(
        Settings="""name,value
            first_period,2027Q1
            periods,4
            discount_rate,ten""",
        Vendors="""vendor,country,max_units
            Nvidia,US,lots
            AMD,US,
            Cloudco,FR,""",
        Offers="""offer,chip,seller,acquisition,price,lot_size,term_months
            H buy,H,Nvidai,buy,30000,8,
            M buy,M,AMD,buy,,8,
            H cloud,H,Cloudco,cloud,1500,1,""",
        Demand="""workload,2027Q1,2027Q2,2027Q3,2027Q4
            serve,0,100,,200
            train,10,20,20,20""",
        Timeline="""sheet,item,column,2027Q3
            Sites,Texas,pue,0.9""",
        Share_rules="""rule,dimension,member,basis,min_pct,max_pct
            R,vendor,Intel,order_spend,60,0.5""",
    )
    places = [problem.place for problem in found if problem.severity == "fault"]
    assert sorted(places) == sorted(
        [
            "Settings!B4",
            "Vendors!C2",
            "Offers!C2",
            "Offers!E3",
            "Offers!G4",
            "Demand!D2",
            "Timeline!D2",
            "Share rules!C2",
            "Share rules!E2",
        ]
    )


def test_names_in_timeline_and_changes_are_spelled_as_on_their_sheets():
    tables = read(
        Timeline="""sheet,item,column,2027Q3
            PERFORMANCE,h /  SERVE,Throughput,2
            workloads,Serve,unmet_penalty,NONE""",
        Programmes="""programme
            G1""",
        Programme_stages="""programme,stage,duration,cost
            G1,1,1,5""",
        Scenarios="""scenario,probability,branches_from,branch_period
            Base,0.6,,
            Boom,0.4,base,2027Q2""",
        Scenario_changes="""scenario,sheet,item,column,from,to,operation,value
            boom,demand,SERVE,,,,multiply,1.5
            boom,offers,ALL,Price,,,add,100
            boom,programme stages,g1 / 1,COMPLETES,,,set,No
            boom,vendors,amd,max_units,,,set,None
            boom,Offers,h BUY,,2027Q3,,remove,""",
    )
    assert [row["item"] for row in tables.rows("Timeline")] == ["H / serve", "serve"]
    changes = tables.rows("Scenario changes")
    named = [(row["sheet"], row["item"], row["column"], row["value"]) for row in changes]
    assert named == [
        ("Demand", "serve", None, 1.5),
        ("Offers", "H buy", None, None),
        ("Offers", "all", "price", 100.0),
        ("Programme stages", "G1 / 1", "completes", "no"),
        ("Vendors", "AMD", "max_units", "none"),
    ]
    world = tables.world("Boom")
    assert world.demand["serve"] == [0, 150, 225, 300]
    assert world.path("Offers", "price")["M buy"] == [20000, 20100, 20100, 20100]
    assert world.path("Performance", "throughput")["H", "serve"] == [1, 1, 2, 1]
    assert world.removed("Offers", "H buy", 2)
    assert not world.completes(tables.rows("Programme stages")[0], 1)


def test_members_lines_and_names_of_rules_are_spelled_as_the_contract_spells_them():
    tables = read(
        Share_rules="""rule,dimension,member,basis,max_pct
            R,vendor,NVIDIA,order_spend,0.5
            S,site_country,us,power,1
            T,vendor,EACH,order_spend,0.9""",
        Budgets="""budget,lines,limit
            B,"Capex, ENERGY",1000000""",
        Custom_rules="""rule,quantity,dimension,member,coefficient,sense,limit
            Cap,order_units,offer,h BUY,1,<=,50
            CAP,served,workload,SERVE,1,,""",
    )
    assert [row["member"] for row in tables.rows("Share rules")] == ["Nvidia", "US", "each"]
    assert [row["lines"] for row in tables.rows("Budgets")] == ["capex, energy"]
    rules_of = [(row["rule"], row["member"]) for row in tables.rows("Custom rules")]
    assert rules_of == [("Cap", "H buy"), ("Cap", "serve")]


@pytest.mark.parametrize("sheet", list(SMALL))
def test_rules_never_fall_over_a_sheet_that_is_missing(sheet):
    found = problems(**{sheet: None})
    assert found == [] or all(problem.need for problem in found)


@pytest.mark.parametrize("sheet", list(SMALL))
def test_rules_never_fall_over_a_column_that_is_missing(sheet):
    for column in frame(SMALL[sheet]).columns:
        frames = {name: frame(text) for name, text in SMALL.items()}
        frames[sheet] = frames[sheet].drop(columns=column)
        try:
            check(frames_to_book(frames))
        except WorkbookError as error:
            assert error.problems
