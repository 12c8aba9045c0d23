#!/bin/sh
# The Debian packages with the shared libraries that a program needs: library-packages.sh PROGRAM
set -eu

# They have another name in each release. dpkg may know a library by its path from before /usr was
# merged.
ldd "$1" | sed -n 's/.* => \(\/[^ ]*\) (.*/\1/p' | while read -r library; do
    dpkg-query -S "$library" 2>/dev/null || dpkg-query -S "/usr$library" 2>/dev/null ||
        dpkg-query -S "${library#/usr}"
done | sed 's/:.*//' | sort -u
