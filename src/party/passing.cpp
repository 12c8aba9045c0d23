// One of several workers: those on the way into a party that another one has, and parties that are
// with others.
#include "party_manager_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

CodeMark mark_of(const Code& code)
{
    std::uint32_t hash = 0x811c9dc5U; // FNV-1a, and each bit of it has moved others
    for (const char letter : code.letters) {
        hash ^= static_cast<std::uint8_t>(letter);
        hash *= 0x01000193U;
    }
    hash ^= hash >> 15U;
    hash *= 0x2c1b3c6dU;
    hash ^= hash >> 12U;
    return {static_cast<std::uint8_t>(hash), static_cast<std::uint8_t>(hash >> 8U),
            static_cast<std::uint8_t>(hash >> 16U)};
}

CodeMark mark_of(const Token& token)
{
    CodeMark mark{};
    std::copy_n(token.begin() + mark_bytes, mark.size(), mark.begin());
    return mark;
}

std::string name_by(const Code& code)
{
    const CodeMark mark = mark_of(code);
    std::string name(mark.begin(), mark.end());
    return name.append(code.letters.begin(), code.letters.end());
}

// True if another worker, or another node of the fleet, has the party that it names, or is to open
// it, and it is on its way there.
bool PartyManagerState::is_for_another(ConnectionId id, Newcomer& newcomer, const Control& said)
{
    if (const auto node = node_elsewhere(newcomer, said)) {
        out_->elsewhere.push_back({id, 0, *node});
        return true;
    }
    if (among_.count == 1) return false;
    const auto worker = owner_elsewhere(newcomer, said);
    if (!worker) return false;
    newcomer.was_passed_on = true;
    out_->elsewhere.push_back({id, *worker});
    return true;
}

// Of one that names something: it hops once, or stays.
std::optional<fleet::Node> PartyManagerState::node_elsewhere(Newcomer& newcomer,
                                                             const Control& said) const
{
    if (fleet_ == nullptr || newcomer.has_hopped) return std::nullopt;
    std::optional<Code> code;
    std::optional<fleet::Node> node;
    if (const auto* host = std::get_if<HostRequest>(&said))
        code = host->code;
    else if (const auto* guest = std::get_if<JoinRequest>(&said))
        code = guest->code;
    else if (const auto* back = std::get_if<ReturnRequest>(&said))
        node = node_of(back->token);
    if (!code && !node) return std::nullopt;
    newcomer.has_hopped = true;
    if (code && !by_code_.contains(*code)) node = node_of(*code);
    return node && fleet_->can_reach(*node) ? node : std::nullopt;
}

std::optional<std::uint16_t> PartyManagerState::owner_elsewhere(const Newcomer& newcomer,
                                                                const Control& said)
{
    if (const auto* guest = std::get_if<JoinRequest>(&said); guest != nullptr && guest->code)
        return owner_of(*guest->code);
    if (const auto* back = std::get_if<ReturnRequest>(&said)) return owner_of(back->token);
    const auto* host = std::get_if<HostRequest>(&said);
    if (host == nullptr) return std::nullopt;
    // One of its own is given out where it is looked for.
    if (host->code)
        return among_.is_mine(number_of(*host->code))
                   ? std::nullopt
                   : std::optional(among_.owner_of(number_of(*host->code)));
    if (newcomer.was_passed_on) return std::nullopt; // it was sent here
    const auto worker = placing_.next();
    return worker == among_.owner_of(among_.number) ? std::nullopt : worker;
}

// Whoever has it, then whoever is told where it is, then whoever would be. Nothing: here.
std::optional<std::uint16_t> PartyManagerState::owner_of(const Code& code) const
{
    if (by_code_.contains(code)) return std::nullopt;
    if (const auto worker = away_.find(name_by(code))) return worker;
    if (among_.is_mine(number_of(code)) || has_marked(mark_of(code))) return std::nullopt;
    return among_.owner_of(number_of(code));
}

std::optional<std::uint16_t> PartyManagerState::owner_of(const Token& token) const
{
    if (by_token_.contains(token)) return std::nullopt;
    const CodeMark mark = mark_of(token);
    if (const auto worker = away_.find_by_start(std::string(mark.begin(), mark.end())))
        return worker;
    if (among_.is_mine(token[worker_byte]) || has_marked(mark)) return std::nullopt;
    return among_.owner_of(token[worker_byte]);
}

// One that ends has no code any more, and nobody else knows its places.
bool PartyManagerState::has_marked(const CodeMark& mark) const
{
    return std::ranges::any_of(
        parties_, [&](const auto& entry) { return mark_of(entry.second->code) == mark; });
}

std::optional<Ended> PartyManagerState::name_of_party(std::uint64_t number) const
{
    const auto found = parties_.find(number);
    if (found == parties_.end()) return std::nullopt;
    const Code& code = found->second->code;
    return Ended{name_by(code), among_.owner_of(number_of(code))};
}

void PartyManagerState::tell_ended(const Party& party)
{
    const std::uint8_t number = number_of(party.code);
    if (among_.count > 1 && !among_.is_mine(number))
        out_->ended.push_back({name_by(party.code), among_.owner_of(number)});
}

std::optional<Ended> PartyManager::name_of_party(std::uint64_t party) const
{
    return state_->name_of_party(party);
}

std::vector<wire::Address> PartyManager::take_guessers()
{
    return std::exchange(state_->guessed_, {});
}

void PartyManager::note_guesser(const wire::Address& address, Instant now)
{
    state_->note_guesser(address, now);
}

bool PartyManager::is_closing(std::uint64_t party) const
{
    const auto found = state_->parties_.find(party);
    return found == state_->parties_.end() || found->second->closing;
}

void PartyManager::note_away(const std::string& name, std::optional<std::uint16_t> worker)
{
    if (worker)
        state_->away_.note(name, *worker);
    else
        state_->away_.forget(name);
}

std::size_t PartyManager::games_away() const { return state_->away_.size(); }

void PartyManager::note_ended(const std::string& name, std::uint16_t worker)
{
    state_->away_.forget(name, worker);
}

void PartyManagerState::keep_asked(ConnectionId id, Client& client,
                                   const websocket::Message& message)
{
    std::vector<Asked>& asked = client.newcomer->asked;
    if (asked.size() >= asked_max) return refuse(id, client, CloseReason::bad_control);
    asked.push_back({message.kind, {message.payload.begin(), message.payload.end()}});
}

// One that was adopted: its party is here.
void PartyManagerState::go_on(ConnectionId id)
{
    const auto found = clients_.find(id);
    if (found == clients_.end() || !found->second.newcomer) return;
    for (const Asked& one : std::exchange(found->second.newcomer->asked, {}))
        hear(id, found->second, {one.kind, one.payload});
    settle();
}

} // namespace netplay_relay::party
