// SPDX-License-Identifier: MIT
// Memory that this process and the workers that it forks see alike.
#pragma once

#include <cstddef>
#include <string>

namespace racekit::model {

/// All zero at first. Throws std::system_error.
void* shared_memory(std::size_t bytes);
void release_shared_memory(void* place, std::size_t bytes);

/// A copy that lives as long as the program, in such memory: a site points at the text of its
/// file's name without owning it, and a worker's site can reach its parent.
[[nodiscard]] char const* kept_text(std::string const& text);
/// Makes room for them; to be called before workers are forked.
void share_kept_texts();

/// One object in such memory, all zero at first.
template <class T>
class shared {
public:
    shared() : object_(static_cast<T*>(shared_memory(sizeof(T)))) {}
    ~shared() { release_shared_memory(object_, sizeof(T)); }
    shared(shared const&) = delete;
    shared& operator=(shared const&) = delete;
    T* operator->() const { return object_; }

private:
    T* object_;
};

}  // namespace racekit::model
