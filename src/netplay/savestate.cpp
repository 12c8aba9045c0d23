#include "netplay/savestate.hpp"

#include "base/ensure.hpp"
#include "container.hpp"

#define ZLIB_CONST // its input is const
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace netplay_relay::netplay {

namespace {

constexpr std::size_t piece_max = std::numeric_limits<uInt>::max();

// zlib's reader of one stream.
class Inflater
{
public:
    explicit Inflater(std::span<const std::uint8_t> stream)
    {
        stream_.next_in = stream.data();
        stream_.avail_in = static_cast<uInt>(stream.size());
        state_ = inflateInit(&stream_);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { inflateEnd(&stream_); }

    // How much of `out` it filled; less than all means that nothing follows.
    std::size_t read(std::span<std::uint8_t> out)
    {
        if (state_ != Z_OK) return 0;
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(std::min(out.size(), piece_max));
        const std::size_t wanted = stream_.avail_out;
        // A buffer that is full or a stream that is used up ends it as well: Z_OK or Z_BUF_ERROR.
        state_ = inflate(&stream_, Z_NO_FLUSH);
        return wanted - stream_.avail_out;
    }

    [[nodiscard]] bool may_yield_more() const { return state_ == Z_OK; }
    [[nodiscard]] bool is_complete() const
    {
        return state_ == Z_STREAM_END && stream_.avail_in == 0;
    }

private:
    z_stream stream_{};
    int state_ = Z_OK;
};

void put_block(std::vector<std::uint8_t>& out, std::string_view tag,
               std::span<const std::uint8_t> bytes)
{
    out.insert(out.end(), tag.begin(), tag.end());
    for (const int shift : {0, 8, 16, 24})
        out.push_back(static_cast<std::uint8_t>(bytes.size() >> shift));
    out.insert(out.end(), bytes.begin(), bytes.end());
    while (out.size() % block_alignment != 0)
        out.push_back(0);
}

} // namespace

std::vector<std::uint8_t> compress(std::span<const std::uint8_t> state)
{
    uLongf size = compressBound(static_cast<uLong>(state.size()));
    std::vector<std::uint8_t> stream(size);
    const int result =
        ::compress(stream.data(), &size, state.data(), static_cast<uLong>(state.size()));
    ensure(result == Z_OK, "zlib could not compress");
    stream.resize(size);
    return stream;
}

std::optional<std::vector<std::uint8_t>> decompress(std::span<const std::uint8_t> stream,
                                                    std::size_t size)
{
    constexpr std::size_t first_piece = 4096;
    if (stream.size() > piece_max) return std::nullopt;
    Inflater inflater(stream);
    std::vector<std::uint8_t> state;
    // The memory grows with what the stream has yielded: the size is only what somebody claims.
    while (inflater.may_yield_more() && state.size() < size) {
        const std::size_t begin = state.size();
        const std::size_t grown =
            std::min(size, begin + std::max({begin, stream.size(), first_piece}));
        state.reserve(grown);
        state.resize(grown);
        state.resize(begin + inflater.read(std::span(state).subspan(begin)));
    }
    std::array<std::uint8_t, 1> beyond{};
    if (inflater.read(beyond) != 0 || !inflater.is_complete() || state.size() != size)
        return std::nullopt;
    return state;
}

std::vector<std::uint8_t> wrap_state(std::span<const std::uint8_t> core_state)
{
    ensure(core_state.size() <= std::numeric_limits<std::uint32_t>::max(), "a state beyond 4 GiB");
    std::vector<std::uint8_t> state(container_name.begin(), container_name.end());
    state.push_back(container_version);
    put_block(state, tag_core_state, core_state);
    put_block(state, tag_end, {});
    return state;
}

bool is_wrapped(std::span<const std::uint8_t> state) { return starts_with(state, container_name); }

std::optional<std::span<const std::uint8_t>> unwrap_state(std::span<const std::uint8_t> state)
{
    if (!is_wrapped(state) || state.size() < container_head_size ||
        state[container_name.size()] != container_version)
        return std::nullopt;
    std::optional<std::span<const std::uint8_t>> core_state;
    auto rest = state.subspan(container_head_size);
    while (rest.size() >= block_head_size) {
        if (starts_with(rest, tag_end)) return core_state;
        const std::size_t length = load_little<std::uint32_t>(rest, 4);
        const std::size_t padding = (block_alignment - length % block_alignment) % block_alignment;
        const bool is_core_state = starts_with(rest, tag_core_state);
        rest = rest.subspan(block_head_size);
        if (rest.size() < length || rest.size() - length < padding) return std::nullopt;
        if (is_core_state && core_state) return std::nullopt;
        if (is_core_state) core_state = rest.first(length);
        rest = rest.subspan(length + padding);
    }
    return std::nullopt;
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes)
{
    return static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

} // namespace netplay_relay::netplay
