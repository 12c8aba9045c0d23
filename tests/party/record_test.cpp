// Parties, and those on the way into one, as records.
#include "script.hpp"

#include "record/envelope.hpp"

namespace netplay_relay::party {

namespace {

using record::Fault;
using record::Kind;

// Of all kinds of states that a peer can be in.
void gets_busy(Script& script, std::size_t size)
{
    four_play(script, true);
    script.joins("eve", 5);
    script.joins("fay", 6);
    script.passes(2s);
    script.sends("bob", 0, 'r', std::string(size, 'x'));
    script.sends("bob", 0, 'r', std::string(size, 'y'));
    script.sends("bob", 0, 'u', std::string(2000, 'z'));
    script.is_lost("carl");
    script.says("ann", R"({"kick":4,"text":"bye"})");
    const Bytes half = masked(websocket::Kind::binary, Bytes(100));
    script.says("eve", std::span(half).first(50));
    Bytes fragment = masked(websocket::Kind::binary, packets_of({{1, 'r', "hello"}}));
    fragment[0] = 0x02;
    script.says("ann", fragment);
    script.says("fay", Bytes{1, 2, 3});
}

Doorkeeper nobody()
{
    return {[](ConnectionId,
               std::span<const std::string>) -> std::variant<Doorkeeper::Admitted, CloseReason> {
                return CloseReason::banned_address;
            },
            [](ConnectionId) { return false; }, [](ConnectionId) { return false; }};
}

struct Heir
{
    PartyManager manager{PartySettings{}, nobody(), [](std::span<std::uint8_t>) {}, 3};
};

template <class Name>
std::optional<Fault> fault_of(const std::variant<Name, Fault>& adopted)
{
    const auto* fault = std::get_if<Fault>(&adopted);
    return fault == nullptr ? std::nullopt : std::optional(*fault);
}

// What was taken can be lived with for a while.
void lives(PartyManager& manager, Instant now)
{
    manager.check_consistency();
    Output out;
    for (unsigned calls = 0; calls < 200; ++calls) {
        const auto due = manager.next_deadline();
        if (!due) break;
        now = std::max(now, *due);
        manager.tick(now, out);
        manager.check_consistency();
    }
    manager.close_all(now, out, CloseReason::shutdown);
    manager.check_consistency();
    CHECK(manager.use() == PartyUse{});
}

void is_no_record(const Bytes& body, Kind kind, Instant now)
{
    Heir heir;
    const Bytes sealed = record::seal(kind, body);
    const auto fault = kind == Kind::party ? fault_of(heir.manager.adopt(sealed, {}))
                                           : fault_of(heir.manager.adopt_pending(sealed, {}));
    if (!fault) return lives(heir.manager, now);
    CHECK(fault == Fault::nonsense);
    CHECK(heir.manager.use() == PartyUse{});
    CHECK_FALSE(heir.manager.next_deadline());
}

Bytes body_of(const Bytes& sealed)
{
    return {sealed.begin() + record::envelope_size, sealed.end()};
}

} // namespace

TEST_CASE("a party in the middle of everything goes elsewhere and comes back")
{
    Script script;
    gets_busy(script, 700000);
    const Bytes before = script.manager.write(script.look().number);
    script.moves(-30min);
    CHECK(script.manager.write(script.look().number) == before);
    script.goes_on({"ann", "bob", "eve"}, 30s);
    script.carry_out(
        [&](Output& out) { script.manager.close_all(script.now, out, CloseReason::shutdown); });
    CHECK(script.manager.use() == PartyUse{});
}

TEST_CASE("to write a record changes nothing, and what is not there has none")
{
    Script script;
    gets_busy(script, 700000);
    script.opens("gil");
    const PartyUse use = script.manager.use();
    const Bytes written = script.manager.write(script.look().number);
    CHECK(script.manager.write(script.look().number) == written);
    CHECK_FALSE(script.manager.write_pending(script.id_of("gil")).empty());
    CHECK(script.manager.use() == use);
    CHECK(script.manager.write(99).empty());
    CHECK(script.manager.release(99).empty());
    CHECK(script.manager.write_pending(script.id_of("ann")).empty());
    CHECK(script.manager.release_pending(ConnectionId{99}).empty());
    script.manager.check_consistency();
}

TEST_CASE("a record is not taken twice, nor where its code or its number is another's")
{
    Script script;
    two_play(script);
    script.opens("carl");
    const Bytes party = script.manager.write(script.look().number);
    const Bytes pending = script.manager.write_pending(script.id_of("carl"));
    CHECK(fault_of(script.manager.adopt(party, {})) == Fault::occupied);
    CHECK(fault_of(script.manager.adopt_pending(pending, {})) == Fault::occupied);
    CHECK(fault_of(script.manager.adopt(pending, {})) == Fault::other_kind);
    CHECK(fault_of(script.manager.adopt_pending(party, {})) == Fault::other_kind);
    CHECK(script.manager.adopt_memory(party, {}) == Fault::other_kind);
    script.manager.check_consistency();
    Script other;
    two_play(other); // the same code, token and connections
    CHECK(fault_of(other.manager.adopt(party, {})) == Fault::occupied);
    other.manager.check_consistency();
}

TEST_CASE("a party that is over goes where a new one has its code")
{
    Script script;
    for (int n = 0; n < 3; ++n) {
        script.hosts("x");
        script.hangs_up("x");
    }
    script.drawn = 0;
    two_play(script);
    const std::string code = script.code();
    script.hangs_up("ann");
    const Bytes party = script.manager.release(script.look().number);
    CHECK(script.manager.use() == PartyUse{});
    Script other;
    const std::string same = other.hosts("ann").welcomed->code;
    CHECK(same == code);
    CHECK_FALSE(fault_of(other.manager.adopt(party, {})));
    other.manager.check_consistency();
    other.drawn = 50; // another token than that of the other bob
    other.joins("bob", 2, {.code = same});
    CHECK(other["bob"].welcomed); // in the new one
}

TEST_CASE("a party that was given a number elsewhere does not have it given out again")
{
    Script script;
    two_play(script);
    const std::uint64_t number = script.look().number;
    const Bytes party = script.manager.release(number);
    Heir heir;
    REQUIRE_FALSE(fault_of(heir.manager.adopt(party, {})));
    const Bytes memory = script.manager.release_memory();
    Script third;
    CHECK_FALSE(third.manager.adopt_memory(memory, {}));
    third.hosts("ann");
    CHECK(third.look().number > number);
}

TEST_CASE("a record of many small messages is written in a moment", "[numbers]")
{
    PartySettings settings;
    settings.messages_per_second = 1000000;
    Script script(settings);
    two_play(script);
    script.is_lost("bob");
    Output out;
    constexpr int count = 25000;
    for (int n = 0; n < count; ++n) {
        const Bytes packet = packets_of({{2, 'r', std::to_string(100000 + n)}});
        script.manager.receive(script.id_of("ann"), masked(websocket::Kind::binary, packet),
                               script.now, out);
    }
    CHECK(script.look().peers.size() == 2);
    const Bytes party = script.manager.release(script.look().number);
    CHECK(party.size() > 20 * count);
    CHECK_FALSE(fault_of(script.manager.adopt(party, {})));
    script["bob"].got = 0;
    script.returns("bob");
    CHECK(script.told("bob").size() == count);
}

TEST_CASE("wrong codes are remembered elsewhere")
{
    Script script;
    script.hosts("ann");
    for (unsigned n = 0; n < free_guesses; ++n)
        script.joins("bob", 2, {.code = "BBBB-BBBB"});
    Script other;
    other.now += 1h;
    CHECK_FALSE(other.manager.adopt_memory(script.manager.release_memory(), 1h));
    CHECK(script.manager.counts().wrong_codes == 0);
    CHECK(other.manager.counts().wrong_codes == free_guesses);
    other.hosts("ann");
    other.joins("bob", 2);
    CHECK(other.told("bob") == Words{close_text(CloseReason::code_guessing)});
    other.joins("bob", 2, {.address = "192.0.2.77"});
    CHECK(other["bob"].welcomed);
}

TEST_CASE("a record that is cut or changed is a fault that has a name", "[numbers]")
{
    Script script;
    two_play(script);
    script.opens("carl");
    const Bytes sealed = script.manager.write(script.look().number);
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        Heir heir;
        CHECK(fault_of(heir.manager.adopt(std::span(sealed).first(size), {})));
    }
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        Bytes changed = sealed;
        changed[at] ^= 0x10;
        Heir heir;
        CHECK(fault_of(heir.manager.adopt(changed, {})));
    }
}

TEST_CASE("whatever is in a record, it is taken or is nonsense", "[numbers]")
{
    Script script;
    gets_busy(script, 40000);
    script.opens("gil");
    const Bytes said = masked(websocket::Kind::text, bytes_of_text("{\"host\":"));
    script.says("gil", std::span(said).first(9));
    script.takes("bob");
    script.takes("eve");
    script.hangs_up("dan");
    const Bytes party = body_of(script.manager.write(script.look().number));
    const Bytes pending = body_of(script.manager.write_pending(script.id_of("gil")));
    for (std::size_t size = 0; size < pending.size(); ++size)
        is_no_record({pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(size)},
                     Kind::pending_peer, script.now);
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU})
        for (std::size_t at = 0; at < pending.size(); ++at) {
            Bytes changed = pending;
            changed[at] = static_cast<std::uint8_t>(changed[at] ^ flip);
            is_no_record(changed, Kind::pending_peer, script.now);
        }
    // The large messages are not looked into.
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at < party.size(); ++at)
        if (at % 4001 == 0 || (party[at] != 'x' && party[at] != 'y' && party[at] != 'z'))
            places.push_back(at);
    CHECK(places.size() > 1000);
    for (const std::size_t at : places) {
        Bytes changed = party;
        changed[at] ^= at % 2 == 0 ? 0x01 : 0x80;
        INFO(at);
        is_no_record(changed, Kind::party, script.now);
    }
    is_no_record(party, Kind::party, script.now);
}

} // namespace netplay_relay::party
