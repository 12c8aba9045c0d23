#!/bin/sh
# A stand-in for the image debian:RELEASE-slim, from Debian's packages:
# make_base.sh BASE.tar RELEASE [mmdebstrap's options, and lines as in sources.list...]
set -eu

target=$1
release=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As in that image: no service starts in a container, and apt keeps no package it has installed.
printf '#!/bin/sh\nexit 101\n' > "$work/policy-rc.d"
chmod 755 "$work/policy-rc.d"
cat > "$work/docker-clean" <<'END'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
END

# shellcheck disable=SC2016 # $1 is mmdebstrap's to expand
mmdebstrap --quiet --variant=minbase \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --customize-hook="upload $work/docker-clean /etc/apt/apt.conf.d/docker-clean" \
    --customize-hook="upload $work/policy-rc.d /usr/sbin/policy-rc.d" \
    --customize-hook='rm -f "$1"/var/cache/apt/*.bin' \
    "$release" "$target.part.tar" "$@"
mv "$target.part.tar" "$target"
