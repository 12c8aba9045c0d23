// News, in words.
#include "dialogue.hpp"

namespace netplay_relay::lobby {

std::string Dialogue::news_in_words(const News& news) const
{
    struct
    {
        const Dialogue& talk;
        std::string operator()(const SessionOpened& news) const
        {
            const std::string how = news.reserved ? " opened, reserved" : " opened";
            return "session of " + talk.name_of(news.host) + how;
        }
        std::string operator()(const SessionClosed& news) const
        {
            return "session of " + talk.name_of(news.host_peer) + " closed, " +
                   std::string(word(news.goodbye));
        }
        std::string operator()(const LinkOpened& news) const
        {
            return "link of " + talk.name_of(news.guest) + " opened";
        }
        std::string operator()(const LinkClosed& news) const
        {
            return "link of " + talk.name_of(news.guest) + " closed, " +
                   std::string(word(news.goodbye));
        }
        std::string operator()(const TurnedAway& news) const
        {
            return talk.name_of(news.peer) + " turned away, " + std::string(word(news.goodbye));
        }
        std::string operator()(const RoomEvent& event) const
        {
            std::string words =
                std::string(room::word(event.news.kind)) + " " + std::to_string(event.news.room);
            if (event.news.member.value != 0) words += " " + talk.name_of(event.news.member);
            if (event.news.member.value != 0 && !event.peer) words += " from nowhere";
            return words;
        }
        std::string operator()(const WithoutPort& news) const
        {
            const std::string why =
                news.tried == 0 ? "all are taken" : std::to_string(news.tried) + " tried";
            return (news.room != 0 ? "room " + std::to_string(news.room) : "session") +
                   " without port, " + why;
        }
        std::string operator()(const MemberGone& news) const
        {
            return talk.name_of(news.peer) + " gone, " + std::string(word(news.goodbye));
        }
        std::string operator()(const Reloaded& news) const
        {
            std::string words = "reloaded";
            for (const Reloaded::Kept& kept : news.kept)
                words += ", " + std::string(kept.key) + " " + std::to_string(kept.count);
            const auto gone = [&](const char* what, std::size_t count) {
                if (count > 0) words += ", without " + std::to_string(count) + " " + what;
            };
            gone("sessions", news.sessions);
            gone("links", news.links);
            gone("waiting", news.waiting_joins);
            gone("members", news.members);
            return words;
        }
    } const in_words{*this};
    return std::visit(in_words, news);
}

} // namespace netplay_relay::lobby
