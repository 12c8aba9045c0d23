#include "net/fleet_probe.hpp"

#include "net/ask_link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <utility>

namespace netplay_relay::net {

namespace asio = boost::asio;

namespace {

std::chrono::milliseconds wall_now()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
}

asio::awaitable<void> probe(asio::io_context& io, const TlsContext& context, fleet::Node own,
                            OtherNode other, ProbedNode& probed)
{
    const auto found = co_await find_node(io, other);
    if (!found) {
        probed.problem = "its name is not found";
        co_return;
    }
    LinkSocket link(io);
    link.limit(ask_limit);
    fleet::Head head;
    head.purpose = fleet::Purpose::ask;
    head.from = own;
    head.to = other.node;
    head.wanted = fleet::Wanted::self;
    const auto asked = wall_now();
    LinkAnswer answer = co_await ask_link(link, context, *found, head, {});
    probed.verdict = answer.verdict;
    probed.problem = std::move(answer.problem);
    probed.has_other_key = link.is_stranger();
    if (!probed.problem.empty()) co_return;
    std::string told;
    probed.problem = co_await read_answer(link, fleet::introduction_max, told);
    if (!probed.problem.empty()) co_return;
    probed.told = fleet::decode_introduction(told);
    if (!probed.told)
        probed.problem = "what it answers makes no sense";
    else // it has looked at its clock somewhere between
        probed.clock_ahead =
            std::chrono::milliseconds(probed.told->wall_ms) - (asked + wall_now()) / 2;
}

} // namespace

std::vector<ProbedNode> probe_nodes(const TlsContext& context, fleet::Node own,
                                    const std::vector<OtherNode>& others)
{
    asio::io_context io;
    std::vector<ProbedNode> all(others.size());
    for (std::size_t at = 0; at < others.size(); ++at) {
        all[at].node = others[at].node;
        all[at].address = others[at].address();
        asio::co_spawn(io, probe(io, context, own, others[at], all[at]),
                       [&all, at](const std::exception_ptr& failure) {
                           if (failure) all[at].problem = "no memory to ask it";
                       });
    }
    io.run();
    return all;
}

} // namespace netplay_relay::net
