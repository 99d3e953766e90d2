"""Books as small CSV tables typed in the test: ``book(Offers='offer, chip, …')``."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

import chipfolio


def frame(text: str) -> pd.DataFrame:
    """A table typed as lines of comma-separated cells; blank cells are blanks, 5% is 0.05."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    body = [[value(cell) for cell in row] for row in rows[1:]]
    return pd.DataFrame(body, columns=rows[0], dtype=object)


def value(cell: str) -> object:
    """A cell as a number, a text or a blank; ``;`` stands for the comma inside a cell."""
    if cell == "":
        return None
    try:
        return float(cell[:-1]) / 100 if cell.endswith("%") else float(cell)
    except ValueError:
        return cell.replace(";", ",")


def frames(**sheets: str) -> dict[str, pd.DataFrame]:
    """Frames by sheet name; ``Committed_orders`` stands for ``Committed orders``."""
    return {name.replace("_", " "): frame(text) for name, text in sheets.items()}


def solved(book: Mapping[str, pd.DataFrame], **options: object) -> object:
    """The plan of a book, proven to 1e-9."""
    return chipfolio.solve(chipfolio.read(book), **{"gap": 1e-9, **options})


@pytest.fixture(scope="session")
def tiny() -> dict[str, str]:
    """Sheets that most hand-solved books share: free money, one vendor, one site."""
    return {
        "Vendors": "vendor, country\nNord, NO\nSud, FR",
        "Sites": "site, power_mw, pue, energy_price\nHall, 1000, 1, 0",
    }
