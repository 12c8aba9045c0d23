// What happens in a worker's thread, for the one that tells of it.
#pragma once

#include "net/event_listener.hpp"
#include "net/inbox.hpp"

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <mutex>
#include <variant>
#include <vector>

namespace netplay_relay::net {

// Takes from any thread, and tells in the loop of `inbox`, some milliseconds later and so in bulk:
// that loop is not woken for each. With more than it can keep the newest are lost, and counted: the
// games do not wait.
class ToldQueue final : public EventListener
{
public:
    // All must outlive it; `io` is the loop of `inbox`.
    ToldQueue(boost::asio::io_context& io, Inbox& inbox, EventListener& listener)
        : inbox_(inbox), listener_(listener), timer_(io)
    {
    }

    void happened(const lobby::LogEvent& event, const worker::EventFacts& facts,
                  const std::string& join_text) override;
    void stood_still(lobby::Duration gap) override;
    void memory_short(const worker::MemoryShort& what) override;

    [[nodiscard]] std::uint64_t lost();

    // At once, in the loop of `inbox`. False if there was nothing.
    bool tell_all();

private:
    struct Happened
    {
        lobby::LogEvent event;
        worker::EventFacts facts;
        std::string join_text;
    };
    using Told = std::variant<Happened, lobby::Duration, worker::MemoryShort>;

    void put(Told told);
    void tell_later();

    Inbox& inbox_;
    EventListener& listener_;
    boost::asio::steady_timer timer_;
    std::mutex mutex_;
    std::vector<Told> waiting_;
    std::uint64_t lost_ = 0;
};

} // namespace netplay_relay::net
