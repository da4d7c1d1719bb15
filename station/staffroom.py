"""Accounts, requests and gate of one station, made for each other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from consent.ledger import Ledger
from station.access import Matrix, load_matrix
from station.accounts import Accounts
from station.gate import Gate
from station.key_process import KeyReader
from station.office_book import OfficeBook
from station.requests import PendingRequests
from station.security_key import SecurityKeys
from station.sign_in import AccountPolicy


@dataclass(frozen=True, slots=True)
class Staffroom:
    """Accounts, requests and gate of one station, made for each other."""

    accounts: Accounts
    requests: PendingRequests
    gate: Gate
    key_reader: Callable[..., SecurityKeys] = KeyReader
    """Makes what asks for a security key here: (told, cancel), as `KeyReader` takes them."""


def open_staffroom(
    book: OfficeBook,
    ledger: Ledger,
    now: Callable[[], datetime],
    policy: AccountPolicy | None = None,
    matrix: Matrix | None = None,
) -> Staffroom:
    """What a station needs to let staff in. Raises `ConfigError(ROLES_INVALID)`."""
    rules = matrix or load_matrix()
    accounts = Accounts(book, ledger, now, policy)
    requests = PendingRequests(book, ledger, now, rules, accounts)
    return Staffroom(accounts, requests, Gate(rules, accounts.roles_of, requests, ledger))
