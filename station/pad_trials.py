"""The log of bench trials: one CSV row per presentation, written at once, numbers only.

A row is one line in one write, synced before the next presentation, so that a power cut costs at
most the row in hand; a torn last line is taken away when the log is opened again. Rows of rendered
people ("SIM") and of real trials ("BENCH") never share a file.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from station.errors import ErrorCode, StorageError
from station.model import PadReport, PadResult
from station.pad_rates import Trial, margin_of

BONA_FIDE_SPECIES = "bona_fide"
_MAX_BYTES = 16 << 20
_MAX_CELL = 4000


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One presentation, as text: what was shown, in what light, and what the station said."""

    number: str
    at: str
    """ISO 8601 UTC."""
    label: str
    species: str
    details: str
    """Factors of GB/T 41772-2022 Annex A: "paper=photo;surface=gloss"."""
    artefact: str
    subject: str
    """A code, never a name."""
    light: str
    distance_cm: str
    presentation: str
    policy: str
    result: str
    decided_by: str
    species_guess: str
    duration_s: str
    layers: str
    """"L3_PLANARITY:1:1:0.081:0.055;…": judged, passed, measure, gate."""
    camera: str
    software: str
    pad_policy: str
    """SM3 of the thresholds in force."""

    @property
    def is_bona_fide(self) -> bool:
        """Whether a person was presented."""
        return self.species == BONA_FIDE_SPECIES

    def trial(self) -> Trial:
        """For the error rates; trials with one subject and artefact are not independent."""
        return Trial(
            self.species,
            f"{self.subject}/{self.artefact}",
            self.result,
            self.decided_by,
            margin_of(_parse_layers(self.layers)),
        )


COLUMNS = tuple(column.name for column in fields(TrialRow))


class TrialLog:
    """One CSV file that only grows. One writer."""

    def __init__(self, path: Path) -> None:
        """Open or begin the file. Raises `StorageError(STORE_CORRUPT)` for what is no such log."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.rows: list[TrialRow] = []
        if path.exists() and path.stat().st_size:
            self._recover()
        else:
            self._write(_line(COLUMNS))

    def append(self, row: TrialRow) -> None:
        """Write one row, durable on return."""
        values = tuple(str(getattr(row, name)) for name in COLUMNS)
        self._write(_line(values))
        self.rows.append(row)

    def _recover(self) -> None:
        if self._path.stat().st_size > _MAX_BYTES:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        try:
            rows = list(csv.reader(io.StringIO(whole.decode("utf-8"), newline="")))
        except (UnicodeDecodeError, csv.Error) as error:
            raise StorageError(ErrorCode.STORE_CORRUPT) from error
        if not rows or tuple(rows[0]) != COLUMNS:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        for cells in rows[1:]:
            self.rows.append(_row(cells))
        if len(whole) != len(content):
            os.truncate(self._path, len(whole))

    def _write(self, line: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            written = os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if written != len(line):
            raise StorageError(ErrorCode.DISK_FULL)


def layers_text(report: PadReport) -> str:
    """A report's figures in one cell."""
    return ";".join(
        f"{v.layer}:{int(v.judged)}:{int(v.passed)}:{v.measure:.4g}:{v.gate:.4g}"
        for v in report.layers
    )


def counts(rows: list[TrialRow]) -> dict[str, Counter[str]]:
    """Per species: how often each result."""
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row.species, Counter())[row.result] += 1
    return found


def _line(values: tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode("utf-8")


def _row(cells: list[str]) -> TrialRow:
    if len(cells) != len(COLUMNS) or any(len(cell) > _MAX_CELL for cell in cells):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    row = TrialRow(*cells)
    if row.result not in set(PadResult):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    try:
        list(_parse_layers(row.layers))
    except ValueError as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error
    return row


def _parse_layers(text: str) -> Iterator[tuple[str, bool, bool, float, float]]:
    for part in text.split(";") if text else ():
        name, judged, passed, measure, gate = part.split(":")
        yield name, passed == "1", judged == "1", float(measure), float(gate)
