"""What the rights desk needs of the stores: whom a document leads to, and what is kept of them.

Values and a port; `storage.subject_finder` implements it. No value here can hold a template, a
portrait or a score.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from station.model import Claim
from station.ports import Erased

ADULT_YEARS = 18
"""Whoever is younger is a minor (未成年人保护法 2): X-7 goes beyond the face limit of X-6."""


class Portion(StrEnum):
    """How much of a person's records is erased."""

    EVERYTHING = "EVERYTHING"
    TEMPLATE = "TEMPLATE"
    """The template alone: fields and portraits stay."""
    FACE = "FACE"
    """Template and portraits: the fields stay."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One person as the desk sees them before anything is opened: everything masked."""

    reference: str
    """The person's salted commitment, as in the ledger: it leads to nobody once they are erased."""
    name: str
    document_number: str
    resident: bool
    """False: a visitor, whose fields are kept for hours and of whom there is no template."""
    minor: bool
    """Under eighteen, or of unknown age."""
    template: bool
    portraits: int
    restricted: bool
    expires_at: str
    """ISO 8601 UTC."""


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One consent as the ledger proves it."""

    record_id: str
    purpose: str
    notice_id: str
    notice_version: str
    notice_digest: str
    given_at: str


@dataclass(frozen=True, slots=True)
class UseLine:
    """One time something was done with a person's records; `kind` is the ledger's."""

    time: str
    kind: str
    result: str


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """Everything kept of one person, in clear. Never a template, a portrait or a score."""

    subject: Subject
    fields: Mapping[str, str] = field(repr=False)
    typed: tuple[str, ...]
    """Fields typed by staff since: no chip vouches for these."""
    resident_number: str = field(repr=False)
    template_version: int
    """How often the template was made anew, from 1; 0 where there is none."""
    consents: tuple[ConsentLine, ...]
    uses: tuple[UseLine, ...]


class SubjectRecords(Protocol):
    """The stores as the rights desk sees them."""

    def find(self, claim: Claim) -> Subject:
        """The person a document or resident number leads to, visitors among them.

        Raises `OfficeError(NOTHING_KEPT)`.
        """
        ...

    def again(self, reference: str) -> Subject:
        """The person of a former `find`. Raises `OfficeError(NOTHING_KEPT)` once erased."""
        ...

    def file(self, reference: str) -> SubjectFile:
        """What is kept. Raises `OfficeError(NOTHING_KEPT)`."""
        ...

    def correct(self, reference: str, changes: Mapping[str, str]) -> None:
        """Change fields; an empty value takes the field away. From then on they are `typed`.

        Raises `OfficeError(NOTHING_KEPT)`, `StorageError(ALREADY_ENROLLED)`.
        """
        ...

    def erase(self, reference: str, *, withdrawn: bool, portion: Portion) -> Erased:
        """Erase everything, or what there is of the face. Raises `OfficeError(NOTHING_KEPT)`."""
        ...

    def restrict(self, reference: str, *, restricted: bool) -> None:
        """Keep and do not compare, or lift that. Raises `OfficeError(NOTHING_KEPT)`."""
        ...

    def known(self, references: frozenset[str]) -> frozenset[str]:
        """Those of `references` that still lead to somebody; in one go over everybody."""
        ...

    def face_count(self) -> int:
        """How many different people have a template or portrait kept here (X-12)."""
        ...
