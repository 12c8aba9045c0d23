#!/bin/sh
# Installs what is missing and builds one program: build-program.sh netplay-relay|netplay-peer
set -eu
cd "$(dirname "$(realpath "$0")")/.."

scripts/install-packages.sh build
if [ ! -f build/release/build.ninja ]; then
    cmake --preset release -DNETPLAY_RELAY_TESTS=OFF -DNETPLAY_RELAY_BENCH=OFF
fi
cmake --build --preset release -j "$(scripts/build-jobs.sh)" --target "$1"
