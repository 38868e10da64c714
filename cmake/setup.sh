#!/bin/sh
# The script behind the README's two commands. Works on a bare Debian 12: installs what is missing
# from the distribution's packages (as root, or by sudo) and says so.
#
#   sh cmake/setup.sh rush [arguments]   builds and runs the main job, examples/rush
#   sh cmake/setup.sh test               builds the library and runs all its tests
set -eu
cd "$(dirname "$0")/.."

say() { printf '== %s\n' "$*"; }

# install package...: only what is missing, never removing anything.
install() {
  missing=""
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  as_root=""
  [ "$(id -u)" = 0 ] || as_root=sudo
  say "installing from the distribution's packages:$missing"
  log=$(mktemp)
  if ! { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install \
           -y -qq --no-install-recommends --no-remove $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    case "$missing" in *libboost1.81-dev*)
      say "libboost1.81-dev cannot stand beside libboost1.74-dev. Nothing was removed: remove the" \
          "older one yourself, or build without JSON (cmake --preset minimal)." >&2 ;;
    esac
    exit 1
  fi
  rm -f "$log"
}

command=${1:-}
[ $# -gt 0 ] && shift
launcher=""
if command -v ccache >/dev/null 2>&1; then launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi

case "$command" in
  rush)
    install g++ cmake ninja-build pkg-config libsqlite3-dev libhiredis-dev libboost1.81-dev
    say "building rush"
    cmake -S . -B build/rush -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=g++ \
      -DBOOKING_BUILD_TESTS=OFF -DBOOKING_WITH_REDIS=OFF -DBOOKING_WITH_FMT=OFF $launcher >/dev/null
    cmake --build build/rush --target rush >/dev/null
    exec build/rush/examples/rush/rush "$@"
    ;;
  test)
    install g++ cmake ninja-build pkg-config python3 libsqlite3-dev libhiredis-dev \
      redis-server python3-redis libboost1.81-dev libfmt-dev doctest-dev
    say "building"
    cmake --preset dev $launcher >/dev/null
    cmake --build --preset dev -- --quiet
    cmake --build --preset dev --target all_verify_interface_header_sets -- --quiet
    say "testing"
    ctest --preset dev "$@"
    ;;
  *)
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
