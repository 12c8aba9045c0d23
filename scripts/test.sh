#!/bin/sh
# Installs what is missing, builds everything, and runs every test: test.sh [ctest options...]
set -eu
cd "$(dirname "$0")/.."

scripts/install-packages.sh test
# In CI every warning is an error; elsewhere one of a newer compiler stops nobody.
strict=OFF
[ "${CI:-}" != true ] || strict=ON
cmake --preset release-tested -DNETPLAY_RELAY_STRICT=$strict
# What tests need of other Debians is fetched while the compiler works; failures are told below.
if [ $# -eq 0 ]; then
    ctest --preset release -L fetches >build/release/fetches.log 2>&1 &
    trap 'kill $! 2>/dev/null || true' EXIT
    trap 'exit 130' INT TERM # the shell runs the trap above only when it exits
fi
cmake --build --preset release -j "$(scripts/build-jobs.sh)"
wait
exec ctest --preset release "$@"
