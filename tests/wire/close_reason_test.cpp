#include "wire/close_reason.hpp"

#include "support/catch.hpp"

#include <set>

using namespace netplay_relay;

TEST_CASE("every close reason has a word of its own in lower_snake_case")
{
    std::set<std::string_view> words;
    for (std::size_t value = 0; value < wire::close_reason_count; ++value) {
        const std::string_view one = word(static_cast<wire::CloseReason>(value));
        INFO(one);
        CHECK_FALSE(one.empty());
        CHECK(one.find_first_not_of("abcdefghijklmnopqrstuvwxyz_4") == std::string_view::npos);
        CHECK(words.insert(one).second);
    }
}

TEST_CASE("the reasons that are counted are those that the relay gives")
{
    CHECK(static_cast<std::size_t>(wire::CloseReason::shutdown) + 1 == wire::CloseCounts{}.size());
    CHECK(static_cast<std::size_t>(wire::CloseReason::left) == wire::CloseCounts{}.size());
}
