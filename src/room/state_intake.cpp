#include "state_intake.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// Inflated at once, in bytes: some 0.3 ms.
constexpr std::size_t check_step = 128 * 1024;
constexpr std::size_t reserved_max = 64 * 1024;

} // namespace

StateIntake::StateIntake(wire::Frame frame, std::uint32_t size, std::size_t compressed,
                         Instant began, const std::shared_ptr<StateBudget>& budget)
    : frame_(frame), size_(size), missing_(compressed), began_(began), budget_(budget),
      checker_(std::make_unique<netplay::StreamChecker>(size))
{
    auto bytes = std::make_unique<std::vector<std::uint8_t>>();
    // Who claims much is given room as it comes.
    bytes->reserve(std::min(compressed, reserved_max));
    const auto done = [budget](const std::vector<std::uint8_t>* gone) {
        budget->remove(gone->size());
        delete gone;
    };
    data_ = std::shared_ptr<std::vector<std::uint8_t>>(bytes.release(), done);
}

StateIntake::~StateIntake() = default;
StateIntake::StateIntake(StateIntake&&) noexcept = default;
StateIntake& StateIntake::operator=(StateIntake&&) noexcept = default;

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
    return dropped_ || checker_->check(*data_, is_complete(), check_step);
}

bool StateIntake::is_good() const { return !dropped_ && checker_->is_good(); }

std::uint32_t StateIntake::crc() const { return checker_->crc(); }

} // namespace netplay_relay::room
