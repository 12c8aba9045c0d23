#include "state_intake.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

namespace {

// Inflated at once, in bytes: some 0.3 ms.
constexpr std::size_t check_step = 128 * 1024;
constexpr std::size_t reserved_max = 64 * 1024;

// Counts in the budget until the last who shares it is done with it.
std::shared_ptr<std::vector<std::uint8_t>> counted(std::vector<std::uint8_t> bytes,
                                                   const std::shared_ptr<StateBudget>& budget)
{
    const auto done = [budget](const std::vector<std::uint8_t>* gone) {
        budget->remove(gone->size());
        delete gone;
    };
    return {new std::vector<std::uint8_t>(std::move(bytes)), done};
}

} // namespace

StateIntake::StateIntake(wire::Frame frame, std::uint32_t size, std::size_t compressed,
                         Instant began, const std::shared_ptr<StateBudget>& budget,
                         netplay::StateForms forms)
    : frame_(frame), size_(size), missing_(compressed), began_(began), budget_(budget),
      checker_(std::make_unique<netplay::StreamChecker>(size, forms))
{
    std::vector<std::uint8_t> bytes;
    // Who claims much is given room as it comes.
    bytes.reserve(std::min(compressed, reserved_max));
    data_ = counted(std::move(bytes), budget_);
}

StateIntake::~StateIntake()
{
    if (budget_ != nullptr) budget_->remove(bare_counted_);
}

StateIntake::StateIntake(StateIntake&&) noexcept = default;

std::size_t StateIntake::take(std::span<const std::uint8_t> bytes)
{
    const std::size_t taken = std::min(missing_, bytes.size());
    missing_ -= taken;
    dropped_ = dropped_ || !budget_->fits(taken);
    if (dropped_) return taken;
    data_->insert(data_->end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    budget_->add(taken);
    return taken;
}

bool StateIntake::check_some()
{
    if (dropped_) return true;
    if (!over_) over_ = checker_->check(*data_, is_complete(), check_step);
    count_bare();
    if (!kept_) forget(over_ ? data_->size() : checker_->forget_used());
    return dropped_ || over_;
}

void StateIntake::forget(std::size_t bytes)
{
    data_->erase(data_->begin(), data_->begin() + static_cast<std::ptrdiff_t>(bytes));
    budget_->remove(bytes);
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

bool StateIntake::is_good() const { return !dropped_ && checker_->is_good(); }

std::uint32_t StateIntake::crc() const { return checker_->crc(); }

} // namespace netplay_relay::room
