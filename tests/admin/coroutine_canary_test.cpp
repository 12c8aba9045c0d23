// g++ 12 miscompiles some forms of co_await without a word. These are the forms we write; a
// compiler that gets one of them wrong destroys something twice or not at all, and is found out.
#include "support/catch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>

namespace asio = boost::asio;

namespace {

int alive = 0;

class Counted
{
public:
    explicit Counted(std::string text = "long enough to be allocated on the heap, surely")
        : text_(std::move(text))
    {
        ++alive;
    }
    Counted(const Counted& other) : text_(other.text_) { ++alive; }
    Counted(Counted&& other) noexcept : text_(std::move(other.text_)) { ++alive; }
    Counted& operator=(Counted&&) = default;
    ~Counted() { --alive; }
    [[nodiscard]] std::size_t size() const { return text_.size(); }

private:
    std::string text_;
};

asio::awaitable<void> turn(asio::io_context& io) { co_await asio::post(io, asio::use_awaitable); }

asio::awaitable<Counted> make(asio::io_context& io)
{
    co_await turn(io);
    co_return Counted{};
}

asio::awaitable<std::size_t> take(asio::io_context& io, Counted counted)
{
    co_await turn(io);
    co_return counted.size();
}

asio::awaitable<void> forms(asio::io_context& io, std::size_t& total)
{
    const Counted kept;
    auto made = co_await make(io);
    auto taken = co_await take(io, std::move(made));
    total += taken;
    std::optional<Counted> maybe;
    for (int round = 0; round < 3; ++round) {
        Counted named = co_await make(io);
        if (named.size() == 0) continue;
        auto size = co_await take(io, std::move(named));
        total += size;
        maybe = Counted{};
        if (round == 1) co_await turn(io);
    }
    asio::steady_timer timer(io, std::chrono::milliseconds(0));
    auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!error) total += maybe->size() + kept.size();
}

} // namespace

TEST_CASE("the forms of co_await that we use are compiled right")
{
    asio::io_context io;
    std::size_t total = 0;
    bool finished = false;
    asio::co_spawn(io, forms(io, total), [&](const std::exception_ptr& failure) {
        finished = failure == nullptr;
    });
    io.run();
    CHECK(finished);
    CHECK(alive == 0);
    CHECK(total == 6 * Counted{}.size());
}
