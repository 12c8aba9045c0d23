// What must be true when all games of parties have left.
#pragma once

#include "network.hpp"
#include "oracle.hpp"

namespace netplay_relay::simulation {

// Complains of whatever `relays`, one or those of a fleet, still know.
template <class Relays>
void check_that_no_party_remains(const Relays& relays, const Network& network, Oracle& oracle)
{
    const Books books = relays.books();
    if (books.use != lobby::Use{}) oracle.complains("a lobby still knows somebody");
    if (!books.parties.empty()) oracle.complains("a party remains");
    if (books.next_deadline) oracle.complains("a deadline remains");
    if (relays.games_away() > 0) oracle.complains("where a game was is still known");
    if (relays.connections() > 0) oracle.complains("a connection remains");
    if (network.open_at_relay() > 0) oracle.complains("a socket remains");
}

} // namespace netplay_relay::simulation
