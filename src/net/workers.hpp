// The workers of the process. One runs in the loop of whoever made it. Several have a thread and an
// event loop each, and share nothing on the way of a byte: then whoever made them serves no player,
// and looks at them, or changes anything, while the thread concerned stands still.
#pragma once

#include "net/balance.hpp"
#include "net/engine.hpp"
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

class Workers final : private Neighbours
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

    // That the thread of this one has used so far.
    [[nodiscard]] std::chrono::nanoseconds cpu_time(std::uint16_t worker) const;
    // What is left of the limits is shared out anew, as far as anybody has much of anything.
    void share_out_again();
    // If there are several.
    [[nodiscard]] Balance& balance() const { return *balance_; }
    // What has come from the process before this one is found by whoever wants it: each worker may
    // have taken over anything. Before newcomers come, and behind that.
    void settle_homes();

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
    void tell_worker(std::uint16_t worker, const lobby::GameMoved& news) override;
    void tell_workers(std::uint16_t worker, const lobby::Guessed& news) override;
    void tell_others(std::uint16_t worker, const lobby::OpenGames& games) override;

    void tell(std::uint16_t worker, std::function<void(Engine&)> what);
    void tell_each();
    void share_out_soon();
    void share_out();
    void share_out_addresses(const std::vector<Held>& all);
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
    bool shares_addresses_ = false; // some are known to all
    std::vector<std::unique_ptr<Held::One>> all_;
    std::unique_ptr<Balance> balance_;
};

} // namespace netplay_relay::net
