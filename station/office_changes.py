"""Profile and notice as a second person has to see them: only what differs, before and after."""

from collections.abc import Iterator, Mapping

from consent.canonical import Json
from consent.notice import Notice
from station.deployment import Basis, Profile, legal_bases, to_json
from station.model import Language
from station.office_view import Change
from station.place_view import Texts

_MOST_TEXT = 3000


def profile_changes(before: Profile | None, after: Profile) -> tuple[Change, ...]:
    """Every field that differs; all that are filled where there was no profile."""
    old = {} if before is None else dict(_fields(before))
    found = [
        Change(field, old.get(field, ""), value)
        for field, value in _fields(after)
        if old.get(field, "") != value
    ]
    return tuple(found)


def _fields(profile: Profile) -> Iterator[tuple[str, str]]:
    document = dict(to_json(profile))
    document["bases"] = "; ".join(_basis(one) for one in profile.bases if one.id)
    document["mode"] = "KEY_INFRASTRUCTURE" if profile.key_infrastructure else "ORDINARY"
    for constant in ("form", "networking"):
        document.pop(constant)
    return _flat(document, "profile.")


def _flat(document: Mapping[str, Json], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, bool):
            yield prefix + key, "yes" if value else "no"
        elif isinstance(value, list | tuple):
            yield prefix + key, ",".join(str(item) for item in value)
        else:
            yield prefix + key, str(value)


def _basis(basis: Basis) -> str:
    listed = legal_bases()[basis.id]
    if listed.detail == "part":
        return f"{listed.number}.{basis.detail.removeprefix('.')}"
    if listed.detail == "document":
        return f"{basis.issuer.zh_CN} / {basis.issuer.en} {basis.detail}"
    return listed.number


def texts_of(notice: Notice | None) -> Texts:
    """A notice in force as it reads, in the same order as a preview; empty for none."""
    if notice is None:
        return dict.fromkeys(Language, ())
    found = {}
    for language in Language:
        text = notice.text(language)
        found[language] = (
            (text.title, text.summary),
            *text.sections,
            *((("", text.child_summary),) if text.child_summary.strip() else ()),
            ("", text.declaration),
            *((purpose.value, words) for purpose, words in text.ticks),
            ("", " / ".join((text.agree, text.other_route, text.refuse))),
        )
    return found


def notice_changes(
    before: Notice | None, document: Mapping[str, Json], after: Texts
) -> tuple[Change, ...]:
    """Name, version and day, then every part whose words differ, in both languages."""
    said = {key: str(value) for key, value in document.items()}
    changes = [
        Change("notice", "", said.get("notice", "")),
        Change("version", before.version if before else "", said.get("version", "")),
        Change("effective_on", "", said.get("effective_on", "")),
    ]
    old = texts_of(before)
    for language in Language:
        changes += _parts(language, old[language], after[language])
    return (*changes, Change("digest", "", said.get("digest", "")))


def _parts(
    language: Language, old: tuple[tuple[str, str], ...], new: tuple[tuple[str, str], ...]
) -> Iterator[Change]:
    same_shape = len(old) == len(new)
    known = {(heading, body.strip()) for heading, body in old}
    for at, (heading, body) in enumerate(new):
        if (heading, body.strip()) in known:
            continue
        was = old[at][1] if same_shape else dict(old).get(heading, "") if heading else ""
        name = f"{heading or '·'}（{'中文' if language is Language.ZH_CN else 'English'}）"
        yield Change(name, was.strip()[:_MOST_TEXT], body.strip()[:_MOST_TEXT])
    gone = {heading for heading, _ in old if heading} - {heading for heading, _ in new}
    if not same_shape:
        for heading in sorted(gone):
            yield Change(heading, dict(old)[heading].strip()[:_MOST_TEXT], "")
