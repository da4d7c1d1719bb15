"""What a reader beside the kiosk says it reads: noted as it is, or nothing is granted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.kinds import Kind
from consent.search import Selection
from station.access import Act, Role
from station.audit_desk import reading_about, reading_noted, reading_told
from station.desk_permits import permit_orders
from station.errors import AccessError, ErrorCode
from station.staffroom import Staffroom
from storage.desk_request import StaffProof
from tests.staff_kit import StaffKit

START = "2026-03-01T09:00:00.000Z"
READINGS = [
    Selection(),
    Selection(START, "2026-03-02T09:00:00.000Z", (Kind.ERASE, Kind.ENROL), ("li.na", "chen")),
    Selection(person=("A" * 43, "b" * 32, "c" * 32)),
    Selection(text="张小明"),
]


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("wanted", READINGS, ids=range(4))
def test_what_is_told_is_what_is_noted(wanted: Selection, live: bool) -> None:
    noted = reading_noted(wanted, live=live)
    assert reading_told(noted, reading_about(wanted)) == noted
    assert "小明" not in str(noted)


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"selection": {"text": "张小明"}},
        {"selection": {"text": 10**9}},
        {"selection": {"actors": ["张小明"]}},
        {"selection": {"person": ["A" * 43, "B" * 43]}},
        {"selection": {"from": "张小明"}},
        {"selection": {"all": True}, "note": "张小明"},
        {"selection": {"kinds": ["ERASE"]}},
    ],
    ids=range(9),
)
def test_anything_else_is_granted_to_nobody(told: object) -> None:
    room = StaffKit()
    grant = permit_orders(Staffroom(room.accounts, room.requests, room.gate))
    auditor = room.hire(Role.AUDITOR)
    before = len(room.entries())
    proof = StaffProof(auditor.user, auditor.password, room.code(auditor))
    body: dict[str, object] = {"act": Act.AUDIT_READ.value, "about": reading_about(Selection())}
    body |= {"reason": "", "request": "", "noted": told}
    with pytest.raises(AccessError) as refused:
        grant(body, proof, lambda *_: None)
    assert refused.value.code is ErrorCode.FILTER_UNUSABLE
    assert len(room.entries()) == before


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "selection": _JSON
            | st.dictionaries(
                st.sampled_from(["from", "to", "kinds", "actors", "person", "text", "all"]), _JSON
            )
        }
    )
)
def test_whatever_is_told_nothing_else_is_raised(told: dict[str, object]) -> None:
    try:
        noted = reading_told(told, reading_about(Selection()))
    except AccessError as error:
        assert error.code in (ErrorCode.FILTER_UNUSABLE, ErrorCode.TEXT_UNUSABLE)
    else:
        assert noted == {"selection": {"all": True}}
