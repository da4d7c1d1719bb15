"""What the gate lets into the ledger: texts people can read, and references that name nobody."""

import pytest

from consent.bundle_text import printable
from station.access import Act, Role
from station.errors import AccessError, ErrorCode
from station.gate import MOST_REASON, check_text
from tests.staff_kit import StaffKit


@pytest.mark.parametrize("about", ["Zhang Wei", "张伟", "a" * 65, "a\n", "zhang@example.org"])
def test_what_an_act_is_about_is_a_reference_and_nothing_else(about: str) -> None:
    room = StaffKit()
    manager = room.signed_in(Role.MANAGER)
    with pytest.raises(AccessError) as raised:
        room.gate.permit(manager, Act.VIEW_MASKED, about=about)
    assert raised.value.code is ErrorCode.TEXT_UNUSABLE
    assert all(about not in str(dict(entry.payload)) for entry in room.entries())
    assert room.gate.permit(manager, Act.VIEW_MASKED, about="f" * 32).about == "f" * 32


def test_the_space_of_chinese_writing_is_a_space() -> None:
    check_text("\u3000\u3000为核对住户身份\n\u3000\u3000第二段", MOST_REASON)
    assert printable("核对\u3000身份\n\u202e") == "核对\u3000身份��"
    for unseen in ("\u202e", "\u2066", "\u200b", "\ufeff", "\x1b", "\ud800"):
        with pytest.raises(AccessError):
            check_text(f"为核对{unseen}身份", MOST_REASON)
    with pytest.raises(AccessError):
        check_text("字" * (MOST_REASON + 1), MOST_REASON)
