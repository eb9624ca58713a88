# What the program does most, so that the compiler lays that out best
# (docs/decisions/0004-profile.md). For Clang only.
set(SMART_AGENTS_PROFILE "" CACHE STRING
    "use: compile by cmake/requests.profdata; record: make one (scripts/profile)")

if(SMART_AGENTS_PROFILE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  if(SMART_AGENTS_PROFILE STREQUAL "record")
    add_compile_options(-fprofile-generate=${CMAKE_BINARY_DIR}/recorded
                        -fprofile-update=atomic)
    add_link_options(-fprofile-generate)
  elseif(SMART_AGENTS_PROFILE STREQUAL "use")
    # Functions that were changed since are compiled without it.
    set(requests_profile ${CMAKE_SOURCE_DIR}/cmake/requests.profdata)
    file(RELATIVE_PATH profile ${CMAKE_BINARY_DIR} ${requests_profile})
    add_compile_options(-fprofile-use=${profile}
                        -Wno-profile-instr-unprofiled
                        -Wno-profile-instr-out-of-date
                        -Wno-backend-plugin)
  else()
    message(FATAL_ERROR "SMART_AGENTS_PROFILE is '${SMART_AGENTS_PROFILE}': "
                        "must be use, record or empty")
  endif()
endif()
