// SPDX-License-Identifier: MIT
// segment_file: the file behind a shared memory segment, and its mapping.
//
// An anonymous one is a memfd whose size is sealed. A named one is built beside its name, in a file
// that nobody else knows, and then linked to the name, which fails if the name is taken. Every
// process that has it open holds a shared flock(2), which the kernel takes back when the last copy
// of its descriptor is gone, however the process ended: a name whose file nobody has locked is
// stale.
#pragma once

#include <racekit/platform/native/descriptor.hpp>
#include <racekit/platform/native/process.hpp>
#include <racekit/platform/segment_header.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace racekit {

namespace segment_detail {

inline constexpr char const* folder = "/dev/shm/";
inline constexpr std::string_view prefix = "rk.";
inline constexpr std::string_view building = ".rk.";

[[noreturn]] inline void fail(segment_fault why, std::string const& what) {
    throw segment_error(why, what);
}
[[noreturn]] inline void fail_of(int error, std::string const& what) {
    switch (error) {
        case EMFILE:
        case ENFILE: fail(segment_fault::no_descriptors, what);
        case ENOSPC:
        case EFBIG:
        case EDQUOT: fail(segment_fault::no_space, what);
        case ENOMEM: fail(segment_fault::no_memory, what);
        case ENOENT: fail(segment_fault::not_found, what);
        case EEXIST: fail(segment_fault::name_in_use, what);
        case EACCES:
        case EPERM:
        case ELOOP: fail(segment_fault::another_owner, what);
        default: fail(segment_fault::refused, what + " (error " + std::to_string(error) + ")");
    }
}

/// What is true of this process and of every one that it may share a segment with.
inline void identify(std::uint64_t (&boot)[2], std::uint64_t& pid_namespace) {
    struct stat about{};
    if (::stat("/proc/self/ns/pid", &about) != 0) fail_of(errno, "/proc/self/ns/pid");
    pid_namespace = about.st_ino;
    descriptor const file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) fail_of(errno, "/proc/sys/kernel/random/boot_id");
    char text[37] = {};
    if (::read(file.number(), text, 36) != 36) fail_of(EIO, "/proc/sys/kernel/random/boot_id");
    int digits = 0;
    for (char const* at = text; *at != 0 && digits < 32; ++at) {
        if (*at == '-') continue;
        auto const digit = static_cast<std::uint64_t>(*at <= '9' ? *at - '0' : *at - 'a' + 10);
        boot[digits / 16] = boot[digits / 16] << 4U | digit;
        ++digits;
    }
}

inline bool is_name(std::string_view name) {
    if (name.empty() || name.size() > 200 || name[0] == '.') return false;
    for (char const each : name) {
        bool const fits = (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
                          (each >= '0' && each <= '9') || each == '-' || each == '_' || each == '.';
        if (!fits) return false;
    }
    return true;
}
inline std::string path_of(std::string const& name) {
    if (!is_name(name)) fail(segment_fault::bad_name, "'" + name + "'");
    return folder + std::string(prefix) + name;
}

/// Removes `path` if nobody has it open; whether it did. Attaching processes wait meanwhile.
inline bool remove_if_stale(std::string const& path) {
    descriptor const file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    struct stat about{};
    if (!file.is_open() || ::fstat(file.number(), &about) != 0 || !S_ISREG(about.st_mode) ||
        about.st_uid != ::geteuid() || ::flock(file.number(), LOCK_EX | LOCK_NB) != 0)
        return false;
    struct stat there{};
    if (::stat(path.c_str(), &there) != 0 || there.st_ino != about.st_ino) return false;
    return ::unlink(path.c_str()) == 0;
}

}  // namespace segment_detail

class segment_file {
public:
    static constexpr bool is_real = true;

    segment_file(segment_file&& other) noexcept
        : file_(std::move(other.file_)),
          at_(std::exchange(other.at_, nullptr)),
          size_(other.size_),
          object_size_(other.object_size_),
          path_(std::move(other.path_)),
          maker_(other.maker_) {
        other.path_.clear();
    }
    segment_file& operator=(segment_file&&) = delete;
    /// Unmaps it; its maker, and no other process, removes its name.
    ~segment_file() {
        unlink();
        if (at_ != nullptr) ::munmap(at_, size_);
    }

    /// Makes a segment; `build(address)` constructs the object in it. `name` empty: anonymous.
    template <class Build>
    static segment_file create(segment_wish wish, std::string const& name, Build build) {
        using namespace segment_detail;
        std::string const path = name.empty() ? name : path_of(name);
        identify(wish.boot, wish.pid_namespace);
        segment_file made;
        std::string const beside = path.empty() ? path : made.open_beside();
        try {
            if (path.empty()) made.open_anonymous();
            made.fill(wish, build);
            if (path.empty()) made.seal();
            else made.link(beside, path);
        } catch (...) {
            if (!beside.empty()) ::unlink(beside.c_str());
            throw;
        }
        if (!beside.empty()) ::unlink(beside.c_str());
        return made;
    }

    /// Maps the segment of that name.
    static segment_file attach(segment_wish wish, std::string const& name) {
        using namespace segment_detail;
        std::string const path = path_of(name);
        descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
        if (!file.is_open()) fail_of(errno, "'" + name + "'");
        segment_file found;
        found.file_ = std::move(file);
        while (::flock(found.file_.number(), LOCK_SH) != 0) {
            if (errno != EINTR) fail_of(errno, "'" + name + "': flock");
        }
        struct stat about{};
        if (::fstat(found.file_.number(), &about) != 0) fail_of(errno, "'" + name + "'");
        if (about.st_nlink == 0) fail(segment_fault::not_found, "'" + name + "'");
        found.map_checked(wish, "'" + name + "'");
        return found;
    }

    /// Maps the anonymous segment behind a descriptor, which it takes over.
    static segment_file attach(segment_wish wish, descriptor file) {
        using namespace segment_detail;
        segment_file found;
        found.file_ = std::move(file);
        int const seals = ::fcntl(found.file_.number(), F_GET_SEALS);
        if (seals < 0 || (seals & wanted_seals) != wanted_seals)
            fail(segment_fault::not_sealed, "descriptor");
        found.map_checked(wish, "descriptor");
        return found;
    }

    [[nodiscard]] void* object() const noexcept {
        return static_cast<char*>(at_) + (size_ - object_size_);
    }
    [[nodiscard]] descriptor const& file() const noexcept { return file_; }
    [[nodiscard]] bool is_maker() const { return maker_ == this_process(); }
    /// Removes the name, if this process made it and it has not been removed.
    void unlink() {
        if (path_.empty() || !is_maker()) return;
        struct stat ours{};
        struct stat there{};
        if (::fstat(file_.number(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
            ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
            ::unlink(path_.c_str());
        path_.clear();
    }

private:
    static constexpr int wanted_seals = F_SEAL_SHRINK | F_SEAL_GROW;

    segment_file() = default;

    std::string open_beside() {
        using namespace segment_detail;
        for (;;) {
            std::uint64_t random = 0;
            if (::getrandom(&random, sizeof random, 0) != sizeof random)
                fail_of(errno, "getrandom");
            char name[64];
            std::snprintf(name, sizeof name, "%s%d.%016llx", building.data(), ::getpid(),
                          static_cast<unsigned long long>(random));
            std::string path = std::string(folder) + name;
            file_ = descriptor(
                ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
            if (file_.is_open()) {
                ::flock(file_.number(), LOCK_SH);
                return path;
            }
            if (errno != EEXIST) fail_of(errno, path);
        }
    }
    void open_anonymous() {
        file_ = descriptor(::memfd_create("racekit", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        if (!file_.is_open()) segment_detail::fail_of(errno, "memfd_create");
    }
    template <class Build>
    void fill(segment_wish const& wish, Build build) {
        using namespace segment_detail;
        if (wish.object_size > most_segment_bytes) fail(segment_fault::no_space, "create");
        std::uint64_t const offset = object_offset_for(wish.object_alignment);
        std::uint64_t const total = offset + wish.object_size;
        // It returns its error; ftruncate would succeed where there is no room, and SIGBUS follow.
        if (int const error = ::posix_fallocate(file_.number(), 0, static_cast<::off_t>(total));
            error != 0)
            fail_of(error, "posix_fallocate");
        map(total, wish.object_size);
        build(object());
        segment_header header{};
        header.magic = segment_magic;
        header.format = segment_format;
        header.machine = segment_machine;
        header.total_size = total;
        header.object_offset = offset;
        header.object_size = wish.object_size;
        header.object_alignment = wish.object_alignment;
        header.object_version = wish.object_version;
        maker_ = this_process();
        header.creator = maker_.number;
        header.creator_started = maker_.started;
        header.boot[0] = wish.boot[0];
        header.boot[1] = wish.boot[1];
        header.pid_namespace = wish.pid_namespace;
        if (::getrandom(&header.nonce, sizeof header.nonce, 0) != sizeof header.nonce)
            fail_of(errno, "getrandom");
        header.sum = sum_of(header);
        *static_cast<segment_header*>(at_) = header;
    }
    void seal() {
        if (::fcntl(file_.number(), F_ADD_SEALS, wanted_seals | F_SEAL_SEAL) != 0)
            segment_detail::fail_of(errno, "sealing");
    }
    void link(std::string const& beside, std::string const& path) {
        int error = ::link(beside.c_str(), path.c_str()) == 0 ? 0 : errno;
        if (error == EEXIST && segment_detail::remove_if_stale(path))
            error = ::link(beside.c_str(), path.c_str()) == 0 ? 0 : errno;
        if (error != 0) segment_detail::fail_of(error, "'" + path + "'");
        path_ = path;
    }
    void map_checked(segment_wish wish, std::string const& what) {
        using namespace segment_detail;
        identify(wish.boot, wish.pid_namespace);
        struct stat about{};
        if (::fstat(file_.number(), &about) != 0) fail_of(errno, what);
        // A memfd has no name, and so no users but those that were passed it.
        bool const others_may = about.st_nlink != 0 && (about.st_mode & 077) != 0;
        if (!S_ISREG(about.st_mode) || about.st_uid != ::geteuid() || others_may)
            fail(segment_fault::another_owner, what);
        // Read into a copy, once: a change of the file meanwhile changes nothing here.
        segment_header header{};
        if (::pread(file_.number(), &header, sizeof header, 0) !=
            static_cast<::ssize_t>(sizeof header))
            fail(segment_fault::truncated, what);
        segment_fault const fault = check(header, wish, static_cast<std::uint64_t>(about.st_size));
        if (fault != segment_fault::none) fail(fault, what);
        map(static_cast<std::uint64_t>(about.st_size), wish.object_size);
    }
    void map(std::uint64_t size, std::uint64_t object_size) {
        void* const at =
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.number(), 0);
        if (at == MAP_FAILED) segment_detail::fail_of(errno, "mmap");
        at_ = at;
        size_ = size;
        object_size_ = object_size;
    }

    descriptor file_;
    void* at_ = nullptr;
    std::size_t size_ = 0;
    std::size_t object_size_ = 0;
    std::string path_;  // empty: anonymous, attached, or its name is removed
    process_id maker_;
};

/// Removes the names that no living process has open, and what was being built by processes that
/// died; returns how many.
inline std::size_t sweep_segment_files() {
    using namespace segment_detail;
    std::size_t removed = 0;
    DIR* const all = ::opendir(folder);
    if (all == nullptr) fail_of(errno, folder);
    while (dirent const* const entry = ::readdir(all)) {
        std::string_view const name = entry->d_name;
        if (!name.starts_with(prefix) && !name.starts_with(building)) continue;
        removed += remove_if_stale(folder + std::string(name)) ? 1U : 0U;
    }
    ::closedir(all);
    return removed;
}

}  // namespace racekit
