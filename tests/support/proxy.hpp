// Stands between a client and a real server and does to their bytes what bad networks do. Used by
// the tests of lost, late and false replies.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/temp_dir.hpp"

namespace booking_test {

// What is done to the bytes from now on; counted from the moment it is set.
struct Trouble {
  static constexpr std::int64_t never = -1;
  // Closed on both sides once so many bytes have passed that way; 0: at the first that comes.
  std::int64_t cut_request_after = never;
  std::int64_t cut_reply_after = never;
  bool reset = false;  // cuts by RST instead of FIN (TCP only)
  // Takes everything and passes nothing on; a connection that has lost bytes never goes on.
  bool swallow = false;
  bool drip = false;                   // replies come one byte at a time
  std::chrono::milliseconds pause{0};  // before each byte that drips; else before each reply
  bool twice = false;                  // every piece of a reply is sent two times
  std::string answer{};                // instead of the server, to each piece of a request
  // The client's process is killed by SIGKILL at this piece, requests and replies counted together,
  // 1: the first that comes (unix sockets only).
  std::int64_t kill_at = never;
  bool kill_behind = false;  // the piece is passed on before; else it is lost
};

// One thread; as many connections as come. Threads: any may call any member.
class Proxy {
 public:
  enum class Where { unix_socket, loopback };

  // In front of the server whose unix socket is at `server`.
  explicit Proxy(std::string server, Where where = Where::unix_socket);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::string url() const;
  // For connections there are and those that come.
  void set(const Trouble& trouble);
  void heal() { set({}); }
  // Sends this to every client, unasked; returns when it is sent.
  void say(std::string_view bytes);

  int accepted() const noexcept { return accepted_; }
  int killed() const noexcept { return killed_; }
  // Bytes that came from clients since the latest set().
  std::int64_t requested() const noexcept { return requested_; }
  // How often a client waited for the server since then.
  int round_trips() const noexcept { return round_trips_; }

 private:
  struct Pair;
  void run();
  void accept_one();
  void request_came(Pair& pair);
  void reply_came(Pair& pair);
  void send_late(Pair& pair);
  bool kills(const Trouble& trouble, Pair& pair, int to, std::string_view bytes);
  void say_it();
  void wake() const;
  Trouble trouble();

  const std::string server_;
  TempDir dir_;
  int port_ = 0;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::mutex mutex_;
  Trouble trouble_;  // under mutex_, as the next
  std::string to_say_;
  std::condition_variable said_;
  std::atomic<bool> stop_{false};
  std::atomic<int> accepted_{0};
  std::atomic<int> killed_{0};
  std::atomic<std::int64_t> pieces_{0};
  std::atomic<std::int64_t> requested_{0};
  std::atomic<std::int64_t> replied_{0};
  std::atomic<int> round_trips_{0};
  std::vector<std::unique_ptr<Pair>> pairs_;  // of the thread alone
  std::thread thread_;
};

}  // namespace booking_test
