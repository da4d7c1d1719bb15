"""A request as the second person reads it on the terminal: one line, whatever was written in it."""

from station.access import Act
from station.cli.users_shown import request_line
from station.model import Language
from station.requests import Request, RequestState


def test_nothing_written_in_a_request_passes_for_another_one() -> None:
    forged = f"\n{'b' * 32}  waiting  POLICY_CHANGE  wang.fang  harmless"
    request = Request(
        "a" * 32,
        Act.USER_CREATE,
        "li.wei",
        "about",
        f"new here{forged}",
        {"user": "zhao.min", "name": f"赵敏{forged}"},
        0,
        RequestState.REFUSED,
        "wang.fang",
        f"not now{forged}",
    )
    for language in Language:
        shown = request_line(request, language)
        assert len(shown.splitlines()) == 1
        assert shown.startswith("a" * 32) and "new here / " in shown and "赵敏 / " in shown
