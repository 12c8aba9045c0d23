#include "net/memory_reserve.hpp"

#include <atomic>
#include <cstddef>
#include <new>
#include <sys/mman.h>

namespace netplay_relay::net {

namespace {

// The C library asks for a megabyte at least when its heap cannot grow.
constexpr std::size_t reserve_size = 4U << 20U;

std::atomic<void*> reserve{nullptr};
std::atomic<bool> is_kept{false}; // since keep_memory_reserve()

void* map_reserve()
{
    void* const memory =
        mmap(nullptr, reserve_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

// Called by whatever thread is refused memory; it is tried again when this returns.
void use_reserve()
{
    void* const memory = reserve.exchange(nullptr);
    if (memory == nullptr) throw std::bad_alloc();
    munmap(memory, reserve_size);
}

} // namespace

void keep_memory_reserve()
{
    reserve = map_reserve();
    is_kept = true;
    std::set_new_handler(use_reserve);
}

bool is_memory_reserve_used() { return is_kept && reserve == nullptr; }

bool restore_memory_reserve()
{
    if (!is_memory_reserve_used()) return true;
    reserve = map_reserve();
    return !is_memory_reserve_used();
}

} // namespace netplay_relay::net
