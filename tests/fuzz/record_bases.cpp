#include "record_bases.hpp"

#include "room_time.hpp"

#include "base/ensure.hpp"
#include "netplay/handshake.hpp"
#include "netplay/savestate.hpp"
#include "room/room_manager.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

namespace netplay_relay::fuzz {

namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

struct Person
{
    netplay::ClientHandshake handshake;
    wire::CommandStream heard;
    std::uint32_t protocol = 6;
};

// A room manager, and people who say what the scripts below tell them to.
class Script
{
public:
    explicit Script(std::vector<RecordBase>& bases) : bases_(bases) {}

    void come(std::uint64_t number, const std::string& nick, std::uint32_t protocol,
              const std::string& version = "v1", const std::string& password = "friends")
    {
        netplay::ClientSettings settings;
        settings.self.nick = nick;
        settings.self.info = {0x1234, "Core", version};
        settings.protocol = protocol;
        settings.password = password;
        const ConnectionId id{number};
        people_.insert_or_assign(id, Person{netplay::ClientHandshake(settings), {}, protocol});
        room::Admission admission;
        admission.address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 0};
        admission.address.bytes.back() = static_cast<std::uint8_t>(number);
        rooms_.enter(id, admission, now_, out_);
        Bytes said;
        people_.at(id).handshake.start(said);
        for (int turn = 0; turn < 6; ++turn) {
            tell(id, said);
            said.clear();
            (void)people_.at(id).handshake.receive(people_.at(id).heard, said);
        }
    }

    void say(std::uint64_t number, const wire::Command& command)
    {
        const ConnectionId id{number};
        wire::Dialect dialect;
        dialect.protocol = people_.at(id).protocol;
        dialect.sender = wire::Side::client;
        Bytes bytes;
        wire::encode_command(command, dialect, bytes);
        tell(id, bytes);
    }

    void play(std::uint64_t number, unsigned frames)
    {
        for (; frames > 0; --frames) {
            wire::Input input;
            input.frame = next_of(number);
            input.words.push_back(input.frame);
            say(number, input);
        }
    }

    // So many percent of the state of the frame that it is at, and so many further.
    void give(std::uint64_t number, std::size_t part, wire::Frame further = 0)
    {
        const Bytes stream = netplay::compress(Bytes(3000, static_cast<std::uint8_t>(number)));
        wire::LoadSavestate load;
        load.frame = next_of(number) + further;
        load.size = 3000;
        load.data = stream;
        wire::Dialect dialect;
        dialect.protocol = people_.at(ConnectionId{number}).protocol;
        Bytes bytes;
        wire::encode_command(load, dialect, bytes);
        bytes.resize(bytes.size() * part / 100);
        tell(ConnectionId{number}, bytes);
    }

    void leave(std::uint64_t number, wire::CloseReason how)
    {
        rooms_.leave(ConnectionId{number}, now_, out_, how);
        take();
    }

    void wait(Duration duration)
    {
        pass_time(rooms_, now_, duration, out_, [this] { take(); });
    }

    // All that there is now becomes bases, and goes on in this room manager.
    void keep()
    {
        keep(record::Kind::memory, rooms_.release_memory());
        ensure(!rooms_.adopt_memory(sealed_, {}), "a base is not adopted");
        for (const std::uint64_t number : rooms_.rooms()) {
            keep(record::Kind::room, rooms_.release(number, now_));
            const auto adopted = rooms_.adopt(sealed_, now_, {});
            ensure(std::holds_alternative<std::uint64_t>(adopted), "a base is not adopted");
        }
        for (const ConnectionId id : rooms_.pending()) {
            keep(record::Kind::pending_client, rooms_.release_pending(id));
            const auto adopted = rooms_.adopt_pending(sealed_, {});
            ensure(std::holds_alternative<ConnectionId>(adopted), "a base is not adopted");
        }
    }

private:
    void keep(record::Kind kind, Bytes sealed)
    {
        sealed_ = std::move(sealed);
        const auto body = std::get<0>(record::open(kind, sealed_));
        bases_.push_back({kind, Bytes(body.begin(), body.end())});
    }

    void tell(ConnectionId id, const Bytes& bytes)
    {
        rooms_.receive(id, bytes, now_, out_);
        take();
    }

    void take()
    {
        for (const room::OutboundMessage& message : out_.messages)
            if (const auto found = people_.find(message.to); found != people_.end())
                found->second.heard.append(message.bytes);
        out_.clear();
    }

    [[nodiscard]] wire::Frame next_of(std::uint64_t number) const
    {
        for (const room::RoomSnapshot& room : rooms_.look())
            for (const room::MemberSnapshot& member : room.members)
                if (member.connection.value == number)
                    return room.frame - member.frames_behind + member.frames_ahead;
        return 0;
    }

    std::vector<RecordBase>& bases_;
    room::RoomManager rooms_{bases_settings(), bases_salt};
    room::Output out_;
    Instant now_ = bases_time - 10min;
    std::map<ConnectionId, Person> people_;
    Bytes sealed_;
};

std::vector<RecordBase> make_bases()
{
    std::vector<RecordBase> bases;
    Script script(bases);
    script.come(1, "ann", 6);
    script.say(1, wire::Play{});
    script.play(1, 5);
    script.come(2, "bob", 7);
    script.keep(); // ann is asked for her state
    script.give(1, 50);
    script.keep(); // half of it is there
    script.leave(1, wire::CloseReason::member_left);
    script.leave(2, wire::CloseReason::member_left);
    script.come(1, "ann", 6);
    script.say(1, wire::Play{});
    script.come(2, "bob", 7);
    script.give(1, 100);
    script.say(2, wire::Play{});
    for (int round = 0; round < 20; ++round) {
        script.play(1, 1);
        script.play(2, 1);
        script.wait(16ms);
    }
    script.come(3, "carl", 6);
    script.give(1, 100, 2);
    script.keep(); // a state waits for its frame
    script.play(1, 2);
    script.play(2, 7);
    script.say(2, wire::Spectate{});
    script.keep(); // inputs are held, and bob is about to leave
    script.play(1, 8);
    script.wait(1s);
    script.play(1, 1);
    script.give(3, 100);
    script.keep(); // a comparison may be open
    script.say(3, wire::Play{});
    script.leave(3, wire::CloseReason::member_lost);
    script.come(4, "dan", 6, "v2");
    script.give(4, 40);
    for (const char* guess : {"guess", "another", "a third", "friends"})
        script.come(5, "eve", 6, "v1", guess); // the first three are sent away at once
    script.keep(); // dan is on trial, a place is kept, eve waits for her turn
    return bases;
}

} // namespace

room::RoomSettings bases_settings()
{
    room::RoomSettings settings;
    settings.password = "friends";
    settings.savestate_bytes = 64U << 10U;
    settings.desync_watch = 1s;
    settings.players = 4;
    return settings;
}

const std::vector<RecordBase>& record_bases()
{
    static const std::vector<RecordBase> bases = make_bases();
    return bases;
}

} // namespace netplay_relay::fuzz
