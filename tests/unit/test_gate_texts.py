"""What the gate lets into the ledger: texts people can read, and references that name nobody."""

import pytest

from consent.bundle_text import printable
from station.access import Act, Role
from station.errors import AccessError, ErrorCode
from station.gate import MOST_REASON, check_text
from tests.staff_kit import StaffKit


@pytest.mark.parametrize(
    "about",
    ["Zhang Wei", "张伟", "a" * 65, "a\n", "zhang@example.org", "310101199003071234"],
)
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


@pytest.mark.parametrize(
    "grouped",
    [
        "310101 19900307 123X",
        "310101 1990 0307 123X",
        "310101-19900307-1234",
        "310101\n1990.03.07\n1234",
        "３１０１０１　１９９００３０７　１２３Ｘ",
        "31010119900307123Ｘ",
    ],
)
def test_an_identity_number_in_groups_is_one_all_the_same(grouped: str) -> None:
    with pytest.raises(AccessError, match=ErrorCode.TEXT_UNUSABLE):
        check_text(f"来访者 {grouped} 要求更正", MOST_REASON)


def test_other_numbers_in_groups_can_be_written() -> None:
    for fine in (
        "工单 20261122-0041，电话 13800138000 或 010 6552 9988",
        "卡号 6222 0210 0100 1234 567",
        "13800138000 1990 0307 1234",
        "2026-03-07 10:15 至 2026-03-08 11:30",
        "310101 19901307 1234",
    ):
        check_text(fine, MOST_REASON)
