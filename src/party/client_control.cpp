#include "party/client_control.hpp"

#include "json.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace netplay_relay::party {

namespace {

constexpr std::array<std::string_view, news_count> news_words{"joined", "left", "absent",
                                                              "returned"};

// What others have typed may be no UTF-8.
std::string dump(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class Number>
std::optional<Number> number_of(const Json& object, std::string_view key)
{
    const auto found = object.find(std::string(key));
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    const auto number = found->get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
        return std::nullopt;
    return static_cast<Number>(number);
}

std::optional<Told> read_welcome(const Json& value)
{
    if (!value.is_object()) return std::nullopt;
    Welcome welcome;
    const auto id = number_of<std::int32_t>(value, "id");
    const auto code = parse_code(text_of(value, "code"));
    const auto token = parse_token(text_of(value, "token"));
    const auto packet = number_of<std::uint32_t>(value, "packet");
    const auto peers = value.find("peers");
    const bool has_peers = peers != value.end() && peers->is_array();
    if (!id || *id < 1 || !code || !token || !packet || !has_peers) return std::nullopt;
    welcome.id = *id;
    welcome.code = *code;
    welcome.token = *token;
    welcome.packet = *packet;
    welcome.mesh = flag_of(value, "mesh");
    welcome.again = flag_of(value, "again");
    welcome.hold = number_of<std::int64_t>(value, "hold").value_or(0);
    welcome.got = number_of<std::uint64_t>(value, "got").value_or(0);
    for (const Json& peer : *peers) {
        if (!peer.is_number_integer()) return std::nullopt;
        welcome.peers.push_back(peer.get<std::int32_t>());
    }
    return welcome;
}

std::optional<double> round_trip_of(const Json& root)
{
    const auto found = root.find("rtt");
    if (found == root.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
}

} // namespace

std::string write_host(const HostRequest& request)
{
    Json body{{"game", request.game}, {"mesh", request.mesh}};
    if (request.max > 0) body["max"] = request.max;
    if (request.shown) body["shown"] = true;
    if (request.code) body["code"] = to_text(*request.code);
    return dump({{"host", body}});
}

std::string write_join(std::string_view code, std::string_view game, std::int32_t id)
{
    const Json body{{"code", code}, {"game", game}, {"id", id}};
    return dump({{"join", body}});
}

std::string write_return(const Token& token, std::uint64_t got)
{
    return dump({{"return", to_text(token)}, {"got", got}});
}

std::string write_progress(const Progress& progress)
{
    Json body = Json::object();
    if (progress.got) body["got"] = *progress.got;
    if (progress.seen) body["seen"] = *progress.seen;
    return dump(body);
}

std::string write_refuse(bool refuse) { return dump({{"refuse", refuse}}); }

std::string write_kick(std::int32_t id, std::string_view text)
{
    return dump({{"kick", id}, {"text", text}});
}

std::string_view word(News news) { return news_words.at(static_cast<std::size_t>(news)); }

std::optional<Told> read_told(std::span<const std::uint8_t> text)
{
    const Json root = Json::parse(text.begin(), text.end(), nullptr, false);
    if (!root.is_object()) return std::nullopt;
    if (const auto welcome = root.find("welcome"); welcome != root.end())
        return read_welcome(*welcome);
    for (std::size_t at = 0; at < news_count; ++at) {
        if (!root.contains(std::string(news_words[at]))) continue;
        const auto id = number_of<std::int32_t>(root, news_words[at]);
        if (!id) return std::nullopt;
        return PeerNews{static_cast<News>(at), *id, text_of(root, "why")};
    }
    if (root.contains("close")) return Close{text_of(root, "close"), text_of(root, "text")};
    if (!root.contains("got")) return UnknownWord{};
    const auto got = number_of<std::uint64_t>(root, "got");
    if (!got) return std::nullopt;
    return Got{*got, round_trip_of(root)};
}

} // namespace netplay_relay::party
