// SPDX-License-Identifier: MIT
// Which element of a queue comes next: the oldest, the newest, or the greatest.
//
// Progress: none of its own: the queue's lock is around it.
//
// Each has `elements<T>`: put(element), which changes nothing if it throws, and get(into), which
// assigns the next one to a T or a std::optional<T> and leaves it the next one if that throws. No
// synchronisation: that is the queue's.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace racekit {

/// First in, first out.
struct fifo {
    template <class T>
    class elements {
    public:
        void put(T&& element) { inside_.push_back(std::move(element)); }
        template <class Into>
        void get(Into& into) {
            into = std::move(inside_.front());
            inside_.pop_front();
        }

    private:
        std::deque<T> inside_;
    };
};

/// Last in, first out.
struct lifo {
    template <class T>
    class elements {
    public:
        void put(T&& element) { inside_.push_back(std::move(element)); }
        template <class Into>
        void get(Into& into) {
            into = std::move(inside_.back());
            inside_.pop_back();
        }

    private:
        std::deque<T> inside_;
    };
};

/// The one that is least by `Less` comes last; of equal ones any. Put std::greater for the least
/// first.
template <class Less = std::less<>>
struct priority {
    // A heap of pointers: every element stays where it was put, so that a move that throws, or a
    // comparison, can harm only itself. The way is found first, then gone.
    template <class T>
    class elements {
    public:
        void put(T&& element) {
            std::size_t at = 0;
            std::unique_ptr<T> next;
            heap_.emplace_back();
            try {
                at = place_of(element);
                next = std::make_unique<T>(std::move(element));
            } catch (...) {
                heap_.pop_back();
                throw;
            }
            for (std::size_t hole = heap_.size() - 1; hole != at; hole = parent(hole))
                heap_[hole] = std::move(heap_[parent(hole)]);
            heap_[at] = std::move(next);
        }

        template <class Into>
        void get(Into& into) {
            std::size_t const last = heap_.size() - 1;
            std::vector<std::size_t> const way = way_down(*heap_[last], last);
            into = std::move(*heap_[0]);
            std::size_t hole = 0;
            for (std::size_t const child : way) {
                heap_[hole] = std::move(heap_[child]);
                hole = child;
            }
            if (hole != last) heap_[hole] = std::move(heap_[last]);
            heap_.pop_back();
        }

    private:
        static std::size_t parent(std::size_t at) { return (at - 1) / 2; }

        /// Where `element` goes in, the last place being free.
        [[nodiscard]] std::size_t place_of(T const& element) const {
            std::size_t at = heap_.size() - 1;
            while (at != 0 && less_(*heap_[parent(at)], element)) at = parent(at);
            return at;
        }

        /// The children that move up when the root goes and the last one looks for its place.
        [[nodiscard]] std::vector<std::size_t> way_down(T const& sinking, std::size_t size) const {
            std::vector<std::size_t> way;
            for (std::size_t at = 0; 2 * at + 1 < size;) {
                std::size_t child = 2 * at + 1;
                if (child + 1 < size && less_(*heap_[child], *heap_[child + 1])) ++child;
                if (!less_(sinking, *heap_[child])) break;
                way.push_back(child);
                at = child;
            }
            return way;
        }

        std::vector<std::unique_ptr<T>> heap_;
        [[no_unique_address]] Less less_;
    };
};

}  // namespace racekit
