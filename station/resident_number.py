"""The form of a resident number: ten digits, the last a check digit.

The stores draw them and the screens tell a slip of the finger from them; neither knows the other.
"""

RESIDENT_NUMBER_DIGITS = 10
_MODULUS = 10


def is_resident_number(text: str) -> bool:
    """Whether ten ASCII digits end in their check digit: tells a slip of the finger at once."""
    digits = len(text) == RESIDENT_NUMBER_DIGITS and text.isascii() and text.isdecimal()
    return digits and check_digit(text[:-1]) == text[-1]


def check_digit(body: str) -> str:
    """ISO/IEC 7064 MOD 11,10: catches every single wrong digit."""
    carry = _MODULUS
    for digit in body:
        carry = (carry + int(digit)) % _MODULUS or _MODULUS
        carry = carry * 2 % (_MODULUS + 1)
    return str((_MODULUS + 1 - carry) % _MODULUS)
