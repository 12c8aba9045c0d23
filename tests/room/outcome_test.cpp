#include "netplay_relay/room/outcome.hpp"

#include "support/catch.hpp"

#include <set>

namespace netplay_relay::room {

TEST_CASE("every kind of news has a word of its own")
{
    std::set<std::string_view> words;
    for (int kind = 0; kind <= static_cast<int>(RoomNewsKind::desync); ++kind)
        words.insert(word(static_cast<RoomNewsKind>(kind)));
    CHECK(words.size() == static_cast<std::size_t>(RoomNewsKind::desync) + 1);
    CHECK_FALSE(words.contains("unknown"));
}

TEST_CASE("an outcome is emptied whole")
{
    Outcome out;
    out.parcels.emplace_back();
    out.closings.emplace_back();
    out.news.emplace_back();
    out.clear();
    CHECK(out.parcels.empty());
    CHECK(out.closings.empty());
    CHECK(out.news.empty());
}

} // namespace netplay_relay::room
