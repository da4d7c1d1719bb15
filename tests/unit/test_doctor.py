"""The doctor tells the truth: each fault is made and must be seen, each text must exist."""

import json
import os
import platform
import re
import string
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from drivers.camera.devices import CameraDevice
from station import checks, fonts
from station.booth import sandbox_probe
from station.checks import Verdict
from station.cli.doctor import doctor, sentence
from station.config import load
from station.errors import ErrorCode, StationError
from station.instance_lock import InstanceLock
from tests.unit.onnx_kit import install_passive

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "station" / "checks.py").read_text("utf-8")
WORDS = tomllib.loads((ROOT / "resources" / "i18n" / "doctor.toml").read_text("utf-8"))
CONFINEMENT = [
    "core_dumps",
    "dumpable",
    "parent_death",
    "no_new_privs",
    "memory_locked",
    "file_writes",
    "network",
]


def reasons() -> set[str]:
    """Every reason the checks can give: literals in the source, and one pair per booth line."""
    literal = set(re.findall(r'"([a-z_]+)"', SOURCE)) & set(WORDS["reason"])
    return literal | {f"booth_{n}" for n in CONFINEMENT} | {f"booth_no_{n}" for n in CONFINEMENT}


def test_every_check_has_words_in_both_languages_with_the_same_blanks() -> None:
    assert set(WORDS["reason"]) == reasons()
    for table in WORDS.values():
        for languages in table.values():
            assert set(languages) == {"zh_CN", "en"}
    for reason, languages in WORDS["reason"].items():
        blanks = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in languages.values()
        ]
        if reason != "booth_network":
            assert blanks[0] == blanks[1], reason


def test_json_is_one_document_and_its_lines_cover_the_booth() -> None:
    result = CliRunner().invoke(doctor, ["--json", "--lang", "en", "--profile", "demo"])
    document = json.loads(result.stdout)
    assert result.exit_code == (0 if document["fit"] else 1)
    assert document["fit"] is all(c["verdict"] != "FAULT" for c in document["checks"])
    booth = {c["reason"] for c in document["checks"] if c["name"] == "booth"}
    assert len(booth) == len(CONFINEMENT)
    assert {c["name"] for c in document["checks"]} == set(WORDS["name"])


def test_production_without_camera_and_reader_is_not_fit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", "/nowhere/pcscd.comm")
    overrides = {"camera": {"device": "/nowhere/video0"}}
    config = load(overrides=overrides)
    found = {c.name: c for c in checks.run_checks(config, tmp_path / "data", tmp_path / "models")}
    assert found["camera"].code is ErrorCode.CAMERA_NOT_FOUND
    assert found["reader"].code is ErrorCode.READER_NOT_FOUND
    assert {found["camera"].verdict, found["reader"].verdict} == {Verdict.FAULT}


def camera(node: str, *, software: bool = False) -> CameraDevice:
    return CameraDevice(Path(node), "Cam", "uvcvideo", "1d6b:0102:7", "1-1", software)


@pytest.mark.parametrize(
    ("device", "identity", "reason"),
    [
        (camera("/dev/null"), "1d6b:0102:7", "camera"),
        (camera("/dev/null"), "", "camera_unpinned"),
        (camera("/dev/null", software=True), "", "camera_not_allowed"),
        (camera("/nowhere/video0"), "1d6b:0102:7", "camera_refused"),
        (camera("/dev/null"), "ffff:ffff:0", "camera_none"),
    ],
)
def test_camera_line_says_what_the_booth_would_find(
    monkeypatch: pytest.MonkeyPatch, device: CameraDevice, identity: str, reason: str
) -> None:
    monkeypatch.setattr("drivers.camera.devices.list_cameras", lambda: (device,))
    config = load(overrides={"camera": {"identity": identity}})
    check = checks._camera(config, real=True)
    assert check.reason == reason
    fault = reason not in ("camera", "camera_unpinned")
    assert (check.verdict is Verdict.FAULT) is fault


def test_an_own_passive_network_is_checked_by_its_digests(tmp_path: Path) -> None:
    assert list(checks.check_passive("")) == []
    (missing,) = checks.check_passive(str(tmp_path / "net.onnx"))
    assert (missing.verdict, missing.code) == (Verdict.FAULT, ErrorCode.MODEL_MISSING)
    path = install_passive(tmp_path)
    (right,) = checks.check_passive(str(path))
    assert (right.verdict, right.reason) == (Verdict.OK, "passive")
    path.write_bytes(b"another net")
    (changed,) = checks.check_passive(str(path))
    assert changed.code is ErrorCode.MODEL_DAMAGED


@pytest.mark.parametrize(
    ("names", "wanted", "reason"),
    [(["A", "B"], "", "reader"), (["A"], "B", "reader_none"), ([], "", "reader_none")],
)
def test_reader_line_names_the_reader(
    monkeypatch: pytest.MonkeyPatch, names: list[str], wanted: str, reason: str
) -> None:
    monkeypatch.setattr("drivers.card.pcsc.reader_names", lambda: names)
    config = load(overrides={"reader": {"name": wanted}})
    assert checks._pcsc_reader(config, Verdict.FAULT).reason == reason


def test_text_lines_are_chinese_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    only = [checks.Check("swap", Verdict.OK, "swap_off")]
    monkeypatch.setattr(checks, "run_checks", lambda config, data, models: iter(only))
    result = CliRunner().invoke(doctor, ["--lang", "zh_CN"])
    assert (result.exit_code, result.stdout.split()[:3]) == (0, ["正常", "交换空间", "没有启用"])


def test_clock_set_back_is_a_fault_and_a_later_clock_is_not() -> None:
    last = datetime(2026, 6, 1, tzinfo=UTC)
    back = checks.check_clock(last, last - timedelta(seconds=1))
    assert (back.verdict, back.code) == (Verdict.FAULT, ErrorCode.CLOCK_SET_BACK)
    assert checks.check_clock(last, last + timedelta(seconds=1)).verdict is Verdict.OK
    assert checks.check_clock(None, datetime(1970, 1, 1, tzinfo=UTC)).verdict is Verdict.FAULT


def test_clock_is_compared_with_the_last_write_to_the_stores(tmp_path: Path) -> None:
    assert clock_line(tmp_path).reason == "clock_release_only"
    ledger = tmp_path / "stores" / "ledger" / "ledger.db"
    ledger.parent.mkdir(parents=True)
    ledger.touch()
    assert clock_line(tmp_path).reason == "clock"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    os.utime(ledger, (tomorrow.timestamp(), tomorrow.timestamp()))
    assert clock_line(tmp_path).code is ErrorCode.CLOCK_SET_BACK


def clock_line(data: Path) -> checks.Check:
    found = checks.run_checks(load(), data, data / "models")
    return next(line for line in found if line.name == "clock")


def test_disk_is_full_when_less_is_free_than_the_policy_asks(tmp_path: Path) -> None:
    assert checks.check_disk(tmp_path, 1).verdict is Verdict.OK
    full = checks.check_disk(tmp_path / "not-yet", 1 << 40)
    assert (full.verdict, full.code) == (Verdict.FAULT, ErrorCode.DISK_FULL)


def test_missing_and_damaged_models_are_named(tmp_path: Path) -> None:
    (tmp_path / "detector.onnx").write_bytes(b"damaged")
    codes = {c.values["role"]: c.code for c in checks.check_models(tmp_path)}
    assert codes["detector"] is ErrorCode.MODEL_DAMAGED
    assert codes["extractor"] is ErrorCode.MODEL_MISSING


@pytest.mark.parametrize(
    ("manifest", "reason", "code"),
    [
        ("[model.extractor]\nfile = '{own}'\nsha256 = '{digest}'\n", "models_bad", "MDL-02"),
        ("nonsense", "models_manifest", "MDL-02"),
        (None, "models_manifest", "MDL-01"),
    ],
)
def test_a_sites_own_models_are_checked_as_the_booth_will_load_them(
    manifest: str | None, reason: str, code: str, tmp_path: Path
) -> None:
    own, model = tmp_path / "own.toml", tmp_path / "own.onnx"
    model.write_bytes(b"damaged")
    if manifest is not None:
        own.write_text(manifest.format(own=model, digest="0" * 64), "utf-8")
    found = list(checks.check_models(tmp_path / "shipped", str(own)))
    assert (reason, code) in {(check.reason, check.code) for check in found}


def test_a_machine_without_a_release_file_is_only_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> dict[str, str]:
        raise OSError("no os-release")

    monkeypatch.setattr(platform, "freedesktop_os_release", absent)
    assert checks._system().verdict is Verdict.NOTE


@pytest.mark.parametrize(
    ("mode", "verdict"), [(0o700, Verdict.OK), (0o750, Verdict.FAULT), (0o701, Verdict.FAULT)]
)
def test_data_folder_open_to_others_is_a_fault(tmp_path: Path, mode: int, verdict: Verdict) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(mode)
    assert checks._data_folder(tmp_path / "data").verdict is verdict


def test_data_folder_below_an_open_one_is_a_fault(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert checks._data_folder(tmp_path / "data").values == {"mode": "0755"}


def test_readable_key_file_is_a_fault(tmp_path: Path) -> None:
    assert checks._keys(tmp_path).reason == "keys_none"
    (tmp_path / "keyring.json").touch(mode=0o600)
    assert checks._keys(tmp_path).verdict is Verdict.OK
    (tmp_path / "keyring.json").chmod(0o640)
    assert checks._keys(tmp_path).verdict is Verdict.FAULT


def test_swap_is_safe_only_in_memory_or_encrypted(tmp_path: Path) -> None:
    (tmp_path / "dm-0" / "dm").mkdir(parents=True)
    (tmp_path / "dm-0" / "dm" / "uuid").write_text("CRYPT-PLAIN-swap\n")
    (tmp_path / "dm-1" / "dm").mkdir(parents=True)
    (tmp_path / "dm-1" / "dm" / "uuid").write_text("LVM-abc\n")
    (tmp_path / "zram0").mkdir()
    (tmp_path / "zram0" / "backing_dev").write_text("none\n")
    (tmp_path / "zram1").mkdir()
    (tmp_path / "zram1" / "backing_dev").write_text("/dev/sdb1\n")
    safe = [
        checks.swap_is_safe(f"/dev/{name}", tmp_path)
        for name in ("dm-0", "dm-1", "zram0", "zram1", "sda2")
    ]
    assert safe == [True, False, True, False, False]


def test_missing_chinese_font_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "chinese_families", frozenset)
    assert checks.check_fonts().code is ErrorCode.FONT_MISSING
    monkeypatch.setattr(checks, "chinese_families", lambda: frozenset({"WenQuanYi"}))
    assert checks.check_fonts().reason == "font_other"


def test_fontconfig_finds_the_family_the_screens_name() -> None:
    assert fonts.WANTED_FAMILY in fonts.chinese_families()


def test_inactive_line_is_never_shown_as_active(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = [(name, name != "memory_locked", "x") for name in CONFINEMENT]
    stopped = {"network": True, "file_writes": False}
    monkeypatch.setattr(checks, "_probe", lambda data: (lines, stopped))
    found = {c.reason: c.verdict for c in checks.check_confinement(tmp_path)}
    assert found["booth_no_memory_locked"] is Verdict.NOTE
    # Said to be active, but the attempt went through: the attempt counts.
    assert found["booth_no_file_writes"] is Verdict.FAULT
    assert found["booth_network"] is Verdict.OK


def test_failed_trial_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert [c.reason for c in checks.check_confinement(tmp_path)] == ["booth_probe_failed"]


def test_trial_attempts_succeed_where_nothing_stops_them(tmp_path: Path) -> None:
    """The control: without confinement both attempts go through, so the probe can fail."""
    assert not sandbox_probe._network_stopped()
    assert not sandbox_probe._file_stopped(tmp_path / "probe")
    assert list(tmp_path.iterdir()) == []


def test_second_instance_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    with InstanceLock(tmp_path):
        with pytest.raises(StationError) as refused:
            InstanceLock(tmp_path)
        assert refused.value.code is ErrorCode.ALREADY_RUNNING
        assert checks._instance(tmp_path).code is ErrorCode.ALREADY_RUNNING
    InstanceLock(tmp_path).release()
    assert checks._instance(tmp_path).verdict is Verdict.OK


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from station.instance_lock import InstanceLock\n"
        "lock = InstanceLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(StationError):
            InstanceLock(tmp_path)
        process.kill()
    InstanceLock(tmp_path).release()


def test_sentences_fill_their_blanks() -> None:
    check = checks.Check("disk", Verdict.OK, "disk", {"free_mb": 5, "needed_mb": 3})
    assert sentence(check, "en") == "5 MB free (at least 3 MB)"
    assert sentence(check, "zh_CN") == "剩余 5 MB（至少 3 MB）"
