"""The model as a book: one chapter per room, read from the rooms' own docstrings and sentences."""

from __future__ import annotations

import ast
from pathlib import Path

from .linear import STEPS, STEPS_MATHS, STEPS_SAY

CHAPTERS = (
    "earlier",
    "sites",
    "software",
    "own_silicon",
    "signing",
    "orders",
    "fleet",
    "pricing",
    "workloads",
    "terms",
    "milestones",
    "shares",
    "suppliers",
    "policies",
    "money",
    "bounds",
    "joints",
    "whole",
)
OPENING = """# The model

Generated from the docstrings of `model/chipfolio/formulation`; a test fails when it is stale.

chipfolio builds one *world* per scenario. A world is made of rooms, one per business concept. A
room decides something, keeps some rules, and hands linear forms on to the next rooms; no room uses
another's variables. Worlds that have not parted yet share their variables outright. Every rule
below is written in the strongest linear form we know, and named by a sentence that is true of a
good plan: where no plan exists, those sentences say why. The formula beside it uses the symbols of
its chapter. The rules in words stand in [contract.md](contract.md).
"""


def rules(tree: ast.Module) -> list[tuple[str, str, str]]:
    """(name, meaning, formula) of every rule that a room's source states, in its order."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("require", "decide_once"):
            continue
        if not isinstance(node.args[0], ast.Constant):
            continue
        name = node.args[0].value
        if node.func.attr == "decide_once":
            found.append((node.lineno, name + STEPS, STEPS_SAY, STEPS_MATHS))
        else:
            found.append((node.lineno, name, *(part.value for part in node.args[2:4])))
    return [(name, meaning, formula) for _, name, meaning, formula in sorted(found)]


def book() -> str:
    """The whole book as Markdown."""
    parts = [OPENING]
    for chapter in CHAPTERS:
        source = (Path(__file__).parent / f"{chapter}.py").read_text(encoding="utf-8")
        tree = ast.parse(source)
        text = ast.get_docstring(tree) or ""
        title, _, body = text.partition("\n\n")
        parts.append(f"## {title.rstrip('.')}\n\n```text\n{body}\n```\n")
        if stated := rules(tree):
            rows = ["| rule | meaning | formula |", "|---|---|---|"]
            rows += [
                f"| {name.replace('_', ' ')} | {meaning} | $`{formula}`$ |"
                for name, meaning, formula in stated
            ]
            parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)
