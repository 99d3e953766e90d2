"""Before any library opens a workbook: is it one, is it whole, is its size sane?

The bytes are read once, hashed, and looked through part by part with counted limits; a part's own
word about its size is never believed. What passes holds at most `MAX_CELLS` cells within
`MAX_ROWS` rows and `MAX_COLUMNS` columns, and no DOCTYPE from which a parser could be made to grow.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from ..contract.problems import Problem
from ..errors import LockedError, WorkbookError

MAX_FILE = 25 * 2**20
MAX_PART = 64 * 2**20
MAX_INFLATED = 256 * 2**20
MAX_PARTS = 1_000
MAX_RATIO = 200
SMALL_PART = 2**20
"""A part below this size may be packed as tightly as it likes."""
MAX_SHEETS = 64
MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_CELLS = 1_000_000
MAX_ELEMENTS = 5_000_000
CHUNK = 2**18

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})?\$?(\d{1,7})?")

CONTENTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
"""The parts that say which sheet stands in which part."""
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"

SAVE_AS = "open it in Excel and save it as .xlsx."
SAVE_AGAIN = "is damaged or only half copied: open it in Excel and save it again."
INNER = {
    "worksheets": "a sheet",
    "drawings": "a drawing",
    "charts": "a chart",
    "media": "a picture",
    "tables": "an Excel table",
    "comments": "comments",
    "pivotTables": "a pivot table",
    "pivotCache": "a pivot table",
    "sharedStrings.xml": "the texts of the cells",
    "styles.xml": "the formats of the cells",
    "workbook.xml": "the list of sheets",
}
"""What the folders and parts inside a workbook hold, in a reader's words."""
SUFFIXES = {
    ".xls": f"is in the old .xls format: {SAVE_AS}",
    ".xlsb": f"is a binary workbook: {SAVE_AS}",
    ".ods": "is an OpenDocument spreadsheet: save it as .xlsx.",
    ".csv": "is a text file of one table: the plan needs a workbook with a sheet per table, saved "
    "as .xlsx.",
    ".xltx": f"is an Excel template file: {SAVE_AS}",
    ".xltm": f"is an Excel template file: {SAVE_AS}",
}


@dataclass(frozen=True)
class Opened:
    """A file that is safe to parse: its bytes, and what a parser would not tell."""

    name: str
    content: bytes
    sha256: str
    macros: bool
    links: int
    """Other workbooks that it takes values from."""
    uncalculated: bool
    """A program wrote it and no spreadsheet has calculated it since."""
    manual: bool
    """It is calculated only when somebody asks for it."""
    formulas: bool
    """Some cell holds a formula."""


def refusal(name: str, need: str) -> WorkbookError:
    """The error that turns a whole file away, in one sentence."""
    return WorkbookError([Problem(name, "", "", "", need)])


def preflight(path: Path) -> Opened:
    """The file's bytes, read once and found fit to parse; WorkbookError or LockedError if not."""
    content = read_once(path)
    sha256 = hashlib.sha256(content).hexdigest()
    scan = Scan(path.name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            scan.package(package)
    except WorkbookError:
        raise
    except Exception as error:  # whatever a broken archive provokes, the answer is the same
        raise refusal(path.name, SAVE_AGAIN) from error
    return Opened(
        path.name,
        content,
        sha256,
        scan.macros,
        scan.links,
        scan.uncalculated,
        scan.manual,
        scan.formulas,
    )


def read_once(path: Path) -> bytes:
    """The bytes of what could be a workbook; a sentence on why not otherwise."""
    name = path.name
    try:
        if not path.exists():
            raise refusal(str(path), "does not exist: check the name and the folder.")
        if not path.is_file():
            raise refusal(str(path), "is no file: name the workbook itself.")
        if name.startswith("~$"):
            need = f"is the mark Excel leaves beside an open workbook: name {name[2:]} instead."
            raise refusal(name, need)
        suffix = path.suffix.lower()
        if suffix not in (".xlsx", ".xlsm"):
            raise refusal(name, SUFFIXES.get(suffix, f"is no Excel workbook: {SAVE_AS}"))
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except PermissionError as error:
        need = "cannot be read: it is probably open in Excel; close it or save a copy."
        raise LockedError(f"{name} {need}") from error
    except OSError as error:
        need = f"cannot be read ({error.strerror or error}): copy it to a local folder."
        raise refusal(name, need) from error
    if len(content) > MAX_FILE:
        need = f"is larger than {MAX_FILE // 2**20} MB: take out pictures and sheets not needed."
        raise refusal(name, need)
    if not content:
        raise refusal(name, "is empty (0 bytes): the copy did not finish, copy it again.")
    if content.startswith(OLE):
        raise refusal(
            name,
            "is password-protected, carries an encrypted sensitivity label, or is in the old .xls "
            "format: save it as .xlsx without a password.",
        )
    if not content.startswith(b"PK"):
        if looks_like_text(content):
            need = f"is text or a web page under the name of a workbook: {SAVE_AS}"
            raise refusal(name, need)
        raise refusal(name, SAVE_AGAIN)
    return content


def looks_like_text(content: bytes) -> bool:
    """Whether the bytes read as text: CSV and HTML are often saved under a workbook's name."""
    head = content[:2048]
    return b"\x00" not in head and sum(byte < 9 or 13 < byte < 32 for byte in head) == 0


class Scan:
    """One pass over a package: counts, and the few facts that parsers hide."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.macros = False
        self.links = 0
        self.uncalculated = False
        self.manual = False
        self.formulas = False
        self.tabs: dict[str, str] = {}
        """Names of sheets by the identifier of their part."""
        self.targets: dict[str, str] = {}
        """Parts by identifier."""
        self.inflated = 0
        self.elements = 0
        self.sheets = 0
        self.cells = 0
        self.merged = 0

    def refuse(self, need: str) -> WorkbookError:
        """The refusal of this file."""
        return refusal(self.name, need)

    def tab(self, part: str) -> str:
        """What a reader calls a part: the sheet by its name, or what else it is."""
        for key, target in self.targets.items():
            if key in self.tabs and part.endswith(target.lstrip("/").removeprefix("xl/")):
                return f"sheet {self.tabs[key]!r}"
        folder = part.removeprefix("xl/").partition("/")[0]
        return INNER.get(folder, "a part that is no sheet")

    def package(self, package: zipfile.ZipFile) -> None:
        """Look through every part."""
        parts = package.infolist()
        names = [part.filename for part in parts]
        if len(parts) > MAX_PARTS:
            raise self.refuse(f"holds more than {MAX_PARTS:,} parts: it is no ordinary workbook.")
        if len({name.casefold() for name in names}) < len(names):
            raise self.refuse("holds a part twice: it is no ordinary workbook; " + SAVE_AS)
        if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names):
            raise self.refuse("holds a part outside its own folder: it is no ordinary workbook.")
        if "mimetype" in names and "content.xml" in names:
            raise self.refuse(SUFFIXES[".ods"])
        if "xl/workbook.bin" in names:
            raise self.refuse(SUFFIXES[".xlsb"])
        if "[Content_Types].xml" not in names:
            raise self.refuse(f"is an archive, but no workbook: {SAVE_AS}")
        # the list of sheets first, so that messages can say a tab's name
        for part in sorted(parts, key=lambda part: part.filename not in CONTENTS):
            self.part(package, part)
        self.macros = any(name.endswith("vbaProject.bin") for name in names)
        link = re.compile(r"xl/externalLinks/[^/]+\.xml", re.IGNORECASE)
        self.links = sum(link.fullmatch(name) is not None for name in names)

    def part(self, package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
        """Inflate one part in pieces, counting; read its tags if it is XML."""
        if part.flag_bits & 1:
            raise self.refuse("is password-protected: save it as .xlsx without a password.")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.refuse(SAVE_AGAIN)
        xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
        tags = Tags(self, part.filename) if xml else None
        size = 0
        with package.open(part) as stream:
            while piece := stream.read(CHUNK):
                size += len(piece)
                self.inflated += len(piece)
                packed = max(part.compress_size, 1)
                if (
                    size > MAX_PART
                    or self.inflated > MAX_INFLATED
                    or (size > SMALL_PART and size / packed > MAX_RATIO)
                ):
                    raise self.refuse(
                        f"unpacks to far more than its size ({self.tab(part.filename)}): delete "
                        "empty formatted rows and columns, save it again."
                    )
                if tags is not None:
                    tags.feed(piece)
        if tags is not None:
            tags.feed(b"", final=True)


class Tags:
    """The tags of one XML part, as a real parser sees them; nothing is built."""

    def __init__(self, scan: Scan, part: str) -> None:
        self.scan = scan
        self.part = part
        self.broken = False
        self.row = 0
        self.column = 0
        self.cells = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.StartDoctypeDeclHandler = self.doctype

    @property
    def tab(self) -> str:
        """What a reader calls this part."""
        return self.scan.tab(self.part)

    def feed(self, piece: bytes, final: bool = False) -> None:
        """Parse one more piece; drawings in old markup need not be well-formed."""
        if self.broken:
            return
        try:
            self.parser.Parse(piece, final)
        except expat.ExpatError as error:
            self.broken = True
            if not self.part.lower().endswith(".vml"):
                need = f"is damaged ({self.tab}): open it in Excel and save it again."
                raise self.scan.refuse(need) from error

    def doctype(self, *_: object) -> None:
        """No spreadsheet program writes a DOCTYPE; whoever does wants the parser to misbehave."""
        need = f"declares a document type ({self.tab}), which no spreadsheet program does: "
        raise self.scan.refuse(need + SAVE_AS)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Count one element; look closer at those that could make a reader grow."""
        scan = self.scan
        scan.elements += 1
        if scan.elements > MAX_ELEMENTS:
            raise scan.refuse("holds too much: delete sheets that the plan does not need.")
        space, _, tag = name.rpartition(" ")
        if tag == "c":
            if space == TRANSITIONAL:
                self.cell(attributes.get("r", ""))
        elif tag == "row":
            if space == TRANSITIONAL:
                self.next_row(attributes.get("r", ""))
        elif tag == "f":
            scan.formulas = True
        elif tag in ("mergeCell", "hyperlink", "table"):
            self.area(tag, attributes.get("ref", ""))
        elif tag == "sheet" and self.part == CONTENTS[0]:
            scan.tabs[attributes.get(RELATION, "")] = attributes.get("name", "")
        elif tag == "Relationship" and self.part == CONTENTS[1]:
            scan.targets[attributes.get("Id", "")] = attributes.get("Target", "")
        elif tag == "worksheet":
            scan.sheets += 1
            if scan.sheets > MAX_SHEETS:
                raise scan.refuse(f"holds more than {MAX_SHEETS} sheets: delete those not needed.")
        elif tag == "calcPr":
            scan.uncalculated = attributes.get("fullCalcOnLoad") in ("1", "true")
            scan.manual = attributes.get("calcMode") == "manual"
        elif tag == "workbook" and space == STRICT:
            raise scan.refuse(
                "is saved as Strict Open XML: save it as 'Excel Workbook (*.xlsx)' instead."
            )

    def next_row(self, address: str) -> None:
        """A row begins; its number must grow and stay within the limit."""
        row = int(address) if address.isdigit() and len(address) < 8 else self.row + 1
        if row <= self.row:
            raise self.scan.refuse(f"holds row {row} twice ({self.tab}): {SAVE_AS}")
        self.row, self.column = row, 0
        if row > MAX_ROWS:
            raise self.too_far(f"row {row:,}", "rows below")

    def cell(self, address: str) -> None:
        """A cell; its column must grow and stay within the limit."""
        scan = self.scan
        self.cells += 1
        scan.cells += 1
        if self.cells > MAX_CELLS or scan.cells > 2 * MAX_CELLS:
            raise scan.refuse(
                f"holds more than {MAX_CELLS:,} cells ({self.tab}): delete what is not needed."
            )
        column, row = corner(address) if address else (self.column + 1, self.row)
        if row > MAX_ROWS:
            raise self.too_far(f"row {row:,}", "rows below")
        if column > MAX_COLUMNS:
            raise self.too_far(f"column {column:,}", "columns beside")
        if address and row == self.row and column <= self.column:
            raise scan.refuse(f"holds cell {address} twice ({self.tab}): {SAVE_AS}")
        self.column = column

    def area(self, tag: str, reference: str) -> None:
        """An area that readers spell out cell by cell, or a table; it must lie within limits."""
        first, _, last = reference.partition(":")
        column, row = corner(last or first)
        if row > MAX_ROWS:
            raise self.too_far(f"row {row:,}", "rows below")
        if column > MAX_COLUMNS:
            raise self.too_far(f"column {column:,}", "columns beside")
        if tag != "table":
            left, top = corner(first)
            self.scan.merged += (abs(column - left) + 1) * (abs(row - top) + 1)
            if self.scan.merged > MAX_CELLS:
                raise self.scan.refuse("merges or links too many cells: unmerge them.")

    def too_far(self, where: str, what: str) -> WorkbookError:
        """A sheet that reaches too far, nearly always by formatting alone."""
        need = f"reaches {where} ({self.tab}): select the empty {what} the data, delete them, save."
        return self.scan.refuse(need)


def corner(address: str) -> tuple[int, int]:
    """Column and row of an address such as ``B7``; a whole row or column reaches to its end."""
    match = ADDRESS.fullmatch(address)
    if match is None:
        return (2**14, 2**20)
    column = 0
    for letter in (match[1] or "").upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return (column or 2**14, int(match[2]) if match[2] else 2**20)
