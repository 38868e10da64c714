// hiredis cuts the stream; what it finds is built here, so that a limit stands before every
// allocation a server could ask for.
#include "redis/reply.hpp"

#include <hiredis/hiredis.h>

#include <new>
#include <utility>

namespace booking::inline v0::redis {

namespace {

#if HIREDIS_MAJOR >= 1
using ArrayCount = std::size_t;
#else
using ArrayCount = int;
#endif

// A place for the value that hiredis found: the root, or the next item of an array. Null: too many
// items, too deep or out of memory, which ends the reader. Nothing may be thrown through C.
Reply* place(const redisReadTask* task, Reply::Kind kind) noexcept {
  auto& items_read = *static_cast<std::size_t*>(task->privdata);
  try {
    Reply made;
    made.kind = kind;
    if (task->parent == nullptr) {
      items_read = 0;
      return new Reply{std::move(made)};
    }
    if (++items_read > Replies::most_items) return nullptr;
    auto& items = static_cast<Reply*>(task->parent->obj)->items;
    items.push_back(std::move(made));
    return &items.back();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* make_text(const redisReadTask* task, char* bytes, std::size_t size) {
  Reply::Kind kind = Reply::Kind::text;
  switch (task->type) {
    case REDIS_REPLY_STRING:
      break;
    case REDIS_REPLY_STATUS:
      kind = Reply::Kind::status;
      break;
    case REDIS_REPLY_ERROR:
      kind = Reply::Kind::error;
      break;
    default:
      return nullptr;  // RESP3
  }
  Reply* const reply = place(task, kind);
  if (reply == nullptr) return nullptr;
  try {
    reply->text.assign(bytes, size);
  } catch (const std::bad_alloc&) {
    if (task->parent == nullptr) delete reply;  // an item goes with its array
    return nullptr;
  }
  return reply;
}

void* make_array(const redisReadTask* task, ArrayCount count) {
  // No room is made yet: a header is cheap to send.
  if (task->type != REDIS_REPLY_ARRAY || static_cast<std::size_t>(count) > Replies::most_items) {
    return nullptr;
  }
  int depth = 1;
  for (const redisReadTask* outer = task->parent; outer != nullptr; outer = outer->parent) ++depth;
  return depth > Replies::deepest ? nullptr : place(task, Reply::Kind::array);
}

void* make_integer(const redisReadTask* task, long long value) {
  Reply* const reply = place(task, Reply::Kind::integer);
  if (reply != nullptr) reply->integer = value;
  return reply;
}

void* make_nil(const redisReadTask* task) {
  return place(task, Reply::Kind::nil);
}

void destroy(void* reply) {
  delete static_cast<Reply*>(reply);
}

redisReplyObjectFunctions functions() {
  redisReplyObjectFunctions made{};
  made.createString = make_text;
  made.createArray = make_array;
  made.createInteger = make_integer;
  made.createNil = make_nil;
  made.freeObject = destroy;
#if HIREDIS_MAJOR >= 1
  // RESP3 was not asked for.
  made.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* {
    return nullptr;
  };
  made.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
#endif
  return made;
}

}  // namespace

struct Replies::Reader {
  struct Free {
    void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
  };

  Reader() : parser{redisReaderCreateWithFunctions(&table)} {
    if (!parser) throw std::bad_alloc{};
    parser->privdata = &items_read;
  }

  redisReplyObjectFunctions table = functions();
  std::size_t items_read = 0;  // of the reply being read
  std::unique_ptr<redisReader, Free> parser;
  std::size_t unfinished = 0;  // bytes fed since the last whole reply
  bool failed = false;
};

Replies::Replies() : reader_{std::make_unique<Reader>()} {}
Replies::~Replies() = default;
Replies::Replies(Replies&&) noexcept = default;
Replies& Replies::operator=(Replies&&) noexcept = default;

void Replies::feed(std::string_view bytes) {
  if (reader_->failed) return;
  reader_->unfinished += bytes.size();
  reader_->failed = redisReaderFeed(reader_->parser.get(), bytes.data(), bytes.size()) != REDIS_OK;
}

std::optional<Reply> Replies::next() {
  if (reader_->failed) return std::nullopt;
  void* found = nullptr;
  if (redisReaderGetReply(reader_->parser.get(), &found) != REDIS_OK) {
    reader_->failed = true;
    return std::nullopt;
  }
  if (found == nullptr) {
    reader_->failed = reader_->unfinished > most_bytes;
    return std::nullopt;
  }
  const std::unique_ptr<Reply> reply{static_cast<Reply*>(found)};
  reader_->unfinished = reader_->parser->len - reader_->parser->pos;
  return std::move(*reply);
}

bool Replies::failed() const noexcept {
  return reader_->failed;
}

bool Replies::pending() const noexcept {
  return reader_->unfinished > 0;
}

}  // namespace booking::inline v0::redis
