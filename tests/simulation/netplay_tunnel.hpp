// A netplay game through the simulated relay: the host has a session there, the guests come in by
// its id, and every byte they say to each other is spliced by the real lobby and the real pumps.
#pragma once

#include "netplay_agreement.hpp"
#include "network.hpp"
#include "relay.hpp"
#include "seeded_random.hpp"

#include "cores/arena_core.hpp"
#include "peer/client_peer.hpp"
#include "peer/host_peer.hpp"
#include "rollback/random_input.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::simulation {

struct TunnelOutcome
{
    std::vector<std::string> complaints;
    std::uint64_t trace = 0;
    std::uint64_t compared = 0;
    std::uint64_t rollbacks = 0;
    std::uint64_t links = 0; // that the lobby has made
};

class TunnelGame final : public PeerEnd
{
public:
    explicit TunnelGame(std::uint64_t seed);
    ~TunnelGame() override;
    TunnelOutcome run();

    void connected(Line line) override;
    void ready(Line line) override;
    void broken(Line line) override;

private:
    using Bytes = std::vector<std::uint8_t>;

    // A line of the host that will be, or is, the link of a guest.
    struct HostSide
    {
        wire::TicketId ticket;
        bool is_connected = false;
        bool is_answered = false; // by RATA
        bool is_accepted = false;
        Bytes unsent;
    };

    struct Guest
    {
        Guest(std::string nick, std::uint32_t protocol);

        std::string name;
        cores::ArenaCore core;
        peer::ClientPeer peer;
        Line line = -1;
        Bytes unsent;
        bool has_come = false; // the host has told of it
        std::optional<Truth> began_with;
        std::uint64_t told = 0;
    };

    void tick_host();
    void tick_guest(Guest& guest);
    void guest_arrives(Guest& guest);
    void host_hears_relay();
    void host_takes(const Bytes& message);
    void host_accepts(Line line);
    void host_side_ready(Line line);
    void guest_ready(Guest& guest);
    void write(Line line, Bytes& unsent);
    Bytes read(Line line, bool& ended);
    void end();
    void check_end();
    void check_inspected(const Guest& guest);
    void complain(const std::string& text);
    [[nodiscard]] rollback::Instant now() const;
    [[nodiscard]] Guest* guest_on(Line line);

    Rng rng_;
    Oracle oracle_;
    Schedule schedule_;
    Network network_;
    SeededRandom random_;
    Relay relay_;
    rollback::RandomInput input_;
    cores::ArenaCore core_;
    peer::HostPeer host_;
    Line control_ = -1;
    Bytes heard_; // on the control line
    std::optional<wire::SessionId> session_;
    std::map<Line, HostSide> host_sides_;
    std::vector<std::unique_ptr<Guest>> guests_;
    Agreement agreement_;
    Truth truth_;
    std::uint64_t states_sent_ = 0;
    bool over_ = false;
};

} // namespace netplay_relay::simulation
