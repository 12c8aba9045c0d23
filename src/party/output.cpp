#include "party/output.hpp"

namespace netplay_relay::party {

std::string_view word(PartyEventKind kind)
{
    switch (kind) {
    case PartyEventKind::party_opened: return "party_opened";
    case PartyEventKind::party_closed: return "party_closed";
    case PartyEventKind::peer_joined: return "peer_joined";
    case PartyEventKind::peer_left: return "peer_left";
    case PartyEventKind::peer_absent: return "peer_absent";
    case PartyEventKind::peer_returned: return "peer_returned";
    }
    return "unknown";
}

std::string_view word(Mode mode)
{
    switch (mode) {
    case Mode::unreliable: return "unreliable";
    case Mode::unreliable_ordered: return "unreliable_ordered";
    case Mode::reliable: return "reliable";
    }
    return "unknown";
}

void PartyCounts::add(const PartyCounts& others)
{
    for (std::size_t mode = 0; mode < mode_count; ++mode)
        packets[mode] += others.packets[mode];
    packets_passed += others.packets_passed;
    packets_to_nobody += others.packets_to_nobody;
    messages_dropped += others.messages_dropped;
    bytes_dropped += others.bytes_dropped;
    messages_repeated += others.messages_repeated;
    resumes += others.resumes;
    wrong_codes += others.wrong_codes;
}

} // namespace netplay_relay::party
