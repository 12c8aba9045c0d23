// A player whose game is at another node of the fleet: its bytes between its own socket and the
// link to that node, both ways.
#pragma once

#include "net/poller.hpp"
#include "net/tcp.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace netplay_relay::net {

class HopPump
{
public:
    // What is read at once, and the most that is kept for one that does not take it.
    static constexpr std::size_t scratch_size = 64U * 1024;

    // All must outlive the pump. `link` has a TLS stream. Once it is over, or has more to do, it
    // is in `due`, once.
    HopPump(Poller& poller, std::span<std::uint8_t> scratch, std::vector<HopPump*>& due,
            UniqueFd player, UniqueFd link);
    ~HopPump();
    HopPump(HopPump&&) = delete;

    // False if the sockets cannot be watched.
    [[nodiscard]] bool begin();
    // What it had no time for: it is in `due` no more.
    void go_on();
    // Whether a player that takes nothing is still there; every few seconds.
    void look();
    // As if both had hung up.
    void end() { close(false); }
    [[nodiscard]] bool is_over() const { return is_over_; }

private:
    struct End final : Watched
    {
        End(HopPump& of, int number) : pump(of), socket(number) {}
        void ready(const worker::Readiness& readiness) override { pump.ready(*this, readiness); }

        HopPump& pump;
        int socket;
        bool finished = false;               // it says no more
        bool again = false;                  // it may have more to say
        std::vector<std::uint8_t> pending{}; // it has not taken yet
    };

    void ready(End& end, const worker::Readiness& readiness);
    void pump(End& from);
    void flush(End& end);
    void wait_for(End& slow, bool waits);
    void broke(End& end, int error);
    void look_whether_over();
    void close(bool reset);
    void become_due();
    [[nodiscard]] End& other(const End& end) { return &end == &player_ ? link_ : player_; }

    Poller& poller_;
    std::span<std::uint8_t> scratch_;
    std::vector<HopPump*>& due_;
    End player_;
    End link_;
    bool is_over_ = false;
    bool is_due_ = false;
};

} // namespace netplay_relay::net
