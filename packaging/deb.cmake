# `cpack -G DEB`: one package with the relay and netplay-peer. Whoever runs a relay wants to try it and the
# lines to it, and netplay-peer costs a server half a megabyte; who only plays needs neither.
set(CPACK_PACKAGE_NAME netplay-relay)
set(CPACK_PACKAGE_VENDOR "The netplay-relay authors")
set(CPACK_PACKAGE_CONTACT "netplay-relay maintainers <netplay-relay@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "relay for the netplay of RetroArch and its kin")
set(CPACK_PACKAGE_DESCRIPTION "\
Lets people play together over the netplay of RetroArch, Recalbox, Batocera
or Lakka who cannot reach each other directly: rooms, which everybody joins
by the relay's address alone, sessions through RetroArch's own tunnel,
and parties of games made with Godot.
It limits everything, in all and per address, and tells who lags.
.
The package runs it as a service. It also has netplay-peer, a netplay host
and client without a screen, with which a relay and the lines to it are tried.")
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)

# The real paths, and not those of the build's own prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
if(CMAKE_CROSSCOMPILING)
    set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${NETPLAY_RELAY_DEB_ARCHITECTURE})
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# For the user and the mode of the configuration; without systemd as init the small ones will do.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
# Webhooks check certificates.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS fail2ban)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(script conffiles postinst prerm postrm)
    list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/deb/${script})
endforeach()

# What Debian wants otherwise than `cmake --install` has it.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/deb/finish_tree.cmake)
set(CPACK_NETPLAY_RELAY_SOURCE ${PROJECT_SOURCE_DIR})

include(CPack)

add_custom_target(deb
    COMMAND ${CMAKE_CPACK_COMMAND} -G DEB --config ${PROJECT_BINARY_DIR}/CPackConfig.cmake
    WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
    VERBATIM)
add_dependencies(deb netplay-relay netplay-peer)
if(TARGET manuals)
    add_dependencies(deb manuals)
endif()
