// What a process has seen of the other nodes of its fleet, for one that goes on in its place.
#pragma once

#include "fleet/view.hpp"
#include "wire/address.hpp"

#include <utility>
#include <vector>

namespace netplay_relay::net {

struct SeenFleet
{
    fleet::View view;
    std::vector<std::pair<fleet::Node, wire::Endpoint>> endpoints;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.view, self.endpoints);
    }
};

} // namespace netplay_relay::net
