# Shared by the findings: `. "$(dirname "$0")/lib.sh"` gives a temporary folder in $work and
#
#   debian SUITE FOLDER NAME=VERSION...   those packages and the C and C++ libraries, extracted there
#   retroarch SUITE FOLDER VERSION        RetroArch and all that it needs without a screen, likewise;
#                                         some 100 MB. retroarch.py runs it
#   godot SUITE FOLDER VERSION            Godot 4 and all that it needs, likewise; some 150 MB
#   run_godot FOLDER SCRIPT ARGUMENT...   a script of Godot's as its main loop, at 60 frames a second
#   run_in FOLDER PROGRAM ARGUMENT...     a program, with the libraries of that folder; words in
#                                         $before go before it
#   frontend FOLDER CORE COMMAND...       our frontend.c with a core of that folder
#   expect "WHAT" WANTED SEEN             prints what was seen, and remembers if it is not as wanted
#   verdict                               ends: 0 as written, 1 something has changed
#
# Ends with 77 where a pinned version is not to be had any more. With FINDINGS_CACHE set to a folder
# lists and packages are kept there, which makes the next run faster. Nothing is installed, and
# nothing here needs root.
set -eu

work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
here=$(cd "$(dirname "$0")" && pwd)
changed=0
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The mirror of Debian that this machine's own apt uses.
mirror() {
    apt-get indextargets --format '$(SITE) $(ORIGIN)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $1 !~ /security/ { print $1; exit }'
}

# An apt of its own for one suite: prints the path of its configuration.
apt_of() {
    state=${FINDINGS_CACHE:-$work/apt}/$1
    if [ -e "$state/updated" ]; then
        echo "$state/apt.conf" && return
    fi
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/none"
    : >"$state/status"
    echo "deb $(mirror) $1 main non-free" >"$state/sources"
    cat >"$state/apt.conf" <<APT
Dir::State::Lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state/cache";
Dir::Etc::SourceList "$state/sources";
Dir::Etc::SourceParts "$state/none";
Dir::Etc::Preferences "$state/none/preferences";
Dir::Etc::PreferencesParts "$state/none";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT
    APT_CONFIG=$state/apt.conf apt-get -qq update >&2
    : >"$state/updated"
    echo "$state/apt.conf"
}

# The folders of a Debian.
folders_of() {
    mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib" "$1/usr/lib64"
    for folder in bin sbin lib lib64; do
        [ -e "$1/$folder" ] || ln -s "usr/$folder" "$1/$folder"
    done
}

# Ends the finding: NAME=VERSION of that suite is not to be had, as $work/why tells.
gone() {
    cat "$work/why" >&2
    echo "skipped: $1 has no $2 any more" >&2
    exit 77
}

debian() {
    suite=$1 root=$2
    shift 2
    configuration=$(apt_of "$suite")
    debs=$(dirname "$configuration")/cache/archives/$suite
    mkdir -p "$debs"
    folders_of "$root"
    for wanted in "$@" libc6 libstdc++6 libgcc-s1; do
        file=$debs/$(echo "$wanted" | sed 's/[:/]/_/g').deb
        if [ ! -e "$file" ]; then
            rm -rf "$debs/new" && mkdir "$debs/new"
            (cd "$debs/new" && APT_CONFIG=$configuration apt-get -qq download "$wanted") \
                2>"$work/why" || gone "$suite" "$wanted"
            mv "$debs/new"/*.deb "$file"
        fi
        dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink -C "$root"
    done
    for wanted in "$@"; do echo "$suite: $wanted"; done
}

# A program and all that it needs, but for packages of these names: whole SUITE FOLDER NAME VERSION LEFT_OUT
whole() {
    suite=$1 name=$3 wanted=$3=$4 left_out=$5
    configuration=$(apt_of "$suite")
    kept=$(dirname "$configuration")/$name-$4
    if [ ! -e "$kept/complete" ]; then
        rm -rf "$kept" && mkdir -p "$kept/debs"
        APT_CONFIG=$configuration apt-get -qq install --yes --print-uris "$wanted" \
            >"$work/uris" 2>"$work/why" || gone "$suite" "$wanted"
        sed -n "s/^'[^']*' \([^_]*\)_\([^_]*\)_.*/\1=\2/p" "$work/uris" | sed 's/%3a/:/g' |
            grep -Ev "^($left_out)=" >"$work/needed"
        # shellcheck disable=SC2046 # words are wanted
        (cd "$kept/debs" && APT_CONFIG=$configuration apt-get -qq download $(cat "$work/needed")) \
            2>"$work/why" || gone "$suite" "$wanted"
        folders_of "$kept"
        for file in "$kept/debs"/*.deb; do
            dpkg-deb --fsys-tarfile "$file" |
                tar -x --keep-directory-symlink --exclude=./usr/share -C "$kept"
        done
        rm -r "$kept/debs" && : >"$kept/complete"
    fi
    ln -s "$kept" "$2"
    echo "$suite: $wanted"
}

retroarch() {
    whole "$1" "$2" retroarch "$3" \
        'retroarch-assets|fonts-.*|libllvm.*|mesa-.*|libgl1-mesa.*|libz3.*'
}

godot() { whole "$1" "$2" godot "$3" 'fonts-.*|libllvm.*|mesa-.*|libgl1-mesa.*|libz3.*'; }

# A script of Godot's as its main loop, in the folder where it is; 60 frames a second.
run_godot() {
    root=$1
    shift
    before="env HOME=$work timeout 120" run_in "$root" "$root/usr/bin/godot" --headless --max-fps 60 \
        --script "$@" 2>&1
}

run_in() {
    root=$1 program=$2
    shift 2
    libraries=$root/usr/lib/x86_64-linux-gnu
    libraries=$libraries:$(find "$libraries" -mindepth 1 -maxdepth 1 -type d | tr '\n' ':')
    ${before:-} "$root/lib64/ld-linux-x86-64.so.2" --library-path "$libraries" "$program" "$@"
}

frontend() {
    folder=$1 core=$2
    shift 2
    [ -e "$work/frontend" ] || cc -O1 -Wall -o "$work/frontend" "$here/frontend.c" -ldl
    run_in "$folder" "$work/frontend" "$folder/usr/lib/x86_64-linux-gnu/libretro/${core}_libretro.so" "$@"
}

expect() {
    echo "  $1: $3"
    [ "$2" = "$3" ] || { echo "  CHANGED: it was $2" && changed=1; }
}

verdict() {
    [ "$changed" -ne 0 ] || { echo "as written" && exit 0; }
    echo "not as written any more"
    exit 1
}
