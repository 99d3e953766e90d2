"""Files that are no workbook, or mean harm: refused quickly, each in one sentence."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import pytest
from awkward_books import part_of, rewritten, saved, small_book

from chipfolio.errors import LockedError, WorkbookError
from chipfolio.workbook.read import read_book

SECONDS = 2.0
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DAMAGED = "is damaged or only half copied: open it in Excel and save it again."
BOMB = "unpacks to far more than its size (sheet 'Settings'): delete empty formatted rows "
BOMB += "and columns, save it again."
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))


def refused(path: Path) -> str:
    """The one sentence with which a file is refused, quickly."""
    begun = time.process_time()
    with pytest.raises(WorkbookError) as caught:
        read_book(path)
    assert time.process_time() - begun < SECONDS
    (problem,) = caught.value.problems
    assert problem.severity == "fault"
    return str(problem)


# ---------------------------------------------------------------------- what is no workbook
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("old.xls", b"x", "is in the old .xls format: open it in Excel and save it as .xlsx."),
        ("b.xlsb", b"x", "is a binary workbook: open it in Excel and save it as .xlsx."),
        ("open.ods", b"x", "is an OpenDocument spreadsheet: save it as .xlsx."),
        (
            "one.csv",
            b"a,b",
            "is a text file of one table: the plan needs a workbook with a sheet per table, saved "
            "as .xlsx.",
        ),
        ("t.xltx", b"x", "is an Excel template file: open it in Excel and save it as .xlsx."),
        ("plan.pdf", b"x", "is no Excel workbook: open it in Excel and save it as .xlsx."),
        ("plan", b"x", "is no Excel workbook: open it in Excel and save it as .xlsx."),
        ("none.xlsx", b"", "is empty (0 bytes): the copy did not finish, copy it again."),
        ("odd.xlsx", b"\x00\x01\x02\x03", DAMAGED),
        ("cut.xlsx", b"PK\x03\x04" + b"x" * 99, DAMAGED),
        (
            "locked.xlsx",
            bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600,
            "is password-protected, carries an encrypted sensitivity label, or is in the old .xls "
            "format: save it as .xlsx without a password.",
        ),
        (
            "page.xlsx",
            b"<html><table><tr><td>1</td></tr></table></html>",
            "is text or a web page under the name of a workbook: open it in Excel and save it as "
            ".xlsx.",
        ),
        (
            "text.xlsx",
            b"vendor,country\nNvidia,US\n",
            "is text or a web page under the name of a workbook: open it in Excel and save it as "
            ".xlsx.",
        ),
        (
            "~$plan.xlsx",
            b"x",
            "is the mark Excel leaves beside an open workbook: name plan.xlsx instead.",
        ),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(name, content, sentence, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    assert refused(path) == f"{name} {sentence}"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "nowhere.xlsx"
    assert refused(path) == f"{path} does not exist: check the name and the folder."


def test_a_folder_is_refused(tmp_path):
    assert refused(tmp_path) == f"{tmp_path} is no file: name the workbook itself."


def test_a_locked_file_is_told_apart(tmp_path, monkeypatch):
    path = saved(small_book(), tmp_path)

    def locked(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", locked)
    with pytest.raises(LockedError) as caught:
        read_book(path)
    assert caught.value.exit_code == 6
    assert str(caught.value) == (
        "book.xlsx cannot be read: it is probably open in Excel; close it or save a copy."
    )


def test_a_drive_that_fails_is_told(tmp_path, monkeypatch):
    path = saved(small_book(), tmp_path)

    def gone(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(type(path), "open", gone)
    assert refused(path) == (
        "book.xlsx cannot be read (Input/output error): copy it to a local folder."
    )


def test_half_of_a_workbook_is_refused(tmp_path):
    path = saved(small_book(), tmp_path)
    content = path.read_bytes()
    for share in (0.3, 0.6, 0.95):
        path.write_bytes(content[: int(len(content) * share)])
        assert refused(path) == f"book.xlsx {DAMAGED}"


def test_a_flipped_byte_is_refused_or_harmless(tmp_path):
    path = saved(small_book(), tmp_path)
    content = path.read_bytes()
    for at in range(0, len(content), len(content) // 60):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        try:
            read_book(path)
        except WorkbookError as error:
            assert error.problems


def test_a_very_large_file_is_refused(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"PK\x03\x04")
    os.truncate(path, 30 * 2**20)
    assert refused(path) == (
        "book.xlsx is larger than 25 MB: take out pictures and sheets not needed."
    )


# ---------------------------------------------------------------------- what is the wrong package
def damaged(folder: Path, change) -> str:
    """What is said of the small book with its parts changed."""
    return refused(rewritten(saved(small_book(), folder), change)).removeprefix("book.xlsx ")


def test_a_binary_workbook_by_another_name_is_refused(tmp_path):
    assert damaged(tmp_path, lambda parts: parts.update({"xl/workbook.bin": b""})) == (
        "is a binary workbook: open it in Excel and save it as .xlsx."
    )


def test_an_open_document_by_another_name_is_refused(tmp_path):
    parts_of_ods = {"mimetype": b"", "content.xml": b"<a/>"}
    assert damaged(tmp_path, lambda parts: parts.update(parts_of_ods)) == (
        "is an OpenDocument spreadsheet: save it as .xlsx."
    )


def test_an_archive_of_something_else_is_refused(tmp_path):
    def empty(parts):
        parts.clear()
        parts["readme.txt"] = b"hello"

    assert damaged(tmp_path, empty) == (
        "is an archive, but no workbook: open it in Excel and save it as .xlsx."
    )


def test_a_strict_workbook_is_refused(tmp_path):
    def strict(parts):
        name = "xl/workbook.xml"
        strict_name = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
        parts[name] = parts[name].replace(MAIN.encode(), strict_name)

    assert damaged(tmp_path, strict) == (
        "is saved as Strict Open XML: save it as 'Excel Workbook (*.xlsx)' instead."
    )


def test_a_part_that_is_not_xml_is_refused(tmp_path):
    def broken(parts):
        parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:-40]

    assert damaged(tmp_path, broken) == (
        "is damaged (sheet 'Settings'): open it in Excel and save it again."
    )


def test_a_workbook_without_its_main_part_is_refused(tmp_path):
    assert damaged(tmp_path, lambda parts: parts.pop("xl/workbook.xml")) == (
        "cannot be read: open it in Excel, save it again as .xlsx and run again."
    )


def test_a_cell_that_is_not_a_number_at_all_is_refused(tmp_path):
    def poison(parts):
        for name in parts:
            parts[name] = parts[name].replace(b"<v>30000</v>", b"<v>NaN</v>")

    assert damaged(tmp_path, poison) == (
        "cannot be read, for Offers!E2 holds what no spreadsheet program writes: open it in Excel, "
        "save it again as .xlsx and run again."
    )


def test_an_encrypted_part_is_refused(tmp_path):
    path = saved(small_book(), tmp_path)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        first = package.infolist()[0].header_offset
    content[first + 6] |= 1
    directory = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x05\x06"))
    start = content.index(b"PK\x01\x02")
    assert start <= directory
    content[start + 8] |= 1
    path.write_bytes(content)
    assert refused(path) == (
        "book.xlsx is password-protected: save it as .xlsx without a password."
    )


def test_a_part_outside_its_folder_is_refused_and_not_written(tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    assert damaged(folder, lambda parts: parts.update({"../evil.xml": b"<a/>"})) == (
        "holds a part outside its own folder: it is no ordinary workbook."
    )
    assert not (tmp_path / "evil.xml").exists()


def test_a_part_that_stands_twice_is_refused(tmp_path):
    twice = {"XL/WORKBOOK.XML": b"<a/>"}
    assert damaged(tmp_path, lambda parts: parts.update(twice)) == (
        "holds a part twice: it is no ordinary workbook; open it in Excel and save it as .xlsx."
    )


def test_too_many_parts_are_refused(tmp_path):
    many = {f"xl/media/{n}.png": b"" for n in range(1100)}
    assert damaged(tmp_path, lambda parts: parts.update(many)) == (
        "holds more than 1,000 parts: it is no ordinary workbook."
    )


# ---------------------------------------------------------------------- what means harm
def sheet_of(body: str, head: str = "") -> bytes:
    """A worksheet with that body."""
    return f'<?xml version="1.0"?>{head}<worksheet xmlns="{MAIN}">{body}</worksheet>'.encode()


def hostile(folder: Path, body: str, head: str = "") -> str:
    """What is said of the small book with another first sheet."""
    content = sheet_of(body, head)
    return damaged(folder, lambda parts: parts.update({"xl/worksheets/sheet1.xml": content}))


@pytest.mark.parametrize(
    "head",
    [
        f"<!DOCTYPE x [{LAUGHS}]>",
        '<!DOCTYPE x [<!ENTITY a "' + "a" * 9999 + '">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://localhost/x.dtd">',
    ],
)
def test_a_document_type_is_refused(head, tmp_path):
    body = "<sheetData><row><c t='inlineStr'><is><t>&l9;</t></is></c></row></sheetData>"
    assert hostile(tmp_path, body if "l9" in head else "<sheetData/>", head) == (
        "declares a document type (sheet 'Settings'), which no spreadsheet program does: "
        "open it in Excel and save it as .xlsx."
    )


def test_a_document_type_in_another_encoding_is_refused(tmp_path):
    text = sheet_of("<sheetData/>", "<!DOCTYPE x [<!ENTITY a 'b'>]>").decode()
    content = text.replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")
    said = damaged(tmp_path, lambda parts: parts.update({"xl/worksheets/sheet1.xml": content}))
    assert "declares a document type" in said


def test_a_zip_bomb_is_refused(tmp_path):
    assert hostile(tmp_path, "<sheetData/>" + " " * (60 * 2**20)) == BOMB


def test_a_package_that_lies_about_its_size_is_refused(tmp_path):
    path = rewritten(
        saved(small_book(), tmp_path),
        lambda parts: parts.update({"xl/worksheets/sheet1.xml": sheet_of(" " * (30 * 2**20))}),
    )
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\x01\x02")
    while start >= 0:
        content[start + 24 : start + 28] = (100).to_bytes(4, "little")
        start = content.find(b"PK\x01\x02", start + 4)
    path.write_bytes(content)
    assert refused(path)


def test_a_million_empty_rows_are_refused(tmp_path):
    rows = "".join(f'<row r="{n}" ht="15"/>' for n in range(1, 30_000))
    rows += '<row r="1048576" ht="15"/>'
    assert hostile(tmp_path, f"<sheetData>{rows}</sheetData>") == (
        "reaches row 1,048,576 (sheet 'Settings'): select the empty rows below the data, delete them, save."
    )


def test_a_value_in_the_last_cell_is_refused(tmp_path):
    body = '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert hostile(tmp_path, body) == (
        "reaches row 1,048,576 (sheet 'Settings'): select the empty rows below the data, delete them, save."
    )


def test_a_value_in_the_last_column_is_refused(tmp_path):
    body = '<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row></sheetData>'
    assert hostile(tmp_path, body) == (
        "reaches column 16,384 (sheet 'Settings'): select the empty columns beside the data, delete them, "
        "save."
    )


def test_cells_without_an_address_are_counted(tmp_path):
    body = "<sheetData><row>" + "<c/>" * 501 + "</row></sheetData>"
    assert "reaches column 501" in hostile(tmp_path, body)


def test_a_false_dimension_is_believed_by_nobody(tmp_path):
    path = saved(small_book(), tmp_path)
    part = part_of(path, "Offers")

    def lie(parts):
        at = parts[part].index(b"<dimension")
        end = parts[part].index(b"/>", at)
        parts[part] = parts[part][:at] + b'<dimension ref="A1:XFD1048576"' + parts[part][end:]

    assert len(read_book(rewritten(path, lie)).tables["Offers"].rows) == 3


@pytest.mark.parametrize("tag", ["mergeCell", "hyperlink"])
def test_an_area_as_wide_as_the_sheet_is_refused(tag, tmp_path):
    body = f'<sheetData/><x><{tag} a="&gt;" ref="&#65;1:XFD1048576"/></x>'
    assert "reaches row 1,048,576" in hostile(tmp_path, body)
    assert "reaches column 16,384" in hostile(tmp_path, f'<x><{tag} ref="A1:XFD9"/></x>')


def test_very_many_merged_cells_are_refused(tmp_path):
    merges = "".join(f'<mergeCell ref="A{n}:SF{n + 1000}"/>' for n in range(1, 3))
    assert hostile(tmp_path, f"<sheetData/><mergeCells>{merges}</mergeCells>") == (
        "merges or links too many cells: unmerge them."
    )


def test_a_row_that_stands_twice_is_refused(tmp_path):
    body = '<sheetData><row r="1"/><row r="1"/></sheetData>'
    assert hostile(tmp_path, body) == (
        "holds row 1 twice (sheet 'Settings'): open it in Excel and save it as .xlsx."
    )


def test_a_cell_that_stands_twice_is_refused(tmp_path):
    body = '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row></sheetData>'
    assert hostile(tmp_path, body) == (
        "holds cell A1 twice (sheet 'Settings'): open it in Excel and save it as .xlsx."
    )


def test_too_many_cells_are_refused(tmp_path):
    cells = "".join(f"<c><v>{n % 97}</v></c>" for n in range(400))
    rows = "".join(f"<row>{cells}</row>" for _ in range(2600))
    assert hostile(tmp_path, f"<sheetData>{rows}</sheetData>") in (
        BOMB,
        "holds more than 1,000,000 cells (sheet 'Settings'): delete what is not needed.",
    )


def test_too_many_sheets_are_refused(tmp_path):
    book = small_book()
    for number in range(60):
        book.create_sheet(f"Sheet {number}")
    assert refused(saved(book, tmp_path)) == (
        "book.xlsx holds more than 64 sheets: delete those not needed."
    )


def test_a_table_much_larger_than_its_cells_is_refused(tmp_path):
    book = small_book()
    for column in range(1, 480):
        book["Offers"].cell(1, column, book["Offers"].cell(1, column).value or f"note {column}")
    book["Offers"].cell(19_999, 1, "far")
    assert refused(saved(book, tmp_path)) == (
        "Offers the table at A1 is too large: delete what lies far from the data."
    )


def test_a_drawing_in_old_markup_need_not_be_well_formed(tmp_path):
    path = saved(small_book(), tmp_path)
    vml = {"xl/drawings/vmlDrawing1.vml": b"<xml><br></xml>"}
    assert read_book(rewritten(path, lambda parts: parts.update(vml))).tables


def test_a_hundred_thousand_cells_are_read_in_reasonable_time(tmp_path):
    book = small_book()
    sheet = book.create_sheet("Data")
    for _ in range(1_000):
        sheet.append(list(range(100)))
    path = saved(book, tmp_path)
    begun = time.process_time()
    read_book(path)
    assert time.process_time() - begun < 10
