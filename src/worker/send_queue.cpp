#include "worker/send_queue.hpp"

#include <algorithm>

namespace netplay_relay::worker {

namespace {

// Small messages behind each other go out in one piece.
constexpr std::size_t joined_max = 4096;

} // namespace

void SendQueue::push(std::vector<std::uint8_t> bytes)
{
    if (bytes.empty()) return;
    backlog_ += bytes.size();
    size_ += bytes.size();
    if (!pieces_.empty() && !pieces_.back().state &&
        pieces_.back().bytes.size() + bytes.size() <= joined_max) {
        std::vector<std::uint8_t>& last = pieces_.back().bytes;
        last.insert(last.end(), bytes.begin(), bytes.end());
        return;
    }
    pieces_.push_back({std::move(bytes), nullptr, 0});
}

void SendQueue::push(room::SharedState state)
{
    if (state == nullptr || state->empty()) return;
    ++states_;
    size_ += state->size();
    pieces_.push_back({{}, std::move(state), 0});
}

void SendQueue::push_message(SharedBytes message)
{
    if (message == nullptr || message->size() > joined_max / 2) return push(std::move(message));
    push(std::vector<std::uint8_t>(*message));
}

IoResult SendQueue::flush(Io& io, Handle handle, std::size_t budget)
{
    while (!pieces_.empty() && budget > 0) {
        Piece& piece = pieces_.front();
        auto rest = piece.rest();
        rest = rest.first(std::min(rest.size(), budget));
        const IoResult result = io.write(handle, rest);
        if (result.state == IoState::failed || result.state == IoState::finished) return result;
        piece.sent += result.bytes;
        budget -= result.bytes;
        size_ -= result.bytes;
        if (!piece.state) backlog_ -= result.bytes;
        if (result.bytes < rest.size()) return {IoState::blocked, 0, 0};
        if (!piece.rest().empty()) break;
        if (piece.state) --states_;
        pieces_.pop_front();
    }
    return {IoState::moved, 0, 0};
}

std::vector<std::uint8_t> SendQueue::pending_output(std::size_t most) const
{
    std::vector<std::uint8_t> words;
    if (size() > most) return words;
    for (const Piece& piece : pieces_) {
        const auto rest = piece.rest();
        words.insert(words.end(), rest.begin(), rest.end());
    }
    return words;
}

bool SendQueue::count_again()
{
    size_ = 0;
    backlog_ = 0;
    states_ = 0;
    for (const Piece& piece : pieces_) {
        const std::size_t size = piece.state ? piece.state->size() : piece.bytes.size();
        if (piece.sent >= size || (piece.state && !piece.bytes.empty())) return false;
        size_ += size - piece.sent;
        if (piece.state)
            ++states_;
        else
            backlog_ += size - piece.sent;
    }
    return true;
}

} // namespace netplay_relay::worker
