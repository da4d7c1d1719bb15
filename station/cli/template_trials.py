"""The trials behind `evaluate templates`: accuracy, renewal and links of protected templates.

All run on the booth's own code, sealing and opening included, under keys drawn as the desk draws
them. An impostor's probe is compared with the victim's own keys: with other keys every scheme looks
perfect, and the figure would measure the token and not the face.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from drivers.face.sealed_rotation import (
    compare_sealed,
    open_steps,
    renew_template,
    seal_template,
)
from station.cli.pairs import Key, Pair
from station.error_rates import Scores, TarAtFmr, tar_at_fmr
from station.errors import BoothError
from station.model import SealedTemplate, TemplateDraft, TemplateKeys
from station.template_rates import BitDistance, Linkage, bit_distances, linkage

if TYPE_CHECKING:
    from station.booth.ports import FeatureVector

ACCURACY_FMR = 1e-3
STRANGERS_PER_TEMPLATE = 100
"""Non-mated probes drawn for every template beside those the pairs name."""
ENROLMENTS = 1000
FEWEST_PEOPLE = 20
"""Fewer give too few scores to speak of a link."""
MODEL_ID, PROFILE = bytes(16), 2
"""Bound to every template here; which values they are changes no score."""
SEALED_FROM = 31
"""Where the ciphertext begins: what lies before is id, version and nonce."""

Draw = Callable[[], TemplateDraft]
"""Draws a fresh secret and its keys, as the desk does for every enrolment."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Unit vectors of the pictures that gave a face, and which picture shows whom."""

    vectors: "dict[Key, FeatureVector]"
    people: dict[str, list[Key]]
    without_face: int

    @classmethod
    def of(cls, vectors: "dict[Key, FeatureVector | None]") -> "Gallery":
        """Sort pictures by person; those without a usable face are only counted."""
        found = {key: vector for key, vector in vectors.items() if vector is not None}
        people: dict[str, list[Key]] = {}
        for key in sorted(found):
            people.setdefault(key[0], []).append(key)
        return cls(found, people, len(vectors) - len(found))


@dataclass(frozen=True, slots=True)
class AccuracyTrial:
    """The same comparisons without and with protection."""

    plain: TarAtFmr | None
    protected: TarAtFmr | None
    mated: int
    nonmated: int
    greatest_change: float
    """Largest difference of one score."""

    @property
    def change_pp(self) -> float | None:
        """Change of the TAR in percentage points; None where the pairs are too few to say."""
        if self.plain is None or self.protected is None:
            return None
        return (self.protected.tar - self.plain.tar) * 100


@dataclass(frozen=True, slots=True)
class RenewalTrial:
    """One picture enrolled many times, and each of these templates renewed."""

    enrolments: int
    distinct: int
    distance: BitDistance
    mean_cosine: float
    """Mean cosine of two opened templates."""
    genuine_accepted: int
    renewed_accepted: int
    old_refused: int
    """Old templates the booth refused under the keys of the renewed one."""
    greatest_change: float
    """Largest difference a renewal made to the genuine score."""


@dataclass(frozen=True, slots=True)
class LinkTrial:
    """Two templates of one person under different secrets against those of two people."""

    people: int
    same_picture: int
    other_picture: int
    sealed: Linkage
    """Scores: share of equal bits of two ciphertexts."""
    opened: Linkage
    """Scores: cosine of two rotated vectors, as if the seal had fallen."""
    unprotected: Linkage
    """The control: the same trial on plain vectors, which must be linkable."""


def accuracy(
    gallery: Gallery, pairs: Sequence[Pair], draw: Draw, rng: np.random.Generator
) -> AccuracyTrial:
    """Compare every listed pair, and each enrolled picture with drawn strangers, both ways."""
    usable = [p for p in pairs if p.one in gallery.vectors and p.other in gallery.vectors]
    partners: dict[Key, list[Pair]] = {}
    for pair in usable:
        partners.setdefault(pair.one, []).append(pair)
    keys = sorted(gallery.vectors)
    plain: tuple[list[float], list[float]] = ([], [])
    protected: tuple[list[float], list[float]] = ([], [])
    for one, listed in partners.items():
        strangers = [keys[i] for i in rng.integers(0, len(keys), STRANGERS_PER_TEMPLATE)]
        strangers = [key for key in strangers if key[0] != one[0]]
        probes = [gallery.vectors[key] for key in [*(p.other for p in listed), *strangers]]
        is_mated = [p.is_mated for p in listed] + [False] * len(strangers)
        before = np.stack(probes) @ gallery.vectors[one]
        drafted = draw().keys
        template = seal_template(gallery.vectors[one], drafted, MODEL_ID, PROFILE)
        after = compare_sealed(template, drafted, probes)
        for mated, score, shielded in zip(is_mated, before, after, strict=True):
            plain[not mated].append(float(score))
            protected[not mated].append(shielded)
    mated_scores, nonmated_scores = (np.array(kind, np.float64) for kind in plain)
    shielded_mated, shielded_nonmated = (np.array(kind, np.float64) for kind in protected)
    changes = [np.abs(mated_scores - shielded_mated), np.abs(nonmated_scores - shielded_nonmated)]
    return AccuracyTrial(
        tar_at_fmr(mated_scores, nonmated_scores, ACCURACY_FMR),
        tar_at_fmr(shielded_mated, shielded_nonmated, ACCURACY_FMR),
        len(mated_scores),
        len(nonmated_scores),
        float(np.max(np.concatenate(changes), initial=0.0)),
    )


def renewal(
    gallery: Gallery, pairs: Sequence[Pair], draw: Draw, threshold: float
) -> RenewalTrial | None:
    """Enrol one picture `ENROLMENTS` times and renew each; None without a pair that matches."""
    chosen = _matching_pair(gallery, pairs, threshold)
    if chosen is None:
        return None
    face, probe = chosen
    templates: list[bytes] = []
    opened: list[NDArray[np.float32]] = []
    genuine: list[float] = []
    renewed_scores: list[float] = []
    old_refused = 0
    for _ in range(ENROLMENTS):
        keys, new_keys = draw().keys, draw().keys
        template = seal_template(face, keys, MODEL_ID, PROFILE)
        templates.append(template.sealed)
        opened.append(open_steps(template, keys).astype(np.float32))
        genuine += compare_sealed(template, keys, [probe])
        renewed = renew_template(template, keys, new_keys)
        renewed_scores += compare_sealed(renewed, new_keys, [probe])
        old_refused += _is_refused(template, new_keys, probe)
    codes = np.stack([np.frombuffer(sealed[SEALED_FROM:], np.uint8) for sealed in templates])
    return RenewalTrial(
        enrolments=ENROLMENTS,
        distinct=len(set(templates)),
        distance=bit_distances(codes),
        mean_cosine=_mean_cosine(np.stack(opened)),
        genuine_accepted=int(np.count_nonzero(np.array(genuine) >= threshold)),
        renewed_accepted=int(np.count_nonzero(np.array(renewed_scores) >= threshold)),
        old_refused=old_refused,
        greatest_change=float(np.max(np.abs(np.array(renewed_scores) - np.array(genuine)))),
    )


def links(gallery: Gallery, draw: Draw, rng: np.random.Generator) -> LinkTrial | None:
    """Whether templates of one person show it; None with fewer than `FEWEST_PEOPLE`.

    Every person gives one mated score from the same picture under two secrets, and one more from
    two pictures where there are two. As many non-mated ones come from two people each.
    """
    people = sorted(gallery.people)
    if len(people) < FEWEST_PEOPLE:
        return None
    first = [gallery.people[name][0] for name in people]
    second = [gallery.people[name][1 if len(gallery.people[name]) > 1 else 0] for name in people]
    stored = [[_enrolled(gallery, key, draw) for key in keys] for keys in (first, first, second)]
    count, two = len(people), [i for i, key in enumerate(second) if key != first[i]]
    mated = [(0, i, 1, i) for i in range(count)] + [(0, i, 2, i) for i in two]
    shifts = itertools.chain.from_iterable(
        ((0, i, 1, (i + shift) % count) for i in rng.permutation(count)) for shift in (1, 2)
    )
    nonmated = list(itertools.islice(shifts, len(mated)))
    return LinkTrial(
        people=count,
        same_picture=count,
        other_picture=len(two),
        sealed=_linkage([[code for code, _ in row] for row in stored], mated, nonmated, rng),
        opened=_linkage([[steps for _, steps in row] for row in stored], mated, nonmated, rng),
        unprotected=_linkage(
            [[gallery.vectors[key] for key in keys] for keys in (first, first, second)],
            mated,
            nonmated,
            rng,
        ),
    )


Place = tuple[int, int, int, int]
"""Column and row of one template, column and row of the other."""


def _linkage(
    columns: "Sequence[Sequence[FeatureVector]]",
    mated: Sequence[Place],
    nonmated: Sequence[Place],
    rng: np.random.Generator,
) -> Linkage:
    table = np.stack([np.stack(column) for column in columns])
    table = table / np.linalg.norm(table, axis=2, keepdims=True)

    def scores(places: Sequence[Place]) -> Scores:
        one, i, other, j = np.array(places).T
        return np.asarray(np.sum(table[one, i] * table[other, j], axis=1), np.float64)

    return linkage(scores(mated), scores(nonmated), rng)


def _enrolled(gallery: Gallery, key: Key, draw: Draw) -> "tuple[FeatureVector, FeatureVector]":
    """A fresh template's ciphertext as bits of -1 and +1, and what is inside it."""
    keys = draw().keys
    template = seal_template(gallery.vectors[key], keys, MODEL_ID, PROFILE)
    bits = np.unpackbits(np.frombuffer(template.sealed[SEALED_FROM:], np.uint8))
    return bits.astype(np.float32) * 2 - 1, open_steps(template, keys).astype(np.float32)


def _matching_pair(
    gallery: Gallery, pairs: Sequence[Pair], threshold: float
) -> "tuple[FeatureVector, FeatureVector] | None":
    """Two pictures of one person, well above the threshold, so that only protection can fail."""
    for pair in pairs:
        if pair.is_mated and pair.one in gallery.vectors and pair.other in gallery.vectors:
            one, other = gallery.vectors[pair.one], gallery.vectors[pair.other]
            if float(one @ other) >= threshold + 0.05:
                return one, other
    return None


def _is_refused(template: SealedTemplate, keys: TemplateKeys, probe: "FeatureVector") -> bool:
    try:
        compare_sealed(template, keys, [probe])
    except BoothError:
        return True
    return False


def _mean_cosine(opened: NDArray[np.float32]) -> float:
    unit = opened / np.linalg.norm(opened, axis=1, keepdims=True)
    return float(np.mean((unit @ unit.T)[np.triu_indices(len(unit), 1)], dtype=np.float64))
