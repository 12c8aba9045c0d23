// The people outside: hosts, guests, and those who are neither.
#pragma once

#include "link_end.hpp"
#include "network.hpp"
#include "oracle.hpp"

#include "support/netplay_member.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace netplay_relay::simulation {

// What all peers of one world share. All of it outlives them.
struct Surroundings
{
    Schedule& schedule;
    Network& network;
    Oracle& oracle;
    std::vector<wire::SessionId>& open_sessions; // as friends tell each other
    std::vector<wire::SessionId>& ended_sessions;
    std::uint16_t last_port = 0;

    wire::Endpoint endpoint(const wire::Address& address) { return {address, ++last_port}; }
};

class Peer : public PeerEnd
{
public:
    virtual void begin() = 0;
    virtual void leave(Ending ending) = 0; // for good, at the end of the world
};

struct HostPlan
{
    wire::Address address;
    LinkPlan links;
    bool asks_for_addresses = true; // RetroArch 1.11 and later
    bool never_accepts = false;
    bool accepts_twice = false;
    bool accepts_bogus_tickets = false;
    bool queries_without_listening = false; // more than it has guests
    bool talks_nonsense = false;
    bool asks_without_end = false; // for addresses; its friends do not know its session
    bool leaves_links_open = false;
    lobby::Duration reaction_max{std::chrono::milliseconds{40}};
    lobby::Duration arrives{};
    lobby::Duration paused_from{}; // since the session began
    lobby::Duration paused_for{};
    lobby::Duration leaves_after{}; // 0: stays
    Ending ending = Ending::closes;

    [[nodiscard]] bool is_prompt() const
    {
        return paused_for == lobby::Duration{0} && !never_accepts && !queries_without_listening;
    }
};

class HostPeer final : public Peer
{
public:
    HostPeer(Surroundings& around, Rng rng, HostPlan plan);

    void begin() override;
    void leave(Ending ending) override;
    void connected(Line line) override;
    void ready(Line line) override;
    void broken(Line line) override;
    [[nodiscard]] bool waits_for_address() const { return !queries_.empty(); }

private:
    struct Pending
    {
        wire::TicketId ticket;
        bool is_connected = false;
        bool is_planned = false;
        std::optional<wire::Address> address;
    };

    void listen_to_control();
    [[nodiscard]] bool take_message();
    void has_session(const wire::SessionId& id);
    void hears_of_guest(const wire::TicketId& ticket);
    void hears_address(const wire::TicketId& ticket, const wire::Address& address);
    void accept_if_ready(Line line);
    void accept(Line line);
    void say(std::span<const std::uint8_t> bytes);
    void ask_on();
    void end_session();
    [[nodiscard]] bool is_paused() const;

    Surroundings& around_;
    Rng rng_;
    HostPlan plan_;
    Line control_ = -1;
    bool gone_ = false;
    lobby::Instant hosting_since_{};
    std::optional<wire::SessionId> session_;
    std::vector<std::uint8_t> heard_;
    std::map<Line, Pending> pending_;
    std::multiset<wire::TicketId> queries_; // not answered yet
    std::map<Line, std::unique_ptr<LinkEnd>> links_;
};

struct GuestPlan
{
    wire::Address address;
    LinkPlan link;
    bool mistypes = false;
    bool comes_late = false; // for a session that has ended, if one has
    lobby::Duration arrives{};
    lobby::Duration patience{std::chrono::seconds{11}};
};

class GuestPeer final : public Peer
{
public:
    GuestPeer(Surroundings& around, Rng rng, GuestPlan plan)
        : around_(around), rng_(rng), plan_(plan)
    {
    }

    void begin() override;
    void leave(Ending ending) override;
    void connected(Line line) override;
    void ready(Line) override;
    void broken(Line) override;
    [[nodiscard]] const LinkEnd* link() const { return link_.get(); }

private:
    Surroundings& around_;
    Rng rng_;
    GuestPlan plan_;
    bool gone_ = false;
    wire::SessionId session_;
    std::unique_ptr<LinkEnd> link_;
};

// Says what it has to say, piece by piece, and waits for whatever comes of it.
struct StrangerPlan
{
    wire::Address address;
    lobby::Duration arrives{};
    std::vector<std::vector<std::uint8_t>> pieces;
    lobby::Duration pause_max{};
    lobby::Duration stays_max{};
    Ending ending = Ending::closes;
    std::optional<wire::CloseReason> deserves;
    std::uint16_t port = 0; // of one session or room, if somebody listens there
};

class Stranger final : public Peer
{
public:
    Stranger(Surroundings& around, Rng rng, StrangerPlan plan)
        : around_(around), rng_(rng), plan_(std::move(plan))
    {
    }

    void begin() override;
    void leave(Ending ending) override;
    void connected(Line line) override;
    void ready(Line line) override;
    void broken(Line line) override;

private:
    void say_next(std::size_t piece);

    Surroundings& around_;
    Rng rng_;
    StrangerPlan plan_;
    Line line_ = -1;
    bool gone_ = false;
};

// Speaks netplay and names no session: a member of a room, or the guest of a host that says nothing
// of a game.
struct PlayerPlan
{
    wire::Address address;
    tests::MemberTraits traits;
    lobby::Duration arrives{};
    std::uint16_t port = 0;
    bool plays = false;
    lobby::Duration frame_length{std::chrono::milliseconds{17}};
    bool skips_frames = false; // which ends its membership
    bool is_deaf = false;      // reads nothing once it is in
    lobby::Duration stays{};
    Ending ending = Ending::closes;
};

class Player final : public Peer
{
public:
    Player(Surroundings& around, Rng rng, PlayerPlan plan)
        : around_(around), rng_(rng), plan_(std::move(plan)), member_(plan_.traits)
    {
    }

    void begin() override;
    void leave(Ending ending) override;
    void connected(Line line) override;
    void ready(Line line) override;
    void broken(Line line) override;
    [[nodiscard]] const tests::NetplayMember& member() const { return member_; }

private:
    void say(const std::vector<std::uint8_t>& bytes);
    void flush();
    void play_on();

    Surroundings& around_;
    Rng rng_;
    PlayerPlan plan_;
    tests::NetplayMember member_;
    std::vector<std::uint8_t> unsent_;
    Line line_ = -1;
    bool gone_ = false;
    bool asked_ = false; // to play
    bool was_in_room_ = false;
};

} // namespace netplay_relay::simulation
