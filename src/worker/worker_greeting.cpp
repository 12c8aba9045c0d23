// What connections say first, until the lobby knows what they are.
#include "worker/greeting.hpp"
#include "worker/worker.hpp"

namespace netplay_relay::worker {

namespace {

// Greetings are short; nobody needs a long read for them.
constexpr std::size_t greeting_read = 2048;

} // namespace

void Worker::ready_introducing(Connection& connection, Readiness readiness)
{
    while (connection.stage() == Stage::introducing) {
        const auto bytes = read_some(connection, greeting_read);
        if (!bytes) return;
        const bool is_full = bytes->size() == greeting_read;
        const auto event = read_introduction(connection, *bytes);
        if (!event) continue;
        tell(*event);
        const std::vector<std::uint8_t> behind = take_early(connection);
        if (connection.stage() == Stage::greeting && !behind.empty())
            (void)take_greeting(connection, behind);
        if (is_full || readiness.hung_up) go_on_later(connection);
        return;
    }
}

void Worker::ready_greeting(Connection& connection, Readiness readiness)
{
    while (connection.stage() == Stage::greeting) {
        const auto bytes = read_some(connection, greeting_read);
        if (!bytes) return;
        const bool is_full = bytes->size() == greeting_read;
        if (!take_greeting(connection, *bytes)) continue;
        // What is left behind a full read makes no edge of its own, nor does an end already
        // reported.
        if (is_full || readiness.hung_up) go_on_later(connection);
        return;
    }
}

// True once they are decided on: the lobby has told what it is from now on.
bool Worker::take_greeting(Connection& connection, std::span<const std::uint8_t> bytes)
{
    const auto event = read_greeting(connection, bytes);
    if (!event) return false;
    const lobby::ConnectionId id = connection.id;
    tell(*event);
    const auto* greeted = std::get_if<lobby::Greeted>(&*event);
    Connection* still = find(id);
    if (still != nullptr && greeted != nullptr && greeted->more && still->is_guest())
        still->told_spoke = true;
    return true;
}

void Worker::watch_again(lobby::ConnectionId id)
{
    watch(id);
    if (Connection* connection = find(id)) go_on_later(*connection);
}

void Worker::broke(lobby::ConnectionId id)
{
    Connection* connection = find(id);
    if (connection == nullptr) return;
    begin_batch();
    ready(*connection, {.readable = true, .broken = true, .again = true});
    end_batch();
}

} // namespace netplay_relay::worker
