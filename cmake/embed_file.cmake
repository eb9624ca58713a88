# Writes OUT, a C++ file that defines smart_agents::embedded::SYMBOL with the
# bytes of IN. Raw string pieces stay below the compilers' literal limits.
file(READ "${IN}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE "${OUT}"
"#include <string_view>\n"
"namespace smart_agents::embedded {\n"
"static constexpr unsigned char data[] = {${bytes}0};\n"
"extern const std::string_view ${SYMBOL};\n"
"const std::string_view ${SYMBOL}{reinterpret_cast<const char*>(data), sizeof(data) - 1};\n"
"}\n")
