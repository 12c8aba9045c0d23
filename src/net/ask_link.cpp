#include "net/ask_link.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace netplay_relay::net {

namespace asio = boost::asio;

asio::awaitable<LinkAnswer> ask_link(LinkSocket& link, const TlsContext& context, wire::Endpoint to,
                                     fleet::Head head, std::span<const std::uint8_t> record)
{
    LinkAnswer answer;
    const auto encoded = fleet::encode(head);
    std::vector<std::uint8_t> message(encoded.begin(), encoded.end());
    message.insert(message.end(), record.begin(), record.end());
    std::array<std::uint8_t, 1> byte{};
    const bool is_answered = co_await link.connect(to) &&
                             co_await link.shake_hands(context, TlsStream::Role::client) &&
                             co_await link.write(message) && co_await link.read(byte);
    if (!is_answered) {
        answer.problem = link.problem();
        co_return answer;
    }
    answer.verdict = static_cast<fleet::Verdict>(byte[0]);
    // In one condition with it g++ 12 awaits the number also where none comes.
    if (answer.verdict == fleet::Verdict::other_node ||
        answer.verdict == fleet::Verdict::same_number) {
        const bool is_told = co_await link.read(byte);
        if (is_told && byte[0] < fleet::nodes_max) answer.number = byte[0];
    }
    if (!answer.is_taken())
        answer.problem = fleet::sentence(*answer.verdict, answer.number, head.to);
    co_return answer;
}

// No more is taken for it than has come, and as much again.
asio::awaitable<std::string> read_answer(LinkSocket& link, std::size_t size_max,
                                         std::string& answer)
{
    std::array<std::uint8_t, fleet::answer_size_bytes> head{};
    if (!co_await link.read(head)) co_return link.problem();
    const std::size_t size = fleet::decode_answer_size(head);
    if (size > size_max)
        co_return "its answer of " + std::to_string(size) + " bytes is longer than " +
            std::to_string(size_max);
    std::array<std::uint8_t, 16384> some{};
    while (answer.size() < size) {
        const std::size_t most = std::min(some.size(), size - answer.size());
        const std::size_t got = co_await link.read_some(std::span(some).first(most));
        if (got == 0) co_return link.problem();
        answer.append(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(got));
    }
    co_return std::string();
}

} // namespace netplay_relay::net
