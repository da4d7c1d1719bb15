"""The vendor photo decoder slot, with a tiny library compiled here that behaves and misbehaves."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.card.photo_plugin import PhotoDecoder, PhotoPlugin
from drivers.card.photo_plugin_child import RAW_BYTES, ROW, WLT_BYTES
from station.errors import CardError, ConfigError, ErrorCode

ROOT = Path(__file__).resolve().parents[2]
WLT = bytes(range(256)) * 4

# unpack: a pattern made of the input, bottom row first, as the known libraries do it.
SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
static void draw(const unsigned char *wlt, unsigned char *out, int row) {
  for (int y = 0; y < 126; y++)
    for (int x = 0; x < 306; x++)
      out[(125 - y) * row + x] = wlt[(y * 306 + x) % 1024];
}
int unpack(char *wlt, char *out, int arg) {
  printf("vendor chatter on standard output\n"); fflush(stdout);
  draw((unsigned char *)wlt, (unsigned char *)out, 306);
  memset(out + 38556, 0x77, 4096); /* the overrun that source comments report */
  return arg == 602 ? 1 : 0;
}
int WltToBmp(char *wlt, char *out) {
  static const unsigned char head[54] = {'B','M',0xce,0x97,0,0,0,0,0,0,54,0,0,0,40,0,0,0,102,0,0,0,
    126,0,0,0,1,0,24,0};
  memcpy(out, head, 54);
  draw((unsigned char *)wlt, (unsigned char *)out + 54, 308);
  return 1;
}
int garbage_bmp(char *wlt, char *out) { memset(out, 'x', 38862); out[5] = 0; return 1; }
int crash(char *wlt, char *out, int arg) { *(volatile int *)0 = 1; return 1; }
int quit(char *wlt, char *out, int arg) { exit(0); }
int hang(char *wlt, char *out, int arg) { for (;;) pause(); }
int nothing(char *wlt, char *out, int arg) { return 1; }
int writes(char *wlt, char *out, int arg) {
  int fd = open("photo.bmp", O_CREAT | O_WRONLY, 0600);
  long done = fd < 0 ? -1 : write(fd, wlt, 1024);
  char here[512]; if (!getcwd(here, sizeof here)) here[0] = 0;
  memset(out, 0, 38556); out[7] = (char)(done == 1024); strcpy(out + 14, here);
  return 1;
}
int writes_elsewhere(char *wlt, char *out, int arg) {
  int fd = open(ELSEWHERE, O_CREAT | O_WRONLY, 0600);
  memset(out, 0, 38556); out[7] = 1; out[8] = (char)(fd >= 0 && write(fd, wlt, 1024) == 1024);
  return 1;
}
int writes_much(char *wlt, char *out, int arg) {
  static char block[65536]; long total = 0, done;
  int fd = open("photo.bmp", O_CREAT | O_WRONLY, 0600);
  while (fd >= 0 && total < (8 << 20) && (done = write(fd, block, sizeof block)) > 0) total += done;
  memset(out, 0, 38556); out[7] = 1; out[8] = (char)(total >> 16);
  return 1;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not installed: no vendor library can be compiled to stand in")
    folder = tmp_path_factory.mktemp("vendor")
    (folder / "vendor.c").write_text(SOURCE)
    elsewhere = f'-DELSEWHERE="{folder}/elsewhere.bmp"'
    command = [
        compiler,
        elsewhere,
        "-w",
        "-O0",
        "-shared",
        "-fPIC",
        "-o",
        "libvendor.so",
        "vendor.c",
    ]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "libvendor.so"


def drawn() -> bytes:
    return bytes(WLT[(y * ROW + x) % 1024] for y in range(126) for x in range(ROW))


def decoded(plugin: PhotoPlugin, **settings: object) -> bytes:
    portrait = PhotoDecoder(plugin, **settings)(bytearray(WLT))  # type: ignore[arg-type]
    return bytes(portrait.view())


def failure(plugin: PhotoPlugin, timeout_s: float = 5.0) -> ErrorCode:
    with pytest.raises(CardError) as caught:
        PhotoDecoder(plugin, timeout_s)(bytearray(WLT))
    return caught.value.code


def test_raw_pixels_arrive_top_down(library: Path) -> None:
    assert decoded(PhotoPlugin(library, arg=602)) == drawn()
    assert len(drawn()) == RAW_BYTES == 38_556


def test_rgb_is_turned_into_bgr(library: Path) -> None:
    swapped = decoded(PhotoPlugin(library, arg=602, channels="rgb"))
    assert (swapped[0], swapped[1], swapped[2]) == (drawn()[2], drawn()[1], drawn()[0])


def test_top_down_rows_are_left_alone(library: Path) -> None:
    kept = decoded(PhotoPlugin(library, arg=602, rows="top_down"))
    assert kept[:ROW] == drawn()[-ROW:]


def test_bitmap_in_memory(library: Path) -> None:
    assert decoded(PhotoPlugin(library, "WltToBmp", "bmp")) == drawn()


@pytest.mark.parametrize("symbol", ["crash", "quit", "nothing", "unpack"])
def test_crash_exit_nothing_and_refusal_are_unusable(library: Path, symbol: str) -> None:
    assert failure(PhotoPlugin(library, symbol)) is ErrorCode.CARD_PHOTO_UNUSABLE


def test_garbage_is_no_bitmap(library: Path) -> None:
    assert failure(PhotoPlugin(library, "garbage_bmp", "bmp")) is ErrorCode.CARD_PHOTO_UNUSABLE


def test_a_hanging_library_is_killed(library: Path) -> None:
    started_s = time.monotonic()
    assert failure(PhotoPlugin(library, "hang"), 0.5) is ErrorCode.CARD_PHOTO_UNUSABLE
    assert time.monotonic() - started_s < 4
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_missing_symbol_and_missing_library_are_not_supported(library: Path) -> None:
    missing = ErrorCode.CARD_PHOTO_NOT_SUPPORTED
    assert failure(PhotoPlugin(library, "no_such_symbol")) is missing
    assert failure(PhotoPlugin(library.with_name("absent.so"))) is missing


def test_a_photo_of_another_size_is_unusable(library: Path) -> None:
    with pytest.raises(CardError):
        PhotoDecoder(PhotoPlugin(library))(bytearray(WLT_BYTES - 1))


def test_a_written_file_stays_in_memory_or_is_not_written(library: Path) -> None:
    before = {*Path("/dev/shm").iterdir(), *Path.cwd().iterdir(), *library.parent.iterdir()}
    out = decoded(PhotoPlugin(library, "writes", rows="top_down"))
    folder = out[14:].split(b"\0")[0]
    wrote = out[7] == 1
    assert (wrote, folder) in ((True, b"/dev/shm"), (False, b"/proc"))
    after = {*Path("/dev/shm").iterdir(), *Path.cwd().iterdir(), *library.parent.iterdir()}
    assert not {path for path in after - before if path.name == "photo.bmp"}


def test_no_file_is_left_outside_the_work_folder(library: Path) -> None:
    out = decoded(PhotoPlugin(library, "writes_elsewhere", rows="top_down"))
    assert out[8] == 0
    left = library.with_name("elsewhere.bmp")
    assert not left.exists() or left.stat().st_size == 0


def test_a_given_work_folder_is_used_and_bounded(library: Path, tmp_path: Path) -> None:
    plugin = PhotoPlugin(library, "writes_much", rows="top_down")
    out = decoded(plugin, work_folder=tmp_path)
    assert out[8] << 16 == (tmp_path / "photo.bmp").stat().st_size == 1 << 20


def test_works_in_a_hardened_booth_and_writes_nothing(library: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from station.booth.sandbox import harden_booth\n"
        "lines = {h.name: h.active for h in harden_booth(children=True)}\n"
        "from drivers.card.photo_plugin import PhotoDecoder, PhotoPlugin\n"
        "decode = lambda **k: PhotoDecoder(PhotoPlugin(Path(sys.argv[1]), **k))\n"
        "wlt = bytes(range(256)) * 4\n"
        "good = bytes(decode(arg=602)(bytearray(wlt)).view())\n"
        "out = bytes(decode(symbol='writes', rows='top_down')(bytearray(wlt)).view())\n"
        "print(good.hex())\n"
        "print(int(lines['network']), out[7], out[14:].split(b'\\0')[0].decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(library)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    pixels, confined = done.stdout.splitlines()
    assert bytes.fromhex(pixels) == drawn()
    if confined.startswith("1"):
        assert confined == "1 0 /proc"


def test_without_a_folder_in_memory_no_file_gets_any_content(library: Path) -> None:
    # The filter forbids mounting; unlike the whole booth, this process may still write files.
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from station.booth import kernel, seccomp\n"
        "kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)\n"
        "seccomp.install(children=True)\n"
        "from drivers.card.photo_plugin import PhotoDecoder, PhotoPlugin\n"
        "plugin = PhotoPlugin(Path(sys.argv[1]), 'writes_elsewhere', rows='top_down')\n"
        "print(PhotoDecoder(plugin)(bytearray(1024)).view()[8])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(library)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.split() == ["0"]
    left = library.with_name("elsewhere.bmp")
    assert not left.exists() or left.stat().st_size == 0


@pytest.mark.parametrize(
    ("text", "plugin"),
    [
        ("/opt/v/lib.so", PhotoPlugin(Path("/opt/v/lib.so"))),
        ("/opt/v/lib.so#arg=158", PhotoPlugin(Path("/opt/v/lib.so"), arg=158)),
        (
            "/opt/v/lib.so#symbol=WltToBmp&kind=bmp",
            PhotoPlugin(Path("/opt/v/lib.so"), "WltToBmp", "bmp"),
        ),
        (
            "/l.so#arg=0&rows=top_down&channels=rgb",
            PhotoPlugin(Path("/l.so"), rows="top_down", channels="rgb"),
        ),
    ],
)
def test_configuration(text: str, plugin: PhotoPlugin) -> None:
    assert PhotoPlugin.parse(text) == plugin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lib.so",
        "/lib.so#arg=603",
        "/lib.so#arg=159",
        "/lib.so#arg=-2",
        "/lib.so#arg=x",
        "/lib.so#kind=file",
        "/lib.so#symbol=a-b",
        "/lib.so#rows=sideways",
        "/lib.so#channels=cmyk",
        "/lib.so#colour=red",
        "/lib.so#kind=raw&kind=bmp",
        "/lib.so#path=/x",
        "/lib.so#kind",
        "/lib.so#symbol=" + "a" * 65,
    ],
)
def test_impossible_configuration_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        PhotoPlugin.parse(text)
    assert caught.value.code is ErrorCode.CONFIG_INVALID
