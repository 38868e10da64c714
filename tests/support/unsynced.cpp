// A loss of power, byte by byte.
#include "support/unsynced.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace booking_test {

namespace {

constexpr std::size_t sector = 512;

// `bytes` to `at`, only those sectors of the file for which `kept` says so.
template <class IsKept>
void put(std::string& file, std::int64_t at, std::string_view bytes, IsKept is_kept) {
  auto from = static_cast<std::size_t>(at);
  while (!bytes.empty()) {
    const std::size_t length = std::min(bytes.size(), sector - from % sector);
    if (is_kept()) {
      if (file.size() < from + length) file.resize(from + length, '\0');
      file.replace(from, length, bytes.substr(0, length));
    }
    from += length;
    bytes.remove_prefix(length);
  }
}

}  // namespace

Unsynced::File* Unsynced::watched(std::string_view path) {
  const auto found = files_.find(path);
  return found != files_.end() ? &found->second : nullptr;
}

void Unsynced::open(std::string_view path) {
  if (folder_.empty() || !path.starts_with(folder_) || files_.contains(path)) return;
  File& file = files_[std::string{path}];
  if (std::ifstream there{std::string{path}, std::ios::binary}) {
    file.synced.emplace(std::istreambuf_iterator<char>{there}, std::istreambuf_iterator<char>{});
  }
}

void Unsynced::write(std::string_view path, std::int64_t at, std::string_view bytes) {
  if (File* file = watched(path)) {
    file->since.push_back({.what = Change::What::write, .at = at, .bytes = std::string{bytes}});
  }
}

void Unsynced::truncate(std::string_view path, std::int64_t size) {
  if (File* file = watched(path)) {
    file->since.push_back({.what = Change::What::truncate, .at = size});
  }
}

void Unsynced::remove(std::string_view path, bool synced) {
  File* const file = watched(path);
  if (file == nullptr) return;
  file->since.push_back({.what = Change::What::remove});
  if (synced) sync(path);
}

void Unsynced::sync(std::string_view path) {
  File* const file = watched(path);
  if (file == nullptr) return;
  // With the first sync of a new journal or log SQLite syncs the folder as well.
  if (!file->synced && path.ends_with("al")) sync_removals();
  for (const Change& change : file->since) apply(change, file->synced);
  file->since.clear();
}

void Unsynced::sync_removals() {
  for (auto& [path, file] : files_) {
    const auto is_removal = [](const Change& c) { return c.what == Change::What::remove; };
    const auto last = std::find_if(file.since.rbegin(), file.since.rend(), is_removal);
    if (last == file.since.rend()) continue;
    file.synced.reset();
    file.since.erase(file.since.begin(), last.base());
  }
}

void Unsynced::forget(std::string_view path) {
  if (File* file = watched(path)) file->since.clear();
}

void Unsynced::apply(const Change& change, Bytes& to) {
  if (change.what == Change::What::remove) {
    to.reset();
    return;
  }
  if (!to) to.emplace();
  if (change.what == Change::What::truncate) {
    to->resize(static_cast<std::size_t>(change.at), '\0');
  } else {
    put(*to, change.at, change.bytes, [] { return true; });
  }
}

Unsynced::Bytes Unsynced::survivor(const File& file, Kept kept, std::mt19937_64& random) {
  Bytes bytes = file.synced;
  if (kept == Kept::nothing) return bytes;
  const auto coin = [&] { return random() % 2 == 0; };
  const std::size_t first_part =
      kept == Kept::first_part ? random() % (file.since.size() + 1) : file.since.size();
  for (std::size_t i = 0; i < first_part; ++i) {
    const Change& change = file.since[i];
    if (kept == Kept::any_sectors && change.what == Change::What::write) {
      if (!bytes) bytes.emplace();
      put(*bytes, change.at, change.bytes, coin);
    } else if (kept == Kept::everything || kept == Kept::first_part || coin()) {
      apply(change, bytes);
    }
  }
  return bytes;
}

void Unsynced::lose_power(Kept kept, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  for (const auto& [path, file] : files_) {
    const Bytes bytes = survivor(file, kept, random);
    std::filesystem::remove(path);
    if (bytes) std::ofstream{path, std::ios::binary} << *bytes;
    std::filesystem::remove(path + "-shm");
  }
}

}  // namespace booking_test
