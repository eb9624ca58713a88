# A Debian package, by scripts/package: smart-agents_VERSION_ARCH.deb. It holds
# what a user runs; the CMake package for host programs comes by
# `cmake --install`.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME smart-agents)
set(CPACK_PACKAGE_CONTACT "The Smart Agents developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
    "One service from every AI subscription you have")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME smart-agents)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
# Of the libraries that the program is linked to; and at run time time zones
# and certificate authorities.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "tzdata, ca-certificates")
set(CPACK_STRIP_FILES ON)
include(CPack)
