"""The desk's side of the TEMPLATE steps: what it asks a booth for, and how it judges the answer.

The desk hands over the keys of one template and gets bytes it never opens. Lives on the visit's
thread, or on the one that renews.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeVar

from station.booth.capture_talk import publish_devices
from station.booth.handle import Conversation
from station.booth.messages import BoothMessage, Compared, DeskMessage
from station.booth.template_messages import (
    CompareTemplate,
    EnrolTemplate,
    RecordKeys,
    RenewTemplate,
    TemplateSealed,
)
from station.booth.wire import MAX_MESSAGE_BYTES
from station.errors import BoothError, ErrorCode, StationError
from station.events import Event
from station.model import (
    ComparisonDecision,
    ComparisonResult,
    SealedTemplate,
    TemplateKeys,
    TemplateReference,
)
from station.ports import Publish

_TIMEOUT_S = 10.0
_AHEAD = 32
"""Renewals under way at once: the booth works while the desk derives the next keys."""
A = TypeVar("A", bound=BoothMessage)
Renewal = tuple[TemplateReference, TemplateKeys]
"""A stored template with its keys, and the keys it is to have."""


def enrol_template(talk: Conversation, keys: TemplateKeys, fmr: float) -> SealedTemplate:
    """See `station.ports.Booth.enrol_template`."""
    talk.say(EnrolTemplate(wire_keys(keys), fmr))
    return wire_template(await_answer(talk, TemplateSealed, tell_nobody), keys, 1)


def compare_template(
    talk: Conversation, reference: TemplateReference, publish: Publish
) -> ComparisonResult:
    """See `station.ports.Booth.compare_template`."""
    talk.say(CompareTemplate(wire_keys(reference.keys), _sealed(reference.template)))
    return comparison(await_answer(talk, Compared, publish))


def renew_template(
    talk: Conversation, old: TemplateReference, new_keys: TemplateKeys
) -> SealedTemplate:
    """One template under new keys, one version on; only in a booth where no visit begins.

    Raises `StationError(TEMPLATE_REFUSED)` for one of another model or under other keys.
    """
    talk.say(_renewal((old, new_keys)))
    return _renewed(talk, (old, new_keys))


def renew_templates(
    talk: Conversation, renewals: Iterable[Renewal]
) -> Iterator[SealedTemplate | None]:
    """Renew many in one booth, in order; None stands for one the booth refused.

    `renewals` is drawn from as the work goes on, at most 32 ahead. Raises `BoothError` when the
    booth is gone: what was yielded by then is good. Whoever stops early ends the booth too, for
    answers are still on their way.
    """
    under_way: deque[Renewal] = deque()
    source = iter(renewals)
    while True:
        while len(under_way) < _AHEAD and (following := next(source, None)) is not None:
            talk.say(_renewal(following))
            under_way.append(following)
        if not under_way:
            return
        try:
            yield _renewed(talk, under_way.popleft())
        except StationError as error:
            if error.code is not ErrorCode.TEMPLATE_REFUSED:
                raise
            yield None


def comparison(message: Compared) -> ComparisonResult:
    """The booth's decision. Raises `BoothError(BOOTH_PROTOCOL)` for one that does not exist."""
    try:
        decision = ComparisonDecision(message.decision)
    except ValueError:
        raise BoothError(ErrorCode.BOOTH_PROTOCOL) from None
    return ComparisonResult(
        decision,
        message.score,
        message.threshold,
        message.fmr,
        message.matcher_id,
        message.runtime,
    )


def await_answer(
    talk: Conversation, kind: type[A], publish: Publish, most_bytes: int = MAX_MESSAGE_BYTES
) -> A:
    """The next message of `kind`; those about devices go to the screens. Raises as `listen`."""
    answer: list[A] = []

    def on_message(message: BoothMessage) -> bool:
        if isinstance(message, kind):
            answer.append(message)
        else:
            publish_devices(message, publish)
        return bool(answer)

    talk.listen(threading.Event(), _TIMEOUT_S, on_message, _no_cancel, most_bytes)
    return answer[0]


def _renewed(talk: Conversation, renewal: Renewal) -> SealedTemplate:
    old, new_keys = renewal
    message = await_answer(talk, TemplateSealed, tell_nobody)
    renewed = wire_template(message, new_keys, old.template.version + 1)
    bound = (old.template.model_id, old.template.profile)
    if (renewed.model_id, renewed.profile) != bound:
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)
    return renewed


def wire_template(message: TemplateSealed, keys: TemplateKeys, version: int) -> SealedTemplate:
    """What can be seen from outside must be what was asked for; the rest is sealed."""
    template = SealedTemplate(message.sealed, message.model_id, message.profile)
    if (template.pid, template.version) != (keys.pid, version):
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)
    return template


def _renewal(renewal: Renewal) -> DeskMessage:
    old, new_keys = renewal
    return RenewTemplate(wire_keys(old.keys), _sealed(old.template), wire_keys(new_keys))


def wire_keys(keys: TemplateKeys) -> RecordKeys:
    """The keys of one template as they cross."""
    return RecordKeys(keys.pid, keys.rotation.reveal(), keys.seal_key.reveal())


def _sealed(template: SealedTemplate) -> TemplateSealed:
    return TemplateSealed(template.sealed, template.model_id, template.profile)


def _no_cancel() -> None:
    """These steps take milliseconds: nothing of them is worth stopping."""


def tell_nobody(_: Event) -> None:
    """No device is open in these steps."""
