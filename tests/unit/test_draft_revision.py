"""Two managers at one draft: the second is told, and what the first wrote is still there."""

from station.access import Act
from station.errors import ErrorCode
from tests.desk_permits import granted
from tests.unit.notice_bench import PROFILE, Bench, change, filled, refused


def test_the_second_of_two_who_edit_one_draft_is_told_and_overwrites_nothing() -> None:
    bench = Bench(PROFILE)
    other = granted(bench.ledger, Act.NOTICE_DRAFT, user="zhao")
    mine = bench.draft()
    bench.desk.keep(other, filled(bench.draft(), "authority", "the colleague's"))
    for lay_down in (bench.desk.keep, bench.desk.propose):
        with refused(ErrorCode.DRAFT_CHANGED):
            lay_down(granted(bench.ledger, Act.NOTICE_DRAFT), mine)
    assert bench.draft().blanks.en["authority"] == "the colleague's"
    # Whoever has seen it may put theirs in its place, and over their own go on as they like.
    bench.desk.keep(
        granted(bench.ledger, Act.NOTICE_DRAFT), change(mine, revision=bench.draft().revision)
    )
    bench.propose(mine)
    with refused(ErrorCode.DRAFT_CHANGED):
        bench.desk.keep(other, mine)
    about = bench.propose(bench.draft())
    bench.desk.publish(granted(bench.ledger, Act.NOTICE_PUBLISH, about))
    with refused(ErrorCode.DRAFT_CHANGED):
        bench.desk.keep(other, mine)
