"""Threshold profiles: numbers that stand for a false match rate, sealed into every template.

So nobody can move a row to a looser threshold. The threshold itself comes from the measured table
of the matcher. A number is never given a new meaning: stored templates carry it for years.
"""

import math
from pathlib import Path

from drivers.face.calibration import threshold_for
from drivers.face.engine import FaceEngine
from station.errors import BoothError, ConfigError, ErrorCode

FMR_BY_PROFILE = {1: 1e-3, 2: 1e-4, 3: 1e-5, 4: 1e-6}
"""Each is a row of the shipped calibration."""
_ROUNDING = 1 + 1e-9


def profile_for(fmr: float) -> int:
    """The loosest profile that is not looser than `fmr`.

    Raises `ConfigError(CONFIG_INVALID)` where none is as strict, or for no rate at all.
    """
    fitting = [
        number
        for number, rate in FMR_BY_PROFILE.items()
        if math.isfinite(fmr) and rate <= fmr * _ROUNDING
    ]
    if not fitting or fmr >= 1:
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    return min(fitting)


def fmr_of(profile: int) -> float:
    """The false match rate of a profile.

    Raises `BoothError(TEMPLATE_REFUSED)` for an unknown one.
    """
    fmr = FMR_BY_PROFILE.get(profile)
    if fmr is None:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    return fmr


def profile_threshold(profile: int, engine: FaceEngine, own: Path | None = None) -> float:
    """The score from which a template of `profile` matches with this matcher on this runtime.

    Raises `BoothError(TEMPLATE_REFUSED)` for an unknown profile, `ConfigError(CONFIG_INVALID)`
    where no measured row supports its rate.
    """
    return threshold_for(engine.matcher_id, fmr_of(profile), engine.runtime, own)
