// Several connections in the rooms, each of which says whatever it likes at any time: nothing that
// is said may break the room manager, make it keep much, or make it say much more than it was told.
#include "decisions.hpp"
#include "room_time.hpp"
#include "wild_commands.hpp"

#include "base/ensure.hpp"
#include "cores/arena_core.hpp"
#include "peer/identity.hpp"
#include "room/room_manager.hpp"

#include <array>
#include <optional>
#include <utility>

namespace netplay_relay::fuzz {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t steps_max = 400;
constexpr std::size_t people_max = 5;
constexpr std::size_t ticks_unchecked = 8; // whether all fits together is looked at so often

// What one step may make the room manager say, to all of them: for each byte that was said, for
// each frame the clock may have closed meanwhile, and a savestate to everybody.
constexpr std::size_t said_at_least = 64U << 10U;
constexpr std::size_t said_for_a_byte = 64;

room::RoomSettings settings_of(Decisions& decisions)
{
    room::RoomSettings settings;
    settings.members = 3 + static_cast<std::uint32_t>(decisions.below(3));
    settings.savestate_bytes = 64U << 10U;
    if (decisions.yes()) settings.desync_watch = 1s;
    if (decisions.below(4) == 0) settings.password = "friends";
    if (decisions.yes()) {
        room::DeviceTable table;
        table.core = "netplay-relay arena";
        for (std::size_t port = 0; port < 4; ++port)
            table.devices[port] = static_cast<std::uint32_t>(decisions.below(6));
        settings.devices.push_back(table);
    }
    settings.players = 1 + static_cast<std::uint32_t>(decisions.below(6));
    return settings;
}

// What everybody plays.
const cores::ArenaCore& game()
{
    static const cores::ArenaCore core = [] {
        cores::ArenaOptions options;
        options.players = 4;
        options.state_size = cores::ArenaOptions::state_size_min;
        return cores::ArenaCore(options);
    }();
    return core;
}

struct Person
{
    ConnectionId id;
    bool inside = false;
    std::optional<netplay::ClientHandshake> handshake;
    wire::CommandStream heard;
};

class Rooms
{
public:
    explicit Rooms(Decisions& decisions)
        : decisions_(decisions), rooms_(settings_of(decisions), 0x5a17)
    {
    }

    void run()
    {
        for (std::size_t n = 0; n < steps_max && !decisions_.empty(); ++n)
            step(people_.at(decisions_.below(people_max)));
        for (Person& person : people_)
            go(person);
        ensure(rooms_.use() == room::RoomUse{}, "something is left of those who are gone");
        ensure(!rooms_.next_deadline(), "the room manager waits for nobody");
    }

private:
    void step(Person& person)
    {
        switch (decisions_.below(16)) {
        case 0: return go(person);
        case 1: return raw(person);
        case 2:
        case 3: return wait(2ms * decisions_.byte());
        case 4: return wait(decisions_.below(8) == 7 ? 6s : 500ms);
        default: break;
        }
        if (!person.inside) return come(person);
        say_wild(person);
    }

    void come(Person& person)
    {
        person.id = ConnectionId{++connections_};
        person.inside = true;
        person.heard = {};
        room::Admission admission;
        admission.address.bytes[15] = static_cast<std::uint8_t>(decisions_.below(3));
        admission.by_password = decisions_.below(8) == 0;
        admission.by_core = admission.by_password && decisions_.yes();
        admission.port = decisions_.below(8) == 0 ? 55436 : 0;
        netplay::ClientSettings settings;
        settings.protocol = 4 + static_cast<std::uint32_t>(decisions_.below(4));
        settings.self =
            peer::identity_of(game(), decisions_.yes() ? "somebody" : "else", settings.protocol);
        if (decisions_.below(16) == 0)
            settings.self.info.content_crc = static_cast<std::uint32_t>(decisions_.below(2));
        if (decisions_.below(4) == 0) settings.self.info.core_version = "other";
        settings.password = decisions_.below(8) == 0 ? "guess" : "friends";
        person.handshake.emplace(settings);
        rooms_.enter(person.id, admission, now_, out_);
        look(0);
        std::vector<std::uint8_t> said;
        person.handshake->start(said);
        tell(person, said);
        for (int n = 0; n < 6 && person.inside; ++n) {
            said.clear();
            (void)person.handshake->receive(person.heard, said);
            tell(person, said);
        }
        person.handshake.reset();
    }

    void go(Person& person)
    {
        if (!std::exchange(person.inside, false)) return;
        rooms_.leave(person.id, now_, out_,
                     decisions_.yes() ? wire::CloseReason::member_lost
                                      : wire::CloseReason::member_left);
        look(0);
    }

    void raw(Person& person)
    {
        std::vector<std::uint8_t> bytes;
        for (std::size_t left = decisions_.below(24); left > 0; --left)
            bytes.push_back(decisions_.byte());
        tell(person, bytes);
    }

    void say_wild(Person& person)
    {
        std::uint32_t frame = 0;
        std::uint32_t next = 0;
        for (const room::RoomSnapshot& seen : rooms_.look())
            for (const room::MemberSnapshot& member : seen.members)
                if (member.connection == person.id) {
                    frame = seen.frame;
                    next = frame - member.frames_behind + member.frames_ahead;
                }
        std::vector<std::uint8_t> bytes;
        add_wild_command(decisions_, decisions_.yes() ? next : frame, bytes);
        if (decisions_.below(8) == 0) bytes.resize(decisions_.below(bytes.size() % 256 + 1));
        tell(person, bytes);
    }

    void tell(Person& person, std::span<const std::uint8_t> bytes)
    {
        rooms_.receive(person.id, bytes, now_, out_); // also of those who are gone
        look(bytes.size());
    }

    void wait(Duration duration)
    {
        std::size_t ticks = 0;
        pass_time(rooms_, now_, duration, out_, [&] {
            if (++ticks % ticks_unchecked == 0) rooms_.check_consistency();
            take(0);
        });
        rooms_.check_consistency();
    }

    void look(std::size_t told)
    {
        rooms_.check_consistency();
        take(told);
    }

    void take(std::size_t told)
    {
        std::size_t said = 0;
        for (const room::OutboundMessage& message : out_.messages) {
            said += message.bytes.size();
            Person* person = find(message.to);
            ensure(person != nullptr, "a message to nobody");
            if (!person->handshake) continue;
            person->heard.append(message.bytes);
        }
        ensure(said <= said_at_least + said_for_a_byte * told, "the room manager says too much");
        for (const room::Closing& closing : out_.closings) {
            Person* person = find(closing.member);
            ensure(person != nullptr, "somebody is closed who is not inside");
            person->inside = false;
        }
        out_.clear();
        const room::RoomUse use = rooms_.use();
        std::size_t inside = 0;
        for (const Person& person : people_)
            inside += person.inside ? 1 : 0;
        ensure(use.members + use.entering == inside,
               "the room manager counts others than there are");
    }

    Person* find(ConnectionId id)
    {
        for (Person& person : people_)
            if (person.inside && person.id == id) return &person;
        return nullptr;
    }

    Decisions& decisions_;
    room::RoomManager rooms_;
    room::Output out_;
    Instant now_{std::chrono::hours(1)};
    std::uint64_t connections_ = 0;
    std::array<Person, people_max> people_;
};

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay::fuzz;
    Decisions decisions({data, size});
    Rooms(decisions).run();
    return 0;
}
