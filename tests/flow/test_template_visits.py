"""A template's life in real booths, on the simulated stage (SIM): sealed, renewed, compared."""

import threading
from pathlib import Path

import pytest

from consent.receipt import ConsentReceipt, _issue
from station.booth.visit_booth import VisitBooth
from station.cli.demo import DemoWorld, SimulatedVisitor
from station.errors import ErrorCode, StationError
from station.events import Event
from station.model import (
    ComparisonDecision,
    Language,
    PadResult,
    Purpose,
    Secret,
    TemplateReference,
    VisitId,
)
from storage.template_keys import derive_template_keys, new_draft
from tests.flow.photo_station import MODELS, station_in

pytestmark = pytest.mark.skipif(
    not (MODELS / "demo_portrait.png").exists(), reason="models not fetched: ./station.sh setup"
)
PEPPER = Secret(bytes(range(32)))
VISIT = VisitId("1" * 32)
SHORT = {"policy": {"pad": "FAST", "capture_attempts": 5}}
ATTEMPTS = 3


def receipt(*purposes: Purpose) -> ConsentReceipt:
    given = frozenset(purposes)
    return _issue(
        "ABCD-EFGH-JKMN",
        "0" * 64,
        given,
        Language.EN,
        given_at="2026-01-01T00:00:00Z",
        record_ids=(),
    )


class Stage:
    """The simulated person before the booths of an open demo station."""

    def __init__(self, world: DemoWorld) -> None:
        self._world = world
        self._visitor = SimulatedVisitor(world, Language.EN, quiet=True)

    def watch(self, event: Event) -> None:
        self._world.stage.watch(event)

    def booth(self, *purposes: Purpose) -> VisitBooth:
        booth = self._world.station.booths.take()
        if purposes:
            booth.begin(VISIT, receipt(*purposes))
        return booth

    def read(self, booth: VisitBooth) -> None:
        fields = ("document_number",)
        _, _, fault = booth.read_document(self._world.key, threading.Event(), self.watch, fields)
        assert fault is None

    def capture(self, booth: VisitBooth) -> None:
        reasons = []
        for _ in range(ATTEMPTS):
            report = booth.capture(self._visitor, threading.Event(), self.watch)
            if report.result is PadResult.BONA_FIDE:
                return
            reasons.append(f"{report.result.value} {report.decided_by}")
        pytest.fail(f"never bona fide: {reasons}")


def test_a_template_is_sealed_renewed_and_compared_with_the_living(tmp_path: Path) -> None:
    with station_in(tmp_path / "home", SHORT) as world:
        stage, draft, renewed = Stage(world), new_draft(PEPPER), new_draft(PEPPER)
        enrolling = stage.booth(Purpose.VERIFY, Purpose.RETAIN_TEMPLATE)
        stage.read(enrolling)
        stage.capture(enrolling)
        assert enrolling.compare(stage.watch).decision is ComparisonDecision.MATCH
        template = enrolling.enrol_template(draft.keys, 1e-4)
        enrolling.end()
        assert (len(template.sealed), template.version, template.pid) == (175, 1, draft.keys.pid)

        # What the stores hold is enough to make the keys again.
        keys = derive_template_keys(PEPPER, template.pid, draft.secret)
        renewing = stage.booth()
        second = renewing.renew_template(TemplateReference(template, keys), renewed.keys)
        # Under keys that are not its own it is opened no more; what is compared is not either
        # (tests/unit/test_template_step.py).
        with pytest.raises(StationError) as caught:
            renewing.renew_template(TemplateReference(template, renewed.keys), renewed.keys)
        assert caught.value.code is ErrorCode.TEMPLATE_REFUSED
        renewing.end()
        assert second.version == 2

        checking = stage.booth(Purpose.VERIFY)
        stage.capture(checking)
        result = checking.compare_template(TemplateReference(second, renewed.keys), stage.watch)
        assert result.decision is ComparisonDecision.MATCH
        assert (result.fmr, result.threshold) == (1e-4, 0.415)
        checking.end()
