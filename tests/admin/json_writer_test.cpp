#include "admin/json_writer.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace netplay_relay;
using nlohmann::ordered_json;

namespace {

template <class Value>
std::string written(const Value& value)
{
    std::string text;
    admin::JsonWriter(text).value(value);
    return text;
}

std::string dumped(const ordered_json& value)
{
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace

TEST_CASE("commas come by themselves, wherever objects and lists are")
{
    std::string text;
    admin::JsonWriter out(text);
    out.begin_list();
    out.begin_object();
    out.end_object();
    out.begin_list();
    out.end_list();
    out.object("unused", [] {}); // keys are up to whoever writes
    out.end_list();
    CHECK(text == R"([{},[],"unused":{}])");

    text.clear();
    out.begin_object();
    out.member("first", 1U);
    out.object("second", [&] {
        out.list("empty", [] {});
        out.list("numbers", [&] {
            out.value(1);
            out.value(-2);
        });
        out.member("null", nullptr);
    });
    out.member("yes", true);
    out.member("no", false);
    out.member("none", std::optional<double>());
    out.member("some", std::optional<std::string>("x"));
    out.end_object();
    CHECK(text == R"({"first":1,"second":{"empty":[],"numbers":[1,-2],"null":null},)"
                  R"("yes":true,"no":false,"none":null,"some":"x"})");
}

TEST_CASE("a text that ends like the beginning of a list is a value all the same")
{
    std::string text;
    admin::JsonWriter out(text);
    out.begin_list();
    for (const char* const one : {"[", "{", ":", ""})
        out.value(one);
    out.end_list();
    CHECK(text == R"(["[","{",":",""])");
}

TEST_CASE("texts are escaped as the JSON library escapes them")
{
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string alone(1, static_cast<char>(byte));
        CHECK(written(alone) == dumped(alone));
        CHECK(written("a" + alone + "b") == dumped("a" + alone + "b"));
    }
    for (const std::string text :
         {"J\xc3\xb6rg", "\xe2\x82", "\xf0\x9f\x8e\xae", "\xed\xa0\x80", "\x7f"})
        CHECK(written(text) == dumped(text));
}

TEST_CASE("whole numbers are written with all their digits")
{
    CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(written(std::uint8_t{200}) == "200");
    CHECK(written(0) == "0");
}

TEST_CASE("numbers of three decimals are written as the JSON library writes them")
{
    std::minstd_rand random(1);
    for (int round = 0; round < 20000; ++round) {
        const double scale = std::pow(10.0, static_cast<double>(random() % 13));
        const double value = std::round(scale * static_cast<double>(random()) /
                                        static_cast<double>(std::minstd_rand::max()) * 1000) /
                             1000;
        REQUIRE(written(value) == dumped(value));
        REQUIRE(written(-value) == dumped(-value));
    }
    for (const double value : {0.0, 1.0, 0.001, 0.01, 100.0, 999999999999.999})
        CHECK(written(value) == dumped(value));
}

TEST_CASE("what is no number is null, and every number is read back as it was")
{
    CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "null");
    CHECK(written(-std::numeric_limits<double>::infinity()) == "null");
    for (const double value : {1e300, -1e15, 123456789012345678.0, 1e-5, 5e-324, 0.1 + 0.2,
                               std::numeric_limits<double>::max()})
        CHECK(ordered_json::parse(written(value)).get<double>() == value);
}
