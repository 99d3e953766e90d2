"""A book in disguise differs from itself in nothing but the notes and sheets that were added."""

from __future__ import annotations

import pytest
from test_read_disguises import DISGUISES, plain_sheets

from chipfolio.quarters.books import opened
from chipfolio.quarters.difference import differences


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda one: one.__name__)
def test_no_difference_is_told(disguise, tmp_path):
    for folder in ("plain", "other"):
        (tmp_path / folder).mkdir()
    plain = opened(plain_sheets(tmp_path / "plain"))
    other = opened(disguise(tmp_path / "other"))
    found = differences(plain, other)
    assert found.inputs == []
    added = {(one.what, one.sheet) for one in found.notes}
    if disguise.__name__ == "columns_and_sheets_added":
        assert ("added", "Diary") in added
        assert {what for what, _ in added} == {"added"}
    else:
        assert not added
