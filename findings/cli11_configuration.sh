#!/bin/sh
# CLI11 2.1.2, 2.4.1 and 2.6.1 (Debian 12, 13 and testing): an option that may also stand in a configuration file
# (set_config) and in an environment variable (envname).
#
# Guess: the variable wins over the file, as containers need it; a key that no option has is a fault or is
# passed over, in all versions alike; a value is what stands behind the equals sign.
# Behaviour: the file wins. A misspelt key is passed over by 2.1.2 and 2.6.1, and
# ends the program in 2.4.1, which names its value and not the key. A comma or a space makes two values of
# one, for which an option of one text has no room. A # ends a value without a space before it, in 2.1.2
# inside quotation marks as well: half of a password or of a URL is taken without a word.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2.1.2" libcli11-dev=2.1.2+ds-1
debian trixie "$work/2.4.1" libcli11-dev=2.4.1+ds-2
debian forky "$work/2.6.1" libcli11-dev=2.6.1+ds-1
cd "$work"

cat >configured.cpp <<'CPP'
#include <CLI/CLI.hpp>
#include <iostream>

int main(int count, char** words)
{
    CLI::App app;
    std::string name = "default";
    app.set_config("--config");
    app.add_option("--name", name)->envname("RELAY_NAME");
    try {
        app.parse(count, words);
        std::cout << name;
    } catch (const CLI::Error& error) {
        std::cout << error.get_name() << ": " << error.what();
    }
}
CPP
with() {
    echo "$1" >relay.ini
    ./configured --config relay.ini | sed 's/At Most/At most/'
}
for version in 2.1.2 2.4.1 2.6.1; do
    c++ -std=c++17 -isystem $version/usr/include -o configured configured.cpp
    echo "CLI11 $version"
    expect "name=file, RELAY_NAME=variable" file "$(RELAY_NAME=variable with name=file)"
    case $version in
    2.4.1) wanted="./configured: The following argument was not expected: file" ;;
    *) wanted=default ;;
    esac
    expect "nmae=file" "$wanted" "$(with nmae=file)"
    two="ArgumentMismatch: --name: At most 1 required but received 2"
    expect "name=my relay" "$two" "$(with 'name=my relay')"
    expect "name=a,b" "$two" "$(with name=a,b)"
    expect "name=a#b" a "$(with name=a#b)"
    expect 'name="a, b"' "a, b" "$(with 'name="a, b"')"
    case $version in 2.1.2) wanted='"a' ;; *) wanted=a#b ;; esac
    expect 'name="a#b"' "$wanted" "$(with 'name="a#b"')"
done
verdict
