// A piece of memory kept for the moment when there is no more: with it the games go on while what
// is too big ends.
#pragma once

namespace netplay_relay::net {

// Takes the reserve, and lets `operator new` use it up when the system refuses memory: what is
// small is then there, what is bigger than the reserve still ends in std::bad_alloc. For the whole
// process, once.
void keep_memory_reserve();

// Whether it has been used up since it was last restored. False where none is kept.
[[nodiscard]] bool is_memory_reserve_used();

// Takes it again. False while the system refuses.
bool restore_memory_reserve();

} // namespace netplay_relay::net
