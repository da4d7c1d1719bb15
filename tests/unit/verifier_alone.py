"""Runs the verifier of a bundle as an auditor does: on a Python that has gmssl and no more."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

# -I and -S: no folder of this project, no site-packages; only what is put on the path here.
RUN = """
import runpy, sys
sys.path.append(sys.argv[1])
assert not any(name.partition(".")[0] in {"consent", "station", "storage"} for name in sys.modules)
try:
    import cryptography
except ImportError:
    pass
else:
    sys.exit("more can be imported than gmssl")
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def only_gmssl(folder: Path) -> Path:
    """Make `folder` a place of packages with gmssl and what it needs, and nothing else."""
    folder.mkdir()
    for name in ("gmssl", "Cryptodome"):
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        (folder / name).symlink_to(Path(spec.origin).parent)
    return folder


def run(packages: Path, bundle: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The copy of the verifier that lies in the bundle."""
    program = bundle / "verify_bundle.py"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, packages, program, bundle, *more],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        cwd=packages,
        env={"PYTHONUTF8": "1"},
    )
