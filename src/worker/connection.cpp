#include "worker/connection.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::worker {

void Partial::assign(std::span<const std::uint8_t> bytes)
{
    ensure(bytes.size() <= bytes_.size(), "an undecided message outgrew its place");
    std::ranges::copy(bytes, bytes_.begin());
    size_ = static_cast<std::uint8_t>(bytes.size());
}

void Connection::become(Stage to)
{
    ensure(lobby::may_change(stage_, to), "a stage that cannot follow");
    stage_ = to;
}

std::vector<std::uint8_t> take_early(Connection& connection)
{
    std::vector<std::uint8_t> early;
    if (!connection.first.is_usual()) early.swap(connection.first.change().early);
    connection.first.reset();
    return early;
}

} // namespace netplay_relay::worker
