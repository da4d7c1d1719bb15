"""The set-up script with stand-ins for dpkg, apt, sudo and pip: nothing is installed by a test."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = (
    *("bash", "env", "dirname", "readlink", "awk", "mkdir", "chmod", "sha256sum", "cut", "cat"),
    *("tail", "sed", "sleep", "flock", "touch", "rm", "find", "sort", "grep"),
)
ALL_INSTALLED = """
for name in $STATION_HAS; do printf 'ii \\t%s\\t\\n' "$name"; done
"""
FAKE_PYTHON = """
echo "$*" >>"$CALLS"
case "$*" in
  *"pip install"*) if [ -f "$PIP_FAILS" ]; then cat "$PIP_FAILS"; exit 7; fi ;;
  *sysconfig*) echo "$SITE" ;;
  "-m station"*) echo "started: $*; in $PWD" ;;
esac
"""


@dataclass
class Machine:
    """A folder with the script, a fake .venv and a PATH of its own."""

    folder: Path
    bin: Path
    calls: Path
    pip_fails: Path

    def fake(self, name: str, body: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{self.bin / 'bash'}\n{body}\n", "utf-8")
        path.chmod(0o755)

    def run(
        self, *arguments: str, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.folder / "station.sh"), *arguments],
            cwd=cwd or self.folder,
            env={
                "PATH": str(self.bin),
                "CALLS": str(self.calls),
                "PIP_FAILS": str(self.pip_fails),
                "SITE": str(self.folder / ".venv"),
                "STATION_HAS": packages(),
                "LANG": "C.UTF-8",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def called(self, part: str) -> int:
        if not self.calls.exists():
            return 0
        return sum(part in line for line in self.calls.read_text("utf-8").splitlines())


def packages() -> str:
    """The names the script asks for."""
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"source {ROOT}/station.sh; echo ${{run_packages[*]}} ${{test_packages[*]}}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    folder, tools = tmp_path / "station", tmp_path / "bin"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / "resources" / "models").mkdir(parents=True)
    tools.mkdir()
    shutil.copy(ROOT / "station.sh", folder)
    for name in ("requirements.lock", "requirements-dev.lock", "models.lock"):
        (folder / name).write_text("x==1\n")
    (folder / "resources" / "models" / "manifest.toml").write_text("a = 1\n")
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None, tool
        (tools / tool).symlink_to(found)
    made = Machine(folder, tools, tmp_path / "calls", tmp_path / "pip-fails")
    made.fake("dpkg-query", ALL_INSTALLED)
    made.fake("id", "echo 1000")
    made.fake("python", FAKE_PYTHON)
    (folder / ".venv" / "bin" / "python").symlink_to(tools / "python")
    return made


def test_second_run_installs_nothing_and_says_nothing(machine: Machine) -> None:
    first = machine.run("setup")
    assert first.returncode == 0, first.stderr
    assert (machine.called("pip install"), machine.called("fetch_models")) == (1, 1)
    assert "--require-hashes" in machine.calls.read_text("utf-8")
    second = machine.run("setup")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert (machine.called("pip install"), machine.called("fetch_models")) == (1, 1)


def test_standard_output_stays_free_for_json(machine: Machine) -> None:
    assert machine.run("setup").stdout == ""


def test_changed_lock_is_installed_again(machine: Machine) -> None:
    machine.run("setup")
    (machine.folder / "requirements.lock").write_text("x==2\n")
    machine.run("setup")
    assert (machine.called("pip install"), machine.called("fetch_models")) == (2, 1)


def test_changed_model_manifest_is_fetched_again(machine: Machine) -> None:
    machine.run("setup")
    (machine.folder / "resources" / "models" / "manifest.toml").write_text("a = 2\n")
    machine.run("setup")
    assert (machine.called("pip install"), machine.called("fetch_models")) == (1, 2)


def test_failed_step_leaves_no_stamp_and_the_next_run_resumes(machine: Machine) -> None:
    machine.pip_fails.write_text("no route to the mirror\n")
    failed = machine.run("setup")
    assert failed.returncode == 1
    assert "no route to the mirror" in failed.stderr
    assert "resumes at this step" in failed.stderr
    assert machine.called("fetch_models") == 0
    machine.pip_fails.unlink()
    assert machine.run("setup").returncode == 0
    assert (machine.called("pip install"), machine.called("fetch_models")) == (2, 1)


def test_second_set_up_waits_for_the_first_and_says_so(machine: Machine) -> None:
    (machine.folder / ".station").mkdir()
    held = machine.folder / "held"
    holder = f"exec 9>{machine.folder}/.station/setup.lock; flock 9; touch {held}; read -r _"
    with subprocess.Popen(
        ["bash", "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        while not held.exists():
            assert process.poll() is None
        waiting = subprocess.Popen(
            [str(machine.folder / "station.sh"), "setup"],
            env={"PATH": str(machine.bin), "CALLS": str(machine.calls), "LANG": "C"}
            | {"STATION_HAS": packages(), "SITE": str(machine.folder / ".venv")}
            | {"PIP_FAILS": str(machine.pip_fails)},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None
        assert "Another set-up is running" in waiting.stderr.readline()
        assert machine.called("pip install") == 0
        process.communicate(b"\n")
        waiting.communicate(timeout=20)
    assert waiting.returncode == 0
    assert machine.called("pip install") == 1


def test_password_in_a_mirror_address_is_not_printed(machine: Machine) -> None:
    machine.pip_fails.write_text("error at https://me:hunter2@mirror.example/simple\n")
    failed = machine.run("setup")
    assert "mirror.example" in failed.stderr
    assert "hunter2" not in failed.stderr


def test_environment_that_does_not_run_is_made_again(machine: Machine) -> None:
    python = machine.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text(f"#!{machine.bin / 'bash'}\nexit 1\n")
    python.chmod(0o755)
    # The base interpreter "makes" the environment by putting the working stand-in there.
    body = (
        f'[ "$2" = venv ] && {{ mkdir -p "$3/bin"; ln -s {machine.bin}/python "$3/bin/python"; }}'
    )
    machine.fake("python3.13", body + "\nexit 0")
    (machine.bin / "ln").symlink_to(shutil.which("ln") or "")
    text = (machine.folder / "station.sh").read_text("utf-8")
    # The stand-in must be found before this machine's own interpreter.
    (machine.folder / "station.sh").write_text(text.replace("/usr/bin/python3 ", ""), "utf-8")
    done = machine.run("setup")
    assert done.returncode == 0, done.stderr
    assert "Making the Python environment" in done.stderr
    assert machine.called("pip install") == 1


def test_a_data_folder_of_another_user_is_said_plainly(machine: Machine) -> None:
    machine.fake("chmod", "echo not permitted >&2; exit 1")
    done = machine.run("doctor")
    assert done.returncode == 1
    assert "belongs to another user" in done.stderr
    assert machine.called("-m station") == 0


def test_no_fitting_python_is_said_plainly(machine: Machine) -> None:
    (machine.folder / ".venv" / "bin" / "python").unlink()
    text = (machine.folder / "station.sh").read_text("utf-8")
    (machine.folder / "station.sh").write_text(text.replace("/usr/bin/python3 ", ""), "utf-8")
    machine.fake("python3", "exit 1")
    done = machine.run("setup")
    assert done.returncode == 1
    assert "Python 3.11 to 3.13 is needed" in done.stderr


# Debian packages


def missing(machine: Machine, listing: str, *wanted: str) -> list[str]:
    machine.fake("dpkg-query", f"printf '{listing}'")
    done = subprocess.run(
        [
            *(str(machine.bin / "bash"), "-c"),
            *(f'source {machine.folder}/station.sh; missing_packages "$@"', "x", *wanted),
        ],
        env={"PATH": str(machine.bin)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_provided_names_count_and_removed_packages_do_not(machine: Machine) -> None:
    listing = (
        "ii \\tlibglib2.0-0t64\\tlibglib2.0-0 (= 2.84.4-3), libgthread-2.0-0\\n"
        "rc \\tlibgl1\\t\\n"
        "hi \\tgcc\\tc-compiler\\n"
    )
    wanted = ("libglib2.0-0", "libgthread-2.0-0", "libgl1", "gcc", "c-compiler", "pcscd")
    assert missing(machine, listing, *wanted) == ["libgl1", "pcscd"]


def test_without_root_and_sudo_the_exact_command_is_named(machine: Machine) -> None:
    done = machine.run("setup", STATION_HAS=packages().replace("libgl1 ", ""))
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends libgl1\n" in done.stderr
    assert machine.called("pip install") == 0


def test_refused_sudo_names_the_command_with_sudo(machine: Machine) -> None:
    machine.fake("sudo", "exit 1")
    done = machine.run("setup", STATION_HAS=packages().replace("libgl1 ", ""))
    assert done.returncode == 1
    assert "sudo apt-get install -y --no-install-recommends libgl1\n" in done.stderr


def test_sudo_installs_only_what_is_missing_without_recommends(machine: Machine) -> None:
    machine.fake("sudo", 'shift; [ "$1" = true ] && exit 0; "$@"')
    machine.fake("apt-get", 'echo "apt $DEBIAN_FRONTEND $*" >>"$CALLS"')
    done = machine.run("setup", STATION_HAS=packages().replace("libgl1 ", ""))
    assert done.returncode == 0, done.stderr
    assert "Installing 1 Debian packages" in done.stderr
    assert machine.called("apt noninteractive install -y -q --no-install-recommends") == 1
    assert machine.called(" libgl1") == 1


def test_test_packages_are_only_asked_for_by_test(machine: Machine) -> None:
    without = packages().replace("vsmartcard-vpcd", "")
    assert machine.run("setup", STATION_HAS=without).returncode == 0
    asked = machine.run("test", STATION_HAS=without)
    assert asked.returncode == 1
    assert "vsmartcard-vpcd" in asked.stderr


def test_machine_without_dpkg_is_told_and_goes_on(machine: Machine) -> None:
    (machine.bin / "dpkg-query").unlink()
    done = machine.run("setup")
    assert done.returncode == 0
    assert "No dpkg on this machine" in done.stderr


# Words and arguments


@pytest.mark.parametrize(
    ("arguments", "language", "word"),
    [
        ((), "zh_CN.UTF-8", "安装 Python 软件包"),
        ((), "C.UTF-8", "Installing Python packages"),
        (("--lang", "zh_CN"), "C.UTF-8", "安装 Python 软件包"),
        (("--lang=en",), "zh_CN.UTF-8", "Installing Python packages"),
    ],
)
def test_language_follows_the_option_then_the_locale(
    machine: Machine, arguments: tuple[str, ...], language: str, word: str
) -> None:
    assert word in machine.run("setup", *arguments, LANG=language).stderr


def test_arguments_and_folder_reach_the_station(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    link = tmp_path / "link.sh"
    link.symlink_to(machine.folder / "station.sh")
    done = machine.run("demo", "--screenshots", "my pictures", cwd=elsewhere)
    assert done.stdout == f"started: -m station demo --screenshots my pictures; in {elsewhere}\n"
    linked = subprocess.run(
        [str(link), "doctor"],
        env={**os.environ, "PATH": str(machine.bin), "CALLS": str(machine.calls)}
        | {"STATION_HAS": packages(), "SITE": "", "PIP_FAILS": str(machine.pip_fails)},
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert linked.stdout == f"started: -m station doctor; in {elsewhere}\n"


def test_help_needs_no_set_up(machine: Machine) -> None:
    (machine.folder / ".venv" / "bin" / "python").unlink()
    done = machine.run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "./station.sh demo" in done.stdout


def test_exit_code_of_the_station_is_kept(machine: Machine) -> None:
    machine.run("setup")
    machine.fake("python", 'case "$*" in "-m station"*) exit 2 ;; esac')
    assert machine.run("nonsense").returncode == 2


def test_continuous_integration_runs_the_readme_command(machine: Machine) -> None:
    (machine.folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", machine.folder / ".ci")
    (machine.folder / "station.sh").write_text(f'#!{machine.bin}/bash\necho "$*"; exit 5\n')
    done = subprocess.run(
        [str(machine.folder / ".ci" / "run")],
        env={"PATH": str(machine.bin)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (5, "test\n")
    assert "./station.sh test" in (ROOT / "README.md").read_text("utf-8")
