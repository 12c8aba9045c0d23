#include "outward/event.hpp"

#include <utility>

namespace netplay_relay::outward {

std::string Event::text(const char* field) const
{
    const auto found = fields.find(field);
    return found != fields.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double Event::amount(const char* field) const
{
    const auto found = fields.find(field);
    return found != fields.end() && found->is_number() ? found->get<double>() : 0;
}

std::string Event::subject() const
{
    const std::string session = text("session");
    if (!session.empty()) return session;
    for (const char* game : {"room", "party"})
        if (fields.contains(game))
            return std::string(game) + " " +
                   std::to_string(static_cast<std::uint64_t>(amount(game)));
    return {};
}

bool Event::opens_game() const
{
    return kind == "session_opened" || kind == "room_opened" || kind == "party_opened";
}

bool Event::ends_game() const
{
    return kind == "session_closed" || kind == "room_closed" || kind == "party_closed";
}

Event event_of(std::uint64_t number, std::string kind, const std::string& line)
{
    Event event{number, std::move(kind), nlohmann::json::parse(line, nullptr, false)};
    if (!event.fields.is_object()) event.fields = nlohmann::json::object();
    return event;
}

} // namespace netplay_relay::outward
