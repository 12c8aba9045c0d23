// How a link to another node of the fleet begins, whatever it is for.
#pragma once

#include "net/link_socket.hpp"

#include <optional>
#include <string>

namespace netplay_relay::net {

// What the node has said to a head.
struct LinkAnswer
{
    std::optional<fleet::Verdict> verdict; // nothing: it could not be asked
    std::optional<fleet::Node> number;     // its own, if that is why it is not taken
    std::string problem;                   // why it is not taken, for people; empty: it is

    [[nodiscard]] bool is_taken() const { return verdict == fleet::Verdict::taken; }
};

// Connects to `to`, shakes hands, and sends `head` and `record`. `link` needs a limit, and all must
// outlive it.
[[nodiscard]] boost::asio::awaitable<LinkAnswer> ask_link(LinkSocket& link,
                                                          const TlsContext& context,
                                                          wire::Endpoint to, fleet::Head head,
                                                          std::span<const std::uint8_t> record);

// The answer to a question that was taken: into `answer`, if it has no more than `size_max` bytes.
// Returns why there is none; empty: it is there.
[[nodiscard]] boost::asio::awaitable<std::string>
read_answer(LinkSocket& link, std::size_t size_max, std::string& answer);

} // namespace netplay_relay::net
