// Games of our own peers, with the inspector between them as it is in the relay.
#include "cores/arena_core.hpp"
#include "peer/client_peer.hpp"
#include "peer/host_peer.hpp"
#include "rollback/random_input.hpp"
#include "talk.hpp"

#include <optional>
#include <random>
#include <utility>

namespace netplay_relay::inspect {

namespace {

constexpr peer::ConnectionNumber the_guest = 1;
constexpr auto frame_length = std::chrono::microseconds(16'667);

peer::HostPeerSettings host_settings(const std::string& password)
{
    peer::HostPeerSettings settings;
    settings.nick = settings.session.nick = "alice";
    settings.password = password;
    settings.salt = password.empty() ? 0 : 0x5a17;
    settings.protocol = 7;
    settings.session.devices = {1, 1};
    settings.session.crc_interval = 10;
    return settings;
}

peer::ClientPeerSettings guest_settings(std::uint32_t protocol, const std::string& password)
{
    peer::ClientPeerSettings settings;
    settings.nick = "bob";
    settings.password = password;
    settings.protocol = protocol;
    return settings;
}

cores::ArenaOptions arena(std::uint64_t instance, std::optional<std::uint32_t> desync)
{
    cores::ArenaOptions options;
    options.instance = instance;
    options.desync_at = desync;
    options.desync_once = desync.has_value();
    return options;
}

// Host and guest tick in turn; what they say takes a few frames and passes in random pieces.
class Match
{
public:
    explicit Match(std::uint32_t protocol, const std::string& password = "",
                   std::optional<std::uint32_t> desync = std::nullopt)
        : host_core_(arena(1, std::nullopt)), guest_core_(arena(2, desync)),
          host(host_core_, host_settings(password), now_),
          guest(guest_core_, guest_settings(protocol, password)), random_(protocol)
    {
        host.accepted(the_guest, now_);
        guest.connected();
    }

    void run(int frames)
    {
        const auto pad = [this](std::uint32_t frame, std::size_t seat) {
            return input_.words(seat, frame);
        };
        for (int frame = 0; frame < frames; ++frame) {
            now_ += frame_length;
            host.tick(pad, now_);
            guest.tick(pad, now_);
            pass(End::guest, guest.out(),
                 [this](auto bytes) { host.received(the_guest, bytes, now_); });
            pass(End::host, host.out(the_guest),
                 [this](auto bytes) { guest.received(bytes, now_); });
        }
    }

private:
    template <class Deliver>
    void pass(End from, std::vector<std::uint8_t>& out, Deliver deliver)
    {
        const std::vector<std::uint8_t> said = std::exchange(out, {});
        std::span<const std::uint8_t> left = said;
        while (!left.empty()) {
            const std::size_t piece = std::min<std::size_t>(1 + random_() % 100, left.size());
            inspector.take(from, left.first(piece));
            left = left.subspan(piece);
        }
        deliver(std::span<const std::uint8_t>(said));
    }

    rollback::Instant now_{std::chrono::seconds(1)};
    rollback::RandomInput input_{5};
    cores::ArenaCore host_core_;
    cores::ArenaCore guest_core_;

public:
    peer::HostPeer host;
    peer::ClientPeer guest;
    LinkInspector inspector;

private:
    std::mt19937 random_;
};

} // namespace

TEST_CASE("a game of our peers, in every protocol")
{
    for (const std::uint32_t protocol : {4U, 5U, 6U, 7U}) {
        INFO("protocol " << protocol);
        Match match(protocol);
        match.run(200);
        REQUIRE(match.guest.session() != nullptr);
        REQUIRE_FALSE(match.inspector.gave_up());
        const GameFacts facts = match.inspector.facts();
        INFO(to_line(facts));
        CHECK((facts.stage == Stage::game));
        CHECK(facts.protocol == protocol);
        CHECK_FALSE(facts.password_asked);
        CHECK(facts.guest.nick == "bob");
        CHECK(facts.host.nick == "alice");
        CHECK(facts.core_name == cores::ArenaCore(arena(1, {})).info().name);
        CHECK(facts.core_version == cores::ArenaCore(arena(1, {})).info().version);
        CHECK(facts.guest.content_crc != 0);
        CHECK_FALSE(facts.content_differs);
        REQUIRE(facts.players.size() == 2);
        CHECK(facts.players[1].nick == "bob");
        CHECK(facts.guest.frame.value_or(0) > 150);
        CHECK(facts.host.frame.value_or(0) > 150);
        CHECK(facts.crcs > 10);
        CHECK(facts.crc_mismatches == 0);
        CHECK(facts.savestates == match.host.session().counts().states_sent);
        const wire::Frame before = *facts.guest.frame;
        match.run(10);
        CHECK(*match.inspector.facts().guest.frame > before);
    }
}

TEST_CASE("a password is asked for")
{
    Match match(6, "sesame");
    match.run(60);
    REQUIRE(match.guest.session() != nullptr);
    CHECK_FALSE(match.inspector.gave_up());
    CHECK(match.inspector.facts().password_asked);
}

TEST_CASE("a desync is a mismatch that a savestate heals")
{
    for (const std::uint32_t protocol : {5U, 7U}) {
        Match match(protocol, "", 100);
        match.run(200);
        const GameFacts facts = match.inspector.facts();
        INFO(to_line(facts));
        CHECK_FALSE(match.inspector.gave_up());
        CHECK(facts.crc_mismatches == 1);
        CHECK(facts.resyncs == 1);
        CHECK(match.guest.session()->counts().crcs_failed > 0);
    }
}

} // namespace netplay_relay::inspect
