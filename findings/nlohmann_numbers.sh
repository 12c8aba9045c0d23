#!/bin/sh
# nlohmann json 3.11.2 and 3.11.3 (Debian 12 and 13): what get<>() makes of a number.
#
# Guess: a number that does not fit into the type asked for throws out_of_range, as a text or null throws
# type_error; for the same JSON all integer types answer alike.
# Behaviour: it is cast: 70000 is port 4464, -1 is 65535, 1.9 is 1; value("key", 5) casts to the type of the
# default, and takes null for something that is there, and throws. What true is depends on the type's name: int,
# uint16_t and long long take it for 1; int64_t and double refuse it (int64_t is long, no long long, here). Of
# what comes from outside is_number_unsigned() and the limits have to be asked first.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/3.11.2" nlohmann-json3-dev=3.11.2-2
debian trixie "$work/3.11.3" nlohmann-json3-dev=3.11.3-2.1
cd "$work"

cat >get.cpp <<'CPP'
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>

template <typename Type> void get(const nlohmann::json& value, const char* name)
{
    std::cout << name << ' ';
    try {
        std::cout << value.get<Type>() << ' ';
    } catch (const nlohmann::json::type_error&) {
        std::cout << "refused ";
    }
}

int main(int, char** words)
{
    const auto value = nlohmann::json::parse(words[1]);
    get<std::uint16_t>(value, "uint16_t");
    get<int>(value, "int");
    get<long long>(value, "long long");
    get<std::int64_t>(value, "int64_t");
    get<double>(value, "double");
    try {
        std::cout << "value " << nlohmann::json{{"key", value}}.value("key", 5);
    } catch (const nlohmann::json::type_error&) {
        std::cout << "refused";
    }
}
CPP
for version in 3.11.2 3.11.3; do
    c++ -std=c++17 -isystem $version/usr/include -o get get.cpp
    echo "nlohmann json $version"
    expect 70000 "uint16_t 4464 int 70000 long long 70000 int64_t 70000 double 70000 value 70000" \
        "$(./get 70000)"
    expect -1 "uint16_t 65535 int -1 long long -1 int64_t -1 double -1 value -1" "$(./get -1)"
    expect 1.9 "uint16_t 1 int 1 long long 1 int64_t 1 double 1.9 value 1" "$(./get 1.9)"
    expect true "uint16_t 1 int 1 long long 1 int64_t refused double refused value 1" \
        "$(./get true)"
    expect null "uint16_t refused int refused long long refused int64_t refused double refused value refused" \
        "$(./get null)"
done
verdict
