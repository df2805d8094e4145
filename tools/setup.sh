#!/bin/sh
# Makes a bare machine ready:  tools/setup.sh demo|test
# Python 3.12 or newer and make are all it needs; the rest is installed, or named where that is not allowed.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-demo}

say() { printf '\033[1m• %s\033[0m\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# A name on the PATH is not enough: version switchers leave names behind that do not run.
find_python() {
    for name in "${PYTHON:-}" python3.12 python3.13 python3.14 python3; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    fail "no Python 3.12 or newer was found. Install one, or name it: make $purpose PYTHON=/path/to/python3.12"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1
    fi
}

# install_missing PROGRAM=PACKAGE...: what the PATH has is left alone; tests need all, the demo does without most.
install_missing() {
    missing=""
    debian_postgres=$(for folder in /usr/lib/postgresql/*/bin; do printf ':%s' "$folder"; done)
    for pair in "$@"; do
        program=${pair%%=*}
        PATH="$PATH:/usr/sbin$debian_postgres" command -v "$program" >/dev/null || missing="$missing ${pair#*=}"
    done
    [ -n "$missing" ] || return 0
    say "installing$missing"
    if command -v apt-get >/dev/null; then
        # shellcheck disable=SC2086  # a list of words
        as_root sh -c "apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $missing >/dev/null" && return 0
    fi
    printf 'setup: could not install%s here. As root:  apt-get install%s\n' "$missing" "$missing" >&2
    return 1
}

make_venv() {
    [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null && return
    say "making .venv with $("$python" --version)"
    if ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        install_missing "no-such-program=python3-venv" || exit 1
        "$python" -m venv .venv
    fi
}

install_packages() {
    stamp=.venv/.installed
    digest=$(cat requirements.lock pyproject.toml | cksum)
    [ "$(cat $stamp 2>/dev/null)" = "$digest" ] && return
    say "installing the pinned packages (a few minutes the first time)"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
    echo "$digest" >$stamp
}

python=$(find_python)
make_venv
install_packages
case $purpose in
    demo) install_missing mosquitto=mosquitto tilemaker=tilemaker || say "going on without" ;;
    test) install_missing mosquitto=mosquitto tilemaker=tilemaker chromium=chromium gpsbabel=gpsbabel git=git \
        initdb=postgresql || [ "${CI:-}" != true ] || exit 1 ;;
    *) fail "unknown purpose '$purpose': demo or test" ;;
esac
.venv/bin/python tools/fetch_town.py
.venv/bin/python tools/fetch_assets.py
.venv/bin/python tools/make_tiles.py
