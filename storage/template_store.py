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
from storage.sealed_rows import HOUR_S, SealedRows

SEALED_BYTES = 175
"""Length of a sealed template (face.md B.7)."""
MODEL_ID_BYTES = 16
_COLUMNS = "sealed, model_id, profile"
_CAMPAIGN = "campaign"
_SCHEMA = Schema(
    2,
    """
    CREATE TABLE template (
        pid BLOB PRIMARY KEY CHECK (length(pid) = 16),
        sealed BLOB NOT NULL CHECK (length(sealed) = 175),
        model_id BLOB NOT NULL CHECK (length(model_id) = 16),
        profile INTEGER NOT NULL CHECK (profile BETWEEN 0 AND 65535),
        term_mark BLOB NOT NULL CHECK (length(term_mark) = 16),
        term BLOB NOT NULL CHECK (length(term) = 36),
        campaign INTEGER NOT NULL DEFAULT 0 CHECK (campaign >= 0)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX template_term ON template (term_mark);
    """,
    {
        1: "ALTER TABLE template ADD COLUMN "
        "campaign INTEGER NOT NULL DEFAULT 0 CHECK (campaign >= 0);"
    },
)


class TemplateStore(SealedRows):
    """The rows of template.db. Lives in the desk, which cannot open them; safe from any thread."""

    def __init__(self, path: Path, key: Secret, record_kek: Secret) -> None:
        super().__init__(TEMPLATE, Database(path, key, _SCHEMA), record_kek, "pid")

    def add(self, reference: bytes, templates: Sequence[tuple[SealedTemplate, int]]) -> Applied:
        """Insert (template, seconds since the epoch at which it ends) as one effect."""
        campaign = self.database.meta(_CAMPAIGN)

        def write(change: Transaction) -> None:
            self._note_end(change, min(expires_s for _, expires_s in templates))
            rows = [
                (
                    template.pid,
                    template.sealed,
                    template.model_id,
                    template.profile,
                    self._mark(expires_s // HOUR_S),
                    self._term(template.pid, expires_s),
                    campaign,
                )
                for template, expires_s in templates
            ]
            rows.sort()
            change.write_all("INSERT INTO template VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

        return self._add(reference, len(templates), write)

    def find(self, pid: bytes) -> SealedTemplate | None:
        """One template as stored, or None."""
        found = self.database.read(f"SELECT {_COLUMNS} FROM template WHERE pid = ?", (pid,))  # noqa: S608
        return _template(found[0]) if found else None

    def expiry_s(self, pid: bytes) -> int | None:
        """When a template ends, seconds since the epoch; None where there is no such row."""
        found = self.database.read(f"{self._terms} WHERE pid = ?", (pid,))
        return self._expiry(pid, blob(found[0][1])) if found else None

    def begin_campaign(self) -> int:
        """Make every template of now one to be renewed; returns how many are to be done.

        A campaign that was broken off goes on instead: what it has renewed is not renewed again.
        """
        pending = self.pending_count()
        if not pending:
            self.database.set_meta(_CAMPAIGN, self.database.meta(_CAMPAIGN) + 1)
            pending = self.pending_count()
        return pending

    def pending_count(self) -> int:
        """Templates the campaign under way has not come to; 0 when it is done."""
        statement = "SELECT count(*) FROM template WHERE campaign < ?"
        return number(self.database.read(statement, (self.database.meta(_CAMPAIGN),))[0][0])

    def pass_over(self, pids: Sequence[bytes]) -> None:
        """Take templates out of the campaign under way, as they are."""
        campaign = self.database.meta(_CAMPAIGN)
        with self.database.transaction() as change:
            for pid in pids:
                change.write("UPDATE template SET campaign = ? WHERE pid = ?", (campaign, pid))

    def pending(self, after: bytes, limit: int) -> list[tuple[SealedTemplate, int]]:
        """Up to `limit` of them above the id `after` (begin with b""), in the order of their ids;
        each with the end of its term, seconds since the epoch.

        The ids of renewed templates are drawn anew, so a walk by id never meets its own work.
        """
        statement = (
            f"SELECT {_COLUMNS}, pid, term FROM template "  # noqa: S608 - names of our own
            "WHERE pid > ? AND campaign < ? ORDER BY pid LIMIT ?"
        )
        found = self.database.read(statement, (after, self.database.meta(_CAMPAIGN), limit))
        return [(_template(row), self._expiry(blob(row[3]), blob(row[4]))) for row in found]

    def templates(self) -> Iterator[SealedTemplate]:
        """Every template as stored, in no order that means anything."""
        for row in self.database.stream(f"SELECT {_COLUMNS} FROM template"):  # noqa: S608
            yield _template(row)


def _template(row: Row) -> SealedTemplate:
    return SealedTemplate(blob(row[0]), blob(row[1]), number(row[2]))
