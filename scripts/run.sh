#!/bin/sh
# Installs what is missing, builds the relay and runs it in the foreground: run.sh [options...]
set -eu
root=$(dirname "$(realpath "$0")")/..

(
    cd "$root"
    scripts/install-packages.sh build
    if [ ! -f build/release/build.ninja ]; then
        cmake --preset release -DNETPLAY_RELAY_TESTS=OFF -DNETPLAY_RELAY_BENCH=OFF
    fi
    cmake --build --preset release -j "$(scripts/build-jobs.sh)" --target netplay-relay
) >&2
exec "$root/build/release/bin/netplay-relay" "$@"
