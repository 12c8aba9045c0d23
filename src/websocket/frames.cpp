#include "websocket/frames.hpp"

#include "base/byte_order.hpp"
#include "base/ensure.hpp"
#include "text/text.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string_view>
#include <utility>

namespace netplay_relay::websocket {

namespace {

using Span = std::span<const std::uint8_t>;

constexpr std::size_t control_size_max = 125;
constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t size_of_16_bits = 126;
constexpr std::uint8_t size_of_64_bits = 127;

// By Kind.
constexpr std::array<std::uint8_t, 5> opcodes{WSLAY_TEXT_FRAME, WSLAY_BINARY_FRAME, WSLAY_PING,
                                              WSLAY_PONG, WSLAY_CONNECTION_CLOSE};

std::uint8_t opcode_of(Kind kind) { return opcodes[static_cast<std::size_t>(kind)]; }

bool is_control(std::uint8_t opcode) { return (opcode & 8U) != 0; }

// None for a continuation, and for what RFC 6455 has no meaning for.
std::optional<Kind> kind_of(std::uint8_t opcode)
{
    const auto found = std::ranges::find(opcodes, opcode);
    if (found == opcodes.end()) return std::nullopt;
    return static_cast<Kind>(found - opcodes.begin());
}

// Its first two bytes, taken apart (section 5.2).
struct Opening
{
    bool is_final;
    bool has_reserved_bits;
    std::uint8_t opcode;
    bool is_masked;
    std::uint8_t size; // or how many bytes tell the size

    explicit Opening(Span bytes)
        : is_final((bytes[0] & final_bit) != 0), has_reserved_bits((bytes[0] & reserved_bits) != 0),
          opcode(bytes[0] & 0x0FU), is_masked((bytes[1] & mask_bit) != 0), size(bytes[1] & 0x7FU)
    {
    }
};

bool is_text(Span bytes)
{
    return text::is_utf8({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// Sections 7.4.1 and 7.4.2, and the registry that goes with them.
bool may_be_sent(std::uint16_t close_code)
{
    return (close_code >= 1000 && close_code <= 1003) ||
           (close_code >= 1007 && close_code <= 1014) || (close_code >= 3000 && close_code <= 4999);
}

std::optional<Fault> fault_of(const Message& message)
{
    if (message.kind == Kind::text && !is_text(message.payload)) return Fault::bad_text;
    if (message.kind != Kind::close || message.payload.empty()) return std::nullopt;
    if (message.payload.size() < 2 || !may_be_sent(load_big<std::uint16_t>(message.payload)))
        return Fault::protocol;
    return is_text(message.payload.subspan(2)) ? std::nullopt : std::optional(Fault::bad_text);
}

// Unmasks with wslay, one whole frame at a time, so that wslay knows nothing between two of them.
// One a thread: to make wslay's context costs more than a small frame.
class Unmasker
{
public:
    Unmasker() { begin(); }
    ~Unmasker() { wslay_frame_context_free(context_); }
    Unmasker(const Unmasker&) = delete;
    Unmasker& operator=(const Unmasker&) = delete;

    // What it returns is there until the next call. Nothing if wslay finds a fault.
    std::optional<Span> payload_of(Span frame)
    {
        ensure(!in_use, "a WebSocket message is handled by feeding another reader");
        unread_ = frame;
        wslay_frame_iocb part{};
        ssize_t size = wslay_frame_recv(context_, &part);
        if (size >= 0 && part.payload_length <= part.data_length)
            return Span(part.data, part.data_length); // small enough for a buffer of wslay's own
        const std::size_t whole = static_cast<std::size_t>(part.payload_length);
        if (size > 0 && scratch_.size() < whole) scratch_.resize(whole);
        std::size_t done = 0;
        for (; size > 0; size = wslay_frame_recv(context_, &part)) {
            std::copy_n(part.data, part.data_length, scratch_.data() + done);
            done += part.data_length;
            if (done == whole) return Span(scratch_).first(whole);
        }
        wslay_frame_context_free(context_); // it is in the middle of this frame
        begin();
        return std::nullopt;
    }

    bool in_use = false; // what payload_of has returned is being looked at

private:
    void begin()
    {
        const wslay_frame_callbacks callbacks{nullptr, read, nullptr};
        if (wslay_frame_context_init(&context_, &callbacks, this) != 0) throw std::bad_alloc();
    }

    static ssize_t read(std::uint8_t* to, std::size_t size, int, void* user_data)
    {
        Span& unread = static_cast<Unmasker*>(user_data)->unread_;
        const std::size_t count = std::min(size, unread.size());
        std::copy_n(unread.data(), count, to);
        unread = unread.subspan(count);
        return static_cast<ssize_t>(count);
    }

    wslay_frame_context_ptr context_ = nullptr;
    Span unread_;
    std::vector<std::uint8_t> scratch_;
};

Unmasker& unmasker()
{
    thread_local Unmasker of_this_thread;
    return of_this_thread;
}

void append_header(std::vector<std::uint8_t>& to, Kind kind, std::size_t payload_size,
                   std::uint8_t mask)
{
    FrameHeader header;
    const std::size_t size = frame_header(header, kind, payload_size);
    header[1] |= mask;
    to.insert(to.end(), header.begin(), header.begin() + static_cast<std::ptrdiff_t>(size));
}

} // namespace

// What the beginning of a frame tells.
struct FrameReader::Look
{
    std::optional<Fault> fault = std::nullopt;
    std::size_t wanted = 0; // of its bytes, to know more, or to have it whole
};

struct FrameReader::Step
{
    std::optional<Fault> fault = std::nullopt;
    bool goes_on = true;
};

std::optional<Fault> FrameReader::read(Span bytes, const Limits& limits, const Taker& take)
{
    while (true) {
        const bool continues = !unfinished_.empty();
        const Span frame = continues ? Span(unfinished_) : bytes;
        const Look seen = look(frame, limits);
        Step step{seen.fault, !seen.fault};
        if (step.goes_on && frame.size() < seen.wanted) {
            if (bytes.empty()) return std::nullopt;
            const std::size_t more = std::min(bytes.size(), seen.wanted - frame.size());
            unfinished_.insert(unfinished_.end(), bytes.begin(),
                               bytes.begin() + static_cast<std::ptrdiff_t>(more));
            bytes = bytes.subspan(more);
            continue;
        }
        if (step.goes_on) step = take_frame(frame.first(seen.wanted), take);
        if (continues)
            unfinished_ = {}; // an idle reader holds no buffer
        else if (step.goes_on)
            bytes = bytes.subspan(seen.wanted);
        if (step.goes_on) continue;
        forget();
        return step.fault;
    }
}

FrameReader::Look FrameReader::look(Span bytes, const Limits& limits) const
{
    if (bytes.size() < 2) return {.wanted = 2};
    const Opening opening(bytes);
    const bool control = is_control(opening.opcode);
    const bool continues = opening.opcode == WSLAY_CONTINUATION_FRAME;
    const std::optional<Kind> kind = continues ? gathering_ : kind_of(opening.opcode);
    const bool may_be_plain = side_ == Side::server_behind_proxy && kind == Kind::close;
    const bool is_mask_right =
        opening.is_masked ? side_ != Side::client : side_ == Side::client || may_be_plain;
    if (!kind || opening.has_reserved_bits || !is_mask_right ||
        (!continues && !control && gathering_) ||
        (control && (!opening.is_final || opening.size > control_size_max)))
        return {.fault = Fault::protocol};

    std::size_t head = 2;
    std::uint64_t size = opening.size;
    if (opening.size == size_of_16_bits) {
        head += 2;
        if (bytes.size() < head) return {.wanted = head};
        size = load_big<std::uint16_t>(bytes.subspan(2));
    } else if (opening.size == size_of_64_bits) {
        head += 8;
        if (bytes.size() < head) return {.wanted = head};
        size = load_big<std::uint64_t>(bytes.subspan(2));
        if (size >> 63U != 0) return {.fault = Fault::protocol};
    }
    if (!control) {
        const std::size_t limit = *kind == Kind::text ? limits.text : limits.binary;
        if (gathered_.size() > limit || size > limit - gathered_.size() ||
            fragments_ >= fragments_max)
            return {.fault = Fault::too_large};
    }
    if (opening.is_masked) head += sizeof(Mask);
    return {.wanted = head + static_cast<std::size_t>(size)};
}

FrameReader::Step FrameReader::take_frame(Span frame, const Taker& take)
{
    Unmasker& of_thread = unmasker();
    const std::optional<Span> payload = of_thread.payload_of(frame);
    if (!payload) return {Fault::protocol, false}; // a size that takes more bytes than it needs
    const Opening opening(frame);
    Message message{kind_of(opening.opcode).value_or(Kind::binary), *payload, 1, opening.is_masked};
    std::vector<std::uint8_t> whole;
    if (!opening.is_final || opening.opcode == WSLAY_CONTINUATION_FRAME) {
        if (!gathering_) gathering_ = message.kind;
        gathered_.insert(gathered_.end(), payload->begin(), payload->end());
        ++fragments_;
        if (!opening.is_final) return {};
        whole.swap(gathered_);
        message = {*gathering_, whole, std::exchange(fragments_, 0), opening.is_masked};
        gathering_.reset();
    }
    if (const auto fault = fault_of(message)) return {fault, false};
    of_thread.in_use = true;
    const bool goes_on = take(message);
    of_thread.in_use = false;
    return {std::nullopt, goes_on};
}

void FrameReader::forget()
{
    gathering_.reset();
    fragments_ = 0;
    gathered_ = {};
    unfinished_ = {};
}

bool FrameReader::makes_sense() const
{
    constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
    const Look seen = look(unfinished_, {any, any});
    if (seen.fault || unfinished_.size() >= seen.wanted) return false;
    if (!gathering_) return gathered_.empty() && fragments_ == 0;
    return (*gathering_ == Kind::text || *gathering_ == Kind::binary) && fragments_ > 0 &&
           fragments_ <= fragments_max;
}

std::optional<std::uint16_t> close_code_of(const Message& close)
{
    if (close.payload.size() < sizeof(std::uint16_t)) return std::nullopt;
    return load_big<std::uint16_t>(close.payload);
}

std::size_t frame_header(FrameHeader& header, Kind kind, std::size_t payload_size)
{
    header[0] = final_bit | opcode_of(kind);
    if (payload_size < size_of_16_bits) {
        header[1] = static_cast<std::uint8_t>(payload_size);
        return 2;
    }
    if (payload_size <= 0xFFFF) {
        header[1] = size_of_16_bits;
        std::ranges::copy(big_endian(static_cast<std::uint16_t>(payload_size)), header.begin() + 2);
        return 4;
    }
    header[1] = size_of_64_bits;
    std::ranges::copy(big_endian(std::uint64_t{payload_size}), header.begin() + 2);
    return 10;
}

void append_frame(std::vector<std::uint8_t>& to, Kind kind, Span payload)
{
    append_header(to, kind, payload.size(), 0);
    to.insert(to.end(), payload.begin(), payload.end());
}

void append_masked_frame(std::vector<std::uint8_t>& to, Kind kind, Span payload, const Mask& mask)
{
    append_header(to, kind, payload.size(), mask_bit);
    to.insert(to.end(), mask.begin(), mask.end());
    for (std::size_t at = 0; at < payload.size(); ++at)
        to.push_back(payload[at] ^ mask[at % mask.size()]);
}

} // namespace netplay_relay::websocket
