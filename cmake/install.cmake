# Installs the program, and the layers as a CMake package:
# find_package(SmartAgents) brings SmartAgents::runtime and what it needs.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/SmartAgents)

install(TARGETS smart-agents RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS smart_agents_messages smart_agents_adapters
                smart_agents_actors smart_agents_runtime
        EXPORT SmartAgentsTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY messages adapters actors runtime
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/smart-agents
        FILES_MATCHING PATTERN "*.hpp")
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
