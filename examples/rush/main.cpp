// rush: the main job. Sends a crowd at an inventory, or replays a recorded history, and checks
// every answer at the end. Start reading here; crowd.cpp shows how a host books.
#include <booking/booking.hpp>
#include <booking/json.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "crowd.hpp"
#include "history_file.hpp"
#include "ledger.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "replay.hpp"
#include "report.hpp"
#include "stop.hpp"
#include "storage.hpp"
#include "table.hpp"

namespace rush {

namespace {

enum ExitCode { all_well = 0, not_well = 1, bad_input = 2, interrupted = 130 };

booking::ServicesDocument read_services(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  if (text.str().empty()) {
    throw UsageError{"cannot read " + in_quotes(file) + ", or it is empty; is the name right?"};
  }
  auto document = booking::parse_services(text.str());
  if (!document) throw UsageError{in_quotes(file) + ": " + document.error().message()};
  if (document->slots.empty()) throw UsageError{in_quotes(file) + " has no time slot to sell"};
  return *std::move(document);
}

int crowd_job(const Options& options) {
  const auto document = read_services(options.services);
  Storage storage{options, booking::UserLimit{}};
  booking::SlotInventory& inventory = storage.inventory();
  define_all(inventory, document);
  if (!options.json) {
    std::cout << options.users << " users compete for " << document.slots.size() << " slots of "
              << document.services.size() << " services (" << storage.description()
              << ")\n\nbefore\n";
    print_availability(std::cout, inventory, document.services);
    std::cout << std::endl;
  }

  Progress progress{options.json};
  Crowd crowd;
  run_crowd(crowd, inventory, document.slots, options, progress);
  if (stop_wanted()) return interrupted;

  const Verdict verdict = verify(inventory, crowd.ledger, document.slots);
  if (options.json) {
    std::cout << crowd_json(crowd, verdict, options);
  } else {
    std::cout << "\nafter\n";
    print_availability(std::cout, inventory, document.services);
    std::cout << "\n" << crowd_text(crowd, verdict);
  }
  return verdict.clean() ? all_well : not_well;
}

int history_job(const Options& options) {
  const History history = read_history(options.history, options.capacity);
  Storage storage{options, booking::UserLimit::none()};
  if (!options.json) {
    std::cout << "replaying " << history.requests.size() << " requests (" << storage.description()
              << ")" << std::endl;
  }
  Progress progress{options.json};
  const Replay result = replay(history, storage.inventory(), options, progress);
  if (stop_wanted()) return interrupted;

  const Verdict verdict = verify(storage.inventory(), result.ledger, result.defined);
  std::cout << (options.json ? replay_json(result, verdict, options)
                             : replay_text(result, verdict));
  return verdict.clean() ? all_well : not_well;
}

int run(int argc, char** argv) {
  try {
    const Options options = parse_options(argc, argv);
    if (options.help) {
      std::cout << usage;
      return all_well;
    }
    const int code = options.history.empty() ? crowd_job(options) : history_job(options);
    if (code == interrupted) std::cerr << "rush: interrupted\n";
    return code;
  } catch (const UsageError& error) {
    std::cerr << "rush: " << error.what() << "\n      (rush --help shows the options)\n";
    return bad_input;
  } catch (const std::exception& error) {
    std::cerr << "rush: " << error.what() << "\n";
    return not_well;
  }
}

}  // namespace

}  // namespace rush

int main(int argc, char** argv) {
  rush::watch_for_stop();
  return rush::run(argc, argv);
}
