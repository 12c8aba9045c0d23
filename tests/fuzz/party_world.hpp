// A party manager with people around it, who note what they are told: for fuzz_party.
#pragma once

#include "decisions.hpp"

#include "party/party_manager.hpp"
#include "websocket/frames.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::fuzz {

using Bytes = std::vector<std::uint8_t>;

inline constexpr std::size_t people_max = 5;
extern const std::string upgrade_request;

[[nodiscard]] Bytes bytes_of(const std::string& text);
// Limits that are soon reached.
[[nodiscard]] party::PartySettings settings_of(Decisions& decisions, bool tight);

// One in a party, whoever that is by now.
struct Place
{
    std::uint64_t got = 0;
    std::map<std::uint32_t, std::uint64_t> last; // serial of the last reliable packet, by source
};

struct Person
{
    ConnectionId id;
    bool inside = false;
    bool is_open = false; // it was told so in HTTP
    websocket::FrameReader reader{websocket::Side::client};
    std::string token; // of its place
    std::uint64_t seen = 0;
    Bytes unsaid; // the rest of what it says
};

class World
{
public:
    explicit World(party::PartySettings settings);

    void enter(Person& person, std::uint8_t address);
    // Says this, or so many bytes of it and the rest with the next.
    void tell(Person& person, const Bytes& bytes, std::size_t cut);
    void say(Person& person, const std::string& text, std::size_t cut);
    void frame(Person& person, websocket::Kind kind, const Bytes& payload, std::size_t cut);
    void take(Person& person, std::size_t cut); // all that it was told
    void come_back(Person& person, std::uint8_t which);
    void host_or_join(Person& person, bool mesh, int id);
    void append_packet(Bytes& message, std::int32_t target, std::uint8_t mode, std::size_t size,
                       const std::vector<std::int32_t>& list, bool listed);
    void leave(Person& person, party::CloseReason how);
    void wait(Duration duration);
    void move(bool forth_only); // to another party manager, and back
    void act(const std::function<void(party::PartyManager&, Instant, party::Output&)>& what);
    void all_go();
    // Whether it is taken; then time passes.
    bool adopt_anything(record::Kind kind, const Bytes& body, Duration later, Instant now);

    [[nodiscard]] std::uint64_t some_party(std::uint8_t which) const; // 0: there is none
    [[nodiscard]] party::PartyManager& manager() { return *manager_; }
    [[nodiscard]] const party::PartySettings& settings() const { return settings_; }
    [[nodiscard]] Instant now() const { return now_; }

    std::array<Person, people_max> people;

private:
    [[nodiscard]] std::unique_ptr<party::PartyManager> make();
    void look();
    void hear(Person& person, const OutboundMessage& message);
    void hear_frames(Person& person, std::span<const std::uint8_t> bytes);
    void hear_text(Person& person, const std::string& text);
    void hear_packets(Person& person, std::span<const std::uint8_t> message);
    [[nodiscard]] Person* find(ConnectionId id);
    [[nodiscard]] Place& place_of(const Person& person) { return places_[person.token]; }

    party::PartySettings settings_;
    std::uint64_t drawn_ = 0;
    std::map<ConnectionId, wire::Address> addresses_;
    std::unique_ptr<party::PartyManager> manager_;
    party::Output out_;
    Instant now_{std::chrono::hours(1)};
    std::uint64_t connections_ = 0;
    std::uint64_t serial_ = 0;
    std::map<std::string, Place> places_;
};

} // namespace netplay_relay::fuzz
