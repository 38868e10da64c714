#include "table.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace rush {

namespace {

using Row = std::array<std::string, 5>;
constexpr std::size_t most_rows = 40;
constexpr std::size_t widest_name = 32;  // characters

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string shortened(const std::string& name) {
  if (width(name) <= widest_name) return name;
  std::size_t characters = 0;
  const auto end = std::find_if(name.begin(), name.end(), [&](char c) {
    return starts_character(c) && ++characters > widest_name - 3;
  });
  return std::string{name.begin(), end} + "...";
}

Row make_row(const std::string& name, const booking::Availability& slot) {
  const std::string label = to_string(slot.slot.label);
  return {shortened(name), label.substr(0, 10), label.size() > 11 ? label.substr(11) : "",
          std::to_string(slot.sellable), std::to_string(slot.remaining)};
}

std::vector<Row> read_rows(const booking::SlotInventory& inventory,
                           const std::vector<booking::Service>& services) {
  std::vector<Row> rows;
  for (const booking::Service& service : services) {
    booking::SlotRange range{.service = service.id, .from = "0001-01-01", .to = "9999-12-31"};
    for (bool more = true; more;) {
      const auto page = inventory.availability(range);
      if (!page) throw std::runtime_error{"cannot read what is left: " + page.error().log_text()};
      for (const auto& slot : page->items) rows.push_back(make_row(service.name, slot));
      more = page->next.has_value();
      if (more) range.from = *page->next;
    }
  }
  return rows;
}

}  // namespace

void print_availability(std::ostream& out, const booking::SlotInventory& inventory,
                        const std::vector<booking::Service>& services) {
  std::vector<Row> rows = read_rows(inventory, services);
  const std::size_t hidden = rows.size() > most_rows ? rows.size() - most_rows : 0;
  rows.resize(rows.size() - hidden);
  rows.insert(rows.begin(), Row{"service", "date", "time", "seats", "left"});

  std::array<std::size_t, 5> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - width(row[i]), ' ');
      const bool is_number = i >= 3;
      line += "  " + (is_number ? blanks + row[i] : row[i] + blanks);
    }
    out << line << "\n";
  }
  if (hidden > 0) out << "  ... and " << hidden << " more slots\n";
}

}  // namespace rush
