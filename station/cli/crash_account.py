"""What is known to have been kept, and what the stores say of it: the two sides of a crash test.

The killed process told, before each operation, what it would change, and after it that the change
was committed. This module reads the same account back out of the opened stores.
"""

from collections.abc import Iterator, Mapping

import msgspec

from consent.digest import sm3
from station.cli.crash_station import CrashStation
from station.errors import ErrorCode, StorageError
from station.model import Claim, ClaimKind, Secret
from storage.identity_store import unseal_identity
from storage.person import Person
from storage.portrait_store import open_portrait
from storage.registry import EFFECT_STORES, IDENTITY, PORTRAIT, ROW_STORES, TEMPLATE
from storage.resident_lookup import template_of
from storage.template_keys import unwrap_secret


class Kept(msgspec.Struct, frozen=True):
    """One person: digests of what is kept, never the things themselves."""

    name: str
    """Drawn at random for each registration, so that a second one is told from the first."""
    ends_s: int
    template: str = ""
    """The pseudonymous identifier of the template, then the digest of its sealed bytes; hex."""
    portraits: tuple[str, ...] = ()
    failed: int = 0
    locked: bool = False

    @property
    def pid(self) -> bytes:
        """Identifier of the template, 16 bytes; empty where there is none."""
        return bytes.fromhex(self.template[:32])


State = dict[str, Kept]
"""Everybody who is kept, by document number."""
Change = dict[str, Kept | None]
"""What one operation does: to whom, and what is then kept (None: nothing)."""


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """The killed process is about to do this."""

    operation: str
    change: Change
    whole: bool = True
    """All of the change or none of it; else each person by itself."""
    backup: str = ""
    """Name of the backup this makes."""


class Done(msgspec.Struct, frozen=True, tag="done"):
    """What was begun is committed."""


class Reached(msgspec.Struct, frozen=True, tag="reached"):
    """A point before the first operation: "opening" or "ready"."""

    point: str


class Forked(msgspec.Struct, frozen=True, tag="forked"):
    """The process that now works, and is to be killed."""

    pid: int


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """How it ended, as `os.waitpid` says it."""

    status: int


Message = Begun | Done | Reached | Forked | Ended


class Order(msgspec.Struct, frozen=True):
    """What the process to be killed is told at its start."""

    home: str
    backup_folder: str
    root: bytes
    officers: bytes
    seed: int
    first: str
    """Operation to begin with; "": none, only open the stores."""
    state: State
    backups: dict[str, State]
    """Whole backups, and who was kept when each was made."""


def changed(state: Mapping[str, Kept], change: Change) -> State:
    """The state after a change."""
    after = {**state, **change}
    return {number: kept for number, kept in after.items() if kept is not None}


def after_restore(now: State, then: State) -> State:
    """What a restore leaves: who is kept now, with what was already there at the backup."""
    found: State = {}
    for number, kept in now.items():
        before = then.get(number)
        if before is None or before.name != kept.name:
            continue
        found[number] = msgspec.structs.replace(
            kept,
            template=kept.template if kept.template == before.template else "",
            portraits=tuple(one for one in kept.portraits if one in before.portraits),
            failed=before.failed,
            locked=before.locked,
        )
    return found


def told_of_template(pid: bytes, sealed: bytes) -> str:
    """A template as `Kept` tells of it."""
    return pid.hex() + sm3(sealed).hex()


def told_of_portrait(portrait: bytes) -> str:
    """A portrait as `Kept` tells of it."""
    return sm3(portrait).hex()


def read_state(station: CrashStation) -> State:
    """Open every record of everybody. Raises `StorageError` for one that does not open."""
    stores, found = station.stores, {}
    for row in stores.identity.rows():
        person = stores.keys.person_of(IDENTITY, row.row)
        if person is None:
            raise StorageError(ErrorCode.KEY_MISSING)
        fields = unseal_identity(row, person.version_of(IDENTITY, row.row), person.key)
        template = template_of(stores, person)
        if template is not None:
            _secret(station, person, TEMPLATE, template.pid)
        attempts = stores.identity.attempts(row.row)
        found[fields.get("document_number")] = Kept(
            fields.get("name"),
            row.expires_s,
            "" if template is None else told_of_template(template.pid, template.sealed),
            tuple(sorted(_portraits(station, person))),
            attempts.failed,
            attempts.locked_until_s > 0,
        )
    return found


def halves(station: CrashStation) -> Iterator[str]:
    """Everything that has lost what belongs to it: keys, links, rows, index, counters."""
    stores = station.stores
    linked = dict.fromkeys(ROW_STORES, 0)
    for person in stores.keys.persons():
        if len(person.rows_in(IDENTITY)) != 1:
            yield "a person has not exactly one identity"
        for store, row, _ in person.rows:
            linked[store] += 1
            owner = stores.keys.person_of(store, row)
            if owner is None or owner.person != person.person:
                yield f"a person's row in {store} does not lead back"
            if stores.rows[store].present([row]) != 1:
                yield f"a key without its record in {store}"
    for store, count in linked.items():
        if stores.rows[store].count() != count:
            yield f"a record without its key in {store}"
    links = stores.keys.database.read("SELECT count(*) FROM link")[0][0]
    if links != sum(linked.values()):
        yield "a link of nobody"
    if stores.keys.secrets_count() != linked[TEMPLATE] + linked[PORTRAIT]:
        yield "a secret of no record"
    identities = {row.row for row in stores.identity.rows()}
    for table in ("blind", "attempt"):
        statement = f"SELECT row FROM {table}"  # noqa: S608 - two names of our own
        if {row for (row,) in stores.identity.database.read(statement)} - identities:
            yield f"a {table} row of nobody"


def unsettled(station: CrashStation) -> Iterator[str]:
    """Intents and effects that the start has left open."""
    if station.ledger.open_intents():
        yield "an intent is open after the start"
    for name in EFFECT_STORES:
        if station.stores.databases[name].read("SELECT 1 FROM applied LIMIT 1"):
            yield f"an effect in {name} was not tidied"
    if station.keyring.pending():
        yield "a key is half exchanged after the start"


def wrongly_refused(station: CrashStation, state: State) -> Iterator[str]:
    """Valid templates that are refused, or any that a revoked one is taken for."""
    now_s = station.clock.effective().timestamp()
    for number, kept in state.items():
        if not kept.template:
            continue
        if station.revocations.contains(kept.pid):
            yield "a template that is kept is revoked"
        elif not kept.locked and kept.ends_s > now_s + 1:
            claim = Claim(ClaimKind.DOCUMENT, number)
            if station.residents.reference(claim).template.pid != kept.pid:
                yield "another template is given than was kept"


def _portraits(station: CrashStation, person: Person) -> Iterator[str]:
    for row, _ in person.rows_in(PORTRAIT):
        sealed = station.stores.portrait.find(row)
        if sealed is None:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        yield told_of_portrait(open_portrait(sealed, _secret(station, person, PORTRAIT, row)))


def _secret(station: CrashStation, person: Person, store: str, row: bytes) -> Secret:
    wrapped = station.stores.keys.wrapped_secret(store, row)
    if wrapped is None:
        raise StorageError(ErrorCode.KEY_MISSING)
    return unwrap_secret(person.store_key(store), row, wrapped)
