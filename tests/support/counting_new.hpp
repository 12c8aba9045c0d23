// Counts what the program allocates. For a test program of its own, and in one of its sources only:
// it replaces the operators of the whole program.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace netplay_relay::tests {

inline std::size_t allocations = 0;

inline void* count_and_allocate(std::size_t size)
{
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}

} // namespace netplay_relay::tests

void* operator new(std::size_t size) { return netplay_relay::tests::count_and_allocate(size); }
void* operator new[](std::size_t size) { return netplay_relay::tests::count_and_allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
