// Checking the options, lending connections.
#include "redis/client.hpp"

#include <utility>

#include "booking/detail/checks.hpp"
#include "redis/outcome.hpp"
#include "redis/url.hpp"

namespace booking::inline v0::redis {

Result<std::unique_ptr<Client>> Client::reach(const RedisServerOptions& options, Role role) {
  if (options.connections < 1 || options.connections > most_connections) {
    return v0::detail::invalid(Subject::store, "a server has 1 to 64 connections of a kind");
  }
  auto parsed = parse_url(options.url);
  if (!parsed) return std::move(parsed).error();
  auto endpoint = resolve(*std::move(parsed));
  if (!endpoint) return std::move(endpoint).error();
  const auto most = static_cast<std::size_t>(options.connections);
  return std::make_unique<Client>(
      Connections::Options{.endpoint = *std::move(endpoint),
                           .settings = {.client_name = options.client_name, .role = role},
                           .lanes = most,
                           .readers = most,
                           .on_connect = {}});
}

Result<Connections::Loan> Client::lend(const Deadline& deadline, Use use) {
  if (fork_check_.forked()) {
    return store_error(ErrorCode::internal,
                       "this process was forked after the connections were made; make them anew");
  }
  return connections_.lend(use, deadline);
}

Result<std::vector<Reply>> Client::exchange(const Request& request, const Deadline& deadline,
                                            Step step) {
  const auto connection = lend(deadline);
  if (!connection) return connection.error();
  return (*connection)->exchange(request, deadline, step);
}

Result<Reply> Client::run(const Script& script, Script::Texts keys, Script::Texts arguments,
                          const Deadline& deadline, Step step) {
  const auto connection = lend(deadline);
  if (!connection) return connection.error();
  auto reply = script.run(**connection, keys, arguments, deadline, step);
  if (reply && reply->is(Reply::Kind::error)) return outcome(reply->text, step);
  return reply;
}

}  // namespace booking::inline v0::redis
