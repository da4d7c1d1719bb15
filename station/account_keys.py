"""Security keys of the accounts: what is asked of one at a sign-in, and what a copy is told."""

import threading
from collections.abc import Mapping

from consent.canonical import Json
from station.account_sheets import Account, AccountShelf
from station.errors import AccessError, ErrorCode
from station.model import Secret
from station.security_key import (
    KeyProof,
    KeyTerms,
    SecurityKeys,
    is_copy,
    question_for,
    registered,
)


class AccountKeys:
    """What the station is to security keys, and the questions that follow from it."""

    def __init__(self, shelf: AccountShelf) -> None:
        self._shelf = shelf
        # Until there is a key: no account differs from another then.
        self._drawn = KeyTerms.draw()
        self._keeping = threading.Lock()

    def shown(
        self, given: Secret | str | SecurityKeys, user: str, account: Account
    ) -> str | KeyProof:
        """The second factor as it is given: a code as typed, or what a key answers now.

        `account` is another's for a name nobody has. Raises what `SecurityKeys` raises.
        """
        if isinstance(given, str):
            return given
        if isinstance(given, Secret):
            return given.reveal().decode("utf-8", "replace")
        terms = self._shelf.key_terms() or self._drawn
        others = (one.factor for _, one in self._shelf.accounts())
        question = question_for(terms, user, account.factor, others)
        return KeyProof(question, given.show(question))

    def register(self, keys: SecurityKeys) -> dict[str, Json]:
        """The state of a new key as second factor. Raises `AccessError` as `registered` does."""
        with self._keeping:
            terms = self._shelf.key_terms()
            if terms is None:
                terms = self._drawn
                self._shelf.keep_key_terms(terms)
        return registered(terms, keys)


class CopiedKeyError(AccessError):
    """As SIGN_IN_FAILED, by a key whose counter another has used already."""


def failure(factor: Mapping[str, Json], proof: str | KeyProof) -> AccessError:
    """Why a try failed. Of two keys that say they are one, the ledger is told; who tries is not."""
    kind = CopiedKeyError if is_copy(factor, proof) else AccessError
    return kind(ErrorCode.SIGN_IN_FAILED)
