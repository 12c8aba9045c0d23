// The connections of an HTTP server: how many there are, what each of them does, and which has to
// go for another. They may outlive the server, and share this.
#pragma once

#include "admin/http.hpp"
#include "admin/visitors.hpp"
#include "wire/address.hpp"

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <utility>

namespace netplay_relay::admin {

class OpenConnections
{
public:
    enum class Doing : unsigned char
    {
        reads,   // has not said yet what it wants
        waits,   // for its answer, which is being made
        writes,  // is given its answer
        streams, // has its connection for as long as it likes
    };

    struct One
    {
        Stream* stream = nullptr;
        wire::Address prefix;
        Doing doing = Doing::reads;
        bool has_to_go = false;
    };

    class Connection
    {
    public:
        // `counts`: it is one of those that its address may have.
        Connection(std::shared_ptr<OpenConnections> open, Stream& stream,
                   const wire::Address& address, bool counts)
            : open_(std::move(open)), address_(address), counts_(counts)
        {
            if (counts_) open_->visitors.came(address_);
            at_ = open_->all_.insert(open_->all_.end(), {&stream, wire::client_prefix(address_)});
        }
        ~Connection()
        {
            if (at_->doing == Doing::streams && counts_) open_->visitors.end_stream(address_);
            if (counts_) open_->visitors.went(address_);
            open_->all_.erase(at_);
        }
        Connection(const Connection&) = delete;

        void begins(Doing doing) { at_->doing = doing; }

        // False if there are enough, or enough of its address. `replaces`: the oldest stream goes
        // instead. A browser that is gone would hold its place for long.
        [[nodiscard]] bool begin_stream(std::size_t most, bool replaces)
        {
            if (counts_ && !open_->visitors.begin_stream(address_)) return false;
            if (open_->count(Doing::streams) >= most &&
                !(replaces && open_->hang_up_oldest(Doing::streams, nullptr))) {
                if (counts_) open_->visitors.end_stream(address_);
                return false;
            }
            at_->doing = Doing::streams;
            return true;
        }

    private:
        std::shared_ptr<OpenConnections> open_;
        wire::Address address_;
        bool counts_;
        std::list<One>::iterator at_;
    };

    Visitors visitors{VisitLimits{}};

    [[nodiscard]] std::size_t size() const { return all_.size(); }

    // Of those that do not say what they want, or else of those that do not take their answer, with
    // this prefix or with any, the oldest goes. False if there is none.
    bool make_room(const wire::Address* prefix)
    {
        return hang_up_oldest(Doing::reads, prefix) || hang_up_oldest(Doing::writes, prefix);
    }

private:
    [[nodiscard]] std::size_t count(Doing doing) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(
            all_, [&](const One& one) { return one.doing == doing && !one.has_to_go; }));
    }

    bool hang_up_oldest(Doing doing, const wire::Address* prefix)
    {
        const auto oldest = std::ranges::find_if(all_, [&](const One& one) {
            return one.doing == doing && !one.has_to_go &&
                   (prefix == nullptr || one.prefix == *prefix);
        });
        if (oldest == all_.end()) return false;
        oldest->has_to_go = true;
        oldest->stream->close(); // its coroutine ends with one of the next turns
        return true;
    }

    std::list<One> all_; // the oldest first
};

} // namespace netplay_relay::admin
