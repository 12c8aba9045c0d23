// Those who name no session, and ports of their own.
#include "dialogue.hpp"

#include "support/catch.hpp"

namespace netplay_relay::lobby {

Words Dialogue::comes(const std::string& name, tests::MemberTraits traits)
{
    const auto caller =
        traits.protocol >= 6 ? wire::ManualCaller::client : wire::ManualCaller::old_client;
    auto member = std::make_unique<tests::NetplayMember>(traits);
    const std::vector<std::uint8_t> first = member->start();
    members_[name] = std::move(member);
    return comes_as(name, caller, first);
}

Words Dialogue::comes_as(const std::string& name, wire::ManualCaller caller,
                         std::vector<std::uint8_t> first)
{
    arrive_if_new(name);
    first_words_[name] = std::move(first);
    const std::uint64_t drawn = random.drawn;
    // It may become a guest: its ticket has its name before the words need it.
    tickets_[name].bytes[wire::id_size - 1] = static_cast<std::uint8_t>(drawn + 1);
    tickets_[name].bytes[wire::id_size - 2] = static_cast<std::uint8_t>((drawn + 1) >> 8);
    Words words = tells(Greeted{id_of(name), wire::ManualJoin{caller}, true});
    if (random.drawn == drawn) tickets_.erase(name);
    return words;
}

void Dialogue::tries_passwords()
{
    Policy policy = lobby.policy();
    policy.rooms.password = "moon";
    (void)reloads(policy);
    while (said(Goodbye::password_too_often) == 0) {
        REQUIRE(said(Goodbye::wrong_password) < 10);
        tests::MemberTraits traits;
        traits.password = "sun " + std::to_string(said(Goodbye::wrong_password));
        (void)arrives(traits.password, "192.0.2.66");
        (void)comes(traits.password, traits);
        (void)passes(room::password_hold);
    }
}

Words Dialogue::requests_port(const std::string& asker)
{
    arrive_if_new(asker);
    return tells(Greeted{id_of(asker), wire::LegacyPortRequest{}, false});
}

Words Dialogue::says(const std::string& member, std::span<const std::uint8_t> bytes)
{
    return tells(MemberSaid{id_of(member), bytes});
}

std::string Dialogue::in_words(const Become& order)
{
    if (order.stage != Stage::member) return {};
    const std::string name = name_of(order.connection);
    REQUIRE(here_.contains(name));
    if (!first_words_[name].empty()) replies_.emplace_back(name, std::move(first_words_[name]));
    first_words_.erase(name);
    heard_[name].clear();
    return "enter " + name;
}

std::string Dialogue::in_words(const Deliver& order)
{
    const std::string name = name_of(order.parcel.to);
    REQUIRE(here_.contains(name));
    REQUIRE(heard_.contains(name)); // only members are told anything
    std::vector<std::uint8_t> bytes = order.parcel.bytes;
    if (order.parcel.state)
        bytes.insert(bytes.end(), order.parcel.state->begin(), order.parcel.state->end());
    heard_[name].insert(heard_[name].end(), bytes.begin(), bytes.end());
    if (!members_.contains(name)) return {};
    std::vector<std::uint8_t> reply = members_.at(name)->hears(bytes);
    if (!reply.empty()) replies_.emplace_back(name, std::move(reply));
    return {};
}

std::string Dialogue::in_words(const OpenPort& order)
{
    REQUIRE_FALSE(ports_.contains(order.port));
    const bool open = !busy_ports.contains(order.port);
    if (open) ports_[order.port] = order.door;
    answers_.push_back({order.port, open});
    std::string words = "open " + std::to_string(order.port);
    if (order.door.room_port != 0) return words + " legacy";
    if (order.door.room != 0) return words + " room " + std::to_string(order.door.room);
    const auto session = lobby.look_at(SessionKey{order.door.session});
    REQUIRE(session.has_value());
    return words + " session of " + name_of(session->host);
}

std::string Dialogue::in_words(const ClosePort& order)
{
    REQUIRE(ports_.erase(order.port) == 1);
    return "close port " + std::to_string(order.port);
}

} // namespace netplay_relay::lobby
