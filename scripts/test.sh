#!/bin/sh
# Installs what is missing, builds everything, and runs every test: test.sh [ctest options...]
set -eu
cd "$(dirname "$0")/.."

scripts/install-packages.sh test
# In CI every warning is an error; elsewhere one of a newer compiler stops nobody.
strict=OFF
[ "${CI:-}" != true ] || strict=ON
cmake --preset release-tested -DNETPLAY_RELAY_STRICT=$strict
cmake --build --preset release -j "$(scripts/build-jobs.sh)"
exec ctest --preset release "$@"
