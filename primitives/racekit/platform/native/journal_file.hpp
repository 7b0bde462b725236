// SPDX-License-Identifier: MIT
// journal_file: records appended to a file, each whole or, after a death, cut off.
//
// Wire:      the size of the record (4 bytes, lowest first), the CRC-32C of the record (4), the
//            record.
// Death:     what write_all() returned from is in the kernel and outlives the process. It does not
//            outlive the machine: nothing is synchronised with the disk.
#pragma once

#include <racekit/platform/crc32c.hpp>
#include <racekit/platform/native/descriptor.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace racekit {

class journal_file {
public:
    static constexpr std::size_t header = 8;
    static constexpr std::size_t longest = std::size_t{64} << 20U;

    journal_file() = default;
    /// Opens or makes it; one process at a time. Throws std::system_error.
    explicit journal_file(std::string const& path)
        : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0600)), path_(path) {
        if (!file_.is_open()) throw std::system_error(errno, std::generic_category(), path);
        if (::flock(file_.number(), LOCK_EX | LOCK_NB) != 0)
            throw std::system_error(errno, std::generic_category(),
                                    path + " is in use by another server");
    }

    /// Calls with(record) for each whole record, and cuts off what follows the last one, after
    /// before_cut(); returns how many bytes that were. Throws std::system_error, and what these do;
    /// also where whole records follow a damaged one: no death of a process leaves that, and to cut
    /// them off would lose what was acknowledged. The file stays as it is then.
    template <class With, class BeforeCut>
    std::size_t read_all(With with, BeforeCut before_cut) {
        std::string const all = content();
        std::size_t at = 0;
        for (std::string_view record; next_record(all, at, record); at += header + record.size())
            with(record);
        if (at < all.size()) before_cut();
        for (std::size_t later = at + 1; later < all.size(); ++later) {
            if (std::string_view record; next_record(all, later, record) && !record.empty())
                throw std::system_error(std::make_error_code(std::errc::bad_message),
                                        path_ + " is damaged at byte " + std::to_string(at) +
                                            ", and more records follow: restore the file, or give "
                                            "them up by truncate -s " +
                                            std::to_string(at));
        }
        if (at < all.size() && ::ftruncate(file_.number(), static_cast<::off_t>(at)) != 0)
            throw std::system_error(errno, std::generic_category(), path_ + ": cutting the tail");
        size_ = at;
        return all.size() - at;
    }

    /// Adds a record to those that the next write_all() writes.
    void add(std::string_view record) {
        auto const size = static_cast<std::uint32_t>(record.size());
        std::uint32_t const sum = crc32c(record.data(), record.size());
        waiting_.append(reinterpret_cast<char const*>(&size), sizeof size);
        waiting_.append(reinterpret_cast<char const*>(&sum), sizeof sum);
        waiting_ += record;
    }
    [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
    /// Writes them. An error (a full disk): nothing of them is in the file, and they wait still.
    [[nodiscard]] std::error_code write_all() {
        std::size_t done = 0;
        while (done < waiting_.size()) {
            ::ssize_t const part =
                ::write(file_.number(), waiting_.data() + done, waiting_.size() - done);
            if (part < 0 && errno == EINTR) continue;
            if (part <= 0) {
                std::error_code const why(part < 0 ? errno : ENOSPC, std::generic_category());
                (void)::ftruncate(file_.number(), static_cast<::off_t>(size_));
                return why;
            }
            done += static_cast<std::size_t>(part);
        }
        size_ += done;
        waiting_.clear();
        return {};
    }
    [[nodiscard]] bool is_open() const { return file_.is_open(); }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    /// The record that begins there, if it is whole.
    static bool next_record(std::string_view all, std::size_t at, std::string_view& record) {
        if (all.size() - at < header) return false;
        std::uint32_t size = 0;
        std::uint32_t sum = 0;
        std::memcpy(&size, all.data() + at, sizeof size);
        std::memcpy(&sum, all.data() + at + 4, sizeof sum);
        if (size > longest || size > all.size() - at - header) return false;
        record = all.substr(at + header, size);
        return crc32c(record.data(), record.size()) == sum;
    }

    std::string content() const {
        struct stat about{};
        if (::fstat(file_.number(), &about) != 0)
            throw std::system_error(errno, std::generic_category(), path_);
        std::string all(static_cast<std::size_t>(about.st_size), '\0');
        for (std::size_t done = 0; done < all.size();) {
            ::ssize_t const part = ::pread(file_.number(), all.data() + done, all.size() - done,
                                           static_cast<::off_t>(done));
            if (part < 0 && errno == EINTR) continue;
            if (part <= 0) throw std::system_error(errno, std::generic_category(), path_);
            done += static_cast<std::size_t>(part);
        }
        return all;
    }

    descriptor file_;
    std::string path_;
    std::size_t size_ = 0;
    std::string waiting_;
};

}  // namespace racekit
