// Catch2, whichever of its two generations is installed. What they have different names for is here
// under one: approximate numbers, and Contains(part), which matches a text that has the part in it.
#pragma once

#ifdef NETPLAY_RELAY_CATCH2_V3
// Not all of it, which takes twice as long to compile.
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
using Catch::Approx;
// There, what the older one calls Contains is for ranges.
inline auto Contains(const std::string& part) { return Catch::Matchers::ContainsSubstring(part); }
#else
#include <catch2/catch.hpp>
using Catch::Matchers::Contains;
#endif
