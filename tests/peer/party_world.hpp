// Games at a party manager, over pipes that delay, cut and stand still as a seed says.
#pragma once

#include "party/party_manager.hpp"
#include "peer/party_client.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <random>

namespace netplay_relay::inspector {

class PartyWorld
{
public:
    static constexpr Duration step_length = std::chrono::milliseconds(1);

    struct Game
    {
        std::unique_ptr<PartyClient> client;
        ConnectionId connection; // 0: none
        std::deque<std::uint8_t> up;
        std::deque<std::uint8_t> down;
        bool closing = false;                 // by the relay, behind what is on the way down
        bool frozen = false;                  // nothing moves on its pipe
        bool hangs = false;                   // the game takes nothing
        std::optional<std::size_t> cut_after; // bytes
        unsigned cuts = 0;
        std::vector<PartyPacket> packets;
        std::vector<PartyClientEvent> events; // the others
    };

    explicit PartyWorld(unsigned seed, party::PartySettings settings = generous())
        : random_(seed),
          manager_(std::move(settings),
                   {[](ConnectionId, std::span<const std::string>)
                        -> std::variant<party::Doorkeeper::Admitted, party::CloseReason> {
                        return party::Doorkeeper::Admitted{};
                    },
                    [](ConnectionId) { return true; }, [](ConnectionId) { return true; }},
                   [this](std::span<std::uint8_t> bytes) { fill(bytes); })
    {
    }

    static party::PartySettings generous()
    {
        party::PartySettings settings;
        settings.messages_per_second = 1'000'000;
        settings.bytes_per_second = 1U << 30U;
        return settings;
    }

    Game& add(PartyRequest request)
    {
        if (!request.hosts && request.code.empty()) request.code = code();
        auto client = std::make_unique<PartyClient>(
            PartyClientSettings{std::move(request), "relay.example", true},
            [this](std::span<std::uint8_t> bytes) { fill(bytes); }, now_);
        games_.push_back(std::make_unique<Game>());
        games_.back()->client = std::move(client);
        return *games_.back();
    }
    // In the party, or refused.
    Game& enter(PartyRequest request)
    {
        Game& game = add(std::move(request));
        for (int steps = 0; game.events.empty() && steps < 1000; ++steps)
            step();
        return game;
    }
    Game& host(bool mesh = false) { return enter({true, "game", "", 0, mesh, 0}); }
    Game& join(std::int32_t id) { return enter({false, "game", "", 0, false, id}); }

    void step()
    {
        now_ += step_length;
        for (auto& game : games_)
            move(*game);
        manager_.tick(now_, out_);
        settle();
        manager_.check_consistency();
    }
    void run(Duration time)
    {
        for (const Instant until = now_ + time; now_ < until;)
            step();
    }
    // False: it did not come to that.
    bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::minutes(2))
    {
        const Instant until = now_ + limit;
        while (!done() && now_ < until)
            step();
        return done();
    }

    // The connection is gone, with what is on the way; the relay hears of it, or not at all.
    void cut(Game& game, bool relay_hears = true)
    {
        if (game.connection == ConnectionId{}) return;
        ++game.cuts;
        const ConnectionId connection = std::exchange(game.connection, {});
        game.up.clear();
        game.down.clear();
        game.closing = false;
        game.client->lost("cut", now_);
        if (relay_hears) (void)manager_.leave(connection, now_, out_);
        settle();
    }

    [[nodiscard]] std::string code() const { return to_text(manager_.look().front().code); }
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] party::PartyManager& manager() { return manager_; }
    [[nodiscard]] unsigned draw(unsigned least, unsigned most)
    {
        return std::uniform_int_distribution<unsigned>(least, most)(random_);
    }

private:
    void fill(std::span<std::uint8_t> bytes)
    {
        for (std::uint8_t& byte : bytes)
            byte = static_cast<std::uint8_t>(random_());
    }

    void move(Game& game)
    {
        PartyClient& client = *game.client;
        if (const auto at = client.connect_at(); at && now_ >= *at) connect(game);
        client.tick(now_);
        auto& said = client.out();
        game.up.insert(game.up.end(), said.begin(), said.end());
        said.clear();
        if (!game.frozen && game.connection != ConnectionId{}) carry(game);
        if (!game.hangs) take(game);
    }

    void connect(Game& game)
    {
        game.client->dialling();
        game.connection = {++last_connection_};
        manager_.enter(game.connection, {}, now_ + std::chrono::seconds(5), now_, out_);
        game.client->connected(now_);
    }

    // Some of what waits, in both directions; and perhaps no more after that.
    void carry(Game& game)
    {
        const auto up = some_of(game, game.up);
        if (!up.empty()) manager_.receive(game.connection, up, now_, out_);
        settle();
        const auto down = some_of(game, game.down);
        if (!down.empty()) game.client->received(down, now_);
        if (game.cut_after == 0U) {
            game.cut_after.reset();
            cut(game, draw(0, 3) > 0);
        } else if (game.closing && game.down.empty()) {
            game.connection = {};
            game.closing = false;
            game.client->lost("closed", now_);
        } else if (game.client->is_over() && game.up.empty()) {
            (void)manager_.leave(std::exchange(game.connection, {}), now_, out_);
        }
    }

    std::vector<std::uint8_t> some_of(Game& game, std::deque<std::uint8_t>& bytes)
    {
        std::size_t most = draw(0, 2) == 0 ? draw(1, 100) : 100'000;
        if (game.cut_after) most = std::min(most, *game.cut_after);
        const std::size_t size = std::min(most, bytes.size());
        const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(size);
        std::vector<std::uint8_t> taken(bytes.begin(), end);
        bytes.erase(bytes.begin(), end);
        if (game.cut_after) *game.cut_after -= size;
        return taken;
    }

    static void take(Game& game)
    {
        for (PartyClientEvent& event : game.client->take_events()) {
            if (auto* packet = std::get_if<PartyPacket>(&event))
                game.packets.push_back(std::move(*packet));
            else if (!std::holds_alternative<party::Got>(event))
                game.events.push_back(std::move(event));
        }
    }

    // What the relay wants done.
    void settle()
    {
        const auto find = [this](ConnectionId id) {
            return std::ranges::find_if(games_,
                                        [&](const auto& game) { return game->connection == id; });
        };
        for (const OutboundMessage& message : out_.messages) {
            const auto found = find(message.to);
            if (found == games_.end()) continue; // it was cut, and nobody has told the relay
            auto& down = (*found)->down;
            down.insert(down.end(), message.bytes.begin(), message.bytes.end());
            if (message.shared)
                down.insert(down.end(), message.shared->begin(), message.shared->end());
        }
        for (const party::Closing& closing : out_.closings)
            if (const auto found = find(closing.connection); found != games_.end())
                (*found)->closing = true;
        out_.clear();
    }

    std::mt19937 random_;
    Instant now_{std::chrono::hours(1)};
    party::PartyManager manager_;
    party::Output out_;
    std::uint64_t last_connection_ = 0;
    std::vector<std::unique_ptr<Game>> games_;
};

} // namespace netplay_relay::inspector
