"""The booth: a child process that serves one visit and is then killed.

It opens no device before `Begin`, obeys one command at a time, and treats a command out of turn as
a breach of protocol. It never writes a file and ends by itself when the desk is gone.
"""

import argparse
import os
import socket
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from drivers.face.calibration import threshold_for
from drivers.face.comparison import compare
from drivers.face.engine import FaceEngine
from drivers.face.pictures import decode_picture
from drivers.pad.passive_net import PassiveNet, open_passive
from station.booth.capture_step import capture
from station.booth.context import BoothContext
from station.booth.document_step import read_document
from station.booth.frames import FrameRing
from station.booth.inbox import Inbox
from station.booth.live_portrait import LivePortrait
from station.booth.messages import (
    Begin,
    BoothMessage,
    Compare,
    Compared,
    DeskMessage,
    Fault,
    Hardening,
    ReadDocument,
    Ready,
    StartCapture,
)
from station.booth.portrait_step import renew_from_portraits, seal_portrait
from station.booth.ports import FeatureVector
from station.booth.presence import Presence
from station.booth.sandbox import harden_booth
from station.booth.template_messages import (
    CompareTemplate,
    EnrolTemplate,
    RenewFromPortraits,
    RenewTemplate,
    SealPortrait,
)
from station.booth.template_step import compare_template, enrol, renew
from station.booth.wire import Received, Wire, booth_wire
from station.errors import BoothError, ErrorCode, StationError
from station.model import ComparisonDecision

_VERIFY, _RETAIN_TEMPLATE, _PAD_TRIAL = "VERIFY", "RETAIN_TEMPLATE", "PAD_TRIAL"
_KEEPS_PORTRAIT = frozenset({_VERIFY, _RETAIN_TEMPLATE, "RETAIN_PORTRAIT"})


class BoothServer:
    """Holds the visit's reference and probe vectors; lives on the booth's main thread."""

    def __init__(
        self,
        wire: Wire[BoothMessage, DeskMessage],
        ring: FrameRing,
        engine: FaceEngine,
        own_calibration: Path | None = None,
        passive: PassiveNet | None = None,
    ) -> None:
        self._wire = wire
        self._engine = engine
        self._own_calibration = own_calibration
        self._inbox = Inbox(wire)
        self._presence = Presence(wire.send)
        self._context = BoothContext(engine, ring, self._inbox, self._presence, wire.send, passive)
        self._begun: Begin | None = None
        self._reference: FeatureVector | None = None
        self._probes: list[FeatureVector] = []
        self._portrait: LivePortrait | None = None
        self._matched = False
        self._renews = False

    def serve(self) -> None:
        """Obey commands until the desk ends the process. Returns only on a breach of protocol."""
        self._inbox.start()
        while True:
            received = self._inbox.next_command()
            try:
                self._wire.send(self._obey(received))
            except StationError as error:
                self._wire.send(Fault(error.code.value, error.numbers))
                if error.code is ErrorCode.BOOTH_PROTOCOL:
                    return

    def _obey(self, received: Received[DeskMessage]) -> BoothMessage:
        match received.message:
            case Begin() as begin:
                return self._begin(begin)
            case RenewTemplate() as renewal:
                return self._renew(renewal)
            case RenewFromPortraits() as renewal:
                return self._renew_from_portraits(renewal)
            case command if self._begun is not None:
                return self._visit(command, received.descriptors)
            case _:
                raise BoothError(ErrorCode.BOOTH_PROTOCOL)

    def _visit(self, command: DeskMessage, descriptors: tuple[int, ...]) -> BoothMessage:
        match command:
            case ReadDocument():
                reader = msgspec.structs.replace(command.reader, descriptor=_first(descriptors))
                return self._read(msgspec.structs.replace(command, reader=reader))
            case StartCapture():
                return self._capture(_with_descriptors(command, descriptors))
            case Compare():
                return self._compare(command)
            case EnrolTemplate():
                return self._enrol(command)
            case CompareTemplate():
                return self._compare_template(command)
            case SealPortrait():
                return self._seal_portrait(command)
            case _:
                raise BoothError(ErrorCode.BOOTH_PROTOCOL)

    def _begin(self, command: Begin) -> BoothMessage:
        # A booth that held the keys of many templates never sees a face.
        if self._begun is not None or self._renews:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        purposes = set(command.proof.purposes)
        # Each purpose has its own answer: a trial's subject did not agree to be compared.
        if _VERIFY not in purposes and purposes != {_PAD_TRIAL}:
            raise BoothError(ErrorCode.CONSENT_MISSING)
        self._begun = command
        return self._presence.state()

    def _read(self, command: ReadDocument) -> BoothMessage:
        if self._trial:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        # A second document that cannot be read must not leave the first one's vector to compare.
        self._reference, self._matched = None, False
        self._reference, answer = read_document(command, self._context, self._demo)
        return answer

    def _capture(self, command: StartCapture) -> BoothMessage:
        # Without a document too: a resident's claim may be a number, compared with a template.
        self._forget_probes()
        result = capture(command, self._context, self._demo, self._keeps_portrait)
        if self._trial:
            # What was agreed to ends with the verdict: nothing may be compared later.
            for probe in result.probes:
                probe.fill(0)
            return result.captured
        self._probes, self._portrait = result.probes, result.portrait
        held = self._portrait is not None and self._portrait.picture is not None
        self._presence.set(kept=int(held))
        return result.captured

    def _compare(self, command: Compare) -> BoothMessage:
        """Score = median over the probe frames, so that one odd frame decides nothing."""
        if self._reference is None or not self._probes:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        matcher = self._engine.matcher_id
        threshold = threshold_for(matcher, command.fmr, self._engine.runtime, self._own_calibration)
        score = float(np.median([compare(self._reference, probe) for probe in self._probes]))
        self._matched = score >= threshold
        decision = ComparisonDecision.MATCH if self._matched else ComparisonDecision.NON_MATCH
        return Compared(
            decision.value, score, threshold, command.fmr, matcher, self._engine.runtime
        )

    def _enrol(self, command: EnrolTemplate) -> BoothMessage:
        """Only what PAD passed and the document vouched for, and only with a consent of its own."""
        if self._begun is None or _RETAIN_TEMPLATE not in self._begun.proof.purposes:
            raise BoothError(ErrorCode.CONSENT_MISSING)
        if not self._probes or not self._matched:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        try:
            return enrol(command, self._probes, self._engine, self._own_calibration)
        finally:
            self._forget_probes()

    def _seal_portrait(self, command: SealPortrait) -> BoothMessage:
        """The crop of the very frames that matched; once, before they are forgotten."""
        if not self._keeps_portrait:
            raise BoothError(ErrorCode.CONSENT_MISSING)
        picture = None if self._portrait is None else self._portrait.picture
        if picture is None or not self._matched:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        try:
            return seal_portrait(picture, command.officers_key)
        finally:
            self._forget_portrait()

    def _compare_template(self, command: CompareTemplate) -> BoothMessage:
        """One template per capture: a booth cannot be made to search a face among many."""
        if not self._probes:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        try:
            return compare_template(command, self._probes, self._engine, self._own_calibration)
        finally:
            self._forget_probes()

    def _renew(self, command: RenewTemplate) -> BoothMessage:
        """Reads no live data: refused once a visit began, and no visit begins afterwards."""
        if self._begun is not None:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        self._renews = True
        return renew(command, self._engine)

    def _renew_from_portraits(self, command: RenewFromPortraits) -> BoothMessage:
        """As `_renew`: whoever holds the officers' key in a ceremony never sees a visit."""
        if self._begun is not None:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        self._renews = True
        return renew_from_portraits(command, self._engine, self._own_calibration)

    def _forget_portrait(self) -> None:
        if self._portrait is not None:
            self._portrait.wipe()
            self._portrait = None
            self._presence.set(kept=0)

    def _forget_probes(self) -> None:
        self._forget_portrait()
        for probe in self._probes:
            probe.fill(0)
        self._probes, self._matched = [], False

    @property
    def _keeps_portrait(self) -> bool:
        """Whether all three were agreed to: a portrait is kept only beside a template."""
        return self._begun is not None and _KEEPS_PORTRAIT.issubset(self._begun.proof.purposes)

    @property
    def _trial(self) -> bool:
        """Whether this is a bench trial of attack detection: no document, no comparison."""
        return self._begun is not None and _VERIFY not in self._begun.proof.purposes

    @property
    def _demo(self) -> bool:
        return self._begun is not None and self._begun.demo


def _first(descriptors: tuple[int, ...]) -> int:
    return descriptors[0] if descriptors else -1


def _with_descriptors(command: StartCapture, descriptors: tuple[int, ...]) -> StartCapture:
    """The camera's comes first, then the sensor's; only feeds have any."""
    replace, left = msgspec.structs.replace, list(descriptors)
    choices = []
    for choice in (command.camera, command.sensor):
        own = left.pop(0) if left and choice.kind == "feed" else -1
        choices.append(replace(choice, descriptor=own))
    for unclaimed in left:
        os.close(unclaimed)
    return replace(command, camera=choices[0], sensor=choices[1])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("station.booth.process")
    parser.add_argument("--socket-fd", type=int, required=True)
    parser.add_argument("--ring-fd", type=int, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--own-manifest", type=Path)
    parser.add_argument("--own-calibration", type=Path)
    parser.add_argument("--passive", type=Path)
    parser.add_argument("--desk-pid", type=int, required=True)
    return parser.parse_args()


def main() -> None:
    """Harden, load the models, say Ready, serve."""
    started = time.monotonic()
    arguments = _arguments()
    wire = booth_wire(socket.socket(fileno=arguments.socket_fd))
    hardening: tuple[Hardening, ...] = harden_booth()
    ring = FrameRing.attach(arguments.ring_fd)
    try:
        engine = FaceEngine.load(arguments.models, override=arguments.own_manifest)
        passive = None
        if arguments.passive is not None:
            passive = open_passive(arguments.passive, engine.detect, decode_picture)
    except StationError as error:
        wire.send(Fault(error.code.value, error.numbers))
        sys.exit(1)
    warm_ms = (time.monotonic() - started) * 1000
    models = engine.identity() + (() if passive is None else (passive.identity(),))
    wire.send(Ready(os.getpid(), warm_ms, hardening, models))
    BoothServer(wire, ring, engine, arguments.own_calibration, passive).serve()


if __name__ == "__main__":
    main()
