// A party manager with peers that a test makes speak: who says what, and what each is told.
#pragma once

#include "client.hpp"
#include "party/party_manager.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace netplay_relay::party {

using namespace std::chrono_literals;

// How one hosts, and how one joins.
struct Hosting
{
    std::string game = "Tanks 1";
    std::uint32_t max = 8;
    bool mesh = false;
    std::string code{};
    std::string address = "192.0.2.1";
    bool shown = false;
};
[[nodiscard]] inline Hosting mesh_game()
{
    Hosting hosting;
    hosting.mesh = true;
    return hosting;
}

struct Joining
{
    std::string game = "Tanks 1";
    std::string code{}; // empty: of the only party
    std::string address = "192.0.2.2";
};

[[nodiscard]] wire::Address address_of(const std::string& text);

class Script
{
public:
    explicit Script(PartySettings settings = {});

    // Connects, and says nothing yet; the same with its HTTP request; and with its first message.
    ScriptedPeer& arrives(const std::string& name, const std::string& address = "192.0.2.9");
    ScriptedPeer& opens(const std::string& name, const std::string& address = "192.0.2.9");
    ScriptedPeer& hosts(const std::string& name, const Hosting& hosting = {});
    ScriptedPeer& joins(const std::string& name, std::int32_t id, const Joining& joining = {});
    ScriptedPeer& returns(const std::string& name); // with all that it has got
    ScriptedPeer& returns(const std::string& name, std::uint64_t got);

    void says(const std::string& name, std::span<const std::uint8_t> bytes);
    void says(const std::string& name, const std::string& text); // a control message
    void sends(const std::string& name, const std::vector<Sent>& packets);
    void sends(const std::string& name, std::int32_t target, char mode, const std::string& payload);
    void takes(const std::string& name);    // says that all is in, and that its game has taken it
    void hangs_up(const std::string& name); // with a close frame
    CloseReason is_lost(const std::string& name, CloseReason how = CloseReason::lost);
    void passes(Duration duration);
    // Time in so many steps, and these say at each of them what they have got.
    void goes_on(const Words& players, Duration duration, Duration step = 50ms);

    void adopts(const PartySettings& settings);

    // All that is in the party manager goes to another one, whose clock is so much ahead, and comes
    // back. With NETPLAY_TEST_MOVES in the environment that happens behind whatever is said.
    void moves(Duration ahead = 7min);

    [[nodiscard]] ScriptedPeer& operator[](const std::string& name) { return clients_.at(name); }
    [[nodiscard]] Words told(const std::string& name) { return clients_.at(name).told(); }
    void forget_what_was_told(); // and what has happened
    [[nodiscard]] std::optional<CloseReason> end_of(const std::string& name) const;
    [[nodiscard]] Words events();             // since asked last: "peer_left 2 kicked"
    [[nodiscard]] PartySnapshot look() const; // at the only party
    [[nodiscard]] PeerSnapshot look(std::int32_t peer) const;
    [[nodiscard]] std::string code() const { return to_text(look().code); }
    [[nodiscard]] ConnectionId id_of(const std::string& name) const { return ids_.at(name); }
    [[nodiscard]] const std::vector<PartyEvent>& all_events() const { return all_events_; }

    // What `act` makes the party manager do is carried out.
    void carry_out(const std::function<void(Output&)>& act);

    Instant now{std::chrono::hours{1}};
    // What the lobby says.
    std::function<std::variant<wire::Address, CloseReason>(ConnectionId,
                                                           std::span<const std::string>)>
        admits;
    bool is_behind_proxy = false; // who is admitted
    bool may_host = true;
    bool may_join = true;
    std::uint64_t drawn = 0; // of the chance, which says nothing twice
    PartyManager manager;

private:
    void deliver(Output out);
    void take(const OutboundMessage& message, std::vector<std::pair<ConnectionId, Bytes>>& replies);
    [[nodiscard]] std::string name_of(ConnectionId id) const;
    [[nodiscard]] Doorkeeper doorkeeper();

    PartySettings settings_;
    std::map<std::string, ConnectionId> ids_;
    std::map<ConnectionId, wire::Address> addresses_;
    std::map<std::string, ScriptedPeer> clients_;
    std::map<std::string, std::string> tokens_;
    std::map<ConnectionId, CloseReason> ends_;
    std::vector<PartyEvent> all_events_;
    std::size_t events_asked_ = 0;
    std::uint64_t last_id_ = 0;
};

// ann hosts a star and bob (2) plays, or also carl (3) and dan (4): all has been taken, and nothing
// is told any more.
void two_play(Script& script);
void four_play(Script& script, bool mesh);

// What they are told when it is over for them.
[[nodiscard]] std::string close_text(CloseReason reason, const std::string& text = {});
// And what others are told of it.
[[nodiscard]] std::string left_text(std::int32_t id, const std::string& why);

} // namespace netplay_relay::party
