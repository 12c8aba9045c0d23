#include "room/multitap.hpp"

#include "script.hpp"
#include "wire/netplay_command.hpp"

#include <set>

namespace netplay_relay::room {

namespace {

Devices joypads_but(std::initializer_list<std::pair<std::size_t, std::uint32_t>> ports)
{
    Devices devices = joypads();
    for (const auto& [port, device] : ports)
        devices.at(port) = device;
    return devices;
}

// What a newcomer's frontend is told to plug into its ports.
Devices devices_told(Client& client)
{
    return std::get<wire::Sync>(client.handshake().sync()).devices;
}

Visit playing(const std::string& core, bool multitap_listener = false)
{
    Visit visit;
    visit.game.core_name = core;
    visit.admission.multitap = multitap_listener;
    return visit;
}

} // namespace

TEST_CASE("the multitaps are those that the cores tell of")
{
    CHECK(multitap_of("FCEUmm")->devices == joypads_but({{2, 513}, {3, 513}}));
    for (const char* core : {"Snes9x", "snes9x", "bsnes"})
        CHECK(multitap_of(core)->devices == joypads_but({{1, 257}}));
    CHECK(multitap_of("Genesis Plus GX")->devices == joypads_but({{0, 1537}}));
    CHECK(multitap_of("Gambatte") == nullptr);
    CHECK(multitap_of("Nestopia") == nullptr);      // its states grow, and frontends leave
    CHECK(multitap_of("bsnes-mercury") == nullptr); // its own does not hear pads beyond the first
    CHECK(multitap_of("") == nullptr);
    std::set<std::string_view> names;
    for (const Multitap& known : multitaps()) {
        names.insert(known.core);
        CHECK(known.pads > 2);
        // Netplay reckons with one word for each: nobody's INPUT has another size than without.
        for (const std::uint32_t device : known.devices)
            CHECK(wire::device_words(device) == 1);
    }
    CHECK(names.size() == multitaps().size());
}

TEST_CASE("a multitap is in the rooms of a core, of a listener, or in all")
{
    RoomSettings settings;
    const auto devices_for = [&](const char* core, bool multitap) {
        return ports_for(settings, core, multitap).devices;
    };
    CHECK(devices_for("FCEUmm", false) == joypads());
    CHECK(devices_for("FCEUmm", true) == multitap_of("FCEUmm")->devices);
    CHECK(devices_for("Gambatte", true) == joypads());
    settings.devices = {{"FCEUMM", {}, DeviceSource::multitap},
                        {"Snes9x", {2, 2}, DeviceSource::listed},
                        {"bsnes", {}, DeviceSource::listener, 3}};
    CHECK(devices_for("FCEUmm", false) == multitap_of("FCEUmm")->devices);
    CHECK(devices_for("Snes9x", true) == Devices{2, 2}); // the operator said so
    CHECK(devices_for("bsnes", true) == multitap_of("bsnes")->devices);
    CHECK(devices_for("bsnes", false) == joypads());
}

TEST_CASE("who may play is what the core's entry says, or the multitap, or all rooms' limit")
{
    RoomSettings settings;
    const auto players_for = [&](const char* core, bool multitap) {
        return ports_for(settings, core, multitap).players;
    };
    CHECK(players_for("FCEUmm", false) == wire::ports_max);
    CHECK(players_for("FCEUmm", true) == 4);
    settings.players = 3;
    CHECK(players_for("FCEUmm", true) == 3);
    CHECK(players_for("Gambatte", false) == 3);
    settings.devices = {{"FCEUMM", {}, DeviceSource::listener, 4}, {"Snes9x", {1, 1, 0}}};
    CHECK(players_for("FCEUmm", false) == 4);
    CHECK(players_for("FCEUmm", true) == 4);
    CHECK(players_for("Snes9x", false) == 3);
}

TEST_CASE("all members are told of the multitap, and rooms with and without it are two")
{
    Script script;
    script.joins_and_plays("ann", playing("FCEUmm"));
    script.joins_and_plays("four", playing("FCEUmm", true));
    script.joins_and_plays("five", playing("fceumm", true));
    CHECK(script.manager.use().rooms == 2);
    CHECK(devices_told(script["ann"]) == joypads());
    for (const char* name : {"four", "five"})
        CHECK(devices_told(script[name]) == multitap_of("FCEUmm")->devices);
    // Nothing is known of this core: one room, whichever listener they take.
    script.joins_and_plays("six", playing("Gambatte"));
    script.joins_and_plays("seven", playing("Gambatte", true));
    CHECK(script.manager.use().rooms == 3);
}

TEST_CASE("where the operator has said what is in a core's ports the listener makes no difference")
{
    RoomSettings settings;
    settings.devices = {{"FCEUmm", {}, DeviceSource::multitap}};
    Script script(settings);
    script.joins_and_plays("ann", playing("FCEUmm"));
    script.joins_and_plays("bob", playing("FCEUmm", true));
    CHECK(script.manager.use().rooms == 1);
    CHECK(script.look().multitap);
}

TEST_CASE("a multitap in all rooms is one for all listeners")
{
    RoomSettings settings;
    settings.multitap = true;
    Script script(settings);
    script.joins_and_plays("ann", playing("Snes9x"));
    script.joins_and_plays("bob", playing("Snes9x", true));
    CHECK(script.manager.use().rooms == 1);
    CHECK(devices_told(script["bob"])[1] == 257);
    script.rounds({"ann", "bob"}, 3); // INPUT is of the same size
}

} // namespace netplay_relay::room
