// Several connections on their way into parties and within them, each of which says whatever it
// likes at any time, and all of which move meanwhile: nothing may break the party manager, or make
// it keep what nobody can get any more; and what has to arrive does so once, and in its order. What
// is written of a party is also changed, and then adopted or named nonsense.
#include "decisions.hpp"
#include "party_world.hpp"

#include "base/ensure.hpp"
#include "record/envelope.hpp"

#include <chrono>
#include <utility>

namespace netplay_relay::fuzz {

namespace {

using namespace std::chrono_literals;
using party::CloseReason;

constexpr std::size_t steps_max = 300;

class Parties
{
public:
    explicit Parties(Decisions& decisions)
        : decisions_(decisions), world_(settings_of(decisions, decisions.yes()))
    {
    }

    void run()
    {
        for (std::size_t n = 0; n < steps_max && !decisions_.empty(); ++n)
            step(world_.people.at(decisions_.below(people_max)));
        world_.all_go();
    }

private:
    void step(Person& person)
    {
        switch (decisions_.below(16)) {
        case 0: return go(person);
        case 1: return raw(person);
        case 2: return world_.wait(5ms * decisions_.byte());
        case 3: return world_.wait(decisions_.yes() ? 1s : 11s);
        case 4: return world_.move(decisions_.yes());
        case 5: return rule(person);
        case 6: return alter(person);
        default: break;
        }
        if (!person.inside) return come(person);
        say(person);
    }

    void come(Person& person)
    {
        world_.enter(person, static_cast<std::uint8_t>(decisions_.below(3)));
        world_.tell(person, bytes_of(upgrade_request), cut());
        if (!person.inside) return;
        const std::size_t what = decisions_.below(8);
        const bool mesh = decisions_.yes();
        if (what == 0)
            world_.say(person, R"({"host":{"game":"x","max":3}})", cut());
        else if (what == 1)
            world_.say(person, R"({"host":{"game":"x","code":"OURP-ARTY"}})", cut());
        else if (what < 4)
            world_.come_back(person, decisions_.byte());
        else
            world_.host_or_join(person, mesh, 2 + static_cast<int>(decisions_.below(4)));
    }

    void go(Person& person)
    {
        constexpr std::array ways{CloseReason::lost, CloseReason::left, CloseReason::too_slow,
                                  CloseReason::memory_short};
        world_.leave(person, ways.at(decisions_.below(ways.size())));
    }

    void raw(Person& person)
    {
        Bytes bytes;
        for (std::size_t left = decisions_.below(24); left > 0; --left)
            bytes.push_back(decisions_.byte());
        world_.tell(person, bytes, 0);
    }

    void say(Person& person)
    {
        using websocket::Kind;
        switch (decisions_.below(12)) {
        case 0: return world_.say(person, R"({"refuse":true})", cut());
        case 1: return world_.say(person, R"({"kick":2,"text":"x"})", cut());
        case 2: return world_.frame(person, Kind::ping, Bytes(decisions_.below(4)), cut());
        case 3: return world_.frame(person, Kind::pong, {}, cut());
        case 4: return world_.frame(person, Kind::close, {}, cut());
        case 5:
            return world_.say(person, "{\"got\":" + std::to_string(decisions_.byte()) + "}", cut());
        case 6:
        case 7: return world_.take(person, cut());
        default: return world_.frame(person, Kind::binary, packets(), cut());
        }
    }

    Bytes packets()
    {
        Bytes message;
        const bool reliable = decisions_.yes();
        for (std::size_t left = 1 + decisions_.below(3); left > 0; --left) {
            const auto shape = decisions_.byte();
            const auto mode = static_cast<std::uint8_t>(reliable ? 2 : shape & 1U);
            const std::size_t size =
                (shape & 2U) != 0 ? decisions_.below(64) : std::size_t{decisions_.byte()} * 16;
            const auto target = static_cast<std::int32_t>(decisions_.below(9)) - 4;
            std::vector<std::int32_t> list;
            if ((shape & 4U) != 0)
                for (std::size_t more = decisions_.below(4); more > 0; --more)
                    list.push_back(static_cast<std::int32_t>(decisions_.below(5)));
            world_.append_packet(message, target, mode, size, list, (shape & 4U) != 0);
        }
        if (decisions_.below(16) == 0) message.resize(decisions_.below(message.size() % 256 + 1));
        return message;
    }

    // Of the next bytes so many come at once, and the rest with what is said next.
    std::size_t cut() { return decisions_.below(4) == 0 ? 1 + decisions_.below(40) : 0; }

    // What the operator and the lobby do.
    void rule(Person& person)
    {
        const std::size_t what = decisions_.below(8);
        const auto party = world_.some_party(decisions_.byte());
        const auto peer = static_cast<std::int32_t>(1 + decisions_.below(4));
        world_.act([&](party::PartyManager& manager, Instant now, party::Output& out) {
            switch (what) {
            case 0: return manager.send_away(person.id, CloseReason::sent_away, now, out);
            case 1:
                (void)manager.send_away(party, peer, CloseReason::memory_short, now, out);
                return;
            case 2: (void)manager.close(party, CloseReason::ended_by_operator, now, out); return;
            case 3: return manager.forgive(3s, now);
            case 4: return manager.refuse_new_parties(CloseReason::draining);
            case 5: return manager.refuse_new_parties(std::nullopt);
            case 6: return manager.adopt(settings_of(decisions_, peer % 2 == 0));
            default: break;
            }
            const auto unwanted = [&](const wire::Address& address,
                                      bool hosts) -> std::optional<CloseReason> {
                if (hosts || address.bytes[15] != peer) return std::nullopt;
                return CloseReason::banned_address;
            };
            (void)manager.end_unwanted(unwanted, now, out);
        });
    }

    // A record of what is here, changed, in a party manager of its own.
    void alter(Person& person)
    {
        const bool is_party = decisions_.below(4) != 0;
        const std::uint64_t party = world_.some_party(decisions_.byte());
        Bytes sealed =
            is_party ? world_.manager().write(party) : world_.manager().write_pending(person.id);
        if (sealed.empty()) return;
        Bytes body(sealed.begin() + record::envelope_size, sealed.end());
        const std::size_t changes = decisions_.below(4);
        for (std::size_t left = changes; left > 0; --left) {
            const std::size_t at = decisions_.byte() * 256U + decisions_.byte();
            body[at % body.size()] = decisions_.byte();
        }
        World heir(world_.settings());
        const auto kind = is_party ? record::Kind::party : record::Kind::pending_peer;
        const bool taken =
            heir.adopt_anything(kind, body, 1s * decisions_.byte() - 100s, world_.now());
        ensure(taken || changes > 0, "what was written cannot be read");
    }

    Decisions& decisions_;
    World world_;
};

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay::fuzz;
    Decisions decisions({data, size});
    Parties(decisions).run();
    return 0;
}
