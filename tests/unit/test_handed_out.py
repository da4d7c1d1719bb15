"""Papers staff hand out: all of them or none, and the right message where the medium is gone."""

from pathlib import Path

import pytest

from station.errors import ErrorCode, OfficeError
from station.handed_out import hand_out, usable


def test_a_stick_that_was_pulled_out_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    def pulled() -> bytes:
        monkeypatch.setattr(Path, "unlink", gone)
        raise OSError(5, "Input/output error")

    with pytest.raises(OfficeError, match=ErrorCode.PAPER_NOT_WRITTEN.value):
        hand_out(tmp_path, [("a.pdf", lambda: b"a"), ("b.pdf", pulled)], lambda *_: None)


def test_what_is_no_fault_of_the_medium_stays_what_it_was(tmp_path: Path) -> None:
    def broken() -> bytes:
        raise KeyError("SPECIMEN")

    with pytest.raises(KeyError):
        hand_out(tmp_path, [("a.pdf", lambda: b"a"), ("b.pdf", broken)], lambda *_: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("typed", ["x" * 300, "a\0b", "none", "file/below"])
def test_a_folder_that_cannot_be_looked_at_is_one_that_cannot_be_written(
    tmp_path: Path, typed: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OfficeError, match=ErrorCode.PAPER_NOT_WRITTEN.value):
        usable(tmp_path / typed)
