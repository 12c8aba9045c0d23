#include "net/one_worker.hpp"

#include "base/ensure.hpp"
#include "net/process_use.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <pthread.h>
#include <time.h>

namespace netplay_relay::net {

namespace {

constexpr std::chrono::milliseconds sharing_pause{20};

UniqueFd copy_of(const UniqueFd& socket)
{
    UniqueFd copy(fcntl(socket.value(), F_DUPFD_CLOEXEC, 0));
    ensure(copy.is_open(), "no file for a listening socket of another thread");
    return copy;
}

// They are for the loop of the process.
void leave_signals_to_others()
{
    sigset_t all;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

Workers::Workers(boost::asio::io_context& io, std::uint16_t count, const lobby::Policy& policy,
                 const PublicName& public_name, const MakeRandom& make_random,
                 const HandoverFacts* before)
    : io_(io), policy_(policy), games_(count), sharing_(io)
{
    if (before != nullptr) room_salt_ = before->room_salt;
    if (room_salt_ == 0) room_salt_ = lobby::fresh_salt(*make_random());
    if (count > 1) inbox_ = std::make_unique<AsioInbox>(io);
    for (std::uint16_t number = 0; number < count; ++number) {
        AmongWorkers among(number, count, room_salt_);
        if (count > 1) {
            among.counts = &counts_;
            among.states = &states_;
            among.packets = &packets_;
            among.rooms = &rooms_;
        }
        all_.push_back(std::make_unique<Held::One>(count == 1 ? &io : nullptr, make_random(),
                                                   policy, public_name, among));
        if (count > 1) all_.back()->engine.set_neighbours(*this);
    }
    if (count > 1) balance_ = std::make_unique<Balance>(io, *this);
    share_out();
}

Workers::~Workers() { end_threads(); }

Workers::Held Workers::hold(std::uint16_t worker) const
{
    Held::One& one = *all_.at(worker);
    if (++one.holds > 1 || !one.thread.joinable()) return Held(&one);
    one.inbox->put([&one] {
        one.stands_still.release();
        one.goes_on.acquire();
        one.engine.let_asio_run();
    });
    one.stands_still.acquire();
    return Held(&one);
}

std::vector<Workers::Held> Workers::hold_all() const
{
    std::vector<Held> all;
    all.reserve(all_.size());
    for (std::uint16_t worker = 0; worker < count(); ++worker)
        all.push_back(hold(worker));
    return all;
}

Workers::Held::~Held()
{
    if (one_ == nullptr || --one_->holds > 0 || !one_->thread.joinable()) return;
    one_->goes_on.release();
}

Engine& Workers::Held::operator*() const { return one_->engine; }

void Workers::adopt(const lobby::Policy& policy, const PublicName& public_name)
{
    policy_ = policy;
    each([&](Engine& engine) { engine.adopt(policy, public_name); });
    share_out();
}

void Workers::inspect_new_links(bool on)
{
    inspects_ = on;
    each([&](Engine& engine) { engine.inspect_new_links(on); });
}

void Workers::limit_slow_memory(std::size_t bytes)
{
    each([&](Engine& engine) { engine.limit_slow_memory(bytes / count()); });
}

void Workers::limit_hops(std::size_t most)
{
    each([&](Engine& engine) { engine.limit_hops(most / count()); });
}

void Workers::listen_for_ports_at(const std::vector<wire::Address>& addresses)
{
    each([&](Engine& engine) { engine.listen_for_ports_at(addresses); });
}

// The clock is the same for all, and changes nothing.
lobby::Instant Workers::now() const { return all_.front()->engine.now(); }

Figures Workers::figures() const
{
    Figures all = sum([](const Engine& engine) { return engine.figures(); });
    if (told_ != nullptr) all.events_lost = told_->lost();
    return all;
}

lobby::Use Workers::use() const
{
    return sum([](const Engine& engine) { return engine.lobby().use(); });
}

lobby::OpenGames Workers::open_games() const
{
    return sum([](const Engine& engine) { return engine.lobby().open_games(); });
}

std::vector<WorkerFacts> Workers::facts() const
{
    std::vector<WorkerFacts> all;
    for (std::uint16_t worker = 0; worker < count(); ++worker) {
        const Held held = hold(worker);
        const std::chrono::duration<double> own = cpu_time(worker);
        all.push_back({held->lobby().use(), held->longest_turn(),
                       has_threads() ? own.count() : process_use().cpu_seconds});
    }
    return all;
}

void Workers::ask(std::uint16_t worker, Asked act, std::function<void()> done) const
{
    Held::One& one = *all_.at(worker);
    one.inbox->put([&one, home = inbox_.get(), act = std::move(act), done = std::move(done)] {
        act(one.engine);
        one.engine.let_asio_run();
        home->put(done);
    });
}

boost::asio::awaitable<void> Workers::at(std::uint16_t worker, Asked act) const
{
    if (!all_.at(worker)->thread.joinable()) {
        act(*hold(worker));
        co_return;
    }
    const auto begin = [this, worker](auto handler, Asked wanted) {
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        ask(worker, std::move(wanted), [kept] { std::move (*kept)(); });
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
        begin, boost::asio::use_awaitable, std::move(act));
}

// Called by each in its own thread, it calls `done` in ours, once.
std::function<void()> Workers::when_all(std::function<void()> done)
{
    if (!has_threads()) return done;
    auto left =
        std::make_shared<std::pair<std::uint16_t, std::function<void()>>>(count(), std::move(done));
    return [this, left] {
        inbox_->put([left] {
            if (--left->first == 0) left->second();
        });
    };
}

void Workers::begin_draining(std::function<void()> done)
{
    const std::function<void()> one = when_all(std::move(done));
    each([&](Engine& engine) { engine.begin_draining(one); });
}

void Workers::stop_draining()
{
    each([](Engine& engine) { engine.stop_draining(); });
}

void Workers::shut_down(std::chrono::seconds grace, std::function<void()> done)
{
    const std::function<void()> one = when_all(std::move(done));
    each([&](Engine& engine) { engine.shut_down(grace, one); });
}

// Not for each newcomer: one that is short has something left, and if nobody has, waiting helps.
void Workers::share_out_soon()
{
    if (std::exchange(shares_soon_, true)) return;
    sharing_.expires_at(shared_at_ + sharing_pause);
    sharing_.async_wait([this](const boost::system::error_code& error) {
        shares_soon_ = false;
        if (!error) share_out();
    });
}

void Workers::share_out()
{
    if (!has_threads()) return;
    shared_at_ = std::chrono::steady_clock::now();
    const std::vector<Held> all = hold_all();
    std::vector<lobby::Amounts> uses;
    for (const Held& one : all)
        uses.push_back(one->lobby().amounts());
    const lobby::Amounts limits = all.front()->lobby().limits_in_all();
    const std::vector<lobby::Amounts> shares = lobby::share_out(limits, uses);
    share_out_addresses(all);
    bool is_short = relieve_packets(all);
    for (std::size_t at = 0; at < all.size(); ++at) {
        all[at]->set_share(shares[at]);
        is_short |= lobby::is_short(uses[at], shares[at], limits);
    }
    for (const Held& one : all)
        one->look_at_newcomers();
    if (is_short) share_out_soon();
}

void Workers::also_tell(EventListener& listener)
{
    if (has_threads()) told_ = std::make_unique<ToldQueue>(io_, *inbox_, listener);
    for (const auto& one : all_)
        one->engine.also_tell(has_threads() ? *told_ : listener);
}

void Workers::listen(const UniqueFd& socket, const lobby::ListenerProfile& profile)
{
    for (std::uint16_t worker = 0; worker < count(); ++worker) {
        const Held held = hold(worker);
        boost::asio::io_context& loop = has_threads() ? all_[worker]->io() : io_;
        all_[worker]->listeners.push_back(
            std::make_unique<Listener>(loop, *held, copy_of(socket), profile));
    }
}

void Workers::stop_listening()
{
    for (std::uint16_t worker = 0; worker < count(); ++worker) {
        const Held held = hold(worker);
        for (const auto& listener : all_[worker]->listeners)
            listener->stop();
    }
}

void Workers::start()
{
    if (!has_threads()) return;
    for (const auto& one : all_)
        one->thread = std::thread([&worker = *one] {
            leave_signals_to_others();
            worker.engine.run();
        });
    balance_->start();
}

void Workers::run()
{
    if (!has_threads()) return all_.front()->engine.run();
    io_.run();
    end_threads();
}

std::chrono::nanoseconds Workers::cpu_time(std::uint16_t worker) const
{
    std::thread& thread = all_.at(worker)->thread;
    clockid_t clock{};
    timespec used{};
    if (!thread.joinable() || pthread_getcpuclockid(thread.native_handle(), &clock) != 0 ||
        clock_gettime(clock, &used) != 0)
        return {};
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

void Workers::settle_homes()
{
    if (!has_threads()) return;
    const std::vector<Held> all = hold_all();
    for (std::uint16_t at = 0; at < count(); ++at)
        for (const lobby::Game game : all[at]->lobby().games())
            if (const auto name = all[at]->lobby().name_of(game); name && name->home != at)
                all[name->home]->note_moved({*name, at, false});
    share_out();
}

void Workers::end_threads()
{
    for (const auto& one : all_) {
        if (!one->thread.joinable()) continue;
        one->inbox->put([&worker = *one] { worker.io().stop(); });
        one->thread.join();
    }
}

// From a thread of ours, as the next two.
void Workers::pass_on(std::uint16_t worker, worker::Moving moving)
{
    Held::One& one = *all_.at(worker);
    one.inbox->put([&one, moving = std::move(moving)] { one.engine.take_passed(moving); });
}

void Workers::tell_worker(std::uint16_t worker, const lobby::GameMoved& news)
{
    tell(worker, [news](Engine& engine) { engine.note_moved(news); });
}

// In its own loop.
void Workers::tell(std::uint16_t worker, std::function<void(Engine&)> what)
{
    Held::One& one = *all_.at(worker);
    one.inbox->put([&one, what = std::move(what)] {
        what(one.engine);
        one.engine.let_asio_run();
    });
}

void Workers::tell_others(std::uint16_t worker, const lobby::OpenGames& games)
{
    inbox_->put([this, worker, games] {
        games_.at(worker) = games;
        tell_each();
        if (games.is_short || games.asks_for_relief) share_out_soon();
    });
}

void Workers::tell_each()
{
    for (std::uint16_t worker = 0; worker < count(); ++worker) {
        lobby::OpenGames elsewhere;
        for (std::uint16_t other = 0; other < count(); ++other)
            if (other != worker) elsewhere.add(games_[other]);
        Held::One& one = *all_[worker];
        one.inbox->put([&one, elsewhere] { one.engine.tell_of_others(elsewhere); });
    }
}

} // namespace netplay_relay::net
