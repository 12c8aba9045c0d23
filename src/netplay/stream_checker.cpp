#include "netplay/stream_checker.hpp"

#include "base/ensure.hpp"
#include "container_reader.hpp"

#define ZLIB_CONST // its input is const
#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace netplay_relay::netplay {

namespace {

constexpr std::size_t input_piece = 4096;
// Blocks that yield next to nothing take as long as if each of their bytes yielded so many.
constexpr std::size_t barren_ratio = 8;
constexpr std::size_t barren_cost = 32;
// To deflate takes so many times as long as to inflate.
constexpr std::size_t deflate_cost = 4;

// zlib's writer of one stream: fast, and with 64 KiB of memory instead of 256.
class Deflater
{
public:
    Deflater()
    {
        constexpr int window_bits = 13;
        constexpr int memory_level = 6;
        const int result = deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, window_bits,
                                        memory_level, Z_DEFAULT_STRATEGY);
        ensure(result == Z_OK, "zlib could not begin to write");
    }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater() { deflateEnd(&stream_); }

    void write(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& out)
    {
        stream_.next_in = bytes.data();
        stream_.avail_in = static_cast<uInt>(bytes.size());
        go_on(Z_NO_FLUSH, out);
    }
    void finish(std::vector<std::uint8_t>& out) { go_on(Z_FINISH, out); }

private:
    void go_on(int flush, std::vector<std::uint8_t>& out)
    {
        std::array<std::uint8_t, 4096> piece{};
        do {
            stream_.next_out = piece.data();
            stream_.avail_out = static_cast<uInt>(piece.size());
            (void)deflate(&stream_, flush);
            out.insert(out.end(), piece.begin(),
                       piece.end() - static_cast<std::ptrdiff_t>(stream_.avail_out));
        } while (stream_.avail_out == 0);
    }

    z_stream stream_{};
};

} // namespace

struct StreamChecker::Inside
{
    explicit Inside(std::size_t wanted, StateForms wanted_forms)
        : forms(wanted_forms), reader(wanted_forms.may_be_wrapped), size(wanted)
    {
    }

    void take_piece(std::size_t bytes);
    void finish();
    void take_core(std::span<const std::uint8_t> bytes);
    [[nodiscard]] bool knows_size();

    StateForms forms;
    ContainerReader reader;
    z_stream stream{};
    int state = Z_OK;
    std::size_t used = 0;
    std::size_t size; // wanted
    std::size_t yielded = 0;
    std::size_t core_size = 0;
    uLong crc = 0;
    bool good = false;
    bool over = false;
    std::optional<Deflater> deflater;
    std::vector<std::uint8_t> bare;
    std::array<std::uint8_t, 32 * 1024> piece{};
};

void StreamChecker::Inside::take_core(std::span<const std::uint8_t> bytes)
{
    if (!bytes.empty()) crc = ::crc32_z(crc, bytes.data(), bytes.size());
    core_size += bytes.size();
    if (!reader.is_wrapped() || !forms.bare_wanted) return;
    if (!deflater) deflater.emplace();
    deflater->write(bytes, bare);
}

void StreamChecker::Inside::take_piece(std::size_t bytes)
{
    yielded += bytes;
    reader.read(std::span(piece).first(bytes), [&](auto core) { take_core(core); });
}

// If that is all that is wanted.
bool StreamChecker::Inside::knows_size()
{
    if (!forms.only_size) return false;
    if (reader.is_bare()) core_size = size;
    const auto length = reader.core_length();
    if (length) core_size = *length;
    return reader.is_bare() || (length && *length <= size);
}

void StreamChecker::Inside::finish()
{
    reader.finish([&](auto core) { take_core(core); });
    take_core({}); // of an empty state there is a stream as well
    if (deflater) deflater->finish(bare);
    deflater.reset();
}

StreamChecker::StreamChecker(std::size_t size, StateForms forms)
    : inside_(std::make_unique<Inside>(size, forms))
{
    inside_->state = inflateInit(&inside_->stream);
    ensure(inside_->state == Z_OK, "zlib could not begin");
}

StreamChecker::~StreamChecker() { inflateEnd(&inside_->stream); }

bool StreamChecker::check(std::span<const std::uint8_t> stream, bool complete, std::size_t step)
{
    Inside& in = *inside_;
    std::size_t cost = 0;
    while (!in.over && cost < step) {
        const auto rest = stream.subspan(in.used);
        in.stream.next_in = rest.data();
        in.stream.avail_in = static_cast<uInt>(std::min(rest.size(), input_piece));
        const std::size_t given = in.stream.avail_in;
        in.stream.next_out = in.piece.data();
        in.stream.avail_out = static_cast<uInt>(in.piece.size());
        in.state = inflate(&in.stream, Z_NO_FLUSH);
        in.used += given - in.stream.avail_in;
        const std::size_t yielded = in.piece.size() - in.stream.avail_out;
        in.take_piece(yielded);
        const std::size_t used = given - in.stream.avail_in;
        cost += yielded * barren_ratio < used ? used * barren_cost : std::max(used, yielded);
        if (in.deflater) cost += yielded * (deflate_cost - 1);
        if (in.knows_size()) {
            in.good = in.over = true;
        } else if (in.state == Z_STREAM_END) {
            in.finish();
            in.good = complete && in.used == stream.size() && in.yielded == in.size &&
                      in.reader.is_good();
            in.over = true;
        } else if ((in.state != Z_OK && in.state != Z_BUF_ERROR) || in.yielded > in.size) {
            in.over = true;
        } else if (in.used == stream.size() && yielded < in.piece.size()) {
            in.over = complete; // nothing more can come out
            break;
        }
    }
    return in.over;
}

CheckerProgress StreamChecker::progress() const
{
    const Inside& in = *inside_;
    return {in.used, in.yielded, in.over, in.good, in.core_size};
}

// Where zlib stands follows from how much it has taken and given, however that was cut: it goes on
// until it lacks one or the other.
bool StreamChecker::go_to(std::span<const std::uint8_t> stream, const CheckerProgress& progress)
{
    Inside& in = *inside_;
    if (progress.over) {
        in.over = true;
        in.good = progress.good;
        in.core_size = progress.core_size;
        return !in.good || in.forms.only_size; // of a good one the rest is wanted as well
    }
    if (progress.used > stream.size() || progress.yielded > in.size) return false;
    while (in.used < progress.used || in.yielded < progress.yielded) {
        const auto rest = stream.subspan(in.used, progress.used - in.used);
        in.stream.next_in = rest.data();
        in.stream.avail_in = static_cast<uInt>(std::min(rest.size(), input_piece));
        const std::size_t given = in.stream.avail_in;
        in.stream.next_out = in.piece.data();
        const std::size_t wanted = std::min(in.piece.size(), progress.yielded - in.yielded);
        in.stream.avail_out = static_cast<uInt>(wanted);
        in.state = inflate(&in.stream, Z_NO_FLUSH);
        const std::size_t used = given - in.stream.avail_in;
        const std::size_t yielded = wanted - in.stream.avail_out;
        in.used += used;
        in.take_piece(yielded);
        if (in.state != Z_OK || used + yielded == 0) return false;
    }
    return true;
}

std::size_t StreamChecker::forget_used() { return std::exchange(inside_->used, 0); }

bool StreamChecker::is_good() const { return inside_->good; }
bool StreamChecker::is_wrapped() const { return inside_->reader.is_wrapped(); }
std::size_t StreamChecker::core_size() const { return inside_->core_size; }
std::uint32_t StreamChecker::crc() const { return static_cast<std::uint32_t>(inside_->crc); }
std::size_t StreamChecker::bare_size() const { return inside_->bare.size(); }
std::vector<std::uint8_t> StreamChecker::take_bare() { return std::exchange(inside_->bare, {}); }

} // namespace netplay_relay::netplay
