"""Protected templates: the known answer, what the seal binds, renewal, lengths and wiping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_kit import PEPPER, keys_of, near, unit_vectors

from drivers.face.models import sm3_hex
from drivers.face.sealed_rotation import (
    LAST_VERSION,
    compare_sealed,
    open_steps,
    quantise,
    renew_template,
    seal_steps,
    seal_template,
)
from drivers.face.sealed_rotation_turn import Rotation, padded_length, rotation_bytes
from station.errors import BoothError, ErrorCode, StationBug
from station.model import SealedTemplate, Secret, TemplateKeys
from storage.template_keys import derive_template_keys

MODEL = bytes(range(0x50, 0x60))
NONCE = bytes(range(0x60, 0x6C))
KEYS = derive_template_keys(PEPPER, bytes(range(0x40, 0x50)), Secret(bytes(range(0x20, 0x40))))
FACE = np.arange(1, 129, dtype=np.float32) - np.float32(64.5)
FACE /= np.linalg.norm(FACE)
PROFILE = 1


def sealed(version: int = 1) -> SealedTemplate:
    steps = quantise(Rotation(KEYS.rotation.reveal(), 128).turn(FACE))
    return seal_steps(steps, KEYS, (MODEL, PROFILE), version=version, nonce=NONCE)


def refused(template: SealedTemplate, keys: TemplateKeys = KEYS) -> bool:
    with pytest.raises(BoothError) as caught:
        compare_sealed(template, keys, [FACE])
    return caught.value.code is ErrorCode.TEMPLATE_REFUSED


def test_the_known_answer_from_end_to_end() -> None:
    rotation = Rotation(KEYS.rotation.reveal(), 128)
    assert rotation._orders[0][:8].tolist() == [24, 101, 74, 103, 49, 12, 115, 31]
    steps = quantise(rotation.turn(FACE))
    first = [-22, -56, 42, 23, -18, -7, -30, -6, 17, -5, 10, 23, 2, -64, -17, 45]
    assert steps[:16].tolist() == first
    assert sm3_hex(steps.tobytes()) == (
        "233158bc2cfd5c0830550be8bab6acf7737c47802d591a2b85f490d0b7a5b113"
    )
    template = sealed()
    assert len(template.sealed) == 175
    assert template.sealed[:3] == b"\x01\x01\x00"
    assert (template.pid, template.version) == (KEYS.pid, 1)
    assert template.sealed[19:31] == NONCE
    assert template.sealed[-16:].hex() == "a8d0b9da8013f4c7920d33b7c028cf6f"
    assert sm3_hex(template.sealed[31:]) == (
        "646377ad0d19ff6deb3842946893eee8ba9c8d6b91910f0d78c8d3867d44bdd5"
    )


def test_the_turn_is_the_one_the_scheme_defines() -> None:
    """Beside a plain reading of the definition, round by round, in double precision."""
    stream, x = KEYS.rotation.reveal(), FACE.astype(np.float64)
    hadamard = np.array([[(-1.0) ** (i & j).bit_count() for j in range(128)] for i in range(128)])
    for start in range(0, 2112, 528):
        bits = [stream[start + i // 8] >> (7 - i % 8) & 1 for i in range(128)]
        words = [
            int.from_bytes(stream[start + 16 + 4 * i : start + 20 + 4 * i], "little")
            for i in range(128)
        ]
        order = sorted(range(128), key=lambda i: words[i])
        x = ((x * (2 * np.array(bits) - 1)) @ hadamard / np.sqrt(128))[order]
    assert np.allclose(Rotation(stream, 128).turn(FACE), x, atol=1e-6)


def test_scores_survive_and_the_turn_has_an_inverse() -> None:
    faces = unit_vectors(200, seed=1)
    rotation = Rotation(keys_of(1).rotation.reveal(), 128)
    turned = rotation.turn(faces)
    assert np.allclose(turned @ turned.T, faces @ faces.T, atol=1e-5)
    assert np.allclose(rotation.turn_back(turned), faces, atol=1e-6)


@pytest.mark.parametrize("cosine", [-0.3, 0.0, 0.358, 0.415, 0.7, 0.99])
def test_a_sealed_template_scores_as_the_plain_vector_does(cosine: float) -> None:
    changes = []
    for seed, face in enumerate(unit_vectors(50, seed=2)):
        keys, probe = keys_of(seed), near(face, cosine, seed=100 + seed)
        template = seal_template(face, keys, MODEL, PROFILE)
        (score,) = compare_sealed(template, keys, [probe])
        changes.append(abs(score - float(face @ probe)))
    assert max(changes) < 0.01


def test_several_probes_are_scored_in_one_opening() -> None:
    probes = [near(FACE, cosine, seed=3) for cosine in (0.9, 0.5, 0.1)]
    scores = compare_sealed(sealed(), KEYS, probes)
    assert scores == pytest.approx([0.9, 0.5, 0.1], abs=0.01)


# What the seal binds: one test per field


def with_bytes(start: int, value: bytes) -> SealedTemplate:
    changed = bytearray(sealed().sealed)
    assert changed[start : start + len(value)] != value
    changed[start : start + len(value)] = value
    return SealedTemplate(bytes(changed), MODEL, PROFILE)


def test_another_algorithm_is_refused() -> None:
    assert refused(with_bytes(0, b"\x02"))


def test_another_version_is_refused() -> None:
    assert refused(with_bytes(1, b"\x02\x00"))


def test_another_id_is_refused_also_where_the_keys_carry_it() -> None:
    moved = with_bytes(3, bytes(16))
    assert refused(moved)
    assert refused(moved, TemplateKeys(bytes(16), KEYS.rotation, KEYS.seal_key))


def test_another_nonce_is_refused() -> None:
    assert refused(with_bytes(19, bytes(12)))


def test_another_model_is_refused() -> None:
    assert refused(SealedTemplate(sealed().sealed, bytes(16), PROFILE))


def test_a_looser_or_stricter_profile_is_refused() -> None:
    assert refused(SealedTemplate(sealed().sealed, MODEL, 2))
    assert refused(SealedTemplate(sealed().sealed, MODEL, 0x1_0000))


def test_another_records_seal_key_is_refused() -> None:
    assert refused(sealed(), TemplateKeys(KEYS.pid, KEYS.rotation, keys_of(4).seal_key))


def test_the_algorithm_is_bound_by_the_seal_and_not_only_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed = with_bytes(0, b"\x02")
    monkeypatch.setattr("drivers.face.sealed_rotation.ALGORITHM", 2)
    assert refused(changed)


@settings(max_examples=60)
@given(bit=st.integers(min_value=0, max_value=175 * 8 - 1))
def test_one_flipped_bit_anywhere_is_refused(bit: int) -> None:
    changed = bytearray(sealed().sealed)
    changed[bit // 8] ^= 1 << bit % 8
    assert refused(SealedTemplate(bytes(changed), MODEL, PROFILE))


@given(data=st.binary(max_size=400))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert refused(SealedTemplate(data, MODEL, PROFILE))


def test_a_rotation_of_another_record_scores_like_a_stranger() -> None:
    """It opens, as the seal key is right, and says nothing: the two keys are apart."""
    scores = []
    for seed in range(200):
        other = TemplateKeys(KEYS.pid, keys_of(seed).rotation, KEYS.seal_key)
        scores += compare_sealed(sealed(), other, [FACE])
    assert max(abs(score) for score in scores) < 0.358
    assert abs(float(np.mean(scores))) < 0.02


# Renewal


def test_a_renewed_template_scores_the_same_and_the_old_one_is_refused_1000_times() -> None:
    probe, old_refused, scores = near(FACE, 0.6, seed=5), 0, []
    rng = np.random.default_rng(6)
    old = sealed()
    for _ in range(1000):
        # Renewal asks nothing of how the new keys were derived: raw bytes are as good, and fast.
        new = TemplateKeys(rng.bytes(16), Secret(rng.bytes(2112)), Secret(rng.bytes(16)))
        renewed = renew_template(old, KEYS, new)
        scores += compare_sealed(renewed, new, [probe])
        assert (renewed.version, renewed.pid) == (2, new.pid)
        assert (renewed.model_id, renewed.profile) == (MODEL, PROFILE)
        old_refused += refused(old, new)
    (before,) = compare_sealed(old, KEYS, [probe])
    assert old_refused == 1000
    assert scores == pytest.approx([before] * 1000, abs=0.01)


def test_fifty_renewals_in_a_row_cost_little() -> None:
    template, keys = sealed(), KEYS
    for seed in range(50):
        renewed = keys_of(1000 + seed)
        template, keys = renew_template(template, keys, renewed), renewed
    assert template.version == 51
    (score,) = compare_sealed(template, keys, [FACE])
    assert 0.99 < score < 0.9999


def test_the_last_version_and_a_reused_id_are_not_renewed() -> None:
    for template, new in [
        (sealed(LAST_VERSION), keys_of(7)),
        (sealed(), TemplateKeys(KEYS.pid, keys_of(7).rotation, keys_of(7).seal_key)),
        (sealed(), TemplateKeys(bytes(16), Secret(bytes(2111)), keys_of(7).seal_key)),
    ]:
        with pytest.raises(BoothError) as caught:
            renew_template(template, KEYS, new)
        assert caught.value.code is ErrorCode.TEMPLATE_REFUSED


# One picture, many enrolments


def test_a_thousand_enrolments_of_one_face_have_nothing_in_common() -> None:
    templates, opened = [], []
    for seed in range(1000):
        keys = keys_of(seed)
        template = seal_template(FACE, keys, MODEL, PROFILE)
        templates.append(template.sealed)
        opened.append(open_steps(template, keys).astype(np.float64))
    assert len(set(templates)) == 1000
    bits = np.unpackbits(
        np.frombuffer(b"".join(t[31:] for t in templates), np.uint8).reshape(1000, -1), axis=1
    ).astype(np.float64)
    differing = bits @ (1 - bits).T
    distance = (differing + differing.T)[np.triu_indices(1000, 1)] / bits.shape[1]
    assert 0.45 < distance.mean() < 0.55
    turned = np.stack(opened)
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    cosines = (turned @ turned.T)[np.triu_indices(1000, 1)]
    assert abs(cosines.mean()) < 0.02
    assert cosines.std() == pytest.approx(1 / np.sqrt(128), rel=0.05)


def test_turned_coordinates_are_spread_evenly_even_of_one_hot_vectors() -> None:
    one_hot = np.zeros(128, np.float32)
    one_hot[0] = 1
    turned = np.stack(
        [Rotation(keys_of(seed).rotation.reveal(), 128).turn(one_hot) for seed in range(400)]
    ).ravel()
    kurtosis = float(np.mean(turned**4) / np.mean(turned**2) ** 2)
    assert kurtosis == pytest.approx(2.95, abs=0.1)


# Lengths


@pytest.mark.parametrize(
    ("features", "length"), [(0, None), (1, 128), (128, 128), (129, 256), (256, 256), (257, None)]
)
def test_which_lengths_fit(features: int, length: int | None) -> None:
    assert padded_length(features) == length


@pytest.mark.parametrize(("features", "size"), [(64, 175), (192, 303), (256, 303)])
def test_vectors_of_other_lengths_are_padded(features: int, size: int) -> None:
    rng = np.random.default_rng(8)
    length = padded_length(features)
    assert length is not None
    keys, new = (
        TemplateKeys(
            rng.bytes(16), Secret(rng.bytes(rotation_bytes(length))), Secret(rng.bytes(16))
        )
        for _ in range(2)
    )
    face = unit_vectors(1, seed=9, features=features)[0]
    probe = near(face, 0.5, seed=10)
    template = seal_template(face, keys, MODEL, PROFILE)
    assert len(template.sealed) == size
    renewed = renew_template(template, keys, new)
    (score,), (again,) = (
        compare_sealed(template, keys, [probe]),
        compare_sealed(renewed, new, [probe]),
    )
    assert (score, again) == pytest.approx((0.5, 0.5), abs=0.01)
    assert np.abs(open_steps(template, keys)).max() < 127


def test_keys_for_128_features_do_not_serve_longer_vectors() -> None:
    for features in (129, 512):
        with pytest.raises(BoothError) as caught:
            seal_template(unit_vectors(1, seed=11, features=features)[0], KEYS, MODEL, PROFILE)
        assert caught.value.code is ErrorCode.TEMPLATE_REFUSED


def test_a_vector_without_unit_length_is_our_own_fault() -> None:
    for vector in (FACE * 2, FACE * 0, np.full(128, np.nan, np.float32)):
        with pytest.raises(StationBug):
            seal_template(vector.astype(np.float32), KEYS, MODEL, PROFILE)
        with pytest.raises(StationBug):
            compare_sealed(sealed(), KEYS, [vector.astype(np.float32)])


# Wiping


def test_what_was_opened_and_turned_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    turn, opening = Rotation.turn, open_steps

    def watched_turn(self: Rotation, vectors: np.ndarray) -> np.ndarray:
        turned = turn(self, vectors)
        seen.extend((turned, self._signs, self._orders))
        return turned

    def watched_opening(template: SealedTemplate, keys: TemplateKeys) -> np.ndarray:
        steps = opening(template, keys)
        seen.append(steps)
        return steps

    monkeypatch.setattr(Rotation, "turn", watched_turn)
    monkeypatch.setattr("drivers.face.sealed_rotation.open_steps", watched_opening)
    template = seal_template(FACE, KEYS, MODEL, PROFILE)
    compare_sealed(template, KEYS, [FACE])
    renew_template(template, KEYS, keys_of(12))
    assert len(seen) == 11
    assert not any(array.any() for array in seen)
