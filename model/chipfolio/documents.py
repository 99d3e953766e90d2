"""Write all that follows from the contract and the model's own words, from the project's top:

``python -m chipfolio.documents`` writes dictionaries, the model's book, the template's record and
the sample workbooks anew. Run it after each change of the contract.
"""

from __future__ import annotations

from pathlib import Path

from .contract import versions
from .contract.dictionary import inputs_dictionary, plan_dictionary
from .formulation.book import book
from .workbook.template import write_samples

DOCUMENTS = {
    "inputs/README.md": inputs_dictionary,
    "reports/README.md": plan_dictionary,
    "model/README.md": book,
    f"model/chipfolio/contract/records/{versions.TEMPLATE_VERSION}.csv": versions.record,
}
"""Each generated document and what writes it."""


def main() -> None:
    """Write every document and sample workbook below the current folder."""
    for name, write in DOCUMENTS.items():
        Path(name).write_text(write(), encoding="utf-8")
    write_samples("inputs")


if __name__ == "__main__":
    main()
