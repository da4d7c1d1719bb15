"""`bench pad`: every part is measured and the mixtures follow from them."""

import pytest

from station.cli import bench_face, bench_pad
from tests.unit.face_kit import engine


def test_the_mixtures_hold_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    engine()
    monkeypatch.setattr(bench_face, "CALLS", 1)
    monkeypatch.setattr(bench_face, "WARM_UP_CALLS", 0)
    rows = {row["name"]: row for row in bench_pad.measure()}
    parts = [row["value"] for name, row in rows.items() if "frame" not in name]
    assert len(parts) == 8 and min(parts) > 0
    for name in ("pad frame, actions", "pad frame, lights"):
        row = rows[name]
        assert row["target"] == 33.0
        assert row["reference_value"] < row["value"] < sum(parts)
