#include "daemon/doctor/findings.hpp"

#include "text/text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace netplay_relay::daemon::doctor {

namespace {

std::string shown(Grade grade)
{
    switch (grade) {
    case Grade::ok: return "ok    ";
    case Grade::warn: return "warn  ";
    case Grade::fail: return "FAIL  ";
    }
    return {};
}

const char* grade_word(Grade grade)
{
    switch (grade) {
    case Grade::ok: return "ok";
    case Grade::warn: return "warn";
    case Grade::fail: return "fail";
    }
    return "";
}

std::size_t count(const Findings& findings, Grade grade)
{
    return static_cast<std::size_t>(std::ranges::count(findings, grade, &Finding::grade));
}

} // namespace

std::string to_text(const Findings& findings)
{
    std::string all;
    for (const Finding& one : findings)
        all += shown(one.grade) +
               text::plain(one.what + ": " + one.fact +
                           (one.advice.empty() ? "" : "; " + one.advice)) +
               "\n";
    return all;
}

std::string to_json(const Findings& findings)
{
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const Finding& one : findings)
        list.push_back({{"grade", grade_word(one.grade)},
                        {"what", text::plain(one.what)},
                        {"fact", text::plain(one.fact)},
                        {"advice", text::plain(one.advice)}});
    const Json all{{"failed", count(findings, Grade::fail)},
                   {"warned", count(findings, Grade::warn)},
                   {"findings", std::move(list)}};
    return all.dump(2) + "\n";
}

bool any_failed(const Findings& findings) { return count(findings, Grade::fail) > 0; }

} // namespace netplay_relay::daemon::doctor
