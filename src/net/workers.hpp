// The workers of the process. One runs in the loop of whoever made it. Several have a thread and an
// event loop each, and share nothing on the way of a byte: then whoever made them serves no player,
// and looks at them, or changes anything, while the thread concerned stands still.
#pragma once

#include "net/engine.hpp"
#include "net/fleet.hpp"
#include "net/inbox.hpp"
#include "net/listener.hpp"
#include "net/told.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

namespace netplay_relay::net {

class Workers final : public FleetHome, private Neighbours
{
public:
    using MakeRandom = std::function<std::unique_ptr<lobby::RandomSource>()>;

    // `io` must outlive them. `make_random`: each draws from one of its own.
    Workers(boost::asio::io_context& io, std::uint16_t count, const lobby::Policy& policy,
            const PublicName& public_name, const MakeRandom& make_random);
    ~Workers() override;
    Workers(Workers&&) = delete;

    [[nodiscard]] std::uint16_t count() const { return static_cast<std::uint16_t>(all_.size()); }

    // The engine of one of them; its thread stands still as long as this lives. From the loop of
    // whoever made them; several may be held, and one several times.
    class Held
    {
    public:
        ~Held();
        Held(Held&& other) noexcept : one_(std::exchange(other.one_, nullptr)) {}
        Held& operator=(Held&&) = delete;
        [[nodiscard]] Engine& operator*() const;
        [[nodiscard]] Engine* operator->() const { return &**this; }

    private:
        friend class Workers;
        struct One;
        explicit Held(One* one) : one_(one) {}
        One* one_;
    };
    [[nodiscard]] Held hold(std::uint16_t worker) const;
    // All of them at once.
    [[nodiscard]] std::vector<Held> hold_all() const;

    // Each in its turn.
    template <class Act>
    void each(const Act& act) const
    {
        for (std::uint16_t worker = 0; worker < count(); ++worker)
            act(*hold(worker));
    }
    // Of all: what `look` returns adds up by add().
    template <class Look>
    [[nodiscard]] auto sum(const Look& look) const
    {
        auto all = look(*hold(0));
        for (std::uint16_t worker = 1; worker < count(); ++worker)
            all.add(look(*hold(worker)));
        return all;
    }

    // workers_fleet.cpp
    void join_fleet(const FleetMember& member) override;
    void see_fleet(const std::shared_ptr<const fleet::View>& view,
                   const NodeEndpoints& endpoints) override;
    void take_hopped(UniqueFd link, const fleet::Head& head,
                     std::vector<std::uint8_t> record) override;
    [[nodiscard]] std::vector<std::uint64_t> room_hashes() const override;
    [[nodiscard]] bool takes_new() const override;

    // As Engine's, of all.
    void adopt(const lobby::Policy& policy, const PublicName& public_name);
    void begin_draining(std::function<void()> done);
    void stop_draining();
    void shut_down(std::chrono::seconds grace, std::function<void()> done);

    // Told in the loop of whoever made them. It must outlive their run.
    void also_tell(EventListener& listener);

    // Everybody accepts from this socket.
    void listen(const UniqueFd& socket, const lobby::ListenerProfile& profile);
    void stop_listening();

    // From now on players are served: by threads of their own, if there are several.
    void start();

    // The loop of whoever made them, until its io_context is stopped; and then the end of all.
    void run();

private:
    // From the threads.
    void pass_on(std::uint16_t worker, worker::Moving moving) override;
    void tell_others(std::uint16_t worker, const lobby::OpenGames& games) override;

    void tell_each();
    void share_out_soon();
    void share_out();
    [[nodiscard]] std::function<void()> when_all(std::function<void()> done);
    void end_threads();
    [[nodiscard]] bool has_threads() const { return all_.size() > 1; }

    boost::asio::io_context& io_;
    std::unique_ptr<Inbox> inbox_; // of whoever made them, if there are several
    std::unique_ptr<ToldQueue> told_;
    std::vector<lobby::OpenGames> games_;
    boost::asio::steady_timer sharing_;
    std::chrono::steady_clock::time_point shared_at_;
    bool shares_soon_ = false;
    std::uint16_t next_for_hop_ = 0;
    std::vector<std::unique_ptr<Held::One>> all_;
};

} // namespace netplay_relay::net
