// The 36-byte messages of the bench, INPUT of netplay: numbered, stamped, and every byte known to
// the receiver.
#pragma once

#include "tunnel.hpp"

namespace bench {

constexpr std::size_t message_size = 36;
using Message = std::array<unsigned char, message_size>;

Message compose(std::uint32_t stream, std::uint32_t number, std::uint64_t stamp);

// One end of a link. Ends come in pairs: end 2k is the guest of link k, end 2k + 1 its host, and
// the messages an end sends bear its own index as their stream.
struct End
{
    int fd = -1;
    std::uint32_t sent = 0;
    std::uint32_t received = 0;
    std::uint32_t partial_size = 0;
    Message partial{};
};

class Ends
{
public:
    explicit Ends(const Links& links);

    std::size_t count() const { return ends_.size(); }
    std::uint64_t sent() const { return sent_; }
    std::uint64_t received() const { return received_; }
    bool all_arrived() const { return sent_ == received_; }

    // Polls all ends for input; the tag is the index of the end.
    void poll_with(Poller& poller, const Links& links) const;

    // Sends the next message of this end. A socket without room for it means that the target is
    // far behind, which fails the run: what is measured then would be the length of a queue.
    void send_next(std::size_t index);

    // Reads once, checks every byte, calls on_message(stamp) for each whole message.
    template <typename OnMessage>
    void receive(std::size_t index, OnMessage on_message)
    {
        std::span<const unsigned char> bytes = read_some(index);
        while (!bytes.empty())
            if (const auto stamp = next_message(index, bytes)) on_message(*stamp);
    }

    // After the measuring: all that was sent must arrive, and nothing else.
    void drain(Poller& poller);

private:
    std::span<const unsigned char> read_some(std::size_t index);
    std::optional<std::uint64_t> next_message(std::size_t index,
                                              std::span<const unsigned char>& bytes);

    std::vector<End> ends_;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    std::vector<unsigned char> scratch_ = std::vector<unsigned char>(16 * 1024);
};

} // namespace bench
