"""Renewing every template: in place, from portraits in the officers' ceremony, or by recall (P-5).

One booth turns them all; it never sees a visit. What is done is kept batch by batch, so that it can
be broken off anywhere and begun again: what was renewed by then is not renewed twice. Templates of
another model are never compared, neither before nor during nor after.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from station.booth.portrait_talk import Ceremony
from station.booth.template_talk import Renewal
from station.enrolment import wipe
from station.errors import ErrorCode, StationError
from station.model import SealedTemplate, TemplateKeys
from storage.portrait_renewal import PlannedFromPortraits, PortraitRenewal
from storage.renewal import PlannedRenewal, TemplateRenewal

Progress = Callable[[int], None]
"""Told how many templates have just been dealt with."""
_REFUSALS = frozenset({ErrorCode.TEMPLATE_REFUSED, ErrorCode.OFFICER_KEY_WRONG})


class RenewingBooth(Protocol):
    """What a campaign asks of a booth in which no visit begins; see `station.booth.visit_booth`."""

    def renew_templates(self, renewals: Iterable[Renewal]) -> Iterator[SealedTemplate | None]:
        """Renew many in order; None stands for one that was refused."""
        ...

    def renew_from_portraits(
        self, ceremony: Ceremony, portraits: Sequence[bytes], keys: TemplateKeys, version: int
    ) -> tuple[SealedTemplate, tuple[bytes, ...]]:
        """A template of sealed portraits, and these sealed anew."""
        ...


@dataclass
class CampaignReport:
    """What became of the templates."""

    renewed: int = 0
    """In place, without any picture."""
    from_portraits: int = 0
    recalled: int = 0
    """Erased and revoked: their residents are to be enrolled anew."""
    left: int = 0
    """Of another model, without a ceremony or a recall: kept, and compared by no booth."""
    refused: list[str] = field(default_factory=list)
    """Codes of portraits that could not be used, one each."""


class RenewalCampaign:
    """Renews everybody's template through one booth. Lives in the desk, on one thread."""

    def __init__(
        self, templates: TemplateRenewal, portraits: PortraitRenewal, booth: RenewingBooth
    ) -> None:
        self._templates = templates
        self._portraits = portraits
        self._booth = booth

    def run(
        self, progress: Progress, *, ceremony: Ceremony | None = None, recall: bool = False
    ) -> CampaignReport:
        """Renew every template, or go on where it was broken off.

        With a `ceremony`, what cannot be renewed in place is made anew from portraits, and so is
        the template of a recalled resident who has one. With `recall`, what is left is erased.
        Raises `StationError`: what was done by then is good.
        """
        report = CampaignReport()
        self._templates.begin_all()
        for batch in self._templates.plan_all():
            count, refused = self._in_place(batch, report)
            if ceremony is not None:
                refused = self._from_portraits(refused, ceremony, report)
            if recall:
                report.recalled += self._templates.recall(refused)
            else:
                self._templates.pass_over(refused)
                report.left += len(refused)
            progress(count)
        if ceremony is not None:
            # Listed before any is written: a walk must not meet its own work.
            for planned in list(self._portraits.recalled()):
                self._one(planned, ceremony, report)
        return report

    def _in_place(
        self, batch: Iterator[PlannedRenewal], report: CampaignReport
    ) -> tuple[int, list[PlannedRenewal]]:
        """How many there were, and those of them the booth refused."""
        planned: list[PlannedRenewal] = []

        def asked() -> Iterator[Renewal]:
            # The booth works on the first while the keys of the next are derived.
            for one in batch:
                planned.append(one)
                yield one.old, one.draft.keys

        try:
            turned = list(self._booth.renew_templates(asked()))
            answers = list(zip(planned, turned, strict=True))
            done = [(one, renewed) for one, renewed in answers if renewed is not None]
            report.renewed += self._templates.carry_out(done)
        finally:
            for one in planned:
                wipe(one.draft)
        return len(planned), [one for one, renewed in answers if renewed is None]

    def _from_portraits(
        self, refused: Sequence[PlannedRenewal], ceremony: Ceremony, report: CampaignReport
    ) -> list[PlannedRenewal]:
        """Those that have no portrait, or none that can be used."""
        left = []
        for one in refused:
            planned = self._portraits.instead_of(one)
            if planned is None or not self._one(planned, ceremony, report):
                left.append(one)
        return left

    def _one(
        self, planned: PlannedFromPortraits, ceremony: Ceremony, report: CampaignReport
    ) -> bool:
        try:
            renew_one(planned, self._portraits, self._booth, ceremony)
        except StationError as error:
            if error.code not in _REFUSALS:
                raise
            report.refused.append(error.code.value)
            return False
        report.from_portraits += 1
        return True


def renew_one(
    planned: PlannedFromPortraits,
    portraits: PortraitRenewal,
    booth: RenewingBooth,
    ceremony: Ceremony,
) -> bool:
    """One resident's template from portraits; False for one who changed in the meantime.

    Raises `StationError`: TEMPLATE_REFUSED, OFFICER_KEY_WRONG; nothing is changed then.
    """
    keys = planned.draft.keys
    try:
        renewed, resealed = booth.renew_from_portraits(
            ceremony, planned.portraits, keys, planned.version
        )
        return portraits.carry_out(planned, renewed, resealed)
    finally:
        wipe(planned.draft)
