"""The incident book: history that only grows, notices with everything the law asks for."""

import string
import tomllib
from pathlib import Path

import msgspec
import pytest

from consent.canonical import decode_object, encode
from consent.kinds import Kind
from resources.rights_texts import rights_table
from station.access import Act
from station.errors import AccessError, ErrorCode, OfficeError, StationBug, StorageError
from station.incident_notice import Handler, incident_notice, paper_text, renewal_advice
from station.incidents import Addressee, Incident, IncidentBook, IncidentState, Narrative
from station.model import Language
from station.office_book import Shelf
from storage.data_classes import DataClass
from tests.office_fakes import MemoryBook
from tests.unit.rights_kit import TurnedClock, fake_office

FOUND = "2026-03-02T07:30:00+00:00"
ZH = Narrative(
    "备份盘丢失", "搬运时遗失", "证件号码可能被冒用", "停用旧钥匙", "换发密钥", "留意陌生来电"
)
EN = Narrative(
    "a backup disk was lost",
    "in transit",
    "misuse of numbers",
    "keys voided",
    "new keys",
    "beware of calls",
)
HANDLER = Handler("演示物业", "内线 0001")


@pytest.fixture
def office():
    return fake_office()


@pytest.fixture
def book():
    return MemoryBook()


@pytest.fixture
def incidents(office, book):
    return IncidentBook(book, office.ledger, TurnedClock())


def write(office):
    return office.permit("pio", Act.INCIDENT_WRITE)


def leak(**more):
    usual = {
        "data": ("FACE_TEMPLATE",),
        "people": 12,
        "found_at": FOUND,
        "leak": True,
        "zh": ZH,
        "en": EN,
    }
    return Incident(**{**usual, **more})


def refused(kind, call, *arguments, **more):
    with pytest.raises(kind) as raised:
        call(*arguments, **more)
    return raised.value.code


def test_only_officers_write_and_the_ledger_comes_first(office, incidents, book):
    for user in ("op", "boss", "aud", "sys"):
        assert (
            refused(AccessError, office.permit, user, Act.INCIDENT_WRITE) is ErrorCode.ACCESS_DENIED
        )
    permit = write(office)
    office.store.fail_append = True
    assert refused(StorageError, incidents.open, permit, leak()) is ErrorCode.DISK_FULL
    assert list(book.all(Shelf.INCIDENT)) == []
    office.store.fail_append = False
    found = incidents.open(permit, leak())
    entry = office.entries()[-1]
    assert entry.kind is Kind.INCIDENT
    assert entry.payload["actor"] == "pio"
    assert entry.payload["incident"] == found.incident.id
    assert "备份盘" not in office.store.rows[-1].body.decode()


def test_the_history_grows_and_cannot_be_cut(office, incidents, book):
    first = incidents.open(write(office), leak(minors=True))
    second = incidents.change(
        write(office), first, {"people": 15, "zh": msgspec.structs.replace(ZH, cause="另有原因")}
    )
    third = incidents.contained(write(office), second)
    lines = third.incident.history
    assert [line.did for line in lines] == ["OPENED", "CHANGED", "CONTAINED"]
    assert lines[1].fields == ("people", "zh.cause")
    assert lines[2].fields == ("state",)
    assert incidents.get(third.incident.id).incident == third.incident
    # Two people at once: the slower one is told.
    assert (
        refused(AccessError, incidents.change, write(office), second, {"people": 1})
        is ErrorCode.CHANGED_MEANWHILE
    )
    for tampered in (
        lines[1:],
        lines[:1] + lines[2:],
        (),
        (msgspec.structs.replace(lines[0], actor="x"), *lines[1:]),
    ):
        body = decode_object(third.sheet.body)
        body["history"] = msgspec.to_builtins(tampered)
        bad = book.replace(incidents.get(third.incident.id).sheet, encode(body))
        code = refused(StorageError, incidents.all, office.permit("aud", Act.INCIDENT_READ))
        assert code is ErrorCode.STORE_CORRUPT
        book.replace(bad, third.sheet.body)
        assert incidents.still_open() == 1


def test_two_who_write_on_one_sheet_overwrite_nothing_of_each_other(office, incidents):
    begun = incidents.open(write(office), leak()).incident

    def hand_in(begun_from=begun, **changes):
        # As the office does: on the sheet of now, whatever the form was begun from.
        found = incidents.get(begun.id)
        return incidents.change(write(office), found, changes, begun_from).incident

    first = hand_in(people=15, zh=msgspec.structs.replace(ZH, cause="另有原因"))
    second = hand_in(minors=True, zh=msgspec.structs.replace(ZH, harm="暂未发现"))
    assert (second.people, second.minors) == (15, True)
    assert (second.zh.cause, second.zh.harm) == ("另有原因", "暂未发现")
    assert second.history[-1].fields == ("minors", "zh.harm")
    size = office.ledger.size
    for wanted in ({"people": 20}, {"zh": msgspec.structs.replace(ZH, cause="不明")}):
        assert refused(AccessError, hand_in, **wanted) is ErrorCode.CHANGED_MEANWHILE
    # Refused before the ledger says that it was changed; and the same again is no quarrel.
    assert [one.payload["step"] for one in office.entries()[size:] if "step" in one.payload] == []
    assert hand_in(people=15).people == 15
    assert hand_in(begun_from=second, people=20).people == 20
    assert first.zh.harm == ZH.harm


def test_state_and_history_are_not_edited(office, incidents):
    found = incidents.open(write(office), leak())
    for name in ("state", "history", "told", "id", "salt", "not_told_why"):
        with pytest.raises(StationBug):
            incidents.change(write(office), found, {name: "x"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": ()},
        {"data": ("WEATHER",)},
        {"people": -1},
        {"people": 10**12},
        {"found_at": ""},
        {"found_at": "yesterday"},
        {"found_at": "2026-03-02T07:30:00"},
    ],
)
def test_a_sheet_without_the_facts_is_refused(office, incidents, wrong):
    code = refused(OfficeError, incidents.open, write(office), leak(**wrong))
    assert code is ErrorCode.INCIDENT_INCOMPLETE


@pytest.mark.parametrize(
    "text",
    ["x" * 801, "310101199001011234 丢失", "a\u202eb", "y" * 10_000_000],
    ids=["long", "number", "bidi", "10MB"],
)
def test_texts_that_cannot_be_kept_are_refused(office, incidents, text):
    bad = msgspec.structs.replace(ZH, what=text)
    assert (
        refused(AccessError, incidents.open, write(office), leak(zh=bad)) is ErrorCode.TEXT_UNUSABLE
    )


def test_it_is_closed_when_everybody_was_told(office, incidents):
    found = incidents.open(write(office), leak(minors=True))
    close, incomplete = incidents.close, ErrorCode.INCIDENT_INCOMPLETE
    assert refused(OfficeError, close, write(office), found) is incomplete
    found = incidents.told(write(office), found, Addressee.AUTHORITY)
    assert refused(OfficeError, close, write(office), found) is incomplete
    found = incidents.told(write(office), found, Addressee.PERSONS)
    assert refused(OfficeError, close, write(office), found) is incomplete
    found = incidents.told(write(office), found, Addressee.GUARDIANS)
    found = close(write(office), found)
    assert found.incident.state is IncidentState.CLOSED
    assert (
        refused(OfficeError, incidents.contained, write(office), found) is ErrorCode.INCIDENT_CLOSED
    )
    assert (incidents.still_open(), incidents.count()) == (0, 1)


def test_people_need_not_be_told_where_a_reason_is_written(office, incidents):
    found = incidents.open(write(office), leak())
    why = "数据已加密，钥匙没有外泄"
    assert (
        refused(OfficeError, incidents.close, write(office), found, why)
        is ErrorCode.INCIDENT_INCOMPLETE
    )
    found = incidents.told(write(office), found, Addressee.AUTHORITY)
    assert incidents.close(write(office), found, why).incident.not_told_why == why


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("whom", list(Addressee))
def test_a_notice_has_the_three_groups(language, whom):
    incident = leak(minors=True, id="0" * 12)
    said = paper_text(incident_notice(incident, whom, HANDLER, language))
    told = incident.narrative(language)
    for name in told.__struct_fields__:
        assert getattr(told, name) in said
    kinds = rights_table()["data"]["FACE_TEMPLATE"][language.value]
    for wanted in (kinds, "12", HANDLER.name, HANDLER.contact, "0" * 12):
        assert wanted in said
    assert ("57" in said) or ("五十七" in said)
    assert ("未成年" in said) or ("inors" in said)


def test_a_notice_with_anything_missing_is_not_made():
    for name in ZH.__struct_fields__:
        bad = leak(zh=msgspec.structs.replace(ZH, **{name: "  "}))
        code = refused(
            OfficeError, incident_notice, bad, Addressee.PERSONS, HANDLER, Language.ZH_CN
        )
        assert code is ErrorCode.INCIDENT_INCOMPLETE
    for handler in (Handler("", "x"), Handler("x", "")):
        refused(OfficeError, incident_notice, leak(), Addressee.PERSONS, handler, Language.ZH_CN)
    refused(OfficeError, incident_notice, leak(), Addressee.GUARDIANS, HANDLER, Language.EN)


def test_leaked_templates_are_to_be_renewed_by_two_people():
    for language in Language:
        assert "keys renew-templates" in renewal_advice(leak(), language)
        assert renewal_advice(leak(leak=False), language) == ""
        assert renewal_advice(leak(data=("CONSENT",)), language) == ""


def test_every_class_of_data_has_a_name_and_every_text_both_languages():
    table = tomllib.loads(
        (Path(__file__).parents[2] / "resources/i18n/rights.toml").read_text("utf-8")
    )
    assert set(table["data"]) == {label.value for label in DataClass}
    for section in table.values():
        for key, texts in section.items():
            assert set(texts) == {"zh_CN", "en"}, key
            assert all(text.strip() for text in texts.values()), key
            zh, en = (
                {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
                for text in texts.values()
            )
            assert zh == en, key
