"""Everything that may cross the wall between desk and booth, and nothing else.

Tagged msgspec structs; unknown fields and tags are refused on decoding. There is no field that
could carry pixels or a raw feature vector: a test walks every type here. The only bytes that leave
the booth are a sealed template's or portrait's, of one exact length each; their messages are in
`station.booth.template_messages`, framing and size caps in `station.booth.wire`.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from station.booth.lights import SLOT_S, Light
from station.booth.message_forms import (
    Digest,
    Field,
    Figure,
    Fraction,
    Id32,
    Index,
    Message,
    ReceiptId,
    Short,
)
from station.booth.pad_gates import DEFAULT_GATES, PadGates
from station.booth.template_messages import (
    CompareTemplate,
    EnrolTemplate,
    PortraitSealed,
    PortraitsRenewed,
    RenewFromPortraits,
    RenewTemplate,
    SealPortrait,
    TemplateSealed,
)


class Action(StrEnum):
    """One thing the subject is asked to do. Left and right are the subject's own."""

    BLINK = "BLINK"
    MOUTH = "MOUTH"
    TURN_LEFT = "TURN_LEFT"
    TURN_RIGHT = "TURN_RIGHT"


class PadPolicyName(StrEnum):
    """Which layers are hard gates; the booth knows the list of each name."""

    FAST = "FAST"
    NORMAL = "NORMAL"
    ASSISTED = "ASSISTED"
    """No coloured light and more time, for people who cannot bear or do the usual."""
    KEY_INFRASTRUCTURE = "KEY_INFRASTRUCTURE"
    """As NORMAL, and only with a depth or near-infrared sensor (L-3)."""


class Guidance(StrEnum):
    """What would make the picture usable, one at a time, most important first."""

    NONE = "NONE"
    NO_FACE = "NO_FACE"
    MORE_THAN_ONE_FACE = "MORE_THAN_ONE_FACE"
    COME_CLOSER = "COME_CLOSER"
    STEP_BACK = "STEP_BACK"
    CENTRE_FACE = "CENTRE_FACE"
    LOOK_STRAIGHT = "LOOK_STRAIGHT"
    TOO_DARK = "TOO_DARK"
    TOO_BRIGHT = "TOO_BRIGHT"
    TURN_TO_LIGHT = "TURN_TO_LIGHT"
    HOLD_STILL = "HOLD_STILL"
    UNCOVER_FACE = "UNCOVER_FACE"


class ConsentProof(Message, frozen=True):
    """The desk's word that consent is durable in the ledger; without it no device opens."""

    receipt_id: ReceiptId
    notice_digest: Digest
    purposes: Annotated[tuple[Short, ...], Meta(min_length=1, max_length=8)]


NONE_ALLOWED = "none"
"""In the place of a device's identity: the registered one was withdrawn, no other may be used."""


class ReaderChoice(Message, frozen=True):
    """Which document device: `kind` "pcsc", "sam" or (demo profile only) "feed"."""

    kind: Short
    name: Field = ""
    """PC/SC reader name (empty: the first with a card), or the serial device path."""
    descriptor: int = -1
    """Demo profile: inherited socket that speaks the vpcd protocol."""
    trust_folder: Field = ""
    """Folder of CSCA certificates or master lists (DER/PEM); empty: no trust anchors."""
    photo_plugin: Field = ""
    """Path of a vendor WLT decoder; empty: photo not supported."""
    identity: Field = ""
    """"VID:PID:serial" that was registered; empty: none was."""


class CameraChoice(Message, frozen=True):
    """Which camera: `kind` "uvc", or in demo and tests "file" or "feed"."""

    kind: Short
    device: Field = ""
    """Device node or file path."""
    identity: Field = ""
    """"VID:PID:serial" that the allow-list pins; empty: none pinned yet."""
    bus_path: Short = ""
    """The USB port it was pinned at, such as "1-2"; empty: any."""
    descriptor: int = -1
    exposure_response: Annotated[float, Meta(ge=0, le=0.95)] = 0.0
    """What its level fell to, in linear light, when asked for 0.6 of the exposure as it was
    pinned; 0: never measured, or it has no such control. One that has must answer ever after."""


class SensorChoice(Message, frozen=True):
    """Which depth or near-infrared sensor: none, or (demo profile only) `kind` "feed"."""

    kind: Short = ""
    device: Field = ""
    """Device node; for a feed what it measures: "DEPTH", "NIR" or "DEPTH+NIR" (also if empty)."""
    descriptor: int = -1


NO_SENSOR = SensorChoice()


class ChallengePlan(Message, frozen=True):
    """One attempt's random plan, drawn by the desk from a CSPRNG and never reused."""

    plan_id: Id32
    actions: Annotated[tuple[Action, ...], Meta(min_length=1, max_length=6)]
    expires_at_ns: int
    """CLOCK_MONOTONIC; after it the plan is void."""
    lights: Annotated[tuple[Light, ...], Meta(max_length=24)] = ()
    """What the screen lights the face with, one slot after another; empty: none."""
    lights_before: Annotated[int, Meta(ge=0, le=6)] = 0
    """The lights stand before this action (the number of actions: after the last)."""
    exposure_before: Annotated[tuple[int, ...], Meta(max_length=4)] = ()
    """Before these actions the booth changes the camera's exposure and looks for the answer."""


class CapturePolicy(Message, frozen=True):
    """Figures from the signed policy that the booth judges by."""

    face_lock_timeout_s: float
    action_timeout_s: float
    earliest_action_s: float
    min_iod_px: float
    """Distance of the outer eye corners in the full frame."""
    name: PadPolicyName = PadPolicyName.NORMAL
    slot_s: Annotated[float, Meta(ge=SLOT_S, le=2.0)] = SLOT_S
    """How long one light stands."""
    gates: PadGates = DEFAULT_GATES
    sensor_required: bool = False
    """A station for key infrastructure needs the sensor in the calm check too (L-3)."""


# Desk -> booth


class Begin(Message, frozen=True):
    """Start of a visit. Only after this may a device be opened."""

    visit_id: Id32
    proof: ConsentProof
    demo: bool


class ReadDocument(Message, frozen=True):
    """Read one document and keep its reference vector in the booth."""

    reader: ReaderChoice
    document_number: Field = ""
    birth_date: Short = ""
    expiry_date: Short = ""
    fields: tuple[Short, ...] = ()
    """Identity fields the notice lists; all others stay in the booth."""
    timeout_s: float = 60.0


class StartCapture(Message, frozen=True):
    """Run one capture attempt."""

    camera: CameraChoice
    plan: ChallengePlan
    policy: CapturePolicy
    sensor: SensorChoice = NO_SENSOR


class PromptShown(Message, frozen=True):
    """The desk has painted prompt `index`; CLOCK_MONOTONIC of both processes is the same."""

    index: Index
    shown_at_ns: int


class LightShown(Message, frozen=True):
    """The desk has painted light `index` of the plan; the plan's length: the lights are off."""

    index: Index
    shown_at_ns: int


class Compare(Message, frozen=True):
    """Compare the reference with the probe frames that passed PAD."""

    fmr: float
    """Wanted false match rate; the calibration table turns it into a threshold."""


class CancelStep(Message, frozen=True):
    """Stop the present step; the booth answers with its result or a fault."""


# Booth -> desk


class Hardening(Message, frozen=True):
    """One line of truth about the booth's confinement."""

    name: Short
    active: bool
    detail: Field


class Ready(Message, frozen=True):
    """The booth is warm: models loaded, every device closed."""

    pid: int
    warm_ms: float
    hardening: tuple[Hardening, ...]
    models: tuple[Field, ...]


class DeviceState(Message, frozen=True):
    """What is open right now, read from the booth's own descriptors; drives the trust ribbon."""

    camera_open: bool
    reader_open: bool
    images_held: Annotated[int, Meta(ge=0, le=1000)]


class CardProgress(Message, frozen=True):
    """Share of the document read, 0..1; 0 means waiting for a document."""

    fraction: Fraction


class DocumentRead(Message, frozen=True):
    """The document's listed fields and checks. The portrait has already been destroyed."""

    kind: Short
    authenticity: Short
    expired: bool
    access: Short
    fields: Annotated[tuple[tuple[Short, Field], ...], Meta(max_length=16)]
    portrait_fault: Short
    """Empty when a reference vector exists, else the code of what kept the photo from use."""


class GuidanceNow(Message, frozen=True):
    """What the subject should change; sent when it changes."""

    guidance: Guidance


class ShowPrompt(Message, frozen=True):
    """Ask the desk to paint the plan's action `index`; answered by `PromptShown`."""

    index: Index


class ShowLight(Message, frozen=True):
    """Ask the desk to paint light `index`, or to end the lights; answered by `LightShown`."""

    index: Index


class CaptureProgress(Message, frozen=True):
    """Evidence so far: `fraction` 0..1 of the present action."""

    index: Index
    fraction: Fraction


class Layer(Message, frozen=True):
    """One PAD layer's figure beside its gate."""

    layer: Short
    passed: bool
    measure: Figure
    gate: Figure
    judged: bool = True
    species: Short = ""


class Captured(Message, frozen=True):
    """End of a capture attempt."""

    result: Short
    decided_by: Short
    species_guess: Short
    layers: Annotated[tuple[Layer, ...], Meta(max_length=32)]
    duration_ms: Annotated[float, Meta(ge=0, le=1e7)]


class Compared(Message, frozen=True):
    """A 1:1 comparison decision; the score is for the operator's own screen only."""

    decision: Short
    score: Annotated[float, Meta(ge=-1.01, le=1.01)]
    threshold: Annotated[float, Meta(ge=-1, le=1)]
    fmr: Annotated[float, Meta(gt=0, lt=1)]
    matcher_id: Digest
    runtime: Short


class Fault(Message, frozen=True):
    """Something could not be done: a stable code and harmless numbers, never exception text."""

    code: Short
    numbers: Annotated[dict[Short, int], Meta(max_length=8)] = {}  # noqa: RUF012 - msgspec copies it


DeskMessage = (
    Begin
    | ReadDocument
    | StartCapture
    | PromptShown
    | LightShown
    | Compare
    | EnrolTemplate
    | CompareTemplate
    | RenewTemplate
    | SealPortrait
    | RenewFromPortraits
    | CancelStep
)
BoothMessage = (
    Ready
    | DeviceState
    | CardProgress
    | DocumentRead
    | GuidanceNow
    | ShowPrompt
    | ShowLight
    | CaptureProgress
    | Captured
    | Compared
    | TemplateSealed
    | PortraitSealed
    | PortraitsRenewed
    | Fault
)
