"""Detect, locate, extract, compare: the real models on one public-domain face."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from face_kit import engine, live_frame, paste, portrait

from drivers.face.comparison import compare
from drivers.face.engine import FaceEngine
from drivers.face.fetch_models import MODELS_FOLDER
from drivers.face.mesh import crop_transform
from drivers.face.portrait_reference import (
    ENCODED_LIMIT_BYTES,
    RESIDENT_CARD_SHAPE,
    reference_from_picture,
    reference_from_portrait,
)
from drivers.face.quality import iod_px
from station.booth.portrait import CardPortrait
from station.booth.ports import BgrImage, DetectedFace, FeatureVector
from station.errors import CardError, ErrorCode, ModelError, StationBug


def document(height: int = 531) -> BgrImage:
    """The demo face as a document portrait, 413:531."""
    cut = portrait()[0:288, 112:336]
    return np.asarray(
        cv2.resize(cut, (round(height * 413 / 531), height), interpolation=cv2.INTER_AREA), np.uint8
    )


def card(ending: str, picture: BgrImage) -> CardPortrait:
    return CardPortrait(bytearray(bytes(cv2.imencode(ending, picture)[1])))


def probe() -> FeatureVector:
    frame = live_frame()
    return engine().extract(frame, engine().detect(frame)[0])


# Engine


def test_points_are_in_pixels_of_the_full_frame() -> None:
    near, moved = live_frame(2.4, (640, 360)), live_frame(2.4, (440, 360))
    one, other = (engine().detect(frame)[0] for frame in (near, moved))
    assert one.points[:, 0].mean() - other.points[:, 0].mean() == pytest.approx(200, abs=6)
    assert abs(one.x + one.width / 2 - 640) < 20
    right_eye, left_eye = one.points[0], one.points[1]
    assert right_eye[0] < left_eye[0]
    landmarks = engine().locate(near, one)
    assert landmarks.points.shape == (478, 2)
    assert landmarks.presence > 5
    assert iod_px(landmarks) == pytest.approx(144, rel=0.05)
    # Mesh and detector agree on where the right eye is.
    assert np.linalg.norm(landmarks.points[468] - right_eye) < 12


def test_the_mesh_crop_is_square_centred_and_level() -> None:
    points = np.array([[100, 100], [140, 140], [0, 0], [0, 0], [0, 0]], np.float32)
    face = DetectedFace(80, 60, 90, 120, points, 0.9)
    to_crop = crop_transform(face)
    centre = to_crop @ [125, 120, 1]
    assert centre == pytest.approx([128, 128])
    right, left = to_crop @ [100, 100, 1], to_crop @ [140, 140, 1]
    assert right[1] == pytest.approx(left[1])
    assert abs(np.linalg.det(to_crop[:, :2])) == pytest.approx((256 / 180) ** 2)


def test_vectors_have_unit_length_and_repeat_exactly() -> None:
    one, other = probe(), probe()
    assert one.dtype == np.float32
    assert np.linalg.norm(one) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(one, other)


def test_every_face_is_found() -> None:
    frame = live_frame(2.0, (340, 360))
    paste(frame, 2.0, (940, 360))
    assert len(engine().detect(frame)) == 2
    assert engine().detect(np.full((720, 1280, 3), 90, np.uint8)) == []


@pytest.mark.parametrize("shape", [(8192, 8, 3), (8, 8192, 3), (1, 1, 3), (721, 1279, 3)])
@pytest.mark.parametrize("enlarge", [True, False])
def test_a_strip_or_an_odd_size_is_searched_within_bounds(
    shape: tuple[int, int, int], enlarge: bool
) -> None:
    assert engine().detector.detect(np.full(shape, 128, np.uint8), enlarge=enlarge) == []


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((0, 10, 3), np.uint8),
    ],
)
def test_what_is_no_picture_never_reaches_the_nets(bad: BgrImage) -> None:
    with pytest.raises(ValueError, match="BGR"):
        engine().detect(bad)


def test_the_identity_names_all_three_models_and_the_runtime() -> None:
    lines = engine().identity()
    assert [line.split(":")[0] for line in lines] == ["detector", "mesh", "extractor"]
    assert engine().matcher_id in lines[2]
    assert all(engine().runtime in line and len(line) <= 200 for line in lines)


def test_a_damaged_model_refuses_to_start(tmp_path: Path) -> None:
    engine()
    for source in MODELS_FOLDER.iterdir():
        if source.is_file():
            (tmp_path / source.name).write_bytes(source.read_bytes())
    damaged = bytearray((tmp_path / "mesh.tflite").read_bytes())
    damaged[1000] ^= 1
    (tmp_path / "mesh.tflite").write_bytes(damaged)
    with pytest.raises(ModelError) as caught:
        FaceEngine.load(tmp_path)
    assert caught.value.code is ErrorCode.MODEL_DAMAGED


def test_an_own_extractor_that_states_its_input_gives_the_same_vectors(tmp_path: Path) -> None:
    """The shipped file, given as an operator's own with another (equivalent) way of feeding."""
    shipped = engine().models[2]
    override = tmp_path / "own.toml"
    override.write_text(
        f'[model.extractor]\nfile = "{(MODELS_FOLDER / shipped.file.file).resolve()}"\n'
        f'sha256 = "{shipped.file.sha256}"\ninput = {{ scale = 1.0, output = "fc1" }}\n',
        encoding="utf-8",
    )
    own = FaceEngine.load(MODELS_FOLDER, override=override)
    frame = live_frame()
    vector = own.extract(frame, own.detect(frame)[0])
    assert own.matcher_id == engine().matcher_id
    assert compare(vector, probe()) == pytest.approx(1.0, abs=1e-5)


def test_a_file_that_is_no_net_is_damaged(tmp_path: Path) -> None:
    engine()
    import hashlib

    own = tmp_path / "own.onnx"
    own.write_bytes(b"no net at all")
    override = tmp_path / "own.toml"
    digest = hashlib.sha256(b"no net at all").hexdigest()
    override.write_text(f'[model.extractor]\nfile = "{own}"\nsha256 = "{digest}"\n')
    with pytest.raises(ModelError) as caught:
        FaceEngine.load(MODELS_FOLDER, override=override)
    assert caught.value.code is ErrorCode.MODEL_DAMAGED


# Comparison


def test_compare_is_the_cosine() -> None:
    one = np.array([1, 0, 0], np.float32)
    other = np.array([0.6, 0.8, 0], np.float32)
    assert compare(one, other) == pytest.approx(0.6)
    assert compare(one, -one) == -1.0


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros(3, np.float32),
        np.array([2, 0, 0], np.float32),
        np.array([np.nan, 0, 0], np.float32),
        np.array([1, 0], np.float32),
        np.array([[1, 0, 0]], np.float32),
    ],
)
def test_a_vector_that_is_none_is_a_bug_and_not_a_score(bad: FeatureVector) -> None:
    with pytest.raises(StationBug):
        compare(np.array([1, 0, 0], np.float32), bad)


# Portrait


@pytest.mark.parametrize("ending", [".jpg", ".jp2"])
def test_a_portrait_gives_a_reference_that_matches_the_live_face(ending: str) -> None:
    reference = reference_from_portrait(card(ending, document()), engine())
    assert compare(reference, probe()) > 0.7


def test_a_resident_card_photo_gives_a_reference() -> None:
    height, width, _ = RESIDENT_CARD_SHAPE
    raw = cv2.resize(document(), (width, height), interpolation=cv2.INTER_AREA)
    reference = reference_from_portrait(CardPortrait(bytearray(raw.tobytes())), engine())
    assert compare(reference, probe()) > 0.6


def two_people() -> BgrImage:
    return np.hstack([document(300), document(300)])


@pytest.mark.parametrize(
    "make",
    [
        lambda: CardPortrait(bytearray(b"")),
        lambda: CardPortrait(bytearray(b"\xff\xd8\xff" + bytes(500))),
        lambda: CardPortrait(bytearray(ENCODED_LIMIT_BYTES + 1)),
        lambda: card(".jpg", np.full((531, 413, 3), 128, np.uint8)),
        lambda: card(".jpg", two_people()),
        lambda: card(".bmp", document()),
    ],
    ids=["empty", "broken", "too long", "no face", "two faces", "wrong format"],
)
def test_an_unusable_portrait_has_its_own_code(make: object) -> None:
    assert callable(make)
    with pytest.raises(CardError) as caught:
        reference_from_portrait(make(), engine())
    assert caught.value.code is ErrorCode.CARD_PHOTO_UNUSABLE


def test_the_decoded_picture_is_wiped_on_both_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from drivers.face import portrait_reference

    decoded: list[BgrImage] = []

    def remember(picture: BgrImage, models: FaceEngine) -> FeatureVector:
        assert picture.any()
        decoded.append(picture)
        return reference_from_picture(picture, models)

    monkeypatch.setattr(portrait_reference, "reference_from_picture", remember)
    reference_from_portrait(card(".jpg", document()), engine())
    with pytest.raises(CardError):
        reference_from_portrait(card(".jpg", np.full((531, 413, 3), 128, np.uint8)), engine())
    assert len(decoded) == 2
    assert not any(picture.any() for picture in decoded)


def test_the_portrait_can_be_destroyed_afterwards() -> None:
    held = card(".jpg", document())
    reference_from_portrait(held, engine())
    held.destroy()
    with pytest.raises(Exception, match="BTH-05"):
        held.view()
