"""What somebody who stands in for a bench trial is told, and how their yes is written down.

A trial is a purpose of its own (PAD_TRIAL): no document, no comparison, no picture kept. The
receipt it gives opens a booth for exactly that.
"""

from consent.canonical import Json, encode
from consent.digest import sm3
from consent.notice import Notice, NoticeText
from station.model import Language, Purpose

_VERSION = "1.0"
_RETENTION_H = 1
"""Nothing of the person is kept at all; the least whole hour a record can name."""
_WORDS: dict[Language, dict[str, str]] = {
    Language.ZH_CN: {
        "title": "活体检测现场测试：请先看这几句",
        "summary": "我们要测试这台机器能不能分清真人和照片、视频、面具。请您站在摄像头前配合。",
        "how_h": "会做什么",
        "how": (
            "摄像头打开几秒钟，机器请您眨眼、张嘴或转头；可能会有柔和的灯光变化。\n"
            "您可能会拿着照片、屏幕或面具站在摄像头前。里面的人也应当同意过用于测试。\n"
            "不读证件，不认您是谁，不和任何照片比对。"
        ),
        "keep_h": "留下什么",
        "keep": (
            "画面只在机器内存里当场分析，每次测完，处理程序整个结束，不留任何图像和人脸特征。\n"
            "留下的只有编号、数字和结论（例如“S01，第3次，通过”），不写姓名。\n"
            "您的同意会记在台账里：时间、本说明的版本、您的选择，没有您的图像。"
        ),
        "free_h": "您可以不参加",
        "free": "不参加、中途停下都可以，不用说明理由。联系：{handler}，{contact}。",
        "declaration": "我看过以上说明，同意本次测试用摄像头分析我的面部，只用于测试这台机器。",
        "agree": "我同意参加测试",
        "other": "我想先问一问",
        "refuse": "我不参加",
    },
    Language.EN: {
        "title": "Liveness bench test: please read this first",
        "summary": (
            "We test whether this machine can tell people from photos, videos and masks. "
            "Please stand in front of the camera for us."
        ),
        "how_h": "What happens",
        "how": (
            "The camera is on for a few seconds. The machine asks you to blink, open your mouth or "
            "turn your head; the screen may change its colour softly.\n"
            "You may be asked to hold a photo, a screen or a mask. Whoever is shown on it should "
            "have agreed to that as well.\n"
            "No document is read, nobody is recognised, nothing is compared with any picture."
        ),
        "keep_h": "What is kept",
        "keep": (
            "Pictures are looked at in memory, at once. After each presentation the program that "
            "held them is closed as a whole; no picture and no face features remain.\n"
            'What remains is a code, numbers and a result ("S01, number 3, passed"), no name.\n'
            "Your consent is written to the ledger: time, version of this text, your choice. "
            "There is no picture of you in it."
        ),
        "free_h": "You need not take part",
        "free": (
            "You may say no, or stop at any time, without giving a reason. "
            "Contact: {handler}, {contact}."
        ),
        "declaration": (
            "I have read this. I agree that the camera looks at my face in this test, "
            "only to test this machine."
        ),
        "agree": "I agree to take part",
        "other": "I would like to ask first",
        "refuse": "I do not take part",
    },
}


def trial_notice(site: Notice) -> Notice:
    """The words for a bench subject, in the name of the handler in the station's own notice."""
    texts = {language: _text(language, site.text(language)) for language in Language}
    content: dict[str, Json] = {
        "notice_id": "pad-trial",
        "version": _VERSION,
        "purposes": [Purpose.PAD_TRIAL.value],
        "languages": {
            language.value: [text.title, text.summary, *(_flat(text)), text.declaration]
            for language, text in texts.items()
        },
    }
    return Notice(
        notice_id="pad-trial",
        version=_VERSION,
        languages=texts,
        digest=sm3(encode(content)).hex(),
        retention_hours=_RETENTION_H,
        purposes=(Purpose.PAD_TRIAL,),
        fields=(),
    )


def _flat(text: NoticeText) -> list[str]:
    parts = [part for section in text.sections for part in section]
    return [*parts, text.agree, text.other_route, text.refuse]


def _text(language: Language, site: NoticeText) -> NoticeText:
    words = _WORDS[language]
    free = words["free"].format(handler=site.handler_name, contact=site.handler_contact)
    return NoticeText(
        title=words["title"],
        summary=words["summary"],
        sections=(
            (words["how_h"], words["how"]),
            (words["keep_h"], words["keep"]),
            (words["free_h"], free),
        ),
        declaration=words["declaration"],
        agree=words["agree"],
        other_route=words["other"],
        refuse=words["refuse"],
        field_names=(),
        handler_name=site.handler_name,
        handler_address=site.handler_address,
        handler_contact=site.handler_contact,
        recipients=site.recipients,
        place_name=site.place_name,
    )
