// Codes, and who comes into a party by one.
#include "script.hpp"

#include "party/code.hpp"

namespace netplay_relay::party {

namespace {

Words refused(CloseReason reason) { return {close_text(reason)}; }

Code code_of(const std::string& text) { return parse_code(text).value(); }

PartySettings with_reserved()
{
    PartySettings settings;
    settings.reserved.push_back(
        {code_of("OURP-ARTY"), {wire::parse_network("192.0.2.0/28").value()}});
    return settings;
}

} // namespace

TEST_CASE("a code is typed in any case, with hyphens and blanks or without")
{
    const std::string typed = GENERATE("BCDF-GHJK", "bcdfghjk", " b c-d f--GH jk ", "BCDFGHJK");
    CHECK(to_text(code_of(typed)) == "BCDF-GHJK");
}

TEST_CASE("what cannot be a code")
{
    const std::string typed = GENERATE("", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJ1", "BCDF_GHJK",
                                       "\xc3\x84"
                                       "CDFGHJ");
    CHECK_FALSE(parse_code(typed));
}

TEST_CASE("a code drawn has letters that make no words")
{
    for (unsigned byte = 0; byte < 256; ++byte) {
        std::array<std::uint8_t, code_size> random{};
        random.fill(static_cast<std::uint8_t>(byte));
        for (const char letter : code_from(random).letters)
            CHECK(code_letters.find(letter) != std::string_view::npos);
    }
}

TEST_CASE("a code begins with its node's letter, and every code belongs to a node")
{
    for (std::uint8_t node = 0; node < nodes_max; ++node) {
        std::array<std::uint8_t, code_size> random{};
        random.fill(7);
        Code code = code_from(random, node);
        CHECK(code.letters[0] == code_letters[node]);
        CHECK(code.letters[1] == code_letters[7]);
        CHECK(node_of(code) == node);
    }
    CHECK(node_of(code_of("BCDF-GHJK")) == 0);
    CHECK(node_of(code_of("ZZZZ-ZZZZ")) == 19);
    CHECK(node_of(code_of("AAAA-AAAA")) == 0);
    CHECK(node_of(code_of("YYYY-YYYY")) == 5);
    for (char letter = 'A'; letter <= 'Z'; ++letter)
        CHECK(node_of(code_of(std::string(code_size, letter))) < nodes_max);
}

TEST_CASE("in a fleet the code and the tokens of a party tell its node")
{
    PartySettings settings;
    settings.node = 3;
    settings.reserved = {{code_of("GAMECLUB"), {wire::parse_network("192.0.2.0/24").value()}},
                         {code_of("FOURTHED"), {wire::parse_network("192.0.2.0/24").value()}}};
    Script script(settings);
    script.hosts("ann");
    script.joins("bob", 2);
    CHECK(script.code().front() == code_letters[3]);
    for (const char* name : {"ann", "bob"})
        CHECK(node_of(parse_token(script[name].welcomed->token).value()) == 3);
    Hosting hosting;
    hosting.code = "GAMECLUB"; // another node's
    script.hosts("fay", hosting);
    CHECK(script.told("fay") == refused(CloseReason::code_denied));
    hosting.code = "FOURTHED"; // F is the letter of node 3
    CHECK(script.hosts("gil", hosting).welcomed->code == "FOUR-THED");
}

TEST_CASE("in a star a client hears of the host, and the host of all")
{
    Script script;
    script.hosts("ann");
    const Welcomed welcomed = script["ann"].welcomed.value();
    CHECK(welcomed.code == script.code());
    CHECK(welcomed.token.size() == 32);
    CHECK_FALSE(welcomed.mesh);
    CHECK(welcomed.peers.empty());
    CHECK(welcomed.packet == 1572864);
    CHECK(welcomed.hold == 10);
    CHECK_FALSE(welcomed.again);
    CHECK(welcomed.got == 0);
    script.joins("bob", 77);
    script.joins("carl", 2147483647);
    CHECK(script["bob"].welcomed->id == 77);
    CHECK(script["bob"].welcomed->peers == std::vector<std::int32_t>{1});
    CHECK(script["carl"].welcomed->peers == std::vector<std::int32_t>{1});
    CHECK(script["bob"].welcomed->code == script.code());
    CHECK(script["bob"].welcomed->token != script["carl"].welcomed->token);
    CHECK(script.told("ann") == Words{R"({"joined":77})", R"({"joined":2147483647})"});
    CHECK(script.told("bob").empty());
    CHECK(script.events() == Words{"party_opened 1", "peer_joined 77", "peer_joined 2147483647"});
}

TEST_CASE("a party is shown to everybody if its host has said so, wherever it moves")
{
    const bool shown = GENERATE(false, true);
    Script script;
    Hosting hosting;
    hosting.shown = shown;
    script.hosts("ann", hosting);
    CHECK(script.look().shown == shown);
    script.moves();
    CHECK(script.look().shown == shown);
}

TEST_CASE("only a true shows a party")
{
    const std::string value = GENERATE("false", "1", R"("true")", "null", "[true]");
    Script script;
    script.opens("ann");
    script.says("ann", R"({"host":{"game":"Tanks 1","shown":)" + value + "}}");
    CHECK_FALSE(script.look().shown);
}

TEST_CASE("in a mesh everybody hears of everybody")
{
    Script script;
    script.hosts("ann", mesh_game());
    script.joins("bob", 77);
    script.joins("carl", 5);
    CHECK(script["carl"].welcomed->mesh);
    CHECK(script["carl"].welcomed->peers == std::vector<std::int32_t>{1, 77});
    CHECK(script.told("ann") == Words{R"({"joined":77})", R"({"joined":5})"});
    CHECK(script.told("bob") == Words{R"({"joined":5})"});
    CHECK(script.told("carl").empty());
}

TEST_CASE("who may not come into a party is told why")
{
    Script script;
    script.hosts("ann", {.max = 3});
    script.joins("bob", 2, {.game = "Tanks 2"});
    CHECK(script.told("bob") == refused(CloseReason::different_game));
    script.joins("carl", 2);
    script.joins("dan", 2);
    CHECK(script.told("dan") == refused(CloseReason::id_taken));
    script.says("ann", R"({"refuse":true})");
    CHECK(script.look().refuses);
    script.joins("eve", 3);
    CHECK(script.told("eve") == refused(CloseReason::party_refuses));
    script.says("ann", R"({"refuse":false})");
    script.joins("fay", 3);
    CHECK(script["fay"].welcomed);
    script.joins("gil", 4);
    CHECK(script.told("gil") == refused(CloseReason::party_full));
    CHECK(script.look().peers.size() == 3);
}

TEST_CASE("a party has no more peers than the operator allows, whatever its host says")
{
    PartySettings settings;
    settings.peers = 4;
    Script script(settings);
    script.hosts("ann", {.max = 4000000});
    CHECK(script.look().peers_max == 4);
}

TEST_CASE("of one address only so many are in a party")
{
    PartySettings settings;
    settings.peers_per_address = 2;
    Script script(settings);
    script.hosts("ann", {.address = "192.0.2.1"});
    script.joins("bob", 2, {.address = "192.0.2.1"});
    script.joins("carl", 3, {.address = "192.0.2.1"});
    CHECK(script.told("carl") == refused(CloseReason::address_party_full));
    script.joins("dan", 4, {.address = "192.0.2.2"});
    CHECK(script["dan"].welcomed);
}

TEST_CASE("of one address only so many parties are hosted, and of all only so many")
{
    PartySettings settings;
    settings.parties = 3;
    settings.parties_per_address = 2;
    Script script(settings);
    script.hosts("ann", {.address = "192.0.2.1"});
    script.hosts("bob", {.address = "192.0.2.1"});
    script.hosts("carl", {.address = "192.0.2.1"});
    CHECK(script.told("carl") == refused(CloseReason::address_parties_full));
    script.hosts("dan", {.address = "198.51.100.2"});
    CHECK(script["dan"].welcomed);
    script.hosts("eve", {.address = "203.0.113.2"});
    CHECK(script.told("eve") == refused(CloseReason::parties_full));
    script.hangs_up("ann");
    script.hosts("fay", {.address = "203.0.113.2"});
    CHECK(script["fay"].welcomed);
}

TEST_CASE("a code finds its party alone, and a party that is over has none")
{
    Script script;
    const std::string first = script.hosts("ann", {.game = "x"}).welcomed->code;
    const std::string second = script.hosts("bob", {.game = "x"}).welcomed->code;
    CHECK(first != second);
    script.joins("carl", 9, {.game = "x", .code = second});
    CHECK(script.told("bob") == Words{R"({"joined":9})"});
    CHECK(script.told("ann").empty());
    script.hangs_up("bob");
    script.joins("dan", 8, {.game = "x", .code = second});
    CHECK(script.told("dan") == refused(CloseReason::unknown_code));
}

TEST_CASE("who has typed wrong codes waits, and those of other addresses do not")
{
    Script script;
    script.hosts("ann");
    for (unsigned n = 0; n < free_guesses; ++n) {
        script.joins("bob", 2, {.code = n == 0 ? "nothing" : "BBBB-BBBB"});
        CHECK(script.told("bob") == refused(CloseReason::unknown_code));
    }
    script.joins("bob", 2); // the right one, too late
    CHECK(script.told("bob") == refused(CloseReason::code_guessing));
    script.joins("carl", 3, {.address = "192.0.2.3"});
    CHECK(script["carl"].welcomed);
    script.passes(4900ms);
    script.joins("bob", 2);
    CHECK(script.told("bob") == refused(CloseReason::code_guessing));
    script.passes(200ms);
    script.joins("bob", 2, {.code = "BBBB-BBBB"});
    CHECK(script.told("bob") == refused(CloseReason::unknown_code));
    script.joins("bob", 2);
    CHECK(script.told("bob") == refused(CloseReason::code_guessing));
    script.passes(5s);
    script.joins("bob", 2);
    CHECK(script["bob"].welcomed);
    CHECK(script.manager.counts().wrong_codes == free_guesses + 1);
}

TEST_CASE("as many guessers as are remembered keep nobody else out", "[numbers]")
{
    Script script;
    script.hosts("ann");
    const std::string words = R"({"join":{"code":"BBBB-BBBB","game":"Tanks 1","id":2}})";
    const Bytes request = bytes_of_text(upgrade_request());
    const Bytes join = masked(websocket::Kind::text, bytes_of_text(words));
    Output out;
    const auto guesses = [&](std::size_t number) { // of many, who are not looked at one by one
        const wire::Address address =
            address_of("10." + std::to_string(number / 65536) + "." +
                       std::to_string(number / 256 % 256) + "." + std::to_string(number % 256));
        script.admits = [&](ConnectionId, std::span<const std::string>) { return address; };
        const ConnectionId eve{1000000};
        script.manager.enter(eve, address, script.now + 10s, script.now, out);
        script.manager.receive(eve, request, script.now, out);
        script.manager.receive(eve, join, script.now, out);
        script.manager.leave(eve, script.now, out);
        out.clear();
        script.admits = nullptr;
    };
    for (std::size_t number = 0; number < guessers_max + 100; ++number)
        guesses(number);
    CHECK(script.manager.counts().wrong_codes == guessers_max + 100);
    script.joins("bob", 2);
    CHECK(script["bob"].welcomed);
    script.goes_on({"ann", "bob"}, 1min);
    for (unsigned n = 0; n < free_guesses; ++n) // the others are forgotten
        guesses(guessers_max + 200);
    script.joins("carl", 3, {.address = "10.0.64.200"}); // as its number says
    CHECK(script.told("carl") == refused(CloseReason::code_guessing));
}

TEST_CASE("right codes are no guesses")
{
    Script script;
    script.hosts("ann");
    for (unsigned n = 0; n < 3 * free_guesses; ++n) {
        script.joins("bob", 2);
        REQUIRE(script["bob"].welcomed);
        script.hangs_up("bob");
        script.passes(50ms);
    }
}

TEST_CASE("a reserved code is for hosts of its networks, while nobody has it")
{
    Script script(with_reserved());
    script.hosts("ann", {.code = "ourp arty", .address = "192.0.2.14"});
    CHECK(script["ann"].welcomed->code == "OURP-ARTY");
    script.joins("bob", 2, {.code = "ourparty"});
    CHECK(script["bob"].welcomed);
    script.hosts("carl", {.code = "OURP-ARTY", .address = "192.0.2.3"});
    CHECK(script.told("carl") == refused(CloseReason::code_denied)); // in use
    script.hangs_up("ann");
    script.hangs_up("bob");
    script.hosts("dan", {.code = "OURP-ARTY", .address = "192.0.2.77"});
    CHECK(script.told("dan") == refused(CloseReason::code_denied)); // not of that network
    script.hosts("eve", {.code = "BCDF-GHJK", .address = "192.0.2.3"});
    CHECK(script.told("eve") == refused(CloseReason::code_denied)); // not reserved
    script.hosts("fay", {.code = "OURP-ARTY", .address = "192.0.2.3"});
    CHECK(script["fay"].welcomed->code == "OURP-ARTY");
}

TEST_CASE("a code is not drawn that another party has, or that is promised")
{
    Script script;
    const std::string first = script.hosts("ann").welcomed->code;
    PartySettings settings;
    script.drawn = 2;
    std::array<std::uint8_t, code_size> next{};
    for (std::size_t at = 0; at < next.size(); ++at)
        next[at] = static_cast<std::uint8_t>(3 >> (8 * (at % 4)));
    settings.reserved.push_back({code_from(next), {}});
    script.adopts(settings);
    script.drawn = 0; // as for the first
    const std::string second = script.hosts("bob").welcomed->code;
    CHECK(second != first);
    CHECK(second != to_text(code_from(next)));
}

} // namespace netplay_relay::party
