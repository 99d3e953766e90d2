"""The model as a book: one chapter per room, read from the rooms' own docstrings and sentences."""

from __future__ import annotations

import ast
from pathlib import Path

from .linear import STEPS, STEPS_SAY

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
good plan: where no plan exists, those sentences say why.
"""


def sentences(tree: ast.Module) -> list[tuple[str, str]]:
    """(name, meaning) of every rule that a room's source states, in its order."""
    found = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("require", "decide_once")
            and isinstance(node.args[0], ast.Constant)
        ):
            name, meaning = node.args[0].value, node.args[2]
            if node.func.attr == "decide_once":
                found.append((node.lineno, name + STEPS, STEPS_SAY))
            elif isinstance(meaning, ast.Constant):
                found.append((node.lineno, name, meaning.value))
    return [(name, meaning) for _, name, meaning in sorted(found)]


def book() -> str:
    """The whole book as Markdown."""
    parts = [OPENING]
    for chapter in CHAPTERS:
        source = (Path(__file__).parent / f"{chapter}.py").read_text(encoding="utf-8")
        tree = ast.parse(source)
        text = ast.get_docstring(tree) or ""
        title, _, body = text.partition("\n\n")
        parts.append(f"## {title.rstrip('.')}\n\n```text\n{body}\n```\n")
        rules = sentences(tree)
        if rules:
            parts.append("| rule | meaning |\n|---|---|")
            parts[-1] += "".join(
                f"\n| {name.replace('_', ' ')} | {meaning.replace('|', '/')} |"
                for name, meaning in rules
            )
            parts[-1] += "\n"
    return "\n".join(parts)
