"""The inversion harness of `evaluate templates`: what each leak gives whoever wants the face back.

The attacker knows the code and everything but what the level withholds. A reconstruction counts
when the unprotected matcher accepts it. It is of the feature vector, not of the picture: whatever
draws a picture from a vector can do no better than the vector it starts from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.face.sealed_rotation import Steps, open_steps, seal_template
from drivers.face.sealed_rotation_turn import Rotation
from station.cli.pairs import Key
from station.cli.template_trials import MODEL_ID, PROFILE, SEALED_FROM, Draw, Gallery
from station.error_rates import Interval, clopper_pearson
from station.errors import BoothError
from station.model import SealedTemplate, Secret, TemplateDraft
from storage.template_keys import PEPPER_BYTES, derive_template_keys

if TYPE_CHECKING:
    from station.booth.ports import FeatureVector

NOTHING = "nothing: a stranger's face"
TEMPLATE = "T: stolen template store"
BOTH_STORES = "T + K opened, pepper safe"
ROTATION_KEY = "T + rotation key, seal key safe"
SEAL_KEY = "T + seal key, rotation key safe"
ALL_KEYS = "all keys"
_TAG_BYTES = 16
_NONCE_AT = 19
TIMES_FMR = 2
"""P-3: accepted at no more than twice the matcher's own false match rate."""


@dataclass(frozen=True, slots=True)
class Leak:
    """What one level of theft gives; shares are of people attacked."""

    level: str
    people: int
    mean_cosine: float
    greatest_cosine: float
    same_accepted: int
    """Reconstructions the matcher accepts as the very picture enrolled."""
    same: Interval
    other_people: int
    other_accepted: int
    """The same against another picture of the person, where there is one."""
    other: Interval

    def holds(self, fmr: float) -> bool:
        """Whether the acceptances are no more than twice the false match rate can explain."""
        return max(self.same.low, self.other.low) <= TIMES_FMR * fmr


@dataclass(frozen=True, slots=True)
class _Victim:
    draft: TemplateDraft
    template: SealedTemplate
    stranger: "FeatureVector"
    """Some other person's vector: what anybody can offer who stole nothing."""


Attack = Callable[[_Victim], "FeatureVector"]


def leaks(gallery: Gallery, draw: Draw, threshold: float, most_people: int) -> list[Leak]:
    """Attack the first picture of every person (at most `most_people`) on every level.

    Empty for fewer than two people: there is no stranger then.
    """
    names = sorted(gallery.people)[:most_people]
    if len(names) < 2:
        return []
    enrolled = [gallery.people[name][0] for name in names]
    others = [gallery.people[name][-1] for name in names]
    victims = []
    for index, key in enumerate(enrolled):
        draft, stranger = draw(), gallery.vectors[enrolled[index - 1]]
        template = seal_template(gallery.vectors[key], draft.keys, MODEL_ID, PROFILE)
        victims.append(_Victim(draft, template, stranger))
    return [
        _leak(level, [attack(victim) for victim in victims], gallery, (enrolled, others), threshold)
        for level, attack in _ATTACKS.items()
    ]


def _leak(
    level: str,
    found: "Sequence[FeatureVector]",
    gallery: Gallery,
    keys: tuple[Sequence[Key], Sequence[Key]],
    threshold: float,
) -> Leak:
    enrolled, others = keys

    def cosine(x: "FeatureVector", key: Key) -> float:
        vector = gallery.vectors[key]
        # Shorter vectors were padded when they were turned.
        return float(x[: len(vector)] @ vector)

    pairs = list(zip(found, enrolled, others, strict=True))
    same = np.array([cosine(x, key) for x, key, _ in pairs])
    other = np.array([cosine(x, key) for x, first, key in pairs if key != first])
    accepted = int(np.count_nonzero(same >= threshold)), int(np.count_nonzero(other >= threshold))
    return Leak(
        level,
        len(same),
        float(np.mean(same)),
        float(np.max(same)),
        accepted[0],
        clopper_pearson(accepted[0], len(same)),
        len(other),
        accepted[1],
        clopper_pearson(accepted[1], len(other)),
    )


def _stranger(victim: _Victim) -> "FeatureVector":
    return victim.stranger


def _from_ciphertext(victim: _Victim) -> "FeatureVector":
    """Without a key the ciphertext is all there is to read."""
    return _direction(np.frombuffer(victim.template.sealed[SEALED_FROM:-_TAG_BYTES], np.int8))


def _with_secret(victim: _Victim) -> "FeatureVector":
    """The secret is known and the pepper is guessed: the keys come out wrong."""
    guess = Secret(bytes(PEPPER_BYTES))
    keys = derive_template_keys(guess, victim.template.pid, victim.draft.secret)
    try:
        steps = open_steps(victim.template, keys)
    except BoothError:
        # As an attacker would, read on although the tag says no.
        steps = _opened_unproven(victim.template, keys.seal_key)
    return Rotation(keys.rotation.reveal(), len(steps)).turn_back(_direction(steps))


def _with_rotation_key(victim: _Victim) -> "FeatureVector":
    """The ciphertext turned back as if it were the vector."""
    guessed = _from_ciphertext(victim)
    return Rotation(victim.draft.keys.rotation.reveal(), len(guessed)).turn_back(guessed)


def _with_seal_key(victim: _Victim) -> "FeatureVector":
    """The turned vector itself, taken for the vector: the best guess without the turn."""
    return _direction(open_steps(victim.template, victim.draft.keys))


def _with_all_keys(victim: _Victim) -> "FeatureVector":
    turned = _with_seal_key(victim)
    return Rotation(victim.draft.keys.rotation.reveal(), len(turned)).turn_back(turned)


_ATTACKS: dict[str, Attack] = {
    NOTHING: _stranger,
    TEMPLATE: _from_ciphertext,
    BOTH_STORES: _with_secret,
    ROTATION_KEY: _with_rotation_key,
    SEAL_KEY: _with_seal_key,
    ALL_KEYS: _with_all_keys,
}


def _opened_unproven(template: SealedTemplate, key: Secret) -> Steps:
    nonce = template.sealed[_NONCE_AT:SEALED_FROM]
    decryptor = Cipher(algorithms.SM4(key.reveal()), modes.GCM(nonce)).decryptor()
    plain = decryptor.update(template.sealed[SEALED_FROM:-_TAG_BYTES])
    return np.frombuffer(plain, np.int8)


def _direction(steps: Steps) -> "FeatureVector":
    vector = steps.astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
