// One of several processes on one market on a Redis server. Started by tests as
//   market_worker buy <url> script|watch <second half of the op>
//     Bill (27) buys ItemM from Frank (17) for 97, in one attempt; exits with the error's code, 100
//     for success
//   market_worker trade <url> <threads> <seed> <ms> <file>
//     lists, buys and takes back at random for so long, half of the threads by WATCH, and writes
//     how often that worked by script, by WATCH, and how often it did not; exits with 1 after an
//     error that no trader should see, with 3 when descriptors are left
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "booking/marketplace.hpp"
#include "booking/redis_market.hpp"

using namespace booking;

namespace {

using std::chrono::milliseconds;

constexpr int success = 100;
constexpr std::uint32_t users = 20;

std::shared_ptr<MarketStore> store_at(const std::string& url, CommitMode commit) {
  return redis_market_store({.server = {.url = url, .client_name = "trader"}, .commit = commit})
      .value();
}

int buy(const std::string& url, std::string_view mode, const char* op) {
  const Clock clock;
  const auto store = store_at(url, mode == "watch" ? CommitMode::watch : CommitMode::script);
  const auto bought = store->execute({.verb = MarketCommand::Verb::purchase_item,
                                      .user = 27,
                                      .seller = 17,
                                      .item = "ItemM",
                                      .amount = 97,
                                      .op = {1, std::strtoull(op, nullptr, 10)}},
                                     Deadline{clock, std::chrono::seconds{60}});
  if (!bought) return static_cast<int>(bought.error().code);
  return bought->verdict == MarketVerdict::done ? success : 200;
}

// How often a change was made by script and by WATCH; refused; not made in time.
struct Counts {
  std::atomic<int> done[2]{};
  std::atomic<int> refused{0};
  std::atomic<int> contended{0};
  std::atomic<int> wrong{0};
};

class Trader {
 public:
  Trader(Marketplace market, std::uint32_t seed, Counts& counts, bool by_watch)
      : market_{std::move(market)}, random_{seed}, counts_{counts}, by_watch_{by_watch} {}

  void trade() {
    const std::uint32_t dice = below(10);
    if (dice < 4) return list();
    const auto page = market_.browse({.from_price = 1 + below(40)}, 20);
    if (!page) return count(page.error());
    if (page->items.empty()) return list();
    const Listing& one = page->items[below(static_cast<std::uint32_t>(page->items.size()))];
    if (dice == 9) {
      return count(market_.cancel_listing({.item = one.item, .seller = one.seller}));
    }
    const UserId buyer = user();
    if (buyer == one.seller) return;
    count(market_.purchase_item({.buyer = buyer,
                                 .item = one.item,
                                 .seller = one.seller,
                                 .price = one.price + (below(50) == 0 ? 1 : 0)}));
  }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  UserId user() { return below(users); }

  void list() {
    const UserId seller = user();
    const auto held = market_.items(seller);
    if (!held) return count(held.error());
    if (held->items.empty()) return;
    const ItemId item = held->items[below(static_cast<std::uint32_t>(held->items.size()))];
    count(market_.list_item({.item = item, .seller = seller, .price = 1 + below(50)}));
  }

  void count(const Result<MarketReceipt>& receipt) {
    if (!receipt) return count(receipt.error());
    ++counts_.done[by_watch_ ? 1 : 0];
  }
  void count(const Error& error) {
    if (error.code == ErrorCode::contention || error.code == ErrorCode::timeout) {
      ++counts_.contended;
    } else if (error.kind() == ErrorKind::refused) {
      ++counts_.refused;
    } else {
      ++counts_.wrong;
      std::fprintf(stderr, "market_worker: %s\n", error.log_text().c_str());
    }
  }

  Marketplace market_;
  std::mt19937 random_;
  Counts& counts_;
  const bool by_watch_;
};

int trade(char** argv) {
  const std::string url = argv[2];
  const int size = std::atoi(argv[3]);
  const auto seed = static_cast<std::uint32_t>(std::strtoul(argv[4], nullptr, 10));
  const auto end = std::chrono::steady_clock::now() + milliseconds{std::atoi(argv[5])};
  // Who is disturbed for so long counts it and goes on.
  const MarketOptions options{.timeout = std::chrono::seconds{1},
                              .purchase_timeout = std::chrono::seconds{1}};
  const Marketplace markets[] = {Marketplace{store_at(url, CommitMode::script), no_lock(), options},
                                 Marketplace{store_at(url, CommitMode::watch), no_lock(), options}};
  Counts counts;
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) {
    threads.emplace_back([&, i] {
      Trader trader{markets[i % 2], seed + static_cast<std::uint32_t>(i), counts, i % 2 == 1};
      while (std::chrono::steady_clock::now() < end) trader.trade();
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::ofstream{argv[6]} << counts.done[0] << ' ' << counts.done[1] << ' ' << counts.refused << ' '
                         << counts.contended << '\n';
  return counts.wrong == 0 ? 0 : 1;
}

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                       std::filesystem::directory_iterator{});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const auto before = open_descriptors();
  int code = 255;
  if (what == "buy" && argc == 5) code = buy(argv[2], argv[3], argv[4]);
  if (what == "trade" && argc == 7) code = trade(argv);
  return open_descriptors() == before ? code : 3;
}
