"""Every cell of role × act through the command line: each command as each role.

The real commands on one station's real stores, with both factors each time. Who may not is told so,
nothing is done, and the ledger has one refusal; who may gets past the gate, whatever comes then.
"""

import json
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from stores_kit import Desk

import station.build
from consent.entry import Entry, parse_entry
from consent.kinds import Kind
from consent.signing import HeadSigner
from station.access import Act, Role, load_matrix
from station.cli import acts
from station.cli.incident import empty_form
from station.cli.main import station as root
from station.cli.settled import SettledStation
from station.cli.toml_form import as_toml
from station.config import ROOT
from station.demo_profile import demo_profile
from station.deployment import to_json
from station.errors import ConsentError, ErrorCode
from station.model import Secret
from station.pad_policy import SHIPPED
from station.staffroom import Staffroom
from tests.duty import Duty, signing_in

MATRIX = load_matrix()
DENIED = f"({ErrorCode.ACCESS_DENIED})"
NOT_ASKED = "0" * 32
"""A request that is not there: the role is looked at before it."""
DOCUMENT = "310101199001011234"
PATCHED = ("visit", "person", "person_minor", "person_renewal", "renew_templates")


@dataclass(frozen=True)
class Case:
    """One way to call a command: its options, and the acts it asks for, one after the other."""

    name: str
    options: str = ""
    acts: tuple[Act, ...] = ()
    typed: str = ""

    def asks(self) -> tuple[Act, ...]:
        return self.acts or acts.ACTS[self.name][:1]


WHY = "--reason test"
WITH = f"--request {NOT_ASKED} {WHY}"
CASES = [
    Case("visit"),
    Case("person enrol"),
    Case("person verify"),
    Case("person register-minor"),
    Case("person withdraw", "--number 1234567890 --yes"),
    Case("person withdraw", acts=(Act.RUN_VISIT,)),
    Case("person list"),
    Case("person show", "--number 1234567890"),
    Case("person show", "--number 1234567890 --full --reason T-1", (Act.VIEW_FULL,)),
    Case("person leave", "--number 1234567890 --yes"),
    Case("person leave", "--csv {csv} --yes", (Act.ERASE_BATCH,)),
    Case("person renew", "--number 1234567890"),
    Case("person recalls"),
    Case("person restrict", "--number 1234567890"),
    Case("person receipt", f"--op {NOT_ASKED}"),
    Case("users list"),
    Case("users add", "new.one --name 新人 --role OPERATOR"),
    Case("users roles", "guest.one --role MANAGER", acts.ACTS["users roles"]),
    Case("users expire", "guest.one", acts.ACTS["users expire"]),
    Case("users lock", "guest.one"),
    Case("users unlock", "guest.one"),
    Case("users factor", f"guest.one {WHY}"),
    Case("rights look-up", "--document", typed=DOCUMENT),
    Case("rights open", "--kind COPY --wish x --document", typed=DOCUMENT),
    Case("rights list"),
    Case("rights show", "{ticket}"),
    Case("rights show", f"{{ticket}} {WITH}", (Act.VIEW_FULL, Act.MINOR_READ)),
    Case("rights copy", "{ticket} --json-file {out}"),
    Case("rights copy", f"{{ticket}} --json-file {{out}} {WITH}", (Act.VIEW_FULL, Act.MINOR_READ)),
    Case("rights correct", "{ticket} --field name", typed="新名"),
    Case("rights restrict", "{ticket}"),
    Case("rights explain", "{ticket}"),
    Case("rights extend", "{ticket} --days 20 --why x"),
    Case("rights ask-minor", f"{{ticket}} {WHY}"),
    Case("rights refuse", "{ticket} --why x"),
    Case("rights close", "{ticket} --answer x"),
    Case("rights minors", "2026"),
    Case("rights erase", "{ticket} --yes", (Act.ERASE, Act.TICKET_READ)),
    Case("incident open", "{incident_form}"),
    Case("incident change", "{incident} {incident_form}"),
    Case("incident list"),
    Case("incident show", "{incident}"),
    Case("incident note", "{incident} --text seen"),
    Case("incident notice", "{incident} --to PERSONS --out {out}"),
    Case("incident told", "{incident} --to AUTHORITY"),
    Case("incident contained", "{incident}"),
    Case("incident close", "{incident}"),
    Case("filing status"),
    Case("filing export", "--out {out}"),
    Case("filing record"),
    Case("sign", "--place DESK --paper a4 --out {out}"),
    Case("profile show"),
    Case("profile propose", f"{{profile}} {WHY}", (Act.PROFILE_DRAFT, Act.PROFILE_CHANGE)),
    Case("profile apply", WITH),
    Case(
        "profile apply",
        f"{WITH} --downgrade-request {NOT_ASKED}",
        (Act.PROFILE_DOWNGRADE,),
    ),
    Case("notices list"),
    Case("notices draft", "visitor"),
    Case("notices check", "{notice}"),
    Case("notices preview", "{notice}"),
    Case("notices save", "{notice}"),
    Case("notices propose", f"{{notice}} {WHY}", (Act.NOTICE_DRAFT, Act.NOTICE_PUBLISH)),
    Case("notices publish", f"visitor {WITH}"),
    Case("keys change-passphrase"),
    Case("keys change-passphrase", f"--request {NOT_ASKED}"),
    Case("keys officers", "--to {out}"),
    Case("keys officers", f"--to {{out}} --request {NOT_ASKED}"),
    Case("keys tpm seal"),
    Case("keys tpm remove", f"--request {NOT_ASKED}"),
    Case("keys renew-templates", "--all"),
    Case("keys renew-templates", f"--all --request {NOT_ASKED}"),
    Case("keys rotate", "--records"),
    Case("keys rotate", f"--records --request {NOT_ASKED}"),
    Case("audit search"),
    Case("audit watch"),
    Case("audit export", f"--out {{out}} {WHY}"),
    Case("audit export", f"--out {{out}} {WITH}"),
    # The harder half is asked for first.
    Case("audit export", f"--out {{out}} {WHY} --unmask", acts.ACTS["audit export"][::-1]),
    Case("audit receipt", "7F3A-49C2-K4TM --pdf {out}"),
    Case("audit statistics"),
    Case("backup create", "--to {out}"),
    Case("backup verify", "{profile}"),
    Case("retention show"),
    Case("retention run"),
    Case("policy show"),
    Case("policy propose", f"{{pad}} {WHY}"),
    Case("policy apply", f"{NOT_ASKED} {WHY}"),
    Case("devices camera", "--pin --yes"),
    Case("devices reader", "--pin nowhere --yes"),
]
ELSEWHERE = {"backup restore": "tests/unit/test_backup_command.py, with the officers' codes"}


def test_every_command_stands_in_the_table() -> None:
    known = {*acts.ACTS, *acts.AGREES, *acts.OWN}
    names = {one.name for one in acts.commands(root)}
    assert {name for name in names if name not in known and not acts.is_free(name)} == set()
    assert known <= names, "a command that is gone"
    assert {name for name in known if acts.is_free(name)} == set()


def test_every_command_with_an_act_is_tried_for_each_of_its_acts() -> None:
    tried: dict[str, set[Act]] = {}
    for case in CASES:
        tried.setdefault(case.name, set()).update(case.asks())
    wanted = {name: set(found) for name, found in acts.ACTS.items() if name not in ELSEWHERE}
    # To leave the key infrastructure is asked for with a profile that was in it.
    wanted["profile propose"].discard(Act.PROFILE_DOWNGRADE)
    assert tried == wanted


def test_the_table_in_the_document_is_the_one_in_force() -> None:
    text = (ROOT / "docs" / "accounts.md").read_text("utf-8")
    _, begun, rest = text.partition("<!-- commands: made by station.cli.acts.table -->\n")
    shown, ended, _ = rest.partition("<!-- end of commands -->\n")
    assert begun and ended
    assert shown == acts.table(root, MATRIX), "write what acts.table makes between the marks"


class Town:
    """One station with somebody of each role, and what the commands are called about."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.desk = folder, Desk(folder / "stores")
        home = folder / "home" / "data"
        home.mkdir(parents=True, mode=0o700)
        shutil.copy(folder / "stores" / "keyring", home / "keyring.json")
        shutil.copy(station.build.NOTICES / "demo_site.toml", home / "site.toml")
        patch.setenv("STATION_HOME", str(folder / "home"))
        self.duty = Duty.at(self.desk)
        self.duty.kit.hire(Role.OPERATOR, user="guest.one")
        for role in Role:
            self.duty.member(role)
        signer = HeadSigner.from_private(self.desk.keyring.ledger_signing_key().reveal())
        stores, ring, ledger = self.desk.stores, self.desk.keyring, self.desk.ledger
        self.settled = SettledStation(stores, ring, ledger, signer, self.duty.room)
        self._patch(patch)
        self._outs = 0
        self.things = self._made()

    def _patch(self, patch: pytest.MonkeyPatch) -> None:
        @contextmanager
        def settled(*_: object, **__: object) -> Iterator[SettledStation]:
            yield self.settled

        @contextmanager
        def opened(_secret: Secret) -> Iterator["Served"]:
            yield Served(self.duty.room)

        patch.setattr("station.cli.settled.settled_station", settled)
        patch.setattr("station.cli.retention.settled_station", settled)
        patch.setattr("station.cli.devices.list_cameras", lambda: ())
        patch.setattr("station.cli.audit_search._wait", lambda: False)
        for module in PATCHED:
            patch.setattr(f"station.cli.{module}.opened", opened)
        for name in ("passphrase", "unlocking"):
            for module in PATCHED:
                patch.setattr(f"station.cli.{module}.{name}", lambda _: Secret(b"x"), raising=False)

    def _made(self) -> dict[str, str]:
        """Files and sheets the commands are about."""
        wanted = demo_profile(station.build.NOTICES / "demo_site.toml")
        files = {
            "csv": "resident_number\n1234567890\n",
            "incident_form": empty_form(leak=True),
            "profile": as_toml(to_json(wanted), {}),
            "pad": SHIPPED.read_text("utf-8"),
        }
        made = {name: str(self.folder / name) for name in files}
        for name, text in files.items():
            Path(made[name]).write_text(text, "utf-8")
        made["notice"] = str(self.folder / "notice.toml")
        self.did(Role.MANAGER, "notices", "draft", "visitor", "--out", made["notice"])
        document = tomllib.loads(Path(made["notice"]).read_text("utf-8"))
        document["effective_on"] = datetime.now().astimezone().date().isoformat()
        Path(made["notice"]).write_text(as_toml(document, {}), "utf-8")
        self.did(Role.MANAGER, "notices", "propose", made["notice"], "--reason", "x")
        self.did(Role.MANAGER, "profile", "propose", made["profile"], "--reason", "x")
        asked = ("rights", "open", "--kind", "COPY", "--wish", "x", "--document", "--json")
        self.desk.enrol(DOCUMENT)
        ticket = json.loads(self.did(Role.OPERATOR, *asked, typed=f"{DOCUMENT}\n").stdout)
        made["ticket"] = ticket["id"]
        opened = self.did(Role.SECURITY_ADMIN, "incident", "open", made["incident_form"], "--json")
        made["incident"] = json.loads(opened.stdout)["id"]
        return made

    def did(self, role: Role, *arguments: str, typed: str = "") -> Result:
        done = self.run(role, *arguments, typed=typed)
        assert done.exit_code == 0, (done.output, done.exception)
        return done

    def run(self, role: Role, *arguments: str, typed: str = "") -> Result:
        staff = signing_in(self.duty.kit, self.duty.member(role))
        return CliRunner().invoke(root, [*arguments, *staff], input=typed)

    def call(self, case: Case, role: Role) -> Result:
        self._outs += 1
        things = {**self.things, "out": str(self.folder / f"out-{self._outs}")}
        options = [word.format(**things) for word in case.options.split()]
        return self.run(role, *case.name.split(), *options, typed=case.typed + "\n")

    def entries(self, since: int) -> list[Entry]:
        """What the ledger has been told from a position on."""
        rows = self.desk.stores.ledger
        return [parse_entry(stored.body) for stored in rows.entries(since)]


class Served:
    """A station in service: staff can sign in, and nobody is there to be served."""

    def __init__(self, room: Staffroom) -> None:
        self.staff = room
        self.config = SimpleNamespace(policy=SimpleNamespace(fmr=1e-4))

    def __getattr__(self, name: str) -> object:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with pytest.MonkeyPatch.context() as patch:
        made = Town(tmp_path_factory.mktemp("town"), patch)
        yield made
        made.desk.stores.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} {case.options}".strip())
def test_a_command_is_refused_exactly_where_the_table_does(town: Town, case: Case) -> None:
    for role in Role:
        since = town.desk.ledger.size
        done = town.call(case, role)
        entries = town.entries(since)
        refused = [entry.payload for entry in entries if entry.kind is Kind.ACCESS_REFUSED]
        first_denied = next((act for act in case.asks() if not MATRIX.may([role], act)), None)
        where = (role, done.output, done.exception)
        if first_denied is None:
            assert DENIED not in done.output, where
            assert all(one["code"] != ErrorCode.ACCESS_DENIED for one in refused), where
            at_the_gate = {
                entry.payload.get("act")
                for entry in entries
                if entry.kind in (Kind.ACCESS_GRANTED, Kind.REQUEST_ASKED, Kind.ACCESS_REFUSED)
            }
            assert case.asks()[0] in at_the_gate, where
        else:
            assert done.exit_code == 1 and DENIED in done.output, where
            (one,) = refused
            assert (one["act"], one["code"]) == (first_denied, ErrorCode.ACCESS_DENIED), where
            if first_denied is case.asks()[0]:
                kinds = [entry.kind for entry in entries]
                assert kinds == [Kind.SIGN_IN, Kind.ACCESS_REFUSED, Kind.SIGN_OUT], where


@pytest.mark.parametrize("act", [Act.POLICY_CHANGE, Act.MINOR_READ, Act.KEY_ROTATE])
def test_a_request_is_agreed_to_exactly_where_the_table_does(town: Town, act: Act) -> None:
    """`users agree` by every role; for the thresholds `policy approve` as well.

    Every other act of two is tried in the core: the command knows none of them.
    """
    kit, second = town.duty.kit, MATRIX.rules[act].second
    asks = kit.sign_in(town.duty.member(min(MATRIX.rules[act].roles)))
    request = town.duty.room.requests.ask(asks, act, {"cell": str(act)}, "for a test")
    commands: list[tuple[str, ...]] = [("users", "agree", request.id)]
    if act is Act.POLICY_CHANGE:
        commands.append(("policy", "approve", request.id, "--yes"))
    for command in commands:
        for role in Role:
            if role in second:
                continue
            since = town.desk.ledger.size
            done = town.run(role, *command)
            assert done.exit_code == 1 and DENIED in done.output, (role, done.output)
            refused = [one for one in town.entries(since) if one.kind is Kind.ACCESS_REFUSED]
            assert [one.payload["act"] for one in refused] == [act]
    other = kit.hire(min(second))
    agreed = CliRunner().invoke(root, ["users", "agree", request.id, *signing_in(kit, other)])
    assert agreed.exit_code == 0, (agreed.output, agreed.exception)


def test_without_accounts_every_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of each way to the gate; nobody is even asked for factors."""
    desk = Desk(tmp_path / "stores")
    from station.staffroom import open_staffroom

    room = open_staffroom(desk.stores.office, desk.ledger, lambda: datetime.now(UTC))
    signer = HeadSigner.from_private(desk.keyring.ledger_signing_key().reveal())
    settled = SettledStation(desk.stores, desk.keyring, desk.ledger, signer, room)

    @contextmanager
    def opened(*_: object, **__: object) -> Iterator[SettledStation]:
        yield settled

    monkeypatch.setenv("STATION_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("station.cli.settled.settled_station", opened)
    for name in ("person list", "users list", "rights list", "audit search", "policy show"):
        done = CliRunner().invoke(root, name.split())
        assert done.exit_code == 1 and f"({ErrorCode.ACCOUNTS_MISSING})" in done.output, name
    desk.stores.close()
