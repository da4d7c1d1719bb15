"""Who turns the templates in `bench records`: a booth of the station, or this process without."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from drivers.face.models import load_model_by_role
from drivers.face.sealed_rotation import MODEL_ID_BYTES, renew_template
from station.booth.handle import BoothProcess, BoothSpec, Conversation
from station.booth.portrait_talk import Ceremony
from station.booth.template_talk import Renewal, renew_templates
from station.build import default_home
from station.errors import StationBug, StationError
from station.model import SealedTemplate, TemplateKeys

MODELS = default_home() / "models"
_READY_WITHIN_S = 60.0


def matcher_id(models: Path) -> bytes:
    """The matcher's id as templates carry it; zeros where no models are."""
    try:
        return bytes.fromhex(load_model_by_role("extractor", models).sm3)[:MODEL_ID_BYTES]
    except StationError:
        return bytes(MODEL_ID_BYTES)


class _NoPortraits:
    def renew_from_portraits(
        self, ceremony: Ceremony, portraits: Sequence[bytes], keys: TemplateKeys, version: int
    ) -> tuple[SealedTemplate, tuple[bytes, ...]]:
        """Nobody in this measurement has a portrait."""
        raise StationBug("no portraits here")


class TurningHere(_NoPortraits):
    """The booth's code without its process: both parts share one processor."""

    def renew_templates(self, renewals: Iterable[Renewal]) -> Iterator[SealedTemplate | None]:
        """Renew many in order."""
        for old, keys in renewals:
            yield renew_template(old.template, old.keys, keys)


class TurningBooth(_NoPortraits):
    """A booth process in which no visit begins."""

    def __init__(self, process: BoothProcess) -> None:
        self._talk = Conversation(process)

    def renew_templates(self, renewals: Iterable[Renewal]) -> Iterator[SealedTemplate | None]:
        """Renew many in order."""
        return renew_templates(self._talk, renewals)


@contextmanager
def booth_process(models: Path) -> Iterator[TurningBooth]:
    """A booth, warm, and its end. Raises `BoothError`."""
    process = BoothProcess(BoothSpec(models))
    try:
        process.wait_ready(_READY_WITHIN_S)
        yield TurningBooth(process)
    finally:
        process.end()
