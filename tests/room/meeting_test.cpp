// Who meets whom, where it is not core and content that decide.
#include "dialogue.hpp"

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
    Dialogue hall;
    hall.joins("ann", of_game("A", 0));
    hall.joins("bob", of_game("A", 0));
    CHECK(hall.hall.use().rooms == 2);
    Visit by_password = of_game("A", 0);
    by_password.admission.by_password = true;
    by_password.password = "friends";
    hall.joins("carl", by_password);
    hall.joins("dan", by_password);
    CHECK(hall.hall.use().rooms == 3); // they have agreed on it
    by_password.password = "others";
    hall.joins("eve", by_password);
    CHECK(hall.hall.use().rooms == 4);
    Visit to_ann = of_game("A", 0);
    to_ann.admission.room = hall.hall.look().front().number; // the room's own port
    hall.joins("fred", to_ann);
    CHECK(hall.hall.use() == HallUse{4, 6, 0});
    hall.leaves("bob");
    hall.joins("gil", of_game("A", 0));
    CHECK(hall.hall.use() == HallUse{4, 6, 0});
}

TEST_CASE("rooms by core are found by core and password, whatever the content is")
{
    Dialogue hall;
    const auto comes = [&](const char* name, const char* core, std::uint32_t crc,
                           const char* password) {
        Visit visit = of_game(core, crc);
        visit.admission.by_password = visit.admission.by_core = true;
        visit.password = password;
        hall.joins(name, visit);
    };
    comes("ann", "FBNeo", 1, "moon");
    CHECK(hall.look().by_core);
    CHECK(hall.look().by_password);
    (void)hall.news();
    comes("bob", "fbneo", 2, "moon");
    CHECK(hall.hall.use().rooms == 1);
    CHECK(hall["bob"].handshake().settled().info.content_crc == 1); // no frontend warns
    const Words news = hall.news();
    CHECK(std::count(news.begin(), news.end(), "content_differs bob") == 1);
    CHECK(hall.all_news().back().content_crc == 1); // of the room, but for that line
    comes("carl", "FBNeo", 0, "moon");
    CHECK(hall.hall.use().rooms == 1);
    comes("dan", "FBNeo", 1, "sun");
    CHECK(hall.hall.use().rooms == 2);
    comes("eve", "MAME", 1, "moon");
    CHECK(hall.hall.use().rooms == 3);
    Visit by_content = of_game("FBNeo", 1);
    by_content.admission.by_password = true;
    by_content.password = "moon";
    hall.joins("fred", by_content);
    CHECK(hall.hall.use().rooms == 4);
}

} // namespace netplay_relay::room
