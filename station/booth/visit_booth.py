"""One visit's booth as `station.ports.Booth`: turns messages into events and results."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from consent.receipt import ConsentReceipt
from station.booth.capture_talk import CaptureTalk, publish_devices
from station.booth.handle import BoothProcess, Conversation, WarmBooths
from station.booth.messages import (
    NO_SENSOR,
    Begin,
    BoothMessage,
    CameraChoice,
    CancelStep,
    CapturePolicy,
    CardProgress,
    Compare,
    Compared,
    ConsentProof,
    DocumentRead,
    PadPolicyName,
    ReadDocument,
    ReaderChoice,
    SensorChoice,
    StartCapture,
)
from station.booth.pad_gates import PadGates
from station.booth.portrait_talk import Ceremony, renew_from_portraits, seal_portrait
from station.booth.template_talk import (
    Renewal,
    await_answer,
    compare_template,
    comparison,
    enrol_template,
    renew_template,
    renew_templates,
)
from station.challenge import draw_plan
from station.config import Policy
from station.errors import BoothError, ErrorCode
from station.events import (
    CardProgressed,
)
from station.model import (
    Authenticity,
    BoothEnd,
    ComparisonResult,
    DocumentCheck,
    DocumentKind,
    IdentityRecord,
    PadReport,
    SealedTemplate,
    TemplateKeys,
    TemplateReference,
    VisitId,
)
from station.ports import AccessKeyReply, Dialogue, Publish

_STEP_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class Devices:
    """Which reader, camera and sensor a visit uses, and the descriptors with them (demo)."""

    reader: ReaderChoice
    camera: CameraChoice
    reader_descriptor: Callable[[], int | None] = lambda: None
    camera_descriptor: Callable[[], int | None] = lambda: None
    sensor: SensorChoice = NO_SENSOR
    sensor_descriptor: Callable[[], int | None] = lambda: None


@dataclass(frozen=True, slots=True)
class VisitTerms:
    """What is the same for every visit of a station."""

    devices: Devices
    policy: Policy
    pad_policy: PadPolicyName
    gates: PadGates
    """Thresholds of the signed policy file."""
    demo: bool


class VisitBooth:
    """Owns one `BoothProcess` from `take` to `end`. Lives on the visit thread."""

    def __init__(self, process: BoothProcess, terms: VisitTerms) -> None:
        self._process = process
        self._talk = Conversation(process)
        self._terms = terms
        self._devices = terms.devices
        self._policy = terms.policy

    @property
    def pid(self) -> int:
        """Process id of the booth."""
        return self._process.pid

    def begin(self, visit_id: VisitId, receipt: ConsentReceipt) -> None:
        """Hand over proof of consent; only now may a device be opened."""
        purposes = tuple(sorted(purpose.value for purpose in receipt.purposes))
        proof = ConsentProof(receipt.receipt_id, receipt.notice_digest, purposes)
        self._talk.say(Begin(visit_id, proof, self._terms.demo))

    def read_document(
        self,
        key: AccessKeyReply,
        cancel: threading.Event,
        publish: Publish,
        fields: tuple[str, ...],
    ) -> tuple[IdentityRecord, DocumentCheck, ErrorCode | None]:
        """See `station.ports.Booth`."""
        timeout_s = self._policy.card_timeout_s
        request = ReadDocument(
            self._devices.reader,
            key.document_number,
            key.birth_date,
            key.expiry_date,
            fields,
            timeout_s,
        )
        self._talk.say(request, _descriptors(self._devices.reader_descriptor))
        answer: list[DocumentRead] = []

        def on_message(message: BoothMessage) -> bool:
            if isinstance(message, CardProgress):
                publish(CardProgressed(message.fraction))
            elif isinstance(message, DocumentRead):
                answer.append(message)
            else:
                publish_devices(message, publish)
            return bool(answer)

        self._talk.listen(cancel, timeout_s + _STEP_GRACE_S, on_message, self._cancel_step)
        return _document(answer[0])

    def capture(
        self, dialogue: Dialogue, cancel: threading.Event, publish: Publish, *, calm: bool = False
    ) -> PadReport:
        """See `station.ports.Booth`."""
        name = PadPolicyName.ASSISTED if calm else self._terms.pad_policy
        plan = draw_plan(name, self._policy.plan_valid_s)
        talk = CaptureTalk(plan, self._talk.say, dialogue, publish)
        self._talk.say(
            StartCapture(
                self._devices.camera, plan, self._capture_policy(name), self._devices.sensor
            ),
            _descriptors(self._devices.camera_descriptor)
            + _descriptors(self._devices.sensor_descriptor),
        )
        try:
            self._talk.listen(
                cancel,
                self._policy.capture_timeout_s + _STEP_GRACE_S,
                talk.on_message,
                self._cancel_step,
            )
        finally:
            talk.end_lights()
        return talk.report()

    def _capture_policy(self, name: PadPolicyName) -> CapturePolicy:
        policy = self._policy
        # Whoever chose the calm check may take twice the time.
        patience = 2.0 if name is PadPolicyName.ASSISTED else 1.0
        return CapturePolicy(
            policy.face_lock_timeout_s * patience,
            policy.action_timeout_s * patience,
            policy.earliest_action_s,
            policy.min_iod_px,
            name,
            gates=self._terms.gates,
            sensor_required=self._terms.pad_policy is PadPolicyName.KEY_INFRASTRUCTURE,
        )

    def compare(self, publish: Publish) -> ComparisonResult:
        """See `station.ports.Booth`."""
        self._talk.say(Compare(self._policy.fmr))
        return comparison(await_answer(self._talk, Compared, publish))

    def enrol_template(self, keys: TemplateKeys, fmr: float) -> SealedTemplate:
        """See `station.ports.Booth`."""
        return enrol_template(self._talk, keys, fmr)

    def seal_portrait(self, officers_key: bytes) -> bytes:
        """See `station.ports.Booth`."""
        return seal_portrait(self._talk, officers_key)

    def compare_template(self, reference: TemplateReference, publish: Publish) -> ComparisonResult:
        """See `station.ports.Booth`."""
        return compare_template(self._talk, reference, publish)

    def renew_template(self, old: TemplateReference, new_keys: TemplateKeys) -> SealedTemplate:
        """See `station.booth.template_talk`; in a booth that has not begun a visit."""
        return renew_template(self._talk, old, new_keys)

    def renew_templates(self, renewals: Iterable[Renewal]) -> Iterator[SealedTemplate | None]:
        """See `station.booth.template_talk`; in a booth that has not begun a visit."""
        return renew_templates(self._talk, renewals)

    def renew_from_portraits(
        self, ceremony: Ceremony, portraits: Sequence[bytes], keys: TemplateKeys, version: int
    ) -> tuple[SealedTemplate, tuple[bytes, ...]]:
        """See `station.booth.portrait_talk`; in a booth that has not begun a visit."""
        return renew_from_portraits(self._talk, ceremony, portraits, keys, version)

    def end(self) -> BoothEnd:
        """Kill, reap, zero the ring, check. Raises `PurgeError`."""
        return self._process.end()

    def _cancel_step(self) -> None:
        self._talk.say(CancelStep())


class VisitBooths:
    """`station.ports.Booths`: warm processes dressed for a visit; remembers the one in use."""

    def __init__(self, warm: WarmBooths, terms: VisitTerms) -> None:
        self._warm = warm
        self._terms = terms
        self.current: BoothProcess | None = None
        """The booth of the running visit, for the preview; None between visits."""

    def use(self, devices: Devices) -> None:
        """Let every visit from the next one on use `devices`; a visit in hand keeps its own."""
        self._terms = replace(self._terms, devices=devices)

    def take(self) -> VisitBooth:
        """A warm booth for one visit."""
        process = self._warm.take()
        self.current = process
        return VisitBooth(process, self._terms)

    @contextmanager
    def apart(self) -> Iterator[VisitBooth]:
        """A booth for keys, beside any visit in hand: one that held those of two templates never
        sees a face."""
        booth = VisitBooth(self._warm.take(), self._terms)
        try:
            yield booth
        finally:
            booth.end()
            self._warm.warm_next()

    def warm_next(self) -> None:
        """Start warming the next booth; returns at once."""
        self.current = None
        self._warm.warm_next()

    def close(self) -> None:
        """End whatever is warm."""
        self.current = None
        self._warm.close()


def _descriptors(source: Callable[[], int | None]) -> tuple[int, ...]:
    descriptor = source()
    return () if descriptor is None else (descriptor,)


def _document(
    message: DocumentRead,
) -> tuple[IdentityRecord, DocumentCheck, ErrorCode | None]:
    try:
        check = DocumentCheck(
            DocumentKind(message.kind),
            Authenticity(message.authenticity),
            message.expired,
            message.access,
        )
        fault = ErrorCode(message.portrait_fault) if message.portrait_fault else None
    except ValueError:
        raise BoothError(ErrorCode.BOOTH_PROTOCOL) from None
    return IdentityRecord(message.fields), check, fault
