# Manual pages and completions, from what the programs and the configuration say of themselves.
set(manuals ${CMAKE_CURRENT_BINARY_DIR}/manuals)
set(manual_pages netplay-relay.8 netplay-relay.json.5 netplay-peer.1)
set(completions
    bash/netplay-relay bash/netplay-peer zsh/_netplay-relay zsh/_netplay-peer
    fish/netplay-relay.fish fish/netplay-peer.fish)
set(source ${PROJECT_SOURCE_DIR}/docs/man)

set(made ${manual_pages})
list(TRANSFORM made PREPEND ${manuals}/man/)
set(prose ${manual_pages})
list(TRANSFORM prose REPLACE "(.+)" "${source}/\\1.scd")
foreach(file ${completions})
    list(APPEND made ${manuals}/${file})
endforeach()
add_custom_command(
    OUTPUT ${made}
    COMMAND ${Python3_EXECUTABLE} -B ${source}/make_manuals.py
        --relay $<TARGET_FILE:netplay-relay> --peer $<TARGET_FILE:netplay-peer>
        "--runner=${CMAKE_CROSSCOMPILING_EMULATOR}" --scdoc ${SCDOC}
        --configuration ${PROJECT_SOURCE_DIR}/config/netplay-relay.json
        --version ${PROJECT_VERSION} --out ${manuals}
    DEPENDS netplay-relay netplay-peer ${PROJECT_SOURCE_DIR}/config/netplay-relay.json ${prose}
        ${source}/make_manuals.py ${source}/program_help.py ${source}/configuration_keys.py
        ${source}/manual_pages.py ${source}/completions.py
    COMMENT "Writing manual pages and completions"
    VERBATIM)
# Part of what is built by default, and so of what is installed; but not of a single program.
add_custom_target(manuals ALL DEPENDS ${made})

install(FILES ${manuals}/bash/netplay-relay ${manuals}/bash/netplay-peer
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${manuals}/zsh/_netplay-relay ${manuals}/zsh/_netplay-peer
        DESTINATION ${NETPLAY_RELAY_ZSH_DIR})
install(FILES ${manuals}/fish/netplay-relay.fish ${manuals}/fish/netplay-peer.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
