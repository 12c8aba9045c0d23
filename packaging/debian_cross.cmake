# Debian's cross compiler for the architecture of $DEB_HOST_ARCH, with the libraries that its multiarch has:
# for scripts/package-elsewhere.sh.
set(CMAKE_SYSTEM_NAME Linux)
set(triplet $ENV{TRIPLET})
set(NETPLAY_RELAY_DEB_ARCHITECTURE $ENV{DEB_HOST_ARCH})
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR ${triplet})
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_CXX_COMPILER ${triplet}-g++)
set(CMAKE_STRIP ${triplet}-strip)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/${triplet}/pkgconfig:/usr/share/pkgconfig)

# What runs its programs, for what the manual pages say.
if(NETPLAY_RELAY_DEB_ARCHITECTURE MATCHES "^arm(hf|el)$")
    set(CMAKE_CROSSCOMPILING_EMULATOR qemu-arm)
else()
    set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${CMAKE_SYSTEM_PROCESSOR})
endif()
