"""Write the generated documents: ``python -m chipfolio.documents`` from the project's top."""

from __future__ import annotations

from pathlib import Path

from .contract import versions
from .contract.dictionary import inputs_dictionary, plan_dictionary
from .formulation.book import book

DOCUMENTS = {
    "inputs/README.md": inputs_dictionary,
    "reports/README.md": plan_dictionary,
    "model/README.md": book,
    f"model/chipfolio/contract/records/{versions.TEMPLATE_VERSION}.csv": versions.record,
}
"""Each generated document and what writes it."""


def main() -> None:
    """Write every document below the current folder."""
    for name, write in DOCUMENTS.items():
        Path(name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
