// Who meets whom, where it is not core and content that decide.
#include "script.hpp"

namespace netplay_relay::room {

namespace {

Visit of_game(const char* core, std::uint32_t crc)
{
    Visit visit;
    visit.game = {crc, core, "v1"};
    return visit;
}

} // namespace

TEST_CASE("games without a CRC never meet by accident", "[numbers]")
{
    Script script;
    script.joins("ann", of_game("A", 0));
    script.joins("bob", of_game("A", 0));
    CHECK(script.manager.use().rooms == 2);
    Visit by_password = of_game("A", 0);
    by_password.admission.by_password = true;
    by_password.password = "friends";
    script.joins("carl", by_password);
    script.joins("dan", by_password);
    CHECK(script.manager.use().rooms == 3); // they have agreed on it
    by_password.password = "others";
    script.joins("eve", by_password);
    CHECK(script.manager.use().rooms == 4);
    Visit to_ann = of_game("A", 0);
    to_ann.admission.room = script.manager.look().front().number; // the room's own port
    script.joins("fred", to_ann);
    CHECK(script.manager.use() == RoomUse{4, 6, 0});
    script.leaves("bob");
    script.joins("gil", of_game("A", 0));
    CHECK(script.manager.use() == RoomUse{4, 6, 0});
}

TEST_CASE("rooms by core are found by core and password, whatever the content is")
{
    Script script;
    const auto comes = [&](const char* name, const char* core, std::uint32_t crc,
                           const char* password) {
        Visit visit = of_game(core, crc);
        visit.admission.by_password = visit.admission.by_core = true;
        visit.password = password;
        script.joins(name, visit);
    };
    comes("ann", "FBNeo", 1, "moon");
    CHECK(script.look().by_core);
    CHECK(script.look().by_password);
    (void)script.events();
    comes("bob", "fbneo", 2, "moon");
    CHECK(script.manager.use().rooms == 1);
    CHECK(script["bob"].handshake().negotiated().info.content_crc == 1); // no frontend warns
    const Words events = script.events();
    CHECK(std::count(events.begin(), events.end(), "content_differs bob") == 1);
    CHECK(script.all_events().back().content_crc == 1); // of the room, but for that line
    comes("carl", "FBNeo", 0, "moon");
    CHECK(script.manager.use().rooms == 1);
    comes("dan", "FBNeo", 1, "sun");
    CHECK(script.manager.use().rooms == 2);
    comes("eve", "MAME", 1, "moon");
    CHECK(script.manager.use().rooms == 3);
    Visit by_content = of_game("FBNeo", 1);
    by_content.admission.by_password = true;
    by_content.password = "moon";
    script.joins("fred", by_content);
    CHECK(script.manager.use().rooms == 4);
}

} // namespace netplay_relay::room
