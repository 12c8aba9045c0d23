#!/bin/sh
# Installs what is missing, builds everything, and runs every test: test.sh [ctest options...]
set -eu
cd "$(dirname "$0")/.."

scripts/install-packages.sh test
cmake --preset release -DNETPLAY_RELAY_TESTS=ON -DNETPLAY_RELAY_BENCH=ON
cmake --build --preset release -j "$(scripts/build-jobs.sh)"
exec ctest --preset release "$@"
