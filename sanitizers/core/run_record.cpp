// SPDX-License-Identifier: MIT
#include "run_record.hpp"

#include <new>
#include <sys/mman.h>

namespace racekit {
namespace {

run_record unshared;
run_record* current = &unshared;

}  // namespace

run_record& this_run() { return *current; }

void share_run_record() {
    void* const memory = ::mmap(nullptr, sizeof(run_record), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    current = ::new (memory) run_record;
}

}  // namespace racekit
