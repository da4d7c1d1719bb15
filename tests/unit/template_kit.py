"""What the template tests share: seeded unit vectors and the keys of seeded drafts."""

import numpy as np

from station.booth.ports import FeatureVector
from station.model import Secret, TemplateDraft, TemplateKeys
from storage.template_keys import derive_template_keys

PEPPER = Secret(bytes(range(32)))


def unit_vectors(count: int, *, seed: int, features: int = 128) -> FeatureVector:
    """Random directions of shape (count, features)."""
    drawn = np.random.default_rng(seed).standard_normal((count, features)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def near(vector: FeatureVector, cosine: float, *, seed: int) -> FeatureVector:
    """A unit vector at `cosine` to `vector`."""
    other = unit_vectors(1, seed=seed, features=len(vector))[0]
    other -= np.float32(other @ vector) * vector
    other /= np.float32(np.linalg.norm(other))
    return np.asarray(cosine * vector + np.sqrt(1 - cosine**2) * other, np.float32)


def draft(rng: np.random.Generator) -> TemplateDraft:
    """As the desk draws one, from a seeded generator."""
    pid, secret = rng.bytes(16), Secret(rng.bytes(32))
    return TemplateDraft(secret, derive_template_keys(PEPPER, pid, secret))


def keys_of(seed: int) -> TemplateKeys:
    """The keys of one seeded draft."""
    return draft(np.random.default_rng(seed)).keys
