#include "room/output.hpp"

#include "support/catch.hpp"

#include <set>

namespace netplay_relay::room {

TEST_CASE("every kind of event has a word of its own")
{
    std::set<std::string_view> words;
    for (int kind = 0; kind <= static_cast<int>(RoomEventKind::desync); ++kind)
        words.insert(word(static_cast<RoomEventKind>(kind)));
    CHECK(words.size() == static_cast<std::size_t>(RoomEventKind::desync) + 1);
    CHECK_FALSE(words.contains("unknown"));
}

TEST_CASE("an output is emptied whole")
{
    Output out;
    out.messages.emplace_back();
    out.closings.emplace_back();
    out.events.emplace_back();
    out.clear();
    CHECK(out.messages.empty());
    CHECK(out.closings.empty());
    CHECK(out.events.empty());
}

TEST_CASE("every kind of what members say has a word of its own")
{
    std::set<std::string_view> words;
    for (std::size_t at = 0; at < said_kind_count; ++at)
        words.insert(word(static_cast<SaidKind>(at)));
    CHECK(words.size() == said_kind_count);
}

} // namespace netplay_relay::room
