"""Renewal in a real booth process: order, keys of thousands, and no visit afterwards."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from drivers.face.models import load_model_by_role
from drivers.face.sealed_rotation import compare_sealed, seal_template
from station.booth.handle import BoothProcess, BoothSpec, Conversation
from station.booth.messages import Begin, ConsentProof, Fault
from station.booth.template_talk import Renewal, enrol_template, renew_template, renew_templates
from station.config import ROOT
from station.errors import BoothError, ErrorCode, StationError
from station.model import SealedTemplate, Secret, TemplateReference
from storage.template_keys import derive_template_keys, new_draft

MODELS = ROOT / ".station" / "models"
pytestmark = pytest.mark.skipif(
    not (MODELS / "extractor.onnx").exists(), reason="models not fetched: ./station.sh setup"
)
COUNT = 200
PEPPER = Secret(bytes(range(32)))
FACES = np.random.default_rng(90).standard_normal((COUNT, 128)).astype(np.float32)
FACES /= np.linalg.norm(FACES, axis=1, keepdims=True)


@pytest.fixture
def booth() -> Iterator[BoothProcess]:
    process = BoothProcess(BoothSpec(MODELS))
    try:
        process.wait_ready(30)
        yield process
    finally:
        process.end()


def stored(index: int, *, model_id: bytes | None = None) -> TemplateReference:
    own = bytes.fromhex(load_model_by_role("extractor", MODELS).sm3)[:16]
    draft = new_draft(PEPPER)
    template = seal_template(FACES[index], draft.keys, model_id or own, 2)
    # As the desk does: from what the stores hold, never from what was drawn once.
    keys = derive_template_keys(PEPPER, template.pid, draft.secret)
    return TemplateReference(template, keys)


def test_many_are_renewed_in_one_booth_and_it_never_sees_a_visit(booth: BoothProcess) -> None:
    talk = Conversation(booth)
    foreign, moved = stored(0, model_id=bytes(16)), stored(1)
    moved = TemplateReference(
        SealedTemplate(moved.template.sealed, moved.template.model_id, 1), moved.keys
    )
    renewals: list[Renewal] = [(stored(i), new_draft(PEPPER).keys) for i in range(2, COUNT)]
    renewals = [(foreign, new_draft(PEPPER).keys), (moved, new_draft(PEPPER).keys), *renewals]
    done = list(renew_templates(talk, renewals))
    assert [index for index, one in enumerate(done) if one is None] == [0, 1]
    for index in (2, COUNT - 1):
        renewed, keys = done[index], renewals[index][1]
        assert renewed is not None and renewed.version == 2
        (score,) = compare_sealed(renewed, keys, [FACES[index]])
        assert score > 0.999
        with pytest.raises(BoothError):
            compare_sealed(renewals[index][0].template, keys, [FACES[index]])
    booth.wire.send(Begin("1" * 32, ConsentProof("ABCD-EFGH-JKMN", "0" * 64, ("VERIFY",)), True))
    received = booth.wire.receive(5)
    assert received is not None
    assert received.message == Fault(ErrorCode.BOOTH_PROTOCOL.value, {})


def enrol(talk: Conversation) -> SealedTemplate:
    return enrol_template(talk, new_draft(PEPPER).keys, 1e-4)


def renew(talk: Conversation) -> SealedTemplate:
    return renew_template(talk, stored(0), new_draft(PEPPER).keys)


@pytest.mark.parametrize("out_of_order", [enrol, renew])
def test_a_visit_enrols_nobody_unseen_and_renews_nothing(
    booth: BoothProcess, out_of_order: Callable[[Conversation], SealedTemplate]
) -> None:
    proof = ConsentProof("ABCD-EFGH-JKMN", "0" * 64, ("RETAIN_TEMPLATE", "VERIFY"))
    booth.wire.send(Begin("1" * 32, proof, True))
    assert booth.wire.receive(5) is not None
    with pytest.raises(StationError) as caught:
        out_of_order(Conversation(booth))
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL
