"""Counting clips: what is a rate, of what, and what is no ground to say anything."""

from collections import Counter

from drivers.pad.clip_judge import ClipVerdict
from station.cli.pad_clips_report import ClipsRun, Endings, Played, as_document, as_lines, det_of
from station.model import LayerVerdict, PadResult

REFUSED: Endings = Counter({("UNDECIDED", "L2_CHALLENGE"): 20})


def verdict(result: PadResult, decided_by: str = "ALL", judged: bool = True) -> ClipVerdict:
    words = (
        LayerVerdict("L1_FACE_LOCK", decided_by != "L1_FACE_LOCK", 8.0, 8.0),
        LayerVerdict("L3_PLANARITY", result is PadResult.BONA_FIDE, 0.08, 0.055, judged=judged),
    )
    return ClipVerdict(words, {"BLINK": 1}, result, decided_by, "")


def clip(name: str, species: str, found: ClipVerdict, endings: Endings = REFUSED) -> Played:
    return Played(name, species, 90, 1 / 30, found, {"NORMAL": endings, "ASSISTED": REFUSED})


def run() -> ClipsRun:
    passes, lacking = (
        verdict(PadResult.BONA_FIDE),
        verdict(PadResult.UNDECIDED, "L3_PLANARITY", judged=False),
    )
    once = Counter({("UNDECIDED", "L4_CODE"): 19, ("BONA_FIDE", "ALL"): 1})
    locked_out: Endings = Counter({("UNDECIDED", "L1_FACE_LOCK"): 20})
    played = [
        clip("live/a.mp4", "live", passes),
        clip("live/b.mp4", "live", lacking),
        clip("live/c.mp4", "live", verdict(PadResult.ATTACK, "L3_PLANARITY")),
        clip("photo/a.mp4", "photo", lacking),
        clip("photo/b.mp4", "photo", passes, once),
        clip("mask/a.mp4", "mask", verdict(PadResult.UNDECIDED, "L1_FACE_LOCK"), locked_out),
    ]
    return ClipsRun(1, 20, "NORMAL", "f" * 64, played, ["photo/broken.mp4"])


def test_one_accepted_plan_makes_an_accepted_clip() -> None:
    document = as_document(run())
    assert (document["apcer"]["photo"]["k"], document["apcer"]["photo"]["n"]) == (1, 2)
    assert document["apcer_max"] == 0.5
    assert document["clips"][4]["plans"]["NORMAL"]["refused"] == 19


def test_a_clip_that_was_never_decided_on_is_no_response() -> None:
    document = as_document(run())
    assert (document["apcer"]["mask"]["k"], document["apcer"]["mask"]["n"]) == (0, 1)
    assert (document["apnrr"]["k"], document["apnrr"]["n"]) == (2, 3)


def test_a_live_clip_without_evidence_is_neither_passed_nor_an_attack() -> None:
    document = as_document(run())
    assert (document["bpcer"]["k"], document["bpcer"]["n"]) == (1, 3)
    assert (document["bpnrr"]["k"], document["bpnrr"]["n"]) == (1, 3)
    passed = document["layers_alone"]["live_passed"]
    assert (passed["k"], passed["n"]) == (1, 2)
    assert document["layers"]["live"]["BONA_FIDE ALL"] == 1


def test_the_table_has_a_row_per_clip_and_a_dash_without_evidence() -> None:
    lines = as_lines(as_document(run()))
    rows = [line for line in lines if line.startswith("| ") and "/a.mp4" in line]
    assert len(rows) == 3
    (photo,) = [line for line in rows if "photo/a" in line]
    assert "| – |" in photo and "no evidence (L3_PLANARITY)" in photo
    assert any("photo/broken.mp4" in line for line in lines)


def test_the_curve_needs_people_and_attacks_with_evidence() -> None:
    points = det_of(run())
    assert points and all(0 <= far <= 1 and 0 <= near <= 1 for far, near in points)
