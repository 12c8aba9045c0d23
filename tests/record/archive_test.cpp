#include "record/archive.hpp"

#include "support/catch.hpp"

#include <limits>

namespace netplay_relay::record {

enum class Colour : std::uint8_t
{
    red,
    green,
    blue,
};
constexpr Colour last_value(Colour) { return Colour::blue; }

namespace {

using Bytes = std::vector<std::uint8_t>;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct Clock
{
    using duration = nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;
};
using Instant = Clock::time_point;

struct Point
{
    std::int32_t x = 0;
    std::int32_t y = 0;
    bool operator==(const Point&) const = default;
    auto operator<=>(const Point&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.x, self.y);
    }
};

// One of every kind.
class Everything
{
public:
    bool operator==(const Everything& other) const
    {
        const auto same = [](const auto& a, const auto& b) { return !a == !b && (!a || *a == *b); };
        return flag_ == other.flag_ && tiny_ == other.tiny_ && less_ == other.less_ &&
               large_ == other.large_ && colour_ == other.colour_ && share_ == other.share_ &&
               part_ == other.part_ && duration_ == other.duration_ && long_ == other.long_ &&
               since_ == other.since_ && pair_ == other.pair_ && maybe_ == other.maybe_ &&
               same(owned_, other.owned_) && either_ == other.either_ && four_ == other.four_ &&
               text_ == other.text_ && bytes_ == other.bytes_ && points_ == other.points_ &&
               line_ == other.line_ && by_name_ == other.by_name_ && numbers_ == other.numbers_ &&
               hashed_ == other.hashed_ && hashed_set_ == other.hashed_set_ &&
               same(shared_, other.shared_) && same(shared_too_, other.shared_too_);
    }

    void fill()
    {
        flag_ = true;
        tiny_ = 0xfe;
        less_ = std::numeric_limits<std::int16_t>::min();
        large_ = std::numeric_limits<std::uint64_t>::max() - 1;
        colour_ = Colour::blue;
        share_ = -0.25F;
        part_ = 1e300;
        duration_ = nanoseconds(-5);
        long_ = seconds(77);
        since_ = Instant(seconds(12));
        pair_ = {7, "seven"};
        maybe_ = Point{1, -1};
        owned_ = std::make_unique<Point>(Point{2, -2});
        either_ = std::string("text");
        four_ = {1, 2, 3, 4};
        text_ = std::string("with\0NUL", 8);
        bytes_ = {0, 255, 1};
        points_ = {{1, 2}, {3, 4}};
        line_ = {9, 8, 7};
        by_name_ = {{"a", {1, 1}}, {"b", {2, 2}}};
        numbers_ = {5, 3, 1};
        hashed_ = {{1, "one"}, {2, "two"}};
        hashed_set_ = {11, 12};
        shared_ = std::make_shared<const Bytes>(Bytes{6, 6, 6});
        shared_too_ = shared_;
    }

    [[nodiscard]] bool shares() const { return shared_ != nullptr && shared_ == shared_too_; }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.flag_, self.tiny_, self.less_, self.large_, self.colour_, self.share_,
                self.part_, self.duration_, self.long_, self.since_, self.pair_, self.maybe_,
                self.owned_, self.either_, self.four_, self.text_, self.bytes_, self.points_,
                self.line_, self.by_name_, self.numbers_, self.hashed_, self.hashed_set_,
                self.shared_, self.shared_too_);
    }

private:
    bool flag_ = false;
    std::uint8_t tiny_ = 0;
    std::int16_t less_ = 0;
    std::uint64_t large_ = 0;
    Colour colour_ = Colour::red;
    float share_ = 0;
    double part_ = 0;
    nanoseconds duration_{};
    seconds long_{};
    Instant since_{};
    std::pair<int, std::string> pair_;
    std::optional<Point> maybe_;
    std::unique_ptr<Point> owned_;
    std::variant<std::monostate, Point, std::string> either_;
    std::array<std::uint16_t, 4> four_{};
    std::string text_;
    Bytes bytes_;
    std::vector<Point> points_;
    std::deque<std::uint32_t> line_;
    std::map<std::string, Point> by_name_;
    std::set<int> numbers_;
    std::unordered_map<int, std::string> hashed_;
    std::unordered_set<int> hashed_set_;
    SharedBytes shared_;
    SharedBytes shared_too_;
};

template <class... T>
Bytes written(const T&... values)
{
    Writer writer;
    writer(values...);
    return writer.take();
}

// Whether these bytes are this and nothing else.
template <class T>
std::optional<T> read(const Bytes& bytes, nanoseconds later = {})
{
    T value{};
    Reader reader(bytes, later);
    reader(value);
    if (!reader.is_complete()) return std::nullopt;
    return value;
}

} // namespace

TEST_CASE("every kind of type comes back as it was")
{
    for (const bool filled : {false, true}) {
        Everything before;
        if (filled) before.fill();
        const Bytes bytes = written(before);
        Everything after;
        if (!filled) after.fill(); // nothing of what was there is left
        Reader reader(bytes);
        reader(after);
        CHECK(reader.is_complete());
        CHECK(after == before);
        CHECK(after.shares() == filled);
        CHECK(written(after).size() == bytes.size()); // what is hashed has no order
    }
}

TEST_CASE("numbers are little-endian, and containers begin with their size")
{
    CHECK(written(std::uint32_t{0x01020304}, true, std::string("ab")) ==
          Bytes{4, 3, 2, 1, 1, 2, 0, 0, 0, 'a', 'b'});
}

TEST_CASE("a record that is cut anywhere is a fault, and so is one that goes on")
{
    Everything before;
    before.fill();
    Bytes bytes = written(before);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Everything after;
        const std::span<const std::uint8_t> whole(bytes);
        Reader reader(whole.first(size));
        reader(after);
        INFO(size);
        CHECK(reader.failed());
        CHECK_FALSE(reader.is_complete());
    }
    bytes.push_back(0);
    Everything after;
    Reader reader(bytes);
    reader(after);
    CHECK_FALSE(reader.failed());
    CHECK_FALSE(reader.is_complete());
}

TEST_CASE("any byte may be another: a fault or a value, never a crash")
{
    Everything before;
    before.fill();
    const Bytes bytes = written(before);
    std::size_t faults = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (int flip = 1; flip < 256; flip *= 2) {
            Bytes damaged = bytes;
            damaged[at] ^= static_cast<std::uint8_t>(flip);
            Everything after;
            Reader reader(damaged);
            reader(after);
            faults += reader.is_complete() ? 0U : 1U;
        }
    CHECK(faults > bytes.size());
}

TEST_CASE("an enum beyond its last value and a bool of 2 are faults")
{
    CHECK(read<Colour>({2}) == Colour::blue);
    CHECK_FALSE(read<Colour>({3}));
    CHECK(read<bool>({1}) == true);
    CHECK_FALSE(read<bool>({2}));
    CHECK_FALSE(read<std::optional<int>>({2, 0, 0, 0, 0}));
    CHECK_FALSE(read<std::variant<std::monostate, bool>>({2, 0}));
}

TEST_CASE("a container that says it is longer than what is left takes no memory for it")
{
    const Bytes claim{255, 255, 255, 255, 1, 2, 3};
    CHECK_FALSE(read<Bytes>(claim));
    CHECK_FALSE(read<std::string>(claim));
    CHECK_FALSE(read<std::vector<Point>>(claim));
    CHECK_FALSE(read<std::deque<std::uint8_t>>(claim));
    CHECK_FALSE(read<std::map<std::uint8_t, std::uint8_t>>(claim));
    CHECK_FALSE(read<std::set<std::uint8_t>>(claim));
}

TEST_CASE("a key that is there twice is a fault")
{
    CHECK(read<std::set<std::uint8_t>>({2, 0, 0, 0, 7, 8})->size() == 2);
    CHECK_FALSE(read<std::set<std::uint8_t>>({2, 0, 0, 0, 7, 7}));
    CHECK_FALSE(read<std::map<std::uint8_t, bool>>({2, 0, 0, 0, 7, 1, 7, 0}));
    CHECK_FALSE(read<std::unordered_map<std::uint8_t, bool>>({2, 0, 0, 0, 7, 1, 7, 0}));
}

TEST_CASE("instants are moved by how much later it is, and never stays never")
{
    const Instant when(seconds(100));
    CHECK(read<Instant>(written(when), seconds(5)) == when + seconds(5));
    CHECK(read<Instant>(written(when), -seconds(500)) == when - seconds(500));
    CHECK(read<Instant>(written(Instant::min()), seconds(5)) == Instant::min());
    CHECK(read<Instant>(written(Instant::max()), -seconds(5)) == Instant::max());
    CHECK(read<nanoseconds>(written(nanoseconds(3)), seconds(5)) == nanoseconds(3));
    CHECK_FALSE(read<Instant>(written(Instant(farthest)), nanoseconds(1)));
    CHECK_FALSE(read<Instant>(written(Instant::max() - nanoseconds(1))));
    CHECK_FALSE(read<Instant>(written(when), nanoseconds::max()));
    CHECK_FALSE(read<Instant>(written(Instant::min() + nanoseconds(1)), -seconds(5)));
    CHECK_FALSE(read<nanoseconds>(written(nanoseconds::max())));
    CHECK_FALSE(read<seconds>(written(seconds::max())));
}

TEST_CASE("what is to be some time is not never")
{
    const auto is_some = [](const auto& value) {
        const Bytes bytes = written(value);
        std::remove_cvref_t<decltype(value)> read{};
        Reader reader(bytes);
        reader.times(read);
        return reader.is_complete();
    };
    CHECK(is_some(Instant(seconds(1))));
    CHECK(is_some(std::optional<Instant>()));
    CHECK(is_some(std::optional(Instant(seconds(1)))));
    CHECK_FALSE(is_some(Instant::min()));
    CHECK_FALSE(is_some(Instant::max()));
    CHECK_FALSE(is_some(std::optional(Instant::max())));
}

TEST_CASE("equal shared bytes are in the record once and shared behind it")
{
    const auto one = std::make_shared<const Bytes>(Bytes(1000, 1));
    const auto equal = std::make_shared<const Bytes>(Bytes(1000, 1));
    const auto other = std::make_shared<const Bytes>(Bytes(1000, 2));
    const Bytes bytes = written(std::vector<SharedBytes>{one, nullptr, equal, other, one});
    CHECK(bytes.size() < 2100);
    std::size_t counted = 0;
    std::vector<SharedBytes> all;
    Reader reader(bytes);
    reader.share_by([&](Bytes shared) {
        counted += shared.size();
        return std::make_shared<const Bytes>(std::move(shared));
    });
    reader(all);
    REQUIRE(reader.is_complete());
    REQUIRE(all.size() == 5);
    CHECK(counted == 2000);
    CHECK(*all[0] == *one);
    CHECK(all[1] == nullptr);
    CHECK(all[2] == all[0]);
    CHECK(*all[3] == *other);
    CHECK(all[4] == all[0]);
    CHECK_FALSE(read<SharedBytes>({2, 0, 0, 0, 0, 0, 0, 0})); // one that was not there before
}

TEST_CASE("what a type finds wrong is a fault, and nothing is read behind it")
{
    const Bytes bytes{1, 2};
    std::uint8_t first = 0;
    std::uint8_t second = 0;
    Reader reader(bytes);
    reader(first);
    reader.check(first == 1);
    CHECK_FALSE(reader.failed());
    reader.check(first == 2);
    reader(second);
    CHECK(reader.failed());
    CHECK(second == 0);
}

} // namespace netplay_relay::record
