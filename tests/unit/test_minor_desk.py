"""The desk for children in the core: who may, where, and what the form has to say."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from consent.kinds import Kind
from station import attendance
from station.access import Act, Role
from station.demo_profile import demo_profile
from station.deployment import Profile
from station.deployment_checks import Missing
from station.errors import AccessError, ConsentError, ErrorCode, StationBug, StationError
from station.gate import Permit
from station.minors import GuardianDocument, MinorCase, MinorDialogue, Proof, Relation
from station.model import Outcome, VisitId
from station.office_desk import StationOffice
from station.office_minors import ChildForm, ChildStanding, Slip, case_of, slips_of
from station.ports import Publish
from station.premises import Premises
from station.visit import VisitReport
from tests.desk_permits import granted
from tests.office_kit import SITE, office_of, premises_of
from tests.staff_kit import StaffKit

FORM = ChildForm(
    "310101201506011234", "示例监护人", "0042", "PASSPORT", "PARENT", "BIRTH_CERTIFICATE", seen=True
)
DIALOGUE: MinorDialogue = object()  # type: ignore[assignment]


class Desk:
    """A staffed desk whose registrations are counted and played by nobody."""

    def __init__(self, profile: Profile | None, *, registers: bool = True) -> None:
        self.kit = StaffKit()
        self.premises: Premises = premises_of(self.kit)
        if profile is not None:
            deployment, ledger = self.premises.deployment, self.kit.ledger
            about = deployment.propose(granted(ledger, Act.PROFILE_DRAFT), profile)
            deployment.put_in_force(granted(ledger, Act.PROFILE_CHANGE, about))
        self.fault: ErrorCode | None = None
        self.meanwhile: Callable[[], None] = lambda: None
        self.served: list[tuple[Permit, MinorCase]] = []
        self.office: StationOffice = office_of(
            self.kit,
            lambda: self.fault,
            self.premises,
            enrol_minor=self._enrol if registers else None,
        )
        self.operator = self.kit.signed_in(Role.OPERATOR)

    def _enrol(
        self,
        dialogue: MinorDialogue,
        publish: Publish,
        cancel: threading.Event,
        permit: Permit,
        case: MinorCase,
    ) -> VisitReport:
        permit.for_act(Act.MINOR_ENROL)
        self.served.append((permit, case))
        self.meanwhile()
        return VisitReport(VisitId("0" * 32), Outcome.ENROLLED)

    def told(self, kind: Kind) -> list[dict[str, object]]:
        return [dict(one.payload) for one in self.kit.entries() if one.kind is kind]


def profile(children: str = "GUARDIAN") -> Profile:
    return msgspec.structs.replace(demo_profile(SITE), children=children)


def test_an_operator_begins_it_and_it_is_run_once() -> None:
    desk = Desk(profile())
    assert desk.office.minors.standing(desk.operator) == ChildStanding()
    visit = desk.office.minors.begin(desk.operator, FORM)
    assert desk.served == [], "nobody is asked by the grant"
    grants = [one for one in desk.told(Kind.ACCESS_GRANTED) if one["act"] == "MINOR_ENROL"]
    assert [one.get("about") for one in grants] == ["readiness", None]
    assert {one["actor"] for one in grants} == {desk.operator.user}
    assert visit.run(DIALOGUE, print, threading.Event()) is Outcome.ENROLLED
    permit, case = desk.served[0]
    assert (permit.act, permit.user) == (Act.MINOR_ENROL, desk.operator.user)
    assert case.child_document == FORM.child_document
    assert (case.guardian.document, case.guardian.relation, case.guardian.proof) == (
        GuardianDocument.PASSPORT,
        Relation.PARENT,
        Proof.BIRTH_CERTIFICATE,
    )
    with pytest.raises(StationBug):
        visit.run(DIALOGUE, print, threading.Event())
    whole = b"".join(row.body for row in desk.kit.store.rows)
    for secret in (FORM.child_document, FORM.name, FORM.contact):
        assert secret.encode() not in whole and secret not in repr(FORM) + repr(visit)


def test_whoever_may_not_is_refused_and_it_is_in_the_ledger() -> None:
    desk = Desk(profile())
    session = desk.kit.signed_in(Role.MANAGER, Role.PI_OFFICER)
    for call in (
        lambda: desk.office.minors.standing(session),
        lambda: desk.office.minors.begin(session, FORM),
    ):
        with pytest.raises(AccessError, match=ErrorCode.ACCESS_DENIED.value):
            call()
        refused = desk.told(Kind.ACCESS_REFUSED)[-1]
        assert (refused["actor"], refused["act"]) == (session.user, "MINOR_ENROL")
    assert len(desk.told(Kind.ACCESS_REFUSED)) == 2


def test_where_the_profile_wants_another_route_it_is_refused_and_in_the_ledger() -> None:
    desk = Desk(profile("OTHER_ROUTE"))
    assert desk.office.minors.standing(desk.operator) == ChildStanding(
        ErrorCode.MINOR_NEEDS_GUARDIAN
    )
    assert desk.told(Kind.NO_LEGAL_BASIS) == [], "looking is no try"
    with pytest.raises(ConsentError, match=ErrorCode.MINOR_NEEDS_GUARDIAN.value):
        desk.office.minors.begin(desk.operator, FORM)
    assert desk.told(Kind.NO_LEGAL_BASIS) == [{"flow": "CHILD", "code": "CNS-04", "missing": []}]


def test_what_is_missing_and_what_is_broken_is_told_before_the_form() -> None:
    bare = Desk(None)
    assert bare.office.minors.standing(bare.operator) == ChildStanding(
        ErrorCode.LEGAL_BASIS_MISSING, (Missing.PROFILE,)
    )
    with pytest.raises(StationError, match=ErrorCode.LEGAL_BASIS_MISSING.value):
        bare.office.minors.begin(bare.operator, FORM)
    desk = Desk(profile())
    desk.fault = ErrorCode.CAMERA_NOT_FOUND
    assert desk.office.minors.standing(desk.operator).code is ErrorCode.CAMERA_NOT_FOUND
    nobody = Desk(profile(), registers=False)
    assert not nobody.office.minors.standing(nobody.operator).registers
    with pytest.raises(ConsentError, match=ErrorCode.NOTICE_INCOMPLETE.value):
        nobody.office.minors.begin(nobody.operator, FORM)


def test_a_family_that_said_no_is_not_asked_again_for_48_hours() -> None:
    desk = Desk(profile())
    desk.premises.refusals.note(FORM.child_document)
    with pytest.raises(ConsentError, match=ErrorCode.REFUSED_RECENTLY.value):
        desk.office.minors.begin(desk.operator, FORM)
    desk.kit.clock.moment += timedelta(hours=49)
    visit = desk.office.minors.begin(desk.kit.signed_in(Role.OPERATOR), FORM)
    assert visit.run(DIALOGUE, print, threading.Event()) is Outcome.ENROLLED


def test_when_the_operator_goes_the_visit_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "LOOK_EVERY_S", 0.005)
    desk = Desk(profile())
    cancel, stayed = threading.Event(), []

    def go() -> None:
        stayed.append(cancel.wait(0.05))
        desk.kit.accounts.sign_out(desk.operator)
        assert cancel.wait(5)

    desk.meanwhile = go
    desk.office.minors.begin(desk.operator, FORM).run(DIALOGUE, print, cancel)
    assert stayed == [False] and len(desk.served) == 1


def test_without_the_operator_who_saw_the_papers_nobody_is_asked() -> None:
    desk = Desk(profile())
    visit = desk.office.minors.begin(desk.operator, FORM)
    desk.kit.accounts.sign_out(desk.operator)
    desk.kit.signed_in(Role.OPERATOR)
    with pytest.raises(AccessError, match=ErrorCode.OPERATOR_MISSING.value):
        visit.run(DIALOGUE, print, threading.Event())
    assert desk.served == []


@pytest.mark.parametrize(
    ("changes", "slips"),
    [
        ({}, {}),
        ({"child_document": " "}, {"child_document": Slip.EMPTY}),
        ({"child_document": "X" * 65}, {"child_document": Slip.UNUSABLE}),
        ({"child_document": "X\u202e1"}, {"child_document": Slip.UNUSABLE}),
        ({"name": "", "contact": " "}, {"name": Slip.EMPTY, "contact": Slip.EMPTY}),
        ({"name": "名" * 101}, {"name": Slip.UNUSABLE}),
        ({"contact": "310101199001011234"}, {"contact": Slip.UNUSABLE}),
        ({"document": "LIBRARY_CARD"}, {"document": Slip.NOT_CHOSEN}),
        ({"relation": "", "proof": ""}, {"relation": Slip.NOT_CHOSEN, "proof": Slip.NOT_CHOSEN}),
        ({"seen": False}, {"seen": Slip.NOT_TICKED}),
    ],
)
def test_each_field_says_what_is_to_be_mended(
    changes: dict[str, object], slips: dict[str, Slip]
) -> None:
    form = replace(FORM, **changes)  # type: ignore[arg-type]
    assert slips_of(form) == slips
    if not slips:
        case_of(form).guardian.check()
        return
    desk = Desk(profile())
    with pytest.raises(AccessError, match=ErrorCode.TEXT_UNUSABLE.value):
        desk.office.minors.begin(desk.operator, form)
    assert desk.served == []
