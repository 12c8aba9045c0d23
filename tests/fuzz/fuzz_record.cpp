// Records from anywhere: whatever a room manager is to adopt, it takes it or names a fault, and
// what it has taken it can live with, and give away again. Most are records of real rooms with some
// bytes changed, the others any bytes.
#include "decisions.hpp"
#include "record_bases.hpp"
#include "room_time.hpp"

#include "base/ensure.hpp"
#include "room/room_manager.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <variant>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;
using record::Fault;
using record::Kind;

constexpr Duration life = 3s;

// The room manager that adopts.
class Heir
{
public:
    Heir() : rooms_(bases_settings(), bases_salt) {}

    bool adopt(Kind kind, const Bytes& body, Duration later)
    {
        const Bytes sealed = record::seal(kind, body);
        std::optional<Fault> fault;
        if (kind == Kind::room)
            fault = fault_of(rooms_.adopt(sealed, now_, later));
        else if (kind == Kind::pending_client)
            fault = fault_of(rooms_.adopt_pending(sealed, later));
        else
            fault = rooms_.adopt_memory(sealed, later);
        if (!fault) return true;
        ensure(*fault == Fault::nonsense, "a fault that nobody can have made");
        ensure(rooms_.use() == room::RoomUse{}, "something of nonsense is kept");
        ensure(!rooms_.next_deadline(), "the room manager waits for nonsense");
        return false;
    }

    // Time passes, and those inside say something.
    void live(Decisions& decisions)
    {
        rooms_.check_consistency();
        for (int turn = 0; turn < 3; ++turn) {
            pass(life / 3);
            std::vector<ConnectionId> inside = rooms_.pending();
            for (const room::RoomSnapshot& room : rooms_.look())
                for (const room::MemberSnapshot& member : room.members)
                    inside.push_back(member.connection);
            for (const ConnectionId id : inside) {
                const Bytes& said = words.at(decisions.below(words.size()));
                rooms_.receive(id, said, now_, out_);
                rooms_.check_consistency();
                out_.clear();
            }
        }
    }

    // Whoever is here by now could go on elsewhere.
    void give_away()
    {
        room::RoomManager other(bases_settings(), bases_salt);
        const room::RoomUse use = rooms_.use();
        for (const std::uint64_t number : rooms_.rooms())
            ensure(!fault_of(other.adopt(rooms_.release(number, now_), now_, {})),
                   "a room is not adopted");
        for (const ConnectionId id : rooms_.pending())
            ensure(!fault_of(other.adopt_pending(rooms_.release_pending(id), {})),
                   "a pending client is not adopted");
        ensure(!other.adopt_memory(rooms_.release_memory(), {}), "a memory is not adopted");
        other.check_consistency();
        ensure(other.use() == use, "somebody is lost on the way");
        ensure(rooms_.use() == room::RoomUse{}, "somebody is left");
        other.close_all(now_, out_);
        ensure(other.use() == room::RoomUse{}, "something is left of those who are gone");
        ensure(!other.next_deadline(), "the room manager waits for nobody");
    }

private:
    template <class Name>
    static std::optional<Fault> fault_of(const std::variant<Name, Fault>& adopted)
    {
        const auto* fault = std::get_if<Fault>(&adopted);
        return fault == nullptr ? std::nullopt : std::optional(*fault);
    }

    void pass(Duration duration)
    {
        pass_time(rooms_, now_, duration, out_, [&] { out_.clear(); });
        rooms_.check_consistency();
    }

    // PLAY, SPECTATE, REQUEST_SAVESTATE, a ping, an INPUT of a far frame, the rest of anything.
    inline static const std::array<Bytes, 6> words{
        Bytes{0, 0, 0, 0x25, 0, 0, 0, 4, 0, 0, 0, 0},
        Bytes{0, 0, 0, 0x24, 0, 0, 0, 0},
        Bytes{0, 0, 0, 0x41, 0, 0, 0, 0},
        Bytes{0, 0, 0x11, 0x00, 0, 0, 0, 0},
        Bytes{0, 0, 0, 3, 0, 0, 0, 12, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7},
        Bytes(2000, 0)};

    room::RoomManager rooms_;
    room::Output out_;
    Instant now_ = bases_time;
};

void run(Decisions& decisions)
{
    const auto& bases = record_bases();
    const std::size_t which = decisions.below(bases.size() + 3);
    Kind kind = which == bases.size()       ? Kind::room
                : which == bases.size() + 1 ? Kind::pending_client
                                            : Kind::memory;
    Bytes body;
    if (which < bases.size()) {
        kind = bases[which].kind;
        body = bases[which].body;
        for (std::size_t changes = decisions.below(8); changes > 0; --changes) {
            const std::size_t at = decisions.byte() * 256U + decisions.byte();
            body[at % body.size()] = decisions.byte();
        }
    }
    const Duration later = 1s * decisions.byte() - 100s;
    const Decisions before = decisions;
    if (which >= bases.size()) {
        const auto rest = decisions.rest();
        body.assign(rest.begin(), rest.end());
        decisions = before;
    }
    Heir heir;
    if (!heir.adopt(kind, body, later))
        return ensure(which >= bases.size() || body != bases[which].body, "a base is nonsense");
    heir.live(decisions);
    heir.give_away();
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    netplay_relay::fuzz::Decisions decisions({data, size});
    netplay_relay::fuzz::run(decisions);
    return 0;
}
