#include "config/read_parties.hpp"

#include "config/reasons.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::config {

namespace {

constexpr std::size_t networks_most = 4096;
constexpr std::size_t reserved_most = 1024;
constexpr std::size_t origins_most = 1024;
constexpr std::string_view an_origin =
    "the origin of a web page, such as \"https://example.org\", without a path";
constexpr std::uint32_t mebibyte = 1U << 20U;
constexpr std::string_view a_network =
    "an address or network, such as \"203.0.113.7\" or \"2001:db8::/32\"";

void read_reserved_code(FaultReader& reader, std::vector<party::ReservedCode>& all)
{
    party::ReservedCode reserved;
    bool is_code = false;
    reader.text("code", "8 letters of A-Z, such as \"GAME-CLUB\"", [&](const std::string& text) {
        const auto code = party::parse_code(text);
        is_code = code.has_value();
        if (code) reserved.code = *code;
        return is_code;
    });
    reader.texts("networks", a_network, networks_most, reserved.networks, wire::parse_network,
                 why_no_network);
    if (reader.lacks("code")) reader.fault("code", "must be there");
    if (reader.lacks("networks") || reader.is_empty_list("networks"))
        reader.fault("networks", "must name at least one network");
    if (!is_code) return;
    if (std::ranges::find(all, reserved.code, &party::ReservedCode::code) != all.end())
        reader.fault("code", "must not be reserved twice");
    all.push_back(std::move(reserved));
}

void read_settings(FaultReader& reader, party::PartySettings& parties)
{
    reader.number("parties", 0, 100000, parties.parties);
    reader.number("parties_per_address", 1, 100000, parties.parties_per_address);
    reader.number("peers", 2, party::peers_max, parties.peers);
    reader.number("peers_per_address", 1, party::peers_max, parties.peers_per_address);
    reader.number("packet_bytes", 1024, party::packet_bytes_max, parties.packet_bytes);
    reader.number("kept_bytes_per_peer", 65536, 1U << 30U, parties.kept_bytes);
    std::uint32_t in_all = parties.kept_bytes_in_all / mebibyte;
    reader.number("kept_mebibytes_in_all", 1, 4095, in_all);
    parties.kept_bytes_in_all = in_all * mebibyte;
    reader.number("messages_per_second", 10, 1000000, parties.messages_per_second);
    reader.number("bytes_per_second", 16384, 1U << 30U, parties.bytes_per_second);
    reader.seconds("hold_seconds", 0, 3600, parties.hold);
    reader.texts("origins", an_origin, origins_most, parties.origins, party::parse_origin);
    parties.reserved.clear();
    reader.objects("reserved_codes", reserved_most,
                   [&](FaultReader& reserved) { read_reserved_code(reserved, parties.reserved); });
}

} // namespace

void read_parties(FaultReader& reader, lobby::Policy& policy)
{
    reader.object("parties", [&](FaultReader& parties) { read_settings(parties, policy.parties); });
    reader.texts("trusted_proxies", a_network, networks_most, policy.trusted_proxies,
                 wire::parse_network, why_no_network);
    reader.flag("proxy_protocol", policy.proxy_protocol);
}

} // namespace netplay_relay::config
