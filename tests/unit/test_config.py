"""Configuration: typed, complete, and refused otherwise."""

from collections.abc import Callable
from pathlib import Path

import pytest

from station.config import load
from station.errors import ConfigError, ErrorCode
from station.profile import require_allowed


def test_the_shipped_defaults_are_complete_and_allowed() -> None:
    config = load()
    assert config.site.profile == "production"
    assert config.policy.visitor_retention_h <= 24
    require_allowed(config)


def test_a_site_file_overrides_single_keys(tmp_path: Path) -> None:
    site = tmp_path / "config.toml"
    site.write_text('[reader]\nkind = "sam"\nname = "/dev/ttyUSB0"\n', "utf-8")
    config = load(site)
    assert (config.reader.kind, config.reader.name) == ("sam", "/dev/ttyUSB0")
    assert config.policy == load().policy


@pytest.mark.parametrize(
    "text",
    [
        "[policy]\nfmrr = 1e-4\n",
        "[policy]\nfmr = 0.5\n",
        "[policy]\nvisitor_retention_h = 48\n",
        '[policy]\ncard_attempts = "three"\n',
        "[other]\nx = 1\n",
        "policy = 3\n",
        "not toml at all",
        '[site]\nprofile = "lab"\n',
    ],
)
def test_unknown_or_mistyped_keys_refuse_to_start(tmp_path: Path, text: str) -> None:
    site = tmp_path / "config.toml"
    site.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(site)
    assert caught.value.code is ErrorCode.CONFIG_INVALID


def _folder(site: Path) -> None:
    site.mkdir()


def _loop(site: Path) -> None:
    site.symlink_to(site)


def _large(site: Path) -> None:
    site.write_text("#" * (64 * 1024 + 1), "utf-8")


def _deep(site: Path) -> None:
    site.write_text("x = " + "[" * 20_000, "utf-8")


def _not_text(site: Path) -> None:
    site.write_bytes(b"\xff\xfe")


@pytest.mark.parametrize("make", [_folder, _loop, _large, _deep, _not_text])
def test_a_file_that_cannot_be_taken_is_refused_and_no_traceback(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    site = tmp_path / "config.toml"
    make(site)
    with pytest.raises(ConfigError) as caught:
        load(site)
    assert caught.value.code is ErrorCode.CONFIG_INVALID


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    site = tmp_path / "config.toml"
    site.write_text("#" * (64 * 1024), "utf-8")
    assert load(site) == load()


@pytest.mark.parametrize(
    "overrides",
    [
        {"reader": {"kind": "feed"}},
        {"camera": {"kind": "feed"}},
        {"camera": {"kind": "file", "device": "clip.mp4"}},
        {"camera": {"kind": "anything"}},
    ],
)
def test_production_refuses_what_only_the_demo_may_use(
    overrides: dict[str, dict[str, object]],
) -> None:
    with pytest.raises(ConfigError) as caught:
        require_allowed(load(overrides=overrides))
    assert caught.value.code is ErrorCode.PROFILE_FORBIDS


def test_the_demo_profile_may_use_feeds() -> None:
    overrides = {
        "site": {"profile": "demo"},
        "reader": {"kind": "feed"},
        "camera": {"kind": "feed"},
    }
    require_allowed(load(overrides=overrides))
