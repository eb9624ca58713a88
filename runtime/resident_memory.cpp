#include "runtime/resident_memory.hpp"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace smart_agents {

namespace {

/// Only what was never written to: it is in its file as it is here.
int let_go(dl_phdr_info* of, size_t, void*) {
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < of->dlpi_phnum; ++i) {
    const auto& part = of->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0)
      continue;
    auto begin = (of->dlpi_addr + part.p_vaddr) & ~(page - 1);
    auto end = of->dlpi_addr + part.p_vaddr + part.p_memsz;
    // A hint: nothing is lost when it is not taken.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

} // namespace

void let_go_of_start_up() {
  dl_iterate_phdr(let_go, nullptr);
}

} // namespace smart_agents
