// Strangers who come to a server, by address: how many connections each of them has, and how fast
// it comes again.
#pragma once

#include "base/allowance.hpp"
#include "wire/address.hpp"

#include <cstddef>
#include <map>

namespace netplay_relay::admin {

// What one address may have, which is what wire::client_prefix() says.
struct VisitLimits
{
    std::size_t connections = 8; // a browser opens six
    std::size_t streams = 2;
    double requests_per_second = 10;
    double requests_at_once = 60; // a page that is loaded again and again
};

class Visitors
{
public:
    // So many are known at the most; whoever has no connection is forgotten first.
    static constexpr std::size_t known_max = 4096;

    explicit Visitors(VisitLimits limits) : limits_(limits) {}

    // False if that is faster than it may.
    [[nodiscard]] bool knock(const wire::Address& address, Instant now);
    [[nodiscard]] bool has_all(const wire::Address& address) const;

    // Each is taken back by its other.
    void came(const wire::Address& address) { known(address).connections += 1; }
    void went(const wire::Address& address) { known(address).connections -= 1; }
    // False if it has as many as it may: then it is not counted.
    [[nodiscard]] bool begin_stream(const wire::Address& address);
    void end_stream(const wire::Address& address) { known(address).streams -= 1; }

    [[nodiscard]] std::size_t size() const { return known_.size(); }

private:
    struct Visitor
    {
        std::size_t connections = 0;
        std::size_t streams = 0;
        Allowance requests;
    };

    [[nodiscard]] Visitor& known(const wire::Address& address);
    void forget_some(Instant now);

    VisitLimits limits_;
    std::map<wire::Address, Visitor> known_; // by prefix
};

} // namespace netplay_relay::admin
