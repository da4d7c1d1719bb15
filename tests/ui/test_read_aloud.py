"""The notice is read out where the machine can, stops with the reading, and the record says so."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from consent.notice_source import read_notice
from station.config import ROOT
from station.model import Language
from station.ports import NoticeReply
from station.read_aloud import spoken_text
from tests.ui.conftest import MakeStage
from tests.ui.touch import asked_consent, click, finish
from ui.bridge.display import Display
from ui.bridge.notice import NoticePage

NOTICES = ROOT / "resources" / "notices"
NOTICE = read_notice(NOTICES, "visitor", NOTICES / "demo_site.toml")


class FakeSpeaker:
    """Speaks until it is stopped, or until the test lets it end."""

    def __init__(self, *languages: Language) -> None:
        self.languages = frozenset(languages)
        self.said: list[tuple[str, Language]] = []
        self.speaking = False

    def say(self, text: str, language: Language) -> None:
        self.said.append((text, language))
        self.speaking = True

    def stop(self) -> None:
        self.speaking = False


@pytest.fixture
def parent(qapp: QCoreApplication) -> Iterator[QObject]:
    owner = QObject()
    yield owner
    owner.deleteLater()


def shown(page: NoticePage, name: str) -> bool:
    """A property as the page sees it."""
    return bool(page.property(name))


def page_of(
    parent: QObject, speaker: FakeSpeaker | None
) -> tuple[NoticePage, Display, list[NoticeReply]]:
    display = Display(parent, Language.ZH_CN, demo=True, place="here")
    page = NoticePage(parent, display, speaker)
    replies: list[NoticeReply] = []
    page.answered.connect(replies.append)
    page.open(NOTICE)
    return page, display, replies


def test_the_whole_notice_is_read_out_in_the_language_that_is_shown(parent: QObject) -> None:
    speaker = FakeSpeaker(*Language)
    page, _, replies = page_of(parent, speaker)
    assert shown(page, "canSpeak") and not shown(page, "speaking")
    page.read_aloud()
    assert speaker.said == [(spoken_text(NOTICE, Language.ZH_CN), Language.ZH_CN)]
    assert shown(page, "speaking")
    page.refuse()
    assert not speaker.speaking and replies[0].read_aloud == "used"


def test_pressed_again_it_is_silent_and_it_ends_by_itself(parent: QObject) -> None:
    speaker = FakeSpeaker(*Language)
    page, _, _ = page_of(parent, speaker)
    page.read_aloud()
    page.read_aloud()
    assert not speaker.speaking and len(speaker.said) == 1
    page.read_aloud()
    heard: list[bool] = []
    page.changed.connect(lambda: heard.append(shown(page, "speaking")))
    speaker.speaking = False
    QTest.qWait(700)
    assert heard[-1:] == [False], "the button learns that it has come to the end"


def test_another_language_or_the_next_person_hears_nothing_of_it(parent: QObject) -> None:
    speaker = FakeSpeaker(Language.ZH_CN)
    page, display, replies = page_of(parent, speaker)
    page.read_aloud()
    display.set_language(Language.EN)
    assert not speaker.speaking and not shown(page, "canSpeak")
    page.read_aloud()
    assert len(speaker.said) == 1
    page.take_other_route()
    assert replies[0].read_aloud == "absent", "not in the language that was agreed in"
    page.open(NOTICE)
    display.set_language(Language.ZH_CN)
    page.refuse()
    assert replies[1].read_aloud == "offered"
    page.open(NOTICE)
    page.read_aloud()
    page.close()
    assert not speaker.speaking


def test_without_a_voice_it_is_not_offered_and_the_record_says_so(parent: QObject) -> None:
    page, _, replies = page_of(parent, None)
    assert not shown(page, "canSpeak") and not shown(page, "speaking")
    page.read_aloud()
    page.refuse()
    assert replies[0].read_aloud == "absent"


def test_the_button_is_on_the_page_where_the_machine_can_speak(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    speaker = FakeSpeaker(*Language)
    stage = make_stage(speaker=speaker)
    question = asked_consent(stage)
    click(stage, "readAloudButton")
    assert [language for _, language in speaker.said] == [Language.ZH_CN]
    click(stage, "refuseButton")
    reply = finish(question, qtbot)
    assert isinstance(reply, NoticeReply) and reply.read_aloud == "used"
    assert not speaker.speaking


def test_the_button_is_not_there_where_it_cannot(make_stage: MakeStage) -> None:
    stage = make_stage()
    cancel = threading.Event()
    asked_consent(stage, cancel)
    button = stage.window.findChild(QQuickItem, "readAloudButton")
    assert button is not None and not button.isVisible()
    cancel.set()
