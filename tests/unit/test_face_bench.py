"""`bench face` gives rows that can be read, and leaves nothing behind."""

import pytest
from face_kit import engine

from drivers.face.fetch_models import MODELS_FOLDER
from station.cli import bench_face


def test_the_rows_name_value_reference_and_target(monkeypatch: pytest.MonkeyPatch) -> None:
    engine()
    monkeypatch.setattr(bench_face, "CALLS", 1)
    monkeypatch.setattr(bench_face, "WARM_UP_CALLS", 0)
    monkeypatch.setattr(bench_face, "LOADS", 1)
    rows = {row["name"]: row for row in bench_face.measure()}
    parts = {f"face {name}" for name in ("detect", "mesh", "extract", "compare", "quality")}
    assert parts | {"face all", "face models load"} == set(rows)
    assert all(row["value"] > 0 for row in rows.values())
    whole = rows["face all"]
    assert whole["target"] == 40.0
    if whole["reference_value"] is not None:
        assert whole["ratio"] == pytest.approx(whole["value"] / whole["reference_value"], abs=0.01)
    assert not list(MODELS_FOLDER.parent.glob("bench-*"))
