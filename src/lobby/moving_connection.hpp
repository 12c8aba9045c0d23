// One connection on its way from one worker's lobby to another's.
#pragma once

#include "lobby_state.hpp"
#include "record/archive.hpp"

namespace netplay_relay::lobby {

struct MovingConnection
{
    ConnectionId id;
    Connection connection;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.id, self.connection);
    }

    // What the worker takes it for.
    [[nodiscard]] Mover mover() const;
};

} // namespace netplay_relay::lobby
