// SPDX-License-Identifier: MIT
#include "instance_memory.hpp"

#include <algorithm>
#include <sys/mman.h>

namespace racekit {

instance_memory::instance_memory(instance_maker const& maker, sharing how, std::size_t places)
    : maker_(maker), how_(how) {
    // Neighbouring instances share no cache line.
    std::size_t const unit = std::max<std::size_t>(maker.alignment, 64);
    stride_ = (maker.size + unit - 1) / unit * unit;
    size_ = stride_ * places;
    built_.reserve(places);
    if (how == sharing::private_heap) {
        place_ = ::operator new(size_, std::align_val_t(unit));
        return;
    }
    place_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place_ == MAP_FAILED) throw std::bad_alloc();
}

instance_memory::~instance_memory() {
    if (place_ == nullptr) return;
    if (how_ == sharing::private_heap) {
        ::operator delete(place_, std::align_val_t(std::max<std::size_t>(maker_.alignment, 64)));
    } else {
        ::munmap(place_, size_);
    }
}

void instance_memory::touch() const {
    constexpr std::size_t page = 4096;
    for (std::size_t at = 0; at < size_; at += page)
        (void)static_cast<unsigned char const volatile*>(place_)[at];
}

}  // namespace racekit
