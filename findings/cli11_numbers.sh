#!/bin/sh
# CLI11 2.1.2, 2.4.1 and 2.6.1 (Debian 12, 13 and testing): what a number on a command line is.
#
# Guess: a number as people write it, "010" is ten, whatever its option's type is; "--name=" is an empty
# text; and what is no number, such as "1,5", is an error.
# Behaviour: for an option of an integer type 010 is eight and 08 no number, for a double they are ten and
# eight: changing the type of an option changes what its users have said. 2.4.1 also takes "1'000" and
# "1_000" as a thousand, and 2.6.1, for a double, the comma as a mark between digits: "1,5" is fifteen. "--name=" is
# refused as if nothing had been given; "--name ''" is the empty text.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2.1.2" libcli11-dev=2.1.2+ds-1
debian trixie "$work/2.4.1" libcli11-dev=2.4.1+ds-2
debian forky "$work/2.6.1" libcli11-dev=2.6.1+ds-1
cd "$work"

cat >taken.cpp <<'CPP'
#include <CLI/CLI.hpp>
#include <iostream>

template <typename Type> void take(int count, char** words)
{
    CLI::App app;
    Type value{};
    app.add_option("--value", value);
    try {
        app.parse(count, words);
        std::cout << value;
    } catch (const CLI::Error&) {
        std::cout << "refused";
    }
}

int main(int count, char** words)
{
    const std::string type = words[1];
    if (type == "int") take<int>(count - 1, words + 1);
    if (type == "double") take<double>(count - 1, words + 1);
    if (type == "text") take<std::string>(count - 1, words + 1);
}
CPP
for version in 2.1.2 2.4.1 2.6.1; do
    c++ -std=c++17 -isystem $version/usr/include -o taken taken.cpp
    echo "CLI11 $version"
    expect "int 010, 08, 0x10" "8 refused 16" \
        "$(./taken int --value 010) $(./taken int --value 08) $(./taken int --value 0x10)"
    expect "double 010, 08" "10 8" "$(./taken double --value 010) $(./taken double --value 08)"
    expect "text, --value=" refused "$(./taken text --value=)"
    expect "text, --value ''" "" "$(./taken text --value '')"
    case $version in 2.1.2) wanted="refused refused" ;; *) wanted="1000 1000" ;; esac
    expect "int 1'000, 1_000" "$wanted" \
        "$(./taken int --value "1'000") $(./taken int --value 1_000)"
    case $version in 2.6.1) wanted=15 ;; *) wanted=refused ;; esac
    expect "double 1,5" "$wanted" "$(./taken double --value 1,5)"
done
verdict
