// The body of a request that controls the relay: one JSON object, of which every key has to be
// known and right. The first thing that is wrong is told, in one sentence.
#pragma once

#include "admin/http.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::admin {

class ControlBody
{
public:
    explicit ControlBody(const Request& request);

    // Each of these gives nothing if the key is missing or its value is wrong.
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least,
                                                      std::uint64_t most);
    [[nodiscard]] std::optional<bool> flag(std::string_view key);
    // At most so many bytes, and nothing in it that would command a terminal.
    [[nodiscard]] std::optional<std::string> text(std::string_view key, std::size_t most);
    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view key,
                                                                std::size_t most);

    [[nodiscard]] bool has(std::string_view key) const;
    void must_have(std::string_view key);
    // Says that the value of the key is wrong: "KEY PROBLEM".
    void fault(std::string_view key, std::string_view problem);

    // Nothing if all is right. To be called once everything has been asked for.
    [[nodiscard]] std::string problem();

private:
    [[nodiscard]] const nlohmann::json* find(std::string_view key);
    void parse(const std::string& body);

    nlohmann::json value_;
    std::set<std::string, std::less<>> known_;
    std::string problem_;
};

} // namespace netplay_relay::admin
