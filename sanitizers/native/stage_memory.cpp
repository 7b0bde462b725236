#include "stage_memory.hpp"

#include <sys/mman.h>

namespace racekit {

stage_memory::stage_memory(stage_maker const& maker, sharing how) : maker_(maker), how_(how) {
    if (how == sharing::private_heap) {
        place_ = ::operator new(maker.size, std::align_val_t(maker.alignment));
        return;
    }
    mapped_ = maker.size;
    place_ = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place_ == MAP_FAILED) throw std::bad_alloc();
}

stage_memory::~stage_memory() {
    if (how_ == sharing::private_heap) {
        ::operator delete(place_, std::align_val_t(maker_.alignment));
    } else {
        ::munmap(place_, mapped_);
    }
}

}  // namespace racekit
