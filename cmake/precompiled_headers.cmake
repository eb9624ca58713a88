# Other projects' headers, parsed once: a build of everything takes half as long
# with it. For Clang only; GCC's are no faster than the headers themselves.
#
# Not target_precompile_headers, whose file depends on where the build is: ccache
# would then serve no other clone. Here it goes by a checksum of what the headers
# say (CCACHE_PCH_EXTSUM, scripts/build).
option(SMART_AGENTS_PRECOMPILE "Precompile other projects' headers (clang)" OFF)

if(SMART_AGENTS_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # All that uses the file has to be compiled with the definitions it saw.
  set(definitions
    BOOST_CONTAINER_DYN_LINK BOOST_CONTAINER_NO_LIB BOOST_JSON_DYN_LINK
    BOOST_JSON_NO_LIB CAF_ENABLE_TYPE_ID_CHECKS FMT_SHARED GTEST_HAS_PTHREAD=1
    SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL SPDLOG_SHARED_LIB)
  add_compile_definitions(${definitions})
  string(TOUPPER "${CMAKE_BUILD_TYPE}" kind)
  separate_arguments(flags UNIX_COMMAND
    "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${kind}} -std=c++20")
  list(TRANSFORM definitions PREPEND -D)
  set(headers ${CMAKE_SOURCE_DIR}/cmake/system_headers.hpp)
  set(precompiled ${CMAKE_BINARY_DIR}/system_headers.pch)
  add_custom_command(OUTPUT ${precompiled} ${precompiled}.sum
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} ${definitions}
            -Xclang -fno-pch-timestamp -x c++-header ${headers}
            -MD -MF ${precompiled}.d -MT ${precompiled} -o ${precompiled}
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} ${definitions} -x c++ -E -P ${headers}
            -o ${precompiled}.text
    COMMAND ${CMAKE_COMMAND} -E sha256sum system_headers.pch.text
            > ${precompiled}.sum
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
    DEPENDS ${headers} DEPFILE ${precompiled}.d
    COMMENT "Precompiling other projects' headers" VERBATIM)
  add_custom_target(precompiled_headers DEPENDS ${precompiled})
endif()

# Has TARGET read the precompiled headers, where there are some.
function(use_precompiled_headers target)
  if(TARGET precompiled_headers)
    add_dependencies(${target} precompiled_headers)
    target_compile_options(${target} PRIVATE
      -include-pch ${CMAKE_BINARY_DIR}/system_headers.pch)
    # An object is as old as the headers at most, and the profile.
    set(older ${CMAKE_BINARY_DIR}/system_headers.pch ${requests_profile})
    get_target_property(sources ${target} SOURCES)
    set_source_files_properties(${sources} TARGET_DIRECTORY ${target}
      PROPERTIES OBJECT_DEPENDS "${older}")
  endif()
endfunction()
