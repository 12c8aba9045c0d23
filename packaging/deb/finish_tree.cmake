# Run by cpack between the installation into its tree and the making of the package.
set(tree ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(share ${tree}/usr/share)
set(doc ${share}/doc/netplay-relay)
set(here ${CMAKE_CURRENT_LIST_DIR})

file(GLOB pages ${share}/man/man*/netplay-*)
if(NOT pages)
    message(FATAL_ERROR "The package needs its manual pages: install scdoc and python3, then configure and build again.")
endif()

if(NOT EXISTS ${tree}/usr/lib/sysusers.d)
    message(FATAL_ERROR "The package is for systemd: configure with NETPLAY_RELAY_SYSTEMD=ON.")
endif()

function(compress)
    execute_process(COMMAND gzip -9n ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
compress(${pages})

# The file system's own words for it: Debian's zsh looks there.
file(MAKE_DIRECTORY ${share}/zsh)
file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)

# The licence is told once, as the copyright; the changelog is compressed.
file(READ ${CPACK_NETPLAY_RELAY_SOURCE}/LICENSE licence)
string(REGEX REPLACE "^MIT License\n+(Copyright[^\n]*)\n+" "" licence "${licence}")
set(copyright_line "${CMAKE_MATCH_1}")
string(REGEX REPLACE "^Copyright \\(c\\) " "" copyright_line "${copyright_line}")
string(STRIP "${licence}" licence)
string(REPLACE "\n" "\n " licence " ${licence}")
string(REPLACE "\n \n" "\n .\n" licence "${licence}")
configure_file(${here}/copyright.in ${doc}/copyright @ONLY)
file(REMOVE ${doc}/LICENSE)
file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)

# Honours SOURCE_DATE_EPOCH.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${here}/changelog.in ${doc}/changelog.Debian @ONLY)
compress(${doc}/changelog ${doc}/changelog.Debian)

file(MAKE_DIRECTORY ${share}/lintian/overrides)
configure_file(${here}/lintian-overrides ${share}/lintian/overrides/netplay-relay COPYONLY)
