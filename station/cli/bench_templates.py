"""`bench templates`: what protecting a template costs, beside the bare cipher and the bare cosine.

CPU time of the process, so that a busy machine weighs little; only the renewals through a booth are
counted by the clock, because two processes share that work.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.face.comparison import compare
from drivers.face.sealed_rotation import (
    MODEL_ID_BYTES,
    compare_sealed,
    open_steps,
    renew_template,
    seal_template,
)
from station.booth.handle import BoothSpec, Conversation, WarmBooths
from station.booth.ports import FeatureVector
from station.booth.template_talk import Renewal, renew_templates
from station.build import default_home
from station.model import Secret, TemplateReference
from storage.template_keys import PEPPER_BYTES, derive_template_keys, new_draft

CALLS = 400
WARM_UP_CALLS = 20
RENEWALS = 2000
VERIFY_TARGET_MS = 1.0
RENEWALS_TARGET_PER_S = 2000
_CIPHER, _COSINE = "SM4-GCM, 128 bytes", "plain cosine"
Row = dict[str, Any]


def measure() -> list[Row]:
    """Rows as in `bench face`, p50 and p95. Raises `ModelError` where a model is missing."""
    found = costs()
    cipher, cosine = found.pop(_CIPHER)[0], found.pop(_COSINE)[0]
    rows = []
    for name, (median, high) in found.items():
        reference = (_COSINE, cosine) if "compare" in name else (_CIPHER, cipher)
        target = VERIFY_TARGET_MS if name.startswith("verify") else None
        rows.append(_row(f"template: {name}, p50", median, "ms CPU", reference, target))
        rows.append(_row(f"template: {name}, p95", high, "ms CPU", reference, target))
    return [*rows, _row("template: renewed in a booth", renewals_per_s(), "1/s", None, None)]


def costs(calls: int = CALLS) -> dict[str, tuple[float, float]]:
    """CPU ms of each step, p50 and p95, with the two references under their own names."""
    pepper = Secret(secrets.token_bytes(PEPPER_BYTES))
    draft, renewed = new_draft(pepper), new_draft(pepper)
    keys, model_id = draft.keys, bytes(MODEL_ID_BYTES)
    face, probe = _vectors(2)
    template = seal_template(face, keys, model_id, 2)

    def verify() -> None:
        derived = derive_template_keys(pepper, keys.pid, draft.secret)
        compare_sealed(template, derived, [probe])

    steps: dict[str, Callable[[], object]] = {
        _CIPHER: _sealed_plainly,
        _COSINE: lambda: compare(face, probe),
        "draw keys": lambda: new_draft(pepper),
        "seal": lambda: seal_template(face, keys, model_id, 2),
        "open": lambda: open_steps(template, keys),
        "open and compare": lambda: compare_sealed(template, keys, [probe]),
        "verify (derive keys, open, compare)": verify,
        "renew": lambda: renew_template(template, keys, renewed.keys),
    }
    return {name: _cpu_ms(step, calls) for name, step in steps.items()}


def renewals_per_s(count: int = RENEWALS, models: Path | None = None) -> float:
    """Templates renewed in one booth per second, both key derivations of the desk included."""
    from drivers.face.models import load_model_by_role

    models = models or default_home() / "models"
    model_id = bytes.fromhex(load_model_by_role("extractor", models).sm3)[:MODEL_ID_BYTES]
    pepper = Secret(secrets.token_bytes(PEPPER_BYTES))
    drafts = [new_draft(pepper) for _ in range(count)]
    stored = [
        seal_template(face, draft.keys, model_id, 2)
        for face, draft in zip(_vectors(count), drafts, strict=True)
    ]

    def renewals() -> Iterator[Renewal]:
        for template, draft in zip(stored, drafts, strict=True):
            keys = derive_template_keys(pepper, template.pid, draft.secret)
            yield TemplateReference(template, keys), new_draft(pepper).keys

    with closing(WarmBooths(BoothSpec(models), 60)) as booths:
        process = booths.take()
        try:
            started = time.perf_counter()
            done = sum(
                one is not None for one in renew_templates(Conversation(process), renewals())
            )
            return done / (time.perf_counter() - started)
        finally:
            process.end()


def _vectors(count: int) -> FeatureVector:
    drawn = np.random.default_rng(1).standard_normal((count, 128)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def _sealed_plainly() -> bytes:
    encryptor = Cipher(algorithms.SM4(bytes(16)), modes.GCM(bytes(12))).encryptor()
    return encryptor.update(bytes(128)) + encryptor.finalize()


def _cpu_ms(step: Callable[[], object], calls: int) -> tuple[float, float]:
    for _ in range(WARM_UP_CALLS):
        step()
    times = []
    for _ in range(calls):
        started = time.process_time_ns()
        step()
        times.append((time.process_time_ns() - started) / 1e6)
    return float(np.percentile(times, 50)), float(np.percentile(times, 95))


def _row(
    name: str,
    value: float,
    unit: str,
    reference: tuple[str, float] | None,
    target: float | None,
) -> Row:
    reference_name, reference_value = reference or ("", 0.0)
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "reference_name": reference_name,
        "reference_value": round(reference_value, 4),
        "ratio": round(value / reference_value, 2) if reference_value else None,
        "target": target,
    }
