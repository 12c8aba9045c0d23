#include "state_intake.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace netplay_relay::room {

namespace {

// Inflated at once, in bytes: some 0.3 ms.
constexpr std::size_t check_step = 128 * 1024;
constexpr std::size_t reserved_max = 64 * 1024;
// Of a state that is only looked at, what waits for that: many times what an honest one lets wait.
// And of one whose size alone is wanted, which is known a few bytes from its beginning.
constexpr std::size_t waiting_max = 4U << 20U;
constexpr std::size_t waiting_for_size_max = 256 * 1024;
// What has been looked at goes when it is as much as that, and half of all: each byte is moved
// once at most.
constexpr std::size_t forgotten_at_once = 16 * 1024;

} // namespace

std::shared_ptr<std::vector<std::uint8_t>> counted(std::vector<std::uint8_t> bytes,
                                                   const std::shared_ptr<StateBudget>& budget)
{
    const auto done = [budget](const std::vector<std::uint8_t>* gone) {
        budget->remove(gone->size());
        delete gone;
    };
    return {new std::vector<std::uint8_t>(std::move(bytes)), done};
}

StateIntake::StateIntake(wire::Frame frame, std::uint32_t size, std::size_t compressed,
                         Instant began, const std::shared_ptr<StateBudget>& budget,
                         netplay::StateForms forms)
    : frame_(frame), size_(size), missing_(compressed), began_(began), forms_(forms),
      waiting_max_(forms.only_size ? waiting_for_size_max : waiting_max), budget_(budget),
      checker_(std::make_unique<netplay::StreamChecker>(size, forms))
{
    std::vector<std::uint8_t> bytes;
    // Who claims much has to send something first.
    bytes.reserve(std::min(compressed, reserved_max));
    data_ = counted(std::move(bytes), budget_);
}

StateIntake::~StateIntake()
{
    if (budget_ == nullptr) return;
    budget_->remove(bare_counted_);
    budget_->remove(reserved_, &StateBudget::reserved);
}

StateIntake::StateIntake(StateIntake&&) noexcept = default;

std::size_t StateIntake::take(std::span<const std::uint8_t> bytes)
{
    const std::size_t taken = std::min(missing_, bytes.size());
    missing_ -= taken;
    if (over_ && !kept_) return taken; // nobody needs it any more
    dropped_ = dropped_ || !budget_->fits(taken);
    if (!kept_ && !dropped_ && data_->size() - looked_at_ + taken > waiting_max_) {
        dropped_ = true;
        forget(data_->size());
    }
    if (dropped_) return taken;
    try {
        const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(taken);
        if (kept_ && data_->size() + taken > data_->capacity()) reserve(taken + missing_);
        data_->insert(data_->end(), bytes.begin(), end);
        budget_->add(taken);
    } catch (const std::bad_alloc&) {
        drop();
    }
    return taken;
}

// Growing by and by would copy megabytes at once, while all games wait. What is reserved takes no
// memory before something is written there, but addresses: so all that is reserved has the same
// limit, and who comes beyond it grows by and by.
void StateIntake::reserve(std::size_t more)
{
    if (reserved_ != 0 || !budget_->fits(more, &StateBudget::reserved)) return;
    budget_->add(more, &StateBudget::reserved);
    reserved_ = more;
    data_->reserve(data_->size() + more);
}

// The system has no memory for it: what there is of it is of no use, and others can use the room.
void StateIntake::drop()
{
    dropped_ = true;
    budget_->remove(data_->size());
    std::vector<std::uint8_t>().swap(*data_);
}

bool StateIntake::check_some()
{
    if (dropped_) return true;
    try {
        const auto unseen = std::span(*data_).subspan(looked_at_);
        if (!over_) over_ = checker_->check(unseen, is_complete(), check_step);
    } catch (const std::bad_alloc&) {
        drop();
        return true;
    }
    count_bare();
    if (!kept_) forget_some();
    return dropped_ || over_;
}

void StateIntake::forget_some()
{
    if (over_) return forget(data_->size());
    looked_at_ += checker_->forget_used();
    if (looked_at_ >= std::max(forgotten_at_once, data_->size() / 2)) forget(looked_at_);
}

void StateIntake::forget(std::size_t bytes)
{
    forgotten_ = forgotten_ || bytes > 0;
    data_->erase(data_->begin(), data_->begin() + static_cast<std::ptrdiff_t>(bytes));
    budget_->remove(bytes);
    looked_at_ = 0;
}

void StateIntake::count_bare()
{
    const std::size_t more = checker_->bare_size() - bare_counted_;
    dropped_ = !budget_->fits(more);
    if (dropped_) return;
    budget_->add(more);
    bare_counted_ += more;
}

SharedState StateIntake::share_bare()
{
    std::vector<std::uint8_t> bare = checker_->take_bare();
    bare_counted_ -= bare.size(); // from here on it counts by itself
    return bare.empty() ? nullptr : counted(std::move(bare), budget_);
}

netplay::CheckerProgress StateIntake::progress() const
{
    netplay::CheckerProgress progress = checker_->progress();
    progress.used += looked_at_;
    return progress;
}

bool StateIntake::rebuild(std::uint32_t size_max, const std::shared_ptr<StateBudget>& budget)
{
    const bool fits =
        missing_ <= compressed_max(size_) && data_->size() <= compressed_max(size_) - missing_;
    if (!fits || (kept_ && (forgotten_ || come_to_.good || forms_.only_size))) return false;
    budget_ = budget;
    checker_ = std::make_unique<netplay::StreamChecker>(size_, forms_);
    waiting_max_ = forms_.only_size ? waiting_for_size_max : waiting_max;
    over_ = come_to_.over;
    dropped_ =
        dropped_ || size_ > size_max || (forgotten_ && !over_) || !budget_->fits(data_->size());
    if (dropped_) data_->clear();
    budget_->add(data_->size());
    data_ = counted(std::move(*data_), budget_);
    if (dropped_) return true;
    try {
        if (!checker_->go_to(*data_, come_to_)) return false;
    } catch (const std::bad_alloc&) {
        drop();
        return true;
    }
    if (!kept_ && !over_) looked_at_ = checker_->forget_used();
    count_bare();
    return true;
}

bool StateIntake::is_good() const { return !dropped_ && checker_->is_good(); }

std::uint32_t StateIntake::crc() const { return checker_->crc(); }

} // namespace netplay_relay::room
