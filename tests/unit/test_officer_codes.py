"""The codes of two officers: what a slip of the pen is, and that one code alone is nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.officer_codes import (
    ROW_LETTERS,
    ROWS,
    OfficerCodes,
    check_row,
    join,
    new_codes,
    read_code,
    rows_to_show,
)

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODES = new_codes()


def typed(code: Secret) -> list[str]:
    return [row.replace(" ", "") for row in rows_to_show(code)]


def fault_of(text: str) -> tuple[ErrorCode, int]:
    with pytest.raises(StorageError) as raised:
        read_code(Secret(text.encode()))
    return raised.value.code, raised.value.numbers.get("row", -1)


def joined(codes: OfficerCodes) -> bytes:
    return join(read_code(codes.first), read_code(codes.second)).reveal()


def test_two_codes_give_the_secret_in_either_order() -> None:
    assert joined(CODES) == CODES.secret.reveal()
    assert join(read_code(CODES.second), read_code(CODES.first)).reveal() == joined(CODES)
    assert [read_code(code).officer for code in (CODES.first, CODES.second)] == [1, 2]


def test_a_code_is_four_rows_of_four_groups_of_four_letters() -> None:
    for code in (CODES.first, CODES.second):
        rows = rows_to_show(code)
        assert len(rows) == ROWS
        assert all([len(group) for group in row.split(" ")] == [4] * 4 for row in rows)
        assert set("".join(typed(code))) <= set(LETTERS)


def test_one_code_is_independent_of_the_secret() -> None:
    """Each share alone is uniform: over many issues every bit of both is set half the time."""
    issues = [new_codes() for _ in range(400)]
    for pick in (lambda c: c.first, lambda c: c.second):
        shares = [int.from_bytes(read_code(pick(codes)).share.reveal(), "big") for codes in issues]
        set_bits = [sum(share >> bit & 1 for share in shares) for bit in range(256)]
        # Six standard deviations of a fair coin.
        assert all(140 < count < 260 for count in set_bits)
    assert len({codes.secret.reveal() for codes in issues}) == 400


def test_it_may_be_typed_as_people_do() -> None:
    rows = rows_to_show(CODES.first)
    sloppy = "\n".join(rows).lower().replace(" ", "-").replace("1", "l").replace("0", "o")
    sloppy = sloppy.replace("v", "u")
    assert read_code(Secret(sloppy.encode())).share.reveal() == (
        read_code(CODES.first).share.reveal()
    )
    assert check_row(2, rows[2].lower()) == typed(CODES.first)[2]


@pytest.mark.parametrize("code", [CODES.first, CODES.second], ids=["first", "second"])
def test_every_wrong_letter_is_found_and_its_row_named(code: Secret) -> None:
    letters = "".join(typed(code))
    for place, right in enumerate(letters):
        for wrong in LETTERS:
            if wrong != right:
                text = letters[:place] + wrong + letters[place + 1 :]
                found = fault_of(text)
                assert found == (ErrorCode.OFFICER_CODE_MISTYPED, place // ROW_LETTERS + 1)


def test_every_swap_of_neighbours_in_a_row_is_found() -> None:
    for row, letters in enumerate(typed(CODES.first)):
        for place in range(ROW_LETTERS - 1):
            swapped = list(letters)
            swapped[place : place + 2] = swapped[place + 1], swapped[place]
            if "".join(swapped) != letters:
                with pytest.raises(StorageError) as raised:
                    check_row(row, "".join(swapped))
                assert raised.value.code is ErrorCode.OFFICER_CODE_MISTYPED


def test_a_row_in_the_place_of_another_is_found() -> None:
    rows = typed(CODES.first)
    for row in range(ROWS):
        for other in range(ROWS):
            if other != row:
                with pytest.raises(StorageError):
                    check_row(row, rows[other])


def test_the_same_code_twice_or_one_of_another_issue_is_a_wrong_code() -> None:
    other = new_codes()
    while read_code(other.first).issue == read_code(CODES.first).issue:
        other = new_codes()
    for one, two in [
        (CODES.first, CODES.first),
        (CODES.second, CODES.second),
        (CODES.first, other.second),
        (other.first, CODES.second),
    ]:
        with pytest.raises(StorageError) as raised:
            join(read_code(one), read_code(two))
        assert raised.value.code is ErrorCode.OFFICER_KEY_WRONG


@pytest.mark.parametrize("text", ["", "A", "A" * 63, "A" * 65, "口令" * 32, "A" * 5000])
def test_a_text_of_another_length_is_a_slip(text: str) -> None:
    assert fault_of(text) == (ErrorCode.OFFICER_CODE_MISTYPED, 0)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=90) | st.text(LETTERS, min_size=64, max_size=64).map(str.encode))
def test_hostile_text_ends_in_the_typed_error(data: bytes) -> None:
    with pytest.raises(StorageError):
        read_code(Secret(data))


def test_wiping_leaves_nothing() -> None:
    codes = new_codes()
    codes.wipe()
    for part in (codes.secret, codes.first, codes.second):
        assert not any(part.reveal())
