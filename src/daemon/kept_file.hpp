// What the operator has said, in a file, so that it outlives the process: text that is written as a
// whole or not at all, by a thread of its own, as a disk may take longer than games can wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace netplay_relay::daemon {

// A thread hangs in its disk, and may still use what exit() destroys.
[[nodiscard]] bool is_writer_left();

class KeptFile
{
public:
    // `what` it keeps, as the log calls it: "bans". `path`: empty if nothing is to be kept.
    KeptFile(std::string what, std::string path);
    ~KeptFile() { finish(); }
    KeptFile(KeptFile&&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    // Nothing if there is no such file, or if it cannot be read: then it is never written over.
    [[nodiscard]] std::optional<std::string> read_text();
    // Something of what was read makes no sense: it is moved aside, and what does is to be kept
    // anew. Logged.
    void move_aside(const std::vector<std::string>& problems);

    // What is in it is known, and newer. One that cannot be read is not written over all the same.
    void go_on_unread();

    // Writes this text instead, beside the games. It is made there as well: of thousands of entries
    // that takes milliseconds.
    void keep_text(std::function<std::string()> text);

    [[nodiscard]] bool is_writing() const;
    // Why what was to be kept last is not; empty if it is, or is on its way.
    [[nodiscard]] std::string problem() const;
    // What was wrong with the file when it was read, and where it is now.
    [[nodiscard]] const std::string& damage() const { return damage_; }

    // Returns when all is written, or after so long; true if all is.
    void finish();
    [[nodiscard]] bool finish_within(std::chrono::milliseconds limit);
    // Nobody waits for what is not written yet: another process writes it, and this one ends.
    void leave();
    // The same if it is not written after so long, and the log says so.
    void finish_or_leave(std::chrono::milliseconds limit);

private:
    // Of the writer and its owner, who may leave it.
    struct Shared
    {
        std::mutex mutex; // for what follows
        std::condition_variable done;
        std::function<std::string()> next;
        bool is_writing = false;
        bool is_left = false;
        std::string problem;
    };
    static void write_next(Shared& shared, const std::string& what, const std::string& path);
    void cannot_read(int error);
    void never_write(std::string problem);

    std::string what_;
    std::string path_;
    std::string damage_;
    bool may_write_ = true; // false: what is there would be lost
    bool has_told_ = false; // that nothing is kept
    std::thread writer_;
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

} // namespace netplay_relay::daemon
