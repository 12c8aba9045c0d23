// Events, in words.
#include "script.hpp"

namespace netplay_relay::lobby {

std::string Script::event_in_words(const LogEvent& event) const
{
    struct
    {
        const Script& talk;
        std::string operator()(const SessionOpened& event) const
        {
            const std::string how = event.reserved ? " opened, reserved" : " opened";
            return "session of " + talk.name_of(event.host) + how;
        }
        std::string operator()(const SessionClosed& event) const
        {
            return "session of " + talk.name_of(event.host_peer) + " closed, " +
                   std::string(word(event.reason));
        }
        std::string operator()(const LinkOpened& event) const
        {
            return "link of " + talk.name_of(event.guest) + " opened";
        }
        std::string operator()(const LinkClosed& event) const
        {
            return "link of " + talk.name_of(event.guest) + " closed, " +
                   std::string(word(event.reason));
        }
        std::string operator()(const TurnedAway& event) const
        {
            return talk.name_of(event.peer) + " turned away, " + std::string(word(event.reason));
        }
        std::string operator()(const RoomEvent& event) const
        {
            std::string words =
                std::string(room::word(event.event.kind)) + " " + std::to_string(event.event.room);
            if (event.event.member.value != 0) words += " " + talk.name_of(event.event.member);
            if (event.event.member.value != 0 && !event.peer) words += " from nowhere";
            return words;
        }
        std::string operator()(const WithoutPort& event) const
        {
            const std::string why =
                event.tried == 0 ? "all are taken" : std::to_string(event.tried) + " tried";
            return (event.room != 0 ? "room " + std::to_string(event.room) : "session") +
                   " without port, " + why;
        }
        std::string operator()(const MemberGone& event) const
        {
            return talk.name_of(event.peer) + " gone, " + std::string(word(event.reason));
        }
        std::string operator()(const PartyEvent& told) const
        {
            const party::PartyEvent& event = told.event;
            std::string words = std::string(party::word(event.kind));
            if (event.peer != 0) words += " " + std::to_string(event.peer);
            if (event.connection.value != 0) words += " " + talk.name_of(event.connection);
            if (event.connection.value != 0 && !told.peer) words += " from nowhere";
            const bool is_end = event.kind == party::PartyEventKind::party_closed ||
                                event.kind == party::PartyEventKind::peer_left;
            return is_end ? words + ", as " + std::string(word(event.reason)) : words;
        }
        std::string operator()(const PeerGone& event) const
        {
            return talk.name_of(event.peer) + " gone, " + std::string(word(event.reason));
        }
        std::string operator()(const Reloaded& event) const
        {
            std::string words = "reloaded";
            for (const Reloaded::Kept& kept : event.kept)
                words += ", " + std::string(kept.key) + " " + std::to_string(kept.count);
            const auto gone = [&](const char* what, std::size_t count) {
                if (count > 0) words += ", without " + std::to_string(count) + " " + what;
            };
            gone("sessions", event.sessions);
            gone("links", event.links);
            gone("waiting", event.waiting_joins);
            gone("members", event.members);
            gone("peers", event.peers);
            return words;
        }
    } const in_words{*this};
    return std::visit(in_words, event);
}

} // namespace netplay_relay::lobby
