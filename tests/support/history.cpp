// History as text, and the recorder that writes it.
#include "support/history.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace booking_test {

namespace {

constexpr std::array verbs = {"book",    "hold", "confirm", "cancel",
                              "resolve", "find", "read",    "set_capacity"};
constexpr std::array words = {
    "unknown",  "nothing",        "changed", "unchanged", "replayed", "found",          "remaining",
    "sold_out", "already_booked", "id_void", "not_found", "not_held", "capacity_in_use"};

Nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds{1};
}

// The enumerator that `names` calls `name`; false: none.
template <class E, std::size_t size>
bool parse(const std::array<const char*, size>& names, const std::string& name, E& value) {
  for (std::size_t i = 0; i < size; ++i) {
    if (name != names[i]) continue;
    value = static_cast<E>(i);
    return true;
  }
  return false;
}

std::string text_of(const booking::BookingId& id) {
  return id.empty() ? "-" : booking::to_string(id);
}

// A line of a file: `call <number> <process> <ns> <verb> <slot> <id> <user> <seats> <again>`.
bool read_call(std::istream& line, History& history) {
  Operation made;
  std::size_t number = 0;
  std::string verb;
  std::string id;
  Call& call = made.call;
  line >> number >> made.process >> made.invoked >> verb >> call.slot >> id >> call.user >>
      call.seats >> call.again;
  if (!line || !parse(verbs, verb, call.verb) || number != history.size()) return false;
  if (id != "-") call.id = booking::BookingId{id};
  history.push_back(std::move(made));
  return id == "-" || history.back().call.id.valid();
}

// `answer <number> <ns> <word> <value>`.
bool read_answer(std::istream& line, History& history) {
  std::size_t number = 0;
  std::string word;
  Nanoseconds returned = 0;
  Answer answer;
  line >> number >> returned >> word >> answer.value;
  if (!line || !parse(words, word, answer.word) || number >= history.size()) return false;
  history[number].answer = answer;
  history[number].returned = returned;
  return true;
}

}  // namespace

const char* to_string(Verb verb) {
  return verbs[static_cast<std::size_t>(verb)];
}

const char* to_string(Word word) {
  return words[static_cast<std::size_t>(word)];
}

std::string to_string(const Operation& operation) {
  const Call& call = operation.call;
  std::ostringstream text;
  text << operation.process << " [" << operation.invoked << ", ";
  if (operation.returned == Operation::never) {
    text << "never";
  } else {
    text << operation.returned;
  }
  text << "] " << to_string(call.verb) << " slot " << call.slot;
  if (!call.id.empty()) text << " id " << booking::to_string(call.id);
  if (call.user != 0) text << " user " << call.user;
  if (call.seats != 0) text << " seats " << call.seats;
  if (call.again) text << " again";
  text << " -> " << to_string(operation.answer.word) << ' ' << operation.answer.value;
  return text.str();
}

Recorder::Recorder(std::string process, const std::string& path)
    : process_{std::move(process)},
      file_{path.empty()
                ? -1
                : ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600)} {
  if (!path.empty() && file_ < 0) throw std::runtime_error{"cannot make the history " + path};
}

Recorder::~Recorder() {
  if (file_ >= 0) ::close(file_);
}

// The lock is held while a line is written: so only the last one of a file can be torn.
std::size_t Recorder::called(const Call& call) {
  const std::lock_guard guard{mutex_};
  Operation made{.process = process_, .call = call, .answer = {}, .invoked = now()};
  const std::size_t number = operations_.size();
  if (file_ >= 0) {
    std::ostringstream line;
    line << "call " << number << ' ' << process_ << ' ' << made.invoked << ' '
         << to_string(call.verb) << ' ' << call.slot << ' ' << text_of(call.id) << ' ' << call.user
         << ' ' << call.seats << ' ' << call.again << '\n';
    write(line.str());
  }
  operations_.push_back(std::move(made));
  return number;
}

void Recorder::returned(std::size_t number, Answer answer) {
  const Nanoseconds at = now();
  const std::lock_guard guard{mutex_};
  operations_.at(number).answer = answer;
  operations_[number].returned = at;
  if (file_ < 0) return;
  std::ostringstream line;
  line << "answer " << number << ' ' << at << ' ' << to_string(answer.word) << ' ' << answer.value
       << '\n';
  write(line.str());
}

History Recorder::history() const {
  const std::lock_guard guard{mutex_};
  return operations_;
}

std::size_t Recorder::calls() const {
  const std::lock_guard guard{mutex_};
  return operations_.size();
}

void Recorder::write(const std::string& line) const {
  const auto size = static_cast<ssize_t>(line.size());
  if (::write(file_, line.data(), line.size()) != size) {
    throw std::runtime_error{"cannot write the history"};
  }
}

History read_history(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw std::runtime_error{"cannot read the history " + path};
  const std::string all{std::istreambuf_iterator<char>{file}, {}};
  History history;
  std::size_t at = 0;
  for (std::size_t end = all.find('\n'); end != std::string::npos; end = all.find('\n', at)) {
    std::istringstream line{all.substr(at, end - at)};
    std::string kind;
    line >> kind;
    const bool good = kind == "call"     ? read_call(line, history)
                      : kind == "answer" ? read_answer(line, history)
                                         : false;
    if (!good) throw std::runtime_error{path + ": cannot read " + all.substr(at, end - at)};
    at = end + 1;
  }
  return history;
}

}  // namespace booking_test
