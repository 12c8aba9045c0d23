// Follows workers between which everything may move, from what their lobbies hear and want: what
// each connection is, and whether all counts, answers and deadlines are right.
#pragma once

#include "worker/memory_io.hpp"
#include "worker/observer.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>

namespace netplay_relay::fuzz {

class Ledger final : public worker::Observer
{
public:
    Ledger(const tests::MemoryNetwork& network, const lobby::Policy& policy)
        : network_(network), policy_(policy)
    {
    }

    void handled(const lobby::Event& event, const lobby::Output& output) override;
    void report(const lobby::LogEvent& event, const worker::EventFacts& facts) override;

    // From now on nothing new is opened, or nobody is left at all.
    void expect_draining() { is_draining_ = true; }
    void expect_shutdown() { is_draining_ = is_shutting_down_ = true; }

    // What must hold whenever nothing is being dealt with.
    void check(std::span<tests::Relay> relays) const;

private:
    enum class Place : std::uint8_t
    {
        greeting, // has said nothing whole
        asking,   // for a session
        host,     // has one
        waiting,  // a guest
        linked,   // one end of a link
        member,   // in a room, or on its way into one
        peer,     // in a party, or on its way into or out of one
        over,
    };
    struct Known
    {
        wire::Endpoint peer;
        lobby::ListenerProfile profile;
        Place place = Place::greeting;
        bool comes_by_proxy = false; // when it came, proxies had to say whom they speak for
        bool has_spoken = false;     // guest: it has said more than its greeting
        bool is_pinged = false;      // host: a ping waits for its answer
        bool names_session = false;
        lobby::ConnectionId partner;
        wire::SessionId session; // host: its own; guest: the one it named
        // Until then it must have become something else, or be gone.
        lobby::Instant decided_by = lobby::Instant::max();
    };
    struct Announced
    {
        lobby::ConnectionId host;
        lobby::Instant when;
        bool is_used = false; // the host has reacted: its slot is free
    };

    void hear(const lobby::Arrived& event);
    void hear(const lobby::Greeted& event);
    void hear(const lobby::Said& event);
    void hear(const lobby::Spoke& event);
    void hear(const lobby::HalfClosed& event);
    void hear(const lobby::Left& event);
    void hear(const lobby::StoodStill& event);
    void hear(const lobby::HandoverFailed&) {}
    template <class Other>
    void hear(const Other&)
    {
    }
    void obey(const lobby::Send& command);
    void obey(const lobby::Join& command);
    void obey(const lobby::Close& command);
    void obey(const lobby::CloseLink& command);
    void obey(const lobby::Become& command);
    void obey(const lobby::Deliver& command);
    void obey(const lobby::SpeaksFor& command);
    void obey(const lobby::TellWorkers&) { ensure(false, "there is no other worker"); }
    void obey(const lobby::TellWorker&) { ensure(false, "there is no other worker"); }
    void obey(const lobby::PassOn&) { ensure(false, "there is no other worker"); }
    template <class Other>
    void obey(const Other&)
    {
    }
    void learn(const lobby::SessionOpened& event);
    void learn(const lobby::SessionClosed& event);
    template <class Other>
    void learn(const Other&)
    {
    }
    void count(wire::CloseReason reason, unsigned connections);
    void count(const party::PartyEvent& event);
    void end(lobby::ConnectionId id);
    [[nodiscard]] bool is_proxy(const wire::Address& address) const;
    void announce(lobby::ConnectionId host, const wire::TicketId& ticket);
    [[nodiscard]] std::size_t slots_taken(lobby::ConnectionId host, lobby::Instant since) const;
    void check_use(std::span<tests::Relay> relays) const;
    void check_session(const lobby::SessionSnapshot& session) const;
    void check_ports(tests::Relay& relay) const;

    const tests::MemoryNetwork& network_;
    const lobby::Policy& policy_;
    std::map<lobby::ConnectionId, Known> known_;
    std::map<lobby::SessionKey, wire::SessionId> open_;
    std::map<wire::TicketId, Announced> announced_;
    bool is_draining_ = false;
    bool is_shutting_down_ = false;

    // About the event that is being dealt with.
    lobby::ConnectionId accepting_;           // asked for a link
    std::optional<wire::TicketId> accepted_;  // with this ticket
    std::optional<wire::TicketId> asked_for_; // a query that must be answered
    lobby::ConnectionId asking_;              // by this host

    lobby::Totals totals_;
    std::uint64_t ended_ = 0; // connections whose end was told
};

} // namespace netplay_relay::fuzz
