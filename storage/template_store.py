"""template.db: protected templates as the booth sealed them, with their term, and nothing else.

The row id is the template's pseudonymous identifier. What opens a template is in keys.db, wrapped
under its person's key; this store cannot even say how many persons it holds templates of.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from station.model import SealedTemplate, Secret
from storage.database import Database, Row, Schema, Transaction, blob, number
from storage.effects import Applied
from storage.registry import TEMPLATE
from storage.sealed_rows import HOUR_S, HiddenTerms

SEALED_BYTES = 175
"""Length of a sealed template (face.md B.7)."""
MODEL_ID_BYTES = 16
_COLUMNS = "sealed, model_id, profile"
_SCHEMA = Schema(
    1,
    """
    CREATE TABLE template (
        pid BLOB PRIMARY KEY CHECK (length(pid) = 16),
        sealed BLOB NOT NULL CHECK (length(sealed) = 175),
        model_id BLOB NOT NULL CHECK (length(model_id) = 16),
        profile INTEGER NOT NULL CHECK (profile BETWEEN 0 AND 65535),
        term_mark BLOB NOT NULL CHECK (length(term_mark) = 16),
        term BLOB NOT NULL CHECK (length(term) = 36)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX template_term ON template (term_mark);
    """,
)


class TemplateStore(HiddenTerms):
    """The rows of template.db. Lives in the desk, which cannot open them; safe from any thread."""

    def __init__(self, path: Path, key: Secret, record_kek: Secret) -> None:
        super().__init__(TEMPLATE, Database(path, key, _SCHEMA), record_kek, "pid")

    def add(self, reference: bytes, templates: Sequence[tuple[SealedTemplate, int]]) -> Applied:
        """Insert (template, seconds since the epoch at which it ends) as one effect."""

        def write(change: Transaction) -> None:
            for template, expires_s in templates:
                hour, pid = expires_s // HOUR_S, template.pid
                self._note_hour(change, hour)
                change.write(
                    "INSERT INTO template VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        pid,
                        template.sealed,
                        template.model_id,
                        template.profile,
                        self._mark(hour),
                        self._term(pid, expires_s),
                    ),
                )

        return self._add(reference, len(templates), write)

    def find(self, pid: bytes) -> SealedTemplate | None:
        """One template as stored, or None."""
        found = self.database.read(f"SELECT {_COLUMNS} FROM template WHERE pid = ?", (pid,))  # noqa: S608
        return _template(found[0]) if found else None

    def expiry_s(self, pid: bytes) -> int | None:
        """When a template ends, seconds since the epoch; None where there is no such row."""
        found = self.database.read(f"{self._terms} WHERE pid = ?", (pid,))
        return self._expiry(pid, blob(found[0][1])) if found else None

    def templates(self) -> Iterator[SealedTemplate]:
        """Every template as stored, in no order that means anything."""
        for row in self.database.stream(f"SELECT {_COLUMNS} FROM template"):  # noqa: S608
            yield _template(row)


def _template(row: Row) -> SealedTemplate:
    return SealedTemplate(blob(row[0]), blob(row[1]), number(row[2]))
