// Those who come to parties: honest ones, whose machines and lines may be sick, and strangers.
#pragma once

#include "party_oracle.hpp"
#include "peers.hpp"

namespace netplay_relay::simulation {

inline constexpr std::string_view party_game = "arena";

// What all visitors of one world share. All of it outlives them.
struct PartySurroundings
{
    Surroundings& around;
    PartyOracle& oracle;
    const PartyPlan& plan;
    std::map<std::size_t, party::Code> codes; // by table, as friends tell each other
    bool is_calm = false;

    [[nodiscard]] lobby::Instant now() const { return around.schedule.now(); }
};

class PartyVisitor final : public Peer
{
public:
    PartyVisitor(PartySurroundings& around, Rng rng, Participant& who);

    void begin() override;
    void leave(Ending ending) override;
    void connected(Line line) override;
    void ready(Line) override {} // it looks once a frame
    void broken(Line line) override;
    // Nobody is sick any more, and nobody says anything new.
    void calm_down();
    void settle();

private:
    [[nodiscard]] std::optional<std::string> find_code();
    void start();
    void plan_step(lobby::Duration delay);
    void step();
    void dial();
    void listen();
    void take_events();
    void talk();
    void say_packet(std::size_t size);
    [[nodiscard]] inspector::PartyTarget some_target();
    void speak();
    void fall_ill();
    void cut();
    void is_lost(const std::string& why);
    void hang_up();
    void note_end(const inspector::PartyEnd& end);
    [[nodiscard]] bool happens(unsigned one_in) { return one_in > 0 && rng_.one_in(one_in); }
    [[nodiscard]] Network& network() { return around_.around.network; }

    PartySurroundings& around_;
    Rng rng_;
    Participant& who_;
    const PartyVisit& visit_;
    std::optional<inspector::PartyClient> client_;
    Line line_ = -1;
    bool is_connected_ = false;
    bool is_gone_ = false;
    unsigned waits_for_code_ = 0;
    std::uint64_t steps_ = 0; // planned: an older one does not happen
    lobby::Instant leaves_at_ = lobby::Instant::max();
    lobby::Instant hangs_until_{};
    unsigned bulk_left_ = 0; // frames in which it sends something large
};

class PartyStranger final : public Peer
{
public:
    PartyStranger(PartySurroundings& around, Rng rng, Participant& who);

    void begin() override;
    void leave(Ending ending) override;
    void connected(Line line) override;
    void ready(Line line) override;
    void broken(Line line) override;

private:
    void dial();
    void step();
    void say(std::span<const std::uint8_t> bytes);
    void say_frame(websocket::Kind kind, std::span<const std::uint8_t> payload);
    void say_text(const std::string& text);
    void speak();
    void do_first_deed();
    void do_deed();
    void send_wrong_progress();
    void send_bad_packets();
    void flood();
    [[nodiscard]] std::string random_code();
    [[nodiscard]] Network& network() { return around_.around.network; }

    PartySurroundings& around_;
    Rng rng_;
    Participant& who_;
    std::optional<inspector::PartyClient> client_; // of one who comes in
    Line line_ = -1;
    std::vector<std::uint8_t> unsaid_;
    bool is_gone_ = false;
    bool is_deaf_ = false;
    bool has_done_it_ = false;
    unsigned guesses_ = 0;
};

} // namespace netplay_relay::simulation
