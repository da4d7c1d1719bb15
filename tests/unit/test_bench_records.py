"""`bench records` measures what it says: on a small station, every figure with its reference."""

import time

import pytest
from click.testing import CliRunner

from station.cli import bench_records
from station.cli.bench import bench
from station.cli.bench_plain import PlainRows
from station.cli.bench_pulse import FramePulse, own_time_s
from station.cli.bench_records import Desk, measured
from station.cli.bench_residents import document
from station.errors import StorageError


@pytest.fixture
def desk(tmp_path, monkeypatch):
    for name, few in (("_READS", 3), ("_ERASURES", 2), ("_OPENINGS", 1)):
        monkeypatch.setattr(bench_records, name, few)
    monkeypatch.setattr(bench_records, "SIZES", (40, 80))
    # The booth's own process is tested elsewhere; here its part is done where no model is.
    monkeypatch.setattr(bench_records, "MODELS", tmp_path / "none")
    opened = Desk(tmp_path)
    yield opened
    opened.close()


def test_every_figure_is_there_for_every_size_and_the_work_was_really_done(desk):
    rows = measured(desk, 80)
    names = [row["name"] for row in rows]
    assert all(name.startswith("SIM ") for name in names)
    for size in (40, 80):
        for figure in ("find by document", "erase one", "expire a tenth", "open all stores"):
            assert f"SIM {size}: {figure}" in names
        assert f"SIM {size}: renew all, templates turned here" in names
    grown = [row for row in rows if row["unit"] == "exponent"]
    assert grown
    assert all("growth 40 to 80" in row["name"] for row in grown)
    timed = [row for row in rows if row["reference_name"] and row["unit"] != "exponent"]
    assert all(row["value"] > 0 and row["ratio"] for row in timed)
    # 80, less two erased by hand and the eight of whom the term ended.
    stores = desk.stores
    assert stores.identity.residents_count() == 80 - 2 - 8
    assert stores.keys.count() == stores.template.count() == stores.identity.count()
    assert stores.keys.secrets_count() == stores.template.count()
    # Renewed at both sizes, the later ones once.
    versions = [template.version for template in stores.template.templates()]
    assert set(versions) == {2, 3}
    effects = [stores.keys.database, *(store.database for store in stores.rows.values())]
    assert all(not database.wal_bytes() for database in effects)
    assert all(not database.read("SELECT 1 FROM applied") for database in effects)


def test_an_invented_resident_is_found_and_withdrawn_like_any_other(desk):
    desk.grow(40)
    found = desk.register.resident_of(document(0))
    assert (found.template_version, found.portraits) == (1, 0)
    with pytest.raises(StorageError):
        desk.register.resident_of(document(40))


def test_the_reference_really_deletes(tmp_path):
    plain = PlainRows(tmp_path / "plain.db")
    plain.grow(50)
    plain.erase()
    plain.erase_many(20, 8)
    plain.replace(10, 4)
    plain.open_again()
    assert plain.count() == 29
    plain.close()


def test_waiting_counts_and_the_pulse_notices_a_block():
    assert own_time_s(lambda: time.sleep(0.02)) > 0.015
    with FramePulse() as pulse:
        time.sleep(0.2)
    assert pulse.gap_ms() > 0


def test_the_number_of_people_is_bounded():
    result = CliRunner().invoke(bench, ["records", "--people", "5"])
    assert result.exit_code == 2
