"""Keyrings at the least Argon2id cost their file admits, for tests whose subject is something else.

What the product's own cost is, and that rings of it open, is told by tests/unit/test_keys.py.
"""

from typing import TYPE_CHECKING

import storage.keys

if TYPE_CHECKING:
    import pytest

CHEAPEST = {"_T": 1, "_M_KIB": 8 * 1024, "_P": 1}
"""Names in `storage.keys` and their values."""


def make_keys_cheap() -> None:
    """For the rest of this process: for programs that tests start."""
    for name, value in CHEAPEST.items():
        setattr(storage.keys, name, value)


def patch_keys_cheap(patch: "pytest.MonkeyPatch") -> None:
    """Until `patch` is undone."""
    for name, value in CHEAPEST.items():
        patch.setattr(f"storage.keys.{name}", value)
