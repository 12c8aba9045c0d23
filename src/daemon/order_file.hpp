// What else the operator has said, in a file beside that of the bans: promised session ids, and
// that nothing new is to begin.
#pragma once

#include "daemon/kept_file.hpp"
#include "daemon/wall_times.hpp"
#include "lobby/orders.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netplay_relay::daemon {

struct Orders
{
    bool takes_new = true;
    std::vector<lobby::Reservation> reservations;

    bool operator==(const Orders&) const = default;
};

[[nodiscard]] std::string orders_to_json(const Orders& orders, const Clocks& clocks);

struct ReadOrders
{
    Orders orders;
    std::size_t ended = 0;             // of other reservations the time is over
    std::vector<std::string> problems; // of what is left out
};
[[nodiscard]] ReadOrders orders_from_json(std::string_view text, const Clocks& clocks);

// Those of them that were read, with the ends that they have by the clock on the wall as it is now;
// `until` may be over.
[[nodiscard]] std::vector<lobby::Reservation>
reservations_by_wall(const std::vector<lobby::Reservation>& all, const Clocks& now);

// "bans.orders.json" beside "bans.json"; empty beside none.
[[nodiscard]] std::string order_file_path(const std::string& ban_file);

class OrderFile : public KeptFile
{
public:
    explicit OrderFile(std::string path) : KeptFile("orders", std::move(path)) {}

    // What was kept; of a damaged one what makes sense.
    [[nodiscard]] Orders read(const Clocks& clocks);
    void keep(Orders orders, const Clocks& clocks);
};

} // namespace netplay_relay::daemon
