// No memory is taken for a message: a worker allocates when somebody comes, and not while all play.
// A program of its own, for it counts what all of it allocates.
#include "memory_io.hpp"

#include "netplay/handshake.hpp"
#include "netplay/savestate.hpp"
#include "support/catch.hpp"
#include "support/counting_new.hpp"
#include "wire/bytes.hpp"
#include "wire/netplay_encode.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

namespace {

constexpr auto frame_time = std::chrono::nanoseconds(1'000'000'000 / 60);
constexpr std::size_t warm_up_frames = 1200; // twenty seconds: all that comes up now and then
constexpr std::size_t counted_frames = 1200;

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

// A client of a room that plays a frame when it is told to.
class Player
{
public:
    Player(Relay& relay, worker::Handle handle) : relay_(relay), handle_(handle)
    {
        netplay::ClientSettings settings;
        settings.self.nick = "p" + std::to_string(handle);
        settings.self.info = {7, "Core", "1"};
        settings.self.implementation = wire::implementation_magic("1.14.0", 6);
        handshake_.emplace(std::move(settings));
        relay_.arrive(handle);
        std::vector<std::uint8_t> header;
        handshake_->start(header);
        say(header);
    }

    // Takes in what it has heard, until that is nothing. True if it was something.
    bool listen()
    {
        std::string& heard = relay_.network.lines.at(handle_).heard;
        if (heard.empty()) return false;
        stream_.append({reinterpret_cast<const std::uint8_t*>(heard.data()), heard.size()});
        heard.clear();
        if (handshake_) shake_hands();
        while (!handshake_) {
            const auto decoded = stream_.next({});
            const auto* taken = std::get_if<wire::Taken<wire::Command>>(&decoded);
            if (taken == nullptr) break;
            on(taken->message);
            stream_.take(taken->used);
        }
        return true;
    }

    void play()
    {
        encoded_.clear();
        wire::Input input;
        input.frame = next_++;
        input.player = number_;
        input.words.push_back(input.frame);
        wire::encode_command(input, {6, {}, wire::Side::client, 0}, encoded_);
        text_.assign(reinterpret_cast<const char*>(encoded_.data()), encoded_.size());
        relay_.say(handle_, text_);
    }

    [[nodiscard]] bool plays() const { return plays_; }
    std::size_t inputs = 0; // of others, and all in order
    std::size_t frames = 0;

private:
    void shake_hands()
    {
        std::vector<std::uint8_t> answer;
        const auto state = handshake_->receive(stream_, answer);
        if (!answer.empty()) say(answer);
        REQUIRE(state != netplay::HandshakeState::ended);
        if (state != netplay::HandshakeState::done) return;
        number_ = std::get<wire::Sync>(handshake_->sync()).client;
        handshake_.reset();
        say(wire::Play{});
    }

    void on(const wire::Command& command)
    {
        if (const auto* mode = std::get_if<wire::Mode>(&command); mode != nullptr && mode->you) {
            plays_ = mode->playing;
            next_ = mode->frame;
        } else if (std::holds_alternative<wire::RequestSavestate>(command)) {
            wire::LoadSavestate load;
            load.frame = plays_ ? next_ : closed_;
            load.size = static_cast<std::uint32_t>(state_.size());
            const std::vector<std::uint8_t> stream = netplay::compress(state_);
            load.data = stream;
            say(load);
        } else if (const auto* no_input = std::get_if<wire::NoInput>(&command)) {
            closed_ = no_input->frame + 1;
            ++frames;
        } else if (std::holds_alternative<wire::Input>(command)) {
            ++inputs;
        }
    }

    void say(const wire::Command& command)
    {
        std::vector<std::uint8_t> bytes;
        wire::encode_command(command, {6, {}, wire::Side::client, 0}, bytes);
        say(bytes);
    }

    void say(const std::vector<std::uint8_t>& bytes) { relay_.say(handle_, text_of(bytes)); }

    Relay& relay_;
    worker::Handle handle_;
    std::optional<netplay::ClientHandshake> handshake_;
    wire::CommandStream stream_;
    std::vector<std::uint8_t> state_ = std::vector<std::uint8_t>(64);
    std::vector<std::uint8_t> encoded_;
    std::string text_;
    std::uint32_t number_ = 0;
    wire::Frame next_ = 0;
    wire::Frame closed_ = 0;
    bool plays_ = false;
};

class Room
{
public:
    explicit Room(std::size_t players)
    {
        for (std::size_t count = 1; count <= players; ++count) {
            players_.push_back(
                std::make_unique<Player>(relay_, static_cast<worker::Handle>(count)));
            for (int frame = 0; frame < 1200 && !players_.back()->plays(); ++frame)
                play_frame();
            REQUIRE(players_.back()->plays());
        }
    }

    // Whose turn it is first changes: inputs come early and late.
    void play_frame()
    {
        ++frames_;
        for (std::size_t at = 0; at < players_.size(); ++at) {
            Player& player = *players_[(at + frames_) % players_.size()];
            relay_.network.time += frame_time / static_cast<int>(players_.size());
            if (player.plays()) player.play();
            relay_.worker.woken();
            relay_.go_on();
            for (bool again = true; again;) {
                again = false;
                for (const auto& one : players_)
                    again = one->listen() || again;
            }
        }
    }

    [[nodiscard]] Player& player(std::size_t at) { return *players_[at]; }

private:
    static lobby::Policy policy()
    {
        lobby::Policy policy;
        policy.manual_ip = lobby::ManualIp::room;
        policy.rooms.members_per_address = 31;
        policy.rooms.voice.texts[static_cast<std::size_t>(room::Phrase::message_of_the_day)] = "hi";
        return policy;
    }

    MemoryNetwork network_;
    Relay relay_{network_, 0, policy()};
    std::vector<std::unique_ptr<Player>> players_;
    std::size_t frames_ = 0;
};

std::size_t allocations_of_room(std::size_t players)
{
    Room room(players);
    for (std::size_t frame = 0; frame < warm_up_frames; ++frame)
        room.play_frame();
    const std::size_t inputs = room.player(0).inputs;
    const std::size_t frames = room.player(0).frames;
    const std::size_t before = allocations;
    for (std::size_t frame = 0; frame < counted_frames; ++frame)
        room.play_frame();
    const std::size_t made = allocations - before;
    CHECK(room.player(0).inputs - inputs >= (counted_frames - 1) * (players - 1));
    CHECK(room.player(0).frames - frames >= counted_frames - 1);
    return made;
}

} // namespace

TEST_CASE("a link allocates nothing for a message")
{
    MemoryNetwork network;
    Relay relay(network, 0);
    relay.worker.inspect_new_links(true);
    relay.arrive(1);
    relay.say(1, "RATS" + std::string(12, '\0'));
    relay.pass(5ms);
    const std::string id = std::exchange(network.lines.at(1).heard, {}).substr(4, 12);
    std::vector<std::uint8_t> header;
    netplay::ClientHandshake(netplay::ClientSettings{}).start(header);
    relay.arrive(2);
    relay.say(2, "RATS" + id + text_of(header));
    const std::string ticket = std::exchange(network.lines.at(1).heard, {}).substr(4, 12);
    relay.arrive(3);
    relay.say(3, "RATL" + ticket);
    const auto header_of_host = wire::from_hex("52414e50 00040008 00000001 00000000 00000006 "
                                               "00000469");
    relay.say(3, text_of(header_of_host));
    REQUIRE(network.lines.at(2).heard == text_of(header_of_host));

    std::vector<std::uint8_t> input;
    wire::Input command;
    command.words.push_back(1);
    wire::encode_command(command, {6, {}, wire::Side::client, 0}, input);
    const std::string whole = text_of(input);
    std::size_t wrong = 0;
    const auto play = [&](std::size_t frames) {
        for (std::size_t frame = 0; frame < frames; ++frame) {
            network.time += frame_time;
            relay.worker.woken();
            relay.go_on();
            for (const worker::Handle from : {2, 3}) {
                const worker::Handle to = 5 - from;
                network.lines.at(to).heard.clear();
                relay.say(from, whole);
                wrong += network.lines.at(to).heard == whole ? 0U : 1U;
            }
        }
    };
    play(warm_up_frames);
    const std::size_t before = allocations;
    play(counted_frames);
    const std::size_t made = allocations - before;
    CHECK(made == 0);
    CHECK(wrong == 0);
    const auto keys = relay.worker.lobby().session_keys();
    const auto session = relay.worker.lobby().look_at(keys.at(0));
    CHECK(relay.worker.facts(session->links.at(0))->game->protocol == 6);
}

TEST_CASE("a room allocates nothing for an input")
{
    CHECK(allocations_of_room(2) == 0);
    CHECK(allocations_of_room(3) == 0);
    CHECK(allocations_of_room(8) == 0);
}
