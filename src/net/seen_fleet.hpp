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

    // Others are nodes no more.
    void leave_only(const fleet::Nodes& members)
    {
        for (fleet::Nodes* nodes : {&view.up, &view.open, &view.coming})
            *nodes &= members;
        std::erase_if(view.held, [&](const auto& one) {
            return one.node >= members.size() || !members.test(one.node);
        });
        std::erase_if(endpoints, [&](const auto& one) {
            return one.first >= members.size() || !members.test(one.first);
        });
    }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.view, self.endpoints);
    }
};

} // namespace netplay_relay::net
