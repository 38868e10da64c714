// Histories on file: what is written is read again, also after a process died while it wrote.
#include "support/history.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <stdexcept>
#include <thread>

#include "support/operations.hpp"
#include "support/temp_dir.hpp"

using namespace booking_test;

namespace {

void append(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::app} << text;
}

}  // namespace

TEST_CASE("a history on file is the one in memory") {
  const TempDir dir;
  Recorder recorder{"7.1", dir.path("history")};
  const Call call{.verb = Verb::book,
                  .slot = 3,
                  .id = booking::BookingId::generate(),
                  .user = 5,
                  .seats = 2,
                  .again = true};
  const std::size_t first = recorder.called(call);
  const std::size_t second = recorder.called({.verb = Verb::read, .slot = 3});
  recorder.returned(second, {Word::remaining, 9});
  recorder.returned(first, {Word::replayed, code(Status::held)});
  recorder.called({.verb = Verb::set_capacity, .slot = 2, .seats = 4});

  const History kept = recorder.history();
  const History found = read_history(dir.path("history"));
  REQUIRE(found.size() == 3);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(to_string(found[i]) == to_string(kept[i]));
    CHECK(found[i].invoked == kept[i].invoked);
    CHECK(found[i].returned == kept[i].returned);
  }
  CHECK(found[0].call.id == call.id);
  CHECK(found[0].call.again);
  CHECK(found[0].invoked <= found[1].invoked);
  CHECK(found[1].returned <= found[0].returned);
  CHECK(found[2].unknown());
  CHECK(found[2].end() == Operation::never);
}

TEST_CASE("a last line that is torn is left out, and the call before it stays open") {
  const TempDir dir;
  const std::string path = dir.path("history");
  {
    Recorder recorder{"1", path};
    recorder.called({.verb = Verb::read});
  }
  append(path, "answer 0 12345 rema");
  const History torn_answer = read_history(path);
  REQUIRE(torn_answer.size() == 1);
  CHECK(torn_answer[0].unknown());
  append(path, "ining 2\ncall 1 1 123");
  const History torn_call = read_history(path);
  REQUIRE(torn_call.size() == 1);
  CHECK(torn_call[0].answer.word == Word::remaining);
  CHECK(torn_call[0].returned == 12345);
}

TEST_CASE("a whole line that cannot be read is an error, and so is a file that is not there") {
  const TempDir dir;
  const std::string path = dir.path("history");
  CHECK_THROWS_AS(read_history(path), std::runtime_error);
  for (const char* bad : {"call 0 1 5 sell 0 - 0 0 0\n", "call 1 1 5 read 0 - 0 0 0\n",
                          "call 0 1 5 cancel 0 no-id 0 0 0\n", "answer 0 5 changed 0\n", "\n"}) {
    CAPTURE(bad);
    std::ofstream{path} << bad;
    CHECK_THROWS_AS(read_history(path), std::runtime_error);
  }
  CHECK_THROWS_AS((Recorder{"1", path}), std::runtime_error);  // it is somebody else's
}

TEST_CASE("threads may share a recorder") {
  const TempDir dir;
  Recorder recorder{"1", dir.path("history")};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&recorder, i] {
      for (int round = 0; round < 100; ++round) {
        const std::size_t number = recorder.called({.verb = Verb::read, .slot = i});
        recorder.returned(number, {Word::remaining, i});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const History found = read_history(dir.path("history"));
  CHECK(found.size() == 400);
  int right = 0;
  for (const Operation& made : found) {
    if (made.answer.value == made.call.slot && made.invoked <= made.returned) ++right;
  }
  CHECK(right == 400);
}
