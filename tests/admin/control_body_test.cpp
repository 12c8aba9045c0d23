#include "admin/control_body.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using admin::ControlBody;

namespace {

namespace http = boost::beast::http;

admin::Request request_with(const std::string& body, const char* type = "application/json")
{
    admin::Request request{http::verb::post, "/control/x", 11};
    if (type != nullptr) request.set(http::field::content_type, type);
    request.body() = body;
    return request;
}

// What is wrong with a body that may hold {"n": 1 to 9, "t": text of 4, "f": flag, "l": 2 texts}.
std::string problem_of(const std::string& body)
{
    ControlBody read(request_with(body));
    (void)read.number("n", 1, 9);
    (void)read.text("t", 4);
    (void)read.flag("f");
    (void)read.texts("l", 2);
    return read.problem();
}

} // namespace

TEST_CASE("what is right is read")
{
    ControlBody body(request_with(R"({"n": 9, "t": "abcd", "f": false, "l": ["a", ""]})"));
    CHECK(body.number("n", 1, 9) == 9);
    CHECK(body.text("t", 4) == "abcd");
    CHECK(body.flag("f") == false);
    CHECK(body.texts("l", 2) == std::vector<std::string>{"a", ""});
    CHECK(body.has("n"));
    CHECK_FALSE(body.has("other"));
    CHECK_FALSE(body.number("other", 0, 1));
    CHECK(body.problem().empty());
    CHECK(problem_of("{}").empty());
    CHECK(problem_of(" {\n\t\"n\":1 } ").empty());
}

TEST_CASE("what is wrong is told by its key")
{
    const char* number = "\"n\" must be a whole number from 1 to 9";
    for (const char* value : {"0", "10", "-1", "1.0", "1e0", "\"1\"", "null", "[]", "true",
                              "18446744073709551616", "99999999999999999999999999"})
        CHECK(problem_of(std::string("{\"n\": ") + value + "}") == number);
    for (const char* value : {"1", "null", "[\"a\"]", "\"abcde\""})
        CHECK(problem_of(std::string("{\"t\": ") + value + "}") ==
              "\"t\" must be a text of at most 4 bytes");
    for (const char* value : {R"("a\n")", R"("\u001b[")", R"("\u202e")", R"("\u0000")"})
        CHECK(problem_of(std::string("{\"t\": ") + value + "}") ==
              "\"t\" must be on one line, without control characters");
    for (const char* value : {"1", "null", "\"true\""})
        CHECK(problem_of(std::string("{\"f\": ") + value + "}") == "\"f\" must be true or false");
    for (const char* value : {"\"a\"", "[1]", "[\"a\",\"b\",\"c\"]", "{}"})
        CHECK(problem_of(std::string("{\"l\": ") + value + "}") ==
              "\"l\" must be a list of at most 2 texts");
}

TEST_CASE("keys that nobody knows, or that are there twice, are refused")
{
    CHECK(problem_of(R"({"m": 1})") == "\"m\" is no key that is known here");
    CHECK(problem_of(R"({"": 1})") == "\"\" is no key that is known here");
    CHECK(problem_of(R"({"n": 1, "n": 1})") == "\"n\" must not be there twice");
    CHECK(problem_of("{\"\\\"\\u001b\": 1}") == "\"\\x22\\x1b\" is no key that is known here");
    const std::string inner = R"({"l": [{"n": 1, "n": 2}]})";
    CHECK(problem_of(inner) == "\"l\" must be a list of at most 2 texts");
    ControlBody body(request_with("{}"));
    body.must_have("n");
    CHECK(body.problem() == "\"n\" must be there");
}

TEST_CASE("what is no JSON object is refused")
{
    for (const char* body : {"", "{", "{}{}", "{\"n\": 1,}", "// x\n{}", "\xff", "{'n': 1}",
                             "{\"t\": \"\xff\"}", "nul"})
        CHECK(problem_of(body) == "the body is not JSON");
    for (const char* body : {"[]", "1", "\"x\"", "null", "true"})
        CHECK(problem_of(body) == "the body must be a JSON object, such as {}");
    const std::string deep = std::string(8000, '[') + std::string(8000, ']');
    CHECK(problem_of("{\"l\": " + deep + "}") == "\"l\" must be a list of at most 2 texts");
    CHECK(problem_of(deep) == "the body must be a JSON object, such as {}");
}

TEST_CASE("a form of another site is no JSON")
{
    const auto problem = [](const char* type) {
        return ControlBody(request_with("{}", type)).problem();
    };
    for (const char* type : {"application/json", "application/json; charset=utf-8",
                             "Application/JSON", "application/json ;x"})
        CHECK(problem(type).empty());
    for (const char* type :
         {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "",
          "application/jsonx", "text/plain; application/json", " application/json,text/plain"})
        CHECK(problem(type) ==
              "the body must be JSON, with the field Content-Type: application/json");
    CHECK_FALSE(problem(nullptr).empty());
}
