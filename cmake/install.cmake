# Installs the program with its schema and an example of its configuration, and
# the layers as a CMake package: find_package(SmartAgents) brings
# SmartAgents::runtime and what it needs (docs/EMBEDDING.md).
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/SmartAgents)

install(TARGETS smart-agents RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Editors complete and check smart-agents.json by it.
set(schema ${CMAKE_BINARY_DIR}/smart-agents.schema.json)
add_custom_command(TARGET smart-agents POST_BUILD
  COMMAND smart-agents config schema > ${schema}
  BYPRODUCTS ${schema}
  COMMENT "Writing smart-agents.schema.json")
install(FILES ${schema} smart-agents.example.json
        DESTINATION ${CMAKE_INSTALL_DATADIR}/smart-agents)
# The manual page and the completions are made by the program itself.
set(shells bash zsh fish)
set(made ${CMAKE_BINARY_DIR}/made)
set(manual ${made}/smart-agents.1)
foreach(shell ${shells})
  list(APPEND completion_commands
       COMMAND smart-agents completions ${shell} > ${made}/smart-agents.${shell})
  list(APPEND completion_files ${made}/smart-agents.${shell})
endforeach()
add_custom_command(TARGET smart-agents POST_BUILD
  COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
  COMMAND smart-agents config man > ${manual}
  ${completion_commands}
  BYPRODUCTS ${manual} ${completion_files}
  COMMENT "Writing the manual page and the completions")
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/smart-agents.bash RENAME smart-agents
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${made}/smart-agents.zsh RENAME _smart-agents
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${made}/smart-agents.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(FILES cmake/smart-agents.service DESTINATION lib/systemd/user)

install(FILES README.md CHANGELOG.md docs/EMBEDDING.md
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/smart-agents)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
install(TARGETS smart_agents_messages smart_agents_adapters
                smart_agents_actors smart_agents_runtime
        EXPORT SmartAgentsTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# What a host program may include: runtime/smart_agents.hpp, all messages, the
# simulator's switch, and the few headers that these stand on. The rest is
# free to change. tests/e2e/test_embedding finds out when one is missing.
file(GLOB message_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/messages/*.hpp)
set(public_headers
  adapters/http_body.hpp
  adapters/http_client.hpp
  adapters/log.hpp
  adapters/tls_files.hpp
  actors/front/model_names.hpp
  actors/front/stream_reader.hpp
  actors/router/pattern.hpp
  actors/router/route_rules.hpp
  runtime/settings.hpp
  runtime/simulation.hpp
  runtime/smart_agents.hpp)
install(FILES ${message_headers}
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/smart-agents/messages)
foreach(header ${public_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/smart-agents/${folder})
endforeach()

install(EXPORT SmartAgentsTargets NAMESPACE SmartAgents::
        DESTINATION ${package_dir})
configure_package_config_file(cmake/SmartAgentsConfig.cmake.in
  ${CMAKE_BINARY_DIR}/SmartAgentsConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${CMAKE_BINARY_DIR}/SmartAgentsConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/SmartAgentsConfig.cmake
              ${CMAKE_BINARY_DIR}/SmartAgentsConfigVersion.cmake
              cmake/FindCAF.cmake cmake/Findhttplib.cmake
        DESTINATION ${package_dir})
