"""One resident in the ledger: found by a blind reference, masked in a bundle, unfindable once gone.

Over real stores; and that nothing the station does by itself ever takes an entry away.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.bundle import BundleOrder, BundleSource, Unmasked, write_bundle
from consent.entry import parse_entry
from consent.kinds import Kind
from consent.recording import record_answer
from consent.search import Row, Selection, references_of, search
from consent.signing import HeadSigner
from station.errors import ErrorCode, StationBug, StorageError
from station.model import Answer, Claim, ClaimKind, IdentityRecord, Language, VisitId
from storage.audit_source import AuditSource
from storage.renewal import TemplateRenewal
from storage.resident_register import Withdrawal
from tests.flow.resident_fakes import BY_NUMBER, ResidentScript, check
from tests.flow.visit_fakes import NOTICE
from tests.unit.audit_kit import no_summary, verified
from tests.unit.stores_kit import PERSON, Desk, document
from tests.unit.test_renewal import turned

KEPT_DAYS = 184
"""Shortest time entries stay (AU-1): six months."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path / "station")
    yield opened
    opened.stores.close()


def source(desk: Desk) -> BundleSource:
    signer = HeadSigner.from_private(desk.keyring.ledger_signing_key().reveal())
    return BundleSource(
        desk.stores.ledger, signer.public_key, signer.sign, AuditSource(desk.stores)
    )


def found(desk: Desk, reference: str) -> list[Row]:
    rows = desk.stores.ledger
    return list(search(rows, Selection(person=references_of(rows, reference))))


def test_a_number_leads_to_what_the_ledger_says_of_its_holder_and_of_nobody_else(
    desk: Desk,
) -> None:
    for mark, number in (("c", "E12345678"), ("d", "E87654321")):
        wanted = replace(desk.enrolment(number), consent_record_ids=(f"AAAA-BBBB-{mark}",))
        desk.residents.enrol(VisitId(mark * 32), wanted)
    audit, now = AuditSource(desk.stores), datetime.now(UTC)
    claims = (Claim(ClaimKind.DOCUMENT, "e 1234-5678"), document("E87654321"))
    one, other = (audit.reference_of(claim, now) for claim in claims)
    assert one != other
    assert one == desk.residents.blind_reference(claims[0]) == desk.register.reference_of(claims[0])
    for _ in range(5):
        desk.residents.attempted(claims[0], matched=False)
    desk.register.restrict(claims[0], restricted=True)
    kinds = [row.kind for row in found(desk, one)]
    assert kinds == ["RESTRICT", "LOCK_OUT", "ENROL", "ENROL"]
    assert {row.kind for row in found(desk, other)} == {"ENROL"}


def test_once_erased_nobody_can_make_the_reference_but_what_was_kept_of_it_still_finds(
    desk: Desk,
) -> None:
    desk.enrol("E12345678")
    claim, audit, now = document("E12345678"), AuditSource(desk.stores), datetime.now(UTC)
    reference = audit.reference_of(claim, now)
    desk.register.withdraw(claim, Withdrawal.EVERYTHING)
    with pytest.raises(StorageError) as unknown:
        audit.reference_of(claim, now)
    assert unknown.value.code is ErrorCode.RESIDENT_UNKNOWN
    assert desk.residents.blind_reference(claim) == ""
    assert list(audit.people()) == []
    kinds = [(row.kind, row.phase) for row in found(desk, reference)]
    assert kinds[:2] == [("WITHDRAW", "COMPLETION"), ("WITHDRAW", "INTENT")]


def test_what_becomes_of_a_template_or_portrait_alone_is_found_by_whose_it_was(desk: Desk) -> None:
    numbers = ("E1", "E2", "E3", "E4")
    for number in numbers:
        desk.enrol(number, portraits=1)
    references = {one: desk.register.reference_of(document(one)) for one in numbers}
    desk.register.withdraw(document("E1"), Withdrawal.TEMPLATE)
    desk.register.withdraw(document("E2"), Withdrawal.PORTRAITS)
    desk.register.withdraw_face(document("E3"))
    work = TemplateRenewal(desk.stores, desk.ledger, desk.clock, desk.keyring.pepper())
    both = [work.plan(document(one)) for one in ("E2", "E4")]
    assert work.carry_out([(one, turned(one)) for one in both]) == 2

    def steps(number: str) -> list[tuple[str, str]]:
        rows = found(desk, references[number])
        return [(row.kind, row.phase) for row in rows if row.kind != "ENROL"]

    renewed, withdrawn = ("RENEW", "INTENT"), [("WITHDRAW", "COMPLETION"), ("WITHDRAW", "INTENT")]
    # A renewal of many is told by its intent; its end is joined to no single one of them.
    assert steps("E1") == steps("E3") == withdrawn
    assert steps("E2") == [renewed, *withdrawn]
    assert steps("E4") == [renewed]
    whole = next(row for row in map_rows(desk) if row.kind == "WITHDRAW" and row.phase == "INTENT")
    assert whole.payload["persons"] == [references["E3"]]
    assert len(whole.payload["records"]) == 2
    assert whole.payload["commitments"] == []


def test_a_residents_check_says_whom_it_was_about() -> None:
    played = check(ResidentScript(claims=[BY_NUMBER]))
    outcome = next(
        entry.payload
        for entry in (parse_entry(row.body) for row in played.store.rows)
        if entry.kind is Kind.VISIT_OUTCOME
    )
    assert outcome["resident"] == "Q" * 43


def agree(desk: Desk, visit: str) -> str:
    receipt = record_answer(
        desk.ledger,
        NOTICE,
        Answer.GIVEN,
        Language.ZH_CN,
        method="SCREEN",
        dwell_s=9.0,
        shown_to_end=True,
        visit_id=VisitId(visit),
        station_id="test",
        operator="",
        seal=desk.records.seal_evidence,
        agreed=frozenset(NOTICE.purposes),
    )
    assert receipt is not None
    return receipt.receipt_id


def test_consent_records_open_and_name_whose_identity_is_kept_masked(
    desk: Desk, tmp_path: Path
) -> None:
    kept, gone, lost = (agree(desk, mark * 32) for mark in "abc")
    expiry = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    desk.records.keep_identity(VisitId("a" * 32), PERSON, expiry)
    desk.records.keep_identity(VisitId("b" * 32), PERSON, expiry)
    sealed = next(row.seq for row in map_rows(desk) if row.said("record_id") == lost)
    _destroy_evidence(desk, sealed)
    write_bundle(
        tmp_path / "out",
        source(desk),
        BundleOrder(Selection(), "2026-04-01T00:00:00.000Z"),
        verifier=b"#",
        summarise=no_summary,
    )
    lines = [
        json.loads(line)
        for line in (tmp_path / "out" / "consents.jsonl").read_text("utf-8").splitlines()
    ]
    by_id = {line["record_id"]: line["ledger"] for line in lines}
    assert by_id[kept]["principal"] == {"name": "测*", "document_number": "*" * 9}
    assert by_id[gone]["evidence"] == "opened"
    assert by_id[lost] == {"seq": sealed, "evidence": "key_destroyed"}
    for path in (tmp_path / "out").iterdir():
        assert "测试者".encode() not in path.read_bytes(), path.name
        assert b"X00000001" not in path.read_bytes(), path.name
    assert verified(tmp_path / "out")[0] == 0


def test_a_minor_stays_masked_where_adults_are_named_in_clear(desk: Desk, tmp_path: Path) -> None:
    expiry = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    today = datetime.now(UTC).astimezone().date()
    born = {"a": "1990-01-01", "b": f"{today.year - 17}-01-01", "c": "", "d": "1990"}
    for mark, date in born.items():
        agree(desk, mark * 32)
        kept = (("name", f"{mark}测试者"), ("document_number", f"X1234567890{mark}"))
        person = IdentityRecord((*kept, *((("birth_date", date),) if date else ())))
        desk.records.keep_identity(VisitId(mark * 32), person, expiry)
    made = Unmasked("li.na", "chen", "case 7")
    write_bundle(
        tmp_path / "out",
        source(desk),
        BundleOrder(Selection(), "2026-04-01T00:00:00.000Z", unmasked=made),
        verifier=b"#",
        summarise=no_summary,
    )
    lines = (tmp_path / "out" / "consents.jsonl").read_text("utf-8").splitlines()
    names = {json.loads(line)["ledger"]["principal"]["name"] for line in lines}
    assert names == {"a测试者", "b*", "c*", "d*"}


def map_rows(desk: Desk) -> list[Row]:
    return list(search(desk.stores.ledger, Selection()))


def _destroy_evidence(desk: Desk, seq: int) -> None:
    evidence = desk.stores.ledger.evidence(seq)[:16]
    keys = desk.stores.keys.database
    with keys.transaction() as change:
        change.write("DELETE FROM evidence WHERE evidence = ?", (evidence,))


def test_no_sweep_ever_takes_an_entry_away_and_the_store_would_refuse(desk: Desk) -> None:
    desk.enrol("E12345678", days=1.0)
    desk.keep(1.0)
    before = [stored.body for stored in desk.stores.ledger.entries()]
    heads = list(desk.stores.ledger.heads())
    for days in (2, KEPT_DAYS, KEPT_DAYS + 1, 366, 4 * 366):
        desk.sweeper.sweep(datetime.now(UTC) + timedelta(days=days))
    assert desk.stores.identity.count() == 0, "the sweeps did erase what had ended"
    after = [stored.body for stored in desk.stores.ledger.entries()]
    assert after[: len(before)] == before
    assert list(desk.stores.ledger.heads())[: len(heads)] == heads
    ledger = desk.stores.ledger.database

    def attempt(statement: str) -> None:
        with ledger.transaction() as change:
            change.write(statement)

    for statement in ("DELETE FROM entry WHERE seq = 0", "UPDATE entry SET body = x'7b7d'"):
        with pytest.raises(StationBug):
            attempt(statement)
    assert [stored.body for stored in desk.stores.ledger.entries()] == after
