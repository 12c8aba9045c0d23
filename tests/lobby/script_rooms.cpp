// Those who name no session, and ports of their own.
#include "fresh_id.hpp"
#include "script.hpp"

#include "support/catch.hpp"

namespace netplay_relay::lobby {

Words Script::comes(const std::string& name, tests::MemberTraits traits)
{
    const auto caller =
        traits.protocol >= 6 ? wire::ManualCaller::client : wire::ManualCaller::old_client;
    auto member = std::make_unique<tests::NetplayMember>(traits);
    const std::vector<std::uint8_t> first = member->start();
    members_[name] = std::move(member);
    return comes_as(name, caller, first);
}

Words Script::comes_as(const std::string& name, wire::ManualCaller caller,
                       std::vector<std::uint8_t> first)
{
    arrive_if_new(name);
    first_words_[name] = std::move(first);
    const std::uint64_t drawn = random.drawn;
    // It may become a guest: its ticket has its name before the words need it.
    if (profile.reserved)
        std::copy_n(profile.reserved->bytes.begin(), ticket_prefix_size,
                    tickets_[name].bytes.begin());
    tickets_[name].bytes[wire::id_size - 1] = static_cast<std::uint8_t>(drawn + 1);
    tickets_[name].bytes[wire::id_size - 2] = static_cast<std::uint8_t>((drawn + 1) >> 8);
    Words words = tells(Greeted{id_of(name), wire::ManualJoin{caller}, true});
    if (random.drawn == drawn) tickets_.erase(name);
    return words;
}

void Script::tries_passwords()
{
    Policy policy = lobby.policy();
    policy.rooms.password = "moon";
    (void)reloads(policy);
    while (said(CloseReason::password_too_often) == 0) {
        REQUIRE(said(CloseReason::wrong_password) < 10);
        tests::MemberTraits traits;
        traits.password = "sun " + std::to_string(said(CloseReason::wrong_password));
        (void)arrives(traits.password, "192.0.2.66");
        (void)comes(traits.password, traits);
        (void)passes(room::password_hold);
    }
}

Words Script::requests_port(const std::string& asker)
{
    arrive_if_new(asker);
    return tells(Greeted{id_of(asker), wire::LegacyPortRequest{}, false});
}

Words Script::requests_web(const std::string& name, std::string_view address)
{
    if (!here_.contains(name)) REQUIRE(arrives(name, address) == Words{});
    return tells(Greeted{id_of(name), wire::WebRequest{}, true});
}

std::string Script::in_words(const SpeaksFor& command)
{
    const std::string name = name_of(command.connection);
    peers_[name] = command.peer;
    return name + " is " + wire::to_text(command.peer.address);
}

std::string Script::in_words(const PassOn& command)
{
    return name_of(command.connection) + " to worker " + std::to_string(command.worker);
}

Words Script::says(const std::string& member, std::span<const std::uint8_t> bytes)
{
    return tells(SaidBytes{id_of(member), bytes});
}

std::string Script::in_words(const Become& command)
{
    if (!is_heard(command.stage)) return {};
    const std::string name = name_of(command.connection);
    REQUIRE(here_.contains(name));
    if (!first_words_[name].empty()) replies_.emplace_back(name, std::move(first_words_[name]));
    first_words_.erase(name);
    heard_[name].clear();
    return (command.stage == Stage::member ? "enter " : "enter party ") + name;
}

std::string Script::in_words(const Deliver& command)
{
    const std::string name = name_of(command.message.to);
    REQUIRE(here_.contains(name));
    REQUIRE(heard_.contains(name)); // only members are told anything
    std::vector<std::uint8_t> bytes = command.message.bytes;
    if (const SharedBytes& shared = command.message.shared)
        bytes.insert(bytes.end(), shared->begin(), shared->end());
    heard_[name].insert(heard_[name].end(), bytes.begin(), bytes.end());
    if (!members_.contains(name)) return {};
    std::vector<std::uint8_t> reply = members_.at(name)->hears(bytes);
    if (!reply.empty()) replies_.emplace_back(name, std::move(reply));
    return {};
}

std::string Script::in_words(const OpenPort& command)
{
    REQUIRE_FALSE(ports_.contains(command.port));
    const bool open = !busy_ports.contains(command.port);
    if (open) ports_[command.port] = command.profile;
    answers_.push_back({command.port, open});
    std::string words = "open " + std::to_string(command.port);
    if (command.profile.room_port != 0) return words + " legacy";
    if (command.profile.room != 0) return words + " room " + std::to_string(command.profile.room);
    const auto session = lobby.look_at(SessionKey{command.profile.session});
    REQUIRE(session.has_value());
    return words + " session of " + name_of(session->host);
}

std::string Script::in_words(const ClosePort& command)
{
    REQUIRE(ports_.erase(command.port) == 1);
    return "close port " + std::to_string(command.port);
}

} // namespace netplay_relay::lobby
