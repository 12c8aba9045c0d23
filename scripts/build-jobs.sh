#!/bin/sh
# How many compilers may run at once: one a core, but each may need 900 MB.
set -eu
cores=$(nproc)
by_memory=$(awk '/^MemAvailable:/ { print int($2 / 900000) }' /proc/meminfo)
jobs=$((by_memory < cores ? by_memory : cores))
echo $((jobs > 0 ? jobs : 1))
