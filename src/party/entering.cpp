// From the first byte of an HTTP request to a place in a party.
#include "party_manager_state.hpp"

#include "base/ensure.hpp"
#include "websocket/upgrade.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

namespace {

// Four seconds' worth at once.
constexpr double burst = 4;

// A close frame by which a proxy goes, and not its client: one that no client may send, or that
// says so. A browser's page that goes says the same; its place is held then, though nobody returns.
bool is_of_proxy(const websocket::Message& close, websocket::Side side)
{
    if (side != websocket::Side::server_behind_proxy) return false;
    const auto code = websocket::close_code_of(close);
    return !close.is_masked || code == websocket::going_away || code == websocket::service_restart;
}

} // namespace

void PartyManagerState::read_head(ConnectionId id, Client& client,
                                  std::span<const std::uint8_t> bytes)
{
    Newcomer& newcomer = *client.newcomer;
    if (newcomer.refused) return;
    newcomer.head.insert(newcomer.head.end(), bytes.begin(), bytes.end());
    count_kept(bytes.size(), 0);
    const websocket::Head head = websocket::read_head(newcomer.head, subprotocol);
    if (std::holds_alternative<websocket::NeedMoreHead>(head)) return;
    if (const auto* bad = std::get_if<websocket::BadRequest>(&head)) {
        return close_http(id, websocket::refusal(*bad),
                          bad->no_websocket ? CloseReason::no_websocket : CloseReason::bad_request);
    }
    const auto& upgrade = std::get<websocket::Upgrade>(head);
    if (settings_.parties == 0) {
        const websocket::BadRequest off{503, std::string(sentence_for(CloseReason::parties_off)),
                                        false};
        return close_http(id, websocket::refusal(off), CloseReason::parties_off);
    }
    const std::string answer = websocket::acceptance(upgrade, subprotocol);
    const auto text = bytes_of(answer);
    out_->messages.push_back({id, {text.begin(), text.end()}, nullptr});
    const std::vector<std::uint8_t> head_and_rest = std::exchange(newcomer.head, {});
    count_kept(0, head_and_rest.size());
    newcomer.upgraded = true;
    const auto admitted = doorkeeper_.admit(id, upgrade.forwarded_for);
    if (const auto* reason = std::get_if<CloseReason>(&admitted)) {
        refuse(id, client, *reason);
    } else {
        const auto& who = std::get<Doorkeeper::Admitted>(admitted);
        newcomer.address = who.address;
        if (who.is_behind_proxy)
            client.hearing.reader = websocket::FrameReader(websocket::Side::server_behind_proxy);
    }
    if (!settings_.permits_origin(upgrade.origins)) refuse(id, client, CloseReason::origin_denied);
    feed(id, client, std::span(head_and_rest).subspan(upgrade.used));
}

void PartyManagerState::close_http(ConnectionId id, const std::string& answer, CloseReason reason)
{
    const auto text = bytes_of(answer);
    out_->messages.push_back({id, {text.begin(), text.end()}, nullptr});
    close_silently(id, reason);
}

// Who is in no party yet says nothing long.
websocket::Limits PartyManagerState::limits_of(const Client& client) const
{
    const std::size_t packets =
        client.peer == nullptr ? control_size_max : client.party->packet_bytes + packets_around;
    return {control_size_max, packets};
}

void PartyManagerState::feed(ConnectionId id, Client& client, std::span<const std::uint8_t> bytes)
{
    if (client.hearing.is_over) return;
    websocket::FrameReader& reader = client.hearing.reader;
    websocket::Limits limits = limits_of(client);
    const std::size_t kept = reader.kept();
    bool is_gone = false;                     // by a close frame
    CloseReason how = CloseReason::peer_left; // by its own word
    const auto fault = reader.feed(bytes, limits, [&](const websocket::Message& message) {
        is_gone = message.kind == websocket::Kind::close;
        if (!is_gone)
            hear(id, client, message);
        else if (is_of_proxy(message, reader.side()))
            how = CloseReason::lost;
        else
            say_frame(id, websocket::Kind::close, message.payload);
        limits = limits_of(client); // by now it may be in a party
        return !is_gone;
    });
    count_kept(reader.kept(), kept);
    client.hearing.is_over = is_gone || fault.has_value();
    if (is_gone) {
        const CloseReason reason = leave(id, how);
        out_->closings.push_back({id, reason});
    } else if (fault) {
        send_away(id, *fault == websocket::Fault::too_large ? CloseReason::packet_too_large
                                                            : CloseReason::bad_frame);
    }
}

// Whoever is told to go is listened to until it does: for its close frame, and for what it has
// taken of what it is still sent.
void PartyManagerState::hear(ConnectionId id, Client& client, const websocket::Message& message)
{
    if (client.peer != nullptr && !may_say(*client.peer, message))
        return dismiss(*client.party, *client.peer, CloseReason::peer_flood, {});
    const bool is_control =
        message.kind == websocket::Kind::ping || message.kind == websocket::Kind::pong;
    // Behind what it is passed on for it may be a peer already, which says more.
    if (client.newcomer && is_control && client.newcomer->asked.empty()) {
        if (client.newcomer->refused) return;
        if (++client.newcomer->controls > early_controls_max)
            return refuse(id, client, CloseReason::peer_flood);
    }
    if (message.kind == websocket::Kind::ping)
        say_frame(id, websocket::Kind::pong, message.payload);
    else if (client.newcomer)
        hear_newcomer(id, client, message);
    else
        hear_peer(*client.party, *client.peer, message);
}

void PartyManagerState::hear_newcomer(ConnectionId id, Client& client,
                                      const websocket::Message& message)
{
    if (client.newcomer->refused || message.kind == websocket::Kind::pong) return;
    if (!client.newcomer->asked.empty()) return keep_asked(id, client, message);
    std::optional<Control> said;
    if (message.kind == websocket::Kind::text) said = read_control(message.payload);
    if (said && is_for_another(id, *client.newcomer, *said)) return keep_asked(id, client, message);
    if (said) {
        if (const auto* host = std::get_if<HostRequest>(&*said))
            return open_party(id, client, *host);
        if (const auto* guest = std::get_if<JoinRequest>(&*said)) return join(id, client, *guest);
        if (const auto* back = std::get_if<ReturnRequest>(&*said))
            return come_back(id, client, *back);
    }
    refuse(id, client, CloseReason::bad_control);
}

void PartyManagerState::open_party(ConnectionId id, Client& client, const HostRequest& request)
{
    const Newcomer& newcomer = *client.newcomer;
    if (const auto refusal = refusal_of(id, newcomer, request)) return refuse(id, client, *refusal);
    const auto code = code_for(newcomer.address, request.code);
    if (!code) return refuse(id, client, CloseReason::code_denied);
    auto party = std::make_unique<Party>();
    party->number = numbers_.next();
    party->code = *code;
    party->game = request.game;
    party->opener = newcomer.address;
    party->counted = {among_.counts, wire::Counted::party, party->opener};
    party->mesh = request.mesh;
    party->shown = request.shown;
    party->since = now_;
    party->packet_bytes = settings_.packet_bytes;
    party->peers_max = std::min(request.max == 0 ? settings_.peers : request.max, settings_.peers);
    by_code_.emplace(*code, party->number);
    Party& opened = *parties_.emplace(party->number, std::move(party)).first->second;
    Peer& host = seat(id, client, opened, host_id);
    tell(PartyEventKind::party_opened, opened, &host);
    welcome(opened, host, false);
}

std::optional<CloseReason> PartyManagerState::refusal_of(ConnectionId id, const Newcomer& newcomer,
                                                         const HostRequest&) const
{
    if (!doorkeeper_.may_host(id)) return CloseReason::host_denied;
    if (no_new_) return no_new_;
    std::size_t of_address = 0;
    std::size_t of_customer = 0;
    const auto prefix = wire::client_prefix(newcomer.address);
    const auto customer = wire::customer(newcomer.address);
    for (const auto& [number, party] : parties_) {
        of_address += wire::client_prefix(party->opener) == prefix ? 1U : 0U;
        of_customer += wire::customer(party->opener) == customer ? 1U : 0U;
    }
    if (among_.counts != nullptr)
        of_address = among_.counts->of(wire::Counted::party, newcomer.address);
    if (of_address >= settings_.parties_per_address) return CloseReason::address_parties_full;
    const std::size_t most = std::min<std::size_t>(settings_.parties, share_);
    const std::size_t kept = wire::places_for_newcomers(most, settings_.parties_per_address);
    const std::size_t limit = of_customer > 0 ? most - kept : most;
    if (parties_.size() >= limit) return CloseReason::parties_full;
    return std::nullopt;
}

// A code of its own, or the one that it wants; or one that is reserved for it.
std::optional<Code> PartyManagerState::code_for(const wire::Address& host,
                                                const std::optional<Code>& wanted)
{
    const auto is_promised = [&](const Code& code) {
        return std::ranges::any_of(settings_.reserved,
                                   [&](const ReservedCode& one) { return one.code == code; });
    };
    if (wanted) {
        const bool is_for_it =
            std::ranges::any_of(settings_.reserved, [&](const ReservedCode& one) {
                return one.code == *wanted && one.is_for(host);
            });
        const bool is_ours = !settings_.node || node_of(*wanted) == *settings_.node;
        if (!is_for_it || !is_ours || by_code_.contains(*wanted) || owner_of(*wanted))
            return std::nullopt;
        return wanted;
    }
    Code code;
    do {
        std::array<std::uint8_t, code_size> bytes{};
        random_(bytes);
        code = code_from(bytes, settings_.node);
    } while (by_code_.contains(code) || is_promised(code) || owner_of(code));
    return code;
}

void PartyManagerState::join(ConnectionId id, Client& client, const JoinRequest& request)
{
    const Newcomer& newcomer = *client.newcomer;
    if (!doorkeeper_.may_join(id)) return refuse(id, client, CloseReason::join_denied);
    if (!may_guess(newcomer.address)) return refuse(id, client, CloseReason::code_guessing);
    const auto found = request.code ? by_code_.find(*request.code) : by_code_.end();
    if (found == by_code_.end() && request.code && fleet_ != nullptr &&
        fleet_->is_down(node_of(*request.code)))
        return refuse(id, client, CloseReason::node_down);
    if (found == by_code_.end()) {
        note_wrong_code(newcomer.address);
        return refuse(id, client, CloseReason::unknown_code);
    }
    Party& party = *parties_.at(found->second);
    if (const auto refusal = refusal_of(newcomer, request, party))
        return refuse(id, client, *refusal);
    if (const Exclusion* exclusion = exclusion_of(party, newcomer.address)) {
        const auto wait = std::chrono::ceil<std::chrono::seconds>(exclusion->until - now_).count();
        return refuse(id, client, exclusion->reason,
                      "Somebody of your address was sent away. Try again in " +
                          std::to_string(wait) + " s.");
    }
    Peer& peer = seat(id, client, party, request.id);
    welcome(party, peer, false);
    tell(PartyEventKind::peer_joined, party, &peer);
    for (const auto& [other_id, other] : party.peers)
        if (other.get() != &peer && !other->is_leaving() && (party.mesh || other_id == host_id))
            say(*other, write_peer("joined", peer.id));
}

std::optional<CloseReason> PartyManagerState::refusal_of(const Newcomer& newcomer,
                                                         const JoinRequest& request,
                                                         const Party& party) const
{
    if (party.game != request.game) return CloseReason::different_game;
    if (party.refuses) return CloseReason::party_refuses;
    if (party.peers.size() >= party.peers_max) return CloseReason::party_full;
    if (party.peers.contains(request.id)) return CloseReason::id_taken;
    if (is_crowded(party, newcomer.address)) return CloseReason::address_party_full;
    return std::nullopt;
}

// Who was told to go, or was to be, and comes back: whether it still gets what it is kept.
bool PartyManagerState::may_hear_why(Farewell& farewell, const Peer& peer) const
{
    if (peer.kept.empty()) return false;
    if (now_ + hang_up_limit <= farewell.until) return true;
    if (std::exchange(farewell.late, true)) return false;
    farewell.until = now_ + hang_up_limit;
    return true;
}

// A lost network: the old place, whether its old connection is known to be lost or not.
void PartyManagerState::come_back(ConnectionId id, Client& client, const ReturnRequest& request)
{
    const auto found = by_token_.find(request.token);
    if (found == by_token_.end()) return refuse(id, client, CloseReason::unknown_token);
    Party& party = *parties_.at(found->second.party);
    Peer& peer = *party.find(found->second.peer);
    if (peer.is_leaving() && !may_hear_why(*peer.farewell, peer)) {
        const CloseReason reason = peer.farewell->reason;
        finish(party, peer.id, true);
        return refuse(id, client, reason);
    }
    if (request.got < peer.acknowledged || request.got > peer.offered)
        return refuse(id, client, CloseReason::bad_control);
    if (peer.id == host_id && !doorkeeper_.may_host(id))
        return refuse(id, client, CloseReason::host_denied);
    if (peer.id != host_id && !doorkeeper_.may_join(id))
        return refuse(id, client, CloseReason::join_denied);
    // Else many would join from one address after the other, and meet at one.
    const wire::Address& address = client.newcomer->address;
    const bool moves = wire::client_prefix(address) != wire::client_prefix(peer.address);
    if (moves && peer.id != host_id && !peer.is_leaving() && is_crowded(party, address))
        return refuse(id, client, CloseReason::address_party_full);
    const bool was_away = peer.is_absent(); // and others were told so
    if (!was_away) {
        out_->closings.push_back({peer.connection, CloseReason::returned});
        lose_connection(party, peer);
    }
    const Duration gone = now_ - *peer.absent_since;
    set_deadline(id, *client.newcomer, no_deadline);
    peer.address = client.newcomer->address;
    client.newcomer.reset();
    --entering_count_;
    client.party = &party;
    client.peer = &peer;
    peer.connection = id;
    peer.absent_since.reset();
    peer.heard = now_;
    peer.ping_at = now_ + ping_interval;
    ++peer.resumes;
    ++counts_.resumes;
    note_acknowledged(peer, request.got);
    counts_.messages_repeated += peer.kept.size();
    welcome(party, peer, true);
    if (!peer.is_leaving()) {
        if (was_away) tell_others(party, peer, "returned");
        tell(PartyEventKind::peer_returned, party, &peer, {}, gone);
    }
    pump(peer);
    set_due(peer, due_of(peer));
}

void PartyManagerState::give_allowances(Peer& peer) const
{
    peer.messages.change(settings_.messages_per_second, burst * settings_.messages_per_second);
    peer.kilobytes.change(settings_.bytes_per_second / kilobyte,
                          burst * settings_.bytes_per_second / kilobyte);
}

Peer& PartyManagerState::seat(ConnectionId id, Client& client, Party& party, std::int32_t peer_id)
{
    auto made = std::make_unique<Peer>();
    made->party = &party;
    made->id = peer_id;
    made->connection = id;
    made->address = client.newcomer->address;
    made->since = now_;
    made->heard = now_;
    made->ping_at = now_ + ping_interval;
    give_allowances(*made);
    random_(made->token);
    made->token[worker_byte] = number_of(party.code);
    if (settings_.node) made->token[token_node_byte] = *settings_.node;
    std::ranges::copy(mark_of(party.code), made->token.begin() + mark_bytes);
    set_deadline(id, *client.newcomer, no_deadline);
    client.newcomer.reset();
    --entering_count_;
    client.party = &party;
    client.peer = made.get();
    Peer& peer = *party.peers.emplace(peer_id, std::move(made)).first->second;
    by_token_.emplace(peer.token, PeerKey{party.number, peer_id});
    set_due(peer, due_of(peer));
    return peer;
}

void PartyManagerState::welcome(const Party& party, Peer& peer, bool again)
{
    Welcome words;
    words.id = peer.id;
    words.code = party.code;
    words.token = peer.token;
    words.mesh = party.mesh;
    words.packet = party.packet_bytes;
    words.hold = settings_.hold.count();
    words.again = again;
    words.got = peer.numbered;
    peer.told = peer.numbered;
    peer.tell_at.reset();
    for (const auto& [id, other] : party.peers)
        if (other.get() != &peer && !other->is_leaving() &&
            (party.mesh || peer.id == host_id || id == host_id))
            words.peers.push_back(id);
    say_unnumbered(peer, write_welcome(words));
}

// It is told why, and has a moment to hang up by itself: what comes together with the end of the
// stream, Godot throws away.
void PartyManagerState::refuse(ConnectionId id, Client& client, CloseReason reason,
                               std::string_view text)
{
    Newcomer& newcomer = *client.newcomer;
    if (newcomer.refused) return;
    newcomer.refused = reason;
    if (text.empty()) text = sentence_for(reason);
    say_frame(id, websocket::Kind::text, bytes_of(write_close(reason, text)));
    set_deadline(id, newcomer, now_ + hang_up_limit);
}

} // namespace netplay_relay::party
