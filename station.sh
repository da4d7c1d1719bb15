#!/usr/bin/env bash
# Sets up what is missing (Debian packages, .venv, models), then runs the station with your arguments.
#
#   ./station.sh                 set up if needed, start the kiosk
#   ./station.sh demo            the main job on simulated devices
#   ./station.sh test [ARGS…]    every check and test; ARGS go to pytest
#   ./station.sh setup           only set up
#   ./station.sh COMMAND --help  all other commands: doctor, visit, person, audit, …
#
# Exit: 0 done, 1 could not, 2 wrong use. Everything printed here goes to standard error.
set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
venv=$here/.venv
data=$here/.station
python=$venv/bin/python
log=$data/setup.log

# The Qt set is the least that also runs with a window (xcb); libgssapi-krb5-2 is not there by
# chance on Debian 13, so it is named. The last lines build and run pyscard, which has no wheel.
run_packages=(
  ca-certificates python3 python3-venv
  libglib2.0-0 libgl1 libegl1 libx11-6 libdbus-1-3 libfontconfig1 libfreetype6 libxkbcommon0
  libbrotli1 libgssapi-krb5-2 fonts-noto-cjk
  libx11-xcb1 libxcb1 libxcb-cursor0 libxcb-glx0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
  libxcb-randr0 libxcb-render0 libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1
  libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon-x11-0
  gcc libc6-dev python3-dev libpcsclite-dev libpcsclite1 pcscd libccid
)
test_packages=(vsmartcard-vpcd procps swtpm tpm2-tools)

# --- words ---------------------------------------------------------------------------------------

language_of() {
  local want=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
  while [ $# -gt 0 ]; do
    case $1 in
      --lang) want=${2:-$want} ;;
      --lang=*) want=${1#--lang=} ;;
    esac
    shift
  done
  case $want in zh*) echo zh ;; *) echo en ;; esac
}

# say CHINESE ENGLISH: one line in the person's language.
say() {
  if [ "$lang" = zh ]; then printf '%s\n' "$1" >&2; else printf '%s\n' "$2" >&2; fi
}

fail() {
  say "$1" "$2"
  exit 1
}

# --- steps ---------------------------------------------------------------------------------------

running=
# Ctrl-C does not reach a background job of a script by itself.
stop_running() {
  if [ -n "$running" ]; then kill "$running" 2>/dev/null || true; fi
}

# step CHINESE ENGLISH COMMAND…: one progress line with seconds; the output is shown on failure only.
step() {
  local name begin status=0
  if [ "$lang" = zh ]; then name=$1; else name=$2; fi
  shift 2
  mkdir -p "$data" && chmod 700 "$data"
  begin=$SECONDS
  local begin_us=${EPOCHREALTIME/[.,]/}
  printf '  %s …' "$name" >&2
  "$@" </dev/null >"$log" 2>&1 &
  running=$!
  while [ -t 2 ] && kill -0 "$running" 2>/dev/null; do
    printf '\r  %s … %d s' "$name" $((SECONDS - begin)) >&2
    sleep 0.25
  done
  wait "$running" || status=$?
  running=
  local tenths=$(((${EPOCHREALTIME/[.,]/} - begin_us) / 100000))
  if [ -t 2 ]; then printf '\r  %s …' "$name" >&2; fi
  printf ' %d.%d s\n' $((tenths / 10)) $((tenths % 10)) >&2
  if [ "$status" -ne 0 ]; then
    # A mirror's address may hold a password.
    tail -n 40 "$log" | sed -E 's#(://)[^/@ ]+@#\1…@#g; s/^/    /' >&2
    say "  失败（代码 $status）。再次运行会从这一步继续。" \
      "  Failed (status $status). Running again resumes at this step."
    exit 1
  fi
}

# --- Debian packages -----------------------------------------------------------------------------

# Prints those of the named packages that dpkg does not have; a "Provides" counts (t64 names).
missing_packages() {
  dpkg-query -W -f='${db:Status-Abbrev}\t${Package}\t${Provides}\n' | awk -F '\t' -v want="$*" '
    $1 ~ /^.i/ {
      have[$2] = 1
      gsub(/\([^)]*\)/, "", $3)
      n = split($3, provided, /[ ,]+/)
      for (i = 1; i <= n; i++) have[provided[i]] = 1
    }
    END {
      n = split(want, wanted, " ")
      for (i = 1; i <= n; i++) if (!(wanted[i] in have)) printf "%s ", wanted[i]
    }'
}

install_packages() {
  # Lists may be old but good enough when the mirror is out of reach; install says so if not.
  "$@" apt-get update -q || true
  # The machine's own upgrade job may hold apt's lock right after it was switched on.
  "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "${missing[@]}"
}

need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "  这台电脑没有 dpkg，跳过系统软件包；需要的库见 README。" \
      "  No dpkg on this machine: system packages are skipped; README names the libraries."
    return
  fi
  local missing
  read -r -a missing <<<"$(missing_packages "$@")" || true
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  local command="apt-get install -y --no-install-recommends ${missing[*]}" become=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      fail "需要安装系统软件包，但当前用户不是 root，也没有 sudo。请管理员运行：
  $command" "System packages are missing and this is neither root nor a user with sudo. Ask an administrator to run:
  $command"
    fi
    if ! sudo -n true 2>/dev/null; then
      if ! { [ -t 0 ] && sudo -v; }; then
        fail "需要安装系统软件包，但 sudo 未获许可。请运行：
  sudo $command" "System packages are missing and sudo was not granted. Run:
  sudo $command"
      fi
    fi
    become=(sudo -n)
  fi
  step "安装 ${#missing[@]} 个 Debian 软件包" "Installing ${#missing[@]} Debian packages" \
    install_packages "${become[@]}"
}

# --- Python --------------------------------------------------------------------------------------

fits='import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

find_python() {
  local candidate
  for candidate in /usr/bin/python3 python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c "$fits" 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  fail "需要 Python 3.11 至 3.13（Debian 12 或 13 自带）。" \
    "Python 3.11 to 3.13 is needed (Debian 12 and 13 have it)."
}

make_venv() {
  # What is there did not run: a set-up that was cut off, or Python was upgraded under it.
  rm -rf -- "$venv"
  "$1" -m venv "$venv"
}

install_lock() {
  "$python" -m pip install --disable-pip-version-check --no-input --require-hashes -r "$1"
  # Makes the project importable from any folder, for the children too.
  printf '%s\n' "$here" >"$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/station.pth"
}

# stamped FILE DIGEST: whether the step that wrote FILE succeeded for exactly this input.
stamped() {
  [ -f "$1" ] && [ "$(<"$1")" = "$2" ]
}

digest_of() {
  cat -- "$@" | sha256sum | cut -c1-64
}

need_python() {
  local lock=$1 stamp=$venv/.stamp-${1%.lock} digest
  if ! "$python" -c "$fits" 2>/dev/null || { [ ! -f "$venv/.stamp-venv" ] && ! "$python" -m pip --version >/dev/null 2>&1; }; then
    local base
    base=$(find_python)
    step "建立 Python 环境 (.venv)" "Making the Python environment (.venv)" make_venv "$base"
  fi
  if [ ! -f "$venv/.stamp-venv" ]; then touch "$venv/.stamp-venv"; fi
  digest=$(digest_of "$here/$lock")
  if stamped "$stamp" "$digest"; then return; fi
  step "安装 Python 软件包（$lock，逐个核对摘要）" "Installing Python packages ($lock, hashes checked)" \
    install_lock "$here/$lock"
  printf '%s\n' "$digest" >"$stamp"
}

# --- models --------------------------------------------------------------------------------------

fetch_models() {
  cd "$here"
  "$python" -m drivers.face.fetch_models
}

need_models() {
  local stamp=$data/models/.stamp digest
  digest=$(digest_of "$here"/models.lock "$here"/resources/models/*)
  if stamped "$stamp" "$digest"; then return; fi
  step "下载并核对模型" "Fetching and checking the models" fetch_models
  mkdir -p "$data/models"
  printf '%s\n' "$digest" >"$stamp"
}

# --- set-up and tests ----------------------------------------------------------------------------

set_up() {
  if ! { mkdir -p "$data" && chmod 700 "$data"; } 2>/dev/null; then
    fail "数据文件夹 $data 不能使用：它属于另一个用户，或磁盘只读。请换用那个用户运行，或请管理员把它交给当前用户。" \
      "The data folder $data cannot be used: it belongs to another user, or the disk is read-only. Run as that user, or ask an administrator to hand it over."
  fi
  # Two set-ups at once would break each other's environment: the second waits for the first.
  exec 9>"$data/setup.lock"
  # A step of a set-up that was cut off holds the lock until it has ended.
  if command -v flock >/dev/null && ! flock -n 9; then
    say "  另一个安装正在进行，等它结束 …" "  Another set-up is running; waiting for it to end …"
    flock 9
  fi
  if [ "$1" = test ]; then
    need_packages "${run_packages[@]}" "${test_packages[@]}"
  else
    need_packages "${run_packages[@]}"
  fi
  need_python requirements.lock
  if [ "$1" = test ]; then need_python requirements-dev.lock; fi
  need_models
  exec 9>&-
}

# check NAME COMMAND…: runs one check, shows its output, remembers how it ended.
check() {
  local name=$1 begin=$SECONDS status=0
  shift
  printf '\n== %s\n' "$name" >&2
  "$@" || status=$?
  if [ "$status" -eq 0 ]; then
    results+=("ok     $name ($((SECONDS - begin)) s)")
  else
    results+=("FAILED $name ($((SECONDS - begin)) s, status $status)")
    failed=1
  fi
}

qml_lint() {
  local files
  mapfile -t files < <(find "$here/ui" -name '*.qml' | sort)
  if [ ${#files[@]} -eq 0 ]; then return; fi
  # Bridges and the preview item are registered from Python, where qmllint cannot see them.
  "$venv/bin/pyside6-qmllint" -I "$here/ui/qml" --unqualified disable --import info \
    --max-warnings 0 "${files[@]}"
}

run_tests() {
  local results=() failed=0
  cd "$here"
  export QT_QPA_PLATFORM=offscreen QT_QUICK_BACKEND=software PATH=$venv/bin:$PATH
  check "ruff format" ruff format --check .
  check "ruff check" ruff check .
  check "mypy" mypy
  check "lint-imports" lint-imports
  check "qmllint" qml_lint
  # Tests start some two hundred processes of the station; none of them has to compile it again.
  python -m compileall -q station consent storage drivers ui resources || true
  check "pytest" python -m pytest -q -rs -n auto --dist loadfile "$@"
  printf '\n' >&2
  printf '%s\n' "${results[@]}" >&2
  if [ "$failed" -ne 0 ]; then
    say "检查未通过。" "Not green."
    exit 1
  fi
  say "全部通过。" "All green."
}

main() {
  trap 'stop_running; printf "\n" >&2; exit 130' INT TERM
  lang=$(language_of "$@")
  case ${1:-} in
    -h | --help)
      # Readable before anything is installed.
      if [ ! -x "$python" ]; then
        sed -n '2,10s/^# \{0,1\}//p' "$here/station.sh"
        exit 0
      fi
      ;;
  esac

  set_up "${1:-kiosk}"
  case ${1:-} in
    setup) exit 0 ;;
    test)
      shift
      run_tests "$@"
      exit 0
      ;;
    --check) shift && set -- doctor "$@" ;;
  esac
  # The folder the person stands in stays the current one (paths in arguments), but nothing in it may
  # be imported in place of the station.
  export PYTHONSAFEPATH=1
  exec "$python" -m station "$@"
}

# Sourced by its tests, run by everybody else.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then main "$@"; fi
