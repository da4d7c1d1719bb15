"""P-2: a thousand renewals in one run; no old template is taken again, whatever is put back."""

import json
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from stores_kit import Desk, document
from template_kit import near, unit_vectors

from consent.kinds import CompletionResult, Kind
from consent.signing import HeadSigner
from drivers.face.sealed_rotation import compare_sealed, renew_template, seal_template
from station.booth.portrait_talk import Ceremony
from station.booth.template_talk import Renewal
from station.errors import BoothError, ErrorCode, StationError, StorageError
from station.model import IdentityRecord, SealedTemplate, Secret, TemplateKeys
from station.renewal_campaign import RenewalCampaign
from storage.changes import counts
from storage.identity_store import seal_identity
from storage.person import new_person
from storage.portrait_renewal import PortraitRenewal
from storage.registry import IDENTITY, TEMPLATE
from storage.renewal import TemplateRenewal
from storage.resident_records import new_portrait
from storage.revocation import open_revocations
from storage.template_keys import new_draft, wrap_secret

COUNT = 1000
MODEL, OTHER = b"m" * 16, b"n" * 16
THRESHOLD = 0.415


class TurningBooth:
    """The booth's own code without its process; `model` is the one it has loaded."""

    def __init__(self, model: bytes = MODEL, most: int = 10**9) -> None:
        self.model = model
        self.left = most

    def renew_templates(self, renewals) -> Iterator[SealedTemplate | None]:
        for old, keys in renewals:
            self.left -= 1
            if self.left < 0:
                raise BoothError(ErrorCode.BOOTH_LOST)
            yield self.turn((old, keys))

    def turn(self, renewal: Renewal) -> SealedTemplate | None:
        old, keys = renewal
        if old.template.model_id != self.model:
            return None
        return renew_template(old.template, old.keys, keys)

    def renew_from_portraits(self, ceremony: Ceremony, portraits, keys: TemplateKeys, version: int):
        if ceremony.private_key.reveal() != b"officers":
            raise StationError(ErrorCode.OFFICER_KEY_WRONG)
        vector = unit_vectors(1, seed=int(portraits[0][:4]))[0]
        template = seal_template(vector, keys, self.model, 2, version=version)
        return template, tuple(portrait + b"anew" for portrait in portraits)


def opened(desk: Desk) -> Desk:
    """With the station's own list of revoked templates."""
    signer = HeadSigner.from_private(desk.keyring.ledger_signing_key().reveal())
    desk.stores.revocations = open_revocations(
        desk.folder / "revocations",
        desk.stores.op_key,
        signer,
        desk.stores.ledger.newest_first(),
    )
    return desk


def fill(desk: Desk, faces, *, model: bytes = MODEL, portraits: bool = False) -> None:
    """Residents as an enrolment keeps them; F<n> with face n."""
    stores, pepper = desk.stores, desk.keyring.pepper()
    ends_s = int((datetime.now(UTC) + timedelta(days=300)).timestamp())
    templates, pictures = [], []
    for n, face in enumerate(faces):
        draft, row = new_draft(pepper), secrets.token_bytes(16)
        template = seal_template(face, draft.keys, model, 2)
        rows = [(IDENTITY, row, 1), (TEMPLATE, template.pid, 1)]
        picture = secrets.token_bytes(16)
        if portraits:
            rows.append(("portrait", picture, 1))
        person = new_person(rows)
        wrapped = {
            (TEMPLATE, template.pid): wrap_secret(
                person.store_key(TEMPLATE), template.pid, draft.secret
            )
        }
        if portraits:
            sealed, own = new_portrait(person, picture, b"%04d" % n, ends_s)
            wrapped["portrait", picture] = own
            pictures.append(sealed)
        record = IdentityRecord((("name", "住户"), ("document_number", f"F{n}")))
        stores.keys.add(secrets.token_bytes(32), person, wrapped)
        sealed_identity = seal_identity(record, row, person.key, ends_s)
        stores.identity.add(secrets.token_bytes(32), sealed_identity, [document(f"F{n}")])
        templates.append((template, ends_s))
    stores.template.add(secrets.token_bytes(32), templates)
    if pictures:
        stores.portrait.add(secrets.token_bytes(32), pictures)
    # As after enrolments: the ledger has noted what generation each store is in.
    op = desk.ledger.intent(Kind.UPDATE, {"stores": [], "files": 0})
    desk.ledger.complete(op, CompletionResult.DONE, counts(stores, {}))
    for database in stores.databases.values():
        with database.transaction() as change:
            if database is not stores.ledger.database:
                change.write("DELETE FROM applied")


def campaign(desk: Desk, booth: TurningBooth) -> RenewalCampaign:
    shared = desk.stores, desk.ledger, desk.clock, desk.keyring.pepper()
    return RenewalCampaign(TemplateRenewal(*shared), PortraitRenewal(*shared), booth)


def accepted(desk: Desk, n: int, face) -> bool:
    found = desk.residents.reference(document(f"F{n}"))
    return compare_sealed(found.template, found.keys, [face])[0] >= THRESHOLD


def test_a_thousand_old_templates_are_refused_also_when_all_stores_are_put_back(tmp_path) -> None:
    faces = unit_vectors(COUNT, seed=71)
    probes = [near(face, 0.7, seed=5000 + n) for n, face in enumerate(faces)]
    desk = opened(Desk(tmp_path))
    fill(desk, faces)
    before = sum(accepted(desk, n, probe) for n, probe in enumerate(probes))
    olds = [desk.residents.reference(document(f"F{n}")) for n in range(COUNT)]
    desk.stores.close()
    shutil.copytree(tmp_path / "stores", tmp_path / "backup")

    desk = opened(Desk(tmp_path))
    report = campaign(desk, TurningBooth()).run(lambda _: None)
    assert (report.renewed, report.left, report.recalled) == (COUNT, 0, 0)
    after = sum(accepted(desk, n, probe) for n, probe in enumerate(probes))
    assert (before, after) == (COUNT, COUNT)
    pids = {old.template.pid for old in olds}
    assert pids.isdisjoint(one.pid for one in desk.stores.template.templates())
    assert sum(desk.stores.revocations.contains(pid) for pid in pids) == COUNT
    listed = [
        one
        for entry in desk.stores.ledger.entries()
        if b'"RENEW"' in entry.body and b'"INTENT"' in entry.body
        for one in json.loads(entry.body)["payload"]["persons"]
    ]
    assert len(listed) == len(set(listed)) == COUNT, "one line of the ledger for every template"

    # The old bytes under the new keys, and under their own in the station that renewed them.
    new = [desk.residents.reference(document(f"F{n}")) for n in range(COUNT)]
    refused = 0
    for old, now, probe in zip(olds, new, probes, strict=True):
        with pytest.raises(BoothError):
            compare_sealed(old.template, now.keys, [probe])
        refused += 1
    assert refused == COUNT
    desk.stores.close()

    shutil.rmtree(tmp_path / "stores")
    shutil.move(tmp_path / "backup", tmp_path / "stores")
    desk = opened(Desk(tmp_path))
    codes = []
    for n in range(COUNT):
        with pytest.raises(StorageError) as raised:
            desk.residents.reference(document(f"F{n}"))
        codes.append(raised.value.code)
    assert codes == [ErrorCode.TEMPLATE_REVOKED] * COUNT
    desk.stores.close()


def test_broken_off_anywhere_the_campaign_goes_on_and_renews_nobody_twice(tmp_path) -> None:
    faces = unit_vectors(20, seed=72)
    desk = opened(Desk(tmp_path))
    fill(desk, faces)
    work = campaign(desk, TurningBooth())
    work._templates.plan_all = lambda: TemplateRenewal.plan_all(work._templates, 4)
    for most in (6, 1, 9):
        work._booth = TurningBooth(most=most)
        with pytest.raises(BoothError):
            work.run(lambda _: None)
    pending = work._templates.pending()
    assert pending == 20 - 4 - 8, "whole batches are kept, half ones are not"
    desk = opened(desk.again())
    done: list[int] = []
    report = campaign(desk, TurningBooth()).run(done.append)
    assert (report.renewed, sum(done)) == (pending, pending)
    assert {one.version for one in desk.stores.template.templates()} == {2}
    assert all(accepted(desk, n, near(face, 0.7, seed=n)) for n, face in enumerate(faces))
    desk.stores.close()


def test_another_model_is_left_recalled_or_made_anew_and_never_mixed(tmp_path) -> None:
    faces = np.stack([unit_vectors(1, seed=n)[0] for n in range(6)])
    desk = opened(Desk(tmp_path))
    fill(desk, faces, portraits=True)
    booth = TurningBooth(OTHER)
    report = campaign(desk, booth).run(lambda _: None)
    assert (report.renewed, report.left) == (0, 6)
    wrong = Ceremony(Secret(b"nobody"), b"", 1e-4)
    report = campaign(desk, booth).run(lambda _: None, ceremony=wrong)
    assert (report.from_portraits, report.left) == (0, 6)
    assert report.refused == [ErrorCode.OFFICER_KEY_WRONG.value] * 6
    assert {one.version for one in desk.stores.template.templates()} == {1}
    held = Ceremony(Secret(b"officers"), b"", 1e-4)
    report = campaign(desk, booth).run(lambda _: None, ceremony=held)
    assert (report.from_portraits, report.left, report.refused) == (6, 0, [])
    assert {(one.model_id, one.version) for one in desk.stores.template.templates()} == {(OTHER, 2)}
    assert all(accepted(desk, n, face) for n, face in enumerate(faces))
    assert desk.register.portraits_of(document("F3")) == (b"0003anew",)
    report = campaign(desk, TurningBooth(MODEL)).run(lambda _: None, recall=True)
    assert report.recalled == 6
    for n in range(6):
        with pytest.raises(StorageError) as raised:
            desk.residents.reference(document(f"F{n}"))
        assert raised.value.code is ErrorCode.RECALLED
    assert len(list(desk.register.recalled())) == 6
    desk.stores.close()
