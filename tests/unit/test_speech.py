"""Reading aloud: the text goes in by standard input, stops at once, and its absence is said."""

import os
import stat
import subprocess
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from consent.notice_source import read_notice
from station.config import ROOT
from station.model import Language
from station.read_aloud import ReadAloud, Silence, Speaker, spoken_text, state_of
from ui.speech import find_speaker

NOTICES = ROOT / "resources" / "notices"
NOTICE = read_notice(NOTICES, "resident", NOTICES / "demo_site.toml")
# A stand-in for the program: it writes down how it was called, and speaks by sleeping.
_PROGRAM = """#!/bin/sh
for word in "$@"; do
  case "$word" in {refused}) exit 1 ;; esac
done
case "$1" in -q) cat > /dev/null; exit 0 ;; esac
printf '%s\\n' "$@" > {folder}/arguments
env > {folder}/environment
cat > {folder}/text
touch {folder}/read
exec sleep {speaks}
"""


def program(folder: Path, *, speaks: str = "30", refused: str = "none") -> str:
    path = folder / "espeak-ng"
    path.write_text(_PROGRAM.format(folder=folder, speaks=speaks, refused=refused), "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def wait_for(path: Path) -> None:
    for _ in range(200):
        if path.exists():
            return
        time.sleep(0.02)
    raise AssertionError("it never read the text")


@pytest.mark.parametrize(("language", "voice"), [(Language.ZH_CN, "cmn"), (Language.EN, "en")])
def test_the_text_goes_in_by_standard_input_and_nothing_else_goes_in(
    tmp_path: Path, language: Language, voice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATION_SECRET", "of no use to it")
    speaker = find_speaker(program(tmp_path))
    assert speaker.languages == frozenset(Language)
    text = spoken_text(NOTICE, language)
    speaker.say(text, language)
    wait_for(tmp_path / "read")
    assert speaker.speaking
    assert (tmp_path / "text").read_text("utf-8") == text
    assert (tmp_path / "arguments").read_text().split() == ["-v", voice, "-s", "150", "--stdin"]
    names = {line.split("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    assert names <= {"HOME", "PULSE_SERVER", "XDG_RUNTIME_DIR", "PWD", "_", "OLDPWD", "SHLVL"}
    speaker.stop()
    assert not speaker.speaking


def test_another_text_takes_the_place_of_the_first(tmp_path: Path) -> None:
    speaker = find_speaker(program(tmp_path))
    speaker.say("first", Language.EN)
    wait_for(tmp_path / "read")
    (tmp_path / "read").unlink()
    speaker.say("second", Language.EN)
    wait_for(tmp_path / "read")
    assert (tmp_path / "text").read_text() == "second"
    speaker.stop()
    speaker.stop()


def test_of_many_who_ask_at_once_no_voice_is_left_that_nobody_can_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker, begin = find_speaker(program(tmp_path)), subprocess.Popen
    begun: list[subprocess.Popen[bytes]] = []

    def slowly(
        command: list[str], *, stdin: int, stdout: int, stderr: int, env: dict[str, str]
    ) -> "subprocess.Popen[bytes]":
        child = begin(command, stdin=stdin, stdout=stdout, stderr=stderr, env=env)
        begun.append(child)
        time.sleep(0.05)
        return child

    monkeypatch.setattr(subprocess, "Popen", slowly)
    ask = partial(speaker.say, "words", Language.EN)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    speaker.stop()
    left = [child for child in begun if child.poll() is None]
    for child in left:
        child.kill()
    assert (len(begun), left) == (4, [])


def test_a_program_taken_away_since_the_start_is_silence(tmp_path: Path) -> None:
    path = Path(program(tmp_path))
    speaker = find_speaker(str(path))
    path.unlink()
    speaker.say("words", Language.EN)
    assert not speaker.speaking
    speaker.stop()


def test_stopping_before_it_has_read_everything_leaves_no_process(tmp_path: Path) -> None:
    path = Path(program(tmp_path))
    path.write_text(
        '#!/bin/sh\n[ "$1" = -q ] && exit 0\necho $$ > ' + f"{tmp_path}/pid\nsleep 30\n"
    )
    speaker = find_speaker(str(path))
    speaker.say("x" * 40_000, Language.EN)
    wait_for(tmp_path / "pid")
    pid = int((tmp_path / "pid").read_text().strip() or "0")
    speaker.stop()
    assert pid > 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_voice_that_is_not_there_is_not_offered(tmp_path: Path) -> None:
    speaker = find_speaker(program(tmp_path, refused="cmn"))
    assert speaker.languages == frozenset({Language.EN})
    speaker.say("你好", Language.ZH_CN)
    assert not speaker.speaking and not (tmp_path / "read").exists()
    assert isinstance(find_speaker(program(tmp_path, refused="cmn|en")), Silence)


@pytest.mark.parametrize("name", ["no-such-program", "/nonexistent/espeak-ng"])
def test_without_the_program_there_is_silence(name: str) -> None:
    speaker = find_speaker(name)
    assert isinstance(speaker, Silence)
    speaker.say("words", Language.EN)
    speaker.stop()
    assert not speaker.speaking


class English:
    """Speaks English alone."""

    languages = frozenset({Language.EN})
    speaking = False

    def say(self, text: str, language: Language) -> None: ...

    def stop(self) -> None: ...


def test_the_record_says_absent_offered_or_used() -> None:
    english: Speaker = English()
    assert state_of(english, Language.EN, used=True) is ReadAloud.USED
    assert state_of(english, Language.EN, used=False) is ReadAloud.OFFERED
    assert state_of(english, Language.ZH_CN, used=False) is ReadAloud.ABSENT
    assert state_of(Silence(), Language.EN, used=True) is ReadAloud.ABSENT


def test_everything_that_is_shown_is_read_and_the_child_s_words_apart() -> None:
    for language in Language:
        text, spoken = NOTICE.text(language), spoken_text(NOTICE, language)
        for _, body in text.sections:
            assert body in spoken
        assert all(words in spoken for _, words in text.ticks)
        assert text.child_summary not in spoken
        assert spoken_text(NOTICE, language, child=True) == text.child_summary
