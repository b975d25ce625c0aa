#!/usr/bin/env bash
# Set up a checkout on Debian or Ubuntu: system packages through apt where missing, then a virtual environment from
# the hash-locked list, then the web app. Usage: setup.sh [demo|test]; `test` adds what only the tests need.
# Does nothing twice.
set -euo pipefail
cd "$(dirname "$0")/../.."

demo_packages=(obs-studio obs-plugins xvfb pulseaudio espeak-ng libportaudio2)
test_packages=(
  xdotool xfce4-panel xfce4-notifyd dbus dbus-x11 gnome-keyring pulseaudio-utils chromium chromium-driver
  iproute2 x11-utils fonts-dejavu-core nginx-light libnginx-mod-rtmp libnss3-tools
)

packages=("${demo_packages[@]}")
[ "${1:-demo}" = test ] && packages+=("${test_packages[@]}")

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done

python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "Python 3.11 or newer is needed." >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  missing+=("python$("$python" -c 'import sys; print("{}.{}".format(*sys.version_info))')-venv")
fi

if [ "${#missing[@]}" -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  echo "Installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

stamp=.venv/complete
wanted=$(cat requirements.lock pyproject.toml | sha256sum)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
  echo "Setting up .venv"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps)
  "${pip[@]}" --no-compile --require-hashes -r requirements.lock
  # On all cores, and while npm waits for its packages; pip does it on one. Some packages carry what is no Python.
  .venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null &
  "${pip[@]}" --no-build-isolation -e .
  printf '%s' "$wanted" >"$stamp"
fi

.venv/bin/python hatch_build.py
wait
