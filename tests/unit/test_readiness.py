"""Nobody is served before the profile is complete: the core says so, the ledger knows, no booth."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stores_kit import cheap_keyring

from consent.draft import Name
from consent.entry import parse_entry
from consent.kinds import Kind
from station import build
from station.access import Act
from station.build import Paths, Station
from station.config import Config, load
from station.demo_profile import demo_profile
from station.deployment import Answer, Profile, Words, to_json
from station.deployment_checks import Missing
from station.errors import ConfigError, ConsentError, ErrorCode
from station.events import Flow
from station.minors import (
    Guardian,
    GuardianDocument,
    MinorCase,
    Proof,
    Relation,
)
from station.model import Purpose
from station.premises import NOTICES
from station.requests import digest_of
from tests.desk_permits import granted

change = msgspec.structs.replace
DEMO = demo_profile(NOTICES / "demo_site.toml")
SITE = (NOTICES / "demo_site.toml").read_text("utf-8")
FLOWS = (Flow.VISITOR, Flow.ENROLMENT, Flow.RESIDENT_CHECK, Flow.WITHDRAWAL)


class NoBooths:
    """Warms nothing, and nobody may take one."""

    def __init__(self, *_: object) -> None: ...

    def warm_next(self) -> None: ...

    def close(self) -> None: ...

    def take(self) -> None:
        raise AssertionError("a booth was taken")


@pytest.fixture(autouse=True)
def without_booths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "WarmBooths", NoBooths)


def config(profile: str = "production", **policy: object) -> Config:
    kind = "feed" if profile == "demo" else "pcsc"
    camera = "feed" if profile == "demo" else "uvc"
    return load(
        overrides={
            "site": {"profile": profile},
            "reader": {"kind": kind},
            "camera": {"kind": camera},
            "policy": {"min_free_mb": 1, **policy},
        }
    )


def opened(home: Path, wanted: Config) -> Station:
    paths = Paths(home)
    paths.site.write_text(SITE, "utf-8")
    return Station(wanted, paths, cheap_keyring(home), None)


def serve(station: Station, flow: Flow) -> None:
    """The call a page or a command makes; the dialogue would fail if anybody asked it anything."""
    nobody: Any = object()
    calls = {
        Flow.VISITOR: station.visit,
        Flow.ENROLMENT: station.run_enrolment,
        Flow.RESIDENT_CHECK: station.run_resident_check,
        Flow.WITHDRAWAL: station.run_withdrawal,
    }
    calls[flow](nobody, lambda _: None, threading.Event())


def entries(station: Station, kind: Kind) -> list[dict[str, object]]:
    found = (parse_entry(row.body) for row in station.stores.ledger.entries())
    return [dict(entry.payload) for entry in found if entry.kind is kind]


def accept(station: Station, profile: Profile) -> None:
    desk, ledger = station.premises.deployment, station.ledger
    about = desk.propose(granted(ledger, Act.PROFILE_DRAFT), profile)
    desk.put_in_force(granted(ledger, Act.PROFILE_CHANGE, about))


def test_a_station_without_a_profile_says_what_is_missing_and_serves_nobody(
    tmp_path: Path,
) -> None:
    station = opened(tmp_path, config())
    assert station.premises.readiness.code() is ErrorCode.LEGAL_BASIS_MISSING
    for flow in FLOWS:
        with pytest.raises(ConfigError, match=ErrorCode.LEGAL_BASIS_MISSING.value):
            serve(station, flow)
    assert entries(station, Kind.NO_LEGAL_BASIS) == [
        {"flow": flow.value, "code": "SYS-06", "missing": ["PROFILE"]} for flow in FLOWS
    ]
    assert station.premises.readiness.missing() == (Missing.PROFILE,)
    station.close()


def test_with_a_profile_it_serves_and_shows_its_facts_also_after_a_restart(tmp_path: Path) -> None:
    station = opened(tmp_path, config())
    handler = change(DEMO.handler, name=Words(zh_CN="某物业", en="Some Property"))
    accept(station, change(DEMO, handler=handler))
    readiness = station.premises.readiness
    assert [readiness.code(flow) for flow in FLOWS] == [None] * 4
    assert "某物业" in station.notice.text(next(iter(station.notice.languages))).handler_name
    station.close()
    again = opened(tmp_path, config())
    assert again.premises.readiness.missing() == ()
    assert again.place_name == DEMO.site.place_name.zh_CN
    again.close()


def test_the_demo_has_a_profile_of_its_own(tmp_path: Path) -> None:
    station = opened(tmp_path, config("demo"))
    assert station.health() is None
    for flow in FLOWS:
        station.premises.readiness.require(flow)
    station.premises.readiness.require_child()
    station.premises.readiness.require_trials()
    assert entries(station, Kind.NO_LEGAL_BASIS) == []
    station.close()


def test_what_nobody_assessed_is_closed_and_the_rest_is_not(tmp_path: Path) -> None:
    station = opened(tmp_path, config())
    only = (Purpose.VERIFY,)
    assessed = change(DEMO.assessment, purposes=only)
    accept(station, change(DEMO, purposes=only, assessment=assessed, children="OTHER_ROUTE"))
    readiness = station.premises.readiness
    readiness.require(Flow.VISITOR)
    with pytest.raises(ConfigError, match=ErrorCode.LEGAL_BASIS_MISSING.value):
        readiness.require(Flow.ENROLMENT)
    with pytest.raises(ConfigError):
        readiness.require_trials()
    written = entries(station, Kind.NO_LEGAL_BASIS)
    assert [one["missing"] for one in written] == [["PURPOSES"], ["PURPOSES"]]
    station.close()


def test_children_are_registered_only_where_the_profile_says_so(tmp_path: Path) -> None:
    station = opened(tmp_path, config())
    accept(station, change(DEMO, children="OTHER_ROUTE"))
    guardian = Guardian(
        "示例", GuardianDocument.PASSPORT, Relation.PARENT, Proof.BIRTH_CERTIFICATE, "0042"
    )
    permit = granted(station.ledger, Act.MINOR_ENROL)
    with pytest.raises(ConsentError, match=ErrorCode.MINOR_NEEDS_GUARDIAN.value):
        station.residents.enrol_minor(
            object(),  # type: ignore[arg-type]
            lambda _: None,
            threading.Event(),
            permit,
            MinorCase(guardian, "X0000000"),
        )
    assert entries(station, Kind.NO_LEGAL_BASIS) == [
        {"flow": "CHILD", "code": "CNS-04", "missing": []}
    ]
    assert station.premises.readiness.child() == (ErrorCode.MINOR_NEEDS_GUARDIAN, ())
    assert len(entries(station, Kind.NO_LEGAL_BASIS)) == 1, "looking writes nothing"
    station.close()


# The mode


CRITICAL = change(DEMO, infrastructure=change(DEMO.infrastructure, critical=Answer.YES))


def test_key_infrastructure_serves_nobody_without_a_sensor_and_still_sweeps(
    tmp_path: Path,
) -> None:
    station = opened(tmp_path, config())
    accept(station, CRITICAL)
    assert station.premises.readiness.missing() == (Missing.SENSOR, Missing.RESTART)
    station.close()
    again = opened(tmp_path, config())
    assert again.premises.readiness.missing() == (Missing.SENSOR,)
    with pytest.raises(ConfigError, match=ErrorCode.SENSOR_MISSING.value):
        serve(again, Flow.VISITOR)
    assert again._visit_desk().policy.pad == "KEY_INFRASTRUCTURE"
    assert again.sweeper.sweep() is not None
    again.close()


def test_with_a_sensor_the_mode_is_taken_at_the_next_start(tmp_path: Path) -> None:
    with_sensor = msgspec.structs.replace(
        config("demo"), sensor=change(config().sensor, kind="feed")
    )
    station = opened(tmp_path, with_sensor)
    accept(station, CRITICAL)
    assert station.premises.readiness.missing() == (Missing.RESTART,)
    assert station.premises.readiness.code() is ErrorCode.RESTART_NEEDED
    station.close()
    again = opened(tmp_path, with_sensor)
    assert again.premises.readiness.missing() == ()
    terms = vars(again.booths)["_terms"]
    assert terms.pad_policy.value == "KEY_INFRASTRUCTURE"
    again.close()


def test_terms_are_held_to_the_profile(tmp_path: Path) -> None:
    station = opened(tmp_path, config())
    accept(station, change(DEMO, retention=change(DEMO.retention, visitor_hours=2)))
    assert station._visit_desk().policy.visitor_retention_h == 2
    station.close()


# A notice that was published, and a profile that has changed since


def publish(station: Station, name: Name) -> None:
    notices, ledger = station.premises.notices, station.ledger
    draft = notices.draft(granted(ledger, Act.NOTICE_DRAFT), name)
    today = datetime.now(UTC).astimezone().date().isoformat()
    document = notices.propose(granted(ledger, Act.NOTICE_DRAFT), change(draft, effective_on=today))
    notices.publish(granted(ledger, Act.NOTICE_PUBLISH, digest_of(document)))


def test_a_published_notice_behind_the_profile_closes_all_but_the_way_out(tmp_path: Path) -> None:
    station = opened(tmp_path, config())
    accept(station, DEMO)
    publish(station, "visitor")
    publish(station, "resident_check")
    readiness = station.premises.readiness
    assert station.notice.version == "2.0" and readiness.missing() == ()
    handler = change(DEMO.handler, contact=Words(zh_CN="新", en="new"))
    accept(station, change(DEMO, handler=handler))
    for flow in (Flow.VISITOR, Flow.RESIDENT_CHECK):
        with pytest.raises(ConfigError, match=ErrorCode.NOTICE_BEHIND.value):
            serve(station, flow)
    readiness.require(Flow.ENROLMENT)
    readiness.require(Flow.WITHDRAWAL)
    assert readiness.code(Flow.WITHDRAWAL) is None
    station.close()


def test_a_profile_s_request_is_about_its_document() -> None:
    assert digest_of(to_json(DEMO)) == DEMO.digest
