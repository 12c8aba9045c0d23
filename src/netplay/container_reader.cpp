#include "container_reader.hpp"

#include "container.hpp"

namespace netplay_relay::netplay {

bool ContainerReader::is_good() const
{
    return wrapped_ ? place_ == Place::over && core_length_.has_value() : place_ == Place::bare;
}

std::size_t ContainerReader::take_head(std::span<const std::uint8_t> bytes)
{
    const std::size_t used = std::min(head_.size() - head_size_, bytes.size());
    std::copy_n(bytes.begin(), used, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
    head_size_ += used;
    if (head_size_ < head_.size()) return used;
    if (place_ == Place::block_head) {
        head_size_ = 0;
        enter_block();
        return used;
    }
    wrapped_ = starts_with(head_, container_name);
    if (!wrapped_) {
        place_ = Place::bare;
        return used;
    }
    head_size_ = 0;
    place_ = head_.back() == container_version ? Place::block_head : Place::damaged;
    return used;
}

void ContainerReader::enter_block()
{
    const std::size_t length = load_little<std::uint32_t>(head_, 4);
    const std::size_t padding = (block_alignment - length % block_alignment) % block_alignment;
    if (starts_with(head_, tag_end)) {
        place_ = Place::over;
        return;
    }
    const bool is_core_state = starts_with(head_, tag_core_state);
    if (is_core_state && core_length_) {
        place_ = Place::damaged;
        return;
    }
    if (is_core_state) core_length_ = length;
    core_left_ = is_core_state ? length : 0;
    skip_left_ = is_core_state ? padding : std::uint64_t{length} + padding;
    place_ = is_core_state ? Place::core_state : Place::other_block;
    leave_block();
}

void ContainerReader::leave_block()
{
    if (core_left_ > 0) return;
    place_ = skip_left_ > 0 ? Place::other_block : Place::block_head;
}

} // namespace netplay_relay::netplay
