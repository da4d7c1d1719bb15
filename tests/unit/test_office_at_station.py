"""A whole station, without booths: what the office changes holds in it from the next visit on."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from stores_kit import cheap_keyring

from station import build
from station.access import Act, Role
from station.build import Paths, Station
from station.config import load
from station.demo_profile import demo_profile
from station.deployment import Retention
from station.errors import ErrorCode, StorageError
from station.premises import NOTICES
from station.requests import digest_of
from station.terms import terms_document
from tests.desk_permits import granted
from tests.staff_kit import CHEAP, StaffKit

change = msgspec.structs.replace
SITE = NOTICES / "demo_site.toml"


class NoBooths:
    """Warms nothing."""

    def __init__(self, *_: object) -> None: ...

    def warm_next(self) -> None: ...

    def close(self) -> None: ...


def test_terms_and_devices_change_while_the_station_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "WarmBooths", NoBooths)
    paths = Paths(tmp_path)
    paths.site.write_text(SITE.read_text("utf-8"), "utf-8")
    config = load(overrides={"policy": {"min_free_mb": 1}})
    station = Station(config, paths, cheap_keyring(tmp_path), None)
    try:
        desk, ledger = station.premises.deployment, station.ledger
        profile = change(demo_profile(SITE), retention=Retention(visitor_hours=6, resident_days=90))
        about = desk.propose(granted(ledger, Act.PROFILE_DRAFT), profile)
        desk.put_in_force(granted(ledger, Act.PROFILE_CHANGE, about))
        terms = station.premises.readiness.terms
        assert (terms.visitor.longest, terms.resident.longest) == (6, 90)
        assert station._shortest_term() == timedelta(hours=6)

        wanted = Retention(visitor_hours=2, resident_days=30)
        permit = granted(ledger, Act.POLICY_CHANGE, digest_of(terms_document(wanted, 0)))
        station.premises.terms.put_in_force(permit, wanted, 0)
        assert station._visit_desk().policy.visitor_retention_h == 2
        assert station._shortest_term() == timedelta(hours=2)
        stores = vars(station.residents)["_stores"]
        records = stores.records(timedelta(days=365))
        assert vars(records)["_longest"] == timedelta(days=30)
        # A longer term than the one at the start is taken as well, up to every bound.
        wanted = Retention(visitor_hours=3, resident_days=60)
        permit = granted(ledger, Act.POLICY_CHANGE, digest_of(terms_document(wanted, 1)))
        station.premises.terms.put_in_force(permit, wanted, 1)
        assert vars(stores.records(timedelta(days=365)))["_longest"] == timedelta(days=60)

        office = station.office
        kit = StaffKit(station.stores.office, CHEAP, ledger)
        kit.clock.moment = ledger.high_water()
        security = kit.sign_in(kit.security)
        monkeypatch.setattr(station.staff.gate, "_roles_of", kit.accounts.roles_of)
        monkeypatch.setattr(station.staff.requests, "_roles_of", kit.accounts.roles_of)
        view = office.terms.read(security)
        assert (view.terms.visitor.in_force, view.overdue) == (3, 0)
        assert view.swept_at and view.kept.ledger_entries == ledger.size

        # The ledger's search looks numbers up in this station's own stores.
        with pytest.raises(StorageError) as raised:
            office.ledger_person(kit.signed_in(Role.AUDITOR), "X0000077")
        assert raised.value.code is ErrorCode.RESIDENT_UNKNOWN

        office.withdraw_device(security, "reader")
        assert station.health() is ErrorCode.CAMERA_NOT_FOUND
        monkeypatch.setattr("station.build.choose_device", lambda *_: None)
        assert station.health() is ErrorCode.READER_NOT_ALLOWED
        assert vars(station.booths)["_terms"].devices.reader.identity == "none"
        assert load(paths.config).reader.identity == "none"
    finally:
        station.close()
