// Pieces of JSON text: for what this folder writes, and for the paths its errors name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "booking/ids.hpp"

namespace booking::inline v0::detail {

/// The text as a JSON string.
std::string quoted(std::string_view text);

/// An id as row 1.8 has it: an integer stays one, anything else is text.
template <class Id>
std::string id_text(const Id& id) {
  return id.is_integer() ? to_string(id) : quoted(to_string(id));
}

/// At most 64 bytes of the text, so that an error stays readable whatever the document holds.
std::string shortened(std::string_view text);

/// One step of a path: `.name`, `["2023-06-13"]`, `[7]`.
std::string name_step(std::string_view name);
std::string index_step(std::size_t index);

}  // namespace booking::inline v0::detail
