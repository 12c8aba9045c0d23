#include "config/fault_reader.hpp"

#include "faults.hpp"

namespace netplay_relay::config {

namespace {

struct Numbers
{
    std::uint32_t number = 7;
    std::uint16_t port = 8;
    std::chrono::seconds seconds{9};
};

// Reads "f" as a flag.
std::vector<Fault> read_flag(std::string_view text, bool& flag)
{
    const auto json = nlohmann::json::parse(text);
    std::vector<Fault> faults;
    Environment environment;
    FaultReader reader(json, environment, "", faults);
    reader.flag("f", flag);
    reader.finish();
    return faults;
}

// Reads "n" from 1 to 10, "p" as a port and "s" from 0 to 60.
std::vector<Fault> read_numbers(std::string_view text, Numbers& into)
{
    const auto json = nlohmann::json::parse(text);
    std::vector<Fault> faults;
    Environment environment;
    FaultReader reader(json, environment, "", faults);
    reader.number("n", 1, 10, into.number);
    reader.port("p", into.port);
    reader.seconds("s", 0, 60, into.seconds);
    reader.finish();
    return faults;
}

void check_number_refused(const std::string& value)
{
    Numbers numbers;
    const auto faults = read_numbers("{\"n\": " + value + "}", numbers);
    INFO(value << "\n" << lines_of(faults));
    REQUIRE(faults.size() == 1);
    CHECK(faults.front().key == "n");
    CHECK(says(faults.front().problem, "must be a whole number from 1 to 10, not "));
    CHECK(numbers.number == 7);
}

std::optional<int> parse_even(const std::string& text)
{
    const int value = std::stoi(text);
    return value % 2 == 0 ? std::optional(value) : std::nullopt;
}

} // namespace

TEST_CASE("a flag is true or false and nothing like it")
{
    bool flag = false;
    CHECK(read_flag("{}", flag).empty());
    CHECK_FALSE(flag);
    CHECK(read_flag(R"({"f": true})", flag).empty());
    CHECK(flag);
    CHECK(read_flag("{}", flag).empty());
    CHECK(flag);
    CHECK(read_flag(R"({"f": false})", flag).empty());
    CHECK_FALSE(flag);
    for (const std::string value : {"0", "1", "\"true\"", "null", "[]", "{}"}) {
        const auto faults = read_flag("{\"f\": " + value + "}", flag);
        REQUIRE(faults.size() == 1);
        const std::string hint = value == "\"true\"" ? "; write it without quotes" : "";
        CHECK(
            (faults.front() == Fault{"f", "must be true or false, not " + shown_as(value) + hint}));
        CHECK_FALSE(flag);
    }
}

TEST_CASE("numbers within their range are taken, both ends included")
{
    Numbers numbers;
    CHECK(read_numbers(R"({"n": 1, "p": 0, "s": 0})", numbers).empty());
    CHECK(numbers.number == 1);
    CHECK(numbers.port == 0);
    CHECK(numbers.seconds == std::chrono::seconds{0});
    CHECK(read_numbers(R"({"n": 10, "p": 65535, "s": 60})", numbers).empty());
    CHECK(numbers.number == 10);
    CHECK(numbers.port == 65535);
    CHECK(numbers.seconds == std::chrono::seconds{60});
}

TEST_CASE("keys left out leave their targets alone")
{
    Numbers numbers;
    CHECK(read_numbers("{}", numbers).empty());
    CHECK(numbers.number == 7);
    CHECK(numbers.port == 8);
    CHECK(numbers.seconds == std::chrono::seconds{9});
}

TEST_CASE("everything else is no number of that range")
{
    for (const char* value : {"0", "11", "-1", "-0.0", "1.5", "5.0", "1e0", "4294967296",
                              "4294967301", "18446744073709551615", "18446744073709551621", "1e300",
                              "\"5\"", "true", "null", "[]", "[5]", "{}", "{\"n\": 5}"})
        check_number_refused(value);
}

TEST_CASE("a faulty port or duration leaves its target alone and names its range")
{
    Numbers numbers;
    const auto faults = read_numbers(R"({"p": 65536, "s": 61})", numbers);
    REQUIRE(faults.size() == 2);
    CHECK((faults[0] == Fault{"p", "must be a whole number from 0 to 65535, not 65536"}));
    CHECK((faults[1] == Fault{"s", "must be a whole number from 0 to 60, not 61"}));
    CHECK(numbers.port == 8);
    CHECK(numbers.seconds == std::chrono::seconds{9});
}

TEST_CASE("a long value is not repeated whole")
{
    Numbers numbers;
    const auto faults = read_numbers("{\"n\": \"" + std::string(5000, 'x') + "\"}", numbers);
    REQUIRE(faults.size() == 1);
    CHECK(faults.front().problem.size() < 150);
    CHECK(says(faults.front().problem, "..."));
}

TEST_CASE("a list of texts is taken whole or not at all")
{
    const auto read = [](std::string_view text, std::vector<int>& target) {
        const auto json = nlohmann::json::parse(text);
        std::vector<Fault> faults;
        Environment environment;
        FaultReader reader(json, environment, "outer", faults);
        reader.texts("list", "an even number", 3, target, parse_even);
        reader.finish();
        return faults;
    };
    std::vector<int> target{1};
    CHECK(read(R"({"list": ["2", "4", "6"]})", target).empty());
    CHECK(target == std::vector<int>{2, 4, 6});
    CHECK(read(R"({"list": []})", target).empty());
    CHECK(target.empty());

    target = {1};
    const auto faults = read(R"({"list": ["2", "3", 4]})", target);
    REQUIRE(faults.size() == 2);
    CHECK((faults[0] == Fault{"outer.list[1]", "must be an even number, not \"3\""}));
    CHECK((faults[1] == Fault{"outer.list[2]", "must be an even number, not 4"}));
    CHECK(target == std::vector<int>{1});

    for (const char* text : {R"({"list": ["2", "2", "2", "2"]})", R"({"list": "2"})",
                             R"({"list": {"a": "2"}})", R"({"list": null})"}) {
        const auto all = read(text, target);
        INFO(text);
        REQUIRE(all.size() == 1);
        const std::string hint =
            std::string_view(text) == R"({"list": "2"})" ? "; write it in brackets: [ ... ]" : "";
        CHECK((all[0] == Fault{"outer.list",
                               "must be a list of at most 3 texts, each an even number" + hint}));
    }
}

TEST_CASE("a long text of a list is not repeated whole")
{
    const nlohmann::json json = {{"list", {std::string(5000, 'x')}}};
    std::vector<Fault> faults;
    std::vector<int> target;
    Environment environment;
    FaultReader reader(json, environment, "", faults);
    reader.texts("list", "an even number", 3, target,
                 [](const std::string&) { return std::optional<int>(); });
    REQUIRE(faults.size() == 1);
    CHECK(faults.front().problem.size() < 150);
}

TEST_CASE("nested objects report the whole path")
{
    const auto json = nlohmann::json::parse(R"({
        "a": {"b": {"n": 11, "x": 1}}, "list": [{"n": 1}, {"n": 12}, 3], "y": 1})");
    std::vector<Fault> faults;
    std::uint32_t number = 0;
    Environment environment;
    FaultReader reader(json, environment, "", faults);
    reader.object("a", [&](FaultReader& a) {
        a.object("b", [&](FaultReader& b) { b.number("n", 1, 10, number); });
    });
    reader.objects("list", 5, [&](FaultReader& item) { item.number("n", 1, 10, number); });
    reader.object("missing", [](FaultReader&) { FAIL("there is none"); });
    reader.finish();
    CHECK(keys_of(faults) ==
          std::vector<std::string>{"a.b.n", "a.b.x", "list[1].n", "list[2]", "y"});
    REQUIRE(faults.size() == 5);
    CHECK(faults[1].problem == "is no key here; known are: n");
    CHECK(faults[3].problem == "must be an object { ... }, not 3");
    CHECK(faults[4].problem == "is no key here; known are: a, list, missing");
}

} // namespace netplay_relay::config
