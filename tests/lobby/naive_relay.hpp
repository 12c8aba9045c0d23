// A relay as its players and its attackers know it, so that the same attack can be made on ours and
// on one that does only what the protocol asks for.
#pragma once

#include "dialogue.hpp"

#include <map>
#include <set>
#include <string>

namespace netplay_relay::lobby {

enum class Direction : std::uint8_t
{
    to_host,
    to_guest
};

class AttackedRelay
{
public:
    virtual ~AttackedRelay() = default;

    // One more connection; false if it was refused at the door.
    [[nodiscard]] virtual bool arrives(const std::string& name, const std::string& address) = 0;
    // Of one that has arrived; false if it was refused.
    [[nodiscard]] virtual bool hosts(const std::string& host) = 0;
    [[nodiscard]] virtual bool joins(const std::string& guest, const std::string& host,
                                     Guest kind) = 0;
    virtual void accepts(const std::string& leg, const std::string& guest) = 0;
    virtual void byte_moves(const std::string& guest, Direction direction) = 0;
    virtual void passes(Duration duration) = 0;

    // The guests of whom hosts were told, in order.
    [[nodiscard]] virtual Words announced() const = 0;
    [[nodiscard]] virtual bool is_linked(const std::string& guest) const = 0;
};

// The lobby, with the limits that it has if nobody changes them.
class OurRelay final : public AttackedRelay
{
public:
    explicit OurRelay(Policy policy = quiet_policy()) : talk_(std::move(policy)) {}

    bool arrives(const std::string& name, const std::string& address) override;
    bool hosts(const std::string& host) override;
    bool joins(const std::string& guest, const std::string& host, Guest kind) override;
    void accepts(const std::string& leg, const std::string& guest) override;
    void byte_moves(const std::string& guest, Direction direction) override;
    void passes(Duration duration) override;
    Words announced() const override { return announced_; }
    bool is_linked(const std::string& guest) const override;

private:
    void listen(const Words& words);

    Dialogue talk_;
    Words announced_;
    std::set<std::string> linked_;
};

// Limits what there is in all, and waits for everybody with one patience. A seat is taken when
// somebody asks for it; who is behind an address is not asked; each direction of a link has its own
// idle limit.
class NaiveRelay final : public AttackedRelay
{
public:
    bool arrives(const std::string& name, const std::string& address) override;
    bool hosts(const std::string& host) override;
    bool joins(const std::string& guest, const std::string& host, Guest kind) override;
    void accepts(const std::string& leg, const std::string& guest) override;
    void byte_moves(const std::string& guest, Direction direction) override;
    void passes(Duration duration) override;
    Words announced() const override { return announced_; }
    bool is_linked(const std::string& guest) const override;

    static constexpr std::size_t connections_max = 4096;
    static constexpr std::size_t sessions_max = 128;
    static constexpr std::size_t seats_max = 7;
    static constexpr Seconds patience{120};

private:
    struct Seat
    {
        bool linked = false;
        Duration quiet_to_host{};
        Duration quiet_to_guest{};
    };
    std::set<std::string> connections_;
    std::map<std::string, std::map<std::string, Seat>> sessions_; // by host, then by guest
    Words announced_;
};

} // namespace netplay_relay::lobby
