// A player whose game is at another node of the fleet: its bytes between its own socket and the
// link to that node, both ways. The link may be cut and laid anew, when one of the two nodes is
// replaced by another process: the player waits meanwhile, and no byte is lost.
#pragma once

#include "fleet/head.hpp"
#include "net/poller.hpp"
#include "net/tcp.hpp"
#include "net/tls_stream.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace netplay_relay::net {

// One whose link is cut, for the process that takes this one's place. The player's socket goes
// beside it.
struct HandedHop
{
    fleet::Node node = 0;
    wire::Endpoint peer; // the player
    TlsStream::Paused link;
    std::vector<std::uint8_t> to_player; // has not been taken yet
    std::vector<std::uint8_t> to_link;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.node, self.peer, self.link, self.to_player, self.to_link);
    }
};

class HopPump
{
public:
    // What is read at once, and the most that is kept for one that does not take it.
    static constexpr std::size_t scratch_size = 64U * 1024;

    // What pumps share. All must outlive them. A pump that is over, has more to do, or whose link
    // is cut, is in `due`, once.
    struct Place
    {
        Poller& poller;
        std::span<std::uint8_t> scratch;
        std::vector<HopPump*>& due;
    };
    // `link` has a TLS stream with a place.
    HopPump(Place place, fleet::Node node, const wire::Endpoint& peer, UniqueFd player,
            UniqueFd link);
    // It waits for a link.
    HopPump(Place place, const HandedHop& handed, UniqueFd player);
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

    [[nodiscard]] fleet::Node node() const { return node_; }
    [[nodiscard]] const wire::Endpoint& peer() const { return peer_; }
    [[nodiscard]] std::uint64_t key() const { return key_; }
    [[nodiscard]] bool is_half_over() const { return player_.finished || link_.finished; }
    // Cuts the link: the player waits.
    void pause();
    void drain(); // what has come on a paused link
    // Whether it waits for a link, or for the rest of the one before.
    [[nodiscard]] bool is_paused() const;
    // Nothing of the link is on its way any more.
    [[nodiscard]] bool is_quiet() const;
    [[nodiscard]] std::chrono::steady_clock::duration pause_time() const;
    [[nodiscard]] fleet::LinkPlace place() const;
    [[nodiscard]] HandedHop handed() const;
    [[nodiscard]] int player() const { return player_.socket; }
    // Goes on with another link, whose stream is new and has been taken by the other node.
    void go_on_with(UniqueFd link);

private:
    struct End final : Watched
    {
        End(HopPump& of, int number) : pump(of), socket(number) {}
        void ready(const worker::Readiness& readiness) override { pump.ready(*this, readiness); }

        HopPump& pump;
        int socket;
        bool finished = false;               // it says no more
        bool hung_up = false;                // and behind what can be read is its end
        bool again = false;                  // it may have more to say
        std::vector<std::uint8_t> pending{}; // it has not taken yet
    };

    void ready(End& end, const worker::Readiness& of_socket);
    void pump(End& from);
    void flush(End& end);
    void wait_for(End& slow, bool waits);
    void broke(End& end, int error);
    void look_whether_over();
    void close(bool reset);
    void become_due();
    [[nodiscard]] const TlsStream* stream() const;
    [[nodiscard]] End& other(const End& end) { return &end == &player_ ? link_ : player_; }

    Place place_;
    fleet::Node node_;
    wire::Endpoint peer_;
    std::uint64_t key_;
    End player_;
    End link_;
    std::unique_ptr<TlsStream> before_; // of one that waits for its first link in this process
    bool is_over_ = false;
    bool is_due_ = false;
};

} // namespace netplay_relay::net
