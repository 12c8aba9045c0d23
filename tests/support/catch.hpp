// Catch2, whichever of its two generations is installed.
#pragma once

#ifdef NETPLAY_RELAY_CATCH2_V3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
