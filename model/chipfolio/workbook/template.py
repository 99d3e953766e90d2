"""The workbook that a finance team fills in: every sheet is drawn from the contract's declaration.

Each contract sheet holds one Excel table that bears its name, a unit row above the header, and the
drop-downs, messages and formats that its columns declare. Below a table the same drop-downs,
messages and formats wait for rows still to come, so that a table grows by typing under it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.inputs import INPUTS
from ..contract.problems import Problem, fold, near_match
from ..errors import LockedError, WorkbookError
from .folder import frames_from
from .frames import plain
from .template_drawing import Cells, Drawing
from .template_fill import Given, calendar_of, compose, fill_units

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = (
    Path(__file__).parent / "quickstart",
    Path(__file__).parents[3] / "inputs" / "quickstart",
)
"""Where the worked example lies: in an installed package, in a checkout."""
SAMPLES = ("quickstart", "frontier_lab")
"""Workbooks that are kept beside the folders of their data."""


def write_template(
    path: str | os.PathLike[str],
    frames: Mapping[str, pd.DataFrame] | None = None,
    blank: bool = False,
    overwrite: bool = False,
) -> Path:
    """Write an input workbook: of ``frames``, of the worked example, or ``blank`` for neither.

    An existing file is left alone unless ``overwrite`` says otherwise. The file appears whole or
    not at all. LockedError where it cannot be written.
    """
    path = Path(path)
    refuse_existing(path, overwrite)
    put_whole(template_bytes(frames, blank), path)
    return path


def refuse_existing(path: Path, overwrite: bool = False) -> None:
    """LockedError where a file is there already, unless it may be overwritten."""
    if path.exists() and not overwrite:
        raise LockedError(f"{path.name} exists already: choose another name, or move it away.")


def put_whole(content: bytes, path: Path) -> None:
    """Put bytes into a file, whole or not at all; LockedError where it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LockedError(f"{path} cannot be written ({reason}): is it open elsewhere?") from error
    finally:
        beside.unlink(missing_ok=True)


def template_bytes(
    frames: Mapping[str, pd.DataFrame] | None = None,
    blank: bool = False,
    free: Mapping[str, Cells] | None = None,
    cover: Mapping[str, object] | None = None,
) -> bytes:
    """The workbook that ``write_template`` writes, as bytes.

    ``free``: cells of the team's own sheets by title, put behind the contract's. ``cover``: what
    the first sheet says of the book's owner.
    """
    if frames is None:
        frames = {} if blank else frames_from(example_folder())
    given = by_sheet(frames)
    calendar = calendar_of(given.get("Settings"))
    sheets = [compose(table, given.get(table.name), calendar) for table in INPUTS.values()]
    fill_units(sheets)
    stream = io.BytesIO()
    Drawing(sheets, calendar, stream, free, cover).draw()
    return stream.getvalue()


def write_samples(inputs: str | os.PathLike[str]) -> list[Path]:
    """Write each sample workbook anew from its folder below ``inputs``."""
    return [
        write_template(
            Path(inputs) / f"{name}.xlsx", frames_from(Path(inputs) / name), overwrite=True
        )
        for name in SAMPLES
    ]


def example_folder() -> Path:
    """Folder of the worked example."""
    for folder in EXAMPLES:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the worked example is missing: {EXAMPLES[0]}")


# ---------------------------------------------------------------------------- from frames
def by_sheet(frames: Mapping[str, pd.DataFrame]) -> dict[str, Given]:
    """Plain values by contract sheet; WorkbookError for a name that is none."""
    names = {fold(name): name for name in INPUTS}
    strange = [name for name in frames if fold(name) not in names]
    if strange:
        need = "is no sheet of the contract."
        raise WorkbookError(
            [
                Problem(str(name), "", "", "", need, near_match(str(name), INPUTS))
                for name in strange
            ]
        )
    given = {}
    for name, frame in frames.items():
        columns = [[plain(value) for value in frame.iloc[:, at]] for at in range(frame.shape[1])]
        rows = [list(row) for row in zip(*columns, strict=True)]
        given[names[fold(name)]] = Given([str(plain(head)) for head in frame.columns], rows)
    return given
